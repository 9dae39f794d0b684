"""Where in its source a skill lies: offered, part of another one, or set aside as a copy, a backup or a test.

Idea: only the folders above a skill are judged, by their names; its own folder is never, since skills are called
backup-something. Invariant: every skill gets exactly one place, whatever its path.
"""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from workbench.skills.intake.plan import Place

_BUILT: Final = frozenset([".git", "node_modules", "__pycache__", "dist", "build"])
_NEVER_A_SKILL: Final = frozenset([".git", "node_modules", "__pycache__"])
_FIXTURES: Final = frozenset(["test", "tests", "fixtures", "testdata", "__tests__", "eval", "evals", "samples"])
_PUBLISHED: Final = frozenset([".curated", ".experimental", ".system"])
_BACKUP: Final = re.compile(
    r"(?<![a-z0-9])(?:backups?|bak|old|orig|archived?|trash)(?![a-z0-9])|_\d{8}_\d{6}\Z", re.IGNORECASE
)


def place_of(
    parts: tuple[str, ...], holders: Container[tuple[str, ...]], *, listed: bool, by_tree: bool
) -> tuple[Place, str]:
    """The place of a skill's folder and why. `parts` are from where the source is looked at; `holders` has the folders of
    all skills; `listed` says that a catalogue names it, `by_tree` that no catalogue counts.
    """
    if listed:
        return "offered", ""
    above = next((parts[:end] for end in range(len(parts) - 1, 0, -1) if parts[:end] in holders), None)
    if above is not None:
        return "inside", f"It is part of {'/'.join(above)!r} and comes with it."
    if reason := _set_aside(parts):
        return "set-aside", reason
    return ("offered", "") if by_tree else ("not-in-catalogue", "No catalogue of the source names it.")


def _set_aside(parts: tuple[str, ...]) -> str:
    for part in parts[:-1]:
        if part.lower() in _BUILT:
            return f"It lies in {part!r}, which holds what was built or fetched."
    if parts and parts[-1].lower() in _NEVER_A_SKILL:
        return f"It lies in {parts[-1]!r}, which holds what was built or fetched."
    for part in parts[:-1]:
        if _BACKUP.search(part):
            return f"It lies in {part!r}, which looks like a backup."
        if part.lower() in _FIXTURES:
            return f"It lies in {part!r}, which looks like a test."
        if part.startswith(".") and part not in _PUBLISHED:
            return f"It lies in {part!r}, where clients keep copies."
    return ""
