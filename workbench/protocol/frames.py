"""Bytes to lines, with a cap and without I/O."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

MAX_LINE = 16 * 1024 * 1024
"""The longest line that is kept, in bytes, its newline not counted."""

HEAD = 256
"""How much of a bad line is kept for people to look at, in bytes."""


@dataclass(frozen=True)
class Oversize:
    """A line that was over the cap: its length in bytes (so far, when `torn`), its digest and its first bytes."""

    size: int
    sha256: str
    head: bytes


class LineFramer:
    r"""Cuts a byte stream into lines ending in `\n`; a line over `max_line` becomes one `Oversize`.

    Chunks of an unfinished line are kept as a list and joined once, so a 10 MB line costs one copy; past the cap they
    are hashed and dropped, so memory stays bounded.

    >>> framer = LineFramer()
    >>> framer.feed(b'{"a":1}\n{"b"')
    [b'{"a":1}']
    >>> framer.feed(b':2}\n')
    [b'{"b":2}']
    """

    def __init__(self, max_line: int = MAX_LINE) -> None:
        self._max = max_line
        self._parts: list[bytes] = []
        self._size = 0
        self._digest: hashlib._Hash | None = None
        self._head = b""

    def feed(self, chunk: bytes) -> list[bytes | Oversize]:
        """The lines that `chunk` completes, without their newlines, in order."""
        cut = chunk.find(b"\n")
        if cut < 0:
            self._keep(chunk)
            return []
        if not self._size and cut == len(chunk) - 1 <= self._max:  # one line, alone and whole: the rule at a slow pace
            return [chunk[:-1]]
        first, *lines = chunk.split(b"\n")
        rest = lines.pop()
        found: list[bytes | Oversize] = []
        if self._size or self._digest:
            self._keep(first)
            found.append(self._finish())
        else:
            lines.insert(0, first)
        if len(chunk) > self._max:
            for line in lines:
                self._keep(line)
                found.append(self._finish())
        else:
            found.extend(lines)
        self._keep(rest)
        return found

    def close(self) -> bytes | Oversize | None:
        """What is left when the stream ends without a newline: a torn line, or None."""
        return self._finish() if self._size else None

    def _keep(self, part: bytes) -> None:
        if not part:
            return
        self._size += len(part)
        if self._digest is not None:
            self._digest.update(part)
            self._head += part[: HEAD - len(self._head)]
            return
        self._parts.append(part)
        if self._size > self._max:
            line = b"".join(self._parts)
            self._head = line[:HEAD]
            self._digest = hashlib.sha256(line)
            self._parts.clear()

    def _finish(self) -> bytes | Oversize:
        size, self._size = self._size, 0
        if self._digest is not None:
            found: bytes | Oversize = Oversize(size, self._digest.hexdigest(), self._head)
            self._digest, self._head = None, b""
            return found
        line = b"".join(self._parts)
        self._parts.clear()
        return line
