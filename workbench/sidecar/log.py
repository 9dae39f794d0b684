"""What the agent's process complains of, and the mask that hides secrets here and in the transcript.

Invariant: no secret that the host has spelled out reaches a file of the folder, wherever the reads happened to cut it.
Standard library only.
"""

from __future__ import annotations

import os

LOG_SIZE = 4 * 1024 * 1024
_HELD = 64 * 1024
_MASKED = b"[REDACTED]"
_SHORTEST = 8


class Mask:
    """Replaces secrets in bytes. What a secret can look like (escaped, base64, ...) the host has spelled out."""

    def __init__(self, needles: list[str]) -> None:
        self._needles: list[bytes] = []
        self.add(needles)

    def add(self, needles: list[str]) -> None:
        found = {needle.encode("utf-8", "surrogateescape") for needle in needles if len(needle) >= _SHORTEST}
        # The longest first: a form that holds another one goes as a whole.
        self._needles = sorted(found.union(self._needles), key=len, reverse=True)
        self.longest = len(self._needles[0]) if self._needles else 0

    def __call__(self, data: bytes) -> bytes:
        for needle in self._needles:
            data = data.replace(needle, _MASKED)
        return data


class Log:
    """`stderr.log` and, before it, `stderr.1.log`: 4 MiB each at most. It is the process's own descriptor 2."""

    def __init__(self, folder: str, mask: Mask, descriptor: int = 2) -> None:
        self._path = os.path.join(folder, "stderr.log")
        self._older = os.path.join(folder, "stderr.1.log")
        self._mask = mask
        self._fd = descriptor
        self._tail = b""
        self._open()

    def feed(self, chunk: bytes) -> None:
        """Writes whole lines; of a line without end all but what may be the beginning of a secret."""
        block, newline, self._tail = (self._tail + chunk).rpartition(b"\n")
        self._write(self._mask(block + newline))
        if len(self._tail) > _HELD:
            masked = self._mask(self._tail)
            cut = len(masked) - self._mask.longest
            self._write(masked[:cut])
            self._tail = masked[cut:]

    def close(self) -> None:
        self._write(self._mask(self._tail))

    def _write(self, data: bytes) -> None:
        try:
            self._size += os.write(self._fd, data)
            if self._size > LOG_SIZE:
                os.rename(self._path, self._older)
                self._open()
        except OSError:
            pass  # a full disk: the agent must not block on its complaints, so they are lost

    def _open(self) -> None:
        opened = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = os.fstat(opened).st_size
        os.dup2(opened, self._fd)
        os.close(opened)
