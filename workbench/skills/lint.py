"""What is wrong with a skill document by the specification, each finding with its rule, place and, where there is one, fix.

The spec rules are one to one with the reference validator's, so its verdict and ours agree wherever it can read a file;
where it cannot, the rule says why not. Invariant: the verdict is "no finding of level spec and severity error".
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from workbench.skills.block import BOM
from workbench.skills.entries import Entry, Value

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

FIELDS: Final = frozenset(["name", "description", "license", "allowed-tools", "metadata", "compatibility"])
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
_BREAK: Final = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Finding:
    """One rule broken at one place; `fix` is the key and the value that would mend it, or None."""

    rule: str
    at: int
    message: str
    severity: str = "error"
    level: str = "spec"
    fix: dict[str, Any] | None = None


def diagnose(document: SkillDocument) -> list[dict[str, Any]]:
    """Every finding, in the order of the file, with lines and columns that begin at 1."""
    places = _Places(document.text)
    findings = sorted(_findings(document), key=lambda finding: finding.at)
    return [
        {
            "rule": each.rule,
            "level": each.level,
            "severity": each.severity,
            **places.of(each.at),
            "message": each.message,
            "fix": each.fix,
        }
        for each in findings
    ]


def _findings(document: SkillDocument) -> Iterator[Finding]:
    if document.utf16 is not None:
        yield Finding("encoding", 0, "The file is UTF-16. Save it as UTF-8.")
        return
    yield from _encoding(document.text)
    block = document.read.block
    if block is None:
        yield Finding("no-frontmatter", 0, "There is no front matter: the file has to begin with a line '---'.")
        return
    if block.fault is not None:
        yield Finding(block.fault, block.opening, _PLACES[block.fault])
    for problem in document.read.found.problems:
        severity = "warning" if problem.rule in _WARNINGS else "error"
        yield Finding(problem.rule, problem.at, problem.message, severity)
    yield from _twins(document.entries)
    yield from _unknown(document.entries)
    yield from _required(document, block.begin)
    yield from _compatibility(document)


def _encoding(text: str) -> Iterator[Finding]:
    if text.startswith(BOM):
        yield Finding("bom", 0, "The file begins with a byte order mark.", "warning")
    if not text.isascii():
        for at, character in enumerate(text):
            if "\ud800" <= character <= "\udfff":
                yield Finding("encoding", at, "The file is not UTF-8.")
                return


def _twins(entries: list[Entry]) -> Iterator[Finding]:
    seen: set[str] = set()
    for entry in entries:
        if entry.key in seen:
            yield Finding("duplicate-key", entry.key_begin, f"The key {entry.key!r} stands twice; the last one counts.")
        seen.add(entry.key)


def _unknown(entries: list[Entry]) -> Iterator[Finding]:
    for entry in {entry.key: entry for entry in entries if entry.key not in FIELDS}.values():
        message = f"The specification has no field {entry.key!r}: clients may refuse or ignore it."
        fix = None if entry.children else {"key": entry.key, "move_to": ["metadata", entry.key]}
        yield Finding("unknown-field", entry.key_begin, message, fix=fix)


def _required(document: SkillDocument, at: int) -> Iterator[Finding]:
    last = {entry.key: entry for entry in document.entries}
    name, description = last.get("name"), last.get("description")
    if name is None:
        fix = {"key": "name", "value": document.folder} if document.folder else None
        yield Finding("name-missing", at, "There is no name.", fix=fix)
    else:
        yield from _name(name, document.folder)
    if description is None:
        yield Finding("description-missing", at, "There is no description: clients choose a skill by it.")
    elif not _is_text(description.value):
        yield Finding("description-empty", description.value_begin, "The description is empty.")
    elif len(description.value) > MAX_DESCRIPTION:
        message = f"The description has {len(description.value):,} characters; {MAX_DESCRIPTION:,} are allowed."
        yield Finding("description-too-long", description.value_begin, message)


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
        yield Finding("name-characters", at, "The name may hold letters, digits and hyphens only.", fix=better)
    if folder is not None and unicodedata.normalize("NFKC", folder) != name:
        fix = {"key": "name", "value": folder} if suggested(folder) == folder else better
        yield Finding("name-folder", at, f"The name is not the folder's: {folder!r}.", fix=fix)


def _compatibility(document: SkillDocument) -> Iterator[Finding]:
    entry = next((entry for entry in reversed(document.entries) if entry.key == "compatibility"), None)
    if entry is None:
        return
    if not isinstance(entry.value, str):
        yield Finding("compatibility-type", entry.value_begin, "The compatibility is not plain text.")
    elif len(entry.value) > MAX_COMPATIBILITY:
        message = f"The compatibility has {len(entry.value):,} characters; {MAX_COMPATIBILITY} are allowed."
        yield Finding("compatibility-too-long", entry.value_begin, message)


def suggested(name: str) -> str:
    """A name that is allowed and looks like this one; empty when nothing of it is left."""
    words = "".join(character if character.isalnum() else " " for character in name.lower()).split()
    return "-".join(words)[:MAX_NAME].strip("-")


def _is_text(value: Value) -> bool:
    return isinstance(value, str) and bool(value.strip())


class _Places:
    """Lines and columns of offsets."""

    def __init__(self, text: str) -> None:
        self._text = text

    def of(self, at: int) -> dict[str, int]:
        breaks = [found.end() for found in _BREAK.finditer(self._text, 0, at)]
        return {"line": len(breaks) + 1, "column": at - (breaks[-1] if breaks else 0) + 1}
