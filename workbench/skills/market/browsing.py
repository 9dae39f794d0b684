"""What a marketplace offers, held against what the library has: known by where a skill came from, never by its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from workbench.skills.intake import origins_table
from workbench.skills.intake.imports import Look
from workbench.skills.intake.origin import joined
from workbench.skills.intake.plan import Row
from workbench.skills.library import Library
from workbench.skills.market.semver import is_newer

Status = Literal["not_installed", "up_to_date", "update_available", "customised"]


@dataclass(frozen=True)
class Standing:
    """What one row of a marketplace is to the library."""

    path: str
    status: Status
    version: str | None
    installed: str | None = None
    installed_version: str | None = None


def standings(look: Look, library: Library) -> list[Standing]:
    """One for each row of a look's plan, in its order."""
    held = {origin.origin: (name, origin) for name, origin in library.database.read(origins_table.everywhere)}
    found = []
    for row in look.plan.rows:
        mine = held.get(joined(look.plan.origin, row.path))
        if mine is None:
            found.append(Standing(row.path, "not_installed", row.version))
        else:
            name, origin = mine
            found.append(Standing(row.path, _status(row, origin.version), row.version, name, origin.version))
    return found


def _status(row: Row, here: str | None) -> Status:
    """Newer by its version; where there is none to compare, other by its digest."""
    if row.state == "customised":
        return "customised"
    if row.state == "same":
        return "up_to_date"
    return "up_to_date" if is_newer(row.version, here) is False else "update_available"
