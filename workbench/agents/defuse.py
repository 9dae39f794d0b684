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
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

JOINER: Final = "\u2060"
"""WORD JOINER: takes no room and parts what would be a tag."""

_CONTROLS: Final = re.compile(
    r"\x1b\][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b\[[0-?]*[ -/]*[@-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""Terminal sequences, control characters, and marks that turn the direction of writing."""

_FENCE: Final = re.compile(r"[ \t]*(`{3,}|~{3,})(.*)")
_LIKE_FENCE: Final = re.compile(r"^([\s>*+.)\d-]*)(?=```|~~~)")
"""The beginning of a line that a front end might take for a fence, after quote and list marks too."""

_SPAN: Final = re.compile(r"(?<![\\`])(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_IMAGE: Final = re.compile(r"!\[([^\[\]]*)\](?:\([^()]*\)|\[[^\[\]]*\])")
_PAIRS: Final = re.compile(r"<(?=[A-Za-z/!?])|!(?=\[)|\](?=[(:])|\\(?=[A-Za-z])")
_TARGET: Final = r" *(?:https?://|mailto:)"
_LINK: Final = re.compile(rf"\](?=[(:](?!{_TARGET}))", re.IGNORECASE)
"""What would begin a link's target that is not on the web."""

_SPAN_CHARS: Final = 1_000
"""In a longer line nothing is taken for a code span: looking for where one ends costs the square of its length."""

_GROWTH: Final = 4
"""What escapes may make of a character, at most."""


@dataclass(frozen=True)
class Line:
    """A line on its way out: `text` has still to be defused, the others are as they shall be. `fence` is the opening
    line of the code block that it lies in.
    """

    text: str
    place: Literal["text", "done", "open", "body", "close"] = "done"
    fence: str = ""


def blocks(text: str) -> Iterator[Line]:
    """The lines of a text, its code blocks fenced anew."""
    lines = clean(text).split("\n")
    at = 0
    while at < len(lines):
        opening = _FENCE.fullmatch(lines[at])
        if opening is None or (opening[1][0] == "`" and "`" in opening[2]):
            yield Line(lines[at], "text")
            at += 1
            continue
        indented = lines[at][:1].isspace()
        body, at = _body(lines, at + 1, opening[1])
        if indented:
            body = textwrap.dedent("\n".join(body)).split("\n")
        yield from _fenced(body, opening[2])


def tail(backwards: Iterable[Line], limit: int) -> str:
    """The last lines that fit into `limit` characters, given from the last to the first and defused; a code block that
    was cut gets its fence again. The line that does not fit is cut too.
    """
    kept: list[str] = []
    room, fence = limit, ""
    for line in backwards:
        room -= 1
        spare = room - len(line.fence) - 1
        text = _inline(line.text) if line.place == "text" else line.text
        fits = len(text) <= spare
        if not fits:
            text = _end(line, spare)
        if text or fits:
            kept.append(text)
            room -= len(text)
            fence = line.fence
        if not fits:
            break
    return "\n".join(reversed([*kept, fence] if fence else kept))


def _end(line: Line, room: int) -> str:
    """The end of a line that is too long; only text and code can be cut."""
    if line.place == "text" and room >= _GROWTH:
        return _inline(line.text[-(room // _GROWTH) :])
    return line.text[-room:] if line.place == "body" and room > 0 else ""


def defuse_line(text: str) -> str:
    """One line that looks like `text`, whose own line breaks become spaces."""
    return _inline(" ".join(clean(text).split()))


def clean(text: str) -> str:
    """Text without control characters; every kind of line break is one newline."""
    return _CONTROLS.sub("", re.sub(r"\r\n?|[\u2028\u2029\x0b\x0c\x85]", "\n", text))


def _body(lines: list[str], at: int, fence: str) -> tuple[list[str], int]:
    """The lines of a code block that begins at `at`, and where to go on after its end."""
    closing = re.compile(rf"[ \t]*{re.escape(fence[0])}{{{len(fence)},}}[ \t]*")
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
    yield Line(opening, "open")
    for line in body:
        yield Line(line, "body", opening)
    yield Line(mark, "close", opening)


def _inline(line: str) -> str:
    """One line outside of code blocks."""
    line = _LIKE_FENCE.sub(r"\1\\", line)
    parts: list[str] = []
    at = 0
    for span in _SPAN.finditer(line) if len(line) <= _SPAN_CHARS else ():
        parts += [_words(line[at : span.start()]), _PAIRS.sub(rf"\g<0>{JOINER}", span[0])]
        at = span.end()
    return "".join([*parts, _words(line[at:])])


def _words(text: str) -> str:
    text = _IMAGE.sub(r"\1", text)
    text = re.sub(r"\\(?=[A-Za-z])", rf"\\{JOINER}", text)
    text = text.replace("![", "!\\[").replace("<", "&lt;")
    return _LINK.sub(r"]\\", text)
