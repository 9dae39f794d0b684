"""All that is known of a skill's workflow at one moment: its rows, its documents, its gate and its costs, put together.

Invariant: looking changes nothing and pays nothing. What a killed process has left is finished by `engine` before it looks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from workbench.agents import table as sessions
from workbench.errors import Refused, WorkbenchError
from workbench.protocol.wire import INPUT_PREFIX, PERMISSION_PREFIX
from workbench.skills.library import Library
from workbench.skills.table import SkillRow
from workbench.skills.tree import beneath
from workbench.usage.ledger import dollars
from workbench.workflows import costs_table, table
from workbench.workflows.costs_table import Spent
from workbench.workflows.definition import definitions
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.documents import clarifications, deciding, decisions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.documents.saving import Documents, Seen
from workbench.workflows.gate import disabling, judging
from workbench.workflows.gate import table as gate_table
from workbench.workflows.gate.judging import GateLook
from workbench.workflows.state import WAITS, RunRow, Situation, StepRow, Waiting, reason_of
from workbench.workflows.steps.completing import covers, lacking
from workbench.workflows.steps.failing import GONE
from workbench.workflows.table import ArtifactRow
from workbench.workflows.workflow import Step, Workflow

DOCUMENTS: Final = (clarifications.FILE, decisions.FILE)


@dataclass(frozen=True)
class Look:
    """A skill's workflow as it stands."""

    skill: SkillRow
    run: RunRow
    pinned: Pinned
    now: Situation
    seen: Mapping[str, Seen]
    gate: GateLook | None
    artifacts: tuple[ArtifactRow, ...]
    present: frozenset[str]
    """Those of the artifacts that lie where they should."""
    spent: Mapping[str, Spent]
    revs: Mapping[str, int]
    held_by: str | None

    @property
    def workflow(self) -> Workflow:
        return self.pinned.workflow

    @property
    def clarifications(self) -> Clarifications | None:
        found = _document(self.seen.get(clarifications.FILE))
        return found if isinstance(found, Clarifications) else None

    @property
    def decisions(self) -> Decisions | None:
        found = _document(self.seen.get(decisions.FILE))
        return found if isinstance(found, Decisions) else None

    def with_trouble(self, error: WorkbenchError) -> Look:
        """The same where a turn is over and its step cannot be completed now: it is tried again with each look."""
        failure = error.to_dict()
        failure["facts"] = {**failure["facts"], WAITS: True}
        failure["remedy"] = f"{failure['remedy']} The step is completed as soon as it can be.".strip()
        rows = tuple(
            replace(row, error=failure) if row.status == "in_progress" and row.error is None else row
            for row in self.now.steps
        )
        return replace(self, now=replace(self.now, steps=rows))

    def with_left(self, first: int, why: Refused) -> Look:
        """The same where the steps from `first` on were being taken away, and cannot be now: its files may be gone already."""
        rows = tuple(
            replace(row, error=why.to_dict()) if row.number == first or reason_of(row.error) == GONE else row
            for row in self.now.steps
        )
        return replace(self, now=replace(self.now, steps=rows, left=why))


class Looker:
    """Looks at the workflows of a library's skills. `budget` is what a run may cost, if a person has set that."""

    def __init__(self, library: Library, documents: Documents, budget: Callable[[], Decimal | None]) -> None:
        self._library = library
        self._documents = documents
        self._budget = budget

    def look(self, name: str, instance: str | None = None) -> Look:
        """How a skill stands. Raises NotFound, or Refused for one that no workflow builds."""
        skill = self._library.row(name)
        read = self._library.database.read
        run = self.run_of(skill)
        pinned = self.pinned_of(run)
        seen = {path: found for path in DOCUMENTS if (found := self._documents.look(skill, path)) is not None}
        artifacts = tuple(read(lambda connection: table.artifacts(connection, skill.id)))
        present = frozenset(each.path for each in artifacts if self._lies(skill.name, each.path))
        spent = read(lambda connection: costs_table.spent(connection, skill.name, run.workflow))
        there = self._there(skill.name, artifacts, present, seen)
        rows = self._away(
            tuple(
                self._row(run.step(number), step, artifacts, there, seen)
                for number, step in enumerate(pinned.workflow.steps)
            )
        )
        held_by = self._held_by(name, instance)
        gate, gates = self._gates(skill, pinned.workflow, rows, _document(seen.get(clarifications.FILE)))
        now = replace(self._situation(pinned.workflow, rows, seen, spent), gates=gates, held_by=held_by)
        revs = read(lambda connection: table.revs(connection, skill.id))
        return Look(skill, run, pinned, now, seen, gate, artifacts, present, spent, revs, held_by)

    def run_of(self, skill: SkillRow) -> RunRow:
        """A skill's run. Raises Refused for one that no workflow builds."""
        run = self._library.database.read(lambda connection: table.run_of(connection, skill.id))
        if run is None:
            raise Refused(
                "no_workflow",
                f"{skill.name!r} was not made by a workflow.",
                remedy="Refine it, or make a new skill.",
                skill=skill.name,
            )
        return run

    def pinned_of(self, run: RunRow) -> Pinned:
        """The definition that a run goes by: what it started with, else what it would start with."""
        if run.definition is not None:
            return Pinned.of_text(run.definition)
        return definitions.find(self._library.home, run.workflow)

    # -- steps

    def _row(
        self,
        row: StepRow,
        step: Step,
        artifacts: tuple[ArtifactRow, ...],
        there: frozenset[str],
        seen: Mapping[str, Seen],
    ) -> StepRow:
        """A step as it is stored, and what its session and its files say of it."""
        if row.error is not None:
            return row
        if row.status == "in_progress":
            return _waiting(row, self.waiting_for(row))
        if row.status == "completed":
            return _with_error(row, step, artifacts, there, seen)
        return row

    def _away(self, rows: tuple[StepRow, ...]) -> tuple[StepRow, ...]:
        """The steps where files are gone because the whole skills folder is: that is what is said of them."""
        if not any(reason_of(row.error) == GONE for row in rows):
            return rows
        try:
            self._library.changes.check_there(self._library.root)
        except Refused as error:
            return tuple(replace(row, error=error.to_dict()) if reason_of(row.error) == GONE else row for row in rows)
        return rows

    def waiting_for(self, row: StepRow) -> Waiting | None:
        """What the agent of a step asks a person now."""
        session, run = row.session, row.run
        if session is None or run is None:
            return None
        kept = self._library.database.read(lambda connection: sessions.kept(connection, session))
        opened = kept.state.runs.get(run) if kept is not None else None
        for asked in opened.asked if opened is not None else ():
            if asked.startswith(PERMISSION_PREFIX):
                return "permission"
            if asked.startswith(INPUT_PREFIX):
                return "question"
        return None

    def _lies(self, name: str, path: str) -> bool:
        root = self._library.root
        return root.is_dir() and beneath.blob(root, root / name / path) is not None

    def _there(
        self, name: str, artifacts: tuple[ArtifactRow, ...], present: frozenset[str], seen: Mapping[str, Seen]
    ) -> frozenset[str]:
        """The files by which steps are held to be done: what they made, or where that is gone all that a skill has."""
        behind = {path for path, each in seen.items() if each.standing == "behind"}
        if all(each.path in present for each in artifacts):
            return present | behind
        return present | behind | beneath.blobs(self._library.root / name).keys()

    def _held_by(self, name: str, instance: str | None) -> str | None:
        mine = instance or self._library.locks.instance
        return next((each.instance for each in self._library.locks.held(name) if each.instance != mine), None)

    # -- what follows

    def _gates(
        self, skill: SkillRow, workflow: Workflow, rows: tuple[StepRow, ...], document: Any
    ) -> tuple[GateLook | None, dict[int, Any]]:
        read = self._library.database.read
        questions = document if isinstance(document, Clarifications) else None
        return judging.look(
            workflow,
            rows,
            questions,
            judging.Said(
                lambda digest, since: read(
                    lambda connection: gate_table.evaluations(connection, skill.id, digest, since)
                ),
                lambda digest, since: read(lambda connection: gate_table.gate_log(connection, skill.id, digest, since)),
                lambda step: read(lambda connection: gate_table.latest_evaluation(connection, skill.id, step)),
            ),
        )

    def _situation(
        self,
        workflow: Workflow,
        rows: tuple[StepRow, ...],
        seen: Mapping[str, Seen],
        spent: Mapping[str, Spent],
    ) -> Situation:
        made = _document(seen.get(decisions.FILE))
        decided = made if isinstance(made, Decisions) else None
        files = {path: raw(each) for path, each in seen.items() if each.standing != "gone"}
        blocked = disabling.disabled_steps(workflow.steps, files.get(clarifications.FILE), files.get(decisions.FILE))
        paid = sum(each.cost - each.replayed for each in spent.values())
        stated = Decimal(str(workflow.budget_usd)) if workflow.budget_usd is not None else None
        return Situation(
            workflow,
            rows,
            disabled=frozenset(blocked.steps),
            disabled_why=blocked.reason,
            undecided=len(deciding.undecided(decided)) if decided else 0,
            contradictory=decided is not None and deciding.contradictory(decided),
            spent=dollars(paid) or Decimal(0),
            budget=self._budget() or stated,
        )


def _document(seen: Seen | None) -> Any:
    """The document, or None where it is not there or cannot be read."""
    if seen is None or seen.standing == "gone":
        return None
    try:
        return seen.document()
    except WorkbenchError:
        return None


def raw(seen: Seen) -> str | bytes:
    """What lies there, whether it can be read or not."""
    return seen.disk if seen.standing == "broken" and seen.disk is not None else seen.text


def _waiting(row: StepRow, waiting: Waiting | None) -> StepRow:
    return replace(row, waiting=waiting)


def _bring_back(gone: list[str], seen: Mapping[str, Seen]) -> str:
    kept = next((seen[path].copy for path in gone if path in seen and seen[path].copied), None)
    copy = f"Put {kept} in its place (what was saved last), restore" if kept else "Restore"
    return f"{copy} a version, or reset the step."


def _with_error(
    row: StepRow,
    step: Step,
    artifacts: tuple[ArtifactRow, ...],
    there: frozenset[str],
    seen: Mapping[str, Seen],
) -> StepRow:
    """A completed step whose files are gone, or can be read no more, is in error until it is reset or they are back. One
    that may go is only not there any more.
    """
    mine = [each.path for each in artifacts if each.step == row.number]
    broken = next((seen[path].problem for path in mine if path in seen and seen[path].problem is not None), None)
    if broken is not None:
        return replace(row, error=broken.to_dict())
    lost = lacking(step, there)
    gone = [path for path in mine if path not in there and any(covers(output, path) for output in lost)]
    if not gone:
        return row
    failure = Refused(
        GONE,
        f"{', '.join(gone[:3])}{' and more' if len(gone) > 3 else ''} {'is' if len(gone) == 1 else 'are'} gone.",  # noqa: PLR2004 - as many are named
        remedy=_bring_back(gone, seen),
        paths=gone,
    )
    return replace(row, error=failure.to_dict())
