"""What a person said of a skill, what an agent is shown of it, and the scenarios that are made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from drafted import ANY_TEXT, QUICK
from hypothesis import given
from hypothesis import strategies as st

from workbench.paths import Home
from workbench.workflows.definition import definitions
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.intake import intake, scenarios
from workbench.workflows.intake.intake import Evidence, Intake, Interview
from workbench.workflows.steps import completing
from workbench.workflows.steps.completing import Given

EVALUATIONS = """# Evaluations

## Scenario 1: A mixed night

**Request:** Match tonight's invoices
and tell me what I can post.

**Expected:** A proposal for each invoice.

**Checks:**

- The worst comes first
- [ ] Both values are named

## Scenario 2: All at once

**Request**: "Why is 77-310 blocked?"

**Given**: an invoice with another bank account

**Expected**

- It proposes to ask
- It does not pay

## Scenario 3: nothing asked

Given nothing, expect nothing.

### Scenario 4 – Not this skill's business

Request: Release the payment run for Friday.
Expected: it declines.
"""


def said(**changed: Any) -> Intake:
    interview = Interview(
        serves=["Match tonight's invoices and tell me what I can post.", "Is this a duplicate?"],
        refuses=["Release the payment run for Friday", "Write a poem"],
        good="Says each value:\n- the worst first\n- with its source",
    )
    return Intake(purpose="domain", description="Match invoices", interview=interview).model_copy(update=changed)


INTAKES = st.builds(
    Intake,
    purpose=st.sampled_from([None, "domain"]),
    description=ANY_TEXT,
    context=ANY_TEXT,
    tags=st.lists(ANY_TEXT, max_size=3),
    interview=st.builds(
        Interview, serves=st.lists(ANY_TEXT, max_size=3), refuses=st.lists(ANY_TEXT, max_size=2), good=ANY_TEXT
    ),
    evidence=st.lists(st.builds(Evidence, source=ANY_TEXT, outputs=ANY_TEXT, origin=ANY_TEXT), max_size=2),
    variables=st.dictionaries(st.sampled_from(["tone", "team"]), ANY_TEXT),
)


@QUICK
@given(INTAKES)
def test_what_was_said_comes_back_from_its_file_as_it_was(one: Intake) -> None:
    kept = intake.tidied(one)
    assert intake.read(intake.text_of(kept).encode()) == kept
    assert intake.tidied(kept) == kept


def test_a_skill_without_an_intake_has_said_nothing() -> None:
    assert intake.read(None) == Intake()
    assert intake.shown(Intake()) == ""


@pytest.mark.parametrize(
    ("raw", "line"),
    [(b"{", "the document: it is not JSON"), (b"[" * 100_000, "the document: it is not JSON"), (b"[]", "the document:"),
     (b'{"interview": {"serves": 3}}', "interview.serves: "), (b'{"surplus": 1}', "surplus: "), (b"\xff", "the document:")],
)  # fmt: skip
def test_a_broken_intake_is_refused_with_the_path_of_the_fault(raw: bytes, line: str) -> None:
    with pytest.raises(InvalidOutput) as refused:
        intake.read(raw)
    assert refused.value.problems[0].startswith(line)


def test_what_is_named_is_replaced_and_the_rest_stays() -> None:
    after = intake.changed(said(context="We are five"), description="Match bills", context=None, interview=Interview())
    assert (after.description, after.context, after.interview) == ("Match bills", "We are five", Interview())


def test_blank_and_repeated_requests_are_left_out_and_colours_of_a_terminal_are_taken_off() -> None:
    red = Evidence(source="run()", outputs="\x1b[31mValueError\x1b[0m: no rate", origin="a.ipynb, cell 3")
    blank = Evidence(source=" ", outputs="\n")
    kept = intake.tidied(said(interview=Interview(serves=["One", " ", "One "]), evidence=[red, blank]))
    assert kept.interview.serves == ["One"]
    assert [each.outputs for each in kept.evidence] == ["ValueError: no rate"]


def test_what_looks_like_a_secret_in_a_cell_is_not_kept() -> None:
    told = Evidence(source='TOKEN = "ghp_0123456789abcdefghij0"', outputs="Authorization: Bearer abcdefgh12345678")
    (kept,) = intake.tidied(said(evidence=[told])).evidence
    assert (kept.source, kept.outputs) == ('TOKEN = "[REDACTED]"', "Authorization: Bearer [REDACTED]")


def test_a_secret_that_is_known_is_taken_out_wherever_it_was_said() -> None:
    whole = said(
        context="The key is hunter2hunter2.",
        interview=Interview(serves=["Use hunter2hunter2"], good="hunter2hunter2"),
        evidence=[Evidence(source="connect('hunter2hunter2')")],
        variables={"max-dimensions": "hunter2hunter2"},
    )
    kept = intake.masked(whole, lambda text: text.replace("hunter2hunter2", "[REDACTED]"))
    assert "hunter2" not in intake.text_of(kept)
    assert intake.text_of(kept).count("[REDACTED]") == 5


def test_an_agent_is_shown_a_long_output_without_its_middle() -> None:
    cell = Evidence(source="frame", outputs="head" + "x" * 100_000 + "tail", origin="a.ipynb")
    told = json.loads(intake.shown(said(evidence=[cell])))
    outputs = told["notebook_cells"][0]["outputs"]
    assert outputs.startswith("head")
    assert outputs.endswith("tail")
    assert len(outputs) < 21_000


def test_however_much_evidence_there_is_an_agent_is_shown_what_it_can_read() -> None:
    cells = [Evidence(source="s" * 50_000, outputs="o" * 100_000, origin=str(number)) for number in range(50)]
    assert len(intake.shown(said(evidence=cells))) < 130_000


# -- scenarios --------------------------------------------------------------------------------------------------------


def test_scenarios_are_read_however_their_labels_are_set() -> None:
    found = scenarios.scenarios(EVALUATIONS)
    assert [(each.title, each.request) for each in found] == [
        ("A mixed night", "Match tonight's invoices\nand tell me what I can post."),
        ("All at once", "Why is 77-310 blocked?\n\nan invoice with another bank account"),
        ("Not this skill's business", "Release the payment run for Friday."),
    ]
    assert found[0].checks == ["The worst comes first", "Both values are named"]
    assert found[1].checks == ["It proposes to ask", "It does not pay"]


def test_the_persons_own_requests_come_first_each_with_what_a_scenario_adds_and_refusals_last() -> None:
    made = scenarios.evals_of("invoices", said(), EVALUATIONS)
    assert [each.prompt for each in made.evals] == [
        "Match tonight's invoices and tell me what I can post.",
        "Is this a duplicate?",
        "Why is 77-310 blocked?\n\nan invoice with another bank account",
        "Release the payment run for Friday",
        "Write a poem",
    ]
    assert [each.id for each in made.evals] == [1, 2, 3, 4, 5]
    assert made.evals[0].expectations == ["The worst comes first", "Both values are named"]
    assert made.evals[1].expectations == ["the worst first", "with its source"]
    assert made.evals[3].expected_output == "it declines."
    assert made.evals[4].expected_output.startswith("The skill is not what this asks for")


@QUICK
@given(INTAKES, st.sampled_from(["", EVALUATIONS, "## Scenario\n**Request:**", "## Scenario 1: x\nRequest: A"]))
def test_each_of_the_persons_requests_is_in_the_file_in_their_words(one: Intake, evaluations: str) -> None:
    kept = intake.tidied(one)
    made = scenarios.evals_of("any", kept, evaluations)
    asked = [each.prompt for each in made.evals]
    assert asked[: len(kept.interview.serves)] == kept.interview.serves
    assert set(kept.interview.refuses) <= set(asked)
    assert [each.id for each in made.evals] == list(range(1, len(made.evals) + 1))
    assert json.loads(scenarios.text_of(made)).keys() == {"skill_name", "evals"}
    assert scenarios.evals_of("any", kept, evaluations) == made


def test_a_step_that_writes_evaluations_leaves_them_as_evals_json_too_and_not_as_its_own_artifact() -> None:
    step = definitions.find(Home(Path("/nowhere")), "quick-skill").workflow.steps[-1]
    skill = b"---\nname: invoices\ndescription: Matches invoices. Use when one arrives.\n---\n\n# Invoices\n"
    given = Given("invoices", intake=said(), staged={"SKILL.md": skill, "context/evaluations.md": EVALUATIONS.encode()})
    made = completing.of_files(step, given)
    assert json.loads(made.files["evals/evals.json"])["skill_name"] == "invoices"
    assert made.artifacts == {"SKILL.md", "context/evaluations.md"}
