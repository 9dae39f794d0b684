"""The second half of every change that refining makes of a skill's files, and the repair of one that was cut short.

Idea: what is to lie where, and what lay there, is in the intent; the contents are kept. A file is laid only in the place
of what was seen there, so a person who was quicker keeps what they wrote; where that cannot be, or its content is gone,
the place stays as it is and the change is over all the same. Invariant: from any point it comes to the same
files, at most one commit, and the turn's row in the transaction that takes the intent away.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.errors import PathEscapes
from workbench.skills import table as skills
from workbench.skills.changes import Outcome, Site
from workbench.skills.settle import lay
from workbench.skills.table import Intent
from workbench.skills.tree import beneath
from workbench.skills.tree.folder import Blob
from workbench.skills.versions.repository import ASIDE
from workbench.workflows.refining import table as refine_table
from workbench.workflows.refining.keep import Entry, Keep, Tree

LOGGER: Final = logging.getLogger("workbench")

KIND: Final = "refine"
FOLDER: Final = "refined"
"""The folder of the trash, beside the skills, in which each turn and each rejection has one."""

Places = dict[str, Entry | None]
"""Files by path below the skill's folder; None: there is none."""


@dataclass(frozen=True)
class Laying:
    """A change before it has happened. The contents that it names are kept."""

    lay: Places = field(default_factory=dict)
    was: Places = field(default_factory=dict)
    """What was seen in each place."""
    aside: str | None = None
    """The folder of the trash that gets a copy of what was seen there."""
    commit: Places = field(default_factory=dict)
    message: str = ""
    turn: str | None = None
    """Whose end this is: what the turn left, which strays were put back, and how it ended."""
    after: Tree = field(default_factory=dict)
    status: str | None = None
    undone: str | None = None

    def facts(self) -> dict[str, Any]:
        return dict(vars(self))


def settled(site: Site, intent: Intent) -> Outcome:
    """Lays the files, tells git, and says what the rows are to be; see the module."""
    name, facts = intent.name, intent.facts
    if not site.folder(name).is_dir():
        return Outcome()  # the skill was taken away, with what was to be put back
    keep = Keep.of(site.scratch, name)
    staging = site.staging(intent)
    staging.mkdir(exist_ok=True)
    wanted = {path: _entry(entry) for path, entry in facts["lay"].items()}
    laid = [path for path in sorted(wanted, key=partial(_removals_first, wanted)) if _laid(site, intent, path, keep)]
    changes = {f"{name}/{path}": _blob(keep, entry) for path, entry in _there(keep, facts["commit"]).items()}
    commit = site.repository.commit(facts["message"], changes) if changes else None
    return Outcome(lambda connection: _rows(connection, site, intent, laid), commit, happened=True)


def entry_of(blob: Blob | None) -> Entry | None:
    """A file as a snapshot names it."""
    return None if blob is None else (blob.mode, blob.sha())


def _laid(site: Site, intent: Intent, path: str, keep: Keep) -> bool:
    """Lays one file in the place of what was seen there; whether it lies there then."""
    place, wanted = site.folder(intent.name) / path, _entry(intent.facts["lay"][path])
    if wanted is not None and not keep.has(wanted):
        return False
    now = entry_of(beneath.blob(site.root, place))
    if now == _entry(intent.facts["was"][path]) != wanted:
        try:
            _copy_aside(site, intent, path, keep)
            lay(site, place, _blob(keep, wanted), site.staging(intent))
        except (IsADirectoryError, PathEscapes) as error:
            LOGGER.info("%s stays as it is: something else holds its place: %s", place, error)
        now = entry_of(beneath.blob(site.root, place))
    return now == wanted


def trash_below(root: Path, entry: str) -> Path:
    """Where copies lie of what was put back or rejected: beside the skills, like all of the trash."""
    return root / ASIDE / FOLDER / entry


def _copy_aside(site: Site, intent: Intent, path: str, keep: Keep) -> None:
    was, entry = _entry(intent.facts["was"][path]), intent.facts.get("aside")
    if entry is not None and was is not None and keep.has(was):
        place = trash_below(site.root, entry) / intent.name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        lay(site, place, keep.blob(was), site.staging(intent))


def _removals_first(wanted: Places, path: str) -> tuple[bool, int, str]:
    """Removals from the deepest folder up, so that a file can lie where a folder was; then the rest."""
    return wanted[path] is not None, -path.count("/"), path


def _there(keep: Keep, places: Mapping[str, Any]) -> Mapping[str, Any]:
    """The places, if all that shall lie in them is still kept. Part of a version would be a version of nobody's."""
    return places if all(entry is None or keep.has((entry[0], entry[1])) for entry in places.values()) else {}


def _rows(connection: apsw.Connection, site: Site, intent: Intent, laid: list[str]) -> None:
    facts = intent.facts
    if facts["turn"] is not None:
        refine_table.settle_turn(connection, facts["turn"], _left(facts, laid), sorted(laid), facts["status"])
    if facts["undone"] is not None:
        refine_table.mark_undone(connection, facts["undone"], site.now)
    if facts["lay"] or facts["commit"]:
        skills.touch(connection, intent.name, site.now)


def _left(facts: Mapping[str, Any], laid: list[str]) -> Tree:
    """What a turn left in the end: a stray that could not be put back is a change of its own."""
    after = {path: (mode, sha) for path, (mode, sha) in facts["after"].items()}
    for path in facts["lay"].keys() - set(laid):
        was = _entry(facts["was"][path])
        after.pop(path, None)
        after |= {} if was is None else {path: was}
    return after


def _entry(kept: Any) -> Entry | None:
    """An entry as JSON gives it back."""
    return None if kept is None else (kept[0], kept[1])


def _blob(keep: Keep, entry: Any) -> Blob | None:
    found = _entry(entry)
    return None if found is None else keep.blob(found)


def only(places: Mapping[str, Blob | None]) -> dict[str, Blob]:
    """Those where a file is."""
    return {path: blob for path, blob in places.items() if blob is not None}
