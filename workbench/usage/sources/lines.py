"""Lines out of big files: whole ones only, in bounded memory, in linear time.

Idea: a file is read in chunks that each begin where the last whole line ended, so nothing is carried over or joined;
a chunk without a newline is read again, twice as long. Offsets are the file's own.

Invariant: what a chunk holds ends with its last whole line. What follows stays for the next reading, unless it is a
whole JSON object already, which no further byte could change.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeAlias

CHUNK: Final = 256 << 10
LONGEST: Final = 64 << 20
"""A line beyond this is no row of a transcript."""

NOTED: Final = 8 << 20
"""After so many bytes whoever waits is told."""

DEAREST: Final = 1_000
"""In dollars: a response that claims more is mistaken, and up to here a float names each 1e-12 of them."""

TOO_LONG: Final = "longer than 64 MiB"
NOT_JSON: Final = "not valid JSON"
TOO_DEEP: Final = "nested too deep"


class Chunk(NamedTuple):
    """Whole lines: `data[:end]`, of which the first byte stands at `offset`. A line too long has no data."""

    offset: int
    data: bytes
    end: int
    after: int
    """Where the next reading begins."""


@contextmanager
def opened(path: str) -> Iterator[int]:
    """A descriptor to read with. A pipe that stands in for a file is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def whole(path: str) -> bytes | str:
    """All of a small file, or the reason why it is not read."""
    with opened(path) as descriptor:
        if os.fstat(descriptor).st_size > LONGEST:
            return TOO_LONG
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(LONGEST)


Note: TypeAlias = Callable[[int], None]
"""Is told how far a reading has come, in bytes; it ends the reading by raising."""


def silent(done: int) -> None:
    """For a reading that nobody waits for."""


def chunks(descriptor: int, offset: int, note: Note = silent) -> Iterator[Chunk]:
    """The whole lines behind `offset`, in chunks. `end` is 0 for a line that was too long."""
    begun, noted = offset, offset
    size = CHUNK
    while True:
        if offset - noted >= NOTED:
            noted = offset
            note(offset - begun)
        data = os.pread(descriptor, size, offset)
        end = data.rfind(b"\n") + 1
        last = len(data) < size
        if last and _whole(data[end:]):
            end = len(data)
        if end:
            yield Chunk(offset, data, end, offset + end)
            offset, size = offset + end, CHUNK
        if last:
            return
        if end:
            continue
        if size < LONGEST:
            size *= 2
            continue
        after = _next_line(descriptor, offset + size, begun, note)
        yield Chunk(offset, b"", 0, offset if after is None else after)
        if after is None:
            return
        offset, size = after, CHUNK


def _next_line(descriptor: int, offset: int, begun: int, note: Note) -> int | None:
    """Where the line after the one around `offset` begins, None where it has not ended."""
    noted = offset
    while data := os.pread(descriptor, CHUNK, offset):
        found = data.find(b"\n")
        if found >= 0:
            return offset + found + 1
        offset += len(data)
        if offset - noted >= NOTED:
            noted = offset
            note(offset - begun)
    return None


def _whole(tail: bytes) -> bool:
    """Whether what follows the last newline is an object that only lacks its own."""
    if not tail.rstrip().endswith(b"}"):
        return False
    try:
        return isinstance(loads(tail), dict)
    except Unreadable:
        return False


class Unreadable(ValueError):
    """A line that is no JSON; the message is the reason for the report."""


def loads(line: bytes) -> Any:
    """The JSON of a line that may begin with a byte order mark and hold bytes that are no UTF-8.

    Raises Unreadable.
    """
    try:
        return json.loads(line.decode("utf-8-sig", "replace"))
    except RecursionError:
        raise Unreadable(TOO_DEEP) from None
    except ValueError:  # also an integer of more digits than Python converts
        raise Unreadable(NOT_JSON) from None


def text(value: object) -> str | None:
    """A string that every store takes, None for anything else."""
    if not isinstance(value, str):
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def picos(dollars: float | None) -> int | None:
    """A source's own cost in 1e-12 USD, None where it tells none that could be."""
    if dollars is None or not 0 <= dollars <= DEAREST:
        return None
    return round(dollars * 1e12)


def lines_with(needle: bytes, data: bytes, end: int) -> Iterator[tuple[int, int]]:
    """Where the lines of `data[:end]` that hold the needle begin and end."""
    after = 0
    hit = data.find(needle, 0, end)
    while hit >= 0:
        start = data.rfind(b"\n", after, hit) + 1 or after
        after = data.find(b"\n", hit, end) + 1 or end
        yield start, after
        hit = data.find(needle, after, end)


def last_line_with(needle: bytes, data: bytes, end: int) -> Iterator[tuple[int, int]]:
    """The last of them, if there is one."""
    hit = data.rfind(needle, 0, end)
    if hit >= 0:
        yield data.rfind(b"\n", 0, hit) + 1, data.find(b"\n", hit, end) + 1 or end
