"""Readers of the agents' own transcripts, one file a source.

Idea: each source finds its agent's files and turns a piece of one into a `Parsed`; nothing here writes or remembers.
Invariant: what a file holds never raises, and importing this door loads no decoder: those wait for the first reading.
"""
