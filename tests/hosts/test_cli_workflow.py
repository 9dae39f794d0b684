"""`workbench workflow` as a person and a program use it: real processes, recordings through the real sidecar, real git."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from fresh import Fresh

BUILT = ("context/clarifications.json", "context/decisions.json", "context/evaluations.md", "SKILL.md")
STEPS = ["research", "detail", "decisions", "generate"]


@pytest.mark.slow
def test_a_skill_is_built_from_nothing_to_a_package_on_a_fresh_home(fresh: Fresh) -> None:
    events = fresh.build("--provider", "replay", "--example", "invoice-matching", "--autofill")
    assert [event["event"] for event in events] == ["started", *["step"] * 4, "completed"]
    assert [event["step"] for event in events[1:-1]] == STEPS
    assert all(event["replayed"] and float(event["cost"]) > 0 and event["notes"] == [] for event in events[1:-1])
    folder = fresh.skills / "demo"
    for path in BUILT:
        assert (folder / path).is_file(), path
    assert sorted(path.name for path in (folder / "references").iterdir()) == ["differences.md", "matching-rules.md"]
    assert (folder / "SKILL.md").read_text().startswith("---\nname: demo\n")
    with zipfile.ZipFile(events[-1]["package"]) as package:
        names = set(package.namelist())
    assert Path(events[-1]["package"]).name == "demo.skill"
    assert {"demo/SKILL.md", "demo/references/differences.md"} <= names
    assert not any("/context/" in name for name in names)
    assert fresh.commits() == [*(f"demo: step {number} completed" for number in (3, 2, 1, 0)), "demo: created"]
    state = fresh.reply("workflow", "status", "demo", "--json")
    assert [step["status"] for step in state["steps"]] == ["completed"] * 4
    assert (state["cost"], state["replayed_cost"]) == ("0", events[-1]["replayed_cost"])
    rows = fresh.reply("usage", "steps", "--json", "--skill", "demo")["steps"]
    assert {row["step"] for row in rows} == set(STEPS)
    assert all(row["replayed"] for row in rows)
    assert fresh.run("skills", "lint", "demo").returncode == 0
    assert {row["state"] for row in fresh.reply("sessions", "list", "--json")["sessions"]} == {"ended"}


@pytest.mark.slow
def test_without_an_example_the_first_one_is_taken_and_the_first_event_says_so(fresh: Fresh) -> None:
    events = fresh.build("--autofill", "--until", "research")
    assert events[0]["example"] == "invoice-matching"
    assert events[0]["message"] == "No example was named: this is invoice-matching, the first one."
    assert [event["event"] for event in events] == ["started", "step", "stopped"]
    again = fresh.build("--autofill", "--until", "1")
    assert again[0]["made"] is False
    assert [event["step"] for event in again[1:-1]] == ["detail"]


@pytest.mark.slow
def test_a_person_who_is_needed_ends_it_with_exit_1_and_what_for(fresh: Fresh) -> None:
    done = fresh.run("workflow", "run", "skill-builder", "--skill", "demo", "--json")
    assert done.returncode == 1
    failure = json.loads(done.stderr)
    assert failure["kind"] == "needs_person"
    assert failure["remedy"]
    assert [json.loads(line)["event"] for line in done.stdout.splitlines()] == ["started", "step"]
    status = fresh.run("workflow", "status", "demo").stdout
    assert "Questions wait for your answers." in status
    assert "  Q1 Documents that must agree" in status
    assert "  workbench workflow answer demo ID LETTER" in status.splitlines()
    assert fresh.run("workflow", "answer", "demo", "Q1", "a").stdout.startswith("Q1: Goods need order")
    assert fresh.run("workflow", "answer", "demo", "Q5", "B", "--text", "For plant Nord.").stdout == (
        "Q5: 5 % of the line, without an upper bound For plant Nord.\n"
    )
    said = {question["id"]: question for question in _questions(fresh.reply("workflow", "status", "demo", "--json"))}
    assert (said["Q5"]["answer_choice"], said["Q1"]["answer_choice"]) == ("B", "A")


@pytest.mark.slow
def test_other_answers_than_the_recorded_ones_are_said_and_a_package_asks_again(fresh: Fresh) -> None:
    fresh.build("--autofill", "--until", "detail")
    assert fresh.run("workflow", "answer", "demo", "Q5", "--text", "Nothing above 1 % of a line.").returncode == 0
    done = fresh.run("workflow", "run", "skill-builder", "--skill", "demo", "--autofill", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    said = "Recorded example: your answer to Q5 differs from the recorded one and has no effect here."
    assert [event["notes"] for event in events if event.get("step") == "decisions"] == [[said]]
    assert (done.returncode, events[-1]["event"], events[-1]["package"]) == (1, "completed", None)
    assert json.loads(done.stderr)["facts"]["reason"] == "recorded"
    refused = fresh.run("workflow", "package", "demo")
    assert refused.returncode == 1
    assert "package it anyway" in refused.stderr
    assert fresh.reply("workflow", "package", "demo", "--anyway", "--json")["warnings"] != []


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_person_answers_has_it_judged_goes_on_and_confirms_the_decisions(fresh: Fresh) -> None:
    fresh.build("--until", "research")
    fresh.reply("call", "workflow.autofill_clarifications", '{"skill": "demo"}')
    needed = fresh.run("workflow", "run", "skill-builder", "--skill", "demo", "--json")
    assert json.loads(needed.stderr)["facts"]["what"] == "gate"
    gate = fresh.run("workflow", "gate", "demo").stdout.splitlines()
    assert gate[0].startswith("All fourteen answers can be acted on")
    assert "  Q6: needs refinement. Bulk materials get 3 %, but nothing says which materials are bulk." in gate
    assert gate[-1] == "Choose with: workbench workflow gate demo answer|continue"
    answer = fresh.run("workflow", "gate", "demo", "answer").stdout
    assert answer == "Answer, then have them judged: workbench workflow gate demo\n"
    assert fresh.run("workflow", "gate", "demo", "continue").stdout == "Next: detail.\n"
    fresh.build("--until", "decisions", "--autofill")
    status = fresh.run("workflow", "status", "demo").stdout
    assert "  D1 What the skill enables: Match supplier invoices" in status
    for decision in ("D1", "D2"):
        assert fresh.run("workflow", "answer", "demo", decision).stdout.startswith(f"{decision}: ")
    assert fresh.build()[-1]["package"].endswith("demo.skill")


def test_a_skill_of_ones_own_gets_no_recording_but_a_way_on(fresh: Fresh) -> None:
    words = ("workflow", "run", "skill-builder", "--skill", "own", "--provider", "replay", "--about", "Count words.")
    done = fresh.run(*words, "--json")
    assert done.returncode == 1
    failure = json.loads(done.stderr)
    assert failure["kind"] == "no_recording"
    assert "invoice-matching" in failure["message"]
    assert "another provider" in failure["remedy"]
    assert not (fresh.skills / "own" / "SKILL.md").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "skill-builder", "--skill", "own", "--provider", "claude"), "There is no skill 'own'"),
        (("run", "nothing", "--skill", "own"), "There is no workflow 'nothing'"),
        (("run", "skill-builder", "--skill", "own", "--example", "nothing"), "There is no example 'nothing'"),
        (("run", "skill-builder", "--skill", "own", "--example", "x", "--about", "y"), "of an example or of --about"),
        (("status", "own"), "own"),
        (("answer", "own", "Q1", "A"), "own"),
        (("reset", "own", "0", "--plan"), "own"),
    ],
)
def test_what_cannot_be_is_a_sentence_with_a_remedy(fresh: Fresh, words: tuple[str, ...], said: str) -> None:
    done = fresh.run("workflow", *words)
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert lines[0].startswith("workbench: ")
    assert said in lines[0]
    assert lines[1].strip()
    assert "Traceback" not in done.stderr


def test_a_skill_that_is_built_in_another_way_is_not_gone_on_with(fresh: Fresh) -> None:
    create = {"skill": "demo", "workflow": "quick-skill", "example": "release-notes"}
    fresh.reply("call", "workflow.create", json.dumps(create))
    done = fresh.run("workflow", "run", "skill-builder", "--skill", "demo")
    assert "is being built with quick-skill, not with skill-builder" in done.stderr
    done = fresh.run("workflow", "run", "quick-skill", "--skill", "demo", "--until", "decisions")
    assert "There is no step 'decisions'." in done.stderr


def test_what_a_run_cannot_do_is_said_before_a_skill_is_made(fresh: Fresh) -> None:
    words = ("workflow", "run", "quick-skill", "--skill", "demo", "--example", "release-notes")
    done = fresh.run(*words, "--until", "nope")
    assert (done.returncode, "There is no step 'nope'." in done.stderr) == (1, True)
    for amount in ("0", "-1", "nan", "much"):
        assert fresh.run(*words, f"--budget={amount}").returncode == 2
    assert fresh.run("workflow", "status", "demo").returncode == 1


def test_listings_are_tables_or_json(fresh: Fresh) -> None:
    assert [row["name"] for row in fresh.reply("workflow", "list", "--json")["definitions"]] == [
        "skill-builder",
        "quick-skill",
    ]
    assert fresh.run("workflow", "list").stdout.splitlines()[1].split()[:4] == [
        "skill-builder",
        "Skill",
        "builder",
        "4",
    ]
    assert [row["name"] for row in fresh.reply("workflow", "examples", "--json")["examples"]] == [
        "invoice-matching",
        "release-notes",
    ]
    assert "release-notes" in fresh.run("workflow", "examples").stdout


@pytest.mark.slow
def test_a_reset_says_what_would_go_and_then_moves_exactly_that(fresh: Fresh) -> None:
    fresh.build("--example", "release-notes", "--autofill", "--until", "decisions")
    plan = fresh.reply("workflow", "reset", "demo", "decisions", "--plan", "--json")
    files = [file["path"] for step in plan["steps"] for file in step["files"]]
    assert files == ["context/decisions.json"]
    assert (
        fresh.run("workflow", "reset", "demo", "decisions", "--plan").stdout.splitlines()[-1]
        == "1 file goes to the trash."
    )
    reset = fresh.reply("workflow", "reset", "demo", "decisions", "--json")
    assert reset["removed"] == files
    assert not (fresh.skills / "demo" / "context" / "decisions.json").exists()
    assert [step["status"] for step in reset["state"]["steps"]] == ["completed", "completed", "pending", "pending"]


@pytest.mark.slow
def test_the_quick_workflow_ends_with_a_draft(fresh: Fresh) -> None:
    done = fresh.run("workflow", "run", "quick-skill", "--skill", "demo", "--example", "release-notes")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "demo: quick-skill, from the example release-notes."
    assert lines[1].startswith("  Draft: SKILL.md, context/evaluations.md, $0.")
    assert lines[1].endswith("replayed")
    assert lines[-1].startswith("The skill is built. $0.")


@pytest.mark.slow
def test_ctrl_c_stops_the_agent_and_exits_130(fresh: Fresh) -> None:
    words = ("run", "skill-builder", "--skill", "demo", "--example", "release-notes", "--speed", "0.01", "--json")
    process = fresh.start("workflow", *words)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "started"
        fresh.until_at_work()
        process.send_signal(2)
        process.communicate(timeout=110)
    finally:
        process.kill()
        process.communicate()
    assert process.returncode == 130
    step = fresh.reply("workflow", "status", "demo", "--json")["steps"][0]
    assert step["status"] == "error"


def _questions(state: dict[str, Any]) -> list[dict[str, Any]]:
    return [question for section in state["clarifications"]["sections"] for question in section["questions"]]
