"""Steps that are stopped, killed or left by their host: each is gone on with when asked, and nothing is done under one."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from decimal import Decimal
from typing import Any
from unittest.mock import Mock

import pytest
from journey import Journey, files, question, research

from workbench.agents import process
from workbench.agents.pool import Pool
from workbench.agents.said import said
from workbench.agents.session import SessionSpec
from workbench.app import Workbench
from workbench.errors import Refused
from workbench.workflows import table
from workbench.workflows.looking import Look
from workbench.workflows.state import StepRow
from workbench.workflows.steps import awaiting
from workbench.workflows.steps.seeing import Limits, to_its_end
from workbench.workflows.steps.turning import Driving


async def test_a_step_that_was_stopped_is_resumed_in_its_session(journey: Journey) -> None:
    journey.make()
    started = await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    with pytest.raises(Refused, match="at work"):
        journey.call("workflow.reset", step="research")
    stopped = journey.call("workflow.stop")["steps"][0]
    assert (stopped["status"], stopped["error"]["facts"]["reason"]) == ("error", "interrupted")
    assert stopped["actions"] == ["resume", "reset"]
    again = await journey.bench.engine.start("demo", 0, driving=journey.driving(research()), again="resume")
    assert (again.session, again.run != started.run) == (started.session, True)
    assert (await journey.over("research")).shown == "completed"


async def test_a_stop_that_comes_while_the_turn_is_being_sent_ends_it(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.make()
    engine, pool, look = journey.bench.engine, journey.bench.pool, journey.bench.engine.look
    about_to, goes_on = asyncio.Event(), threading.Event()
    looks: list[Look] = []

    async def late(*args: Any, **params: Any) -> str:
        about_to.set()
        await asyncio.to_thread(goes_on.wait)
        return await Pool.send(pool, *args, **params)

    def twice(*args: Any) -> Look:
        """Nothing is sent before the stop has looked for the turn and has looked again."""
        looks.append(look(*args))
        if len(looks) == 2:
            goes_on.set()
        return looks[-1]

    monkeypatch.setattr(pool, "send", late)
    starting = asyncio.ensure_future(engine.start("demo", driving=journey.driving(research(), asks=True)))
    await about_to.wait()
    monkeypatch.setattr(engine, "look", twice)
    stopped = await journey.bench.acall("workflow.stop", skill="demo")
    assert stopped["steps"][0]["actions"] == ["resume", "reset"]
    assert stopped["steps"][0]["error"]["facts"]["reason"] == "interrupted"
    await starting


async def test_a_stop_that_comes_between_a_wrong_output_and_its_repair_ends_the_repair(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.make()
    engine = journey.bench.engine
    finish, look = engine.awaiting.finish, engine.look
    found_wrong, looked = threading.Event(), threading.Event()
    stopping = False

    def late(*args: Any) -> Any:
        wrong = finish(*args)
        if wrong is not None:
            found_wrong.set()
            assert looked.wait(60)
        return wrong

    def seen(*args: Any) -> Look:
        now = look(*args)
        if stopping and now.now.running is None:
            looked.set()  # nobody is at work: the repair begins now
        return now

    monkeypatch.setattr(engine.awaiting, "finish", late)
    monkeypatch.setattr(engine, "look", seen)
    wrong, repair = journey.driving(research(question("Tolerance", choices=1))), journey.driving(research(), asks=True)
    turns = {"research.main": wrong.options, "research.repair": repair.options}
    await engine.start("demo", driving=Driving("replay", turns=turns))
    assert await asyncio.to_thread(found_wrong.wait, 60)
    stopping = True
    assert await engine.stop("demo")
    stopped = journey.state()["steps"][0]
    assert (stopped["error"]["facts"]["reason"], stopped["actions"]) == ("interrupted", ["resume", "reset"])


async def test_a_turn_that_was_given_up_before_its_host_had_sent_it_does_not_go_on(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.make()
    pool = journey.bench.pool
    sent: list[tuple[str, str]] = []

    async def late(session: str, prompt: str, *, run_id: str, **params: Any) -> str:
        with monkeypatch.context() as later:
            later.setattr(awaiting, "STARTING_MS", -1)
            assert (await asyncio.to_thread(journey.state))["steps"][0]["status"] == "pending"
        sent.append((session, await Pool.send(pool, session, prompt, run_id=run_id, **params)))
        return run_id

    monkeypatch.setattr(pool, "send", late)
    with pytest.raises(Refused, match="given up") as refused:
        await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    assert refused.value.reason == "stalled"
    assert said(journey.bench.home, *sent[0]).status == "aborted"
    assert journey.state()["steps"][0]["status"] == "pending"


async def test_a_stop_ends_the_turn_that_this_host_sees_through_though_its_step_was_held_to_be_cut_off(
    journey: Journey, monkeypatch: pytest.MonkeyPatch
) -> None:
    journey.make()
    engine = journey.bench.engine
    started = await engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    with monkeypatch.context() as meanwhile:
        busy = Refused("busy", "The database is busy.", remedy="Try again.")
        meanwhile.setattr(engine.awaiting, "_is_open", Mock(side_effect=busy))
        assert journey.state()["steps"][0]["error"]["facts"]["reason"] == "interrupted"
    async with asyncio.timeout(60):
        await engine.stop("demo")
    assert said(journey.bench.home, started.session or "", started.run or "").status == "aborted"


async def test_a_stop_does_not_wait_for_a_turn_whose_host_died_before_it_had_sent_it(journey: Journey) -> None:
    journey.make()
    session = (await journey.bench.pool.create(SessionSpec(provider="replay", cwd=str(journey.root)))).id
    left = StepRow(0, "in_progress", session=session, run="never", started=1)
    skill = journey.bench.library.row("demo").id
    journey.bench.database.write(lambda connection: table.put_step(connection, skill, left, 1))
    assert not await journey.bench.engine.stop("demo")
    assert journey.state()["steps"][0]["status"] == "pending"


async def test_a_turn_that_is_too_dear_is_stopped_after_the_response_that_was(journey: Journey) -> None:
    journey.make()
    used = {"type": "usage_update", "cumulative": False, "modelUsage": {"made-up": {"outputTokens": 9, "costUSD": 2.5}}}
    waits = {"type": "userInputRequest", "userInputId": "q", "questions": [{"question": "Go on?"}]}
    started = await journey.bench.engine.start("demo", driving=journey.driving(research(), events=[used, waits]))
    limits = Limits(30, Decimal(1))
    end = await to_its_end(journey.bench.pool, started.session or "", started.run or "", limits)
    assert end == "dear"
    refusal = limits.refusal(end)
    assert refusal is not None
    assert refusal.message == "It cost more than $1."
    assert (await journey.over("research")).error is not None
    assert journey.state()["steps"][0]["actions"] == ["resume", "reset"]


async def test_a_skill_is_not_renamed_or_deleted_while_its_step_runs_unless_that_may_be_stopped(
    journey: Journey,
) -> None:
    journey.make()
    await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    for command, more in (("skills.rename", {"new_name": "other"}), ("skills.delete", {})):
        with pytest.raises(Refused, match="at work"):
            journey.bench.call(command, name="demo", **more)
    renamed = journey.bench.call("skills.rename", name="demo", new_name="other", stop=True)
    assert (renamed["skill"]["name"], renamed["skill"]["present"]) == ("other", False)
    state = journey.bench.call("workflow.state", skill="other")
    assert state["steps"][0]["error"]["facts"]["reason"] == "interrupted"
    driving = journey.driving(research())
    await journey.bench.engine.start("other", 0, driving=driving, again="resume")
    await journey.bench.engine.seen_through("other")
    assert journey.bench.call("workflow.state", skill="other")["next"] == "answer"
    journey.bench.call("skills.delete", name="other")
    journey.bench.call("skills.restore_deleted", name="other")
    assert journey.bench.call("workflow.state", skill="other")["next"] == "answer"


async def test_reconciling_leaves_a_skill_alone_that_an_agent_is_building(journey: Journey) -> None:
    journey.make()
    await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    journey.bench.call("workspace.apply_reconcile")
    assert journey.state()["steps"][0]["status"] == "waiting_for_user"
    await journey.say_yes()
    assert (await journey.over("research")).shown == "completed"


async def test_a_step_whose_process_is_killed_is_interrupted_and_goes_on_only_when_asked(journey: Journey) -> None:
    journey.make()
    started = await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    os.kill(shim_of(journey, started.session or ""), signal.SIGKILL)
    await journey.bench.engine.seen_through("demo")
    step = journey.state()["steps"][0]
    assert (step["error"]["facts"]["reason"], step["actions"]) == ("interrupted", ["resume", "reset"])
    assert len(journey.bench.call("usage.recent_runs")["runs"]) == 1
    again = await journey.bench.engine.start("demo", 0, driving=journey.driving(research()), again="resume")
    assert again.session == started.session
    assert (await journey.over("research")).shown == "completed"


async def test_only_a_step_that_was_cut_off_is_resumed(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    (journey.folder / "SKILL.md").unlink()
    with pytest.raises(Refused, match="not interrupted"):
        await journey.bench.engine.start("demo", 0, driving=journey.driving(edits=files()), again="resume")
    assert journey.look().run.step(0).status == "completed"


def shim_of(journey: Journey, session: str) -> int:
    """The process that keeps a session now: one before it may have been given up while it began."""
    return int(process.holder(journey.bench.home.session(session))["shim"])


async def test_a_turn_whose_host_died_is_completed_by_another(journey: Journey) -> None:
    journey.make()
    started = await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    journey.bench.close()
    with Workbench.open(journey.bench.home) as other:
        asked = said(other.home, started.session or "", started.run or "").asked[0].content["userInputId"]
        await other.pool.respond_input(started.session or "", asked, "submit", content={"Go on?": "Yes"})
        await other.pool.wait(started.session or "", started.run or "")
        state = await other.acall("workflow.state", skill="demo")
        assert (state["steps"][0]["status"], state["next"]) == ("completed", "answer")
        again = await other.acall("workflow.state", skill="demo")
        assert (again["rev"], again["steps"]) == (state["rev"], state["steps"])
