"""A transcript: an append-only file of records, one a line, read from a byte offset in whole lines.

Idea: the offset after a whole line is the only cursor there is. What a host missed, what is being written now and what
a database has not yet seen are all "the lines from here". A seq number from a screen becomes an offset by halving the
file; there is no index to keep.

Invariant: reading is total. A line that cannot be decoded is skipped and counted, never fatal; a last line without its
newline is not there yet.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Annotated, Any, Final, Generic, Literal, Self, TypeVar

import msgspec

READ_BYTES: Final = 1024 * 1024
"""About how much is read at once; a longer line is read whole."""

_STEP: Final = 64 * 1024
_PREFIX: Final = re.compile(rb'\{"seq":(\d{1,18}),')

R = TypeVar("R")
Direction = Literal["in", "out", "shim"]


Seq = Annotated[int, msgspec.Meta(ge=1, le=2**53)]
Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=2**53)]


class Record(msgspec.Struct, gc=False):
    """One line: a frame to (`in`) or from (`out`) the agent's process, or a word of the `shim`."""

    seq: Seq
    t: Milliseconds
    d: Direction
    f: dict[str, Any] | None = None
    bad: dict[str, Any] | None = None


RECORDS: Final = msgspec.json.Decoder(Record)


@dataclass(frozen=True)
class Page(Generic[R]):
    """Whole lines: their records, where the next one begins, and how many lines could not be decoded."""

    records: list[R]
    offset: int
    skipped: int = 0


class Transcript:
    """A transcript that is open for reading; close it. A file that does not exist yet is an empty one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def size(self) -> int:
        """The file's length in bytes."""
        return os.fstat(self._fd).st_size if self._opened() else 0

    def sync(self) -> None:
        """What anybody has written so far is on the disk: it is the file that is flushed, not a descriptor."""
        if self._opened():
            getattr(os, "fdatasync", os.fsync)(self._fd)

    def read(self, offset: int, limit: int = READ_BYTES) -> Page[Record]:
        """The records from `offset` on: about `limit` bytes of them, at least one if there is one."""
        return self.decode(offset, RECORDS, limit)

    def decode(self, offset: int, decoder: msgspec.json.Decoder[R], limit: int = READ_BYTES) -> Page[R]:
        """As `read`, into records of the caller's own shape."""
        block = self.block(offset, limit)
        records, skipped = decode_block(block, decoder)
        return Page(records, offset + len(block), skipped)

    def block(self, offset: int, limit: int = READ_BYTES) -> bytes:
        """The bytes of whole lines from `offset`: about `limit` of them, at least one line if there is one."""
        if not self._opened():
            return b""
        block = os.pread(self._fd, limit, offset)
        if cut := block.rfind(b"\n") + 1:
            return block[:cut]
        parts = [block]
        at = offset + len(block)
        while part := os.pread(self._fd, limit, at):
            cut = part.find(b"\n") + 1
            parts.append(part[:cut] if cut else part)
            if cut:
                return b"".join(parts)
            at += len(part)
        return b""

    def offset_of(self, seq: int) -> int:
        """Where the first record numbered `seq` or higher begins; the end of the whole lines if there is none.

        Whether the first record from a position on is one of those can only turn from no to yes: so, by halving.
        """
        low, high = 0, self.end()
        while low < high:
            middle = (low + high) // 2
            begin, number = self._numbered_from(middle)
            if number is None or number >= seq:
                high = middle
            else:
                low = begin + 1
        return self._numbered_from(low)[0]

    def end(self) -> int:
        """Where the whole lines end."""
        at = self.size()
        while at > 0:
            begin = max(0, at - _STEP)
            cut = os.pread(self._fd, at - begin, begin).rfind(b"\n")
            if cut >= 0:
                return begin + cut + 1
            at = begin
        return 0

    def tail(self, count: int) -> list[Record]:
        """The last `count` records that can be decoded, the oldest first."""
        end, window = self.end(), _STEP
        while True:
            begin = self._line_from(max(0, end - window))
            found = self.decode(begin, RECORDS, end - begin).records if begin < end else []
            if len(found) >= count or window >= end:
                return found[-count:] if count else []
            window *= 4

    def _numbered_from(self, position: int) -> tuple[int, int | None]:
        """Where the first numbered line at or after `position` begins, and its number; the end and None if none."""
        begin, end = self._line_from(position), self.end()
        while begin < end:
            if matched := _PREFIX.match(os.pread(self._fd, 32, begin)):
                return begin, int(matched[1])
            begin = self._line_from(begin + 1)
        return end, None

    def _line_from(self, position: int) -> int:
        """Where the first line at or after `position` begins, be it whole or not."""
        if position == 0:
            return 0
        at = position - 1
        while part := os.pread(self._fd, _STEP, at) if self._opened() else b"":
            if cut := part.find(b"\n") + 1:
                return at + cut
            at += len(part)
        return at

    def _opened(self) -> bool:
        if self._fd < 0:
            try:
                self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
            except FileNotFoundError:
                return False
        return True


def decode_block(block: bytes, decoder: msgspec.json.Decoder[R]) -> tuple[list[R], int]:
    """The records of whole lines, and how many of the lines could not be decoded.

    All at once where each line begins as a record does and each is one record; else, or if any fails, line by line.
    """
    lines = block.count(b"\n")
    if block.count(b'\n{"seq":') + block.startswith(b'{"seq":') != lines:
        return _decode_each(block, decoder)
    try:
        records = decoder.decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _decode_each(block, decoder)
    return (records, 0) if len(records) == lines else _decode_each(block, decoder)


def _decode_each(block: bytes, decoder: msgspec.json.Decoder[R]) -> tuple[list[R], int]:
    records: list[R] = []
    skipped = 0
    for line in block.split(b"\n")[:-1]:
        try:
            records.append(decoder.decode(line))
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            skipped += 1
    return records, skipped
