"""Words of a model and of a person, made comparable: what is kept of a text, what its words are, how much two share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import Final

_CJK: Final = "\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003134f"
_TOKENS: Final = re.compile(rf"[{_CJK}]|[^\s{_CJK}]+")
_EDGES: Final = re.compile(r"^[\W_]+|[\W_]+$")
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
ALIKE: Final = 0.8
"""Two questions that share this much of their words ask the same."""


def legible(text: str) -> str:
    """A text as a person has typed it, without what nobody sees: control characters, halves of characters."""
    return _UNSEEN.sub("", text)


def plain(text: str, limit: int | None = None) -> str:
    """A text that any file and any page can hold: no control characters, no halves of characters, no blank edges."""
    kept = legible(text).strip()
    if limit is None or len(kept) <= limit:
        return kept
    return kept[: limit - 1].rstrip() + "…"


def words(text: str) -> list[str]:
    """The words of a text, folded. Chinese and Japanese are written without blanks: there each character is a word."""
    found = (_EDGES.sub("", token) for token in _TOKENS.findall(text.casefold()))
    return [word for word in found if word]


def overlap(first: str, second: str) -> float:
    """How much of their words two texts share, 0 to 1."""
    ours, theirs = set(words(first)), set(words(second))
    every = ours | theirs
    return len(ours & theirs) / len(every) if every else 0.0


def alike(first: str, second: str) -> bool:
    """Whether two questions ask the same."""
    return overlap(first, second) >= ALIKE


class Nearest:
    """Which of many texts reads most like another one, without comparing it with each."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._sizes: dict[str, int] = {}
        self._order = {name: place for place, name in enumerate(texts)}
        self._holding: dict[str, list[str]] = {}
        for name, text in texts.items():
            held = set(words(text))
            self._sizes[name] = len(held)
            for word in held:
                self._holding.setdefault(word, []).append(name)

    def of(self, text: str) -> tuple[str | None, float]:
        """Its name, the first of several, and how much of their words they share; None where they share none."""
        asked = set(words(text))
        shared = Counter(name for word in asked for name in self._holding.get(word, ()))
        best: tuple[str | None, float] = (None, 0.0)
        for name, count in shared.items():
            likeness = count / (len(asked) + self._sizes[name] - count)
            if likeness > best[1] or (likeness == best[1] and self._order[name] < self._order[best[0] or name]):
                best = name, likeness
        return best
