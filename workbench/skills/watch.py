"""Whether a list of skills would show something else now, for much less than a list costs.

Idea: rows are counted by the database itself, whichever process changes them, and who is added to the skills folder or
taken out of it changes its time. Both are asked each time. Files that somebody edits and commits that somebody makes tell
nobody; they are looked for every few seconds, for all that ask. Invariant: two versions that are equal mean the same list.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workbench.errors import Refused
from workbench.skills import table
from workbench.skills.skill import FILE
from workbench.skills.versions.git import git
from workbench.storage.database import Database

LOOK_S: Final = 4.0
"""How old what is known of files and commits may be."""

Stamp = tuple[int, ...] | None


class Watch:
    """The version of a library. One serves every screen of a process."""

    def __init__(self, database: Database, root: Callable[[], Path]) -> None:
        self._database = database
        self._root = root
        self._lock = threading.Lock()
        self._seen: tuple[str, int, Stamp] | None = None
        self._files = ""
        self._looked = 0.0

    def stamp(self) -> Stamp:
        """Changes when a folder comes or goes where the skills lay when `version` was last asked for; costs one `stat`."""
        seen = self._seen
        return _stamp(seen[0]) if seen else None

    def version(self) -> str:
        """Changes when the list may."""
        root = os.fspath(self._root())
        seen = root, self._database.read(table.version), _stamp(root)
        with self._lock:
            if seen != self._seen or time.monotonic() - self._looked >= LOOK_S:
                self._files = f"{_head(root)} {_files(root)}"
                self._seen, self._looked = seen, time.monotonic()
            return hashlib.sha256(f"{seen} {self._files}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _head(root: str) -> str:
    """The commit that is checked out around the skills; empty where there is none, or no git."""
    try:
        return git(Path(root), "rev-parse", "--verify", "--quiet", "HEAD", accept=(0, 1, 128)).decode().strip()
    except Refused:
        return ""


def _files(root: str) -> str:
    """Every SKILL.md by its place, size and time."""
    seen = hashlib.sha256()
    try:
        names = sorted(os.listdir(root))  # noqa: PTH208 - ten thousand of them, and their names are all that is needed
    except OSError:
        return ""
    for name in names:
        found = _stamp(f"{root}/{name}/{FILE}")
        seen.update(f"{name} {found}\n".encode("utf-8", "surrogateescape"))
    return seen.hexdigest()


def _stamp(path: str) -> Stamp:
    try:
        about = os.stat(path)  # noqa: PTH116 - asked twice a second for each screen
    except OSError:
        return None
    return about.st_ino, about.st_size, about.st_mtime_ns, about.st_ctime_ns
