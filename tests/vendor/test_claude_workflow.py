"""A skill built step by step by the real Claude Code, whose model is ours: the journey, and what goes wrong on it.

Everything goes through Workbench's commands and real processes. The model keeps a bill; the ledger must come to it.
"""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from building import (
    ONE_CHOICE,
    WHOLE,
    WRITTEN,
    Person,
    decided,
    refinements,
    sigkill,
)
from scripted import Playing, asks, delegate, endless, plain, returned, slow, write

pytestmark = [pytest.mark.vendor, pytest.mark.slow]


def test_a_step_that_asks_is_answered_and_goes_on(person: Person) -> None:
    person.model.turns["demo.research"] = [asks("Goods or services?", "Goods", "Services"), returned(WHOLE)]
    person.make()
    begun = person.begin("research")
    asked = person.asked("research")
    row = person.step("research")
    assert (row["status"], row["waiting"]) == ("waiting_for_user", "question")
    person.bench.call(
        "agents.respond_input",
        {"session": begun["session"], "input": asked, "content": {"Goods or services?": "Goods"}},
    )
    row = person.over("research")
    assert (row["status"], row["error"], row["attempt"]) == ("completed", None, 1)
    assert person.tools("research") == [("AskUserQuestion", "completed"), ("StructuredOutput", "completed")]
    person.check_bill()


def test_an_output_that_is_wrong_at_first_is_asked_for_once_more_and_both_are_paid_once(person: Person) -> None:
    person.model.turns["demo.research"] = [returned({"title": 3}), returned(ONE_CHOICE), returned(WHOLE)]
    person.make()
    row = person.run("research")
    assert (row["status"], row["error"], row["attempt"]) == ("completed", None, 2)
    assert "sections[0].questions[0].choices: 1 given, 2 to 4 needed" in person.said("research").prompt
    rows = person.ledger()
    assert [(each["step"], each["purpose"], each["status"]) for each in rows] == [
        ("research", "step", "completed"),
        ("research", "repair", "completed"),
    ]
    assert rows[0]["session"] == rows[1]["session"]
    assert rows[1]["output_tokens"] == person.model.bill[-1].tokens[1]
    person.check_bill()


def test_an_output_that_stays_wrong_is_an_error_with_a_way_on_and_asks_no_third_time(person: Person) -> None:
    person.model.turns["demo.research"] = [returned(ONE_CHOICE), returned(ONE_CHOICE), returned(WHOLE)]
    person.make()
    row = person.run("research")
    assert (row["status"], row["error"]["kind"]) == ("error", "invalid_output")
    assert row["actions"] == ["ask_again", "edit_output", "reset"]
    assert len(person.model.bill) == 2
    row = person.run("research", repair=True)
    assert (row["status"], row["attempt"]) == ("completed", 3)
    assert [each["purpose"] for each in person.ledger()] == ["step", "repair", "repair"]
    person.check_bill()


def test_the_right_json_in_plain_text_completes_the_step_without_a_repair(person: Person) -> None:
    person.model.turns["demo.research"] = [plain(WHOLE), plain(WHOLE)]
    person.make()
    row = person.run("research")
    assert (row["status"], row["attempt"]) == ("completed", 1)
    assert [each["purpose"] for each in person.ledger()] == ["step"]
    assert person.said("research").structured is None
    person.check_bill()


def test_what_a_step_may_not_do_is_denied_its_sub_agents_too_and_it_goes_on(person: Person, tmp_path: Path) -> None:
    shell = {"tool": "Bash", "input": {"command": f"touch {tmp_path}/shell.md", "description": "Do it"}}
    own, theirs = write("${CWD}/own.md", "x"), write(f"{tmp_path}/theirs.md", "x")
    person.model.turns["demo.research"] = [own, shell, delegate("Look at rules."), returned(WHOLE)]
    person.model.agents["Look at rules."] = [theirs, {"text": "It was denied."}]
    person.make()
    row = person.run("research")
    assert (row["status"], row["attempt"]) == ("completed", 1)
    assert sorted(person.tools("research")) == [
        ("Agent", "completed"),
        ("Bash", "failed"),
        ("StructuredOutput", "completed"),
        ("Write", "failed"),
        ("Write", "failed"),
    ]
    assert not list(tmp_path.rglob("own.md")) + list(tmp_path.rglob("shell.md")) + list(tmp_path.rglob("theirs.md"))
    person.check_bill()


def test_the_whole_journey_leaves_files_commits_and_an_exact_bill(person: Person, tmp_path: Path) -> None:
    model = person.model
    model.turns |= {
        "demo.research": [asks("Goods or services?", "Goods", "Services"), write("${CWD}/no.md", "x"), returned(WHOLE)],
        "demo.detail": [{**slow("I go through the answers."), **returned(refinements("Q1"))}],
        "demo.files": [WRITTEN[0], {**endless("I write the rules next."), **WRITTEN[1]}, *WRITTEN[2:]],
        "demo.decisions": [plain(decided()), plain(decided())],
    }
    person.make()
    begun = person.begin("research")
    answered = {"session": begun["session"], "content": {"Goods or services?": "Goods"}}
    person.bench.call("agents.respond_input", {**answered, "input": person.asked("research")})
    assert person.over("research")["status"] == "completed"
    assert dict(person.tools("research"))["Write"] == "failed"

    person.answer("Q1", text="Two percent of a line, and never over fifty.")
    person.answer("Q2", choice="B")
    person.call("autofill_clarifications")
    assert person.gate()["evaluation"]["judged_by"] == "model"
    person.begin("detail")
    person.speaks("detail", "I go")
    person.answer("Q2", rev=1, text="The currency of the order, always.")
    model.go_on.set()
    assert person.over("detail")["status"] == "completed"
    asked = person.call("state")["clarifications"]["sections"][0]["questions"]
    assert [(each["id"], each["answer_text"]) for each in asked[:2]] == [
        ("Q1", "Two percent of a line, and never over fifty."),
        ("Q2", "The currency of the order, always."),
    ]
    assert [each["id"] for each in asked[0]["refinements"]] == ["R1.1"]
    person.call("autofill_refinements")
    person.gate()
    assert person.run("decisions")["status"] == "completed"
    person.confirm()

    begun = person.begin("generate")
    person.speaks("generate", "I write")
    sigkill(person.bench, begun["session"])
    person.until(lambda: person.step("generate")["status"] == "error", "the kill is not seen")
    lost = model.bill[-1]  # what the model was saying
    assert person.step("generate")["actions"] == ["resume", "reset"]
    row = person.run("generate", resume=True)
    assert (row["status"], row["attempt"], row["session"]) == ("completed", 2, begun["session"])

    state = person.call("state")
    assert (state["next"], [each["status"] for each in state["steps"]]) == ("done", ["completed"] * 4)
    folder = person.bench.library.root / "demo"
    made = ("SKILL.md", "references/rules.md", "context/evaluations.md", "context/decisions.json")
    assert all((folder / path).is_file() for path in made)
    assert Path(person.call("package")["path"]).is_file()
    log = ["git", "-C", str(folder.parent), "log", "--format=%s"]
    told = subprocess.run(log, capture_output=True, text=True, check=True).stdout.splitlines()
    steps = [line for line in told if "completed" in line]
    assert steps == [f"demo: step {number} completed" for number in (3, 2, 1, 0)]
    assert person.step("research")["cost"] == usd(model.cost("research") + gates(model, 0))
    assert person.step("detail")["cost"] == usd(model.cost("detail") + gates(model, 1))
    assert person.step("decisions")["cost"] == usd(model.cost("decisions"))
    assert person.step("generate")["cost"] == usd(model.cost("files") - lost.cost)
    rows = {each["step"]: each for each in person.bench.call("usage.by_step")["steps"]}
    assert {key: each["total_cost"] for key, each in rows.items()} == {
        each["key"]: each["cost"] for each in state["steps"]
    }
    assert not any(each["replayed"] for each in rows.values())


def gates(model: Playing, number: int) -> int:
    """What the n-th gate has cost."""
    return model.of("gate")[number].cost


def usd(picos: int) -> str:
    """Parts of 1e-12 dollars as commands say them."""
    return f"{Decimal(picos).scaleb(-12):f}".rstrip("0")
