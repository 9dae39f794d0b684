"""A SKILL.md as a document: read from any bytes, changed by the line, written back to the byte.

Idea: reading is lenient and reporting strict. What can be made out of a file is in `fields`; what is wrong with it is in
`diagnostics`, which are worked out only when asked for. Invariant: `parse` never raises, `parse(data).to_bytes() == data`
for all bytes, and `set` changes the lines of its key or refuses and changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Final

from workbench.errors import Refused
from workbench.skills.document.block import BOM
from workbench.skills.document.entries import Entry, Value
from workbench.skills.document.splice import Given, Path, Text, edited

FILE: Final = "SKILL.md"
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class SkillDocument:
    """One version of a SKILL.md. Values are as written: text, lists and maps of text; `no` and `1.10` are text too."""

    parsed: Text
    folder: str | None = None
    """The name of the folder that it lies in, which its name has to equal; None when that is not known."""
    files: Collection[str] | None = None
    """The skill's files, as paths from its folder; without them no link is called dead."""
    utf16: bytes | None = None
    """The file as it is, when it is UTF-16: then it is not read, and cannot be changed."""

    def to_bytes(self) -> bytes:
        """The file; the bytes that were read, if nothing was changed."""
        return self.utf16 if self.utf16 is not None else self.text.encode("utf-8", "surrogateescape")

    @property
    def text(self) -> str:
        """The file as text; bytes that are no UTF-8 are lone surrogates."""
        return self.parsed.text

    @cached_property
    def fields(self) -> dict[str, Value]:
        """The front matter. Of a key that stands twice, the last."""
        return self.parsed.fields

    @property
    def entries(self) -> list[Entry]:
        """The front matter's keys with their places, in the order of the file."""
        return self.parsed.found.entries

    @property
    def name(self) -> str | None:
        return self._text_of("name")

    @property
    def description(self) -> str | None:
        return self._text_of("description")

    @property
    def version(self) -> str | None:
        """The version that it gives itself, at the top or below `metadata`."""
        metadata = self.fields.get("metadata")
        found = self.fields.get("version") or (metadata.get("version") if isinstance(metadata, dict) else None)
        return found if isinstance(found, str) and found else None

    @property
    def body(self) -> str:
        """What stands behind the front matter: the instructions."""
        return self.parsed.body

    @cached_property
    def diagnostics(self) -> list[dict[str, Any]]:
        """What is wrong with it: `{rule, level, severity, line, column, message, fix}`, in the order of the file."""
        from workbench.skills.document.lint import diagnose

        return diagnose(self)

    @property
    def is_valid(self) -> bool:
        """Whether it meets the specification (agentskills.io), whatever a client may make of it."""
        return not any(found["level"] == "spec" and found["severity"] == "error" for found in self.diagnostics)

    def set(self, key: str | Path, value: Given) -> SkillDocument:
        """The document with one key changed; a tuple reaches into a map, None takes the key out. Itself, if it has that
        value already. Raises Refused with a sentence when the change cannot be made safely.
        """
        if self.utf16 is not None:
            raise Refused(
                "unsafe_edit",
                "The file is UTF-16, which no client reads.",
                remedy="Save it as UTF-8 first.",
            )
        path = tuple(key) if isinstance(key, tuple | list) else (key,)
        if not path:
            raise ValueError("a key is at least one name")
        if not all(isinstance(name, str) for name in path):
            raise TypeError("a key is a name, or a tuple of names")
        after = edited(self.parsed, path, value)
        return self if after is self.parsed else replace(self, parsed=after)

    def _text_of(self, key: str) -> str | None:
        value = self.fields.get(key)
        return value if isinstance(value, str) else None


def parse(data: bytes, *, folder: str | None = None, files: Collection[str] | None = None) -> SkillDocument:
    """The document in these bytes; never raises. `folder` is the name of the folder that the file lies in."""
    if data[:2] in _UTF16:
        return SkillDocument(Text.read(""), folder, files, utf16=data)
    return SkillDocument(Text.read(data.decode("utf-8", "surrogateescape")), folder, files)


__all__ = ["BOM", "FILE", "SkillDocument", "parse"]
