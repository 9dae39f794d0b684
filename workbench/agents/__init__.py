"""Agents: the host side of a session.

Idea: a session is a folder, and its transcript is its stream. A host spawns the folder's shim (`process`), rings and is
rung over its socket (`channel`), reads the file from an offset (`transcript`, `follow`) and derives the ledger from its
bytes (`run`, `fold`, `recorder`, `table`). `pool` is the one door to all of that. Invariant: no host is special; each may
attach, leave or die without the agent noticing, and what a screen shows as finished has already been committed.

Import the module you need: a report of what was spent must not load what starts an agent.
"""
