"""Going back to a version: what that would do, said beforehand, and the files to lay out.

Invariant: a version is laid out whole or refused; a tree of somebody else's cannot write outside of the skill's folder.
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from workbench.errors import Refused
from workbench.skills.compare import versioned
from workbench.skills.folder import LINK_MODE, SUBMODULE, Blob
from workbench.skills.history import Version, log
from workbench.skills.repository import Entry, Repository


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
    then = version_of(repository, wanted.commit, wanted.path)
    for path, blob in then.items():
        _check(path, blob, wanted)
    now = versioned(repository, name)
    known = repository.entries(name)
    length = len(wanted.commit)
    drops = sorted(path for path in now if path not in then)
    changes = sorted(path for path, blob in then.items() if now.get(path) != blob)
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


def _check(path: str, blob: Blob, of: Version) -> None:
    """A tree can hold what no folder should: names that climb, and links that leave."""
    parts = path.split("/")
    leaves = blob.mode == LINK_MODE and not _stays(parts[:-1], os.fsdecode(blob.data))
    if leaves or any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        raise Refused(
            "unsafe_version",
            f"The version {of.commit[:12]} holds {path!r}, which leads out of the skill.",
            remedy="Take what you need of it with git itself.",
            path=path,
        )


def _stays(above: list[str], target: str) -> bool:
    depth = len(above)
    for part in target.split("/"):
        depth += {"..": -1, ".": 0, "": 0}.get(part, 1)
        if depth < 0:
            return False
    return not target.startswith("/") and bool(target)
