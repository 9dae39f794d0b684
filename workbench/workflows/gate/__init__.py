"""Between two steps: what is missing in a person's answers, who judges the rest, and what may be done about it."""
