"""Putting one file in the place of another: made whole beside the skills, then renamed.

Invariant: who reads the path sees the old file or the new one, and a kill leaves no temporary file in a skill's folder.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from workbench.errors import PathEscapes
from workbench.paths import contained
from workbench.skills.folder import FILE_MODE, LINK_MODE, SCRIPT_MODE

_PERMISSIONS: Final = {FILE_MODE: 0o644, SCRIPT_MODE: 0o755}


def replace_file(path: Path, data: bytes, staging: Path, *, mode: str | None = None, root: Path | None = None) -> None:
    """Gives `path` this content. `mode` is git's (None: as it was); with `root`, folders on the way are made in it."""
    if root is not None:
        make_parents(root, path)
    made = staging / "file"
    made.unlink(missing_ok=True)
    if mode == LINK_MODE:
        made.symlink_to(os.fsdecode(data))
    else:
        write(made, data, _PERMISSIONS.get(mode or "") or permissions(path))
    made.replace(path)
    sync_folder(path.parent)


def write(path: Path, data: bytes, permissions: int = 0o644) -> None:
    """A new file, on the disk when this returns."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fchmod(file.fileno(), permissions)
        os.fsync(file.fileno())


def permissions(path: Path) -> int:
    """Those of a file that is there, else what a new one gets."""
    try:
        return path.stat(follow_symlinks=False).st_mode & 0o777
    except OSError:
        return 0o644


def make_parents(root: Path, path: Path) -> None:
    """The folders between `root` and a path below it; a link on the way is refused."""
    here = root
    for part in path.relative_to(root).parts[:-1]:
        here = here / part
        if here.is_symlink():
            raise PathEscapes(
                f"{here} is a link, and may lead anywhere.", remedy="Remove it first.", root=str(root), path=str(path)
            )
        here.mkdir(exist_ok=True)
    contained(root, path.parent)


def sync_folder(folder: Path) -> None:
    """What was renamed into a folder stays there when the power fails."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
