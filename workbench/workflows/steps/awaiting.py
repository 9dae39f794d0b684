"""The end of a step's turn, whoever notices it: the step is completed, or it is said what went wrong.

Idea: the row says which run is awaited, the transcript says how that ended; the rest is a function of both. So the host
that started the turn, and any that looks at the skill when that one is dead, do the same. Invariant: a run completes a step
at most once, since it does so under the library's lock, and only while the row still names it.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from workbench.agents import process
from workbench.agents.recorder import Recorder
from workbench.agents.said import Said, said
from workbench.errors import FailureDict, NotFound, Refused, ReplayDiverged, WorkbenchError, error_of
from workbench.skills import table as skills
from workbench.skills.changes import Site, scratch_of
from workbench.skills.library import Library
from workbench.skills.table import SkillRow
from workbench.workflows import table
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.saving import Documents
from workbench.workflows.looking import DOCUMENTS, Looker
from workbench.workflows.recording import proving
from workbench.workflows.state import RunRow, StepRow
from workbench.workflows.steps import completing, failing
from workbench.workflows.steps.completing import Folded, Given
from workbench.workflows.steps.gathering import Gathering, Stand
from workbench.workflows.steps.settling import STEP, Made

STARTING_MS: Final = 60_000
"""So long a turn may take from its row to its first record; after that its host died before it had sent it."""


class Awaiting:
    """Completes the steps of a library's skills."""

    def __init__(self, library: Library, recorder: Recorder, documents: Documents, looker: Looker) -> None:
        self._library = library
        self._recorder = recorder
        self._documents = documents
        self._looker = looker
        self._gathering = Gathering(library, documents)

    # -- whoever looks

    def catch_up(self, skill: SkillRow) -> WorkbenchError | None:
        """Finishes what was left of a skill's step: its turn is over, and nobody has taken note of that. What keeps a change
        of the skill that was begun from being finished, if there is one.
        """
        if self._library.database.read_only:
            return None
        stuck = self._library.settle()
        self._land(skill)
        run = self._library.database.read(lambda connection: table.run_of(connection, skill.id))
        for row in run.steps.values() if run is not None else ():
            if row.status == "in_progress" and row.error is None:
                self._look_after(skill, row)
        return stuck.get(skill.name)

    def _land(self, skill: SkillRow) -> None:
        """Documents of which nobody has noted that the file is what was saved: it is written, or a person's is taken over."""
        waiting = [path for path in DOCUMENTS if self._differs(skill, path)]
        if waiting:
            with self._library.alone() as site:
                for path in waiting:
                    self._documents.opened(site, self._library.row(self.name_of(skill.id)), path)

    def _differs(self, skill: SkillRow, path: str) -> bool:
        return not self._documents.is_settled(skill, path)

    def _look_after(self, skill: SkillRow, row: StepRow) -> None:
        if row.session is None or row.run is None:
            self._put(skill.id, row, replace(row, status="pending"))
            return
        try:
            opened = self._is_open(row.session, row.run)
        except WorkbenchError as error:
            self._put(skill.id, row, failing.interrupted(row, error.message))
            return
        if opened is None:
            if self._is_lost(row):
                self._put(skill.id, row, StepRow(row.number, attempt=row.attempt))
        elif not opened:
            self.finish(skill.id, row)

    def _is_open(self, session: str, run: str) -> bool | None:
        """Whether a run goes on; None when the transcript does not know it. A process that was lost is settled."""
        cursor = self._recorder.commit(session)
        folder = self._library.home.session(session)
        if run in cursor.open_runs and not process.alive(folder):
            process.settle(folder)
            cursor = self._recorder.commit(session)
        if run in cursor.open_runs:
            return True
        try:
            said(self._library.home, session, run)
        except NotFound:
            return None
        # It may have begun between the first look and this one: then it has no end because it goes on.
        return run in self._recorder.commit(session).open_runs

    def is_at_work(self, skill: SkillRow) -> bool:
        """Whether the turn of a step goes on. One that is over is none, whatever keeps its step from being completed."""
        run = self._library.database.read(lambda connection: table.run_of(connection, skill.id))
        return any(self._goes_on(row) for row in run.steps.values()) if run is not None else False

    def _goes_on(self, row: StepRow) -> bool:
        if row.status != "in_progress" or row.error is not None or row.session is None or row.run is None:
            return False
        try:
            opened = self._is_open(row.session, row.run)
        except WorkbenchError:
            return False
        return opened if opened is not None else not self._is_lost(row)

    def is_being_sent(self, row: StepRow) -> bool:
        """Whether the transcript does not know a step's turn yet, and its host may still be about to send it."""
        if row.session is None or row.run is None:
            return False
        return self._is_open(row.session, row.run) is None and not self._is_lost(row)

    def _is_lost(self, row: StepRow) -> bool:
        """Whether the host of a turn that no transcript knows died before it had sent it."""
        return self._library.clock.now_ms() - (row.started or 0) > STARTING_MS

    # -- a turn that is over

    def finish(self, skill: int, awaited: StepRow, why: WorkbenchError | None = None) -> WorkbenchError | None:
        """Completes a step of which the turn is over, once; what was wrong with its output, if it cannot be. `why` says
        why the turn was stopped, where somebody knows. Who comes second is told what the first one found.
        """
        self._recorder.commit(awaited.session or "")
        with self._library.alone() as site:
            row = self._still(skill, awaited)
            name = self.name_of(skill)
            run = self._library.database.read(lambda connection: table.run_of(connection, skill))
            if row is None or run is None:
                return _found(run, awaited)
            told = said(self._library.home, row.session or "", row.run or "")
            ended = failing.ended(row, told, self._library.clock.now_ms())
            if ended is not None:
                cut = why is not None and told.status in ("aborted", "interrupted")
                self._put(skill, row, replace(ended, error=why.to_dict()) if why is not None and cut else ended)
                return None
            at = Stand(name, run, self._looker.pinned_of(run), row)
            given = self._gathering.given(site, at)
            try:
                made = completing.fold(at.step, told, given)
                proving.check(told.options, {path: made.files[path] for path in made.artifacts})
            except InvalidOutput as error:
                self._put(skill, row, self._invalid(at, told, error))
                return error
            except ReplayDiverged as error:
                self._put(skill, row, replace(row, error=error.to_dict(), ended=self._library.clock.now_ms()))
                return error
            return self._landed(site, at, self._with_strays(row, given, made))

    def _with_strays(self, row: StepRow, given: Given, made: Folded) -> Folded:
        """What a step was completed with, and where that lies which its agent wrote and which is none of it."""
        if given.staged.keys() <= made.artifacts:
            return made
        return replace(
            made, notes=(*made.notes, f"What was left out lies in {self._gathering.folder(row.session or '')}.")
        )

    def _landed(self, site: Site, at: Stand, made: Folded) -> WorkbenchError | None:
        """Completes the step; the row says so where there is nothing any more that it could be a step of."""
        try:
            self._complete(site, at, made)
        except Refused as error:
            if error.facts["reason"] != failing.GONE:
                raise
            self._put(self._library.row(at.name).id, at.row, replace(at.row, error=error.to_dict()))
            return error
        return None

    def submit(self, site: Site, at: Stand, text: str) -> None:
        """Completes a step with an output that a person has written. Raises InvalidOutput."""
        self._complete(site, at, completing.of_text(at.step, text, self._gathering.given(site, at)))

    def skip(self, site: Site, at: Stand) -> None:
        """Completes a step without an agent: there is nothing for it to do."""
        self._complete(site, at, Folded({}, frozenset()), skipped=True)

    def _still(self, skill: int, awaited: StepRow) -> StepRow | None:
        """The step as it is stored, if it still awaits this run."""
        run = self._library.database.read(lambda connection: table.run_of(connection, skill))
        row = run.step(awaited.number) if run is not None else None
        if row is None or row.run != awaited.run or row.status != "in_progress" or row.error is not None:
            return None
        return row

    def _complete(self, site: Site, at: Stand, made: Folded, *, skipped: bool = False) -> None:
        row = at.row
        done = {number for number, each in at.run.steps.items() if each.status == "completed"} | {row.number}
        count = len(at.pinned.workflow.steps)
        following = next((number for number in range(count) if number not in done), count - 1)
        step = Made(
            row.number,
            made.files,
            made.artifacts,
            ended=self._library.clock.now_ms(),
            next_step=following,
            status="completed" if len(done) == count else "pending",
            skipped=skipped,
            notes=made.notes,
            items=made.items,
            before={
                "session": row.session,
                "run": row.run,
                "attempt": row.attempt,
                "inputs_digest": row.inputs_digest,
                "started": row.started,
                "notice": row.notice,
            },
        )
        if not self._library.changes.run(site, STEP, at.name, step.facts(), step.stage).happened:
            raise failing.gone(at.name)
        if row.session is not None:
            self._gathering.take_away(row.session, {path: made.files[path] for path in made.artifacts})

    # -- what went wrong

    def _invalid(self, at: Stand, told: Said, error: InvalidOutput) -> StepRow:
        """The step with what is wrong with its output; the raw text is kept for a person to mend."""
        raw = scratch_of(self._library.home) / at.name / f"output-{at.step.key}.txt"
        text = json.dumps(told.structured, indent=1) if told.structured is not None else "\n\n".join(told.texts)
        try:
            raw.parent.mkdir(parents=True, exist_ok=True)
            raw.write_text(text)
        except OSError:
            pass  # the transcript has it
        failure: FailureDict = error.to_dict()
        failure["facts"] = {**failure["facts"], "reason": "invalid_output", "raw": text[:20_000]}
        return replace(at.row, error=failure, ended=self._library.clock.now_ms())

    def is_awaited(self, skill: int, begun: StepRow) -> bool:
        """Whether a step is still that of the run that was begun, or was completed by it."""
        run = self._library.database.read(lambda connection: table.run_of(connection, skill))
        return run is not None and run.step(begun.number).run == begun.run

    def unsent(self, skill: int, begun: StepRow, before: StepRow) -> None:
        """A turn that could not be sent: the step is as it was."""
        if (row := self._still(skill, begun)) is not None:
            self._put(skill, row, before)

    def name_of(self, skill: int) -> str:
        """A skill's name as it is now. Raises NotFound for one that is in the trash."""
        for row in self._library.database.read(skills.rows):
            if row.id == skill:
                return row.name
        raise NotFound("The skill was deleted.", remedy="Restore it from the trash.", skill=skill)

    def _put(self, skill: int, before: StepRow, after: StepRow) -> None:
        now = self._library.clock.now_ms()

        def put(connection: Any) -> None:
            run = table.run_of(connection, skill)
            if run is None or run.step(before.number).run != before.run:
                return  # somebody was quicker
            table.put_step(connection, skill, after, now)
            table.move(connection, skill, run.current_step, "error" if after.error else after.status, now)

        self._library.database.write(put)


def _found(run: RunRow | None, awaited: StepRow) -> InvalidOutput | None:
    """What was found wrong with the output of a run, by whoever took note of its end; None: it is awaited no more."""
    row = run.step(awaited.number) if run is not None else awaited
    error = error_of(row.error) if row.run == awaited.run and row.error is not None else None
    return error if isinstance(error, InvalidOutput) else None
