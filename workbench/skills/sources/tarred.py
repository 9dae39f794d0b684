"""The entries of a tar, packed with gzip or not, one after the other as they come.

Idea: the stream is read once and never further than the limits allow; what a header says is believed only as far as its own
checksum and the bytes that follow bear it out. Invariant: links, devices and kinds that are not known are refused, and what
follows the end of the archive is nothing.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from workbench.skills.sources.members import Limits, Member, Names, parts_of, refused, too_large
from workbench.skills.sources.watch import Watch

RECORD: Final = 512
BLOCK: Final = 64 * 1024
_ABOUT: Final = 64 * 1024
"""The largest note about an entry: a long name, times, attributes of other systems."""
_ABOUT_EACH: Final = 2 * 1024
"""So much there may be in notes for each entry that is allowed, on the whole."""
_OVERHEAD: Final = 4 * 1024
_DIGITS: Final = 20
"""More digits than any size has."""
_FILES: Final = frozenset(b"0\x007")
_LINKS: Final = {ord("1"): "is a hard link", ord("2"): "is a link"}
_FOLDER: Final = ord("5")
_LONG_NAME: Final = ord("L")
_LONG_TARGET: Final = ord("K")
_NOTES: Final = ord("x")
_COMMON_NOTES: Final = ord("g")
_ALL_NOTES: Final = frozenset({_LONG_NAME, _LONG_TARGET, _NOTES, _COMMON_NOTES})
_MEANT: Final = frozenset({"path", "size", "linkpath"})


class Stream:
    """The bytes of a tar, inflated if need be, and how many went in and came out. It ends when the watch does."""

    def __init__(self, file: BinaryIO, limits: Limits, watch: Watch, *, packed: bool) -> None:
        self._file, self._watch = file, watch
        self._inflater = _inflater() if packed else None
        self._most = limits.total + limits.entries * _OVERHEAD
        self._input = b""
        self.consumed = self._made = 0

    def take(self, size: int) -> bytes:
        """So many bytes, at most a block; fewer only at the end."""
        self._watch.check()
        parts: list[bytes] = []
        while size and (data := self._some(size)):
            parts.append(data)
            size -= len(data)
        return b"".join(parts)

    def _some(self, size: int) -> bytes:
        while True:
            there = bool(self._input) or self._more()
            data = self._next(size)
            self._made += len(data)
            if self._made > self._most:
                raise too_large("it becomes larger than is allowed when it is unpacked")
            if data or not there:
                return data

    def _next(self, size: int) -> bytes:
        if self._inflater is None:
            data, self._input = self._input[:size], self._input[size:]
            return data
        if self._inflater.eof:
            if not self._input:
                return b""
            self._inflater = _inflater()  # gzip files may be put one behind the other
        try:
            data = self._inflater.decompress(self._input, size)
        except zlib.error as error:
            raise refused("it is damaged: it cannot be unpacked, or has bytes behind its end") from error
        self._input = self._inflater.unused_data if self._inflater.eof else self._inflater.unconsumed_tail
        if not data and not self._input and not self._inflater.eof and not self._more():
            raise refused("it is cut off")
        return data

    def _more(self) -> bool:
        self._input = self._file.read(BLOCK)
        self.consumed += len(self._input)
        return bool(self._input)


def _inflater() -> zlib._Decompress:
    return zlib.decompressobj(16 + zlib.MAX_WBITS)


def members(stream: Stream, limits: Limits) -> Iterator[tuple[Member, Iterator[bytes]]]:
    """Every entry with its content, which has to be taken before the next one is asked for."""
    names, total = Names(), 0
    for count, (name, kind, mode, size) in enumerate(_headers(stream, limits)):
        if count == limits.entries:
            raise too_large(f"it has more than {limits.entries:,} entries")
        member = _member(name, kind, mode, size)
        if size > limits.file:
            raise too_large(f"has {size:,} bytes, and {limits.file:,} are allowed", entry=name)
        if total + size > limits.total:
            raise too_large(f"brings it to over {limits.total:,} bytes unpacked", entry=name)
        if member.parts:
            names.take(member)
        yield member, _content(stream, member, total, limits)
        total += size


def _content(stream: Stream, member: Member, before: int, limits: Limits) -> Iterator[bytes]:
    left = member.size
    while left:
        data = stream.take(min(BLOCK, left))
        if not data:
            raise refused("is cut off", entry=member.path)
        left -= len(data)
        made = before + member.size - left
        if made > limits.ratio_from and made > limits.ratio * stream.consumed:
            raise refused(f"becomes more than {limits.ratio} times as large when it is unpacked", entry=member.path)
        yield data
    _pad(stream, member.size)


def _member(name: str, kind: int, mode: int, size: int) -> Member:
    if problem := _LINKS.get(kind):
        raise refused(problem, entry=name, remedy="Pack the file itself in the place of the link.")
    if kind not in _FILES and kind != _FOLDER:
        raise refused("is neither a file nor a folder", entry=name)
    parts, ended = parts_of(name)
    folder = ended or kind == _FOLDER or not parts
    if folder and size:
        raise refused("is a folder with content", entry=name)
    return Member(parts, folder, bool(mode & 0o111) and not folder, size)


# -- headers


def _headers(stream: Stream, limits: Limits) -> Iterator[tuple[str, int, int, int]]:
    """Name, kind, mode and size of each entry, what stands in notes before it put in its place."""
    notes: dict[str, str] = {}
    left = max(_ABOUT, limits.entries * _ABOUT_EACH)
    while (header := _record(stream)) is not None:
        name, kind, mode, size = header
        if kind in _ALL_NOTES and (left := left - size) < 0:
            raise too_large("has more in notes about its entries than is allowed", entry=name)
        if kind in (_LONG_NAME, _LONG_TARGET):
            notes["path" if kind == _LONG_NAME else "linkpath"] = _text(_note(stream, name, size).rstrip(b"\0"))
        elif kind == _NOTES:
            notes |= _notes(_note(stream, name, size), name)
        elif kind == _COMMON_NOTES:
            if _MEANT & _notes(_note(stream, name, size), name).keys():
                raise refused("it gives all its entries one name or size")
        else:
            yield notes.get("path", name), kind, mode, _decimal(notes["size"], name) if "size" in notes else size
            notes = {}
    if notes:
        raise refused("it is cut off")


def _record(stream: Stream) -> tuple[str, int, int, int] | None:
    """The next header; None at the end, behind which there is nothing."""
    data = stream.take(RECORD)
    if data == bytes(RECORD):
        if stream.take(RECORD) != bytes(RECORD):
            raise refused("it is cut off")
        while rest := stream.take(BLOCK):
            if rest.strip(b"\0"):
                raise refused("it holds bytes behind its end")
        return None
    if len(data) < RECORD or not is_header(data):
        raise refused("it is damaged, cut off, or no tar archive")
    name = data[:100].split(b"\0", 1)[0]
    if data[257:263] == b"ustar\0" and (prefix := data[345:500].split(b"\0", 1)[0]):
        name = prefix + b"/" + name
    shown = _text(name)
    return shown, data[156], _number(data[100:108], shown) or 0, _number(data[124:136], shown) or 0


def is_header(data: bytes) -> bool:
    """Whether these 512 bytes bear their own checksum."""
    told = _octal(data[148:156])
    return len(data) == RECORD and told == sum(data[:148]) + 8 * ord(" ") + sum(data[156:])


def _note(stream: Stream, name: str, size: int) -> bytes:
    if size > _ABOUT:
        raise refused(f"is a note of {size:,} bytes about another", entry=name)
    data = stream.take(size)
    if len(data) != size:
        raise refused("it is cut off")
    _pad(stream, size)
    return data


def _notes(data: bytes, name: str) -> dict[str, str]:
    """`LENGTH KEY=VALUE` and a line feed, one after the other."""
    notes: dict[str, str] = {}
    at = 0
    while at < len(data):
        head, _, _ = data[at : at + _DIGITS].partition(b" ")
        length = _decimal(_text(head), name)
        line = data[at : at + length]
        at += length
        key, equals, value = line[len(head) + 1 : -1].partition(b"=")
        if len(line) != length or not equals or line[-1:] != b"\n" or key.startswith(b"GNU.sparse."):
            raise refused("has notes that are damaged, or is kept in pieces", entry=name)
        notes[_text(key)] = _text(value)
    return notes


def _pad(stream: Stream, size: int) -> None:
    """The filling up to the next record."""
    if len(stream.take(-size % RECORD)) != -size % RECORD:
        raise refused("it is cut off")


def _number(data: bytes, name: str) -> int | None:
    """A number in octal digits, or, marked by the first bit, as it is."""
    value = int.from_bytes(data[1:], "big") if data[0] == 0x80 else _octal(data)  # noqa: PLR2004 - the mark
    if value is None:
        raise refused("has a header that is damaged", entry=name)
    return value


def _octal(data: bytes) -> int | None:
    digits = data.split(b"\0", 1)[0].strip(b" ")
    if digits.strip(b"01234567"):
        return None
    return int(digits or b"0", 8)


def _decimal(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < _DIGITS):
        raise refused("has notes that are damaged", entry=name)
    return int(text)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")
