"""What only needs trimming costs no repair; what is wrong is told with its path."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.workflows.documents.drafting import drafted
from workbench.workflows.documents.drafts import DecisionsDraft, Draft, GateDraft, RefinementsDraft, ResearchDraft
from workbench.workflows.documents.extracting import InvalidOutput

PLAN = {
    "domain": "Invoices",
    "topic_relevance": "relevant",
    "dimension_scores": [{"name": "Rules", "score": 4, "reason": "Local.", "focus": "Limits", "companion_skill": None}],
    "selected": ["Rules"],
}
QUESTION = {
    "title": "Limit",
    "text": "Which limit?",
    "must_answer": True,
    "choices": ["One hundred euros a line", "None at all, ever"],
    "recommended": 0,
    "why": "Usual.",
    "consolidated_from": [],
}
RESEARCH: dict[str, Any] = {
    "title": "T",
    "warning": None,
    "error": None,
    "research_plan": PLAN,
    "sections": [{"title": "S", "description": "", "questions": [QUESTION]}],
    "notes": [],
}
REFINEMENT = {
    "parent_question_id": "Q1",
    "title": "T",
    "text": "Which?",
    "choices": ["This one", "That one"],
    "recommended": None,
    "why": "",
}


def problems(kind: type[Draft], raw: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidOutput) as caught:
        drafted(kind, raw)
    return caught.value.problems


def test_a_draft_that_is_right_is_taken_without_a_note() -> None:
    draft, notes = drafted(ResearchDraft, RESEARCH)
    assert draft.model_dump(mode="json") == RESEARCH
    assert notes == []


def test_a_key_too_many_is_left_out_with_a_note() -> None:
    raw = copy.deepcopy(RESEARCH)
    raw["sections"][0]["questions"][0]["confidence"] = 0.9
    draft, notes = drafted(ResearchDraft, raw)
    assert draft == drafted(ResearchDraft, RESEARCH)[0]
    assert notes == ["sections[0].questions[0].confidence: there is no such key, left out"]


def test_a_null_a_remark_or_a_list_of_notes_that_was_left_out_is_filled_in() -> None:
    raw = copy.deepcopy(RESEARCH)
    for key in ("warning", "error", "notes"):
        del raw[key]
    for key in ("recommended", "why", "consolidated_from"):
        del raw["sections"][0]["questions"][0][key]
    question = drafted(ResearchDraft, raw)[0].sections[0].questions[0]
    assert (question.recommended, question.why, question.consolidated_from) == (None, "", [])


def test_a_word_in_other_letters_is_the_word() -> None:
    raw = copy.deepcopy(RESEARCH)
    raw["research_plan"]["topic_relevance"] = " Not-Relevant"
    assert drafted(ResearchDraft, raw)[0].research_plan.topic_relevance == "not_relevant"
    judged = {"question_id": "Q1", "verdict": "Needs refinement", "reason": "r", "contradicts": None}
    assert (
        drafted(GateDraft, {"reasoning": "", "per_question": [judged]})[0].per_question[0].verdict == "needs_refinement"
    )


def test_what_is_missing_or_of_another_kind_is_told_with_its_path() -> None:
    raw = copy.deepcopy(RESEARCH)
    del raw["sections"][0]["questions"][0]["choices"]
    raw["research_plan"]["dimension_scores"][0]["score"] = "many"
    found = problems(ResearchDraft, raw)
    assert any(line.startswith("sections[0].questions[0].choices: ") for line in found)
    assert any(line.startswith("research_plan.dimension_scores[0].score: ") for line in found)


def test_a_bad_refinement_is_dropped_with_a_note_and_the_others_are_kept() -> None:
    bad = {key: value for key, value in REFINEMENT.items() if key != "text"}
    draft, notes = drafted(RefinementsDraft, {"refinements": [bad, REFINEMENT, 7], "notes": []})
    assert [each.text for each in draft.refinements] == ["Which?"]
    assert [note.split(":")[0] for note in notes] == ["refinements[0].text", "refinements[2]"]


def test_refinements_that_are_all_bad_are_a_problem_and_none_at_all_are_none() -> None:
    assert problems(RefinementsDraft, {"refinements": [{}], "notes": []})
    assert drafted(RefinementsDraft, {"refinements": [], "notes": []})[0].refinements == []


def test_a_bad_judgement_is_dropped_and_a_bad_decision_is_a_problem() -> None:
    good = {"question_id": "Q1", "verdict": "clear", "reason": None, "contradicts": None}
    draft, notes = drafted(GateDraft, {"per_question": [good, {**good, "verdict": "splendid"}]})
    assert len(draft.per_question) == 1
    assert len(notes) == 1
    assert problems(DecisionsDraft, {"contradiction": None, "decisions": [{"role": "purpose"}]})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from([*RESEARCH, *PLAN, *QUESTION, *REFINEMENT, "decisions", "x"]), inner, max_size=6
        )
    ),
    max_leaves=30,
)


@given(
    st.sampled_from([ResearchDraft, RefinementsDraft, DecisionsDraft, GateDraft]),
    st.dictionaries(st.sampled_from([*RESEARCH, "refinements", "per_question", "decisions"]), JSON, max_size=6),
)
def test_any_object_gives_a_draft_or_a_refusal(kind: type[Draft], raw: dict[str, Any]) -> None:
    before = copy.deepcopy(raw)
    try:
        draft, _ = drafted(kind, raw)
        assert drafted(kind, draft.model_dump(mode="json")) == (draft, [])
    except InvalidOutput:
        pass
    assert raw == before
