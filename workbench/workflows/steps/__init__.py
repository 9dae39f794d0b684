"""A step's turn: prepared, seen to its end, completed by whoever comes next, priced, reset, and in the end packed."""
