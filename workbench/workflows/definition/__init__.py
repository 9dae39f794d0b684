"""A workflow as text: found, checked, pinned to a run, and turned into what an agent is told."""
