"""The files of a skill, each opened by the folder that holds it, so that nothing outside is ever read.

Idea: folders are opened one below the other without following links, and files relative to them; whoever swaps a folder for
a link meanwhile gets an error, not our eyes. Invariant: what is not a plain file is named and never opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Literal

DEEPEST: Final = 64
SKIPPED: Final = frozenset([".git"])
_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_FOLDER: Final = _FLAGS | os.O_DIRECTORY


@dataclass(frozen=True)
class Found:
    """One thing below a folder. It can be opened only while the walk stands at it."""

    path: str
    """From the folder, parts parted by `/`; bytes that are no UTF-8 are lone surrogates."""
    kind: Literal["file", "link", "folder-skipped", "folder-deep", "other", "unreadable"]
    size: int = 0
    executable: bool = False
    target: str = ""
    """Where a link points, as it says."""
    folder: int = -1

    def open(self) -> BinaryIO:
        """The file's bytes; OSError if it is gone or has become something else."""
        handle = os.open(self.path.rpartition("/")[2], _FLAGS, dir_fd=self.folder)
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise OSError(f"{self.path} is no plain file any more")
        return os.fdopen(handle, "rb", buffering=0)


def walk(root: Path, without: Collection[str] = ()) -> Iterator[Found]:
    """Everything below a folder, by name within each folder, but what has one of the names `without` directly in it.
    OSError if it is none, or a link to one.
    """
    handle = os.open(root, _FOLDER)
    try:
        yield from _within(handle, "", 0, without)
    finally:
        os.close(handle)


def _within(folder: int, above: str, depth: int, without: Collection[str] = ()) -> Iterator[Found]:
    for name in sorted({*os.listdir(folder)} - {*without}, key=os.fsencode):
        path = above + name
        try:
            known = os.stat(name, dir_fd=folder, follow_symlinks=False)
            if stat.S_ISLNK(known.st_mode):
                yield Found(path, "link", known.st_size, target=os.readlink(name, dir_fd=folder))
            elif stat.S_ISREG(known.st_mode):
                yield Found(path, "file", known.st_size, bool(known.st_mode & 0o111), folder=folder)
            elif not stat.S_ISDIR(known.st_mode):
                yield Found(path, "other")
            elif name.lower() in SKIPPED:
                yield Found(path, "folder-skipped")
            elif depth >= DEEPEST:
                yield Found(path, "folder-deep")
            else:
                inner = os.open(name, _FOLDER, dir_fd=folder)
                try:
                    yield from _within(inner, path + "/", depth + 1)
                finally:
                    os.close(inner)
        except OSError:
            yield Found(path, "unreadable")
