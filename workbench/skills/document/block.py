"""Where the front matter of a SKILL.md lies, found leniently: what is wrong with its place is said, not refused.

All offsets are characters of the text. Invariant: `begin <= end <= body`, whatever the text is; the text between is what
a YAML reader may be fed, and the rest is never looked at, so a large body costs nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

MAX_BLOCK: Final = 64 * 1024
"""So far ahead the closing line is looked for: without a bound a large file without one would take a second."""
_MAX_LATE: Final = 8 * 1024

BOM: Final = "\ufeff"
_OPEN: Final = re.compile(r"---[ \t]*(?:#[^\r\n]*)?(\r\n|\n|\r|\Z)")
_COMMENT: Final = re.compile(r"<!--.*?-->[ \t]*", re.DOTALL)
_FENCE: Final = re.compile(r"(?:```+|~~~+)[^\r\n]*(?:\r\n|\n|\r)")
_BLANK: Final = re.compile(r"[ \t]*(?:\r\n|\n|\r)")
_CLOSE: Final = re.compile(r"^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z|\r(?!\n))", re.MULTILINE)
_CLOSE_CR: Final = re.compile(r"(?:(?<=\r)|(?<=\n))(?:---|\.\.\.)[ \t]*(?:\r\n|\n|\r|\Z)")
_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_BELONGS: Final = re.compile(r"[ \t]|[^\s:#][^\r\n]*?:(?:[ \t]|[\r\n]|\Z)|-[ \t]|\Z")


@dataclass(frozen=True)
class Block:
    """A front matter. `fault` is the rule that its place breaks, if any: late, after a comment, fenced, unclosed."""

    begin: int
    """Where its first line begins, behind the opening line."""
    end: int
    """Where the closing line begins; where the block seems to end if there is none."""
    body: int
    newline: str
    opening: int
    fault: str | None = None


def locate(text: str) -> Block | None:
    """The front matter of a text, or None when it has none."""
    start = 1 if text.startswith(BOM) else 0
    opened, fault = _OPEN.match(text, start), None
    if opened is None:
        opened, fault = _late(text, start)
    if opened is None:
        return None
    newline = opened[1] or "\n"
    begin = opened.end()
    closing = _CLOSE_CR if newline == "\r" else _CLOSE
    closed = closing.search(text, begin, min(len(text), begin + MAX_BLOCK))
    if closed is None:
        end = _unclosed_end(text, begin)
        return Block(begin, end, end, newline, opened.start(), "unclosed")
    return Block(begin, closed.start(), closed.end(), newline, opened.start(), fault)


def _late(text: str, start: int) -> tuple[re.Match[str] | None, str | None]:
    """An opening line that stands behind blank lines, comments or one line that opens a code fence."""
    at, fault = start, "frontmatter-late"
    limit = start + _MAX_LATE
    while at < limit:
        if opened := _OPEN.match(text, at):
            return opened, fault
        if blank := _BLANK.match(text, at):
            at = blank.end()
        elif comment := _COMMENT.match(text, at, limit):
            at, fault = comment.end(), "frontmatter-comment"
            if blank := _BLANK.match(text, at):
                at = blank.end()
        elif fault != "frontmatter-fenced" and (fence := _FENCE.match(text, at)):
            at, fault = fence.end(), "frontmatter-fenced"
        else:
            break
    return None, None


def _unclosed_end(text: str, begin: int) -> int:
    """The first line that cannot belong to a mapping; a blank line and a comment belong if what follows does: it may
    be the body's first heading.
    """
    at = end = begin
    limit = min(len(text), begin + MAX_BLOCK)
    while at < limit:
        after = line_end(text, at)
        if text[at:after].strip() and text[at] != "#":
            if not _BELONGS.match(text, at):
                break
            end = after
        at = after
    return end


def line_end(text: str, at: int) -> int:
    r"""Where the line that `at` is in ends, behind its break (`\r\n`, `\n` or a lone `\r`)."""
    found = _LINE.match(text, at)
    return found.end() if found else len(text)


def line_start(text: str, at: int, floor: int = 0) -> int:
    """Where the line that `at` is in begins; never before `floor`."""
    return max(text.rfind("\n", floor, at), text.rfind("\r", floor, at), floor - 1) + 1
