"""A skill's workflow as a page is shown it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, cast

from workbench.clock import iso
from workbench.commands import workflow_shapes as shapes
from workbench.protocol.screen import Failure
from workbench.usage.ledger import dollars
from workbench.usage.sums import plain
from workbench.workflows.definition import definitions
from workbench.workflows.definition.definitions import Listed
from workbench.workflows.documents import deciding
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.intake.intake import Intake
from workbench.workflows.state import actions_of, may_start, standing, status_of, upcoming
from workbench.workflows.steps import resetting
from workbench.workflows.workflow import Workflow

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.workflows.costs_table import Spent
    from workbench.workflows.looking import Look


def definition_row(found: Listed) -> shapes.DefinitionRow:
    """A workflow as it is listed."""
    workflow = found.pinned.workflow if found.pinned is not None else None
    return shapes.DefinitionRow(
        name=found.name,
        title=workflow.title if workflow else found.name,
        summary=workflow.summary if workflow else "",
        shipped=found.shipped,
        path=str(found.folder),
        digest=found.pinned.digest if found.pinned is not None else None,
        steps=outline(workflow) if workflow else [],
        variables=[
            shapes.VariableField(
                key=each.key,
                label=each.label,
                default=each.default,
                required=each.required,
                choices=list(each.choices),
            )
            for each in (workflow.variables if workflow else ())
        ],
        failure=Failure.model_validate(found.failure.to_dict()) if found.failure is not None else None,
    )


def outline(workflow: Workflow) -> list[shapes.StepOutline]:
    """The steps of a workflow."""
    return [
        shapes.StepOutline(
            number=number,
            key=step.key,
            title=step.title,
            outputs=[output.path for output in step.outputs],
            gate=step.gate_after is not None,
        )
        for number, step in enumerate(workflow.steps)
    ]


def run_state(bench: Workbench, look: Look) -> shapes.RunState:
    """All that a stepper shows."""
    questions, decided = look.clarifications, look.decisions
    said, failure = _said(bench, look)
    return shapes.RunState(
        **dict(how_it_stands(bench, look)),
        skill=look.skill.name,
        folder=str(bench.library.root / look.skill.name),
        workflow=look.workflow.name,
        title=look.workflow.title,
        definition_digest=look.pinned.digest,
        adoptable=_adoptable(bench, look),
        example=look.run.example,
        intake=said,
        intake_failure=failure,
        clarifications=questions,
        decisions=decided,
        sources=deciding.sources(decided, questions) if decided is not None and questions is not None else {},
        revs={item: rev for item, rev in look.revs.items() if rev},
    )


def how_it_stands(bench: Workbench, look: Look) -> shapes.RunStanding:
    """What of it is small."""
    word, number = upcoming(look.now)
    spent = list(look.spent.values())
    return shapes.RunStanding(
        status=status_of(look.now),
        current_step=look.now.running if look.now.running is not None else _current(look),
        steps=[step_view(look, each) for each in range(len(look.workflow.steps))],
        disabled=sorted(look.now.disabled),
        next=word,
        next_step=look.workflow.steps[number].key if number is not None else None,
        standing=standing(look.now),
        gate=gate_state(look),
        rev=look.run.rev,
        documents=_documents(bench, look),
        held_by=look.held_by,
        package=_package(bench, look),
        cost=_money([each.cost - each.replayed for each in spent], unpriced=any(each.unpriced for each in spent)),
        replayed_cost=_money([each.replayed for each in spent]),
        tokens=sum(each.tokens for each in spent),
    )


def _documents(bench: Workbench, look: Look) -> str:
    """Tells one state of the documents from another."""
    said, failure = _said(bench, look)
    told = failure.message if failure is not None else said.model_dump_json()
    texts = [told, *(f"{path}\n{seen.text}" for path, seen in sorted(look.seen.items()))]
    return hashlib.sha256("\n".join(texts).encode("utf-8", "replace")).hexdigest()[:16]


def _said(bench: Workbench, look: Look) -> tuple[Intake, Failure | None]:
    """What a person has said of the skill, or why that cannot be read: it keeps nobody from the rest."""
    try:
        return bench.engine.preparing.intake(look), None
    except InvalidOutput as error:
        return Intake(), Failure.model_validate(error.to_dict())


def step_view(look: Look, number: int) -> shapes.StepView:
    """A step as it stands."""
    step, row = look.workflow.steps[number], look.now.steps[number]
    used: Spent | None = look.spent.get(step.key)
    refusal = may_start(look.now, number)
    return shapes.StepView(
        number=number,
        key=step.key,
        title=step.title,
        status=row.shown,
        waiting=row.waiting,
        skipped=row.skipped,
        disabled=number in look.now.disabled,
        error=Failure.model_validate(row.error) if row.error is not None else None,
        session=row.session,
        run=row.run,
        attempt=row.attempt,
        started_at=iso(row.started) if row.started is not None else None,
        ended_at=iso(row.ended) if row.ended is not None else None,
        cost=_money([used.cost], unpriced=used.unpriced) if used is not None else None,
        tokens=used.tokens if used is not None else 0,
        duration_ms=used.duration_ms if used is not None else None,
        replayed=used is not None and used.replayed > 0,
        notice=row.notice,
        notes=list(row.notes),
        may_start=refusal is None,
        refusal=f"{refusal.message} {refusal.remedy}".strip() if refusal is not None else None,
        artifacts=[
            shapes.ArtifactRow(path=each.path, size=each.size, present=each.path in look.present, note=each.note)
            for each in look.artifacts
            if each.step == number
        ],
        actions=cast("list[Any]", actions_of(look.now, number)),
    )


def gate_state(look: Look) -> shapes.GateState | None:
    """The gate that waits for a person, once somebody has judged."""
    gate = look.gate
    if gate is None or gate.evaluation is None or gate.dialog is None or gate.standing == "passed":
        return None
    return shapes.GateState(
        step=look.workflow.steps[gate.step].key,
        number=1 if gate.first else 2,
        dialog=gate.dialog,
        choices=gate.choices,
        evaluation=gate.evaluation,
        stale=gate.stale,
    )


def _current(look: Look) -> int:
    due = look.now.due
    return due if due is not None else len(look.workflow.steps) - 1


def _adoptable(bench: Workbench, look: Look) -> bool:
    """Whether the definition is another one by now than the run goes by."""
    found = next((each for each in definitions.listing(bench.home) if each.name == look.workflow.name), None)
    return found is not None and found.pinned is not None and found.pinned.digest != look.pinned.digest


def _package(bench: Workbench, look: Look) -> str | None:
    found = resetting.package_of(bench.engine.preparing.scratch, look.skill.name)
    return str(found) if found is not None else None


def _money(parts: list[int], *, unpriced: bool = False) -> str | None:
    """US dollars as decimal text; None where not all of it has a price."""
    if unpriced:
        return None
    amount = dollars(sum(parts))
    return None if amount is None else str(plain(amount))
