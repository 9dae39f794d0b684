"""What a scan finds and what a person decides about it."""
