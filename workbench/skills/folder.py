"""A skill's folder as git would keep it: files, their bytes and modes.

Links are taken as links, `.git` at any depth is left out, and what is neither a file nor a link (a pipe, a socket, a
device) is not there.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
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
