"""Files for a page: read and written below a few folders, never elsewhere, never more than 5 MiB.

Invariant: a path is absolute, holds no `..`, and its links lead nowhere else; git's own folders are out of reach, since
what lies there runs. A write is whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest, PathEscapes, Refused
from workbench.paths import contained
from workbench.skills.tree import beneath
from workbench.skills.tree.beneath import too_large
from workbench.skills.tree.disk import permissions, write

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_ENTRIES: Final = 10_000
MAX_DEPTH: Final = 100
"""So many folders deep; what lies much deeper, other programs cannot open."""

_GIT: Final = frozenset({".git", "git~1"})
_UNSEEN: Final = dict.fromkeys([*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])
"""Characters that some file systems leave out of a name."""

Kind = Literal["file", "folder", "link", "other"]


@dataclass(frozen=True)
class Found:
    """An entry of a folder, by its path below it."""

    path: str
    kind: Kind
    size: int
    modified: int


def place(roots: list[Path], path: str, closed: Path) -> tuple[Path, Path]:
    """The root that a path lies below, and the path with its links resolved. Raises PathEscapes, InvalidRequest. In a
    folder that is `closed`, only what lies below a root in it is open.
    """
    wanted = Path(path)
    if "\0" in path or not wanted.is_absolute() or ".." in wanted.parts:
        raise InvalidRequest(
            f"{path[:200]!r} is no plain absolute path.",
            remedy="Give the whole path, without `..`.",
            problems=[{"path": "path", "message": "must be absolute and hold no .."}],
        )
    for root in roots:
        try:
            found = contained(root, wanted)
        except PathEscapes:
            continue
        base = Path(os.path.realpath(root))
        if _lies_in(closed, found) and not _lies_in(closed, base):
            continue
        parts = found.relative_to(base).parts
        if len(parts) > MAX_DEPTH:
            raise InvalidRequest(
                f"{path[:200]!r} lies more than {MAX_DEPTH} folders deep.",
                remedy="Choose a shorter path.",
                problems=[{"path": "path", "message": f"has more than {MAX_DEPTH} parts"}],
            )
        if _GIT & {part.translate(_UNSEEN).lower().rstrip(". ") for part in parts}:
            break
        return root, found
    raise PathEscapes(
        f"{path[:200]!r} lies outside of the folders that may be opened here.",
        remedy=f"Those are {' and '.join(str(root) for root in roots)}, without git's own folder.",
        path=path[:1000],
        roots=[str(root) for root in roots],
    )


def _lies_in(folder: Path, path: Path) -> bool:
    real = Path(os.path.realpath(folder))
    return real == path or real in path.parents


def read(root: Path, path: Path) -> bytes:
    """A file of up to 5 MiB."""
    return beneath.read(root, path, limit=MAX_BYTES).data


def save(root: Path, path: Path, data: bytes, staging: Path, base: str | None = None) -> None:
    """Writes a file of up to 5 MiB, made in `staging` first; with `base`, only onto a file with that digest."""
    check_size(path, data)
    check_target(path)
    if base is not None and digest(read(root, path)) != base:
        raise Refused("changed", f"{path.name} has been changed since you opened it.", remedy="Look at it again.")
    made = staging / "file"
    write(made, data, permissions(path))
    beneath.put(root, path, made)


def digest(data: bytes) -> str:
    """What a caller names a file's content by."""
    return hashlib.sha256(data).hexdigest()


def check_size(path: Path, data: bytes) -> None:
    """Raises InvalidRequest for more than 5 MiB."""
    if len(data) > MAX_BYTES:
        raise too_large(path, MAX_BYTES)


def check_target(path: Path) -> None:
    """Raises Refused where something other than a file lies."""
    try:
        mode = path.stat(follow_symlinks=False).st_mode
    except OSError:
        return
    if not stat.S_ISREG(mode):
        raise Refused("no_file", f"{path} is no file.", remedy="Choose another name.", path=str(path))


def entries(root: Path, path: Path, *, deep: bool) -> tuple[list[Found], bool]:
    """What lies in a folder, by path, and whether there is more; links are not followed, git's folder is left out."""
    found: list[Found] = []
    with beneath.opened(root, path) as top:
        for each in _walk(top, deep=deep):
            if len(found) == MAX_ENTRIES:
                return found, True
            found.append(each)
    return sorted(found, key=lambda each: each.path), False


def _walk(top: int, *, deep: bool) -> Iterator[Found]:
    for here, folders, names, handle in os.fwalk(".", dir_fd=top):
        folders[:] = sorted(name for name in folders if name.lower() not in _GIT)
        prefix = "" if here == "." else f"{here[2:]}/"
        for name in sorted([*folders, *names]):
            try:
                about = os.stat(name, dir_fd=handle, follow_symlinks=False)
            except FileNotFoundError:
                continue  # gone while we looked
            yield Found(prefix + name, _kind(about.st_mode), about.st_size, about.st_mtime_ns // 1_000_000)
        if not deep:
            return


def _kind(mode: int) -> Kind:
    if stat.S_ISREG(mode):
        return "file"
    if stat.S_ISDIR(mode):
        return "folder"
    return "link" if stat.S_ISLNK(mode) else "other"
