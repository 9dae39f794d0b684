"""The part of a workspace's CLAUDE.md that names the active skills; all else in that file is the person's.

Invariant: bytes before and behind the part stay as they are, whatever they are; making it twice changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

FILE: Final = "CLAUDE.md"

_BEGIN: Final = b"<!-- workbench:skills begin (made by Workbench; write outside of it) -->"
_END: Final = b"<!-- workbench:skills end -->"
_SECTION: Final = re.compile(re.escape(_BEGIN) + b"(?:(?!" + re.escape(_BEGIN) + b").)*?" + re.escape(_END), re.DOTALL)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LONGEST: Final = 300


def written(before: bytes, skills: Iterable[tuple[str, str]]) -> bytes:
    """The file with its part made anew from `(name, description)` of the active skills. Where the part was taken out, or is
    torn, a new one stands at the end; a file that is UTF-16, or has no part and needs none, stays as it is.
    """
    lines = [f"- **{name}** (`.claude/skills/{name}/SKILL.md`): {_line(text)}" for name, text in skills]
    if before[:2] in _UTF16:
        return before
    shown = "\n".join(["## Skills", "", *(lines or ["No skill is active."])]).encode("utf-8", "replace")
    section = b"\n".join([_BEGIN, shown, _END])
    found = _SECTION.search(before)
    if found is not None:
        return before[: found.start()] + section + before[found.end() :]
    if not lines:
        return before
    gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
    return before + gap + section + b"\n"


def _line(text: str) -> str:
    """A description as a line that ends no comment and begins none."""
    line = " ".join(text.split()).replace("<!--", "<! --").replace("-->", "-- >")
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}..."
