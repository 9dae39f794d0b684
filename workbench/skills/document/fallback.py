"""A front matter that no YAML reader takes, read key by key: one broken value does not hide its neighbours.

Idea: a piece begins at a key's line, takes the lines that are indented below it, and is read alone. A text in quotes and
a `{` may go on in the first column too, so a piece that cannot be read is tried with what follows it before it is called
broken. Invariant: no line belongs to two keys, and what is called broken does not close in the next few pieces.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from workbench.skills.document.block import MAX_BLOCK, line_end
from workbench.skills.document.entries import Entry, Found, Problem, Unfit, read_whole

MOST: Final = 500
"""So many keys are read one by one."""
_FURTHER: Final = 3
"""So many pieces more are tried together with one that cannot be read."""
_KEY_LINE: Final = re.compile(
    r"""(?P<key>"(?:[^"\\\r\n]|\\.)*"|'(?:[^'\r\n]|'')*'|[^\s:#'"\-\[\]{},&*!|>%@`?][^:\r\n]*|-[^\s:][^:\r\n]*):(?=[ \t\r\n]|\Z)"""
)
_CONFLICT: Final = re.compile(r"<<<<<<<|=======|>>>>>>>")
_LEAD: Final = re.compile(r"(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n|\n|\r))*(?P<indent> *)")
_GOES_ON: Final = re.compile(r"[\"'{\[]")
STRAY: Final = "This line belongs to no key."


@dataclass
class _Piece:
    """The lines of one key: `[begin, end)` are its own and say something, up to `blank` they are blank, and up to `until`
    they are nobody else's.
    """

    begin: int
    end: int
    blank: int
    until: int
    closed: bool = False
    """Whether a conflict marker stands in or behind it, over which nothing goes on."""


def read(text: str, begin: int, end: int) -> Found:
    """The entries of `text[begin:end]`: of the whole if it is YAML, else of each key. Never raises."""
    try:
        return read_whole(text, begin, end)
    except Unfit as unfit:
        problem = unfit.problem
    if end - begin > MAX_BLOCK:
        return Found(problems=[problem], whole=False)
    found = _by_key(text, begin, end)
    if all(each.rule != problem.rule for each in found.problems):
        found.problems.insert(0, problem)
    return found


def _by_key(text: str, begin: int, end: int) -> Found:
    """Each key with the lines that belong to it, read alone; one that cannot be read is its own text."""
    found = Found(whole=False)
    pieces = _pieces(text, begin, end, found.problems)
    taken = begin
    for index, piece in enumerate(pieces):
        if piece.begin < taken:
            continue  # part of the value before it
        try:
            alone, taken = read_whole(text, piece.begin, piece.blank), piece.end
        except Unfit as unfit:
            longer = _longer(text, pieces[index : index + 1 + _FURTHER])
            if longer is None:
                found.problems.append(replace(unfit.problem, rule="yaml-value"))
                found.entries.append(_raw(text, piece.begin, piece.end))
                continue
            alone, taken = longer
            found.problems = [each for each in found.problems if not piece.begin <= each.at < taken]
        found.entries += alone.entries
        found.problems += alone.problems
    return found


def _longer(text: str, pieces: Sequence[_Piece]) -> tuple[Found, int] | None:
    """What the first piece is as one key with the lines behind it, and where that ends."""
    first = pieces[0]
    if not _GOES_ON.search(text, first.begin, first.end):
        return None
    for piece in pieces:
        if piece.closed:
            break
        try:
            found = read_whole(text, first.begin, piece.until)
        except Unfit:
            continue
        if len(found.entries) == 1:
            return found, piece.until
    return None


def _pieces(text: str, begin: int, end: int, problems: list[Problem]) -> list[_Piece]:
    """Where each key's lines lie. What belongs to no key is told once for lines in a row, and so is a conflict marker."""
    indent = _indent(text, begin, end)
    pieces: list[_Piece] = []
    stray, at = False, begin
    while at < end:
        after = min(line_end(text, at), end)
        kind = _kind(text, at, after, indent)
        if kind == "conflict":
            problems.append(Problem("merge-conflict", at, "A merge conflict was left in the front matter."))
            if pieces:
                pieces[-1].closed = True
        elif kind == "key":
            if pieces:
                pieces[-1].until = at
            if len(pieces) == MOST:
                problems.append(Problem("yaml-too-large", at, f"No more than {MOST} keys are read of what is no YAML."))
                break
            pieces.append(_Piece(at, after, after, end))
            stray = False
        elif kind == "below" and pieces and not stray:
            pieces[-1].end = pieces[-1].blank = after
        elif kind == "blank" and pieces and pieces[-1].blank == at:
            pieces[-1].blank = after
        elif kind == "stray" and not stray:
            problems.append(Problem("yaml-value", at, STRAY))
            stray = True
        at = after
    return pieces


def _kind(text: str, at: int, after: int, indent: int) -> str:
    """What a line is: blank, a comment, a conflict's, a key's, one that belongs to the key above it, or a stray one."""
    line = text[at:after]
    lead = len(line) - len(line.lstrip(" "))
    if _CONFLICT.match(line):
        return "conflict"
    if not line.strip():
        return "blank"
    if line[lead] == "#" and lead <= indent:
        return "comment"
    if lead == indent and _KEY_LINE.match(text, at + lead, after):
        return "key"
    return "below" if lead > indent or line[lead] in "\t-" else "stray"


def _indent(text: str, begin: int, end: int) -> int:
    """How far the keys are indented: as far as the first line that says something, if it is a key's."""
    lead = _LEAD.match(text, begin, end)
    if lead is None or not _KEY_LINE.match(text, lead.end(), end):
        return 0
    return len(lead["indent"])


def _raw(text: str, begin: int, end: int) -> Entry:
    """A key whose value no YAML reader takes: what stands behind the colon, its white space folded."""
    key_begin = end - len(text[begin:end].lstrip(" "))
    matched = _KEY_LINE.match(text, key_begin, end)
    if matched is None:  # a piece begins with its key
        raise AssertionError(text[begin:end])
    key = matched["key"].strip()
    if key[:1] in "\"'":
        key = key[1:-1]
    value_begin = matched.end()
    while value_begin < end and text[value_begin] in " \t":
        value_begin += 1
    value_end = begin + len(text[begin:end].rstrip())
    value_begin = min(value_begin, max(value_end, matched.end()))
    value = " ".join(text[value_begin:value_end].split())
    value_end = max(value_begin, value_end)
    return Entry(key, value, "raw", key_begin, matched.end() - 1, value_begin, value_end, begin, end, key_begin - begin)
