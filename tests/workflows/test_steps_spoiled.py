"""What a person does to a skill's folder and rows behind an agent's back: a step never stays where nobody gets it out."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from journey import Journey, files, research

from workbench.errors import Refused, WorkbenchError


async def begun(journey: Journey, workflow: str = "skill-builder", **said: Any) -> None:
    """The first step's agent is at work, and asks before it ends."""
    journey.make(workflow, **said)
    await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")


def reason_of(step: dict[str, Any]) -> str:
    return str(step["error"]["facts"]["reason"])


def holding(journey: Journey, text: str) -> list[str]:
    """The versions that have brought or taken a text."""
    command = ["git", "log", "--format=%s", "-S", text]
    return subprocess.run(command, cwd=journey.root, capture_output=True, text=True, check=True).stdout.splitlines()


# -- the folder -------------------------------------------------------------------------------------------------------


async def test_a_skill_whose_folder_is_deleted_by_hand_while_its_step_runs_says_so_and_can_be_reset(
    journey: Journey,
) -> None:
    await begun(journey)
    shutil.rmtree(journey.folder)
    await journey.say_yes()
    assert (await journey.over("research")).shown == "error"
    state = journey.state()
    assert (reason_of(state["steps"][0]), state["next"]) == ("files_gone", "mend")
    with pytest.raises(Refused, match="is gone"):
        await journey.bench.engine.start("demo", driving=journey.driving(research()))
    assert journey.call("workflow.reset", step="research", stop=True)["state"]["next"] == "run"


async def test_a_skill_whose_folder_was_deleted_while_its_step_ran_can_be_deleted(journey: Journey) -> None:
    await begun(journey)
    shutil.rmtree(journey.folder)
    await journey.say_yes()
    await journey.over("research")
    assert journey.bench.call("skills.delete", name="demo")["name"] == "demo"


async def test_a_step_that_cannot_land_says_why_whatever_is_tried_and_lands_once_it_can(journey: Journey) -> None:
    await begun(journey)
    context = journey.folder / "context"
    context.rename(journey.folder / "away")
    context.write_text("a file")
    await journey.say_yes()
    await journey.over("research")
    state = journey.state()
    assert state["steps"][0]["status"] == "error"
    sessions = len(journey.bench.call("sessions.list")["sessions"])
    for command, more in (
        ("workflow.submit_output", {"step": "research", "text": json.dumps(research())}),
        ("workflow.reset", {"step": "research", "stop": True}),
    ):
        with pytest.raises(WorkbenchError) as refused:
            journey.call(command, **more)
        assert refused.value.facts.get("reason") not in ("busy", "completed"), command
    with pytest.raises(WorkbenchError, match="no folder"):
        await journey.bench.engine.start("demo", driving=journey.driving(research()))
    assert len(journey.bench.call("sessions.list")["sessions"]) == sessions, "no turn was begun in vain"
    context.unlink()
    (journey.folder / "away").rename(context)
    assert journey.state()["steps"][0]["status"] == "completed"


@pytest.mark.parametrize("typed", ["99", "five", ""])
async def test_a_number_that_is_none_is_no_reason_to_lose_a_turn_that_is_paid(journey: Journey, typed: str) -> None:
    await begun(journey)
    intake = journey.folder / "context" / "intake.json"
    intake.write_text(json.dumps({**json.loads(intake.read_text()), "variables": {"max-dimensions": typed}}))
    await journey.say_yes()
    assert (await journey.over("research")).shown == "completed"
    assert journey.state()["next"] == "answer"


async def test_what_was_said_and_can_be_read_no_more_closes_nothing_and_can_be_said_anew(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    intake = journey.folder / "context" / "intake.json"
    intake.write_text('{"description": "typed by hand",')
    state = journey.state()
    assert (state["next"], state["intake"]["description"]) == ("answer", "")
    assert "context/intake.json cannot be read" in state["intake_failure"]["message"]
    assert journey.answer("Q1", choice="A")["now"]["documents"] != journey.answer("Q2", choice="A")["now"]["documents"]
    said = journey.call("workflow.save_intake", description="Match invoices and receipts.")
    assert (said["intake"]["description"], said["intake_failure"]) == ("Match invoices and receipts.", None)
    assert "demo: changed outside of Workbench" in holding(journey, "typed by hand"), "it is a version first"


async def test_a_skill_whose_words_are_broken_can_be_reset_but_costs_no_turn(journey: Journey) -> None:
    journey.make()
    (journey.folder / "context" / "intake.json").write_text("[")
    with pytest.raises(WorkbenchError, match="cannot be read"):
        await journey.bench.engine.start("demo", driving=journey.driving(research()))
    assert journey.call("workflow.reset", step=0)["state"]["next"] == "run"


# -- files of a built skill -------------------------------------------------------------------------------------------


async def test_a_file_that_may_go_is_shown_as_gone_and_the_skill_stays_built(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    (journey.folder / "references" / "rules.md").unlink()
    state = journey.state()
    assert (state["status"], state["next"]) == ("completed", "done")
    shown = {each["path"]: each["present"] for each in state["steps"][0]["artifacts"]}
    assert shown == {"SKILL.md": True, "context/evaluations.md": True, "references/rules.md": False}


async def test_what_a_completed_step_in_error_offers_is_what_can_be_done(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    (journey.folder / "SKILL.md").unlink()
    (journey.folder / "references" / "rules.md").unlink()
    step = journey.state()["steps"][0]
    assert (step["error"]["facts"]["paths"], step["actions"]) == (["SKILL.md"], ["reset"])


# -- states that a page saves -----------------------------------------------------------------------------------------


def refusal(journey: Journey, **steps: str) -> str:
    """Why states are not taken; they are as they were."""
    before = [step["status"] for step in journey.state()["steps"]]
    with pytest.raises(Refused) as refused:
        journey.call("workflow.save_state", steps=steps)
    assert [step["status"] for step in journey.state()["steps"]] == before
    return refused.value.reason


async def test_a_completed_step_is_taken_back_by_a_reset_and_by_no_saved_state(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    assert refusal(journey, research="pending") == "illegal"


async def test_no_state_is_saved_while_an_agent_is_at_work(journey: Journey) -> None:
    await begun(journey)
    assert refusal(journey, research="pending") == "busy"
    await journey.say_yes()
    assert (await journey.over("research")).shown == "completed"


async def test_a_step_counts_as_completed_only_with_its_files_and_behind_those_before_it(journey: Journey) -> None:
    journey.make("quick-skill")
    assert refusal(journey, draft="completed") == "no_output"
    for path, (_, text) in files().items():
        (journey.folder / path).parent.mkdir(exist_ok=True)
        (journey.folder / path).write_text(text)
    assert journey.call("workflow.save_state", steps={"draft": "completed"})["next"] == "done"


async def test_a_step_does_not_count_as_completed_before_one_that_is_not(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    (journey.folder / "context" / "decisions.json").write_text("{}")
    assert refusal(journey, decisions="completed") == "too_early"


async def test_a_step_is_begun_by_starting_it_and_by_no_saved_state(journey: Journey) -> None:
    journey.make()
    assert refusal(journey, research="in_progress") == "illegal"


async def test_a_step_that_was_stopped_can_be_put_back(journey: Journey) -> None:
    await begun(journey)
    journey.call("workflow.stop")
    assert journey.call("workflow.save_state", steps={"research": "pending"})["next"] == "run"


async def test_a_document_that_a_step_writes_over_is_a_version_first(journey: Journey) -> None:
    await begun(journey)
    document = journey.folder / "context" / "clarifications.json"
    document.write_text('{"mine": "typed at length"}')
    await journey.say_yes()
    assert (await journey.over("research")).shown == "completed"
    assert holding(journey, "typed at length") == ["demo: step 0 completed", "demo: changed outside of Workbench"]


# -- what stops an agent ----------------------------------------------------------------------------------------------


async def test_what_cannot_be_done_stops_no_agent_on_the_way(journey: Journey) -> None:
    await begun(journey)
    journey.bench.call("skills.create", name="taken", description="Matches invoices.")
    named = {"name": "demo", "stop": True}
    stop = {"skill": "demo", "stop": True}
    tries: list[tuple[str, dict[str, Any]]] = [
        ("workflow.reset", {**stop, "step": "nope"}),
        ("workflow.reset", {**stop, "step": "research", "keep": True}),
        ("workflow.reset", {**stop, "step": "detail", "adopt": True}),
        ("skills.rename", {**named, "new_name": "taken"}),
        ("skills.rename", {**named, "new_name": "No Name"}),
    ]
    journey.bench.call("skills.lock", name="demo", instance="page")
    elsewhere: list[tuple[str, dict[str, Any]]] = [
        ("workflow.reset", {**stop, "step": "research"}),
        ("skills.rename", {**named, "new_name": "other"}),
        ("skills.delete", named),
    ]
    for command, params in [*((name, {**more, "instance": "page"}) for name, more in tries), *elsewhere]:
        with pytest.raises(WorkbenchError):
            journey.bench.call(command, params)
        assert journey.state()["steps"][0]["status"] == "waiting_for_user", (command, params)
    assert journey.bench.call("skills.delete", {**named, "instance": "page"})["name"] == "demo"
