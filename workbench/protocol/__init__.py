"""The two wires: lines between a host and a sidecar, frames between a host and a screen.

Invariant: nothing here does I/O. `frames` cuts bytes into lines, `wire` names what a line may say, `screen` what a
browser and a host say to each other. Import the module you need; `screen` loads pydantic, the others do not.
"""
