"""Hostile archives by number, made byte by byte: what no tool would write, and what lies about what it holds."""

from __future__ import annotations

import gzip
import io
import stat
import struct
import tarfile
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Final

SKILL: Final = b"---\nname: charts\ndescription: Draws charts. Use when data has to be shown.\n---\n# Charts\n"
LINK: Final = stat.S_IFLNK | 0o777


@dataclass(frozen=True)
class Packed:
    """One entry of a ZIP. What the local header says can be made to differ from what the directory says."""

    name: bytes
    data: bytes = b""
    mode: int = stat.S_IFREG | 0o644
    flags: int = 0x0800
    deflate: bool = True
    said_size: int | None = None
    said_crc: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    place: int | None = None
    extra: bytes = b""
    local_extra: bytes = b""
    method: int | None = None
    descriptor: bytes | None = None


def zipped(
    *entries: Packed, comment: bytes = b"", count: int | None = None, before: bytes = b"", after: bytes = b""
) -> bytes:
    """A ZIP of these entries. What is not said to be otherwise is as it should be."""
    body, directory = io.BytesIO(), io.BytesIO()
    body.write(before)
    for entry in entries:
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(entry.data) + packer.flush() if entry.deflate else entry.data
        method = entry.method if entry.method is not None else 8 if entry.deflate else 0
        crc = zlib.crc32(entry.data) if entry.said_crc is None else entry.said_crc
        size = len(entry.data) if entry.said_size is None else entry.said_size
        place = body.tell() if entry.place is None else entry.place
        described = bool(entry.flags & 8)
        if entry.place is None:
            name = entry.name if entry.local_name is None else entry.local_name
            local = size if entry.local_size is None else entry.local_size
            sums = (0, 0, 0) if described else (crc, len(packed), local)
            body.write(
                struct.pack(
                    "<4s5H3L2H", b"PK\3\4", 20, entry.flags, method, 0, 0x21, *sums, len(name), len(entry.local_extra)
                )
            )
            body.write(name + entry.local_extra + packed)
            if described:
                told = struct.pack("<4sLLL", b"PK\7\10", crc, len(packed), size)
                body.write(told if entry.descriptor is None else entry.descriptor)
        directory.write(
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 0x0314, 20, entry.flags, method, 0, 0x21, crc, len(packed), size,
                        len(entry.name), len(entry.extra), 0, 0, 0, entry.mode << 16, place)
        )  # fmt: skip
        directory.write(entry.name + entry.extra)
    begin, listed = body.tell(), directory.getvalue()
    number = len(entries) if count is None else count
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, number & 0xFFFF, number & 0xFFFF, len(listed), begin, len(comment))
    return body.getvalue() + listed + end + comment + after


def skill(*more: Packed, **changes: bytes) -> bytes:
    return zipped(Packed(b"charts/SKILL.md", SKILL), *more, **changes)


def named(name: str | bytes) -> bytes:
    return skill(Packed(name.encode() if isinstance(name, str) else name, b"x"))


@dataclass(frozen=True)
class Taped:
    """One entry of a tar."""

    name: str
    data: bytes = b""
    kind: bytes = tarfile.REGTYPE
    target: str = ""
    mode: int = 0o644


def taped(*entries: Taped, packed: bool = True) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for entry in entries:
            about = tarfile.TarInfo(entry.name)
            about.type, about.linkname, about.size, about.mode = entry.kind, entry.target, len(entry.data), entry.mode
            tar.addfile(about, io.BytesIO(entry.data))
    return gzip.compress(made.getvalue(), mtime=0) if packed else made.getvalue()


def tape(*more: Taped) -> bytes:
    return taped(Taped("charts/SKILL.md", SKILL), *more)


# -- by number --------------------------------------------------------------------------------------------------------

Archives = dict[str, tuple[bytes, str]]
"""What it is: its bytes, and what has to stand in the refusal (the entry's name, or why the whole is none)."""


def _both(name: str, shown: str | None = None) -> Archives:
    shown = name if shown is None else shown
    return {"zip": (named(name), shown), "tar": (tape(Taped(name, b"x")), shown)}


def links() -> Archives:
    return {
        "zip": (skill(Packed(b"charts/passwd", b"/etc/passwd", LINK)), "charts/passwd"),
        "tar": (tape(Taped("charts/passwd", kind=tarfile.SYMTYPE, target="/etc/passwd")), "charts/passwd"),
        "a SKILL.md": (zipped(Packed(b"charts/SKILL.md", b"/etc/passwd", LINK)), "charts/SKILL.md"),
    }


def linked_folders() -> Archives:
    return {
        "zip": (skill(Packed(b"charts/up", b"../..", LINK), Packed(b"charts/up/evil", b"x")), "charts/up"),
        "tar": (
            tape(Taped("charts/up", kind=tarfile.SYMTYPE, target="../.."), Taped("charts/up/evil", b"x")),
            "charts/up",
        ),
    }


def hard_links() -> Archives:
    return {"tar": (tape(Taped("charts/hard", kind=tarfile.LNKTYPE, target="charts/SKILL.md")), "charts/hard")}


def devices() -> Archives:
    kinds = {"a pipe": tarfile.FIFOTYPE, "characters": tarfile.CHRTYPE, "blocks": tarfile.BLKTYPE, "unknown": b"Q"}
    tars: Archives = {
        f"{what} (tar)": (tape(Taped("charts/it", kind=kind)), "charts/it") for what, kind in kinds.items()
    }
    return tars | {"a pipe (zip)": (skill(Packed(b"charts/it", mode=stat.S_IFIFO | 0o644)), "charts/it")}


def bombs() -> Archives:
    zeros = bytes(5 * 1024 * 1024)
    return {
        "zip": (skill(Packed(b"charts/zeros", zeros)), "charts/zeros"),
        "tar": (tape(Taped("charts/zeros", zeros)), "charts/zeros"),
        "a large file": (skill(Packed(b"charts/large", b"x", said_size=11 * 1024 * 1024)), "charts/large"),
        "many": (zipped(*(Packed(b"f%d" % n, bytes(60_000)) for n in range(900))), "f873"),
        "a tar that is longer": (
            gzip.compress(taped(Taped("a", b"x"), packed=False) + bytes(80 * 1024 * 1024)),
            "larger",
        ),
    }


def overlaps() -> Archives:
    kernel = Packed(b"charts/kernel", b"x" * 1000)
    twice = [replace(kernel, name=b"charts/%d" % n, place=0) for n in range(20)]
    other = Packed(b"charts/SKILL.md", SKILL)
    quoted = zipped(other)[: len(SKILL) // 2]
    return {
        "one kernel": (zipped(replace(kernel, name=b"charts/SKILL.md"), *twice), "charts/"),
        "one in another": (
            zipped(Packed(b"outer", zipped(Packed(b"inner", b"x", deflate=False)), deflate=False),
                   Packed(b"inner", b"x", deflate=False, place=30 + len(b"outer"))), "outer"),
        "bytes before": (skill(before=quoted), "no entry"),
        "bytes between": (skill(Packed(b"b", b"y", local_extra=b"")).replace(b"PK\1\2", b"hidden!PK\1\2", 1), "directory"),
    }  # fmt: skip


def lies() -> Archives:
    real = bytes(range(256)) * 20_000
    file = b"charts/data"
    return {
        "10 bytes that are 5 MB": (skill(Packed(file, real, said_size=10)), "charts/data"),
        "5 MB that are 10 bytes": (skill(Packed(file, b"0123456789", said_size=5_000_000)), "charts/data"),
        "another sum": (skill(Packed(file, b"x", said_crc=1)), "charts/data"),
        "two sizes": (skill(Packed(file, b"0123456789", local_size=9)), "charts/data"),
        "two names": (skill(Packed(file, b"x", local_name=b"../../evil1")), "charts/data"),
        "two names of a length": (skill(Packed(file, b"x", local_name=b"charts/evil")), "charts/data"),
        "a name in Unicode besides": (
            skill(Packed(file, b"x", extra=_unicode(file, b"../../evil"))), "charts/data"),
        "a stored size": (skill(Packed(file, b"0123456789", deflate=False, said_size=3)), "charts/data"),
        "a folder with content": (skill(Packed(b"charts/data/", b"x")), "charts/data/"),
        "a descriptor": (skill(Packed(file, b"x", flags=0x0808, descriptor=struct.pack("<LLL", 1, 2, 3))), "charts/data"),
        "no descriptor": (skill(Packed(file, b"x", flags=0x0808, descriptor=b"")), "charts/data"),
    }  # fmt: skip


def _unicode(raw: bytes, name: bytes) -> bytes:
    field = b"\1" + struct.pack("<L", zlib.crc32(raw)) + name
    return struct.pack("<HH", 0x7075, len(field)) + field


def crowds() -> Archives:
    few = zipped(*(Packed(b"f%d" % n) for n in range(2_001)))
    return {
        "70,000 by the directory": (_many(70_000), "70,000"),
        "2,001": (few, "2,001"),
        "2,001 (tar)": (taped(*(Taped(f"f{n}") for n in range(2_001))), "2,000"),
    }


def _many(count: int) -> bytes:
    """So many empty files, with the end that a large ZIP has."""
    body, directory = io.BytesIO(), io.BytesIO()
    for number in range(count):
        name, place = b"%05d" % number, body.tell()
        body.write(struct.pack("<4s5H3L2H", b"PK\3\4", 20, 0, 0, 0, 0x21, 0, 0, 0, 5, 0) + name)
        directory.write(
            struct.pack("<4s6H3L5H2L", b"PK\1\2", 20, 20, 0, 0, 0, 0x21, 0, 0, 0, 5, 0, 0, 0, 0, 0, place) + name
        )
    begin, listed = body.tell(), directory.getvalue()
    large = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, len(listed), begin)
    locator = struct.pack("<4sLQL", b"PK\6\7", 0, begin + len(listed), 1)
    end = struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, len(listed), begin, 0)
    return body.getvalue() + listed + large + locator + end


def _twins(first: str, second: str, shown: str | None = None) -> Archives:
    shown = second if shown is None else shown
    return {
        "zip": (zipped(Packed(first.encode(), SKILL), Packed(second.encode(), SKILL)), shown),
        "tar": (taped(Taped(first, SKILL), Taped(second, SKILL)), shown),
    }


def unsound() -> Archives:
    whole = skill()
    tar = tape()
    plain = taped(Taped("charts/SKILL.md", SKILL), packed=False)
    deep = "/".join(["d"] * 400) + "/x"
    return {
        "encrypted": (skill(Packed(b"charts/secret", b"x", flags=0x0801)), "charts/secret"),
        "another packing": (skill(Packed(b"charts/lzma", b"x", method=14)), "charts/lzma"),
        "cut off": (whole[:-30], ""),
        "cut off (tar)": (tar[: len(tar) // 2], ""),
        "cut off (plain tar)": (plain[:560], "charts/SKILL.md"),
        "half a header": (plain[:300], ""),
        "zip64 with other numbers": (_many(3).replace(struct.pack("<4Q", 3, 3, 153, 105), struct.pack("<4Q", 3, 3, 153, 99)), "agree"),
        "zip64 elsewhere": (_many(3).replace(b"PK\6\6", b"PK\6\5"), "agree"),
        "a size that is not told": (skill(Packed(b"charts/x", b"x", said_size=0xFFFFFFFF)), "charts/x"),
        "no archive": (b"hello " * 200, ""),
        "empty": (b"", ""),
        "a gzip that holds no tar": (gzip.compress(b"hello " * 200), ""),
        "bytes behind its end": (skill(after=b"more"), ""),
        "bytes behind its end (tar)": (plain + b"more".ljust(512), ""),
        "bytes behind its end (gzip)": (tar + b"more", ""),
        "two ends": (skill(comment=zipped()), ""),
        "fewer than there are": (skill(Packed(b"b", b"x"), count=1), "more"),
        "more than there are": (skill(count=2), "directory"),
        "300 letters": (named("charts/" + "x" * 300), "charts/xxx"),
        "300 letters (tar)": (tape(Taped("charts/" + "x" * 300, b"x")), "charts/xxx"),
        "400 levels": (named(deep), "d/d/d"),
        "400 levels (tar)": (tape(Taped(deep, b"x")), "d/d/d"),
        "no text": (named(b"charts/caf\xe9"), "charts/caf"),
        "a line break": (named("charts/a\nb"), "charts/a"),
    }  # fmt: skip


NUMBERS: Final[dict[int, Callable[[], Archives]]] = {
    1: lambda: _both("../evil") | {"later": (named("charts/../../evil"), "charts/../../evil")},
    2: lambda: _both("/abs"),
    3: lambda: _both("C:\\x") | {"with a slash": (named("C:/x"), "C:/x"), "from here": (named("c:x"), "c:x")},
    4: lambda: _both("..\\..\\x"),
    5: links,
    6: linked_folders,
    7: hard_links,
    8: devices,
    9: bombs,
    11: overlaps,
    12: lies,
    13: crowds,
    14: lambda: _twins("charts/SKILL.md", "charts/SKILL.md"),
    15: lambda: _twins("charts/SKILL.md", "charts/skill.md") | _folders(),
    16: lambda: _twins("charts/caf\u00e9.md", "charts/cafe\u0301.md", "charts/cafe") | {
        "a dot behind it": (_twins("charts/a", "charts/a. ")["zip"][0], "charts/a. "),
        "that cannot be seen": (_twins("charts/a.md", "charts/a\u200b.md")["zip"][0], "charts/a\\u200b.md")
    },
    17: lambda: _both("charts/\u202egpj.sh", "charts/\\u202egpj.sh"),
    18: lambda: {"zip": (named("a\0../../evil"), "a\\x00")},
    19: lambda: {"zip": (named(""), "''"), "tar": (tape(Taped("", b"x")), "''"), "a part": (named("charts//x"), "charts//x")},
    20: unsound,
}  # fmt: skip
"""All but 10, an archive in the archive, which is a file like others."""


def _folders() -> Archives:
    return {
        "two folders": (_twins("charts/a/x", "charts/A/y")["zip"][0], "charts/A/y"),
        "a file in the way": (zipped(Packed(b"charts", b"x"), Packed(b"charts/SKILL.md", SKILL)), "charts/SKILL.md"),
        "a file in the way, later": (zipped(Packed(b"charts/SKILL.md", SKILL), Packed(b"charts", b"x")), "charts"),
    }


@dataclass(frozen=True)
class Case:
    number: int
    what: str
    data: bytes
    shown: str

    def __str__(self) -> str:
        return f"{self.number} {self.what}"


def cases() -> Iterable[Case]:
    for number, make in NUMBERS.items():
        for what, (data, shown) in make().items():
            yield Case(number, what, data, shown)


CASES: Final = list(cases())
