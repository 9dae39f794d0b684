"""What a marketplace offers, held against what the library has: known by where a skill came from, never by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.skills import beneath, origins_table
from workbench.skills.choosing import version_of
from workbench.skills.imports import Look
from workbench.skills.library import Library
from workbench.skills.plan import Row
from workbench.skills.semver import is_newer
from workbench.skills.skill import parse
from workbench.skills.trees import MAX_BYTES

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
        version = version_there(look.fetched.root, row)
        mine = held.get(f"{look.plan.origin}#{row.path}")
        if mine is None:
            found.append(Standing(row.path, "not_installed", version))
        else:
            name, origin = mine
            found.append(Standing(row.path, _status(row, version, origin.version), version, name, origin.version))
    return found


def version_there(root: Path, row: Row) -> str | None:
    """The version that a skill gives itself in a source."""
    if row.document is None or row.status == "refuse":
        return None
    try:
        return version_of(parse(beneath.read(root, root / row.document, limit=MAX_BYTES).data))
    except (OSError, WorkbenchError):
        return None


def _status(row: Row, there: str | None, here: str | None) -> Status:
    """Newer by its version; where there is none to compare, other by its digest."""
    if row.state == "customised":
        return "customised"
    if row.state == "same":
        return "up_to_date"
    return "up_to_date" if is_newer(there, here) is False else "update_available"
