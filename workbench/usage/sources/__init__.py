"""Readers of the agents' own transcripts, one file a source.

Idea: each source finds its agent's files and turns a piece of one into a `Parsed`; nothing here writes or remembers.
Invariant: what a file holds never raises, and importing this door loads no decoder: those wait for the first reading.
"""

from workbench.usage.sources.claude import Claude
from workbench.usage.sources.codex import Codex
from workbench.usage.sources.gemini import Gemini
from workbench.usage.sources.opencode import OpenCode
from workbench.usage.sources.source import Found, Rates, Source

SOURCES: dict[str, Source] = {source.name: source for source in (Claude(), Codex(), OpenCode(), Gemini())}
"""By name, in the order in which they are read."""

__all__ = ["SOURCES", "Found", "Rates", "Source"]
