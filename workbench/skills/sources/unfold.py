"""The files of one commit, written from git's objects byte for byte.

Idea: no checkout. What a repository says of its files (attributes, filters, line ends, encodings) is for those who work in
it; we want what its author has committed, and nothing of a stranger's to be run or asked. Names are judged here once more.
Links come last, when nothing is written any more; one that leads out, in a circle or nowhere becomes a file that holds its
target, as git does it where there are no links. Invariant: no link in `root` leaves `root`, and nothing was written outside.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from workbench.errors import Refused
from workbench.skills.sources.hosts import Bounds
from workbench.skills.sources.watch import Watch
from workbench.skills.tree.folder import LINK_MODE, SCRIPT_MODE, SUBMODULE
from workbench.skills.tree.links import landing

DEEPEST: Final = 64
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_PIECE: Final = 256 * 1024
_LONGEST_TARGET: Final = 4095
"""No system makes a longer link; what is longer is a file from the start."""


@dataclass(frozen=True)
class Entry:
    """One file of a commit, as git lists it."""

    mode: str
    sha: str
    size: int
    path: str


def entries(listed: bytes, bounds: Bounds) -> list[Entry]:
    """What `git ls-tree -r -z --long` lists. Raises Refused for too much, and for names that lead elsewhere."""
    found = [_entry(line) for line in listed.split(b"\0") if line]
    if len(found) > bounds.files:
        raise _large(f"more than {bounds.files:,} files")
    if sum(each.size for each in found) > bounds.tree:
        raise _large(f"files of more than {bounds.tree:,} bytes")
    for each in found:
        _judge(each.path)
    return found


def _entry(line: bytes) -> Entry:
    about, _, path = line.partition(b"\t")
    mode, _, sha, size = about.decode("ascii").split()
    return Entry(mode, sha, int(size) if size.isdecimal() else 0, os.fsdecode(path))


def _judge(path: str) -> None:
    parts = path.split("/")
    if len(parts) > DEEPEST or any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts):
        raise Refused(
            "unsound",
            f"The repository holds {path[:200]!r}, which cannot be a file's path.",
            remedy="Nothing was kept. Do not trust this repository.",
            path=path,
        )


def lay(found: Iterable[Entry], contents: BinaryIO, root: Path, watch: Watch) -> list[str]:
    """Writes the files below `root`, which is made, from what `git cat-file --batch` says of them in this order. Returns
    the paths of submodules, whose folders are empty.
    """
    root.mkdir(mode=0o700)
    all_files = [each for each in found if each.mode != SUBMODULE]
    submodules = [each.path for each in found if each.mode == SUBMODULE]
    links: list[tuple[Path, bytes]] = []
    for done, each in enumerate(all_files):
        watch.step("writing", done, len(all_files), "files")
        path, content = root / each.path, _content(contents, each)
        if each.mode == LINK_MODE and each.size <= _LONGEST_TARGET:
            links.append((path, b"".join(content)))
        else:
            _write(path, content, 0o755 if each.mode == SCRIPT_MODE else 0o644)
    for empty in submodules:
        (root / empty).mkdir(parents=True, exist_ok=True)
    _link(root, links, watch)
    return submodules


def wanted(found: Iterable[Entry]) -> bytes:
    """What to ask `git cat-file --batch` for."""
    return b"".join(b"%s\n" % each.sha.encode() for each in found if each.mode != SUBMODULE)


def _content(contents: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The next object, which has to be read to its end."""
    head = contents.readline().split()
    if head != [entry.sha.encode(), b"blob", b"%d" % entry.size]:
        raise Refused(
            "damaged", f"The repository lacks {entry.path!r}.", remedy="Try again; its server sent less than it said."
        )
    left = entry.size
    while left:
        piece = contents.read(min(left, _PIECE))
        if not piece:
            raise Refused("damaged", "Git ended before all was read.", remedy="Try again.")
        left -= len(piece)
        yield piece
    contents.read(1)


def _write(path: Path, content: Iterable[bytes], mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, _MAKE, 0o600), "wb") as file:
        file.writelines(content)
        os.fchmod(file.fileno(), mode)


def _link(root: Path, links: list[tuple[Path, bytes]], watch: Watch) -> None:
    made = []
    for path, _ in links:  # all folders before the first link: none is made through one
        path.parent.mkdir(parents=True, exist_ok=True)
    for path, target in links:
        if _can_be(target):
            path.symlink_to(os.fsdecode(target))
            made.append((path, target))
        else:
            _write(path, [target], 0o644)
    stays = [(path, target, _stays(root, path, watch)) for path, target in made]
    for path, target, inside in stays:
        if not inside:
            path.unlink()
            _write(path, [target], 0o644)


def _can_be(target: bytes) -> bool:
    """Whether a system could make a link of this, and it is not absolute."""
    return bool(target) and b"\0" not in target and not target.startswith(b"/")


def _stays(root: Path, path: Path, watch: Watch) -> bool:
    watch.check()
    return bool(landing(root, path.relative_to(root).as_posix()))


def _large(what: str) -> Refused:
    return Refused("too_large", f"The repository holds {what}.", remedy="Clone it yourself, and bring in its folder.")
