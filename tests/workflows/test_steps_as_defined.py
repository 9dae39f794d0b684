"""What each step of the shipped workflows may do, is told and leaves: A2.18 to A2.30, corners 17, 18, 25, 27 and 28."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from drafted import document
from journey import EVALUATIONS, SKILL, decided, research

from workbench.agents.said import Said
from workbench.paths import Home
from workbench.settings import Settings
from workbench.skills.skill import parse
from workbench.workflows.definition import definitions
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.definition.prompting import Prompt, prompt_of
from workbench.workflows.documents import decisions, questions
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.saving import text_of
from workbench.workflows.refining.driving import THINKING
from workbench.workflows.steps import completing
from workbench.workflows.steps.completing import Folded, Given
from workbench.workflows.steps.turning import Driving, params_of
from workbench.workflows.workflow import Step

BUILDER = definitions.find(Home(Path("/nowhere")), "skill-builder")
STEPS = BUILDER.workflow.steps
STAGING = Path("/staging")


def sent(step: Step) -> dict[str, Any]:
    """What an agent is started with for a step."""
    return params_of(step, Prompt("Do it.", None, "x"), STAGING, Driving(), Settings())


def words(prompt: str) -> str:
    """A prompt as one line."""
    return " ".join(BUILDER.instructions(prompt).split())


# -- limits and tools -------------------------------------------------------------------------------------------------


def test_turn_caps_are_50_50_100_and_120_and_thinking_budgets_8000_8000_32000_and_16000_tokens() -> None:
    told = [sent(step) for step in STEPS]
    assert [each["maxTurns"] for each in told] == [50, 50, 100, 120]
    assert [each["thinking"] for each in told] == [8_000, 8_000, 32_000, 16_000]


def test_a_steps_own_thinking_wins_and_16000_tokens_are_where_none_is_set_and_in_refining() -> None:
    unset = Step(key="own", title="Own", prompt="own.md")
    assert sent(unset)["thinking"] == THINKING == 16_000
    assert sent(unset.model_copy(update={"thinking": 5_000}))["thinking"] == 5_000
    assert sent(unset.model_copy(update={"thinking": 0}))["thinking"] is False


def test_the_first_three_steps_may_write_nowhere_and_the_last_one_only_in_its_staging_folder() -> None:
    assert [sent(step)["writes"] for step in STEPS] == [[], [], [], [str(STAGING)]]
    greedy = STEPS[0].model_copy(update={"tools": (*STEPS[0].tools, "Write", "Edit", "NotebookEdit")})
    assert sent(greedy)["writes"] == [], "whatever tools it has"
    assert all({"Read", "Glob", "Grep", "Task", "Skill"} <= set(sent(step)["allowedTools"]) for step in STEPS)


def test_no_step_has_a_shell_and_one_that_a_definition_names_is_asked_about_each_time() -> None:
    assert all("Bash" in sent(step)["disallowedTools"] for step in STEPS)
    own = sent(STEPS[3].model_copy(update={"tools": (*STEPS[3].tools, "Bash")}))
    assert "Bash" not in own["disallowedTools"]
    assert "Bash" not in own["allowedTools"]
    assert own["permissionMode"] == "ask"


def test_the_agent_may_ask_the_person_where_its_step_says_so_and_nowhere_else() -> None:
    assert all("AskUserQuestion" not in sent(step)["disallowedTools"] for step in STEPS)
    silent = STEPS[0].model_copy(update={"questions": False})
    assert "AskUserQuestion" in sent(silent)["disallowedTools"]


# -- what each leaves -------------------------------------------------------------------------------------------------


def test_research_leaves_questions_that_detailed_research_changes_then_come_decisions_then_the_skill() -> None:
    made = [[(output.path, output.changes, output.at_least) for output in step.outputs] for step in STEPS]
    assert made == [
        [("context/clarifications.json", False, 1)],
        [("context/clarifications.json", True, 1)],
        [("context/decisions.json", False, 1)],
        [("SKILL.md", False, 1), ("references/*.md", False, 0), ("context/evaluations.md", False, 1)],
    ]


def written(**changed: str | None) -> Folded:
    """The last step of which the agent has written these files; None: it has not."""
    files = {"SKILL.md": SKILL, "context/evaluations.md": EVALUATIONS, "references/rules.md": "# Rules\n"}
    wanted = {**files, **{path.replace("__", "/").replace("_", "."): text for path, text in changed.items()}}
    staged = {path: text.encode() for path, text in wanted.items() if text is not None}
    return completing.of_files(STEPS[3], Given("demo", staged=staged))


def problems(**changed: str | None) -> list[str]:
    with pytest.raises(InvalidOutput) as refused:
        written(**changed)
    return refused.value.problems


def test_the_last_step_is_completed_with_a_valid_skill_and_at_least_three_scenarios_and_references_may_lack() -> None:
    assert {"SKILL.md", "context/evaluations.md"} <= written(references__rules_md=None).artifacts
    assert problems(SKILL_md=None) == ["SKILL.md: 0 written, at least 1 needed"]
    assert problems(context__evaluations_md=None) == ["context/evaluations.md: 0 written, at least 1 needed"]
    two = EVALUATIONS.split("## Scenario 3")[0]
    assert problems(context__evaluations_md=two) == ["context/evaluations.md: 2 scenarios, at least 3 needed"]
    wrong = problems(SKILL_md=SKILL.replace("name: demo", "name: Demo Skill"))
    assert wrong
    assert all(line.startswith("SKILL.md, line 2: ") for line in wrong)


def test_what_the_last_step_writes_beside_its_own_files_is_left_out_and_said() -> None:
    made = written(README_md="Hello.\n", context__decisions_md="Mine.\n")
    assert set(made.files) == {"SKILL.md", "context/evaluations.md", "references/rules.md", "evals/evals.json"}
    assert sorted(made.notes) == [
        "README.md: not one of the step's files, left out",
        "context/decisions.md: not one of the step's files, left out",
    ]


def test_the_front_matter_that_is_asked_for_passes_the_specification_and_says_no_more_than_it_may() -> None:
    form = BUILDER.instructions("writing.md").split("```\n")[1]
    for gap, value in (("<given>", "Ann"), ("<today>", "2026-11-21"), ("description: <", "description: Matches. <")):
        form = form.replace(gap, value)
    text = re.sub(r"^name: .*$", "name: demo", form, flags=re.MULTILINE).replace("<", "").replace(">", "")
    made = parse(f"{text}\nDo it.\n".encode(), folder="demo", files={"SKILL.md"})
    assert not [each for each in made.diagnostics if each["level"] == "spec" and each["severity"] == "error"]
    assert set(made.fields) == {"name", "description", "metadata"}
    assert made.fields["metadata"] == {
        "version": "1.0.0", "author": "Ann", "created": "2026-11-21", "modified": "2026-11-21",
    }  # fmt: skip
    assert "Add `allowed-tools` only if" in words("writing.md")


# -- documents --------------------------------------------------------------------------------------------------------


def folded(step: int, value: dict[str, Any], given: Given) -> Folded:
    said = Said("r", status="completed", structured=value)
    return completing.fold(STEPS[step], said, given)


def test_decisions_are_written_from_scratch_each_time_and_the_agent_is_not_shown_earlier_ones() -> None:
    assert decisions.FILE not in STEPS[2].inputs
    assert "earlier decisions are not to be kept" in words("decide.md")
    first = folded(2, decided("They differ."), Given("demo", questions=document()))
    again = folded(2, decided(), Given("demo"))
    assert b"contradictory_inputs" in first.files[decisions.FILE]
    assert b"They differ" not in again.files[decisions.FILE]


def test_an_invalid_payload_fails_its_step_with_the_path_of_section_question_and_field() -> None:
    wrong = research()
    wrong["sections"][0]["questions"][1]["text"] = 3
    wrong["sections"][0]["questions"][2]["choices"] = None
    with pytest.raises(InvalidOutput) as refused:
        folded(0, wrong, Given("demo"))
    assert [line.partition(":")[0] for line in refused.value.problems] == [
        "sections[0].questions[1].text",
        "sections[0].questions[2].choices",
    ]


def test_the_questions_are_stored_with_every_field_that_is_promised() -> None:
    raw = document(must=1).model_dump(mode="json")
    assert set(raw) == {"version", "metadata", "sections", "notes", "answer_evaluator_notes"}
    assert set(raw["metadata"]) == {
        "title", "question_count", "section_count", "refinement_count", "must_answer_count", "priority_questions",
        "duplicates_removed", "scope_recommendation", "scope_reason", "warning", "error", "research_plan",
    }  # fmt: skip
    assert set(raw["metadata"]["research_plan"]) == {
        "purpose", "domain", "topic_relevance", "dimensions_evaluated", "dimensions_selected", "dimension_scores",
        "selected_dimensions",
    }  # fmt: skip
    assert set(raw["sections"][0]["questions"][0]) == {
        "id", "title", "must_answer", "text", "consolidated_from", "choices", "recommendation", "answer_choice",
        "answer_text", "refinements",
    }  # fmt: skip
    assert (raw["version"], raw["metadata"]["research_plan"]["purpose"]) == ("1", "domain")
    assert questions.validate(raw).model_dump(mode="json") == raw
    assert text_of(questions.validate(raw)).endswith("}\n")


# -- what agents are told ---------------------------------------------------------------------------------------------


def test_research_has_one_sub_agent_a_selected_dimension_at_once_and_goes_on_when_one_fails() -> None:
    told = words("research.md")
    assert "give each selected dimension to one, all at the same time" in told
    assert "One that fails scores 1 and the others go on" in told
    assert "Score every dimension of the set" in told
    assert "best four or five, three only where three cover the work" in told


def test_detailed_research_takes_the_verdicts_as_given_and_looks_only_where_something_is_unclear() -> None:
    told = words("detail.md")
    for rule in (
        "The verdicts are given. Do not judge again",
        "a section in which all are clear needs no look",
        "Without an evaluation, answers that are empty count as unclear",
        "One to three follow-ups a question",
        "try a failed one once again, then go on without it",
    ):
        assert rule in told


def test_the_number_of_dimensions_that_a_person_wants_is_told_to_the_agent_as_data(home: Home) -> None:
    pinned: Pinned = definitions.find(home, "skill-builder")
    prompt = prompt_of(pinned, STEPS[0], data={}, variables={"max-dimensions": "3"}).text
    assert '"max-dimensions": "3"' in prompt.partition("# Data")[2]
