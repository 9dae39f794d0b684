"""A skill of the agents' own: what it is for, and whether it is at work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, get_args

Purpose = Literal["general-purpose", "test-context", "research", "validate", "skill-building"]
PURPOSES: Final[tuple[Purpose, ...]] = get_args(Purpose)
GENERAL: Final[Purpose] = "general-purpose"
"""The one purpose that any number of active skills may have; of each other, at most one is active."""


@dataclass(frozen=True)
class Role:
    """A row of the registry; times are milliseconds since 1970."""

    name: str
    description: str | None
    purpose: Purpose
    version: str | None
    origin: str | None
    """Where it came from: a source and the path in it, with `#` between them."""
    digest: str | None
    """As it came, after the repairs on its way in: a folder with another one was changed here."""
    source_digest: str | None
    """As it lay in its source."""
    active: bool
    bundled: bool
    created: int
    updated: int


def rivals(role: Role, others: list[Role]) -> list[Role]:
    """The others that are active for the same purpose, where only one may be."""
    if role.purpose == GENERAL:
        return []
    return [each for each in others if each.active and each.purpose == role.purpose and each.name != role.name]
