"""What a skill costs in a model's context, and whether its description reaches the model at all.

Idea: a skill is paid for three times: its entry in the listing always, its body when it is used, its other files when they
are read. Clients give the listing a budget and cut or drop descriptions beyond it; that is acted out here over the skills
that are installed together. Tokens are an estimate without any vendor's tokenizer: see `ERROR` for how far off it may be.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from workbench.skills.skill import FILE, SkillDocument
from workbench.skills.tree.walk import walk

BASIS: Final = "an estimate from words, digits, signs and scripts, without a vendor's tokenizer"
ERROR: Final = 0.2
"""Measured on 119 files of prose, code and skills against two public vocabularies (o200k, cl100k): the median is right within
1 %, nine of ten within 15 %, the worst 22 % too low (SVG paths). Other scripts than Latin can be off by a half, and vendors'
tokenizers differ among themselves.
"""
_TOKEN: Final = re.compile(r"[A-Za-z]+|[0-9]+|[^\sA-Za-z0-9]+|[\r\n]+|[ \t]{2,}", re.ASCII)
_SAMPLE: Final = 256 * 1024
_WORD: Final = 7
"""Most words up to so many letters are one token."""


def tokens(text: str) -> int:
    """About how many tokens a text is. Of a long text its beginning, middle and end are counted, and the rest inferred."""
    if len(text) > _SAMPLE:
        third, middle = _SAMPLE // 3, len(text) // 2
        parts = (text[:third], text[middle : middle + third], text[-third:])
        return round(sum(map(tokens, parts)) * len(text) / sum(map(len, parts)))
    return round(sum(map(_weight, _TOKEN.findall(text))))


def _weight(piece: str) -> float:
    first = piece[0]
    if first.isascii() and first.isalnum():
        if first.isdigit():
            return math.ceil(len(piece) / 3)
        return 1 if len(piece) <= _WORD else 1 + (len(piece) - _WORD) / 6
    if first in "\r\n":
        return 1
    if first in " \t":
        return 0.4
    return sum(0.55 if each.isascii() else 1.0 if "\u2e80" <= each <= "\U0002ffff" else 0.9 for each in piece)


def cost(document: SkillDocument, folder: Path | None = None) -> dict[str, Any]:
    """Tokens of the listing entry, the body and, where the folder is given, the other files that a model could read."""
    listing = tokens(entry_text(Installed.of(document)))
    body = tokens(document.body)
    resources = resource_tokens(folder) if folder is not None else {}
    return {
        "listing": listing,
        "body": body,
        "resources": sum(resources.values()),
        "files": resources,
        "basis": BASIS,
        "error": ERROR,
    }


def resource_tokens(folder: Path, without: Collection[str] = ()) -> dict[str, int]:
    """About how many tokens each text file below the folder is, the SKILL.md left out; links are not followed."""
    found: dict[str, int] = {}
    for each in walk(folder, without):
        if each.kind != "file" or each.path == FILE:
            continue
        try:
            with each.open() as file:
                head = file.read(_SAMPLE)
        except OSError:
            continue  # the scan says so
        if b"\0" not in head and head:
            found[each.path] = round(tokens(head.decode("utf-8", "replace")) * max(1.0, each.size / len(head)))
    return found


# -- listings

Fate = Literal["whole", "cut", "dropped", "omitted", "hidden"]


@dataclass(frozen=True)
class Installed:
    """A skill as a listing shows it. `uses` ranks it where a client keeps the most used; `hidden` is not listed at all."""

    name: str
    description: str = ""
    when_to_use: str = ""
    path: str = ""
    uses: int = 0
    hidden: bool = False

    @classmethod
    def of(cls, document: SkillDocument, *, path: str = "", uses: int = 0) -> Installed:
        fields = document.fields
        when = fields.get("when_to_use", "")
        hidden = str(fields.get("disable-model-invocation", "")).lower() in ("true", "yes", "on", "1")
        name = document.name or document.folder or ""
        return cls(name, document.description or "", when if isinstance(when, str) else "", path, uses, hidden)


@dataclass(frozen=True)
class Shown:
    """What of one skill's description a model sees: so many of its characters."""

    name: str
    fate: Fate
    full: int
    shown: int

    @property
    def lost(self) -> int:
        return self.full - self.shown

    def to_dict(self) -> dict[str, Any]:
        return {"name": self.name, "fate": self.fate, "full": self.full, "shown": self.shown, "lost": self.lost}


@dataclass(frozen=True)
class Listing:
    """A client's listing over the skills installed together. `needed` is what they would take if nothing were cut."""

    client: str
    unit: Literal["characters", "tokens"]
    limit: int
    needed: int
    used: int
    entries: list[Shown]

    def to_dict(self) -> dict[str, Any]:
        return {
            "client": self.client,
            "unit": self.unit,
            "limit": self.limit,
            "needed": self.needed,
            "used": self.used,
            "over": max(0, self.needed - self.limit),
            "entries": [entry.to_dict() for entry in self.entries],
        }


CLAUDE_CODE_SHARE: Final = 0.01
CLAUDE_CODE_ENTRY: Final = 1536
CODEX_SHARE: Final = 0.02
CODEX_UNKNOWN: Final = 8_000
"""Characters, where the model's window is not known."""
CODEX_ENTRY: Final = 1024
_BYTES_A_TOKEN: Final = 4
_WINDOW: Final = 200_000


def entry_text(skill: Installed) -> str:
    """One skill's entry as a listing writes it."""
    said = " ".join(part for part in (skill.description, skill.when_to_use) if part)
    return f"- {skill.name}: {said}\n" if said else f"- {skill.name}\n"


def claude_code(skills: Sequence[Installed], *, window: int = _WINDOW, share: float = CLAUDE_CODE_SHARE) -> Listing:
    """Claude Code's listing: 1 % of the window, four characters a token. Every name stays; description and when_to_use are
    cut at 1,536 characters each skill; beyond the budget whole descriptions go, those of the least used first.
    """
    limit = int(window * share * _BYTES_A_TOKEN)
    listed = [skill for skill in skills if not skill.hidden]
    names = sum(len(f"- {skill.name}\n") for skill in listed)
    left, used, needed = limit - names, names, names
    fates: dict[int, Shown] = {}
    for skill in sorted(listed, key=lambda skill: (-skill.uses, skill.name)):
        full = len(skill.description) + len(skill.when_to_use)
        shown = min(full, CLAUDE_CODE_ENTRY)
        extra = len(entry_text(skill)) - len(f"- {skill.name}\n") - (full - shown)
        needed += extra
        if extra <= left:
            left, used = left - extra, used + extra
            fates[id(skill)] = Shown(skill.name, "whole" if shown == full else "cut", full, shown)
        else:
            fates[id(skill)] = Shown(skill.name, "dropped", full, 0)
    return Listing("claude-code", "characters", limit, needed, used, _in_order(skills, fates))


def codex(skills: Sequence[Installed], *, window: int | None = _WINDOW) -> Listing:
    """Codex's listing: 2 % of the window in tokens of four bytes, or 8,000 characters where the window is not known. All
    descriptions are shortened alike, to within a few characters; if the names alone are too much, the last are omitted.
    """
    limit = int(window * CODEX_SHARE) if window else CODEX_UNKNOWN
    listed = [skill for skill in skills if not skill.hidden]
    lines = [_CodexLine(skill, in_bytes=bool(window)) for skill in sorted(listed, key=lambda skill: skill.name)]
    needed = sum(line.cost(len(line.text)) for line in lines)
    bare = sum(line.cost(0) for line in lines)
    fates: dict[int, Shown] = {}
    used = 0
    level = max((len(line.text) for line in lines), default=0) if needed <= limit else _level(lines, limit)
    for line in lines:
        shown = min(level, len(line.text)) if bare <= limit else 0
        price = line.cost(shown)
        if used + price > limit:
            fates[id(line.skill)] = Shown(line.skill.name, "omitted", line.full, 0)
            continue
        used += price
        fate: Fate = "whole" if shown == line.full else "cut" if shown else "dropped"
        fates[id(line.skill)] = Shown(line.skill.name, fate, line.full, shown)
    return Listing("codex", "tokens" if window else "characters", limit, needed, used, _in_order(skills, fates))


class _CodexLine:
    """One line, and its price with so many characters of its description."""

    def __init__(self, skill: Installed, *, in_bytes: bool) -> None:
        self.skill, self._in_bytes = skill, in_bytes
        whole = " ".join(skill.description.split())
        self.full = len(whole)
        self.text = whole if len(whole) <= CODEX_ENTRY else whole[: CODEX_ENTRY - 3]
        self._bare = self._size(f"- {skill.name}: (file: {skill.path})\n")

    def _size(self, text: str) -> int:
        return len(text.encode("utf-8", "replace")) if self._in_bytes else len(text)

    def cost(self, characters: int) -> int:
        size = self._bare + (1 + self._size(self.text[:characters]) if characters else 0)
        return -(-size // _BYTES_A_TOKEN) if self._in_bytes else size


def _level(lines: Sequence[_CodexLine], limit: int) -> int:
    """The longest that every description may be so that all fit."""
    low, high = 0, CODEX_ENTRY
    while low < high:
        middle = (low + high + 1) // 2
        if sum(line.cost(min(middle, len(line.text))) for line in lines) <= limit:
            low = middle
        else:
            high = middle - 1
    return low


def _in_order(skills: Sequence[Installed], fates: Mapping[int, Shown]) -> list[Shown]:
    return [
        fates.get(id(skill)) or Shown(skill.name, "hidden", len(skill.description) + len(skill.when_to_use), 0)
        for skill in skills
    ]


def simulate(
    skills: Iterable[Installed], *, windows: Mapping[str, int | None] | None = None
) -> dict[str, dict[str, Any]]:
    """The listing of every client that publishes a budget, over the skills installed together. `windows` are the models'
    context windows by client, 200,000 tokens unless given. Copilot, Gemini and the API publish none.
    """
    every, sizes = list(skills), dict(windows or {})
    return {
        "claude-code": claude_code(every, window=sizes.get("claude-code") or _WINDOW).to_dict(),
        "codex": codex(every, window=sizes.get("codex", _WINDOW)).to_dict(),
    }
