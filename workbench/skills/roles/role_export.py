"""One of the agents' own skills given away as a .skill package, as `export` gives away the library's.

Invariant: the digest that is told is the one that a skill taken in from this package has.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import NotFound, Refused
from workbench.skills.handout.export import left_out, pack
from workbench.skills.handout.handing import alone
from workbench.skills.handout.laying_out import Layout, Made, checked_target
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.tree.copying import copy
from workbench.skills.tree.digest import digest
from workbench.skills.tree.walk import walk


@dataclass(frozen=True)
class Exported:
    """What was written."""

    path: Path
    bytes: int
    digest: str


def export(library: Library, folder: Path, target: str, *, replace: bool) -> Exported:
    """Writes the skill in `folder` to a path, or into a folder, that is none of ours: not the library's either. Raises
    Refused for what is there and differs, and for a folder that an agent has made a link.
    """
    kept = (library.home.root, library.root)
    if folder.is_symlink():
        raise Refused(
            "no_folder",
            f"{folder} is a link, where the folder of the skill has to be.",
            remedy="Take the skill in again; the link goes to the trash.",
            skill=folder.name,
        )
    path = checked_target(target, kept)
    place = path / f"{folder.name}.skill" if path.is_dir() else path
    digests: list[str] = []

    def build(made: Path) -> Made:
        digests.append(_packed(folder, made))
        return Made(made)

    with alone(library.home):
        layout = Layout(library.home, library.clock, kept)
        layout.settle()
        laid = layout.lay(place, build, replace=replace)
    return Exported(place, laid.bytes, digests[-1])


def _packed(folder: Path, made: Path) -> str:
    if not os.path.lexists(folder / FILE):
        raise NotFound(f"{folder.name!r} has no {FILE}.", remedy="Take it in again.", skill=folder.name)
    copied = made.with_name(f"{made.name}.folder")
    copy(folder, copied)
    for found in list(walk(copied)):
        if left_out(found.path):
            (copied / found.path).unlink()
    pack(copied, folder.name, made)
    found_digest = digest(copied)
    shutil.rmtree(copied)
    return found_digest
