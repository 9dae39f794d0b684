"""What stands in the fields behind a ZIP entry's name: numbers that are too large for their places, and the name once more.

Invariant: what is said twice is the same, or the archive is refused.
"""

from __future__ import annotations

import struct
import zlib
from typing import Final

from workbench.skills.sources.members import refused

FULL32: Final = 0xFFFFFFFF
"""A number that stands elsewhere."""
UTF8: Final = 0x0800
"""The flag that a name is UTF-8; without it, it may be of an old system."""
ZIP64: Final = 0x0001
UNICODE_PATH: Final = 0x7075


def wide(value: int, rest: bytes, name: str) -> tuple[int, bytes]:
    """A number that may be too large for its place and then stands in a field; and what of the field is left."""
    if value != FULL32:
        return value, rest
    if len(rest) < 8:  # noqa: PLR2004 - the bytes of such a number
        raise refused("says that it is large, and not how large", entry=name)
    return int.from_bytes(rest[:8], "little"), rest[8:]


def extra_fields(data: bytes, raw: bytes) -> dict[int, bytes]:
    """The fields by their kind; `raw` is the name of the entry that has them."""
    fields: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(data):
        kind, size = struct.unpack_from("<HH", data, at)
        at += 4 + size
        if at > len(data) or (kind in fields and kind in (ZIP64, UNICODE_PATH)):
            raise refused("has extra fields that are damaged", entry=raw.decode("utf-8", "replace"))
        fields[kind] = data[at - size : at]
    return fields


def name_of(raw: bytes, flags: int, fields: dict[int, bytes]) -> str:
    """The name, which some write a second time in Unicode; then the first is not to say otherwise."""
    try:
        plain = raw.decode("utf-8")
    except UnicodeDecodeError:
        plain = "" if flags & UTF8 else raw.decode("cp437")
    if not plain:
        raise refused("has a name that is no text" if raw else "has no name", entry=raw.decode("utf-8", "replace"))
    told = fields.get(UNICODE_PATH)
    if told is None:
        return plain
    if len(told) < 5 or told[0] != 1 or int.from_bytes(told[1:5], "little") != zlib.crc32(raw):  # noqa: PLR2004
        raise refused("has two names", entry=plain)
    try:
        name = told[5:].decode("utf-8")
    except UnicodeDecodeError as error:
        raise refused("has a name that is no text", entry=plain) from error
    if name != plain and (flags & UTF8 or raw.isascii()):
        raise refused("has two names", entry=plain)
    return name
