"""A person's answers: one at a time, autofill, and what tells them apart (A3.39, corners 1 and 13)."""

from __future__ import annotations

import pytest
from drafted import ANY_TEXT, FIRST, QUICK, SECOND, asks, behind, document, documents, refined, research
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest, NotFound
from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.gate import gate

# -- answering --------------------------------------------------------------------------------------------------------


def test_picking_a_choice_writes_its_text_into_the_answer() -> None:
    made = questions.answer(document(), "Q1", "C", None)
    question = questions.find(made, "Q1")
    assert (question.answer_choice, question.answer_text) == ("C", "Monthly")


def test_a_comment_comes_after_the_choice_that_it_is_on() -> None:
    made = questions.answer(document(), "Q1", "C", "on the first working day")
    assert questions.find(made, "Q1").answer_text == "Monthly\n\non the first working day"
    again = questions.answer(made, "Q1", "C", "Monthly, on the last day")
    assert questions.find(again, "Q1").answer_text == "Monthly, on the last day"


def test_a_comment_that_only_begins_with_the_same_letters_as_the_choice_does_not_take_its_place() -> None:
    made = questions.answer(document(), "Q1", "A", "Dailyfresh decides")
    assert questions.find(made, "Q1").answer_text == "Daily\n\nDailyfresh decides"


def test_other_writes_nothing_of_itself() -> None:
    made = questions.answer(document(), "Q1", "D", None)
    question = questions.find(made, "Q1")
    assert (question.answer_choice, question.answer_text) == ("D", None)
    assert questions.find(questions.answer(made, "Q1", "D", "Each hour"), "Q1").answer_text == "Each hour"


def test_an_answer_can_be_taken_back() -> None:
    made = document()
    assert questions.answer(questions.answer(made, "Q1", "C", "x"), "Q1", None, " \n") == made


def test_an_answer_to_a_refinement_lies_there() -> None:
    made = questions.answer(refined(document(), behind()), "R1.1", "B", None)
    assert questions.find(made, "R1.1").answer_text == "They go on"
    assert questions.find(made, "Q1").answer_text is None


@QUICK
@given(documents(), st.data())
def test_an_answer_changes_its_own_question_and_the_same_answer_again_changes_nothing(
    made: Clarifications, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from([each.id for each in questions.asked(made)]))
    choices = [choice.id for choice in questions.find(made, name).choices]
    choice = data.draw(st.one_of(st.none(), st.sampled_from(choices))) if choices else None
    text = data.draw(st.one_of(st.none(), ANY_TEXT))
    after = questions.answer(made, name, choice, text)
    changed = [old.id for old, new in zip(questions.asked(made), questions.asked(after), strict=True) if old != new]
    assert set(changed) <= {name}
    assert questions.answer(after, name, choice, text) == after
    stored = questions.find(after, name)
    assert questions.answer(after, name, stored.answer_choice, stored.answer_text) == after
    assert questions.validate(after.model_dump()) == after


def test_an_unknown_question_is_not_found_and_an_unknown_choice_is_refused_with_those_there_are() -> None:
    with pytest.raises(NotFound, match="no question 'Q9'"):
        questions.answer(document(), "Q9", None, "x")
    with pytest.raises(InvalidRequest, match="The choices are A, B, C, D") as refused:
        questions.answer(document(), "Q1", "E", None)
    assert refused.value.facts["problems"][0]["path"] == "choice"


# -- recommendations --------------------------------------------------------------------------------------------------

NAMED = [
    ("B", "Weekly"), ("b) most teams", "Weekly"), ("C: why", "Monthly"), ("C - why", "Monthly"), ("B, since", "Weekly"),
    ("A good idea", "Daily"),                              # an A with a blank behind it
    ("Monthly", "Monthly"), ("  monthly ", "Monthly"),     # the same text
    ("Better monthly than never", "Monthly"),              # holds one choice's text
    ("Not weekly, not monthly", "Daily"),                  # holds two
    ("Because", "Daily"), ("D: else", "Daily"), (None, "Daily"), ("", "Daily"),
]  # fmt: skip


@pytest.mark.parametrize(("said", "taken"), NAMED)
def test_a_recommendation_names_a_choice_by_letter_then_text_then_the_only_one_within_else_the_first(
    said: str | None, taken: str
) -> None:
    question = document().sections[0].questions[0].model_copy(update={"recommendation": said})
    found = questions.recommended(question)
    assert found is not None
    assert found.text == taken


# -- autofill ---------------------------------------------------------------------------------------------------------


@QUICK
@given(documents())
def test_autofill_fills_only_where_choice_is_null_and_text_empty(made: Clarifications) -> None:
    filled, names = questions.autofill_clarifications(made)
    for old, new in zip(questions.asked(made), questions.asked(filled), strict=True):
        if old.id not in names:
            assert old == new
        else:
            question = questions.find(made, old.id)
            assert (question.answer_choice, (question.answer_text or "").strip()) == (None, "")
            assert new.choice == questions.recommended(question)
            assert new.choice is not None
            assert new.text == new.choice.text
    assert questions.autofill_clarifications(filled) == (filled, [])


@QUICK
@given(documents())
def test_autofill_of_clarifications_never_touches_refinements_and_the_reverse(made: Clarifications) -> None:
    filled, names = questions.autofill_clarifications(made)
    assert all(name.startswith("Q") for name in names)
    below, deeper = questions.autofill_refinements(made)
    assert all(name.startswith("R") for name in deeper)
    both, _ = questions.autofill_refinements(filled)
    assert both == questions.autofill_clarifications(below)[0]


@QUICK
@given(documents())
def test_a_fully_autofilled_document_passes_its_own_gate(made: Clarifications) -> None:
    empty = made
    for each in questions.asked(made):
        empty = questions.answer(empty, each.id, None, None)
    filled, _ = questions.autofill_refinements(questions.autofill_clarifications(empty)[0])
    for each in questions.asked(filled):  # a refinement without choices has no recommendation
        if not each.text:
            filled = questions.answer(filled, each.id, None, "We have always done it that way")
    said = gate.evaluate(filled, SECOND, None, first=False)
    assert (said.verdict, said.answered_count) == ("sufficient", said.total_count)


def test_autofill_returns_what_it_filled_in_the_order_of_the_document() -> None:
    made = questions.answer(document(), "Q2", None, "Euro, always")
    filled, names = questions.autofill_clarifications(made)
    assert names == ["Q1", "Q3"]
    assert questions.find(filled, "Q2").answer_text == "Euro, always"


def test_other_alone_without_words_is_an_answer_begun_and_is_not_filled() -> None:
    made = questions.answer(document("Only this?"), "Q1", "D", None)
    assert questions.autofill_clarifications(made) == (made, [])


# -- the digest -------------------------------------------------------------------------------------------------------


@QUICK
@given(documents(), documents())
def test_the_digest_is_equal_exactly_when_questions_and_answers_are(one: Clarifications, other: Clarifications) -> None:
    def said(made: Clarifications) -> list[object]:
        found = questions.asked(made)
        return [(each.id, each.question, each.choice and each.choice.text, each.text.strip()) for each in found]

    assert (questions.answers_digest(one) == questions.answers_digest(other)) == (said(one) == said(other))


def test_titles_notes_and_counts_do_not_count_as_answers() -> None:
    made = questions.answer(document(), "Q1", "A", None)
    judged = gate.noted(made, gate.evaluate(made, FIRST, None, first=True))
    assert judged.answer_evaluator_notes
    assert questions.answers_digest(judged) == questions.answers_digest(made)


def test_refinements_that_nobody_answered_do_not_count_at_the_first_gate() -> None:
    made = document()
    more = refined(made, behind())
    assert questions.answers_digest(more) != questions.answers_digest(made)
    digest = questions.answers_digest(more, open_refinements=False)
    assert digest == questions.answers_digest(made, open_refinements=False)
    answered = questions.answer(more, "R1.1", "A", None)
    assert questions.answers_digest(answered, open_refinements=False) != digest


def test_five_hundred_questions_are_answered_one_by_one_without_losing_any() -> None:
    asked = [asks(f"Question {word} {number}?") for number, word in enumerate(["why", "how"] * 250)]
    made, _ = questions.derive(research(asked), purpose="domain")
    for each in ("Q1", "Q250", "Q500"):
        made = questions.answer(made, each, "A", None)
    assert [each.id for each in questions.asked(made) if each.text] == ["Q1", "Q250", "Q500"]
