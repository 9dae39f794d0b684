"""What a rule is, what a hit is, and how a piece of foreign text is shown."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

Severity = Literal["critical", "high", "medium", "low", "info"]
Confidence = Literal["high", "medium", "low"]
Kind = Literal["skill", "document", "code", "data"]
"""What a file is for: the SKILL.md, other prose, a program, anything else."""

SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low", "info")
EXCERPT: Final = 160
REACH: Final = 700
_ESCAPES: Final = (("\\x", 2), ("\\u", 4), ("\\U", 8))
_SPACES: Final = frozenset("\t ")


@dataclass(frozen=True)
class Rule:
    """One thing that is looked for. `label` is its class in the OWASP Agentic Skills Top 10."""

    id: str
    severity: Severity
    confidence: Confidence
    reason: str
    remedy: str
    label: str = ""
    limit: int = 20
    """So many of it are listed a file; how many more there are is said in the last."""


@dataclass(frozen=True)
class Hit:
    """A rule met at a place of a text. `confidence` and `severity` are the rule's own where they are None."""

    rule: Rule
    at: int
    end: int
    confidence: Confidence | None = None
    severity: Severity | None = None
    note: str = ""
    """What makes this one special; it follows the rule's reason."""
    shown: str | None = None
    """What is shown instead of the text itself."""


@dataclass(frozen=True)
class Pattern:
    """A rule that is an expression. It is tried only around its needles (in lower case): every match holds one of them and
    is shorter than `REACH`.
    """

    rule: Rule
    needles: tuple[str, ...]
    expression: re.Pattern[str]
    prose: bool = False
    """It is about what is said, so a sentence that warns of it is told from one that asks for it."""
    kinds: tuple[Kind, ...] = ("skill", "document", "code", "data")


_WARNS: Final = re.compile(
    r"(?:\b(?:never|don'?t|do not|avoid|refuse|reject|detect\w*|attack\w*|malicious|injection|e\.g\.|such as|example|like"
    r"|attempt\w*|trie[sd]|phrases?|says?|flag\w*|beware|block\w*|prevent\w*|red flags?)\b|[\"'“`])[^\n]{0,60}\Z",
    re.IGNORECASE,
)


def lowered(text: str) -> str:
    """In lower case, letter for letter: the one letter that would become two is taken for its plain form."""
    return text.lower() if text.isascii() else text.replace("\u0130", "I").lower()


def matches(patterns: tuple[Pattern, ...], text: str, lower: str, kind: Kind) -> Iterator[Hit]:
    """The hits of all patterns in a text; `lower` is `lowered(text)`."""
    for pattern in patterns:
        if kind in pattern.kinds:
            for begin, end in _regions(lower, pattern.needles):
                for found in pattern.expression.finditer(text, begin, end):
                    yield Hit(pattern.rule, found.start(), found.end(), _confidence(pattern, found, kind))


def _regions(lower: str, needles: tuple[str, ...]) -> list[tuple[int, int]]:
    """The parts of a text in which a match could lie: whole lines around each needle, joined where they touch."""
    places: list[int] = []
    for needle in needles:
        at = lower.find(needle)
        while at >= 0:
            places.append(at)
            at = lower.find(needle, at + 1)
    regions: list[tuple[int, int]] = []
    for at in sorted(places):
        begin = max(0, at - REACH)
        end = lower.find("\n", at + REACH, at + 2 * REACH)
        end = end if end >= 0 else min(len(lower), at + 2 * REACH)
        if regions and begin <= regions[-1][1]:
            regions[-1] = (regions[-1][0], end)
        else:
            regions.append((begin, end))
    return regions


def _confidence(pattern: Pattern, found: re.Match[str], kind: Kind) -> Confidence | None:
    if pattern.prose:
        return "low" if _WARNS.search(found.string, max(0, found.start() - 90), found.start()) else None
    return "low" if kind == "document" else None


def excerpt(text: str, at: int, end: int) -> str:
    """The line around a hit, cut to what fits, with everything that cannot be seen written out."""
    begin = text.rfind("\n", max(0, at - EXCERPT), at) + 1 or max(0, at - EXCERPT // 3)
    stop = text.find("\n", at, begin + EXCERPT)
    stop = stop if stop >= 0 else min(len(text), max(begin + EXCERPT, min(end, at + EXCERPT)))
    return escaped(text[begin:stop].strip()[:EXCERPT])


def escaped(text: str) -> str:
    r"""As it can be shown anywhere: `\u202e` for a character that would hide or turn what follows."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in _SPACES or (character.isprintable() and unicodedata.category(character) not in ("Cf", "Mn", "Cs")):
        return " " if character == "\t" else character
    digits = f"{ord(character):x}"
    mark, width = next(each for each in _ESCAPES if len(digits) <= each[1])
    return mark + digits.zfill(width)
