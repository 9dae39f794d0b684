"""Skills that lie anywhere: a file, a folder, or a tree of them, without a library.

Invariant: each SKILL.md at or below a path is told of, in order; one that cannot be read, or is not to be, is told of as a
failure and does not keep the others from being read. Nothing but regular files is opened.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.skill import FILE, SkillDocument, parse

LEFT_OUT: Final = frozenset({".git", "node_modules", "__pycache__", ".trash"})
MAX_FILES: Final = 10_000
MAX_BYTES: Final = 16 * 1024 * 1024
"""No SKILL.md is larger; what is, is something else under its name."""


def documents(path: Path) -> Iterator[tuple[Path, SkillDocument | WorkbenchError]]:
    """The SKILL.md files at or below a path, in order, and why one could not be read. Raises NotFound where there are
    none.
    """
    found = False
    for file in _files(path):
        found = True
        try:
            yield file, read(file)
        except WorkbenchError as error:
            yield file, error
    if not found:
        raise _none(path)


def folders(path: Path) -> Iterator[Path]:
    """The folders of the skills at or below a path, in order, each once. Raises NotFound where there are none."""
    found = list(dict.fromkeys(file.parent for file in _files(path)))
    if not found:
        raise _none(path)
    return iter(found)


def read(file: Path) -> SkillDocument:
    """One SKILL.md, which knows its folder."""
    try:
        data = _data(file)
    except OSError as error:
        raise NotFound(
            f"{file} cannot be read: {error.strerror or error}.", remedy="See that you may read it.", path=str(file)
        ) from error
    if len(data) > MAX_BYTES:
        raise Refused("too_large", f"{file} has over {MAX_BYTES:,} bytes.", remedy="Look what it is.", path=str(file))
    return parse(data, folder=file.absolute().parent.name, files=files_beside(file))


def _data(file: Path) -> bytes:
    """So much of a regular file as may be; a pipe that nobody writes to is not waited for."""
    with os.fdopen(os.open(file, os.O_RDONLY | os.O_NONBLOCK), "rb") as opened:
        if not stat.S_ISREG(os.fstat(opened.fileno()).st_mode):
            raise OSError(errno.EINVAL, "it is no file")
        return opened.read(MAX_BYTES + 1)


def files_beside(document: Path, without: Collection[str] = ()) -> list[str] | None:
    """The files of the skill that a SKILL.md is of, as paths from its folder; None if there are too many to be told. What
    has a name of `without` in the folder is none of the skill's.
    """
    folder = document.parent
    found: list[str] = []
    for here, below, names in os.walk(folder):
        below[:] = [name for name in below if name not in LEFT_OUT and not (here == str(folder) and name in without)]
        found += ((Path(here) / name).relative_to(folder).as_posix() for name in names)
        if len(found) > MAX_FILES:
            return None
    return found


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        if path.exists() or path.is_symlink():
            yield path
        return
    for here, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        yield from (Path(here) / name for name in sorted(names) if name.lower() == FILE.lower())


def _none(path: Path) -> NotFound:
    return NotFound(
        f"There is no {FILE} at or below {path}.", remedy="Name a SKILL.md or a folder that has one.", path=str(path)
    )
