"""What each client stumbles over, one function a client, as its loader or its documentation shows it.

Invariant: a function yields an error only where its client does not load the skill at all. What follows from a broken rule
of the specification names that rule in `because`, so that it need not be said twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from workbench.skills.document.block import BOM
from workbench.skills.document.entries import Entry
from workbench.skills.document.finding import Finding
from workbench.skills.document.keys import FIELDS, near

if TYPE_CHECKING:
    from workbench.skills.skill import SkillDocument

MAX_NAME: Final = 64
MAX_DESCRIPTION: Final = 1024
MAX_LISTED: Final = 1536
"""So many characters of description and when_to_use together come into Claude Code's listing."""

_XML: Final = re.compile(r"<[^<>\s][^<>]{0,200}>")
_API_NAME: Final = re.compile(r"[a-z0-9-]+")
_UNSAFE_NAME: Final = re.compile(r'[:\\/<>*?"|]')
_NOT_A_STRING: Final = re.compile(
    r"~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?[0-9][0-9_]*(?:\.[0-9]*)?(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_BROKEN: Final = ("yaml", "not-a-mapping", "merge-conflict", "yaml-depth", "yaml-too-large")
_SWITCHES: Final = ("disable-model-invocation", "user-invocable", "background", "default-enabled")
_SWITCH_WORDS: Final = frozenset(["true", "false", "yes", "no", "on", "off", "1", "0"])
_CHOICES: Final = {
    "context": frozenset(["fork"]),
    "effort": frozenset(["low", "medium", "high", "xhigh", "max"]),
    "shell": frozenset(["bash", "powershell"]),
}


@dataclass(frozen=True)
class Seen:
    """A document as the rules look at it."""

    document: SkillDocument
    broken: frozenset[str]

    @cached_property
    def last(self) -> dict[str, Entry]:
        return {entry.key: entry for entry in self.document.entries}

    @cached_property
    def opening(self) -> str:
        block = self.document.parsed.block
        return self.document.text[block.opening : block.begin] if block else ""

    @cached_property
    def closing(self) -> str:
        block = self.document.parsed.block
        return self.document.text[block.end : block.body] if block else ""

    @property
    def bom(self) -> bool:
        return self.document.text.startswith(BOM)

    @property
    def misplaced(self) -> str | None:
        """The rule that says why the front matter is not found at all."""
        return next((rule for rule in _MISPLACED if rule in self.broken), None)

    def text(self, key: str) -> str:
        value = self.document.fields.get(key)
        return value if isinstance(value, str) else ""

    def at(self, key: str) -> int:
        return self.last[key].value_begin if key in self.last else 0


_MISPLACED: Final = ("no-frontmatter", "unclosed", "frontmatter-late", "frontmatter-comment", "frontmatter-fenced")


def _unread(seen: Seen, *, bom: bool, says: str) -> Iterator[Finding]:
    """That the front matter is not where this client looks for it."""
    if seen.document.utf16 is not None:
        yield Finding("encoding", 0, "The file is UTF-16, which is not read.", because="encoding")
    elif seen.misplaced is not None:
        yield Finding("front-matter", 0, says, because=seen.misplaced)
    elif seen.bom and not bom:
        message = f"{says} The byte order mark before it is in the way."
        yield Finding("byte-order-mark", 0, message, fix={"do": "remove-bom"})


def _required(seen: Seen, keys: tuple[str, ...] = ("name", "description")) -> Iterator[Finding]:
    for key in keys:
        if key not in seen.last:
            yield Finding(f"{key}-missing", 0, f"Without a {key} it is not loaded.", because=f"{key}-missing")
        elif not seen.text(key).strip():
            yield Finding(
                f"{key}-missing", seen.at(key), f"With an empty {key} it is not loaded.", because=f"{key}-empty"
            )


# -- one function a client; the rule's prefix is put before it


def _claude_code(seen: Seen) -> Iterator[Finding]:
    document = seen.document
    if document.utf16 is not None:
        yield Finding("encoding", 0, "The file is UTF-16, which is not read.", because="encoding")
        return
    if not document.text.strip():
        yield Finding("empty", 0, "The file is empty.", because="no-frontmatter")
        return
    lost = "The file is loaded as plain instructions, and its name and description are lost."
    if seen.misplaced is not None:
        yield Finding("front-matter", 0, lost, "warning", because=seen.misplaced)
        return
    if broken := next((rule for rule in _BROKEN if rule in seen.broken), None):
        yield Finding("front-matter", 0, lost, "warning", because=broken)
        return
    if not seen.text("description").strip():
        message = "Without a description, the first paragraph stands for it in the listing."
        because = "description-empty" if "description" in seen.last else "description-missing"
        yield Finding("description-missing", seen.at("description"), message, "warning", because=because)
    yield from _listing(seen)
    yield from _claude_keys(seen)
    if document.folder and document.name and document.name.strip() != document.folder:
        message = f"The command is the folder's name, /{document.folder}; the name is only shown."
        yield Finding("name-shown-only", seen.at("name"), message, "info", because="name-folder")


def _listing(seen: Seen) -> Iterator[Finding]:
    length = len(seen.text("description")) + len(seen.text("when_to_use"))
    if length > MAX_LISTED:
        message = f"The listing cuts description and when_to_use at {MAX_LISTED:,} characters; they have {length:,}."
        yield Finding("description-cut", seen.at("description"), message, "warning")


def _claude_keys(seen: Seen) -> Iterator[Finding]:
    for key, entry in seen.last.items():
        meant = near(key)
        if meant is not None and meant not in seen.last:
            message = f"The key {key!r} is ignored. Did you mean {meant!r}?"
            because = "unknown-field" if meant in FIELDS else None
            fix = {"key": key, "rename": meant}
            yield Finding("key-misspelt", entry.key_begin, message, "warning", fix=fix, because=because)
        elif key in _SWITCHES and (not isinstance(entry.value, str) or entry.value.lower() not in _SWITCH_WORDS):
            yield Finding("not-a-switch", entry.value_begin, f"{key!r} is neither true nor false.", "warning")
        elif key in _CHOICES and entry.value not in _CHOICES[key]:
            message = f"{key!r} may be: {', '.join(sorted(_CHOICES[key]))}."
            yield Finding("not-a-choice", entry.value_begin, message, "warning")
    if "agent" in seen.last and seen.text("context") != "fork":
        yield Finding("agent-without-fork", seen.last["agent"].key_begin, "'agent' needs 'context: fork'.", "warning")
    no, yes = ("false", "no", "off", "0"), ("true", "yes", "on", "1")
    if seen.text("user-invocable").lower() in no and seen.text("disable-model-invocation").lower() in yes:
        message = "Neither the user nor the model may invoke it: it can never run."
        yield Finding("never-invoked", seen.last["user-invocable"].key_begin, message, "warning")


def _codex(seen: Seen) -> Iterator[Finding]:
    document, at = seen.document, seen.at
    stopped = list(_unread(seen, bom=False, says="The front matter has to begin in the first line and be closed."))
    yield from stopped
    if stopped:
        return
    if "encoding" in seen.broken:
        yield Finding("encoding", 0, "A file that is not UTF-8 is not loaded.", because="encoding")
    yield from _fences(seen, lambda line: line.strip(" \t\r\n") == "---")
    if broken := next((rule for rule in _BROKEN if rule in seen.broken), None):
        yield Finding("yaml", 0, "It is loaded only if all of its front matter is YAML.", because=broken)
    yield from _required(seen)
    for key in ("name", "description"):
        entry = seen.last.get(key)
        if entry and entry.style == "plain" and _NOT_A_STRING.fullmatch(seen.text(key)):
            message = f"The {key} is read as a number or a word of YAML; put it in quotes."
            yield Finding("not-a-string", at(key), message, fix={"key": key, "rewrite": True})
        if sum(each.key == key for each in document.entries) > 1:
            yield Finding("duplicate-key", at(key), f"The key {key!r} may stand only once.", because="duplicate-key")
    if len(" ".join(seen.text("name").split())) > MAX_NAME:
        yield Finding(
            "name-too-long", at("name"), "A name of more than 64 characters is refused.", because="name-too-long"
        )
    if len(" ".join(seen.text("description").split())) > MAX_DESCRIPTION:
        message = "A description of more than 1,024 characters is refused."
        yield Finding("description-too-long", at("description"), message, because="description-too-long")
    yield from _codex_metadata(seen)


def _codex_metadata(seen: Seen) -> Iterator[Finding]:
    metadata = seen.document.fields.get("metadata")
    if isinstance(metadata, list) or (isinstance(metadata, str) and metadata.strip() not in ("", "~", "null")):
        yield Finding("metadata-type", seen.at("metadata"), "Metadata that is not a map is refused.")
    elif isinstance(metadata, dict):
        short = metadata.get("short-description", "")
        if not isinstance(short, str) or len(short) > MAX_DESCRIPTION:
            message = "metadata.short-description has to be text of at most 1,024 characters."
            yield Finding("short-description", seen.at("metadata"), message)


def _gemini(seen: Seen) -> Iterator[Finding]:
    stopped = list(_unread(seen, bom=False, says="The front matter has to begin in the first line and be closed."))
    yield from stopped
    if stopped:
        return
    yield from _fences(seen, lambda line: line in ("---\n", "---\r\n", "---") or line.startswith("---\r\n"))
    yield from _required(seen)
    if _UNSAFE_NAME.search(seen.text("name")):
        message = "Characters that a file name cannot hold become hyphens in the name."
        yield Finding("name-changed", seen.at("name"), message, "warning", because="name-characters")


def _copilot(seen: Seen) -> Iterator[Finding]:
    stopped = list(_unread(seen, bom=True, says="Without front matter in the first line it is not loaded."))
    yield from stopped
    if stopped:
        return
    yield from _required(seen)
    folder, name = seen.document.folder, _XML.sub("", seen.text("name"))[:MAX_NAME]
    if folder and name.strip() and name != folder:
        message = f"The name has to be the folder's, {folder!r}; otherwise it is not loaded."
        yield Finding("name-folder", seen.at("name"), message, because="name-folder")
    if len(seen.text("description")) > MAX_DESCRIPTION:
        message = "The description is cut at 1,024 characters."
        yield Finding("description-cut", seen.at("description"), message, "warning", because="description-too-long")


def _api(seen: Seen) -> Iterator[Finding]:
    at = seen.at
    stopped = list(_unread(seen, bom=True, says="An upload without front matter in the first line is refused."))
    yield from stopped
    if stopped:
        return
    if broken := next((rule for rule in (*_BROKEN, "encoding", "duplicate-key") if rule in seen.broken), None):
        yield Finding("front-matter", 0, "Front matter that is not sound YAML is refused.", because=broken)
    yield from _required(seen)
    for key, entry in seen.last.items():
        if key not in FIELDS:
            yield Finding("unknown-field", entry.key_begin, f"The key {key!r} is refused.", because="unknown-field")
    name = seen.text("name").strip()
    if name and not (_API_NAME.fullmatch(name) and len(name) <= MAX_NAME):
        message = "The name may hold lower-case letters a to z, digits and hyphens, 64 at most."
        because = next(
            (rule for rule in ("name-case", "name-characters", "name-too-long") if rule in seen.broken), None
        )
        yield Finding("name-characters", at("name"), message, because=because)
    if word := next((word for word in ("anthropic", "claude") if word in name.lower()), None):
        yield Finding("name-reserved", at("name"), f"A name that holds {word!r} is reserved, and refused.")
    for key in ("name", "description"):
        if found := _XML.search(seen.text(key)):
            message = f"The {key} holds {found[0]!r}: XML tags are refused."
            yield Finding("xml-tag", at(key), message, because="name-characters" if key == "name" else None)
    if len(seen.text("description")) > MAX_DESCRIPTION:
        message = "A description of more than 1,024 characters is refused."
        yield Finding("description-too-long", at("description"), message, because="description-too-long")


def _fences(seen: Seen, plain: Callable[[str], bool]) -> Iterator[Finding]:
    """That the lines around the front matter are not the three hyphens that this client looks for."""
    block = seen.document.parsed.block
    if block is None:
        return
    if seen.opening.endswith("\r") or seen.closing.endswith("\r"):
        message = "Lines that end in a lone carriage return are not told apart, so the front matter is not found."
        yield Finding("line-ends", 0, message, fix={"do": "line-ends"})
        return
    for at, line in ((block.opening, seen.opening), (block.end, seen.closing)):
        if not plain(line):
            message = f"The line {line.strip()!r} is not taken for '---', so the front matter is not found."
            yield Finding("fence-line", at, message, fix={"do": "plain-lines"})
            return


CLIENTS: Final[dict[str, Callable[[Seen], Iterator[Finding]]]] = {
    "claude-code": _claude_code,
    "codex": _codex,
    "copilot": _copilot,
    "gemini": _gemini,
    "api": _api,
}
