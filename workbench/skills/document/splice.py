"""Changing one key of a SKILL.md and not one character besides.

Idea: make candidates, read each one again, take the first that says exactly what was meant: the new value in its place,
every other key and the body as before. None: the edit is refused with a sentence and nothing has changed. Invariant:
what `edited` returns differs from the text in the lines of that key only (and in a closing line where one was missing).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from workbench.errors import Refused
from workbench.skills.document import spelling
from workbench.skills.document.block import BOM, MAX_BLOCK, Block, locate
from workbench.skills.document.entries import MAX_DEPTH, Entry, Found, Value
from workbench.skills.document.fallback import read

Given = str | bool | int | float | list["Given"] | tuple["Given", ...] | dict[str, "Given"] | None
Path = tuple[str, ...]
Fields = dict[str, Value]

_BREAK: Final = re.compile(r"\r\n|\n|\r")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Text:
    """A SKILL.md that has been read."""

    text: str
    block: Block | None
    found: Found

    @classmethod
    def read(cls, text: str) -> Text:
        block = locate(text)
        return cls(text, block, read(text, block.begin, block.end) if block else Found())

    @property
    def fields(self) -> Fields:
        """Each key once; of one that stands twice the last, as YAML readers do."""
        return {entry.key: entry.value for entry in self.found.entries}

    @property
    def body(self) -> str:
        return self.text[self.block.body :] if self.block else self.text.removeprefix(BOM)

    @property
    def newline(self) -> str:
        if self.block:
            return self.block.newline
        found = _BREAK.search(self.text)
        return found[0] if found else "\n"


def edited(before: Text, path: Path, given: Given) -> Text:
    """The text with the key at `path` set, or taken out if `given` is None. Raises Refused when that cannot be done."""
    wanted = None if given is None else _value(given)
    expected, changed = _expected(before.fields, path, wanted)
    if not changed:
        return before
    body = before.body
    for candidate in _candidates(before, path, wanted):
        after = Text.read(candidate)
        if after.body == body and as_meant(before, after, expected, path[0]) and _sound(before, after):
            return after
    raise _refusal(before, path, wanted)


def as_meant(before: Text, after: Text, expected: Fields, about: str) -> bool:
    """Whether a text says what was meant. A value that could not be read may turn into what it is when another key, the
    one that the change is about, no longer breaks the whole: its characters are the same, and that is what was promised.
    """
    fields = after.fields
    if fields == expected:
        return True
    if before.found.whole or not after.found.whole or fields.keys() != expected.keys():
        return False
    unread = {entry.key for entry in before.found.entries if entry.style == "raw"} - {about}
    return all(key in unread or value == expected[key] for key, value in fields.items())


def _sound(before: Text, after: Text) -> bool:
    """A candidate must not break what could be read before, nor be wrong in more places."""
    return after.found.whole or (not before.found.whole and len(after.found.problems) <= len(before.found.problems))


def _value(given: Given, depth: int = 0) -> Value:
    """A value as text all through, which is how a document holds it."""
    if isinstance(given, str):
        return given
    if depth > MAX_DEPTH:
        raise Refused("unsafe_edit", f"The value is nested more than {MAX_DEPTH} deep.", remedy="Make it flatter.")
    if given is None:
        return ""
    if isinstance(given, bool):
        return spelling.Bare("true" if given else "false")
    if isinstance(given, int | float):
        return spelling.Bare(given) if math.isfinite(given) else str(given)
    if isinstance(given, list | tuple):
        return [_value(item, depth + 1) for item in given]
    if isinstance(given, dict):
        return {str(key): _value(value, depth + 1) for key, value in given.items()}
    raise TypeError(f"a value is text, a number, a list or a map, not {type(given).__name__}")


def _expected(fields: Fields, path: Path, wanted: Value | None, above: Path = ()) -> tuple[Fields, bool]:
    """The fields as they are to be, and whether that is a change. A map that loses its last key goes with it."""
    key, *rest = path
    after = dict(fields)
    if rest:
        inner = after.get(key, {} if wanted is not None else None)
        if inner == "":
            inner = {}
        if not isinstance(inner, dict):
            if wanted is None:
                return after, False
            name = ".".join((*above, key))
            raise Refused(
                "unsafe_edit",
                f"{name!r} is not a map, so it has no key {rest[0]!r}.",
                remedy=f"Set {name!r} itself.",
                key=".".join((*above, *path)),
            )
        changed_inner, changed = _expected(inner, tuple(rest), wanted, (*above, key))
        if not changed:
            return after, False
        if changed_inner or wanted is not None:
            after[key] = changed_inner
        else:
            after.pop(key, None)
        return after, True
    if wanted is None:
        return after, after.pop(key, None) is not None
    if after.get(key) == wanted:
        return after, False
    after[key] = wanted
    return after, True


def _candidates(before: Text, path: Path, wanted: Value | None) -> Iterator[str]:
    chain = _chain(before.found.entries, path)
    if wanted is None:
        yield from _without(before, path, chain)
    elif len(chain) == len(path):
        yield from _replaced(before, chain, wanted)
    else:
        yield from _added(before, path, chain, wanted)


def _chain(entries: list[Entry] | tuple[Entry, ...], path: Path) -> list[Entry]:
    """The entries along a path, as far as there are any; of twins the last."""
    chain: list[Entry] = []
    for key in path:
        found = next((entry for entry in reversed(entries) if entry.key == key), None)
        if found is None:
            break
        chain.append(found)
        entries = found.children
    return chain


def _replaced(before: Text, chain: list[Entry], wanted: Value) -> Iterator[str]:
    old, text = chain[-1], before.text
    flow = any(parent.style == "flow-map" for parent in chain[:-1])
    json = any(spelling.is_json(parent, text) for parent in chain[:-1])
    for written in spelling.spellings(
        wanted, old, newline=before.newline, column=old.column, flow=flow, text=text, json=json
    ):
        gap = " " if text[old.value_begin - 1 : old.value_begin] == ":" else ""
        yield text[: old.value_begin] + gap + written + text[old.value_end :]
    if isinstance(wanted, dict) and not flow:  # as new lines below the key
        for written in spelling.spellings(
            wanted, None, newline=before.newline, column=old.column, flow=False, text=text
        ):
            yield text[: old.key_end] + ":" + written + text[old.value_end :]


def _added(before: Text, path: Path, chain: list[Entry], wanted: Value) -> Iterator[str]:
    text, newline, block = before.text, before.newline, before.block
    missing = path[len(chain) :]
    if chain:
        parent, value = chain[-1], _nested(missing[1:], wanted)
        if parent.children and parent.style == "block-map":
            last = parent.children[-1]
            for line in _lines(missing[0], value, last.column, before, last):
                yield _inserted(text, last.line_end, line, newline)
        elif parent.children:
            last, json = parent.children[-1], any(spelling.is_json(each, text) for each in chain)
            for written in spelling.spellings(value, None, newline=newline, column=0, flow=True, text=text, json=json):
                added = spelling.pair(missing[0], written, last, text)
                yield text[: last.value_end] + "," + _gap(parent, text) + added + text[last.value_end :]
        else:
            yield from _replaced(before, chain, {missing[0]: value})
        return
    value = _nested(missing[1:], wanted)
    entries = before.found.entries
    if not entries and not before.found.whole:
        return  # what stands there is no list of keys, and one line more does not make it one
    column = entries[-1].column if entries else 0
    for line in _lines(missing[0], value, column, before, entries[-1] if entries else None):
        if block is None:
            at = 1 if text.startswith(BOM) else 0
            yield f"{text[:at]}---{newline}{line}{newline}---{newline}{text[at:]}"
            continue
        at = entries[-1].line_end if entries else block.begin
        if block.fault == "unclosed":
            closed = _inserted(text[: block.end], at, line, newline)
            ending = "" if closed.endswith(("\n", "\r")) else newline
            yield closed + ending + "---" + newline + text[block.end :]
        yield _inserted(text, at, line, newline)


def _gap(parent: Entry, text: str) -> str:
    """What stands between the comma and the last pair of a flow map: a line break where each pair has its own line."""
    if len(parent.children) == 1:
        between = text[parent.value_begin + 1 : parent.children[0].key_begin]
    else:
        between = text[parent.children[-2].value_end : parent.children[-1].key_begin].partition(",")[2]
    return between if between and between.isspace() and between.strip(" ") else " "


def _nested(rest: Path, value: Value) -> Value:
    for key in reversed(rest):
        value = {key: value}
    return value


def _lines(key: str, value: Value, column: int, before: Text, like: Entry | None) -> Iterator[str]:
    """The lines of a new key, without the last break."""
    for written in spelling.spellings(value, None, newline=before.newline, column=column, flow=False, text=before.text):
        yield " " * column + spelling.pair(key, written, like, before.text)


def _inserted(text: str, at: int, line: str, newline: str) -> str:
    """With a line put in before `at`, which is the beginning of a line, or the text's end."""
    before = "" if at == 0 or text[at - 1] in "\r\n" else newline
    return text[:at] + before + line + (newline if not before else "") + text[at:]


def _without(before: Text, path: Path, chain: list[Entry]) -> Iterator[str]:
    """With the key's lines taken out, all of them where it stands twice; a map's last key takes the map along."""
    while len(chain) > 1 and len(chain[-2].children) == 1:
        chain = chain[:-1]
    gone, text = chain[-1], before.text
    siblings = list(chain[-2].children) if len(chain) > 1 else before.found.entries
    if len(chain) > 1 and chain[-2].style == "flow-map":
        index = siblings.index(gone)
        if index + 1 < len(siblings):
            yield text[: gone.key_begin] + text[siblings[index + 1].key_begin :]
        else:
            yield text[: siblings[index - 1].value_end] + text[gone.value_end :]
        return
    after = text
    for entry in reversed(siblings):
        if entry.key == path[len(chain) - 1]:
            after = after[: entry.line_begin] + after[entry.line_end :]
    yield after


def _has_half(value: Value | None) -> bool:
    if isinstance(value, str):
        return _SURROGATE.search(value) is not None
    if isinstance(value, dict):
        return any(_has_half(key) or _has_half(each) for key, each in value.items())
    return value is not None and any(map(_has_half, value))


def _size(text: Text) -> int:
    return text.block.end - text.block.begin if text.block else 0


def _refusal(before: Text, path: Path, wanted: Value | None) -> Refused:
    rules = {problem.rule for problem in before.found.problems}
    reasons: list[tuple[Callable[[], bool], str]] = [
        (lambda: _has_half(wanted), "The text holds half of a character, which no file can."),
        (lambda: "yaml-alias" in rules, "The front matter uses YAML aliases, which would have to be followed."),
        (lambda: "yaml-too-large" in rules, "The front matter is too large to be changed safely."),
        (lambda: len(str(wanted)) + _size(before) > MAX_BLOCK, "The front matter would be too large: 64 KiB are read."),
        (lambda: "merge-conflict" in rules, "A merge conflict was left in the front matter."),
        (lambda: "not-a-mapping" in rules, "The front matter is not a list of keys."),
    ]
    why = next((text for holds, text in reasons if holds()), "No spelling of it leaves the other keys as they are.")
    return Refused(
        "unsafe_edit",
        f"{'.'.join(path)!r} was not changed. {why}",
        remedy="Change it in the text itself.",
        key=".".join(path),
    )
