"""Text that a person does not see and a model reads: turned, invisible, commented out, or pushed off the screen.

What is harmless is told apart by its neighbours: joiners within emoji and within scripts that need them, and the tags of
the three flags that have them (England, Scotland, Wales).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from workbench.skills.review.rules import instructions
from workbench.skills.review.rules.rule import Hit, Kind, Rule, escaped

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
UNSEEN: Final = Rule(
    "hidden-style",
    "high",
    "medium",
    "A style hides this text where Markdown is rendered; a model reads it all the same.",
    "Read the text; remove it if it does not belong there.",
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
RULES: Final = (BIDI, TAGS, ZERO_WIDTH, SELECTORS, CONTROL, COMMENT, UNSEEN, BLANK, LONG, HOST)

_BIDI: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_TAGS: Final = re.compile("[\U000e0000-\U000e007f]+")
_REGIONS: Final = ("gbeng", "gbsct", "gbwls")
_FLAG: Final = re.compile(
    "\U0001f3f4(?:" + "|".join("".join(chr(0xE0000 + ord(each)) for each in name) for name in _REGIONS) + ")\U000e007f"
)
_ZERO: Final = re.compile(
    "[\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0\ufff9-\ufffb]+|(?<![\u2801-\u28ff])\u2800+(?![\u2801-\u28ff])"
)
_MARKS: Final = re.compile("[\u061c\u200e\u200f]+")
_RIGHT_TO_LEFT: Final = re.compile("[\u05d0-\u05ea\u0620-\u08ff]")
_SELECTORS: Final = re.compile(
    "[\ufe00-\ufe0f\U000e0100-\U000e01ef]{3,}|(?:[A-Za-z ][\ufe00-\ufe0f\U000e0100-\U000e01ef]){3,}"
)
_CONTROL: Final = re.compile("[\x01-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f]+")
_LOW: Final = bytes([*range(1, 9), 0x0B, *range(0x0E, 0x20), 0x7F])
_HIGH: Final = b"\xc2"
"""The first byte of every control character beyond ASCII, in UTF-8."""
_ORDERS: Final = re.compile(
    r"ignore\s+(?:all|any|the|previous|prior)|(?:do\s+not|don't)\s+(?:tell|mention|reveal|inform)"
    r"|you\s+(?:must|should|will)\s+(?:now\s+)?(?:run|execute|send|read|upload|always|first)|(?:silently|secretly)\s"
    r"|always\s+(?:run|execute|send)|\b(?:curl|wget)\s+(?:-|http)|exfiltrat|system\s+prompt|(?:send|upload|post)\s+[^\n]{0,60}"
    r"(?:key|token|password|secret|credential)|\b(?:assistant|agent|claude|model|ai|llm)\s*[:,]\s*[^\n.]{0,60}(?:run|execute|read|send)"
    r"|\b(?:run|execute)\s+(?:the\s+)?(?:scripts?/|\./|bash\b|sh\b|python)|\bread\s+(?:all|every|each)\s+[^\n.]{0,60}(?:files?|folder|home)\b"
    r"|\b(?:paste|include|copy|append)\s+(?:its|their|the|all)\s+contents?\b",
    re.IGNORECASE,
)
_OPENS: Final = re.compile(
    r"<!--|^[ \t]{0,3}\[(?://|comment|_)[^\]\n]{0,20}\]:[ \t]{0,4}(?:#|<>)[ \t]{0,4}", re.MULTILINE | re.IGNORECASE
)
_STYLED: Final = re.compile(
    r"<\w{1,10}\s[^>\n]{0,200}(?:display\s{0,2}:\s{0,2}none|visibility\s{0,2}:\s{0,2}hidden|font-size\s{0,2}:\s{0,2}0(?![.\d])|opacity\s{0,2}:\s{0,2}0(?![.\d])"
    r"|\shidden(?=[\s>]))[^>\n]{0,200}>",
    re.IGNORECASE,
)
_MANY: Final = 1000
_LINE: Final = 20_000
_PIECE: Final = 20_000
_IN_TABLE: Final = 300
"""Cells of a table are filled up with blanks."""
_STYLE_REACH: Final = 2000
_WIDE: Final = re.compile(r"(?<=\S)[^\S\n\r]{120,}(?=\S)")
_HOST: Final = re.compile("https?://[\\w.-]{0,100}(?:[a-zA-Z][\u0370-\u04ff]|[\u0370-\u04ff][a-zA-Z])", re.IGNORECASE)
_JOINERS: Final = "\u200c\u200d"
_WORD: Final = 3
_WORDS: Final = 200
"""So much of the next piece of a comment is looked at with each, for an order across the border."""


def find(text: str, lower: str, kind: Kind, *, inside: bool = False) -> Iterator[Hit]:
    """Hidden text in a text; `inside`: it begins within a comment."""
    if kind in ("skill", "document"):
        yield from _comments(text, lower, inside=inside)
        yield from _styled(text, lower)
        yield from _long(text)
    yield from _blank(text)
    for found in _CONTROL.finditer(text) if _has_control(text) else ():
        yield Hit(CONTROL, found.start(), found.end(), severity="high" if "\x1b" in found[0] else None)
    if not text.isascii():
        yield from _beyond_ascii(text, lower)


def ends_inside(text: str, *, inside: bool = False) -> bool:
    """Whether a comment is still open at the end of a text."""
    begin = text.rfind("<!--")
    return text.find("-->", max(begin, 0)) < 0 if inside or begin >= 0 else False


def _comments(text: str, lower: str, *, inside: bool) -> Iterator[Hit]:
    """Comments that give orders, however long they are."""
    for begin, end in _commented(text, inside=inside):
        for low in range(begin, end, _PIECE):
            high = min(end, low + _PIECE + _WORDS)
            if orders(text, lower, low, high):
                yield Hit(COMMENT, low, high)


def _commented(text: str, *, inside: bool) -> Iterator[tuple[int, int]]:
    """Where the comments of a text begin and end."""
    at = 0
    if inside:
        at = text.find("-->")
        at = at if at >= 0 else len(text)
        yield 0, at
    while opening := _OPENS.search(text, at):
        at = text.find("-->" if opening[0] == "<!--" else "\n", opening.end())
        at = at if at >= 0 else len(text)
        yield opening.start(), at


def _styled(text: str, lower: str) -> Iterator[Hit]:
    """Text that a style hides, where it gives orders."""
    if "style" not in lower and "hidden" not in lower:
        return
    for found in _STYLED.finditer(text):
        end = text.find("</", found.end(), found.end() + _STYLE_REACH)
        end = end if end >= 0 else min(len(text), found.end() + _STYLE_REACH)
        if orders(text, lower, found.end(), end):
            yield Hit(UNSEEN, found.start(), end)


def orders(text: str, lower: str, begin: int, end: int) -> bool:
    """Whether a part of a text tells a model what to do."""
    if _ORDERS.search(text, begin, end):
        return True
    return next(instructions.find(text[begin:end], lower[begin:end], "skill"), None) is not None


def _beyond_ascii(text: str, lower: str) -> Iterator[Hit]:
    for found in _BIDI.finditer(text):
        yield Hit(BIDI, found.start(), found.end())
    yield from _tags(text)
    for found in _ZERO.finditer(text):
        yield from _zero_width(text, found)
    for found in () if _RIGHT_TO_LEFT.search(text) else _MARKS.finditer(text):
        yield Hit(ZERO_WIDTH, found.start(), found.end())
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
    """Stretches of empty lines, and of blanks within a line, before something that is not."""
    if text.count("\n") + text.count("\r") > _MANY:
        yield from _empty_lines(text)
    if "\t" in text or "  " in text or not text.isascii():
        for found in _WIDE.finditer(text):
            line = text[text.rfind("\n", 0, found.start()) + 1 : found.start()].lstrip()
            if len(found[0]) >= (_IN_TABLE if line.startswith("|") else 0):
                yield Hit(BLANK, found.end(), found.end() + 1)


def _empty_lines(text: str) -> Iterator[Hit]:
    at, empty = 0, 0
    for line in text.splitlines(keepends=True):
        if not line.strip():
            empty += 1
        else:
            if empty > _MANY:
                yield Hit(BLANK, at, at + len(line))
            empty = 0
        at += len(line)
    if empty > _MANY:
        yield Hit(BLANK, at - 1, at)


def _long(text: str) -> Iterator[Hit]:
    at = 0
    for line in text.split("\n") if len(text) > _LINE else ():
        if len(line) > _LINE:
            yield Hit(LONG, at, at + len(line))
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
