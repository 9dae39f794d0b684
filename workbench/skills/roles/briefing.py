"""The part of a workspace's CLAUDE.md that names the active skills; all else in that file is the person's.

Invariant: bytes before and behind the part stay as they are, whatever they are, also those that are saved while the part is
made; making it twice changes nothing.
"""

from __future__ import annotations

import logging
import os
import re
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from workbench.skills.document.trees import MAX_BYTES
from workbench.skills.tree.disk import permissions, write

LOGGER: Final = logging.getLogger("workbench")
FILE: Final = "CLAUDE.md"

_BEGIN: Final = b"<!-- workbench:skills begin (made by Workbench; write outside of it) -->"
_END: Final = b"<!-- workbench:skills end -->"
_SECTION: Final = re.compile(re.escape(_BEGIN) + b"(?:(?!" + re.escape(_BEGIN) + b").)*?" + re.escape(_END), re.DOTALL)
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_LONGEST: Final = 300
_TRIES: Final = 3


def keep(file: Path, made: Path, skills: Iterable[tuple[str, str]]) -> None:
    """Brings the part of `file` up to date by way of `made`, a new file beside it. Where something is saved meanwhile, that
    is read, and the part is made anew; who saves again and again has the part left as it is until the next change.
    """
    for _ in range(_TRIES):
        if not _is_ours_to_read(file):
            return
        before = _content(file)
        after = written(before, skills)
        if after == before:
            return
        write(made, after, permissions(file))
        if _is_ours_to_read(file) and _content(file) == before:
            made.rename(file)
            return
        made.unlink()
    LOGGER.warning("%s is being written by another program; its list of skills is made anew at the next change.", file)


def _is_ours_to_read(file: Path) -> bool:
    """Whether there is nothing, or a file that can be read as a whole; a link is followed by nobody."""
    try:
        about = file.lstat()
    except FileNotFoundError:
        return True
    return stat.S_ISREG(about.st_mode) and about.st_size <= MAX_BYTES


def _content(file: Path) -> bytes:
    try:
        with os.fdopen(os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW), "rb") as opened:
            return opened.read()
    except FileNotFoundError:
        return b""


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
