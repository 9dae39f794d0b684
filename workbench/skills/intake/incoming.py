"""Where what comes from elsewhere lies until a person has decided about it: a folder each, below the home.

Idea: whoever fetches something holds a lock on its folder, which the system takes from a process that dies. Invariant: a
folder whose lock can be had belongs to nobody, and is swept away by whoever comes next; nothing is in two hands.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from workbench.clock import Clock
from workbench.errors import HomeUnusable
from workbench.paths import Home


@dataclass
class Parcel:
    """A folder to put things into, that is there until it is closed or its process ends."""

    id: str
    folder: Path
    _lock: int

    def close(self) -> None:
        """Takes the folder away with all that is in it. Harmless twice."""
        if self._lock < 0:
            return
        shutil.rmtree(self.folder, ignore_errors=True)
        os.close(self._lock)
        self._lock = -1
        with suppress(OSError):
            self.folder.parent.rmdir()  # the last one turns off the light

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


class Incoming:
    """The parcels of one home."""

    def __init__(self, home: Home, clock: Clock) -> None:
        self.root = home.root / "incoming"
        self.clock = clock

    def open(self) -> Parcel:
        """A new parcel, empty. Raises HomeUnusable where the home cannot be written."""
        try:
            while True:
                parcel = self._made(self.clock.new_id())
                if parcel is not None:
                    return parcel
        except OSError as error:
            raise HomeUnusable(
                f"Nothing can be fetched into {self.root}: {error.strerror or error}.",
                remedy="Free some space, or set WORKBENCH_HOME to a folder that you can write.",
                path=str(self.root),
                errno=error.errno,
            ) from error

    def sweep(self) -> list[str]:
        """Takes away what processes that died have left; the ids of it."""
        swept = []
        for name in self._names():
            lock = _lock(self.root / name)
            if lock is not None:
                Parcel(name, self.root / name, lock).close()
                swept.append(name)
        return swept

    def _names(self) -> list[str]:
        try:
            return sorted(path.name for path in self.root.iterdir())
        except FileNotFoundError:
            return []

    def _made(self, name: str) -> Parcel | None:
        """The parcel of this name, unless somebody swept its folder before it was locked."""
        folder = self.root / name
        # Not `exist_ok`: it looks again at what was in the way, and another may have taken that away by then.
        with suppress(FileExistsError):
            self.root.mkdir(mode=0o700)
        try:
            folder.mkdir(mode=0o700)
        except FileNotFoundError:
            if self.root.is_symlink():
                raise  # it leads nowhere, and will not by waiting
            return None  # the last parcel of another was closed just now, and the root with it
        lock = _lock(folder)
        return None if lock is None else Parcel(name, folder, lock)


def _lock(folder: Path) -> int | None:
    """The lock of a folder that is still there; None: it is gone, or another has it."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_ino == folder.stat().st_ino:
            return descriptor
    except OSError:
        pass
    os.close(descriptor)
    return None
