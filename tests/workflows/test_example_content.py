"""What the examples say is what a model would have to say: drafts that pass, skills that pass, texts that can be edited."""

from __future__ import annotations

import pytest
from recordings.scripts import Script

from workbench.skills.document.lint import diagnose
from workbench.skills.skill import parse
from workbench.workflows.documents import drafts
from workbench.workflows.recording.recordings import SHIPPED, Words, words_of

NAMES = sorted(path.parent.name for path in SHIPPED.glob("*/example.toml"))
STEPS = {"research": drafts.ResearchDraft, "detail": drafts.RefinementsDraft, "decisions": drafts.DecisionsDraft}


@pytest.fixture(params=NAMES)
def example(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def script(example: str) -> Script:
    return Script(example, skill="demo", today="2026-01-02")


@pytest.fixture
def words(example: str) -> Words:
    return words_of(SHIPPED / example)


def last(script: Script, turn: str):
    """The last answer of a turn that has an object."""
    entry = [entry for entry in script._turns[turn] if "structured" in entry or "plain" in entry][-1]
    return script.output(entry)


def right(script: Script):
    """The research as it was in the end."""
    return last(script, "research.repair" if "research.repair" in script.turns else "research.main")


def test_there_are_two_examples_and_invoices_come_first():
    assert NAMES == ["invoice-matching", "release-notes"]


@pytest.mark.parametrize("step", STEPS)
def test_each_step_ends_with_a_draft_of_its_kind(script, step):
    assert STEPS[step].model_validate(last(script, f"{step}.main"))


def test_the_gates_judge_known_questions_only(script):
    research = drafts.ResearchDraft.model_validate(right(script))
    numbers = {f"Q{n}" for n in range(1, 1 + sum(len(section.questions) for section in research.sections))}
    first = drafts.GateDraft.model_validate(last(script, "research.gate"))
    assert {judged.question_id for judged in first.per_question} == numbers
    refined = {
        each.parent_question_id
        for each in drafts.RefinementsDraft.model_validate(last(script, "detail.main")).refinements
    }
    assert refined == {each.question_id for each in first.per_question if each.verdict == "needs_refinement"}
    second = drafts.GateDraft.model_validate(last(script, "detail.gate"))
    assert {judged.question_id for judged in second.per_question if judged.question_id.startswith("Q")} == refined


def test_each_question_has_two_to_four_choices_and_a_recommendation_with_its_reason(script):
    research = drafts.ResearchDraft.model_validate(right(script))
    questions = [question for section in research.sections for question in section.questions]
    assert 10 <= len(questions) <= 25
    assert sum(question.must_answer for question in questions) == 8
    for question in [*questions, *drafts.RefinementsDraft.model_validate(last(script, "detail.main")).refinements]:
        assert 2 <= len(question.choices) <= 4, question.title
        assert question.recommended in range(len(question.choices)), question.title
        assert question.why, question.title
    selected = {score.name for score in research.research_plan.dimension_scores}
    assert set(research.research_plan.selected) <= selected
    assert all(set(question.consolidated_from) <= selected for question in questions)


def test_purpose_and_trigger_come_first_among_the_decisions(script):
    found = drafts.DecisionsDraft.model_validate(last(script, "decisions.main"))
    assert found.contradiction is None
    assert [decision.role for decision in found.decisions][:2] == ["purpose", "trigger"]
    assert {decision.role for decision in found.decisions[2:]} == {"topic"}


@pytest.mark.parametrize("turn", ["generate.main", "draft.main"])
def test_the_skill_passes_the_linter_and_has_three_scenarios(script, turn):
    files = written(script, turn)
    text = files["SKILL.md"]
    found = diagnose(parse(text.encode(), folder="demo", files=files))
    assert [finding for finding in found if finding.severity == "error" or finding.level == "security"] == []
    assert "${" not in text
    assert len(text.splitlines()) < 500
    assert files["context/evaluations.md"].count("\n## Scenario ") >= 3
    for path in files:
        if path.startswith("references/"):
            assert path in text, f"SKILL.md leads nowhere near {path}"


def test_each_refine_message_has_a_turn_whose_edits_fit_what_the_turn_before_has_left(script, words):
    files = written(script, "generate.main")
    says = [turn for turn in script.turns if turn.startswith("refine.say-")]
    assert says == [f"refine.say-{n}" for n in range(1, 1 + len(words.refine.messages))]
    assert len(says) >= 2
    for say in says:
        edits = [step["input"] for step in script.steps(say) if step.get("tool") == "Edit"]
        assert edits
        for edit in edits:
            path = edit["file_path"].removeprefix("${CWD}/")
            assert files[path].count(edit["old_string"]) == 1, edit["old_string"]
            files[path] = files[path].replace(edit["old_string"], edit["new_string"])


def test_each_test_has_both_answers_and_a_judgement(script, words):
    assert words.tests
    for number in range(1, 1 + len(words.tests)):
        assert script.steps(f"test.baseline-{number}")[-1]["text"] != script.steps(f"test.with-{number}")[-1]["text"]
        judged = last(script, f"test.judge-{number}")
        assert {each["direction"] for each in judged["judgements"]} >= {"up", "down"}
        assert 2 <= len(judged["recommendations"]) <= 4


def test_an_output_that_is_wrong_at_first_has_a_repair(script):
    wrong = [turn for turn in script.turns if any("cut" in entry for entry in script._turns[turn])]
    assert all(turn.replace("main", "repair") in script.turns for turn in wrong)


def test_one_of_the_examples_shows_a_repair_and_an_output_as_plain_text():
    turns = Script("release-notes", skill="demo", today="2026-01-02")
    assert "research.repair" in turns.turns
    assert any("plain" in entry for entry in turns._turns["decisions.main"])


def written(script: Script, turn: str) -> dict[str, str]:
    """The files that a turn writes."""
    inputs = [step["input"] for step in script.steps(turn) if step.get("tool") == "Write"]
    return {told["file_path"].removeprefix("${CWD}/"): told["content"] for told in inputs}
