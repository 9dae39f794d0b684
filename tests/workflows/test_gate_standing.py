"""Where a run stands at its gates, from what was judged and chosen: corners 4, 5, 7 and 8."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from drafted import FIRST, QUICK, asks, behind, document, judged, judgements, refined, research, stopped
from hypothesis import given
from hypothesis import strategies as st

from workbench.workflows.definition.definitions import SHIPPED, load
from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafts import GateDraft
from workbench.workflows.gate import gate, judging
from workbench.workflows.gate.evaluation import Evaluation, GateChoice
from workbench.workflows.gate.table import GateRow
from workbench.workflows.state import GateStanding, StepRow

WORKFLOW = load(SHIPPED / "skill-builder")


def look(
    made: Clarifications | None,
    done: int = 1,
    *,
    found: Evaluation | None = None,
    chosen: Sequence[GateChoice] = (),
    skipped: bool = False,
) -> tuple[judging.GateLook | None, dict[int, GateStanding]]:
    """With the first steps completed, this said of the answers and these choices made since, in this order."""
    rows = [
        StepRow(number, "completed" if number < done else "pending", skipped=skipped and number == 1)
        for number in range(4)
    ]

    def said(digest: str, since: int) -> dict[tuple[str, str], Evaluation]:
        fits = found is not None and found.answers_digest == digest
        return {("research", found.judged_by): found} if fits and found is not None else {}

    def log(digest: str, since: int) -> list[GateRow]:
        return [GateRow("research", digest, "mixed", "unanswered", each, place) for place, each in enumerate(chosen)]

    return judging.look(WORKFLOW, rows, made, judging.Said(said, log, lambda step: None))


@pytest.mark.parametrize(
    "made", [None, questions.derive(research([asks()], warning=stopped("scope_guard_triggered")), purpose="x")[0]]
)
def test_where_there_are_no_questions_no_gate_is_shown(made: Clarifications | None) -> None:
    assert look(made) == (None, {0: "none"})


CHOICES: st.SearchStrategy[list[GateChoice]] = st.lists(st.sampled_from(["answer", "continue", "skip"]), max_size=3)


@QUICK
@given(judgements(), CHOICES)
def test_whatever_was_chosen_a_contradiction_passes_no_gate_and_else_the_last_choice_counts(
    judgement: tuple[Clarifications, GateDraft | None], chosen: list[GateChoice]
) -> None:
    made, draft = judgement
    found = gate.evaluate(made, FIRST, draft, first=True)
    standing = look(made, found=found, chosen=chosen)[1][0]
    if found.contradictory_count:
        assert standing == "waiting"
    elif chosen and chosen[-1] != "answer":
        assert standing == "passed"
    else:
        assert standing == "waiting"


def test_nobody_is_paid_to_judge_while_what_must_be_answered_is_open() -> None:
    made = document(must=1)
    assert look(made)[1] == {0: "unanswered"}
    made = questions.answer(made, "Q1", "A", None)
    assert look(made)[1] == {0: "due"}
    shown, _ = look(made, found=gate.evaluate(made, FIRST, judged(), first=True))
    assert shown is not None
    assert (shown.dialog, shown.choices) == ("unanswered", ["answer", "continue"])


def test_the_second_gate_waits_for_every_refinement_and_is_none_where_detailed_research_was_skipped() -> None:
    made = questions.answer(refined(document(), behind()), "Q1", "A", None)
    assert look(made, done=2)[1] == {0: "passed", 1: "unanswered"}
    assert look(questions.answer(made, "R1.1", "B", None), done=2)[1] == {0: "passed", 1: "due"}
    assert look(made, done=2, skipped=True)[1] == {0: "passed", 1: "none"}
    assert look(made, done=3)[1] == {0: "passed", 1: "passed"}
