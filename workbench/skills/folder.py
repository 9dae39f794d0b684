"""A skill's folder as git would keep it: files, their bytes and modes; and what its name may be.

Links are taken as links, `.git` at any depth is left out, and what is neither a file nor a link (a pipe, a socket, a
device) is not there.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import InvalidRequest
from workbench.skills.lint import MAX_NAME, suggested

FILE_MODE: Final = "100644"
SCRIPT_MODE: Final = "100755"
LINK_MODE: Final = "120000"
SUBMODULE: Final = "160000"

_NAME: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_DEVICES: Final = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))}
)
_RESERVED: Final = frozenset({"anthropic", "claude"})
"""Refused by the API for uploaded skills."""


@dataclass(frozen=True)
class Blob:
    """A file's content and how it lies there; a link's content is its target."""

    mode: str
    data: bytes

    def sha(self, length: int = 40) -> str:
        """Git's name for the content; `length` tells which of its two kinds of name the repository uses."""
        header = b"blob %d\0" % len(self.data)
        made = hashlib.sha256(header) if length == 64 else hashlib.sha1(header, usedforsecurity=False)  # noqa: PLR2004
        made.update(self.data)
        return made.hexdigest()


def files(folder: Path) -> Iterator[tuple[str, os.DirEntry[str]]]:
    """The files and links below a folder with their paths (`/` between parts), by path within each folder."""
    waiting = [("", folder)]
    while waiting:
        above, here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            continue  # gone while we looked
        for entry in entries:
            if entry.name.lower() == ".git":
                continue
            if entry.is_dir(follow_symlinks=False):
                waiting.append((f"{above}{entry.name}/", Path(entry.path)))
            elif entry.is_file(follow_symlinks=False) or entry.is_symlink():
                yield above + entry.name, entry


def checked_name(name: str) -> str:
    """The name, if a new skill may have it. Raises InvalidRequest with a name that would do."""
    problem = _problem(name)
    if problem is None:
        return name
    better = suggested(name.encode("ascii", "ignore").decode())
    better = better if better and _problem(better) is None else ""
    raise InvalidRequest(
        f"{name[:80]!r} cannot be a skill's name: {problem}.",
        remedy=f"Use {better!r}, for example." if better else "Use words of a-z and 0-9 with hyphens between them.",
        name=name[:200],
        suggested=better,
        problems=[{"path": "name", "message": problem}],
    )


def _problem(name: str) -> str | None:
    if not name:
        return "it is empty"
    if len(name) > MAX_NAME:
        return f"it has more than {MAX_NAME} characters"
    if not _NAME.fullmatch(name):
        return "it may hold a-z, 0-9 and single hyphens between them"
    if name in _DEVICES:
        return "Windows keeps it for a device"
    if name in _RESERVED:
        return "it is reserved"
    return None
