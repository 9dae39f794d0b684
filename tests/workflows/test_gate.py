"""The gate: A3.33 to A3.38, as corners 1 to 8 have them."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest
from drafted import FIRST, QUICK, SECOND, behind, document, judged, judgements, refined
from hypothesis import given
from hypothesis import strategies as st

from workbench.workflows.documents import questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.drafts import GateDraft
from workbench.workflows.gate import gate
from workbench.workflows.gate.evaluation import Dialog, Evaluation, GateChoice, Judgement

GOOD = "Every difference above ten euros is approved by finance"


def answered(*texts: str | None) -> Clarifications:
    """A document whose questions were answered in words."""
    made = document(*(f"Question {place} about {word}?" for place, word in enumerate("abcdefgh"[: len(texts)])))
    for place, text in enumerate(texts, 1):
        made = questions.answer(made, f"Q{place}", None, text)
    return made


def verdicts(said: Evaluation) -> list[str]:
    return [each.verdict for each in said.per_question]


def evaluate(made: Clarifications, draft: GateDraft | None = None) -> Evaluation:
    return gate.evaluate(made, FIRST, draft, first=True)


# -- counting ---------------------------------------------------------------------------------------------------------


@QUICK
@given(judgements(), st.booleans())
def test_the_four_counts_add_up_to_total_whatever_the_model_says(
    judgement: tuple[Clarifications, GateDraft | None], first: bool
) -> None:
    made, draft = judgement
    said = gate.evaluate(made, SECOND, draft, first=first)
    counts = Counter(verdicts(said))
    assert said.answered_count == counts["clear"] + counts["needs_refinement"]
    assert said.answered_count + said.empty_count + said.vague_count + said.contradictory_count == said.total_count
    assert [each.question_id for each in said.per_question] == [
        each.id for each in questions.asked(made, open_refinements=not first)
    ]
    assert gate.read(said.model_dump_json()) == said


@QUICK
@given(judgements())
def test_a_blank_is_never_called_clear_and_a_real_choice_never_vague(
    judgement: tuple[Clarifications, GateDraft | None],
) -> None:
    made, draft = judgement
    said = gate.evaluate(made, SECOND, draft, first=False)
    for item, each in zip(questions.asked(made), said.per_question, strict=True):
        if item.choice is not None:
            assert each.verdict not in ("vague", "not_answered")
        elif not item.text.strip():
            assert each.verdict == "not_answered"
        if each.verdict in ("vague", "contradictory"):
            assert each.reason
        if each.verdict == "contradictory":
            assert each.contradicts in {other.id for other in questions.asked(made)} - {item.id}


@pytest.mark.parametrize(
    "text",
    ["TBD", "tbd, ask Anna about all of this later", "not sure", "Not sure yet which of them it will be", "N/A", "n/a.",
     "default", "Default: whatever the system does by itself", "I don't know yet who decides on that", "?", "--", "30 days",
     "two words"],
)  # fmt: skip
def test_stock_phrases_and_fewer_than_five_words_are_vague_with_the_reason(text: str) -> None:
    said = evaluate(answered(text)).per_question[0]
    assert said.verdict == "vague"
    assert said.reason


@pytest.mark.parametrize(
    "text",
    ["The default currency is the euro", "Defaulting customers are handled by the legal team",
     "We are quite sure that it is never late", "每月月底对账", "一二三四五", GOOD],
)  # fmt: skip
def test_a_stock_word_inside_a_sentence_is_not_vague_and_a_chinese_character_is_a_word(text: str) -> None:
    assert verdicts(evaluate(answered(text))) == ["clear"]


@pytest.mark.parametrize("text", [f"- {GOOD}\n- Ann signs the rest", "... and above that the board decides"])
def test_signs_that_say_nothing_alone_are_no_stock_phrase_before_a_sentence(text: str) -> None:
    assert verdicts(evaluate(answered(text))) == ["clear"]
    for sign in ("-", "--", "…", "...", "?", "? ?"):
        assert verdicts(evaluate(answered(sign))) == ["vague"]


def test_how_many_words_an_answer_needs_stands_in_the_definition() -> None:
    made = answered("30 days")
    assert verdicts(gate.evaluate(made, FIRST.model_copy(update={"min_words": 2}), None, first=True)) == ["clear"]


def test_a_choice_of_one_word_is_clear_with_or_without_a_comment() -> None:
    made = questions.answer(document("Only this?"), "Q1", "A", None)
    assert verdicts(evaluate(made)) == ["clear"]
    assert verdicts(evaluate(questions.answer(made, "Q1", "A", "TBD"))) == ["clear"]


def test_other_is_judged_by_what_was_written() -> None:
    made = document("Only this?")
    assert verdicts(evaluate(questions.answer(made, "Q1", "D", None))) == ["not_answered"]
    assert verdicts(evaluate(questions.answer(made, "Q1", "D", "hourly"))) == ["vague"]


# -- the model's part -------------------------------------------------------------------------------------------------


def test_the_model_judges_only_what_counting_leaves() -> None:
    made = answered(GOOD, "TBD", None)
    assert gate.for_model(made, FIRST, first=True) == ["Q1"]
    said = evaluate(made, judged(("Q1", "needs_refinement", "who is finance?", None), ("Q2", "clear"), ("Q3", "clear")))
    assert verdicts(said) == ["needs_refinement", "vague", "not_answered"]
    assert said.judged_by == "model"


def test_an_unknown_id_is_ignored_and_an_answer_that_was_not_judged_is_clear() -> None:
    assert verdicts(evaluate(answered(GOOD), judged(("Q9", "contradictory", "x", "Q1")))) == ["clear"]


def test_a_contradiction_of_an_unknown_question_or_of_itself_becomes_needs_refinement() -> None:
    made = answered(GOOD, GOOD)
    for other in ("Q9", "Q1", "", None):
        said = evaluate(made, judged(("Q1", "contradictory", "they differ", other)))
        assert verdicts(said) == ["needs_refinement", "clear"]
        assert said.per_question[0].contradicts is None


def test_of_two_words_on_one_answer_the_worse_one_counts() -> None:
    said = evaluate(answered(GOOD, GOOD), judged(("Q1", "clear"), ("Q1", "contradictory", None, "Q2"), ("Q1", "vague")))
    assert verdicts(said) == ["contradictory", "clear"]


# -- the verdict ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clear", "empty", "contradictory", "verdict"),
    [
        (17, 3, 0, "sufficient"), (16, 4, 0, "mixed"), (19, 0, 1, "mixed"), (10, 10, 0, "mixed"),
        (9, 10, 0, "insufficient"), (0, 0, 0, "insufficient"), (1, 0, 0, "sufficient"), (10, 0, 10, "mixed"),
    ],
)  # fmt: skip
def test_sufficient_from_085_without_contradiction_mixed_from_05_else_insufficient(
    clear: int, empty: int, contradictory: int, verdict: str
) -> None:
    counts: dict[Judgement, int] = {"clear": clear, "not_answered": empty, "contradictory": contradictory}
    assert gate.verdict_of(counts, 0.85, 0.5) == verdict


@QUICK
@given(judgements())
def test_a_model_that_fails_on_answers_that_it_found_contradictory_passes_none(
    judgement: tuple[Clarifications, GateDraft | None],
) -> None:
    made, draft = judgement
    before = evaluate(made, draft)
    again = gate.evaluate(made, FIRST, None, first=True, before=before)
    assert (gate.dialog(again) == "contradictory") == (before.contradictory_count > 0)
    assert again.answers_digest == before.answers_digest


@QUICK
@given(st.integers(0, 400), st.integers(0, 400), st.integers(1, 100))
def test_the_verdict_is_exact_at_its_border(good: int, rest: int, percent: int) -> None:
    counts: dict[Judgement, int] = {"clear": good, "not_answered": rest}
    enough = good + rest > 0 and 100 * good >= percent * (good + rest)
    assert (gate.verdict_of(counts, float(Decimal(percent) / 100), 0.001) == "sufficient") == enough


def test_a_missing_or_broken_evaluation_reads_as_insufficient_with_zero_counts() -> None:
    for raw in (None, "", "{}", "[]", "x", '{"verdict": "splendid"}', b"\xff", "[" * 100_000):
        said = gate.read(raw)
        assert (said.verdict, said.total_count, said.answered_count) == ("insufficient", 0, 0)


# -- dialogs ----------------------------------------------------------------------------------------------------------

DIALOGS: list[tuple[GateDraft | None, tuple[str | None, ...], Dialog, list[GateChoice]]] = [
    (judged(), (GOOD, GOOD), "clear", ["answer", "continue", "skip"]),
    (judged(("Q1", "needs_refinement")), (GOOD, GOOD), "needs_refinement", ["answer", "continue"]),
    (judged(("Q1", "needs_refinement")), (GOOD, None), "unanswered", ["answer", "continue"]),
    (judged(), (GOOD,) * 7 + ("TBD",), "unanswered", ["answer", "continue"]),
    (judged(("Q1", "contradictory", "no", "Q2")), (GOOD, GOOD, None), "contradictory", ["answer"]),
    (None, (GOOD, GOOD), "unavailable", ["answer", "continue"]),
    (None, (GOOD, None), "unanswered", ["answer", "continue"]),
]


@pytest.mark.parametrize(("draft", "texts", "shown", "may"), DIALOGS)
def test_the_worst_question_picks_the_dialog_and_the_dialog_its_choices(
    draft: GateDraft | None, texts: tuple[str | None, ...], shown: Dialog, may: list[GateChoice]
) -> None:
    found = gate.dialog(evaluate(answered(*texts), draft))
    assert found == shown
    assert gate.choices(found, FIRST) == may


@QUICK
@given(judgements())
def test_answering_is_always_allowed_and_a_contradiction_allows_nothing_else(
    judgement: tuple[Clarifications, GateDraft | None],
) -> None:
    made, draft = judgement
    said = evaluate(made, draft)
    may = gate.choices(gate.dialog(said), FIRST)
    assert may[0] == "answer"
    assert (len(may) == 1) == (said.contradictory_count > 0)
    assert ("skip" in may) == (set(verdicts(said)) == {"clear"} and said.judged_by == "model")


def test_the_second_gate_goes_back_to_answer_or_continues_has_no_skip_and_no_way_past_a_contradiction() -> None:
    for shown in ("clear", "needs_refinement", "unanswered", "unavailable"):
        assert gate.choices(shown, SECOND) == ["answer", "continue"]
    assert gate.choices("contradictory", SECOND) == ["answer"]


def test_eighteen_clear_and_two_empty_are_sufficient_and_still_ask_to_answer() -> None:
    made = document(*(f"Question number {number} of many?" for number in range(20)))
    for number in range(1, 19):
        made = questions.answer(made, f"Q{number}", "A", None)
    said = evaluate(made, judged())
    assert (said.verdict, gate.dialog(said)) == ("sufficient", "unanswered")


# -- a failed judge ---------------------------------------------------------------------------------------------------


def test_a_failed_judge_leaves_what_counting_says_and_says_so() -> None:
    said = evaluate(answered(GOOD, GOOD))
    assert (said.judged_by, said.verdict, gate.dialog(said)) == ("rules", "sufficient", "unavailable")
    assert said.reasoning


def test_a_contradiction_found_for_the_same_answers_is_not_passed_by_a_failed_judge() -> None:
    made = answered(GOOD, GOOD)
    found = evaluate(made, judged(("Q1", "contradictory", "no", "Q2")))
    again = gate.evaluate(made, FIRST, None, first=True, before=found)
    assert gate.choices(gate.dialog(again), FIRST) == ["answer"]
    assert again == found


def test_a_contradiction_of_other_answers_binds_no_more_and_a_model_may_take_it_back() -> None:
    made = answered(GOOD, GOOD)
    found = evaluate(made, judged(("Q1", "contradictory", "no", "Q2")))
    changed = questions.answer(made, "Q2", None, "They are all approved by the board itself")
    assert gate.dialog(gate.evaluate(changed, FIRST, None, first=True, before=found)) == "unavailable"
    assert gate.dialog(gate.evaluate(made, FIRST, judged(), first=True, before=found)) == "clear"


# -- two gates --------------------------------------------------------------------------------------------------------


def test_the_first_gate_ignores_refinements_that_a_reset_run_left_unanswered() -> None:
    made = refined(answered(GOOD), behind())
    assert verdicts(gate.evaluate(made, FIRST, judged(), first=True)) == ["clear"]
    assert verdicts(gate.evaluate(made, SECOND, judged(), first=False)) == ["clear", "not_answered"]


def test_nothing_is_left_to_judge_again_when_no_refinement_was_made() -> None:
    made = answered(GOOD, GOOD)
    first = evaluate(made, judged())
    assert gate.evaluate(refined(made), SECOND, judged(), first=False).answers_digest == first.answers_digest


# -- what comes of it -------------------------------------------------------------------------------------------------


def test_each_answer_that_is_not_clear_is_noted_beside_its_question() -> None:
    made = answered(GOOD, "TBD", None)
    notes = gate.noted(made, evaluate(made, judged(("Q1", "needs_refinement", "who?", None)))).answer_evaluator_notes
    assert [(note.type, note.question_id) for note in notes] == [
        ("needs_refinement", "Q1"), ("vague", "Q2"), ("not_answered", "Q3"),
    ]  # fmt: skip
    assert all(note.body and note.question_title for note in notes)
