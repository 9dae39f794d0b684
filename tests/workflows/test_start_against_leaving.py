"""A step that is begun, or gone on with, while others look or take its steps away: no agent works for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from journey import SKILL, Journey, research

from workbench.agents.pool import Pool
from workbench.errors import Refused
from workbench.workflows import table
from workbench.workflows.state import StepRow
from workbench.workflows.steps.starting import Starting

Taking = Callable[[Callable[[], None]], Any]


class Start:
    """A start that has looked, and has not taken its step yet."""

    def __init__(self, journey: Journey) -> None:
        self._engine = journey.bench.engine
        self._look = journey.look()
        self._prepared = self._engine.preparing.step(self._look, 0, journey.driving(research(), asks=True))
        self._loop = asyncio.get_running_loop()

    async def goes_on(self) -> StepRow:
        return await self._engine.starting.begin(self._look, self._prepared)

    def goes_on_now(self) -> StepRow:
        """The same for another thread."""
        return asyncio.run_coroutine_threadsafe(self.goes_on(), self._loop).result(60)


def beyond_a_gap(journey: Journey) -> None:
    journey.make()
    (journey.folder / "SKILL.md").write_text(SKILL)


@pytest.fixture(params=["kept as imported", "reset"])
def taken(journey: Journey, request: pytest.FixtureRequest) -> Taking:
    """What takes the steps of the skill away; `check` is called once it is about to."""
    beyond_a_gap(journey)
    resets, workflow = journey.bench.engine.resets, journey.look().workflow
    if request.param == "reset":
        return lambda check: resets.run("demo", workflow, 0, check=check)
    return lambda check: resets.keep_imported("demo", check=check)


def rows(journey: Journey) -> list[tuple[Any, ...]]:
    return journey.bench.database.read(lambda c: c.execute("select step, status from workflow_steps").fetchall())


async def test_a_start_that_comes_once_steps_are_being_taken_away_is_refused_and_sends_nothing(
    journey: Journey, taken: Taking
) -> None:
    start = Start(journey)
    told: list[Refused] = []

    def check() -> None:
        journey.bench.engine.by_hand.check_idle("demo")
        with pytest.raises(Refused) as refused:
            start.goes_on_now()
        told.append(refused.value)

    await asyncio.to_thread(taken, check)
    assert [(each.reason, each.message) for each in told] == [("busy", "The steps of 'demo' are being taken away.")]
    assert rows(journey) == []
    assert journey.bench.call("sessions.list", {})["sessions"] == []


async def test_steps_are_not_taken_away_once_one_of_them_has_been_begun(journey: Journey, taken: Taking) -> None:
    await Start(journey).goes_on()
    with pytest.raises(Refused, match="An agent is at work on 'demo'"):
        await asyncio.to_thread(taken, lambda: journey.bench.engine.by_hand.check_idle("demo"))
    await journey.waits("question")
    assert rows(journey) == [(0, "in_progress")]
    assert (journey.folder / "context" / "intake.json").is_file()
    assert (journey.folder / "SKILL.md").read_text() == SKILL
    await journey.bench.engine.stop("demo")


async def test_a_start_of_a_skill_that_was_kept_as_imported_meanwhile_is_refused_and_leaves_nothing_behind(
    journey: Journey,
) -> None:
    beyond_a_gap(journey)
    start = Start(journey)
    journey.call("workflow.keep_imported")
    with pytest.raises(Refused) as refused:
        await start.goes_on()
    assert (refused.value.reason, refused.value.message) == ("no_workflow", "'demo' is built by no workflow any more.")
    assert rows(journey) == []
    assert journey.bench.call("sessions.list", {})["sessions"] == []
    journey.bench.call("skills.rename", name="demo", new_name="other")


async def test_a_step_that_was_begun_long_ago_is_not_held_to_be_lost_while_it_is_being_gone_on_with(
    journey: Journey,
) -> None:
    journey.make()
    engine, driving = journey.bench.engine, journey.driving(research(), asks=True)
    await engine.start("demo", driving=driving)
    await journey.waits("question")
    await engine.stop("demo")
    skill = journey.bench.library.row("demo").id
    long_ago = replace(journey.look().run.step(0), started=1)
    journey.bench.database.write(lambda c: table.put_step(c, skill, long_ago, 1))
    look = journey.look()
    prepared = engine.preparing.step(look, 0, driving, again=True)
    seen: list[str] = []

    class Slow:
        """Takes so long to send that others look meanwhile."""

        async def send(self, *args: Any, **params: Any) -> str:
            seen.append((await asyncio.to_thread(journey.look)).now.steps[0].status)
            return await journey.bench.pool.send(*args, **params)

    slow = cast("Pool", Slow())
    starting = Starting(journey.bench.library, engine.preparing, engine.awaiting, lambda: slow)
    begun = await starting.go_on(look, prepared, "resume")
    await journey.waits("question")
    assert seen == ["in_progress"]
    assert journey.look().now.steps[0].run == begun.run
    await engine.stop("demo")


async def test_states_that_are_set_for_a_skill_that_was_kept_as_imported_meanwhile_leave_nothing_behind(
    journey: Journey,
) -> None:
    beyond_a_gap(journey)
    look = journey.look()
    journey.call("workflow.keep_imported")
    with pytest.raises(Refused, match="by no workflow any more"):
        journey.bench.engine.by_hand.set_states(look, {0: "pending"}, 0)
    assert rows(journey) == []


async def test_a_skill_that_no_workflow_builds_is_not_stuck_by_a_step_that_was_left_behind(journey: Journey) -> None:
    beyond_a_gap(journey)
    skill = journey.bench.library.row("demo").id
    journey.call("workflow.keep_imported")
    left = StepRow(0, "in_progress", session="s-1", run="r-1", started=1)
    journey.bench.database.write(lambda c: table.put_step(c, skill, left, 1))
    assert journey.bench.engine.live() == set()
    journey.bench.call("skills.rename", name="demo", new_name="other")
    await journey.bench.acall("skills.delete", name="other")
