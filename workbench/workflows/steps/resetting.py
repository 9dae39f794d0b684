"""Going back to an earlier step: what later steps made goes to the trash, after a checkpoint.

Idea: one change of the library. Its strike makes a version of all that is there, and then, in one step, a folder in the
trash, at which it has happened; settling it moves the files there one by one, tells git, and brings the rows along.
Invariant: exactly what the preview listed goes, nothing is deleted, and whoever finds a reset that was cut short brings it
to the same end. A skill that is kept as imported goes the same way, only that its workflow's papers go and it stays.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.errors import InvalidRequest, NotFound, PathEscapes, WorkbenchError
from workbench.skills import table as skills
from workbench.skills.changes import Outcome, Site, scratch_of
from workbench.skills.library import Library
from workbench.skills.settle import everything
from workbench.skills.skill import FILE as TEXT
from workbench.skills.table import Intent
from workbench.skills.tree import beneath
from workbench.skills.tree.working import working_of
from workbench.workflows import table
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.documents.saving import original_of
from workbench.workflows.looking import Look
from workbench.workflows.state import StepRow
from workbench.workflows.steps.completing import against_spec
from workbench.workflows.steps.failing import GONE
from workbench.workflows.steps.removal import PACKAGE, Going, maker_of, papers, paths_of, removed
from workbench.workflows.workflow import Workflow

LOGGER: Final = logging.getLogger("workbench")

RESET: Final = "reset"
"""The kind of change."""
FOLDER: Final = "resets"
"""The folder of the trash, beside the skills, in which each reset has one."""


@dataclass(frozen=True)
class File:
    """A file that goes. `changed`: by hand. It is not as its step left it or as it was saved last, or no step made it and
    it is no copy of what was saved.
    """

    path: str
    size: int
    changed: bool


@dataclass(frozen=True)
class StepFiles:
    """What goes of one step."""

    number: int
    files: tuple[File, ...]


@dataclass(frozen=True)
class WasReset:
    """What went, where it lies now, and the version in which all of it is (None: git could not make one)."""

    removed: tuple[str, ...]
    trash: Path | None
    checkpoint: str | None


class Resets:
    """Resets of the skills of a library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def preview(self, name: str, workflow: Workflow, first: int) -> list[StepFiles]:
        """What a reset from the step `first` on would take, changing nothing. Steps of which nothing goes are there, too."""
        row = self._library.row(name)
        going = _going(self._library.root, scratch_of(self._library.home), name, workflow, first)
        known = self._library.database.read(lambda connection: _known(connection, row.id))
        return [StepFiles(step.number, tuple(self._file(name, path, known) for path in step.files)) for step in going]

    def check(
        self, name: str, workflow: Workflow, first: int, *, keep: bool, adopt: Pinned | None, instance: str | None
    ) -> None:
        """Raises what keeps a skill from being reset, whoever is at work on it."""
        _check(workflow, first, keep=keep, adopt=adopt)
        self._library.check_mine(name, instance)

    def begun(self, name: str) -> int | None:
        """The first of the steps that are being taken away now, or were, and it is not finished."""
        left = self._library.database.read(lambda connection: taking_away(connection, name))
        return None if left is None else left.facts.get("first", 0)

    def run(
        self,
        name: str,
        workflow: Workflow,
        first: int,
        *,
        keep: bool = False,
        adopt: Pinned | None = None,
        instance: str | None = None,
        check: Callable[[], None] = lambda: None,
    ) -> WasReset:
        """Resets from the step `first` on. `keep`: the step before it is stayed at (a step back). `adopt`: the run goes by
        this definition from now on (with `first` 0). `check` is called once nobody else changes skills or begins a step of this one, and refuses by raising.
        """
        self.check(name, workflow, first, keep=keep, adopt=adopt, instance=instance)
        entry = self._library.clock.new_id()
        with self._library.alone() as site:
            self._library.check_mine(name, instance)
            site.check_settled(name)
            paths = paths_of(_going(site.root, site.scratch, name, workflow, first))
            facts = {"first": first, "stay": first - 1 if keep else first, "entry": entry, "paths": paths}
            if adopt is not None:
                facts["adopt"] = [adopt.text, adopt.digest]
            return self._strike(site, name, facts, f"reset to step {first}", check)

    def can_stay(self, look: Look, first: int) -> bool:
        """Whether a reset would take a SKILL.md that is as it should be, though a step before the one that makes it has
        not left its files: such a skill can be kept as imported instead.
        """
        maker = maker_of(look.workflow, TEXT)
        if maker is None or maker < first or all(_has_left(row) for row in look.now.steps[:maker]):
            return False
        found = beneath.blobs(self._library.root / look.skill.name)
        return TEXT in found and not against_spec({path: each.data for path, each in found.items()}, look.skill.name)

    def keep_imported(
        self, name: str, *, instance: str | None = None, check: Callable[[], None] = lambda: None
    ) -> WasReset:
        """Takes a skill out of its workflow as it is: only what the workflow kept beside it goes. `check` as in `run`."""
        entry = self._library.clock.new_id()
        with self._library.alone() as site:
            self._library.check_mine(name, instance)
            site.check_settled(name)
            paths = papers(beneath.blobs(site.folder(name)), working_of(self._library.row(name).source))
            facts = {"imported": True, "entry": entry, "paths": paths}
            return self._strike(site, name, facts, "it is kept as imported", check)

    def _strike(self, site: Site, name: str, facts: dict[str, Any], what: str, check: Callable[[], None]) -> WasReset:
        trash = _trash(site, facts["entry"])
        checkpoints: list[str | None] = []

        def strike(staging: Path) -> None:
            del staging
            check()  # by now no step can be begun any more
            checkpoints.append(_checkpoint(site, name, what))
            trash.parent.mkdir(exist_ok=True)
            trash.mkdir()

        self._library.changes.run(site, RESET, name, facts, strike)
        return WasReset(tuple(facts["paths"]), trash / name if facts["paths"] else None, checkpoints[0])

    def _file(self, name: str, path: str, known: Mapping[str, set[str]]) -> File:
        if path == f"{name}{PACKAGE}":
            return File(path, (scratch_of(self._library.home) / name / path).stat().st_size, changed=False)
        found = beneath.blob(self._library.root, self._library.root / name / path)
        data = found.data if found is not None else b""
        changed = original_of(path) == path and hashlib.sha256(data).hexdigest() not in known.get(path, ())
        return File(path, len(data), changed=changed)


def taking_away(connection: apsw.Connection, name: str) -> Intent | None:
    """The change by which steps of a skill are being taken away now, or were, and it is not finished."""
    return next((each for each in skills.intents(connection) if each.kind == RESET and each.name == name), None)


def settled(site: Site, intent: Intent) -> Outcome:
    """It has happened when its folder in the trash is there."""
    name, facts = intent.name, intent.facts
    trash = _trash(site, facts["entry"])
    if not trash.is_dir():
        return Outcome()
    for path in facts["paths"]:
        if path == f"{name}{PACKAGE}":
            _move(site.scratch, site.scratch / name / path, trash / path)
        else:
            _move(site.root, site.folder(name) / path, trash / name / path)
    if not facts["paths"]:
        trash.rmdir()
    gone = {f"{name}/{path}": None for path in facts["paths"] if path != f"{name}{PACKAGE}"}
    commit = site.repository.commit(f"{name}: {_word(facts)}", gone)
    return Outcome(lambda connection: _rows(connection, site, intent), commit, happened=True)


def _word(facts: Mapping[str, Any]) -> str:
    if "imported" in facts:
        return "kept as imported"
    return f"back to step {facts['stay']}" if facts["stay"] < facts["first"] else f"reset to step {facts['first']}"


def _has_left(row: StepRow) -> bool:
    return row.status == "completed" and (row.error is None or row.error["facts"].get("reason") != GONE)


def _known(connection: apsw.Connection, skill: int) -> Mapping[str, set[str]]:
    """By path the digests of what the steps have made, and of what a person has saved of it here."""
    known: dict[str, set[str]] = {}
    for made in table.artifacts(connection, skill):
        known.setdefault(made.path, set()).add(hashlib.sha256(made.content.encode()).hexdigest())
        document = table.document(connection, skill, made.path)
        if document is not None:
            known[made.path].add(document.after)
    return known


def package_of(scratch: Path, name: str) -> Path | None:
    """The file that a skill was packed in last."""
    path = scratch / name / f"{name}{PACKAGE}"
    return path if path.is_file() and not path.is_symlink() else None


def _going(root: Path, scratch: Path, name: str, workflow: Workflow, first: int) -> list[Going]:
    packed = package_of(scratch, name)
    return removed(workflow, first, beneath.blobs(root / name), packed.name if packed else None)


def _check(workflow: Workflow, first: int, *, keep: bool, adopt: Pinned | None) -> None:
    if not (1 if keep else 0) <= first <= len(workflow.steps) - (0 if keep else 1):
        raise InvalidRequest(
            f"{workflow.name} has no step {first}.",
            remedy=f"Its steps are 0 to {len(workflow.steps) - 1}.",
            problems=[{"path": "step", "message": "there is no such step"}],
        )
    if adopt is not None and (first or keep):
        raise InvalidRequest(
            "Another definition can only be taken from the first step on.",
            remedy="Reset to step 0.",
            problems=[{"path": "adopt", "message": "goes with step 0 only"}],
        )


def _checkpoint(site: Site, name: str, what: str) -> str | None:
    """A version with everything, or the one that has it already. What goes lies in the trash, too: it goes without one."""
    try:
        made = site.repository.commit(f"{name}: checkpoint before {what}", everything(site, name))
        return made or site.repository.head()
    except WorkbenchError as error:
        LOGGER.warning("There is no checkpoint of %r before %s: %s", name, what, error)
        return None


def _trash(site: Site, entry: str) -> Path:
    return site.trash(FOLDER) / entry


def _move(root: Path, source: Path, target: Path) -> None:
    """Into the trash, if it is there still; beside what lies there under its name."""
    try:
        with beneath.exactly(root, source) as (folder, name):
            if not _is_there(name, folder):
                return
            target.parent.mkdir(parents=True, exist_ok=True)
            os.rename(name, _free(target), src_dir_fd=folder)
    except (NotFound, PathEscapes):
        return  # the folder that it lay in is gone, or a link by now: then it is not what was to go


def _is_there(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def _free(target: Path) -> Path:
    number, free = 1, target
    while os.path.lexists(free):
        number += 1
        free = target.with_name(f"{target.name}.{number}")
    return free


def _rows(connection: apsw.Connection, site: Site, intent: Intent) -> None:
    facts = intent.facts
    skill = skills.find(connection, intent.name)
    if skill is None:
        return
    if "imported" in facts:
        table.leave(connection, skill.id)
        skills.resource(connection, intent.name, "imported", site.now)
        return
    table.drop_steps(connection, skill.id, facts["first"])
    table.drop_documents(connection, skill.id, facts["paths"])
    if "adopt" in facts:
        definition, digest = facts["adopt"]
        table.pin(connection, skill.id, definition, digest, site.now)
    table.move(connection, skill.id, facts["stay"], "pending", site.now)
    skills.touch(connection, intent.name, site.now)
