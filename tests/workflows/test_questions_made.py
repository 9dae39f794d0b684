"""The document of questions, made of a model's draft: A2.23 to A2.26."""

from __future__ import annotations

import json

import pytest
from drafted import QUICK, asks, document, research, research_drafts, scores, stopped
from hypothesis import given

from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafts import NoteDraft, PlanDraft, ResearchDraft
from workbench.workflows.documents.extracting import InvalidOutput


def problems(draft: ResearchDraft) -> list[str]:
    with pytest.raises(InvalidOutput) as refused:
        questions.derive(draft, purpose="domain")
    return refused.value.problems


def plan(marks: tuple[int, ...], *selected: str) -> PlanDraft:
    return PlanDraft(domain="x", topic_relevance="relevant", dimension_scores=scores(*marks), selected=list(selected))


@QUICK
@given(research_drafts())
def test_counts_equal_what_is_there_whatever_was_drafted(draft: ResearchDraft) -> None:
    made, _ = questions.derive(draft, purpose="domain")
    asked = [question for section in made.sections for question in section.questions]
    told = made.metadata
    assert (told.section_count, told.question_count, told.refinement_count) == (len(made.sections), len(asked), 0)
    assert told.priority_questions == [question.id for question in asked if question.must_answer]
    assert told.must_answer_count == len(told.priority_questions)
    assert questions.recounted(made) == made


@QUICK
@given(research_drafts())
def test_what_is_made_of_a_draft_is_a_valid_document_with_no_answers(draft: ResearchDraft) -> None:
    made, _ = questions.derive(draft, purpose="domain")
    assert questions.validate(json.loads(made.model_dump_json())) == made
    assert [(each.choice, each.text) for each in questions.asked(made)] == [(None, "")] * made.metadata.question_count


def test_ids_run_through_the_whole_document() -> None:
    made, _ = questions.derive(research([asks("One?"), asks("Two?")], [asks("Three?")]), purpose="domain")
    assert [section.id for section in made.sections] == ["S1", "S2"]
    assert [each.id for each in questions.asked(made)] == ["Q1", "Q2", "Q3"]


def test_two_to_four_real_choices_are_followed_by_other_please_specify() -> None:
    choices = document().sections[0].questions[0].choices
    assert [(each.id, each.text, each.is_other) for each in choices[-2:]] == [
        ("C", "Monthly", False),
        ("D", "Other (please specify)", True),
    ]


@pytest.mark.parametrize(
    "other", ["Other", "other…", "Other (please specify)", "Other: please specify", "Something else"]
)
def test_a_way_out_that_the_model_wrote_itself_is_no_choice(other: str) -> None:
    made, _ = questions.derive(research([asks(choices=["Yes", "No", other])]), purpose="domain")
    assert [each.text for each in made.sections[0].questions[0].choices] == ["Yes", "No", "Other (please specify)"]


def test_a_choice_that_begins_with_other_is_a_choice() -> None:
    made, _ = questions.derive(research([asks(choices=["Germany", "Other countries only"])]), purpose="domain")
    assert made.sections[0].questions[0].choices[1].text == "Other countries only"


def test_letters_that_the_model_wrote_before_its_choices_are_taken_off() -> None:
    made, _ = questions.derive(research([asks(choices=["A. Yes", "B) No"], recommended=1, why="so")]), purpose="x")
    question = made.sections[0].questions[0]
    assert [each.text for each in question.choices[:2]] == ["Yes", "No"]
    assert question.recommendation == "B: so"


def test_the_recommended_choice_is_stored_with_its_letter_and_why() -> None:
    question = document().sections[0].questions[0]
    assert question.recommendation == "B: most teams close the week"
    assert questions.recommended(question) == question.choices[1]


def test_of_too_many_choices_the_recommended_one_stays() -> None:
    made, notes = questions.derive(research([asks(choices=list("vwxyz"), recommended=4)]), purpose="domain")
    question = made.sections[0].questions[0]
    assert [each.text for each in question.choices[:4]] == ["v", "w", "x", "z"]
    assert questions.recommended(question) == question.choices[3]
    assert notes == ["sections[0].questions[0].choices: 5 given, 4 kept"]


def test_a_wrong_draft_is_refused_with_the_path_of_each_fault() -> None:
    draft = research(
        [asks("One?"), asks("Two?", choices=["Yes"])], [asks(" ", title="", choices=["No", "no", "Other"])]
    )
    assert problems(draft) == [
        "sections[0].questions[1].choices: 1 given, 2 to 4 needed",
        "sections[1].questions[0].text: is blank",
        "sections[1].questions[0].choices: 1 given, 2 to 4 needed",
    ]


def test_no_question_at_all_is_a_fault_unless_a_code_says_why() -> None:
    assert problems(research()) == [
        "sections: no question, at least 1 needed (or a warning or error that says why not)"
    ]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("warning", "scope_guard_triggered"),
        ("warning", "all_dimensions_low_score"),
        ("error", "missing_user_context"),
        ("error", "invalid_research_output"),
    ],
)
def test_any_warning_or_error_code_gives_no_sections_zero_counts_and_a_scope_recommendation(
    kind: str, code: str
) -> None:
    made, _ = questions.derive(research([asks()], **{kind: stopped(code)}), purpose="domain")
    told = made.metadata
    assert made.sections == []
    assert (told.section_count, told.question_count, told.must_answer_count, told.priority_questions) == (0, 0, 0, [])
    assert (told.scope_recommendation, told.scope_reason) == (True, "It is about everything.")
    assert questions.validate(made.model_dump()) == made


def test_an_unknown_code_is_refused_with_those_that_there_are() -> None:
    found = problems(research([asks()], warning=stopped("too_hard")))
    assert found == ["warning.code: 'too_hard' is not one of scope_guard_triggered, all_dimensions_low_score"]


@pytest.mark.parametrize(
    ("most", "selected", "kept"),
    [
        (5, ["Dimension 1"], ["Dimension 1", "Dimension 2", "Dimension 3"]),
        (1, [], ["Dimension 1"]),
        (2, ["Dimension 4", "Dimension 3", "Dimension 2"], ["Dimension 4", "Dimension 3"]),
        (18, [f"dimension {number}" for number in range(1, 8)], [f"Dimension {number}" for number in range(1, 6)]),
        (5, ["Elsewhere", "Dimension 6", "Dimension 6"], ["Dimension 6", "Dimension 1", "Dimension 2"]),
    ],
)
def test_at_most_five_dimensions_are_selected_and_three_where_they_may_be(
    most: int, selected: list[str], kept: list[str]
) -> None:
    draft = research([asks()], research_plan=plan((5, 5, 4, 3, 2, 1, 1), *selected))
    made, _ = questions.derive(draft, purpose="domain", max_dimensions=most)
    found = made.metadata.research_plan
    assert [each.name for each in found.selected_dimensions] == kept
    assert (found.dimensions_evaluated, found.dimensions_selected) == (7, len(kept))


def test_a_score_out_of_its_range_is_moved_into_it_and_said() -> None:
    made, notes = questions.derive(research([asks()], research_plan=plan((9, 0))), purpose="domain")
    assert [each.score for each in made.metadata.research_plan.dimension_scores] == [5, 1]
    assert len(notes) == 2


def test_a_question_asked_twice_is_asked_once_and_counted() -> None:
    made, _ = questions.derive(
        research([asks("Why?", consolidated_from=["a", "b", "c"]), asks("why?"), asks("When?")]), purpose="domain"
    )
    assert [each.id for each in questions.asked(made)] == ["Q1", "Q2"]
    assert made.metadata.duplicates_removed == 3


def test_overlong_titles_control_characters_and_half_characters_are_trimmed_not_refused() -> None:
    made, notes = questions.derive(research([asks("Why\x00 \ud800so?", title="t" * 500)]), purpose="domain")
    question = made.sections[0].questions[0]
    assert question.text == "Why so?"
    assert len(question.title) == 200
    assert notes == ["sections[0].questions[0].title: shortened to 200 characters"]
    assert "\\ud800" not in made.model_dump_json()


def test_markup_in_a_question_stays_what_was_said() -> None:
    made, _ = questions.derive(research([asks("<script>alert(1)</script> or not?")]), purpose="domain")
    assert made.sections[0].questions[0].text.startswith("<script>")


def test_notes_that_say_nothing_are_left_out() -> None:
    drafted = [NoteDraft(type="flag", title=" ", body=""), NoteDraft(type="critical_gap", title="Gap", body="No data")]
    made, _ = questions.derive(research([asks()], notes=drafted), purpose="domain")
    assert [(note.type, note.title) for note in made.notes] == [("critical_gap", "Gap")]


# -- stored documents -------------------------------------------------------------------------------------------------


def refusal(made: Clarifications, change: dict[str, object]) -> list[str]:
    raw = json.loads(made.model_dump_json())
    for path, value in change.items():
        *parts, last = [int(part) if part.isdigit() else part for part in path.split(".")]
        place = raw
        for part in parts:
            place = place[part]
        place[last] = value
    with pytest.raises(InvalidOutput) as refused:
        questions.validate(raw)
    assert refused.value.remedy
    return refused.value.problems


Q1 = "sections.0.questions.0"
WRONG = [
    ({"metadata.question_count": 4}, "metadata.question_count: is 4 but there are 3"),
    ({"metadata.priority_questions": ["Q2"]}, "metadata.priority_questions: is Q2 but there are Q1"),
    ({f"{Q1}.id": "Q2"}, "sections[0].questions[1].id: Q2 is there twice"),
    ({f"{Q1}.id": "X"}, "sections[0].questions[0].id: 'X' is no id of this place"),
    ({f"{Q1}.choices.3.is_other": False}, "sections[0].questions[0].choices: the last one, and no other, must have is_other true"),
    ({f"{Q1}.choices.0.id": "Z"}, "sections[0].questions[0].choices[0].id: is 'Z', A needed"),
    ({f"{Q1}.answer_choice": "F"}, "sections[0].questions[0].answer_choice: 'F' is none of the choices"),
    ({f"{Q1}.must_answer": "perhaps"}, "sections[0].questions[0].must_answer: "),
    ({"metadata.warning": {"code": "x", "message": "y"}}, "sections: must be empty with a warning or an error"),
    ({"sections": "none"}, "sections: "),
    ({"surplus": 1}, "surplus: there is no such key"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "line"), WRONG)
def test_a_broken_document_is_refused_with_the_path_of_the_fault(change: dict[str, object], line: str) -> None:
    found = refusal(document(must=1), change)
    assert any(each.startswith(line) for each in found), found


@pytest.mark.parametrize("raw", [None, [], "text", 3, {}, {"version": "2"}])
def test_what_is_no_document_is_refused(raw: object) -> None:
    with pytest.raises(InvalidOutput):
        questions.validate(raw)
