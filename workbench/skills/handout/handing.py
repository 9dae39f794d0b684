"""One process at a time hands skills out; the system takes the lock from one that dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from workbench.errors import Refused
from workbench.paths import Home

PATIENCE_S: Final = 30.0
_PAUSE_S: Final = 0.02


@contextmanager
def alone(home: Home, patience_s: float = PATIENCE_S) -> Iterator[None]:
    """Raises Refused when another process is still at it after some time."""
    descriptor = os.open(home.root / "installs.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + patience_s
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise Refused(
                    "busy",
                    "Another Workbench is handing out skills.",
                    remedy="Try again; if it stays so, end the one that hangs.",
                )
            time.sleep(_PAUSE_S)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
