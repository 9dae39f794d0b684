r"""Text from an agent as Markdown that can do no harm in any front end: it loads nothing, runs nothing, and links only
to web and mail addresses.

Idea: front ends disagree about Markdown, so nothing here depends on parsing it right. Every construct that can become a
tag, an image, a link or a TeX command begins with two neighbouring characters (`<a`, `![`, `](`, `]:`, `\h`), and those
are parted wherever they stand: by an escape in text, by an invisible joiner in what looks like a code span. Code blocks
are the one place where text stays as it is, so their fences are written anew: at the margin, after an empty line, longer
than any run of backticks in the block. No front end reads that otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

JOINER: Final = "\u2060"
"""WORD JOINER: takes no room and parts what would be a tag."""

_CONTROLS: Final = re.compile(
    r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Terminal sequences, control characters, and marks that turn the direction of writing."""

_FENCE: Final = re.compile(r" {0,3}(`{3,}|~{3,})(.*)")
_SPAN: Final = re.compile(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_IMAGE: Final = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_PAIRS: Final = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)|\](?=[(:])|\\(?=[A-Za-z])")
_TARGET: Final = r" *(?:https?://|mailto:)"
_LINK: Final = re.compile(rf"\](?=[(:](?!{_TARGET}))|\](?=:(?!{_TARGET}))", re.IGNORECASE)


@dataclass(frozen=True)
class Line:
    """A line of harmless Markdown, and the fence that it lies in (its opening line), if any."""

    text: str
    fence: str | None = None


def defuse(text: str) -> list[Line]:
    """Lines of Markdown that look like `text` and do nothing."""
    return list(_blocks(clean(text).split("\n")))


def defuse_line(text: str) -> str:
    """One line that looks like `text`, whose own line breaks become spaces."""
    return _inline(" ".join(clean(text).split()))


def clean(text: str) -> str:
    """Text without control characters; every kind of line break is one newline."""
    return _CONTROLS.sub("", re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text))


def tail(lines: list[Line], limit: int) -> str:
    """The last lines that fit into `limit` characters; a block that was cut gets its fence again."""
    kept: list[Line] = []
    room = limit
    for line in reversed(lines):
        room -= len(line.text) + 1
        if room < 0:
            break
        kept.append(line)
    kept.reverse()
    if not kept:
        return ""
    first = kept[0]
    if first.fence is not None and first.text != first.fence:
        closing = first.fence.rstrip("`") == "" and len(kept) == 1
        kept = kept[1:] if closing else [Line(first.fence), *kept]
    return "\n".join(line.text for line in kept)


def _blocks(lines: list[str]) -> Iterator[Line]:
    at = 0
    while at < len(lines):
        opening = _FENCE.fullmatch(lines[at])
        if opening is None or (opening[1][0] == "`" and "`" in opening[2]):
            yield Line(_inline(lines[at]))
            at += 1
            continue
        body, at = _body(lines, at + 1, opening[1])
        yield from _fenced(body, opening[2])


def _body(lines: list[str], at: int, fence: str) -> tuple[list[str], int]:
    """The lines of a code block that begins at `at`, and where to go on after its end."""
    closing = re.compile(rf" {{0,3}}{re.escape(fence[0])}{{{len(fence)},}}[ \t]*")
    for end in range(at, len(lines)):
        if closing.fullmatch(lines[end]):
            return lines[at:end], end + 1
    return lines[at:], len(lines)


def _fenced(body: list[str], info: str) -> Iterator[Line]:
    longest = max((len(run) for line in body for run in re.findall(r"`+", line)), default=0)
    mark = "`" * max(3, longest + 1)
    language = re.match(r"\s*([A-Za-z0-9_+#.-]{0,30})", info)
    opening = mark + (language[1] if language else "")
    yield Line("")
    yield Line(opening, opening)
    for line in body:
        yield Line(line, opening)
    yield Line(mark, opening)


def _inline(line: str) -> str:
    """One line outside of code blocks."""
    parts: list[str] = []
    at = 0
    for span in _SPAN.finditer(line):
        parts += [_words(line[at : span.start()]), _PAIRS.sub(rf"\g<0>{JOINER}", span[0])]
        at = span.end()
    return "".join([*parts, _words(line[at:])])


def _words(text: str) -> str:
    text = _IMAGE.sub(r"\1", text)
    text = re.sub(r"\\(?=[A-Za-z])", rf"\\{JOINER}", text)
    text = text.replace("![", "!\\[").replace("<", "&lt;")
    return _LINK.sub(r"]\\", text)
