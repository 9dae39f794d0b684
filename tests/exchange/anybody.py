"""Root may write everywhere: a test of what the system refuses gives that up for a while."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_VERSION_3: Final = 0x20080522
_OF_FILES: Final = 0b110
"""The capabilities to write and to read whatever its mode says."""


@contextmanager
def anybody() -> Iterator[None]:
    """This thread is held to the modes of files and folders, whoever it runs for."""
    libc = ctypes.CDLL(None, use_errno=True)
    head = (ctypes.c_uint32 * 2)(_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # effective, permitted, inheritable; then the same for the higher ones
    _asked(libc.capget(head, sets))
    effective = sets[0]
    try:
        sets[0] = effective & ~_OF_FILES
        _asked(libc.capset(head, sets))
        yield
    finally:
        sets[0] = effective
        _asked(libc.capset(head, sets))


def _asked(answer: int) -> None:
    if answer:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
