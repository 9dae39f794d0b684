"""Decided corners of a skill that is really being built: A2.22, A2.27 to A2.32, A3.36, A3.42 to A3.44, and who says so."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from journey import Journey, decided, files, judged, refinements, research

from workbench.agents.said import said
from workbench.errors import Refused
from workbench.workflows.gate.evaluation import FILE as EVALUATION
from workbench.workflows.intake.usercontext import FILE as USER_CONTEXT

QUESTIONS = "context/clarifications.json"


async def answered(journey: Journey, **more: Any) -> None:
    """The first step is done, and all of it is answered with what was recommended."""
    journey.make(**more)
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")


async def built(journey: Journey, until: int = 3) -> None:
    journey.make()
    turns = journey.turns(
        research__main=research(), research__gate=judged(), detail__main=refinements(), decisions__main=decided(),
        generate__main=files(),
    )  # fmt: skip
    await journey.run(turns, autofill=True, until=until)


def prompt(journey: Journey, step: int) -> str:
    """What the agent of a step was told last."""
    row = journey.look().run.step(step)
    return said(journey.bench.home, row.session or "", row.run or "").prompt


def scratch(journey: Journey) -> Path:
    return Path(journey.bench.call("workspace.path", name="demo")["path"])


def head(journey: Journey) -> str:
    command = ["git", "rev-parse", "HEAD"]
    return subprocess.run(command, cwd=journey.root, capture_output=True, text=True, check=True).stdout


def statuses(journey: Journey) -> list[str]:
    return [step["status"] for step in journey.state()["steps"]]


# -- what an agent is told --------------------------------------------------------------------------------------------


async def test_user_context_is_written_before_each_run_and_where_it_cannot_be_the_run_goes_on(
    journey: Journey,
) -> None:
    await answered(journey)
    file = scratch(journey) / USER_CONTEXT
    assert "Match invoices." in file.read_text()
    journey.call("workflow.save_intake", description="Match receipts.")
    await journey.gate()
    await journey.step(refinements())
    assert "Match receipts." in file.read_text()
    file.unlink()
    file.mkdir()
    assert (await journey.step(decided())).shown == "completed"
    assert "Match receipts." in prompt(journey, 2)


async def test_what_a_skill_md_that_is_there_is_configured_with_is_told_to_the_agent(journey: Journey) -> None:
    journey.make()
    (journey.folder / "SKILL.md").write_text(
        "---\nname: demo\ndescription: D.\nmodel: opus\nmetadata:\n  version: 1.2.0\n---\n\nDo it.\n"
    )
    await journey.step(research())
    told = prompt(journey, 0)
    assert "## Configuration" in told
    assert "- **Version**: 1.2.0" in told
    assert "- **Preferred model**: opus" in told


async def test_detailed_research_is_given_the_verdicts_of_the_gate_with_the_answers(journey: Journey) -> None:
    await answered(journey)
    await journey.gate(Q1="needs_refinement")
    await journey.step(refinements("Q1"))
    block = prompt(journey, 1).partition(f'<data name="{EVALUATION}"')[2].partition(">\n")[2].partition("\n</data")[0]
    given = {each["question_id"]: each["verdict"] for each in json.loads(block)["per_question"]}
    assert given == {"Q1": "needs_refinement", "Q2": "clear", "Q3": "clear"}
    kept = json.loads((scratch(journey) / EVALUATION).read_text())
    assert {each["question_id"]: each["verdict"] for each in kept["per_question"]} == given


async def test_as_many_dimensions_are_selected_as_a_person_wants_at_most(journey: Journey) -> None:
    journey.make(variables={"max-dimensions": "2"})
    await journey.step(research())
    plan = journey.read(QUESTIONS)["metadata"]["research_plan"]
    assert (plan["dimensions_evaluated"], plan["dimensions_selected"]) == (3, 2)


# -- what a step leaves -----------------------------------------------------------------------------------------------


async def test_a_step_that_changes_nothing_makes_no_version(journey: Journey) -> None:
    await answered(journey)
    await journey.gate()
    await journey.step(refinements())
    journey.call("workflow.reset", step="detail")
    before = head(journey)
    assert (await journey.step(refinements())).shown == "completed"
    assert head(journey) == before


async def test_a_step_is_verified_by_any_of_its_files_and_the_one_without_files_of_its_own_always(
    journey: Journey,
) -> None:
    journey.make()

    def verified() -> list[bool]:
        return [journey.call("workflow.verify_step", step=step)["verified"] for step in range(4)]

    assert verified() == [False, True, False, False]
    (journey.folder / QUESTIONS).write_text("{}")
    (journey.folder / "references" / "rules.md").write_text("# Rules\n")
    assert verified() == [True, True, False, True]
    assert journey.call("workflow.verify_step", step="generate")["missing"] == ["SKILL.md", "context/evaluations.md"]


async def test_what_was_written_before_an_interruption_counts_when_the_step_is_resumed(journey: Journey) -> None:
    journey.make("quick-skill")
    every = dict(files())
    skill = {"SKILL.md": every.pop("SKILL.md")}
    waits = {"type": "userInputRequest", "userInputId": "q", "questions": [{"question": "Go on?"}]}
    started = await journey.bench.engine.start("demo", driving=journey.driving(edits=skill, events=[waits]))
    await journey.waits("question")
    journey.call("workflow.stop")
    assert not (journey.folder / "SKILL.md").exists(), "only what is whole and valid is laid there"
    again = await journey.bench.engine.start("demo", 0, driving=journey.driving(edits=every), again="resume")
    assert (again.session, again.run != started.run) == (started.session, True)
    assert (await journey.over("draft")).shown == "completed"
    assert (journey.folder / "SKILL.md").read_text() == skill["SKILL.md"][1]


# -- gates ------------------------------------------------------------------------------------------------------------


async def test_without_a_person_a_run_goes_on_past_a_judge_that_failed_and_the_log_says_unavailable(
    journey: Journey,
) -> None:
    journey.make()
    broken = {"nonsense": True}
    turns = journey.turns(research__main=research(), research__gate=broken, detail__main=refinements())
    ran = await journey.run(turns, autofill=True, until=1)
    assert (ran.reason, [row.shown for row in ran.look.now.steps[:2]]) == ("until", ["completed", "completed"])
    log = journey.bench.database.read(lambda c: list(c.execute("select verdict, decision from workflow_gate_log")))
    assert log == [("unavailable", "continue")]


async def test_the_second_gate_is_not_run_where_detailed_research_was_skipped_whatever_is_answered_then(
    journey: Journey,
) -> None:
    await answered(journey)
    await journey.gate("skip")
    journey.answer("Q1", rev=1, text="Only what the board has approved in writing")
    state = journey.state()
    assert (state["gate"], state["next"], state["next_step"]) == (None, "run", "decisions")
    with pytest.raises(Refused, match="no answers to judge"):
        await journey.bench.engine.judge("demo", driving=journey.driving(judged()))


# -- steps that cannot lead anywhere ----------------------------------------------------------------------------------


async def test_a_disabled_step_is_not_started_and_leaves_no_stub(journey: Journey) -> None:
    journey.make()
    code = {"code": "scope_guard_triggered", "message": "These are three skills."}
    await journey.step(research(warning=code))
    sessions = len(journey.bench.call("sessions.list")["sessions"])
    for step in ("detail", "decisions", "generate"):
        with pytest.raises(Refused, match="three skills") as refused:
            await journey.bench.engine.start("demo", step, driving=journey.driving(edits=files()))
        assert refused.value.reason == "disabled"
    assert len(journey.bench.call("sessions.list")["sessions"]) == sessions
    assert not (journey.folder / "SKILL.md").exists()


async def test_input_that_is_malformed_is_an_error_with_its_path_and_no_step_builds_on_it(journey: Journey) -> None:
    await answered(journey)
    await journey.gate("skip")
    raw = journey.read(QUESTIONS)
    raw["metadata"]["question_count"] = 11
    (journey.folder / QUESTIONS).write_text(json.dumps(raw))
    step = journey.state()["steps"][0]
    assert step["status"] == "error"
    assert step["error"]["facts"]["problems"] == ["metadata.question_count: is 11 but there are 3"]
    with pytest.raises(Refused) as refused:
        await journey.bench.engine.start("demo", "decisions", driving=journey.driving(decided()))
    assert refused.value.reason == "mend"
    assert not (journey.folder / "context" / "decisions.json").exists()


# -- who may, and going back ------------------------------------------------------------------------------------------


async def test_who_holds_the_skill_may_run_and_reset_and_anybody_else_only_looks(journey: Journey) -> None:
    await answered(journey)
    journey.bench.call("skills.lock", name="demo", instance="page")
    before = head(journey), journey.read(QUESTIONS)
    changes: list[tuple[str, dict[str, Any]]] = [
        ("workflow.run_step", {}), ("workflow.reset", {"step": 0}), ("workflow.autofill_refinements", {}),
        ("workflow.answer", {"question_id": "Q1", "base_rev": 1, "edit_id": "x", "choice": "B"}),
        ("workflow.evaluate_answers", {"rules_only": True}), ("workflow.log_gate_decision", {"decision": "answer"}),
        ("workflow.save_intake", {"description": "Mine."}), ("workflow.reset", {"step": 0, "keep": True}),
    ]  # fmt: skip
    for command, params in changes:
        with pytest.raises(Refused) as refused:
            journey.call(command, **params)
        assert refused.value.reason == "locked", command
    state = journey.state()
    assert (state["held_by"], state["steps"][1]["may_start"]) == ("page", False)
    assert journey.call("workflow.preview_reset", step=0)["steps"][0]["files"]
    assert (head(journey), journey.read(QUESTIONS)) == before
    assert journey.call("workflow.state", instance="page")["held_by"] is None
    assert journey.call("workflow.reset", step=0, instance="page")["removed"] == [QUESTIONS]


async def test_going_back_to_a_completed_step_keeps_its_files_and_status_and_takes_all_behind_it(
    journey: Journey,
) -> None:
    await built(journey)
    assert "SKILL.md" in journey.call("workflow.reset", step="decisions", keep=True)["removed"]
    with pytest.raises(Refused, match="is not completed"):
        journey.call("workflow.reset", step="generate", keep=True)
    done = journey.call("workflow.reset", step="detail", keep=True)
    assert done["removed"] == ["context/decisions.json"]
    assert (done["state"]["steps"][1]["status"], done["state"]["next_step"]) == ("completed", "decisions")
    assert statuses(journey) == ["completed", "completed", "pending", "pending"]
    assert (journey.folder / QUESTIONS).is_file()


async def test_a_definition_that_is_edited_in_mid_run_is_taken_over_by_a_reset_that_says_so_and_not_before(
    journey: Journey,
) -> None:
    folder = journey.bench.home.root / "workflows" / "mine"
    folder.mkdir(parents=True)
    step = '[[steps]]\nkey = "{}"\ntitle = "Ask"\nprompt = "ask.md"\n'
    output = '[[steps.outputs]]\npath = "context/clarifications.json"\nschema = "clarifications"\nevidence = true\n'
    (folder / "workflow.toml").write_text(f'version = "1"\nname = "mine"\ntitle = "Mine"\n{step.format("ask")}{output}')
    (folder / "ask.md").write_text("Ask them.\n")
    journey.make("mine")
    await journey.step(research())
    pinned = journey.state()["definition_digest"]
    assert not journey.state()["adoptable"]
    (folder / "ask.md").write_text("Ask them twice.\n")
    state = journey.state()
    assert (state["definition_digest"], state["adoptable"]) == (pinned, True)
    assert journey.call("workflow.reset", step=0)["state"]["definition_digest"] == pinned
    adopted = journey.call("workflow.reset", step=0, adopt=True)["state"]
    assert (adopted["definition_digest"] != pinned, adopted["adoptable"]) == (True, False)
    await journey.step(research())
    assert "Ask them twice." in prompt(journey, 0)
