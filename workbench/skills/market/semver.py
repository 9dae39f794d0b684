"""Which of two versions is the newer one, by semantic versioning 2.0.0 to the letter."""

from __future__ import annotations

import re
from typing import Final

_NUMBER: Final = r"(0|[1-9][0-9]{0,9})"
_PART: Final = r"(?:0|[1-9][0-9]{0,9}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
_VERSION: Final = re.compile(
    rf"{_NUMBER}\.{_NUMBER}\.{_NUMBER}(?:-({_PART}(?:\.{_PART})*))?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)

Order = tuple[tuple[int, int, int], bool, tuple[tuple[bool, int, str], ...]]


def is_newer(there: str | None, here: str | None) -> bool | None:
    """Whether the one is strictly newer than the other; None where one of them is no version."""
    first, second = _order(there), _order(here)
    return None if first is None or second is None else first > second


def _order(text: str | None) -> Order | None:
    """What a version sorts by: its numbers, then a release after what went before it, then that, part by part."""
    found = _VERSION.fullmatch(text or "")
    if found is None:
        return None
    parts = (found[4] or "").split(".") if found[4] else []
    before = tuple((not part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)
    return (int(found[1]), int(found[2]), int(found[3])), not parts, before
