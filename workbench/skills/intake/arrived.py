"""What the disk says about skills that were coming in when somebody was interrupted; the second half of `arriving`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.skills import table
from workbench.skills.changes import Outcome, Site
from workbench.skills.intake import origins_table
from workbench.skills.intake.origins_table import Origin
from workbench.skills.settle import save_unknown
from workbench.skills.table import Intent
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.digest import digest
from workbench.skills.tree.folder import Blob

COMING: Final = "coming"
"""In the staging place: the folder with the skills."""
READY: Final = "ready"
"""In the staging place: the mark that they shall come in."""


def arrived(site: Site, intent: Intent) -> Outcome:
    """It happens when the mark is there; each skill has happened when it has left its staging place."""
    coming, facts = site.staging(intent) / COMING, intent.facts
    if (site.staging(intent) / READY).is_dir():
        for fact in facts["skills"]:
            _move_in(site, coming / fact["name"], fact)
    here = [fact for fact in facts["skills"] if _is_here(site, coming, fact)]
    if not here:
        return Outcome()
    names = [fact["name"] for fact in here]
    commit = site.repository.commit(facts["message"], _content(site, names))
    for name in names:
        (site.scratch / name / "context").mkdir(parents=True, exist_ok=True)
    origins = {fact["name"]: _origin(site, fact) for fact in here}

    def rows(connection: apsw.Connection) -> None:
        for fact in here:
            _keep(connection, fact, origins[fact["name"]], facts["source"], site)

    return Outcome(rows, commit, happened=True)


def _move_in(site: Site, made: Path, fact: dict[str, Any]) -> None:
    """From the staging place to its own; what lies there goes to the trash first."""
    place = site.folder(fact["name"])
    if not made.is_dir():
        return  # it was moved before the kill
    if os.path.lexists(place):
        site.trash(fact["trash"]).mkdir(exist_ok=True)
        save_unknown(site, fact["name"], blobs(place))
        place.rename(site.trash(fact["trash"]) / fact["name"])
    made.rename(place)


def _is_here(site: Site, coming: Path, fact: dict[str, Any]) -> bool:
    name = fact["name"]
    moved = site.folder(name).is_dir() and not os.path.lexists(coming / name)
    return moved and (not fact["replaces"] or _lies_in_trash(site, fact))


def _lies_in_trash(site: Site, fact: dict[str, Any]) -> bool:
    return os.path.lexists(site.trash(fact["trash"]) / fact["name"])


def _content(site: Site, names: Sequence[str]) -> dict[str, Blob | None]:
    gone: dict[str, Blob | None] = dict.fromkeys(site.repository.known(names))
    for name in names:
        gone |= {f"{name}/{path}": each for path, each in blobs(site.folder(name)).items()}
    return gone


def _keep(connection: apsw.Connection, fact: dict[str, Any], origin: Origin, source: str, site: Site) -> None:
    row = table.find(connection, fact["name"])
    if row is None:
        skill = table.add(connection, fact["name"], source, site.now)
        table.set_tags(connection, skill, fact["tags"])
    else:
        skill = row.id
        table.touch(connection, fact["name"], site.now)
    if _lies_in_trash(site, fact):
        table.discarded(connection, fact["name"], fact["trash"], site.now)
    origins_table.put(connection, skill, origin)


def _origin(site: Site, fact: dict[str, Any]) -> Origin:
    made = digest(site.folder(fact["name"]))
    return Origin(fact["origin"], fact["digest"], made, fact["version"], fact["commit"])
