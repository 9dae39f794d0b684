"""Refinements, merged into the document of the moment: corners 9, 10 and 12."""

from __future__ import annotations

import pytest
from drafted import QUICK, behind, document, merges, refined
from hypothesis import given

from workbench.workflows.documents import merging, questions
from workbench.workflows.documents.clarifications import Clarifications, Refinement
from workbench.workflows.documents.drafts import NoteDraft, RefinementsDraft
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.wording import overlap


def refinements(made: Clarifications) -> list[Refinement]:
    return [each for section in made.sections for question in section.questions for each in question.refinements]


@QUICK
@given(merges())
def test_no_question_answer_or_answered_refinement_changes_whatever_the_draft(
    drawn: tuple[Clarifications, RefinementsDraft, RefinementsDraft],
) -> None:
    made, draft, _ = drawn
    merged, _ = questions.merge(made, draft)
    for before, after in zip(made.sections, merged.sections, strict=True):
        assert before.model_dump(exclude={"questions"}) == after.model_dump(exclude={"questions"})
        for old, new in zip(before.questions, after.questions, strict=True):
            assert old.model_dump(exclude={"refinements"}) == new.model_dump(exclude={"refinements"})
            answered = [each for each in old.refinements if questions.answered(each)]
            assert new.refinements[: len(answered)] == answered


@QUICK
@given(merges())
def test_a_merged_document_is_valid_and_no_id_is_given_twice(
    drawn: tuple[Clarifications, RefinementsDraft, RefinementsDraft],
) -> None:
    made, first, second = drawn
    used = set(merging.ids(made))
    for draft in (first, second):
        merged, _ = questions.merge(made, draft, used=used)
        kept = {each.id for each in refinements(made) if questions.answered(each)}
        new = set(merging.ids(merged)) - kept
        assert not new & used
        used |= new
        made = merged
        assert questions.validate(made.model_dump()) == made
        assert all(len(question.refinements) <= 3 for section in made.sections for question in section.questions)


@QUICK
@given(merges())
def test_no_refinement_that_is_new_shares_four_fifths_of_its_words_with_its_question_or_a_sibling(
    drawn: tuple[Clarifications, RefinementsDraft, RefinementsDraft],
) -> None:
    made, draft, _ = drawn
    old = {each.id for each in refinements(made) if questions.answered(each)}
    for section in questions.merge(made, draft)[0].sections:
        for question in section.questions:
            for place, each in enumerate(question.refinements):
                others = [question.text, *(other.text for other in question.refinements[:place])]
                assert each.id in old or all(overlap(each.text, other) < 0.8 for other in others)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("one two three four other", False),  # 4 of 5 words
        ("one two three other", True),  # 3 of 5
        ("four three two one", False),
    ],
)
def test_four_fifths_of_the_words_in_common_are_near_enough_to_be_a_duplicate(text: str, *, kept: bool) -> None:
    made = refined(document("One, two, three: four?"), behind(text=text))
    assert bool(refinements(made)) == kept


def test_a_refinement_is_called_after_its_question_and_must_not_be_answered() -> None:
    made = refined(document(), behind("Q3"), behind("Q3", "Is it logged somewhere?"))
    assert [(each.id, each.parent_question_id, each.must_answer) for each in refinements(made)] == [
        ("R3.1", "Q3", False),
        ("R3.2", "Q3", False),
    ]
    assert made.metadata.refinement_count == 2


def test_the_next_run_replaces_unanswered_refinements_and_keeps_answered_ones() -> None:
    made = refined(document(), behind(text="Holidays?"), behind(text="Weekends, too?"))
    made = questions.answer(made, "R1.1", None, "They are treated like any other day")
    made = refined(made, behind(text="What about the end of the year?"))
    assert [(each.id, each.text) for each in refinements(made)] == [
        ("R1.1", "Holidays?"),
        ("R1.3", "What about the end of the year?"),
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"id": "R2.1"}, "sections[0].questions[0].refinements[0].id: 'R2.1' is no id of this place"),
        ({"id": "RQ1.1"}, "sections[0].questions[0].refinements[0].id: 'RQ1.1' is no id of this place"),
        (
            {"parent_question_id": "Q2"},
            "sections[0].questions[0].refinements[0].parent_question_id: is 'Q2' but lies under Q1",
        ),
        ({"must_answer": True}, "sections[0].questions[0].refinements[0].must_answer: "),
    ],
)
def test_a_refinement_that_is_not_its_question_s_or_must_be_answered_is_refused_with_its_path(
    change: dict[str, object], problem: str
) -> None:
    raw = refined(document(), behind()).model_dump(mode="json")
    raw["sections"][0]["questions"][0]["refinements"][0] |= change
    with pytest.raises(InvalidOutput) as refused:
        questions.validate(raw)
    assert refused.value.problems[0].startswith(problem)


def test_an_id_that_was_once_given_is_not_given_again_although_nothing_of_it_is_left() -> None:
    made = refined(document(), behind(text="Holidays?"))
    gone = refined(made)
    assert merging.ids(gone) == []
    assert merging.ids(refined(gone, behind(text="Weekends?"), used=("R1.1",))) == ["R1.2"]


def test_a_question_has_at_most_three_refinements() -> None:
    texts = ["Holidays?", "End of the year?", "Which banks take part?", "Who is told of it?"]
    drafts = [behind(text=text) for text in texts]
    made, notes = questions.merge(document(), RefinementsDraft(refinements=drafts, notes=[]))
    assert merging.ids(made) == ["R1.1", "R1.2", "R1.3"]
    assert notes == ["refinements[3]: Q1 has 3 refinements, left out"]


def test_a_refinement_that_asks_what_its_question_or_a_sibling_asks_is_dropped() -> None:
    made = refined(
        document(),
        behind(text="how often are INVOICES matched"),
        behind(text="What happens on public holidays?"),
        behind(text="On public holidays, what happens?"),
    )
    assert [each.text for each in refinements(made)] == ["What happens on public holidays?"]


@pytest.mark.parametrize(
    ("draft", "line"),
    [
        (behind("Q9"), "refinements[0]: no question 'Q9', left out"),
        (behind("R1.1"), "refinements[0]: no question 'R1.1', left out"),
        (behind(text=" "), "refinements[0]: is blank, left out"),
        (behind(choices=["Yes"]), "refinements[0].choices: 1 given, 2 to 4 needed; left out"),
    ],
)
def test_an_invalid_refinement_is_skipped_with_a_note_and_the_others_are_taken(draft: object, line: str) -> None:
    drafts = RefinementsDraft.model_validate(
        {"refinements": [draft, behind("Q2", "Which day counts?")], "notes": []}, from_attributes=True
    )
    made, notes = questions.merge(document(), drafts)
    assert notes == [line]
    assert merging.ids(made) == ["R2.1"]


def test_a_refinement_without_choices_is_answered_in_words() -> None:
    made = refined(document(), behind(choices=[], recommended=None))
    assert refinements(made)[0].choices == []
    assert questions.autofill_refinements(made)[1] == []


def test_what_the_agent_noted_is_added_once() -> None:
    draft = RefinementsDraft(refinements=[], notes=[NoteDraft(type="flag", title="See", body="this")])
    made, _ = questions.merge(document(), draft)
    made, _ = questions.merge(made, draft)
    assert [note.title for note in made.notes] == ["See"]
