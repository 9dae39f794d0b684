"""Where in a source a plan begins: at its root, at the folder that was asked for, or at the one that an archive is wrapped in.

Idea: an archive of a repository is wrapped in a folder that nobody named, and is to be planned as the repository is. An
archive of one skill is wrapped in the skill, which is then all that it holds. Invariant: the beginning is a folder of the
source, and nothing outside of the source is looked at to find it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workbench.errors import NotFound, WorkbenchError
from workbench.paths import contained
from workbench.skills.document.trees import MAX_BYTES
from workbench.skills.intake.catalog import LOCATIONS
from workbench.skills.skill import FILE, parse
from workbench.skills.tree import beneath

_OF_A_MAC: Final = frozenset(["__MACOSX", ".DS_Store"])


def beginning(root: Path, subpath: str = "", *, wrapped: bool = False) -> str:
    """Where to begin, as a path from the root. Raises NotFound for a subpath that is not there."""
    if not subpath:
        return _wrapper(root) if wrapped else ""
    there = contained(root, subpath)
    if there.name.lower() == FILE.lower() and there.is_file():
        there = there.parent
    if not there.is_dir():
        raise NotFound(f"There is no folder {subpath!r} in the source.", remedy="See how it is spelt.", path=subpath)
    return "" if there == root.resolve() else there.relative_to(root.resolve()).as_posix()


def _wrapper(root: Path) -> str:
    """The one folder that an archive is wrapped in, unless that is the skill that it is a package of."""
    inner = [path for path in root.iterdir() if path.name not in _OF_A_MAC]
    if len(inner) != 1 or not inner[0].is_dir() or inner[0].name.startswith("."):
        return ""
    return "" if _is_package(root, inner[0]) else inner[0].name


def _is_package(root: Path, folder: Path) -> bool:
    """Whether a folder is a skill that was packed: it has the name that the skill says, and no catalogue lies in it."""
    if any((folder / location).exists() for location in LOCATIONS):
        return False
    return any(path.name.lower() == FILE.lower() and _name(root, path) == folder.name for path in folder.iterdir())


def _name(root: Path, document: Path) -> str | None:
    try:
        return parse(beneath.read(root, document, limit=MAX_BYTES).data, folder=document.parent.name).name
    except WorkbenchError:
        return None
