"""A skill's folder, copied: the same content under the same digest, and nothing that its source could still change.

Links are copied as links where they stay in the folder; one that leads out is an error, and never followed. What is no
content of a skill (`.git`, what Python and file managers leave behind) is left where it is.
"""

from __future__ import annotations

import os
import posixpath
import shutil
from collections.abc import Collection
from pathlib import Path
from typing import Final

from workbench.errors import Refused
from workbench.skills.tree.digest import counts, orphan
from workbench.skills.tree.links import leads_out
from workbench.skills.tree.walk import Found, walk

_BLOCK: Final = 256 * 1024


def copy(source: Path, target: Path, without: Collection[str] = ()) -> int:
    """Copies a skill's folder to `target`, which must not exist, without what has these names in it; the bytes copied.
    Raises Refused where something in it is no file and no folder, or a link that leads out, and OSError.

    Nothing is forced to the disk: who needs that calls `os.sync` once for all that was copied.
    """
    target.mkdir(mode=0o755)
    size = 0
    sources = {found.path for found in walk(source, without) if found.path.endswith(".py")}
    for found in walk(source, without):
        if found.kind == "folder-skipped" or _left_behind(found, sources):
            continue
        path = target / found.path
        if not path.parent.exists():
            path.parent.mkdir(parents=True)
        if found.kind == "file":
            size += _copy_file(found, path)
        elif (why := unfit(found)) is None:
            path.symlink_to(found.target)
        else:
            raise _unfit(source, found, why)
    return size


def _left_behind(found: Found, sources: set[str]) -> bool:
    """Whether the digest does not know it either."""
    return found.kind == "file" and not counts(found.path) and not orphan(found.path, sources)


def _copy_file(found: Found, path: Path) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with found.open() as source, os.fdopen(descriptor, "wb") as made:
        shutil.copyfileobj(source, made, _BLOCK)
        os.fchmod(made.fileno(), 0o755 if found.executable else 0o644)
        return made.tell()


def unfit(found: Found) -> str | None:
    """Why something in a skill's folder cannot be copied; None if it can be."""
    if found.kind == "file":
        return None
    if found.kind == "link":
        whole = posixpath.normpath(posixpath.join(posixpath.dirname(found.path), found.target)) == "."
        out = whole or leads_out(found.path, found.target)
        return f"is a link that leads out of the skill, to {found.target!r}" if out else None
    said = {"folder-deep": "lies too deep", "unreadable": "cannot be read"}
    return said.get(found.kind, "is neither a file nor a folder")


def _unfit(source: Path, found: Found, why: str) -> Refused:
    return Refused(
        "unfit",
        f"{found.path!r} in {source.name!r} {why}.",
        remedy="Take it out of the skill, or put a plain file in its place.",
        path=str(source / found.path),
    )
