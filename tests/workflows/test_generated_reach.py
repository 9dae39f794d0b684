"""What is generated for gate, merge, autofill and reset reaches the cases that matter: a property of none of them is empty."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from drafted import FIRST, documents, judgements, merges
from hypothesis import Phase, find, settings
from test_removal import FILES, workflows

from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications, Refinement, SkillQuestion
from workbench.workflows.gate import gate
from workbench.workflows.steps.removal import paths_of, removed

ENOUGH = settings(max_examples=400, database=None, phases=[Phase.generate])


def reached(strategy: Any, which: Callable[[Any], Any]) -> None:
    """Finds an example, in the same way each time; raises NoSuchExample where there is none."""
    find(strategy, lambda drawn: bool(which(drawn)), settings=ENOUGH, random=Random(7))


def each(made: Clarifications) -> list[SkillQuestion | Refinement]:
    return [questions.find(made, one.id) for one in questions.asked(made)]


@pytest.mark.parametrize("dialog", ["clear", "needs_refinement", "unanswered", "contradictory", "unavailable"])
def test_answers_for_each_dialog_of_the_gate_are_generated(dialog: str) -> None:
    reached(judgements(), lambda drawn: gate.dialog(gate.evaluate(drawn[0], FIRST, drawn[1], first=True)) == dialog)


@pytest.mark.parametrize("verdict", ["sufficient", "mixed", "insufficient"])
def test_answers_for_each_verdict_of_the_gate_are_generated(verdict: str) -> None:
    reached(judgements(), lambda drawn: gate.evaluate(drawn[0], FIRST, drawn[1], first=True).verdict == verdict)


@pytest.mark.parametrize(
    "said", ["no question", "is blank", "needed; left out", "has 3 refinements", "asks what is asked already"]
)
def test_drafts_of_which_a_merge_leaves_out_something_for_each_reason_are_generated(said: str) -> None:
    reached(merges(), lambda drawn: any(said in note for note in questions.merge(drawn[0], drawn[1])[1]))


def test_drafts_that_add_to_a_question_with_an_answered_and_an_open_refinement_are_generated() -> None:
    def between(drawn: Any) -> bool:
        made, draft, _ = drawn
        merged = questions.merge(made, draft)[0]
        both = {
            question.id
            for section in made.sections
            for question in section.questions
            if len({questions.answered(one) for one in question.refinements}) == 2
        }
        new = {one.parent_question_id for one in each(merged) if isinstance(one, Refinement) and one not in each(made)}
        return bool(both & new)

    reached(merges(), between)


OPEN: dict[str, Callable[[SkillQuestion | Refinement], bool]] = {
    "words without a choice": lambda one: one.answer_choice is None and questions.answered(one),
    "blanks without a choice": lambda one: one.answer_text is not None and not questions.answered(one),
    "another choice without words": lambda one: one.answer_choice is not None and one.answer_text is None,
    "nothing, and a recommendation": lambda one: not questions.answered(one) and one.recommendation is not None,
    "nothing, and no recommendation": lambda one: not questions.answered(one) and one.recommendation is None,
    "nothing, and another one than the first is recommended": lambda one: (
        not questions.answered(one) and (chosen := questions.recommended(one)) is not None and chosen != one.choices[0]
    ),
    "nothing, and no choices": lambda one: not questions.answered(one) and not one.choices,
}


@pytest.mark.parametrize("kind", OPEN)
def test_documents_to_fill_with_each_kind_of_question_are_generated(kind: str) -> None:
    reached(documents(), lambda made: any(OPEN[kind](one) for one in each(made)))


def test_workflows_of_which_a_step_changes_a_file_that_stays_are_generated() -> None:
    def stays(workflow: Any) -> bool:
        late = [output.path for step in workflow.steps[1:] for output in step.outputs if output.changes]
        present = ["a.md", "b.md", "c/d.md", "SKILL.md"]
        return any(path in late and path not in paths_of(removed(workflow, 1, present)) for path in present)

    reached(workflows(), stays)
    reached(FILES, lambda files: len(files) > 3)
