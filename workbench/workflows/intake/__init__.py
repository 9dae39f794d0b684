"""What a person says of a skill that is to be, and what a cheap model may add to it."""
