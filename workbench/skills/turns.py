"""One after the other, across processes: the lock that whoever changes skills holds meanwhile."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workbench.errors import Refused

_PAUSE_S: Final = 0.01


@contextmanager
def turn(path: Path, patience_s: float, *, doing: str = "changing skills") -> Iterator[None]:
    """The lock that one at a time holds; it ends with the process. Raises Refused, saying what another is `doing`."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        deadline = time.monotonic() + patience_s
        while not _taken(descriptor):
            if time.monotonic() > deadline:
                raise Refused(
                    "busy",
                    f"Another Workbench has been {doing} for over {patience_s:.0f} seconds.",
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
