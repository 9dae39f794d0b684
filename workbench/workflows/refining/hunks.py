"""The parts of a file's change, each to be taken or left: from two texts to hunks, and from some of them to a text.

Idea: a hunk is a stretch of old lines and the new lines in their place; neighbours with little between them are one.
Invariant: with all hunks taken the old text becomes the new one, with none it stays as it is, and what is taken does not
depend on what else is. A hunk's id is made of both texts, so it is good for this state of the file and for no other.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

CONTEXT: Final = 3
MAX_COMPARED: Final = 2000
"""So many lines are compared one by one; beyond, what differs is one hunk."""
MAX_TEXT: Final = 1024 * 1024
"""A larger file has no hunks: it is taken or left whole."""

_LINE: Final = re.compile(rb"[^\n]*\n|[^\n]+")


@dataclass(frozen=True)
class Hunk:
    """Old lines from `start` to `end`, and those of the new text that take their place."""

    id: str
    start: int
    end: int
    new_start: int
    new_end: int
    header: str
    lines: tuple[str, ...]
    """With three lines of context; each begins with a blank, + or -."""

    @property
    def added(self) -> int:
        return sum(line.startswith("+") for line in self.lines)

    @property
    def removed(self) -> int:
        return sum(line.startswith("-") for line in self.lines)


def hunks(old: bytes, new: bytes) -> list[Hunk]:
    """The parts in which two texts differ, in their order; none for what is no text."""
    if old == new or not (is_text(old) and is_text(new)):
        return []
    before, after = _LINE.findall(old), _LINE.findall(new)
    state = hashlib.sha256(hashlib.sha256(old).digest() + hashlib.sha256(new).digest()).hexdigest()[:12]
    return [
        _hunk(f"{state}-{number}", before, after, group)
        for number, group in enumerate(_groups(_changes(before, after)), 1)
    ]


def taken(old: bytes, new: bytes, wanted: Collection[str]) -> bytes:
    """The old text with these hunks of its change, by their ids."""
    before, after = _LINE.findall(old), _LINE.findall(new)
    made, at = [], 0
    for hunk in hunks(old, new):
        if hunk.id in wanted:
            made += [*before[at : hunk.start], *after[hunk.new_start : hunk.new_end]]
            at = hunk.end
    return b"".join([*made, *before[at:]])


def is_text(data: bytes) -> bool:
    """Whether it can be shown and taken line by line."""
    return len(data) <= MAX_TEXT and b"\0" not in data


def unified(path: str, found: list[Hunk], *, added: bool, deleted: bool) -> str:
    """Hunks as a unified diff of a file that was added, deleted or neither."""
    if not found:
        return ""
    heads = [f"--- {'/dev/null' if added else f'a/{path}'}", f"+++ {'/dev/null' if deleted else f'b/{path}'}"]
    lines = [line for hunk in found for line in (hunk.header, *hunk.lines)]
    return "\n".join([*heads, *lines]) + "\n"


Change = tuple[int, int, int, int]


def _changes(before: list[bytes], after: list[bytes]) -> Iterator[Change]:
    """The stretches that differ, as `(start, end, new_start, new_end)`."""
    head = _common(before, after)
    tail = _common(before[head:][::-1], after[head:][::-1])
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    if max(len(old), len(new)) > MAX_COMPARED:
        yield head, head + len(old), head, head + len(new)
        return
    for word, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if word != "equal":
            yield head + a, head + b, head + c, head + d


def _groups(changes: Iterator[Change]) -> Iterator[list[Change]]:
    """Neighbours whose contexts would meet belong together."""
    group: list[Change] = []
    for change in changes:
        if group and change[0] - group[-1][1] > 2 * CONTEXT:
            yield group
            group = []
        group.append(change)
    if group:
        yield group


def _hunk(id_: str, before: list[bytes], after: list[bytes], group: list[Change]) -> Hunk:
    start, end, new_start, new_end = group[0][0], group[-1][1], group[0][2], group[-1][3]
    above, below = min(CONTEXT, start), min(CONTEXT, len(before) - end)
    lines: list[str] = []
    at = start - above
    for a, b, c, d in group:
        lines += [_shown(" ", line) for line in before[at:a]]
        lines += [_shown("-", line) for line in before[a:b]]
        lines += [_shown("+", line) for line in after[c:d]]
        at = b
    lines += [_shown(" ", line) for line in before[at : end + below]]
    spans = _span(start - above, end + below), _span(new_start - above, new_end + below)
    return Hunk(id_, start, end, new_start, new_end, f"@@ -{spans[0]} +{spans[1]} @@", tuple(lines))


def _shown(sign: str, line: bytes) -> str:
    return sign + line.decode("utf-8", "replace").removesuffix("\n").removesuffix("\r")


def _span(begin: int, end: int) -> str:
    count = end - begin
    return f"{begin + 1 if count else begin},{count}"


def _common(old: list[bytes], new: list[bytes]) -> int:
    return next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
