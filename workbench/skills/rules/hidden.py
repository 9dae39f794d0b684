"""Text that a person does not see and a model reads: turned, invisible, commented out, or pushed off the screen.

What is harmless is told apart by its neighbours: joiners within emoji and within scripts that need them, and the tags of
a flag (England, Scotland, Wales).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workbench.skills.rules.rule import Hit, Kind, Rule, escaped

_REMOVE: Final = "Open the file in an editor that shows invisible characters, and remove them."
BIDI: Final = Rule(
    "hidden-bidi",
    "high",
    "high",
    "Characters that turn the direction of text make it read other than it is.",
    _REMOVE,
    "AST01",
)
TAGS: Final = Rule(
    "hidden-tags",
    "critical",
    "high",
    "Tag characters are invisible, and models read them as letters.",
    _REMOVE,
    "AST01",
)
ZERO_WIDTH: Final = Rule(
    "hidden-zero-width",
    "medium",
    "medium",
    "A character without width stands where no script needs one.",
    _REMOVE,
    "AST01",
)
SELECTORS: Final = Rule(
    "hidden-selectors", "high", "medium", "A run of variation selectors can carry any text unseen.", _REMOVE, "AST01"
)
CONTROL: Final = Rule(
    "hidden-control",
    "medium",
    "high",
    "A control character or terminal escape can rewrite what a terminal shows.",
    _REMOVE,
    "AST01",
)
COMMENT: Final = Rule(
    "hidden-comment",
    "high",
    "medium",
    "A comment is not shown where Markdown is rendered, and this one gives orders.",
    "Read the comment; remove it if it does not belong there.",
    "AST01",
)
BLANK: Final = Rule(
    "hidden-blank",
    "high",
    "high",
    "A very long stretch of nothing pushes what follows out of sight.",
    "Read what stands behind it; remove the blank stretch.",
    "AST08",
)
HOST: Final = Rule(
    "hidden-host",
    "high",
    "medium",
    "An address mixes letters of several scripts: it may imitate another host.",
    "Check the address letter by letter.",
    "AST01",
)
LONG: Final = Rule(
    "hidden-line",
    "low",
    "high",
    "A line of prose is so long that an editor shows only its beginning.",
    "Wrap the line, and read what stands at its end.",
    "AST08",
    limit=1,
)
RULES: Final = (BIDI, TAGS, ZERO_WIDTH, SELECTORS, CONTROL, COMMENT, BLANK, LONG, HOST)

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]+")
_FLAG: Final = re.compile("\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{1,6}\U000e007f")
_ZERO: Final = re.compile("[\u00ad\u180e\u200b-\u200d\u2060-\u2064\ufeff]+")
_SELECTORS: Final = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}")
_CONTROL: Final = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_LOW: Final = bytes([*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F])
_HIGH: Final = b"\xc2"
"""The first byte of every control character beyond ASCII, in UTF-8."""
_COMMENT: Final = re.compile(r"<!--(?:[^-]|-(?!->)){1,8000}")
_ORDERS: Final = re.compile(
    r"ignore\s+(?:all|any|the|previous|prior)|do\s+not\s+(?:tell|mention|reveal|inform)|don't\s+(?:tell|mention|reveal)"
    r"|you\s+(?:must|should|will)\s+(?:now\s+)?(?:run|execute|send|read|upload|always|first)|(?:silently|secretly)\s"
    r"|always\s+(?:run|execute|send)|\b(?:curl|wget)\s+(?:-|http)|exfiltrat|system\s+prompt|(?:send|upload|post)\s+[^\n]{0,60}"
    r"(?:key|token|password|secret|credential)|(?:assistant|agent|claude|model)\s*[:,]\s*(?:please\s+)?(?:run|execute|read|send)",
    re.IGNORECASE,
)
_MANY: Final = 1000
_LINE: Final = 20_000
_BLANK: Final = re.compile(r"(?<!\n)\n(?:[ \t\r]{0,8}\n){1000,20000}")
_WIDE: Final = re.compile(r"(?<=[^ \t])[ \t]{300,}(?=[^\s])")
_HOST: Final = re.compile("https?://[\\w.-]{0,100}(?:[a-zA-Z][\u0370-\u04ff]|[\u0370-\u04ff][a-zA-Z])", re.IGNORECASE)
_JOINERS: Final = "\u200c\u200d"
_WORD: Final = 3


def find(text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """Hidden text in a text."""
    if "<!--" in text and kind in ("skill", "document"):
        for found in _COMMENT.finditer(text):
            if _ORDERS.search(text, found.start(), found.end()):
                yield Hit(COMMENT, found.start(), found.end())
    yield from _blank(text)
    if kind in ("skill", "document"):
        yield from _long(text)
    for found in _CONTROL.finditer(text) if _has_control(text) else ():
        yield Hit(CONTROL, found.start(), found.end(), severity="high" if "\x1b" in found[0] else None)
    if not text.isascii():
        yield from _beyond_ascii(text, lower)


def _beyond_ascii(text: str, lower: str) -> Iterator[Hit]:
    for found in _BIDI.finditer(text):
        yield Hit(BIDI, found.start(), found.end())
    yield from _tags(text)
    for found in _ZERO.finditer(text):
        yield from _zero_width(text, found)
    for found in _SELECTORS.finditer(text):
        yield Hit(SELECTORS, found.start(), found.end())
    if "http" in lower:
        for found in _HOST.finditer(text):
            yield Hit(HOST, found.start(), found.end())


def _has_control(text: str) -> bool:
    """Whether there may be one: bytes are told apart many times faster than characters."""
    data = text.encode("utf-8", "surrogatepass")
    return len(data.translate(None, _LOW)) < len(data) or _HIGH in data


def _blank(text: str) -> Iterator[Hit]:
    if text.count("\n") > _MANY:
        for found in _BLANK.finditer(text):
            yield Hit(BLANK, found.end(), found.end())
    if "\t" in text or " " * 32 in text:
        for found in _WIDE.finditer(text):
            yield Hit(BLANK, found.end(), found.end())


def _long(text: str) -> Iterator[Hit]:
    at = 0
    for line in text.split("\n") if len(text) > _LINE else ():
        if len(line) > _LINE:
            yield Hit(LONG, at, at)
            return
        at += len(line) + 1


def _tags(text: str) -> Iterator[Hit]:
    flags = {found.start() + 1 for found in _FLAG.finditer(text)}
    for found in _TAGS.finditer(text):
        if found.start() in flags:
            continue
        said = "".join(chr(ord(character) - 0xE0000) for character in found[0])
        said = escaped("".join(character for character in said if character.isprintable())[:120])
        yield Hit(
            TAGS, found.start(), found.end(), note=f"It says: {said!r}." if said.strip() else "", shown=said or None
        )


def _zero_width(text: str, found: re.Match[str]) -> Iterator[Hit]:
    begin, end = found.span()
    if found[0] == "\ufeff" and begin == 0:
        return
    before, after = text[begin - 1 : begin], text[end : end + 1]
    if len(found[0]) == 1 and before and after:
        if found[0] == "\u200d" and _is_emoji(before) and _is_emoji(after):
            return
        if found[0] in _JOINERS + "\u200b" and (_needs_joiners(before) or _needs_joiners(after)):
            return
        if found[0] == "\u00ad" and before.isalpha() and after.isalpha():
            return  # a soft hyphen within a word is how text from a PDF looks
    many = len(found[0]) > _WORD
    yield Hit(ZERO_WIDTH, begin, end, severity="high" if many else None, confidence="high" if many else None)


def _is_emoji(character: str) -> bool:
    point = ord(character)
    return point in (0xFE0F, 0x20E3) or 0x2190 <= point <= 0x2BFF or point >= 0x1F000  # noqa: PLR2004 - blocks of symbols


def _needs_joiners(character: str) -> bool:
    """Whether it belongs to a script in which joiners and breaks without width shape or part words."""
    point = ord(character)
    return 0x0600 <= point < 0x2000 and unicodedata.category(character)[0] in "LM"  # noqa: PLR2004 - Arabic to Khmer
