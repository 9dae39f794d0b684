"""One name for all that a skill is: sha256 over a list of its files, the same on every machine and in every language.

A line a file: `x` or `-` or `l` (runs, does not, is a link), the path (NFC, UTF-8), the size in bytes and the sha256 of the
content (of a link: of where it points), parted by NUL and ended by a line feed, sorted by their bytes. So no two different
skills make the same list, whatever is in their names. What Python leaves behind by itself (in `__pycache__`, a compiled file
and nothing else), what git does (`.git`) and what file managers do (a file `.DS_Store`) is not content and is left out.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.skills.tree.walk import Found, walk

BLOCK: Final = 256 * 1024
_LEFT_BEHIND: Final = re.compile(
    r"(?:.*/)?(?:\.DS_Store|__pycache__/(?P<source>[^/]+)\.cpython-\d{2,4}(?:\.opt-[12])?\.pyc)", re.DOTALL
)
_NOT_HASHED_THERE: Final = frozenset([".git", "node_modules"])
_ORDER: Final = "_-,;:!?.'\"()[]{}@*/\\&#%`^+<=>|~$"
"""Signs as ICU's root collation puts them, before digits and letters."""


@dataclass(frozen=True)
class Line:
    """One file in the list."""

    mode: str
    path: str
    size: int
    sha256: str

    def to_bytes(self) -> bytes:
        path = unicodedata.normalize("NFC", self.path).encode("utf-8", "surrogateescape")
        return b"\0".join([self.mode.encode(), path, str(self.size).encode(), self.sha256.encode()]) + b"\n"


def digest(folder: Path, without: Collection[str] = ()) -> str:
    """`sha256:…` of a skill's folder, without what has these names in it. OSError if the folder or a file in it cannot be
    read.
    """
    return of_lines(manifest(folder, without=without))


def signature(folder: Path, without: Collection[str] = ()) -> str:
    """What tells, without opening a file, that nothing below a folder has changed; as good as a file's time of change."""
    made = hashlib.sha256()
    for above, folders, names in os.walk(folder):
        left_out = {*without} if above == str(folder) else set[str]()
        folders[:] = sorted({*folders} - left_out)
        for name in sorted({*folders, *names} - left_out):
            path = f"{above}/{name}"
            try:
                about = os.lstat(path)
            except OSError:
                continue  # gone while we looked
            facts = f"{about.st_ino}:{about.st_mode}:{about.st_size}:{about.st_mtime_ns}:{about.st_ctime_ns}"
            made.update(os.fsencode(f"{path[len(str(folder)) :]}\0{facts}\n"))
    return made.hexdigest()


def of_lines(lines: Iterable[Line]) -> str:
    """The digest of a list of files, in whatever order it comes; what was left behind among them does not count."""
    made = hashlib.sha256()
    for line in sorted(line.to_bytes() for line in _content(lines)):
        made.update(line)
    return f"sha256:{made.hexdigest()}"


def _content(lines: Iterable[Line]) -> list[Line]:
    """The lines that are content. Compiled Python without its source beside it is: nothing else would be run in its place."""
    known = list(lines)
    paths = {line.path for line in known}
    return [line for line in known if line.mode == "l" or counts(line.path) or orphan(line.path, paths)]


def orphan(path: str, paths: set[str]) -> bool:
    """Whether a file is compiled Python whose source is not among these paths."""
    found = _LEFT_BEHIND.fullmatch(path)
    if found is None or not found["source"]:
        return False
    return f"{path.rpartition('__pycache__/')[0]}{found['source']}.py" not in paths


def of_contents(contents: Iterable[tuple[str, str, bytes]]) -> str:
    """The digest of files that are not on disk: `(mode, path, bytes)`, as from a commit or an archive."""
    return of_lines(Line(mode, path, len(data), hashlib.sha256(data).hexdigest()) for mode, path, data in contents)


def manifest(
    folder: Path, reading: Callable[[int], object] | None = None, without: Collection[str] = ()
) -> Iterator[Line]:
    """The list itself. `reading` is told the size of each file before it is opened, and with each block how much of it was
    read, and may raise.
    """
    for found in walk(folder, without):
        if found.kind == "link":
            yield link_line(found)
        elif found.kind == "file":
            made, size = hashlib.sha256(), 0
            if reading is not None:
                reading(found.size)
            with found.open() as file:
                while block := file.read(BLOCK):
                    made.update(block)
                    size += len(block)
                    if reading is not None:
                        reading(size)
            yield Line("x" if found.executable else "-", found.path, size, made.hexdigest())
        elif found.kind in ("unreadable", "folder-deep"):
            raise OSError(f"{found.path} cannot be read, so the skill has no digest")


def link_line(found: Found) -> Line:
    target = found.target.encode("utf-8", "surrogateescape")
    return Line("l", found.path, len(target), hashlib.sha256(target).hexdigest())


def counts(path: str) -> bool:
    """Whether a file of this path is the skill's content, and not what some tool has left behind by itself."""
    return _LEFT_BEHIND.fullmatch(path) is None


def computed_hash(folder: Path) -> str:
    """What the `skills` installer writes as `computedHash` into its lock file: paths and bytes one after the other, in the
    order of its language's collation. For comparing with its locks only: it does not see modes, links or boundaries.
    """
    made = hashlib.sha256()
    files = [found.path for found in walk(folder) if found.kind == "file"]
    for path in sorted((path for path in files if _NOT_HASHED_THERE.isdisjoint(path.split("/"))), key=collated):
        made.update(path.encode("utf-8", "surrogateescape"))
        made.update((folder / path).read_bytes())
    return made.hexdigest()


def collated(path: str) -> tuple[list[tuple[int, str]], list[str], list[int]]:
    """The key by which ICU's root collation sorts a path: base letters, then accents, then lower case before upper."""
    split = unicodedata.normalize("NFD", path)
    bases = [character for character in split if not unicodedata.combining(character)]
    return (
        [_weight(character) for character in bases],
        [character for character in split if unicodedata.combining(character)],
        [int(character != character.lower()) for character in bases],
    )


def _weight(character: str) -> tuple[int, str]:
    if character.isspace():
        return 0, character
    if (place := _ORDER.find(character)) >= 0:
        return 1, chr(place)
    return (2 if character.isdigit() else 3 if character.isalpha() else 1), character.lower()
