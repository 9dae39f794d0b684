"""Text in another coat: base64, hex, escapes of strings and of addresses, taken off once and looked at with the same rules.

Only one coat is taken off: what is below a second one is itself a finding, since a skill has no reason for two.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import re
from collections.abc import Callable, Iterator
from typing import Final
from urllib.parse import unquote_to_bytes

from workbench.skills.review.rules import secrets
from workbench.skills.review.rules.rule import Hit, Kind, Rule, escaped, lowered

_DECODE: Final = "Decode it and read it; ship the plain text instead."
TEXT: Final = Rule(
    "encoded-text", "medium", "medium", "A long text is written in an encoding that nobody reads.", _DECODE, "AST08"
)
PROGRAM: Final = Rule(
    "encoded-program", "critical", "high", "A program or an archive is written as text.", _DECODE, "AST01"
)
DATA: Final = Rule(
    "data-uri", "medium", "medium", "An address carries a page or a script within itself.", _DECODE, "AST01"
)
RULES: Final = (TEXT, PROGRAM, DATA)

_BASE64: Final = re.compile(
    r"(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{16,120}(?=\r?\n|={1,2}|[\"'\s]|\Z)){0,20000}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{1,120})?={0,2}"
)
_SHORT_LINES: Final = re.compile(
    r"^[ \t]{0,16}[A-Za-z0-9+/_-]{8,23}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{8,23}){1,20000}(?:\r?\n[ \t]{0,16}[A-Za-z0-9+/_-]{1,23})?={0,2}$",
    re.MULTILINE,
)
_PIECES: Final = re.compile(
    r"([\"'])[A-Za-z0-9+/_-]{8,200}={0,2}\1(?:[ \t]{0,4}[+.,]?\s{0,24}([\"'])[A-Za-z0-9+/_-]{1,200}={0,2}\2){1,5000}"
)
_COATS: Final = frozenset("0123456789+/_-")
_HEX: Final = (
    re.compile(r"(?<![0-9a-zA-Z])(?:[0-9a-fA-F]{2}){24,}(?![0-9a-zA-Z])"),
    re.compile(r"\b[0-9a-fA-F]{2} (?:[0-9a-fA-F]{2} ){10,}[0-9a-fA-F]{2}\b"),
    re.compile(
        r"[\\0](?:x[0-9a-fA-F]{2}(?:\\x[0-9a-fA-F]{2}){7,}|x[0-9a-fA-F]{2}(?:[,\s]{1,4}0x[0-9a-fA-F]{2}){11,}"
        r"|u00[0-9a-fA-F]{2}(?:\\u00[0-9a-fA-F]{2}){7,})"
    ),
)
_HEX_COAT: Final = re.compile(r"\\x|\\u00|0x|[,\s]")
_PERCENT: Final = re.compile(r"%[0-9a-fA-F]{2}(?:[\w.~/:=@-]{0,40}%[0-9a-fA-F]{2}){3,400}[\w.~/:=@-]{0,80}")
_BEFORE: Final = re.compile(r"[\w.~/:=@-]{1,40}\Z")
_DATA: Final = re.compile(
    r"data:(?:text/html|application/(?:x-)?javascript|text/javascript)[;,][^\s\"')]{8}"
    r"|data:image/svg\+xml[;,](?!base64)[^\n\"')]{0,400}(?:<script|\son\w{3,20}\s?=|javascript:)",
    re.IGNORECASE,
)
_MAGIC: Final = (
    b"\x7fELF",
    b"MZ\x90",
    b"PK\x03\x04",
    b"\xcf\xfa\xed\xfe",
    b"\xca\xfe\xba\xbe",
    b"\x1f\x8b\x08",
    b"7z\xbc\xaf",
    b"Rar!",
    b"\x80\x04\x95",
)
_LONG: Final = 200
_PICTURE: Final = re.compile(r"\s{0,20}(?:<\?xml[^>]{0,200}>\s{0,20})?<svg\b", re.IGNORECASE)
_ACTIVE: Final = re.compile(r"<script|\son\w{3,20}\s?=|javascript:|<foreignObject|<!ENTITY", re.IGNORECASE)
"""What makes a picture more than a picture."""
_HEX_DIGITS: Final = re.compile(r"[0-9a-fA-F]+")
_QUOTES: Final = re.compile(r"[\"'\s+.,]+(?=[\"'])|[\"']")
_URL_SAFE: Final = str.maketrans("-_", "+/")
_STRINGS: Final = re.compile(rb"[\t\x20-\x7e]{16,}")
"""Runs of text within other bytes."""
Look = Callable[[str, str, Kind], Iterator[Hit]]


def find(text: str, lower: str, kind: Kind, look: Look) -> Iterator[Hit]:
    """What `look` finds in encoded parts of a text, placed where the part stands, and parts that are suspect as such."""
    for found in _BASE64.finditer(text):
        if not _HEX_DIGITS.fullmatch(found[0]):
            yield from _part(found, _from_base64(found[0]), kind, look)
    for found in _SHORT_LINES.finditer(text):
        if not _COATS.isdisjoint(found[0]):
            yield from _part(found, _from_base64(found[0]), kind, look)
    for found in _PIECES.finditer(text):
        yield from _part(found, _from_base64(_QUOTES.sub("", found[0])), kind, look)
    for found in itertools.chain.from_iterable(each.finditer(text) for each in _HEX):
        yield from _part(found, _from_hex(found[0]), kind, look)
    for found in _PERCENT.finditer(text) if "%" in text else ():
        before = _BEFORE.search(text, max(0, found.start() - 40), found.start())
        plain = unquote_to_bytes((before[0] if before else "") + found[0])
        yield from _part(found, plain, kind, look, coat=False)
    if "data:" in lower:
        for found in _DATA.finditer(text):
            yield Hit(DATA, found.start(), found.end())


def _part(found: re.Match[str], plain: bytes | None, kind: Kind, look: Look, *, coat: bool = True) -> Iterator[Hit]:
    """What a part says; `coat`: a long text in this coat is suspect as such."""
    if plain is None:
        return
    if plain.startswith(_MAGIC):
        yield Hit(PROGRAM, found.start(), found.end())
        return
    said, whole = _readable(plain)
    for hit in look(said, lowered(said), "code" if kind == "data" else kind):
        shown = escaped(secrets.masked(said)[max(0, hit.at - 20) : hit.at + 120].strip())
        yield Hit(hit.rule, found.start(), found.end(), "high", hit.severity, "It is hidden in an encoding.", shown)
    if not whole or not coat or (_PICTURE.match(said) and not _ACTIVE.search(said)):
        return
    if len(found[0]) >= _LONG or _BASE64.fullmatch(said.strip()):
        yield Hit(TEXT, found.start(), found.end(), shown=escaped(secrets.masked(said)[:120]))


def _from_base64(written: str) -> bytes | None:
    packed = "".join(written.split()).rstrip("=").translate(_URL_SAFE)
    packed = packed[: len(packed) - 1] if len(packed) % 4 == 1 else packed
    try:
        return base64.b64decode(packed + "=" * (-len(packed) % 4))
    except (binascii.Error, ValueError):
        return None


def _from_hex(written: str) -> bytes | None:
    try:
        return bytes.fromhex(_HEX_COAT.sub("", written))
    except ValueError:
        return None


def _readable(plain: bytes) -> tuple[str, bool]:
    """The texts that the bytes hold, and whether they are nothing else."""
    encoding = "utf-16-le" if plain[1:8:2] == b"\0\0\0\0" else "utf-8"
    try:
        said = plain.decode(encoding)
        good = sum(character.isprintable() or character in "\t\r\n" for character in said[:2000])
        if said and good >= 0.97 * min(len(said), 2000):
            return said, True
    except UnicodeDecodeError:
        pass  # then it is no text, but may hold one
    return "\n".join(each.decode("ascii") for each in _STRINGS.findall(plain)), False
