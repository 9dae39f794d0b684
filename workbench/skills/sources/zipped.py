"""The entries of a ZIP, as its central directory lists them and its local headers confirm.

Idea: readers of ZIP files differ where a file says a thing twice, so here both have to say the same: names, sizes, sums and
places. Invariant: the entries, the directory and its end cover the file from the first byte to the last, once; so no reader
finds anything else in it, and no two entries share bytes.
"""

from __future__ import annotations

import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from workbench.skills.sources.members import Limits, Member, Names, parts_of, refused, too_large
from workbench.skills.sources.zip_fields import FULL32, UTF8, ZIP64, extra_fields, name_of, wide

STORED: Final = 0
DEFLATED: Final = 8
BLOCK: Final = 64 * 1024

_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END64: Final = struct.Struct("<4sQ2H2L4Q")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_DIRECTORY: Final = 8 * 1024 * 1024
_FULL16: Final = 0xFFFF
_BEHIND: Final = 25
"""A byte more than an entry may have behind its data."""
_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_DESCRIBED: Final = 0x0008
_PATCHED: Final = 0x0020


@dataclass(frozen=True)
class Entry:
    """One entry, all of whose claims have been held against each other, but not yet against its content."""

    member: Member
    method: int
    crc: int
    packed: int
    begin: int
    """Where its data begins."""


@dataclass(frozen=True)
class _Record:
    """What the central directory says of an entry."""

    raw: bytes
    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    place: int
    mode: int


def entries(file: BinaryIO, length: int, limits: Limits) -> list[Entry]:
    """Every entry of a ZIP of this length, in the order of the file. Raises Refused for one that is not sound."""
    count, begin, end = _directory(file, length)
    if count > limits.entries:
        raise too_large(f"it has {count:,} entries, and {limits.entries:,} are allowed")
    if end - begin > _DIRECTORY:
        raise refused("its directory is larger than any that is needed")
    records = sorted(_records(_at(file, begin, end - begin), count), key=lambda record: record.place)
    names, found, total = Names(), [], 0
    ends = [*(record.place for record in records[1:]), begin]
    if begin and (not records or records[0].place):
        raise refused("it holds bytes that belong to no entry")
    for record, end in zip(records, ends, strict=bool(records)):
        member = _member(record)
        if member.parts:
            names.take(member)
        total += record.size
        if record.size > limits.file:
            raise too_large(f"has {record.size:,} bytes, and {limits.file:,} are allowed", entry=record.name)
        if total > limits.total:
            raise too_large(f"brings it to over {limits.total:,} bytes unpacked", entry=record.name)
        found.append(Entry(member, record.method, record.crc, record.packed, _local(file, record, end)))
    return found


def content(file: BinaryIO, entry: Entry, limits: Limits) -> Iterator[bytes]:
    """The content of an entry, counted while it is inflated. Raises Refused when it is not what was claimed."""
    file.seek(entry.begin)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == DEFLATED else None
    left, size, crc, path = entry.packed, 0, 0, entry.member.path
    while left:
        packed = file.read(min(BLOCK, left))
        if not packed:
            raise refused("is cut off", entry=path)
        left -= len(packed)
        for data in _inflated(inflater, packed, path):
            size += len(data)
            crc = zlib.crc32(data, crc)
            if size > entry.member.size:
                raise refused(f"says that it has {entry.member.size:,} bytes, and has more", entry=path)
            if size > limits.ratio_from and size > limits.ratio * (entry.packed - left):
                raise refused(f"becomes more than {limits.ratio} times as large when it is unpacked", entry=path)
            yield data
    if (inflater is not None and not inflater.eof) or size != entry.member.size or crc != entry.crc:
        raise refused("is damaged: its content is not what its header says", entry=path)


def _inflated(inflater: zlib._Decompress | None, packed: bytes, path: str) -> Iterator[bytes]:
    """What a piece becomes, a block at a time: a bomb is seen before it has filled the memory."""
    if inflater is None:
        yield packed
        return
    try:
        while packed and not inflater.eof:
            if data := inflater.decompress(packed, BLOCK):
                yield data
            packed = inflater.unconsumed_tail
        while not inflater.eof and (data := inflater.decompress(b"", BLOCK)):
            yield data
    except zlib.error as error:
        raise refused("is damaged: it cannot be unpacked", entry=path) from error
    if packed or inflater.unused_data:
        raise refused("has bytes behind its end", entry=path)


# -- the directory


def _directory(file: BinaryIO, length: int) -> tuple[int, int, int]:
    """How many entries there are, and where their directory begins and ends."""
    tail = _at(file, max(0, length - _END.size - _FULL16), min(length, _END.size + _FULL16))
    places = [at for at in _all(tail, b"PK\5\6") if _is_end(tail, at)]
    if len(places) != 1:
        raise refused(
            "it has more than one end" if places else "it is no ZIP, or is cut off, or has bytes behind its end"
        )
    at = length - len(tail) + places[0]
    _, disk, first, here, count, size, begin, _ = _END.unpack_from(tail, places[0])
    if disk or first or here != count:
        raise refused("it is one part of several")
    end = at
    if at >= _LOCATOR.size and _at(file, at - _LOCATOR.size, 4) == b"PK\6\7":
        count, size, begin, end = _directory64(file, at - _LOCATOR.size, (count, size, begin))
    if begin + size != end:
        raise refused("its directory is not where its end says")
    return count, begin, end


def _is_end(tail: bytes, at: int) -> bool:
    return at + _END.size <= len(tail) and at + _END.size + int(_END.unpack_from(tail, at)[-1]) == len(tail)


def _directory64(file: BinaryIO, locator: int, told: tuple[int, int, int]) -> tuple[int, int, int, int]:
    """The same from the end of a large ZIP, which small ones may have too: what the plain end says has to agree."""
    _, disk, place, disks = _LOCATOR.unpack(_at(file, locator, _LOCATOR.size))
    if disk or disks > 1 or place + _END64.size != locator:
        raise refused("the two ends that it has do not agree")
    mark, size, _, _, here, first, counted, count, large, begin = _END64.unpack(_at(file, place, _END64.size))
    full = (_FULL16, FULL32, FULL32)
    agree = all(short in (long, most) for short, long, most in zip(told, (count, large, begin), full, strict=True))
    if mark != b"PK\6\6" or size != _END64.size - 12 or here or first or counted != count or not agree:
        raise refused("the two ends that it has do not agree")
    return count, large, begin, place


def _records(data: bytes, count: int) -> Iterator[_Record]:
    at = 0
    for _ in range(count):
        if at + _CENTRAL.size > len(data) or data[at : at + 4] != b"PK\1\2":
            raise refused("its directory is damaged")
        (_, _, _, flags, method, _, _, crc, packed, size, named, more, noted, disk, _, attributes, place) = (
            _CENTRAL.unpack_from(data, at)
        )
        begin = at + _CENTRAL.size
        at = begin + named + more + noted
        if at > len(data):
            raise refused("its directory is damaged")
        raw, extra = data[begin : begin + named], data[begin + named : begin + named + more]
        fields = extra_fields(extra, raw)
        name = name_of(raw, flags, fields)
        rest = fields.get(ZIP64, b"")
        size, rest = wide(size, rest, name)
        packed, rest = wide(packed, rest, name)
        place, rest = wide(place, rest, name)
        if disk:
            raise refused("lies in another part of the archive", entry=name)
        yield _Record(raw, name, flags, method, crc, packed, size, place, attributes >> 16)
    if at != len(data):
        raise refused("its directory has more entries than its end says")


# -- one entry


def _member(record: _Record) -> Member:
    parts, folder = parts_of(record.name)
    kind = stat.S_IFMT(record.mode)
    if kind == stat.S_IFLNK:
        raise refused("is a link", entry=record.name, remedy="Pack the file itself in the place of the link.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not folder):
        raise refused("is neither a file nor a folder", entry=record.name)
    if record.flags & _ENCRYPTED:
        raise refused("is encrypted", entry=record.name, remedy="Pack it without a password.")
    if record.method not in (STORED, DEFLATED) or record.flags & _PATCHED:
        raise refused("is packed in a way that is not read here", entry=record.name, remedy="Pack it as a plain ZIP.")
    if record.method == STORED and record.packed != record.size:
        raise refused("says two different sizes", entry=record.name)
    if folder and record.size:
        raise refused("is a folder with content", entry=record.name)
    return Member(parts, folder, bool(record.mode & 0o111) and not folder, record.size)


def _local(file: BinaryIO, record: _Record, limit: int) -> int:
    """Where an entry's data begins. Its own header has to agree with the directory, and what it has to end at the next."""
    begin: int = record.place + _LOCAL.size
    if begin > limit:
        raise refused("lies in the place of another", entry=record.name)
    mark, _, flags, method, _, _, crc, packed, size, named, more = _LOCAL.unpack(_at(file, record.place, _LOCAL.size))
    begin += named + more
    if mark != b"PK\3\4" or begin + record.packed > limit:
        raise refused("lies in the place of another", entry=record.name)
    head = _at(file, record.place + _LOCAL.size, named + more)
    fields = extra_fields(head[named:], record.raw)
    if head[:named] != record.raw or name_of(record.raw, flags, fields) != record.name:
        raise refused("has two names", entry=record.name)
    if (flags ^ record.flags) & (_ENCRYPTED | _DESCRIBED | UTF8) or method != record.method:
        raise refused("has two headers that do not agree", entry=record.name)
    rest = fields.get(ZIP64)
    if rest is not None:
        size, rest = wide(size, rest, record.name)
        packed, rest = wide(packed, rest, record.name)
    later = bool(flags & _DESCRIBED)
    told, meant = (crc, packed, size), (record.crc, record.packed, record.size)
    if any(one != other and not (later and one == 0) for one, other in zip(told, meant, strict=True)):
        raise refused("says two different sizes", entry=record.name)
    _ends(file, record, begin + record.packed, limit)
    return begin


def _ends(file: BinaryIO, record: _Record, at: int, limit: int) -> None:
    """Behind an entry's data there is nothing, or its sizes in one of the four ways in which they are written there."""
    behind = _at(file, at, min(limit - at, _BEHIND))
    if not record.flags & _DESCRIBED:
        if behind:
            raise refused("has bytes behind its end", entry=record.name)
        return
    claims = [struct.pack(sizes, record.crc, record.packed, record.size) for sizes in ("<LLL", "<LQQ")]
    if behind not in [mark + claim for mark in (b"PK\7\10", b"") for claim in claims]:
        raise refused("says two different sizes, or has bytes behind its end", entry=record.name)


def _at(file: BinaryIO, place: int, size: int) -> bytes:
    file.seek(place)
    data = file.read(size)
    if len(data) != size:
        raise refused("it is cut off")
    return data


def _all(data: bytes, mark: bytes) -> Iterator[int]:
    at = data.find(mark)
    while at >= 0:
        yield at
        at = data.find(mark, at + 1)
