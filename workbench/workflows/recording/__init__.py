"""Examples that ship, and whether a recording of them may be played for a turn."""
