"""What is wrong with a skill document: by the specification here, by client, style and safety in the modules it asks.

The spec rules are one to one with the reference validator's, so its verdict and ours agree wherever it can read a file;
where it cannot, the rule says why not. Invariant: the verdict is "no finding of level spec and severity error".
"""

from __future__ import annotations

import bisect
import re
import unicodedata
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from workbench.skills.document.block import BOM
from workbench.skills.document.entries import Entry, Problem, Value
from workbench.skills.document.fallback import STRAY
from workbench.skills.document.finding import Diagnostic, Finding, travelling
from workbench.skills.document.keys import FIELDS, is_clients, near

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

MAX_NAME: Final = 64
MAX_DESCRIPTION: Final = 1024
MAX_COMPATIBILITY: Final = 500

_WARNINGS: Final = frozenset(["yaml-anchor", "yaml-tag"])
_PLACES: Final = {
    "frontmatter-late": "Something stands before the front matter: it has to begin in the first line.",
    "frontmatter-comment": "A comment stands before the front matter: it has to begin in the first line.",
    "frontmatter-fenced": "The front matter lies in a code fence: it has to begin in the first line.",
    "unclosed": "The front matter has no closing line.",
}
_INSTEAD: Final = {"name": ("slug", "id"), "description": ("summary", "short_description", "shortDescription")}
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_FIXES: Final = {
    "frontmatter-late": {"do": "move-up"},
    "frontmatter-comment": {"do": "move-up"},
    "frontmatter-fenced": {"do": "unfence"},
    "unclosed": {"do": "close"},
}


def diagnose(document: SkillDocument) -> list[Diagnostic]:
    """Every finding of every level, in the order of the file, with lines and columns that begin at 1."""
    from workbench.skills.document import clients, safety, style

    found = list(spec(document))
    broken = frozenset(each.rule for each in found if each.severity == "error")
    found += (each for each in clients.findings(document, broken) if each.because not in broken)
    found += style.findings(document)
    found += safety.findings(document)
    told = {part for each in found if each.rule == "yaml-value" for part in (each.at, each.message)}
    once = (each for each in found if each.rule != "yaml" or not told & {each.at, each.message})
    return travelling(once, document.text)


def mendable(document: SkillDocument, rule: str) -> list[Diagnostic]:
    """The findings of one rule that have a fix; no more is looked for than it takes."""
    from workbench.skills.document import clients, style

    found = list(spec(document))
    if "/" in rule:
        broken = frozenset(each.rule for each in found if each.severity == "error")
        found = [each for each in clients.findings(document, broken) if each.because not in broken]
    elif all(each.rule != rule for each in found):
        found = list(style.findings(document))
    return travelling((each for each in found if each.rule == rule and each.fix), document.text)


def spec(document: SkillDocument) -> Iterator[Finding]:
    """What the specification has against it."""
    if document.utf16 is not None:
        yield Finding("encoding", 0, "The file is UTF-16. Save it as UTF-8.", fix={"do": "utf-8"})
        return
    yield from _encoding(document.text)
    block = document.parsed.block
    if block is None:
        name = suggested(document.folder or "")
        fix = {"key": "name", "value": name} if name else None
        yield Finding(
            "no-frontmatter", 0, "There is no front matter: the file has to begin with a line '---'.", fix=fix
        )
        return
    if block.fault is not None:
        fix = _FIXES[block.fault] if document.entries else None  # where nothing was read, the place is a guess
        yield Finding(block.fault, block.opening, _PLACES[block.fault], fix=fix)
    places = _Entries(document)
    for problem in document.parsed.found.problems:
        severity = "warning" if problem.rule in _WARNINGS else "error"
        yield Finding(problem.rule, problem.at, problem.message, severity, fix=places.rewriting(problem))
    yield from _twins(document.entries, places)
    yield from _unknown(document, places)
    yield from _required(document, block.begin, places)
    yield from _compatibility(document)


class _Entries:
    """The keys by place, for problems that know only where they are."""

    def __init__(self, document: SkillDocument) -> None:
        self._entries = entries = document.entries
        self._begins = [entry.line_begin for entry in entries]
        self._last = {entry.key: index for index, entry in enumerate(entries)}
        self.takes_lines = _takes_lines(document)
        self._cut = {entries[index].key for index in self._before_strays(document.parsed.found.problems)}

    def _before_strays(self, problems: list[Problem]) -> Iterator[int]:
        """The keys behind whose lines stand some that belong to none: they may be the rest of their values."""
        for problem in problems:
            if problem.message == STRAY and (index := bisect.bisect_right(self._begins, problem.at)):
                yield index - 1

    def is_mendable(self, entry: Entry) -> bool:
        """Whether what was read of it is all of its value, as far as can be told."""
        if entry.style != "raw":
            return True
        if not entry.key.isprintable() or " #" in entry.key or entry.key in self._cut:
            return False
        return _SURROGATE.search(str(entry.value)) is None

    def is_movable(self, entry: Entry) -> bool:
        return self.takes_lines and self.is_mendable(entry) and not entry.children

    def rewriting(self, problem: Problem) -> dict[str, Any] | None:
        """To write a value anew, in quotes if it must be: what mends one that cannot be read, a tag and an anchor."""
        index = bisect.bisect_right(self._begins, problem.at)
        for place in range(max(0, index - 2), index):  # a reader gives up at a line's end, or where the next one begins
            entry = self._entries[place]
            if self._last[entry.key] != place:
                continue  # the twin that counts is a later one
            raw = entry.style == "raw" and self.is_mendable(entry)
            if problem.rule == "yaml-value" and raw and problem.at <= entry.line_end:
                return {"key": entry.key, "rewrite": True}
            for path, each in _leaves(entry, (entry.key,)) if problem.rule in _WARNINGS else ():
                if each.value_begin == problem.at:
                    return {"key": path[0] if len(path) == 1 else list(path), "rewrite": True}
        return None


def _leaves(entry: Entry, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Entry]]:
    yield path, entry
    for child in entry.children:
        yield from _leaves(child, (*path, child.key))


def _encoding(text: str) -> Iterator[Finding]:
    if text.startswith(BOM):
        yield Finding("bom", 0, "The file begins with a byte order mark.", "warning", fix={"do": "remove-bom"})
    if not text.isascii() and (found := _SURROGATE.search(text)):
        yield Finding("encoding", found.start(), "The file is not UTF-8.")


def _takes_lines(document: SkillDocument) -> bool:
    """Whether keys of the front matter can come and go as lines: it is no flow map, no list and no mere text."""
    block, found = document.parsed.block, document.parsed.found
    if block is None:
        return True
    if not found.entries:
        return found.whole
    return document.text[found.entries[0].line_begin : found.entries[0].key_begin].strip() == ""


def _twins(entries: list[Entry], places: _Entries) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in entries:
        if entry.key in seen:
            message = f"The key {entry.key!r} stands twice; the last one counts."
            fix = {"key": entry.key, "keep": "last"} if places.takes_lines else None
            yield Finding("duplicate-key", entry.key_begin, message, fix=fix)
        seen.add(entry.key)


def _unknown(document: SkillDocument, places: _Entries) -> Iterator[Finding]:
    fields = document.fields
    metadata = fields.get("metadata", {})
    for entry in {entry.key: entry for entry in document.entries if entry.key not in FIELDS}.values():
        message = f"The specification has no field {entry.key!r}: clients may refuse or ignore it."
        fix: dict[str, Any] | None = None
        meant = near(entry.key)
        if meant in FIELDS and meant not in fields:
            message = f"{message} Did you mean {meant!r}?"
            fix = {"key": entry.key, "rename": meant} if places.is_mendable(entry) else None
        elif is_clients(entry.key) or meant is not None:
            pass  # moved, it would lose the meaning that it has, or was to have, there
        elif places.is_movable(entry) and isinstance(metadata, dict) and entry.key not in metadata:
            fix = {"key": entry.key, "move_to": ["metadata", entry.key]}
        yield Finding("unknown-field", entry.key_begin, message, fix=fix)


def _required(document: SkillDocument, at: int, places: _Entries) -> Iterator[Finding]:
    last = {entry.key: entry for entry in document.entries}
    name, description = last.get("name"), last.get("description")
    if name is None:
        folder = suggested(document.folder or "") if places.takes_lines else ""
        fix = {"key": "name", "value": folder} if folder else _standing_for("name", last)
        yield Finding("name-missing", at, "There is no name.", fix=fix)
    else:
        yield from _name(name, document.folder)
    if description is None:
        message = "There is no description: clients choose a skill by it."
        yield Finding("description-missing", at, message, fix=_standing_for("description", last))
    elif not _is_text(description.value):
        yield Finding("description-empty", description.value_begin, "The description is empty.")
    elif len(description.value) > MAX_DESCRIPTION:
        message = f"The description has {len(description.value):,} characters; {MAX_DESCRIPTION:,} are allowed."
        yield Finding("description-too-long", description.value_begin, message)


def _standing_for(key: str, entries: dict[str, Entry]) -> dict[str, Any] | None:
    """A key that other systems use where the specification has this one."""
    for other in _INSTEAD[key]:
        if other in entries and _is_text(entries[other].value):
            return {"key": other, "rename": key}
    return None


def _name(entry: Entry, folder: str | None) -> Iterator[Finding]:
    at = entry.value_begin
    if not _is_text(entry.value):
        yield Finding("name-empty", at, "The name is empty.")
        return
    name = unicodedata.normalize("NFKC", str(entry.value).strip())
    better = {"key": "name", "value": suggested(name)} if suggested(name) else None
    if len(name) > MAX_NAME:
        yield Finding("name-too-long", at, f"The name has {len(name)} characters; {MAX_NAME} are allowed.")
    if name != name.lower():
        yield Finding("name-case", at, "The name has to be in lower case.", fix=better)
    if name.startswith("-") or name.endswith("-"):
        yield Finding("name-edge-hyphen", at, "The name begins or ends with a hyphen.", fix=better)
    if "--" in name:
        yield Finding("name-double-hyphen", at, "The name holds two hyphens in a row.", fix=better)
    if not all(character.isalnum() or character == "-" for character in name):
        message = "The name may hold letters, digits and hyphens only."
        if folder is not None and suggested(folder) != folder:
            message += f" The folder has to be renamed too: {folder!r}."
        yield Finding("name-characters", at, message, fix=better)
    if folder is not None and unicodedata.normalize("NFKC", folder) != name:
        if suggested(folder) == folder:
            fix, message = {"key": "name", "value": folder}, f"The name is not the folder's: {folder!r}."
        else:
            fix, message = None, f"The name is not the folder's, which has to be renamed: {folder!r}."
        yield Finding("name-folder", at, message, fix=fix)


def _compatibility(document: SkillDocument) -> Iterator[Finding]:
    entry = next((entry for entry in reversed(document.entries) if entry.key == "compatibility"), None)
    if entry is None:
        return
    if not isinstance(entry.value, str):
        items = entry.value if isinstance(entry.value, list) else []
        texts = [item for item in items if isinstance(item, str)]
        fix = {"key": entry.key, "value": ", ".join(texts)} if texts and len(texts) == len(items) else None
        yield Finding("compatibility-type", entry.value_begin, "The compatibility is not plain text.", fix=fix)
    elif len(entry.value) > MAX_COMPATIBILITY:
        message = f"The compatibility has {len(entry.value):,} characters; {MAX_COMPATIBILITY} are allowed."
        yield Finding("compatibility-too-long", entry.value_begin, message)


def suggested(name: str) -> str:
    """A name that is allowed and looks like this one; empty when nothing of it is left."""
    words = "".join(character if character.isalnum() else " " for character in name.lower()).split()
    return "-".join(words)[:MAX_NAME].strip("-")


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())
