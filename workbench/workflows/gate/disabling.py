"""The steps that what was found makes pointless, from the files as they lie there: whatever they hold, and whoever wrote
them. A file that is missing or broken disables nothing.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.workflows.workflow import Step


@dataclass(frozen=True)
class Blocked:
    """The numbers of disabled steps, and why, in a sentence."""

    steps: tuple[int, ...] = ()
    reason: str = ""


def disabled_steps(steps: Sequence[Step], clarifications: str | bytes | None, decisions: str | bytes | None) -> Blocked:
    """Which steps cannot lead anywhere: `scope` in either file, else no decisions or a contradiction nobody settled."""
    asked, decided = _metadata(clarifications), _metadata(decisions)
    count = decided.get("decision_count")
    if asked.get("scope_recommendation") is True or decided.get("scope_recommendation") is True:
        why = asked.get("scope_reason")
        said = why.strip() if isinstance(why, str) else ""
        return _blocked(steps, "scope", said or "What the skill is for is too broad, or cannot be researched.")
    if decided.get("contradictory_inputs") is True:
        return _blocked(steps, "contradiction", "Answers contradict each other, and nobody has settled it.")
    if isinstance(count, int | float) and not isinstance(count, bool) and count == 0:
        return _blocked(steps, "contradiction", "Nothing was decided.")
    return Blocked()


def _blocked(steps: Sequence[Step], cause: str, reason: str) -> Blocked:
    found = tuple(number for number, step in enumerate(steps) if cause in step.disabled_when)
    return Blocked(found, reason if found else "")


def _metadata(text: str | bytes | None) -> dict[str, Any]:
    try:
        raw = json.loads(text) if text is not None else None
    except (ValueError, RecursionError):
        return {}
    found = raw.get("metadata") if isinstance(raw, dict) else None
    return found if isinstance(found, dict) else {}
