"""Steps by which a process reaches the disk, counted below Python, SQLite and git alike, and what is to happen at the n-th.

`cutting.c` is loaded in front of the C library; this is the file that it shares with whoever steers it.
"""

from __future__ import annotations

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal

How = Literal["off", "count", "host", "all", "full"]
"""What happens at the step: nothing; nothing but counting; the host is killed and a git that it has started goes on; both
are killed; there is no space from there on."""

_HOWS: Final[tuple[How, ...]] = ("off", "count", "host", "all", "full")
_FACTS: Final = struct.Struct("=qqqq232s")
NAME: Final = "CUTTING"


def built(folder: Path) -> dict[str, str]:
    """What the environment of a process has to say so that its steps are counted. Raises LookupError without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        raise LookupError("there is no C compiler")
    library, shared = folder / "cutting.so", folder / "cutting"
    source = Path(__file__).with_name("cutting.c")
    words = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Werror", "-o", str(library), str(source), "-ldl"]
    subprocess.run(words, check=True)
    shared.write_bytes(bytes(_FACTS.size))
    return {"LD_PRELOAD": str(library), NAME: str(shared)}


class Cut:
    """The steps of this process and of those that it starts."""

    def __init__(self) -> None:
        with Path(os.environ[NAME]).open("r+b") as file:
            self._shared = mmap.mmap(file.fileno(), _FACTS.size)

    @contextlib.contextmanager
    def short(self, how: How, at: int = 0) -> Iterator[None]:
        """Within, steps are counted, and at the step `at` it happens."""
        self._put(how, at)
        try:
            yield
        finally:
            self._shared[:8] = struct.pack("=q", 0)

    def off(self) -> None:
        """No more steps are counted: whoever had begun to was killed."""
        self._shared[:8] = struct.pack("=q", 0)

    @property
    def seen(self) -> int:
        """The steps so far."""
        return int(_FACTS.unpack(self._shared[:])[2])

    @property
    def what(self) -> str:
        """The step at which it happened; empty if there were fewer."""
        said: bytes = _FACTS.unpack(self._shared[:])[4]
        return said.partition(b"\0")[0].decode("utf-8", "replace")

    def _put(self, how: How, at: int) -> None:
        self._shared[:] = _FACTS.pack(0, at, 0, os.getpid(), b"")
        self._shared[:8] = struct.pack("=q", _HOWS.index(how))
