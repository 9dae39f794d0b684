"""The keys of a front matter with the exact characters that each takes, read from the parser's events.

Idea: libyaml's events carry marks and styles before anything is built, so foreign YAML is never handed to a loader (which
recurses in C and ends the process at 60,000 brackets), and every scalar stays the text that it is: `no`, `1.10` and dates
are strings. Invariant: for each entry, `text[value_begin:value_end]` is its value as written and no more, and the lines
`[line_begin, line_end)` are its own; so cutting or replacing them touches nobody else.

A block that no YAML reader takes is `fallback`'s to read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import yaml

from workbench.skills.document.block import MAX_BLOCK, line_end, line_start

Value = str | list["Value"] | dict[str, "Value"]

MAX_EVENTS: Final = 5_000
MAX_DEPTH: Final = 20

_BREAKS: Final = "\x85\u2028\u2029"
"""libyaml ends lines here and YAML 1.2 does not: they are stood in for while it reads."""
_STAND_INS: Final = range(0xE000, 0xE100)
_SURROGATE: Final = re.compile("[\ud800-\udfff]")

_PLAINLY: Final = {
    "mapping values are not allowed in this context": "A colon stands where none may: put the value in quotes, or mend the indent.",
    "could not find expected ':'": "This line has no colon: a key is followed by one.",
    "did not find expected key": "A key is expected here: look at the indent, and at quotes in the line before.",
    "did not find expected node content": "A value is expected here.",
    "found unexpected end of stream": "It ends in the middle of a value.",
    "found a tab character that violates indentation": "Lines are indented by blanks, not by a tab.",
    "found character that cannot start any token": "Lines are indented by blanks, not by a tab.",
    "block sequence entries are not allowed in this context": "A list may not begin here: put it on a line of its own.",
    "did not find expected alphabetic or numeric character": "A value may not begin with * or &: put it in quotes.",
    "found unknown escape character": "There is no such escape in double quotes: use single ones.",
}
"""What the parser says most often, for people who do not know how YAML is read."""

try:
    from yaml._yaml import CParser as _Parser
except ImportError:  # pragma: no cover - PyYAML without libyaml: the same events, ten times slower

    class _Parser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):  # type: ignore[no-redef]
        def __init__(self, stream: str) -> None:
            yaml.reader.Reader.__init__(self, stream)
            yaml.scanner.Scanner.__init__(self)
            yaml.parser.Parser.__init__(self)


@dataclass(frozen=True)
class Entry:
    """One `key: value`. `style` is how the value is written: plain, ', ", |, >, flow-map, flow-list, block-map,
    block-list, empty, or raw where it could not be read as YAML.
    """

    key: str
    value: Value
    style: str
    key_begin: int
    key_end: int
    value_begin: int
    value_end: int
    line_begin: int = 0
    line_end: int = 0
    column: int = 0
    children: tuple[Entry, ...] = ()
    """The pairs of a nested map."""


@dataclass(frozen=True)
class Problem:
    """What is wrong at a place: a rule, and what the reader said."""

    rule: str
    at: int
    message: str


@dataclass
class Found:
    """What a block holds. `whole` says that it was read as one YAML document."""

    entries: list[Entry] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    whole: bool = True


class Unfit(Exception):
    """The text cannot be read as it stands."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def read_whole(text: str, begin: int, end: int) -> Found:
    """The entries of `text[begin:end]`, read as one YAML document. Raises Unfit where it is none."""
    if end - begin > MAX_BLOCK:
        raise Unfit(Problem("yaml-too-large", begin, "The front matter is larger than 64 KiB."))
    return _Reading(text, begin, end).document()


class _Node(NamedTuple):
    """A value, and where it is written."""

    value: Value
    style: str
    begin: int
    end: int
    children: tuple[Entry, ...] = ()


class _Reading:
    """One pass over the events of one block. Recursion is over nested collections, at most MAX_DEPTH deep."""

    def __init__(self, text: str, begin: int, end: int) -> None:
        self.text, self.begin, self.end = text, begin, end
        self.problems: list[Problem] = []
        block = text[begin:end]
        lead = len(block) - len(block.lstrip(" \t\r\n"))
        if lead and (cut := max(block.rfind("\n", 0, lead), block.rfind("\r", 0, lead)) + 1):
            block, self.begin = block[cut:], begin + cut  # a blank line with a tab is nothing to every other reader
        if "\ufeff" in block:
            at = self.begin + block.index("\ufeff")
            raise Unfit(Problem("yaml", at, "A second byte order mark stands within the front matter."))
        self.back: dict[int, str] = {}
        if not block.isascii():
            block = _SURROGATE.sub("\ufffd", block)
            free = (chr(point) for point in _STAND_INS if chr(point) not in block)
            for mark in _BREAKS:
                if mark in block:
                    stand_in = next(free)
                    block = block.replace(mark, stand_in)
                    self.back[ord(stand_in)] = mark
        self.block = block
        self.events = 0

    def document(self) -> Found:
        parser = _Parser(self.block)
        try:
            self.next = parser.get_event
            return Found(self._document(), self.problems)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            at = self.begin + (min(mark.index, len(self.block)) if mark else 0)
            raise Unfit(Problem("yaml", at, self._plainly(error))) from error
        except (yaml.YAMLError, UnicodeError, ValueError) as error:
            raise Unfit(
                Problem("yaml", self.begin, "This is not YAML: it holds a character that may not be there.")
            ) from error
        finally:
            parser.dispose()

    def _plainly(self, error: yaml.MarkedYAMLError) -> str:
        """What is wrong, in words for people who do not know how YAML is read."""
        said = error.problem or error.context or "it cannot be read"
        begun, mark = error.context_mark, error.problem_mark
        line = 1 + self.text.count("\n", 0, self.begin + begun.index) if begun else 0
        if said.startswith("did not find expected ',' or ") and begun:
            bracket = "[" if said.endswith("']'") else "{"
            return f"The {bracket} of line {line} is not closed."
        if error.context == "while scanning a quoted scalar" and begun:
            return f"The quote that begins in line {line} is not closed."
        at = self.block[mark.index : mark.index + 1] if mark else ""
        if said == "found character that cannot start any token" and at.strip():
            return f"A value may not begin with {at}: put it in quotes."
        return _PLAINLY.get(said, f"This is not YAML: {said}.")

    def _document(self) -> list[Entry]:
        self._event()  # the stream
        first = self._event()
        if isinstance(first, yaml.StreamEndEvent):
            return []
        root = self._event()
        if not isinstance(root, yaml.MappingStartEvent):
            if isinstance(root, yaml.ScalarEvent) and not root.value and root.style is None:
                return []
            raise Unfit(Problem("not-a-mapping", self._at(root.start_mark), "The front matter is not a list of keys."))
        entries, _ = self._pairs(root, 1)
        self._event()  # the document's end
        if not isinstance(self._event(), yaml.StreamEndEvent):
            raise Unfit(Problem("yaml", self.begin, "The front matter holds more than one document."))
        return entries

    def _event(self) -> Any:
        self.events += 1
        if self.events > MAX_EVENTS:
            raise Unfit(Problem("yaml-too-large", self.begin, "The front matter has more than 5,000 parts."))
        return self.next()

    def _at(self, mark: Any) -> int:
        return self.begin + int(mark.index)

    def _pairs(self, start: Any, depth: int) -> tuple[list[Entry], int]:
        """The entries of a mapping whose start was read, and where it ends."""
        entries: list[Entry] = []
        while not isinstance(event := self._event(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                rule = "yaml-alias" if isinstance(event, yaml.AliasEvent) else "not-a-mapping"
                raise Unfit(Problem(rule, self._at(event.start_mark), "A key is not plain text."))
            key_end = self._at(event.end_mark)
            node = self._node(self._event(), depth, key_end)
            entries.append(self._entry(self._text(event), self._at(event.start_mark), key_end, node))
        if start.flow_style:
            return entries, self._at(event.end_mark)
        return entries, entries[-1].value_end if entries else self._at(start.end_mark)

    def _entry(self, key: str, key_begin: int, key_end: int, node: _Node) -> Entry:
        value, style, value_begin, value_end, children = node
        begin = line_start(self.text, key_begin, self.begin)
        end = min(line_end(self.text, value_end), max(self.end, value_end))
        column = key_begin - begin
        return Entry(key, value, style, key_begin, key_end, value_begin, value_end, begin, end, column, children)

    def _node(self, event: Any, depth: int, key_end: int) -> _Node:
        """The value that begins with `event`."""
        begin = self._at(event.start_mark)
        if isinstance(event, yaml.AliasEvent):
            raise Unfit(Problem("yaml-alias", begin, "Aliases are not followed."))
        self._note(event, begin)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, begin, key_end)
        if depth >= MAX_DEPTH:
            raise Unfit(Problem("yaml-depth", begin, "The front matter is nested more than 20 deep."))
        if isinstance(event, yaml.MappingStartEvent):
            children, end = self._pairs(event, depth + 1)
            style = "flow-map" if event.flow_style else "block-map"
            value: Value = {child.key: child.value for child in children}
            return _Node(value, style, begin, end, tuple(children))
        items: list[_Node] = []
        while not isinstance(item := self._event(), yaml.SequenceEndEvent):
            items.append(self._node(item, depth + 1, self._at(item.start_mark)))
        if event.flow_style:
            return _Node([each.value for each in items], "flow-list", begin, self._at(item.end_mark))
        end = items[-1].end if items else self._at(event.end_mark)
        return _Node([each.value for each in items], "block-list", begin, end)

    def _note(self, event: Any, at: int) -> None:
        if event.anchor is not None:
            self.problems.append(Problem("yaml-anchor", at, "An anchor is ignored by most readers."))
        if event.tag is not None:
            self.problems.append(Problem("yaml-tag", at, "A tag is ignored: every value is read as text."))

    def _scalar(self, event: Any, begin: int, key_end: int) -> _Node:
        end = self._at(event.end_mark)
        style = event.style or "plain"
        if style in "|>":
            end = self._content_end(begin, end)
        elif style == "plain" and begin == end:
            begin = end = self._behind_colon(key_end) if begin >= key_end else begin
            style = "empty"
        return _Node(self._text(event), style, begin, end)

    def _content_end(self, begin: int, end: int) -> int:
        """The end of a block scalar's last line that says something, without its break: the mark is behind blank ones."""
        return begin + len(self.text[begin:end].rstrip(" \t\r\n"))

    def _behind_colon(self, key_end: int) -> int:
        colon = self.text.find(":", key_end, self.end)
        return colon + 1 if colon >= 0 else key_end

    def _text(self, event: Any) -> str:
        value: str = event.value
        return value.translate(self.back) if self.back else value
