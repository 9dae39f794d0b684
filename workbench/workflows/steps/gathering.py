"""What a step is completed with beside what its agent has said: questions, files and words as they are at that moment."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.agents import session as sessions
from workbench.errors import WorkbenchError
from workbench.paths import Home
from workbench.skills.changes import Site, scratch_of
from workbench.skills.library import Library
from workbench.skills.table import SkillRow
from workbench.skills.tree import beneath
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.folder import LINK_MODE
from workbench.workflows import table
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.definition.rules import DIMENSIONS, dimensions, writes
from workbench.workflows.documents import clarifications
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.saving import Documents
from workbench.workflows.intake import intake as intakes
from workbench.workflows.intake.intake import Intake
from workbench.workflows.state import RunRow, StepRow
from workbench.workflows.steps import completing
from workbench.workflows.steps.completing import Given
from workbench.workflows.workflow import Step

STEPS: Final = ".steps"
"""The folder beside the skills' working folders in which agents work."""


def workplace_of(home: Home, skill: int) -> Path:
    """Where the agents of a skill's steps work: by its id, so that a session goes on there when it has another name."""
    return scratch_of(home) / STEPS / str(skill)


def staging_of(home: Home, skill: int) -> Path:
    """Where they write, each in a folder of its own."""
    return workplace_of(home, skill) / "staging"


@dataclass(frozen=True)
class Stand:
    """A step of a skill's run, for who has the skills folder alone."""

    name: str
    run: RunRow
    pinned: Pinned
    row: StepRow

    @property
    def step(self) -> Step:
        return self.pinned.workflow.steps[self.row.number]


class Gathering:
    """Gathers that for the skills of a library."""

    def __init__(self, library: Library, documents: Documents) -> None:
        self._library = library
        self._documents = documents

    def given(self, site: Site, at: Stand) -> Given:
        """What the step is completed with, as it is at this moment. Raises what is wrong with the questions that it changes:
        an agent that is asked once more cannot mend that.
        """
        row = self._library.row(at.name)
        revs = self._library.database.read(lambda connection: table.revs(connection, row.id))
        staged = self.staged(at.row.session) if writes(at.step) and at.row.session is not None else {}
        intake = self._intake(at)
        return Given(
            at.name,
            purpose=row.purpose or "",
            max_dimensions=_dimensions(at, intake),
            intake=intake,
            questions=self._questions(site, row) if any(output.changes for output in at.step.outputs) else None,
            taken=tuple(revs),
            staged=staged,
        )

    def _questions(self, site: Site, skill: SkillRow) -> Clarifications | None:
        seen = self._documents.opened(site, skill, clarifications.FILE)
        document = seen.document() if seen is not None and seen.standing != "gone" else None
        return document if isinstance(document, Clarifications) else None

    def _intake(self, at: Stand) -> Intake:
        """What a person has said of the skill by now; a file that was broken meanwhile is not the agent's fault."""
        root = self._library.root
        found = beneath.blob(root, root / at.name / intakes.FILE)
        try:
            return intakes.read(found.data if found is not None else None)
        except InvalidOutput:
            return Intake()

    def staged(self, session: str) -> Mapping[str, bytes]:
        """The files that the agent has written; links are none."""
        folder = self.folder(session)
        found = blobs(folder) if folder is not None else {}
        return {path: blob.data for path, blob in found.items() if blob.mode != LINK_MODE}

    def take_away(self, session: str, files: Mapping[str, bytes]) -> None:
        """Takes these of the files that the agent has written away, if they are as they were taken over: they are in their
        places. All else stays where its agent has left it, and so do the folders, since the session may go on there.
        """
        scratch, folder = scratch_of(self._library.home), self.folder(session)
        if folder is None:
            return
        for path, data in files.items():
            with contextlib.suppress(OSError, WorkbenchError):
                found = beneath.blob(scratch, folder / path)
                if found is None or found.mode == LINK_MODE or found.data != data:
                    continue
                with beneath.exactly(scratch, folder / path) as (above, name):
                    os.unlink(name, dir_fd=above)

    def folder(self, session: str) -> Path | None:
        """Where the agent of a session writes; None where that is no folder of ours, or a link is on the way to it."""
        folder = Path(sessions.load(self._library.home, session).cwd or "")
        scratch = scratch_of(self._library.home)
        if scratch not in folder.parents:
            return None
        straight = Path(os.path.realpath(scratch)) / folder.relative_to(scratch)
        return folder if Path(os.path.realpath(folder)) == straight else None


def _dimensions(at: Stand, intake: Intake) -> int:
    """So many a person wants researched at most. What is no number counts for nothing: the turn is paid for by now."""
    variable = next((each for each in at.pinned.workflow.variables if each.key == DIMENSIONS), None)
    if variable is None:
        return completing.DIMENSIONS
    said = intake.variables.get(DIMENSIONS, "").strip()
    return dimensions(said) or dimensions(variable.default) or completing.DIMENSIONS
