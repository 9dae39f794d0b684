"""A new file, whole and on the disk, before it takes the place of another; who moves it there is `beneath`."""

from __future__ import annotations

import os
from pathlib import Path


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
