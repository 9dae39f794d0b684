"""What an archive may hold: entries with names that mean the same on every system, within limits.

Invariant: what passes here names a file or a folder below the place that it is unpacked to, and no two names are one
on any system, whatever it thinks of case, accents and dots at the end. All else is a refusal of the whole archive that names the entry.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from workbench.errors import Refused
from workbench.skills.review.rules.rule import escaped

MAX_PART: Final = 255
MAX_PATH: Final = 1024
MAX_LEVELS: Final = 32
_MIB: Final = 1024 * 1024
_SHOWN: Final = 120
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_TURNING: Final = re.compile("[\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Limits:
    """So much of an archive is taken; a skill is far smaller."""

    archive: int = 64 * _MIB
    """Of the archive as it lies there."""
    entries: int = 2_000
    total: int = 50 * _MIB
    file: int = 10 * _MIB
    ratio: int = 100
    """So many bytes one byte may become, counted while they come."""
    ratio_from: int = 64 * 1024
    """Below this a ratio says nothing: an empty table is small."""


LIMITS: Final = Limits()


@dataclass(frozen=True)
class Member:
    """One entry, its name checked. `parts` are of its path; for a file, `size` bytes follow."""

    parts: tuple[str, ...]
    folder: bool
    executable: bool = False
    size: int = 0

    @property
    def path(self) -> str:
        return "/".join(self.parts)

    @property
    def dropped(self) -> bool:
        """A repository's own files and hooks are no content of a skill and stay in the archive. What a Mac or a Windows
        disk takes for `.git` counts as it.
        """
        return any(_visible(part).casefold().rstrip(". ") == ".git" for part in self.parts)


def _visible(part: str) -> str:
    return part if part.isascii() else "".join(each for each in part if unicodedata.category(each) != "Cf")


def refused(why: str, *, entry: str | None = None, remedy: str = "") -> Refused:
    """The refusal of a whole archive."""
    if entry is None:
        message, facts = f"The archive is not taken: {why}.", {}
    else:
        shown = escaped(entry[:_SHOWN])
        message, facts = f"The archive is not taken: its entry '{shown}' {why}.", {"entry": shown}
    return Refused(
        "archive", message, remedy=remedy or "Ask whoever made it for another one; nothing was unpacked.", **facts
    )


def too_large(why: str, *, entry: str | None = None) -> Refused:
    """The refusal of an archive of which there is simply too much."""
    return refused(why, entry=entry, remedy="If you trust it, unpack it yourself and bring in its folder.")


def parts_of(name: str) -> tuple[tuple[str, ...], bool]:
    """The parts of an entry's name, and whether it names a folder. Raises Refused for a name that is none."""
    if problem := _problem(name):
        raise refused(problem, entry=name)
    folder = name.endswith("/")
    plain = name.removesuffix("/")
    while plain.startswith("./"):  # as `tar c .` writes them
        plain = plain[2:]
    if plain == ".":
        return (), True
    parts = tuple(plain.split("/"))
    for part in parts:
        if problem := _part_problem(part):
            raise refused(problem, entry=name)
    if len(parts) > MAX_LEVELS:
        raise refused(f"lies {len(parts)} levels deep; {MAX_LEVELS} are allowed", entry=name)
    return parts, folder


def _problem(name: str) -> str | None:
    faults = (
        (not name, "has no name"),
        ("\0" in name, "holds a NUL"),
        ("\\" in name, "holds a backslash"),
        (name.startswith("/"), "is an absolute path"),
        (_DRIVE.match(name), "names a drive"),
        (any(unicodedata.category(each) in ("Cc", "Cs") for each in name), "holds characters that are no text"),
        (_TURNING.search(name), "holds characters that turn the text around them"),
        (len(name.encode("utf-8", "replace")) > MAX_PATH, f"is longer than {MAX_PATH:,} bytes"),
    )
    return next((fault for found, fault in faults if found), None)


def _part_problem(part: str) -> str | None:
    if not part:
        return "has an empty part"
    if part == "..":
        return "leads upwards"
    if part == ".":
        return "has a part that is a dot"
    if len(part.encode()) > MAX_PART:
        return f"has a part of more than {MAX_PART} bytes"
    return None


class Names:
    """The names of one archive, each of which may stand once."""

    def __init__(self) -> None:
        self._spelt: dict[tuple[str, ...], tuple[str, ...]] = {}
        """Each path and those above it as they are seen by all systems, and as the archive spells them."""
        self._stated: dict[tuple[str, ...], bool] = {}
        """The entries themselves; True for a file."""

    def take(self, member: Member) -> None:
        """Raises Refused when another entry has this name, in whatever case or composition, or lies in its way."""
        key = tuple(map(_folded, member.parts))
        if key in self._stated or (not member.folder and key in self._spelt):
            raise self._twin(member, key)
        for end in range(1, len(key) + 1):
            if self._spelt.setdefault(key[:end], member.parts[:end]) != member.parts[:end]:
                raise self._twin(member, key[:end])
            if end < len(key) and self._stated.get(key[:end]):
                raise refused("lies below a file", entry=member.path)
        self._stated[key] = not member.folder

    def _twin(self, member: Member, key: tuple[str, ...]) -> Refused:
        return refused(f"has a twin, '{escaped('/'.join(self._spelt[key])[:_SHOWN])}'", entry=member.path)


def _folded(part: str) -> str:
    """A part as a system sees it that tells neither case nor composition apart, nor what cannot be seen, nor what stands
    behind a name.
    """
    seen = unicodedata.normalize("NFC", unicodedata.normalize("NFD", _visible(part)).casefold())
    return seen.rstrip(". ") or seen
