"""Skills that lie anywhere: a file, a folder, or a tree of them, without a library."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workbench.errors import NotFound, Refused
from workbench.skills.skill import FILE, SkillDocument, parse

LEFT_OUT: Final = frozenset({".git", "node_modules", "__pycache__", ".trash"})
MAX_BYTES: Final = 16 * 1024 * 1024
"""No SKILL.md is larger; what is, is something else under its name."""


def documents(path: Path) -> Iterator[tuple[Path, SkillDocument]]:
    """The SKILL.md files at or below a path, in order. Raises NotFound where there are none."""
    found = False
    for file in _files(path):
        found = True
        yield file, read(file)
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
        if file.stat().st_size > MAX_BYTES:
            raise Refused(
                "too_large", f"{file} has over {MAX_BYTES:,} bytes.", remedy="Look what it is.", path=str(file)
            )
        return parse(file.read_bytes(), folder=file.absolute().parent.name)
    except OSError as error:
        raise NotFound(
            f"{file} cannot be read: {error.strerror or error}.", remedy="See that you may read it.", path=str(file)
        ) from error


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for here, folders, names in os.walk(path):
        folders[:] = sorted(name for name in folders if name not in LEFT_OUT)
        yield from (Path(here) / name for name in sorted(names) if name.lower() == FILE.lower())


def _none(path: Path) -> NotFound:
    return NotFound(
        f"There is no {FILE} at or below {path}.", remedy="Name a SKILL.md or a folder that has one.", path=str(path)
    )
