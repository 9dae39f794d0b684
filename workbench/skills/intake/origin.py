"""The origin of a skill: its source and the path of its SKILL.md there, as one text that tells it from every other.

Invariant: `split(joined(source, path)) == (source, path)`, whatever the path is: a `#` in it is written `%23`.
"""

from __future__ import annotations


def joined(source: str, path: str) -> str:
    """The origin of what lies at a path of a source."""
    return f"{source}#{path.replace('%', '%25').replace('#', '%23')}"


def split(origin: str) -> tuple[str, str]:
    """The source, and the path in it."""
    source, _, path = origin.rpartition("#")
    return source, path.replace("%23", "#").replace("%25", "%")
