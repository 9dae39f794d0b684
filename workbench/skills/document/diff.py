"""What changed between two versions of a document, as a unified diff of one hunk."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Final

from workbench.skills.skill import FILE, SkillDocument

_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")
_CONTEXT: Final = 3
_COMPARED: Final = 2000
"""So many changed lines are compared one by one; of more, all old ones go and all new ones come."""


def diff(before: SkillDocument, after: SkillDocument, *, path: str = FILE) -> str:
    """What changed, as a unified diff; empty if nothing did."""
    old, new = _lines(before), _lines(after)
    if old == new:
        return ""
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    begin = max(0, head - _CONTEXT)
    end = max(0, tail - _CONTEXT)
    shown = [
        *(" " + line for line in old[begin:head]),
        *_changed(old[head : len(old) - tail], new[head : len(new) - tail]),
        *(" " + line for line in old[len(old) - tail : len(old) - end]),
    ]
    first = f"@@ -{_span(begin, len(old) - end)} +{_span(begin, len(new) - end)} @@\n"
    return "".join([f"--- a/{path}\n", f"+++ b/{path}\n", first, *map(_ended, shown)])


def _lines(document: SkillDocument) -> list[str]:
    return _LINE.findall(document.to_bytes().decode("utf-8", "replace"))


def _common(old: list[str], new: list[str]) -> int:
    count = 0
    for mine, theirs in zip(old, new, strict=False):
        if mine != theirs:
            break
        count += 1
    return count


def _changed(old: list[str], new: list[str]) -> Iterator[str]:
    if max(len(old), len(new)) > _COMPARED:
        yield from ("-" + line for line in old)
        yield from ("+" + line for line in new)
        return
    for _, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        same = old[a:b] == new[c:d]
        yield from ((" " if same else "-") + line for line in old[a:b])
        yield from () if same else ("+" + line for line in new[c:d])


def _span(begin: int, end: int) -> str:
    count = end - begin
    return f"{begin + 1 if count else begin},{count}"


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
