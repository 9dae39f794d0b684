"""The trash of a home: what was in the way, for who wants it back. Invariant: it is whole in one place or the other."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

from workbench.clock import Clock
from workbench.paths import Home


def entry_of(home: Home, clock: Clock) -> Path:
    """A new folder in the trash."""
    entry = home.root / "trash" / clock.new_id()
    entry.mkdir(parents=True, mode=0o700)
    return entry


def discard(home: Home, clock: Clock, path: Path, name: str) -> Path:
    """Into the trash of the home, in one step where that lies on the same disk; else copied first. Where it lies then."""
    entry = entry_of(home, clock)
    try:
        path.rename(entry / name)
    except OSError as error:
        if error.errno != errno.EXDEV:
            entry.rmdir()
            raise
        _copied(path, entry / name)
    return entry / name


def _copied(path: Path, target: Path) -> None:
    """Onto another disk. A copy that was cut short lies under another name, and the whole thing still where it was; of what
    was copied whole, what cannot be removed stays behind under another name.
    """
    partial = target.with_name(f"{target.name}.partial")
    try:
        if path.is_dir() and not path.is_symlink():
            shutil.copytree(path, partial, symlinks=True)
            partial.rename(target)
            path = path.rename(path.with_name(f"{path.name}.copied"))
            shutil.rmtree(path, ignore_errors=True)
        else:
            shutil.copy2(path, partial, follow_symlinks=False)
            partial.rename(target)
            path.unlink()
    except shutil.Error as error:
        raise OSError(errno.EIO, f"it cannot be copied: {error.args[0][0][2]}", str(path)) from error
