"""Which gate a run stands at, and whether it is open: from the steps, the answers, what was judged and what was chosen.

Invariant: a gate is passed by a person's last choice for exactly these answers; one more answer, and it is to be judged
again. Answers in which a contradiction was found pass none, and what was chosen before the first step was reset is past.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.questions import answers_digest, asked
from workbench.workflows.gate import gate as judge
from workbench.workflows.gate.evaluation import Dialog, Evaluation, GateChoice
from workbench.workflows.gate.table import GateRow
from workbench.workflows.state import GateStanding, StepRow
from workbench.workflows.workflow import Gate, Workflow


@dataclass(frozen=True)
class Said:
    """What is stored of gates, asked as it is needed."""

    evaluations: Callable[[str, int], Mapping[tuple[str, str], Evaluation]]
    """Of answers with this digest, by step and who judged; what was counted, since this moment."""
    logged: Callable[[str, int], Sequence[GateRow]]
    """What was chosen since this moment, of answers with this digest."""
    latest: Callable[[str], Evaluation | None]
    """What was said last behind this step, of whichever answers."""


@dataclass(frozen=True)
class GateLook:
    """A gate that somebody is to go through."""

    step: int
    gate: Gate
    first: bool
    digest: str
    """Of the answers as they are now."""
    standing: GateStanding
    evaluation: Evaluation | None = None
    stale: bool = False
    """The evaluation is of other answers."""

    @property
    def dialog(self) -> Dialog | None:
        return judge.dialog(self.evaluation) if self.evaluation is not None else None

    @property
    def choices(self) -> list[GateChoice]:
        return judge.choices(self.dialog, self.gate) if self.dialog is not None else []


def is_first(workflow: Workflow, number: int) -> bool:
    """Whether the gate behind a step is before the refinements: nothing has changed the questions by then."""
    return not any(out.format == "refinements" for step in workflow.steps[: number + 1] for out in step.outputs)


def look(
    workflow: Workflow, rows: Sequence[StepRow], document: Clarifications | None, said: Said
) -> tuple[GateLook | None, dict[int, GateStanding]]:
    """The gate that is to be gone through, if any, and how each stands."""
    found: dict[int, GateStanding] = {}
    shown: GateLook | None = None
    since = min((row.ended or 0 for row in rows if row.status == "completed"), default=0)
    for number, step in enumerate(workflow.steps):
        if step.gate_after is None or rows[number].status != "completed":
            continue
        over = number + 1 < len(rows) and rows[number + 1].status == "completed"
        asks_nothing = document is None or not asked(document)
        first = is_first(workflow, number)
        if over or asks_nothing or document is None or (rows[number].skipped and not first):
            found[number] = "passed" if over else "none"
            continue
        digest = answers_digest(document, open_refinements=not first)
        evaluation = best(said.evaluations(digest, since), step.key)
        standing = _standing(document, evaluation, said.logged(digest, since), first=first)
        found[number] = standing
        old = evaluation or said.latest(step.key)
        shown = GateLook(
            number, step.gate_after, first, digest, standing, old, stale=old is not None and not evaluation
        )
    return shown, found


def best(found: Mapping[tuple[str, str], Evaluation], step: str) -> Evaluation | None:
    """What holds of several judgements of the same answers: a model's, before counting alone."""
    return found.get((step, "model")) or found.get((step, "rules"))


def _standing(
    document: Clarifications, evaluation: Evaluation | None, log: Sequence[GateRow], *, first: bool
) -> GateStanding:
    if evaluation is not None and evaluation.contradictory_count:
        return "waiting"  # whatever was chosen before it was found
    if log and log[-1].decision in ("continue", "skip"):
        return "passed"
    if evaluation is not None:
        return "waiting"
    return "unanswered" if open_items(document, first=first) else "due"


def open_items(document: Clarifications, *, first: bool) -> list[str]:
    """What a person should answer before it is worth judging: what must be answered, and later every refinement."""
    questions = [question for section in document.sections for question in section.questions]
    must = [each.id for each in questions if each.must_answer and not _answered(each.answer_text)]
    if first:
        return must
    return must + [each.id for one in questions for each in one.refinements if not _answered(each.answer_text)]


def _answered(text: str | None) -> bool:
    return bool((text or "").strip())
