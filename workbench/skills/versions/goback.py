"""Going back to a version: what that would do, said beforehand, and the files to lay out.

Invariant: a version is laid out whole or refused; a tree of somebody else's cannot write outside of the skill's folder,
and what no version has (since its owner has told git to leave it alone, or since git cannot keep it) is never written over.
"""

from __future__ import annotations

import os
from collections.abc import Container, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from workbench.errors import Refused
from workbench.skills.history import Version, log
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.folder import LINK_MODE, SUBMODULE, Blob
from workbench.skills.tree.links import leads_out
from workbench.skills.versions.compare import versioned
from workbench.skills.versions.repository import Entry, Repository

IGNORES: Final = ".gitignore"


@dataclass(frozen=True)
class Plan:
    """What going back to a version would do."""

    version: Version
    drops: list[str]
    """Files that the version does not have; they stay in the history."""
    changes: list[str]
    """Files that it has otherwise, or that are not there now."""
    saves: list[str]
    """Those of all these that are in no version yet: they become one first."""
    later: int
    """How many versions are newer."""


def plan(repository: Repository, name: str, wanted: Version) -> Plan:
    """What restoring would do. Raises Refused for a version that could not be laid out."""
    folder = repository.root / name
    if folder.is_symlink():
        raise is_link(folder)
    then = version_of(repository, wanted.commit, wanted.path)
    for path, blob in then.items():
        _check(path, blob, wanted)
    now = versioned(repository, name)
    known = repository.entries(name)
    length = len(wanted.commit)
    drops = sorted(path for path in now if path not in then)
    changes = sorted(path for path, blob in then.items() if now.get(path) != blob)
    _check_room(folder, changes, then, now.keys())
    saves = [
        path
        for path in sorted({*drops, *changes} & set(now))
        if known.get(f"{name}/{path}") != Entry(now[path].mode, now[path].sha(length))
    ]
    later = [each.commit for each in log(repository, name, limit=10_000)]
    count = later.index(wanted.commit) if wanted.commit in later else len(later)
    return Plan(wanted, drops, changes, saves, count)


def version_of(repository: Repository, commit: str, path: str) -> dict[str, Blob]:
    """A skill's files in a version, by path below its folder; a submodule is none of them."""
    entries = {name: entry for name, entry in repository.entries(path, commit).items() if entry.mode != SUBMODULE}
    contents = repository.read(entry.sha for entry in entries.values()) if entries else {}
    return {name[len(path) + 1 :]: Blob(entry.mode, contents[entry.sha]) for name, entry in entries.items()}


def is_link(folder: Path) -> Refused:
    """A skill's folder that somebody has exchanged for a link."""
    return Refused(
        "link",
        f"{folder} is a link, and may lead anywhere.",
        remedy="Put the folder itself in its place.",
        path=str(folder),
    )


def _check_room(folder: Path, changes: list[str], then: Mapping[str, Blob], versioned: Container[str]) -> None:
    """Refuses where a file of the version cannot take its place: what lies there is in no version, nor becomes one."""
    if os.path.lexists(folder) and not folder.is_dir():
        raise _in_the_way(folder.name)
    found = blobs(folder)
    for path in changes:
        if found.get(path) == then[path]:
            continue  # it is ignored now, and the same
        for above in list(PurePosixPath(path).parents)[:-1]:
            place = folder / above
            if os.path.lexists(place) and (place.is_symlink() or not place.is_dir()) and str(above) not in versioned:
                raise _in_the_way(str(above))
        _check_place(folder, path, versioned)


def _check_place(folder: Path, path: str, versioned: Container[str]) -> None:
    place = folder / path
    if place.is_symlink() or not place.is_dir():
        if os.path.lexists(place) and path not in versioned:
            raise _in_the_way(path)
        return
    for here, folders, names in os.walk(place):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in (*links, *names):
            below = (Path(here) / name).relative_to(folder).as_posix()
            if below not in versioned:
                raise _in_the_way(below)


def _in_the_way(path: str) -> Refused:
    return Refused(
        "in_the_way",
        f"{path!r} is in no version, and lies where that version has something else.",
        remedy="Move it away first; nothing was changed.",
        path=path,
    )


def _check(path: str, blob: Blob, of: Version) -> None:
    """A tree can hold what no folder should: names that climb, and links that leave."""
    parts = path.split("/")
    leaves = blob.mode == LINK_MODE and leads_out(path, os.fsdecode(blob.data))
    if leaves or any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        raise Refused(
            "unsafe_version",
            f"The version {of.commit[:12]} holds {path!r}, which leads out of the skill.",
            remedy="Take what you need of it with git itself.",
            path=path,
        )
