"""A skill's folder as git would keep it: files, their bytes and modes.

Links are taken as links, `.git` at any depth is left out, and what is neither a file nor a link (a pipe, a socket, a
device) is not there.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FILE_MODE: Final = "100644"
SCRIPT_MODE: Final = "100755"
LINK_MODE: Final = "120000"
SUBMODULE: Final = "160000"


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


def files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    """The files and links below a folder with their paths (`/` between parts), by path within each folder. No link is
    followed, the folder itself included, whoever puts one there meanwhile.
    """
    with suppress(FileNotFoundError, NotADirectoryError):  # it is not there, or is none
        yield from _files(folder)


def _files(folder: Path) -> Iterator[tuple[str, os.stat_result]]:
    for here, folders, names, handle in os.fwalk(folder):
        above = Path(here).relative_to(folder).as_posix()
        prefix = "" if above == "." else f"{above}/"
        folders[:] = sorted(name for name in folders if name.lower() != ".git")
        for name in sorted({*folders, *names}):
            try:
                about = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone while we looked
            if name.lower() != ".git" and (stat.S_ISREG(about.st_mode) or stat.S_ISLNK(about.st_mode)):
                yield prefix + name, about
