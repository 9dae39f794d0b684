"""What changes while somebody looks: each look here is held in its middle, and what it looks at goes on there."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from journey import Journey, question, research
from refined import Bench

from workbench.agents.pool import Pool
from workbench.app import Workbench
from workbench.workflows.engine import Engine
from workbench.workflows.steps.awaiting import Awaiting
from workbench.workflows.steps.starting import Starting
from workbench.workflows.testing.driving import Driving
from workbench.workflows.testing.report import CUT_OFF, report
from workbench.workflows.testing.running import Running
from workbench.workflows.testing.testing import Testing

PATIENCE_S = 150
"""For a start and a question, each of which may take a minute."""


class Held:
    """A part as it is, but that something happens behind the first of its calls."""

    def __init__(self, part: Any, happens: Callable[[], object]) -> None:
        self._part = part
        self._happens = [happens]

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._part, name)
        if not callable(found):
            return found

        def call(*args: Any, **params: Any) -> Any:
            result = found(*args, **params)
            while self._happens:
                self._happens.pop()()
            return result

        return call


class Late:
    """The agents, whom a message reaches when it may."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.sending = asyncio.Event()
        self.may = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def send(self, *args: Any, **params: Any) -> str:
        self.sending.set()
        await self.may.wait()
        return await self._pool.send(*args, **params)


@pytest.fixture
def journey(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Journey:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    made = Journey(bench, tmp_path)
    made.make()
    return made


async def asked(pool: Pool, session: str) -> None:
    """Until the agent asks the person."""
    async with asyncio.timeout(60):
        async for batch in pool.follow(session):
            if any(record.get("f", {}).get("type") == "userInputRequest" for record in batch.records):
                return


@pytest.mark.parametrize("looks", ["catch_up", "is_at_work"])
async def test_a_turn_that_begins_between_two_looks_at_it_goes_on(journey: Journey, looks: str) -> None:
    bench, loop = journey.bench, asyncio.get_running_loop()
    engine, late = bench.engine, Late(bench.pool)
    look = journey.look()
    prepared = engine.preparing.step(look, 0, journey.driving(research(), asks=True))
    starting = Starting(engine.library, engine.preparing, engine.awaiting, lambda: late)  # type: ignore[arg-type, return-value]
    beginning = asyncio.create_task(starting.begin(look, prepared))
    await late.sending.wait()

    async def begins() -> None:
        late.may.set()
        await asked(bench.pool, (await beginning).session or "")

    held = Held(bench.recorder, lambda: asyncio.run_coroutine_threadsafe(begins(), loop).result(PATIENCE_S))
    looker = Awaiting(engine.library, held, engine.documents, engine.looker)  # type: ignore[arg-type]
    at_work = await asyncio.to_thread(getattr(looker, looks), look.skill)

    assert beginning.done(), "it was looked at before it began"
    assert at_work in (None, True)
    row = journey.look().now.steps[0]
    assert (row.error, row.waiting) == (None, "question")
    await journey.say_yes()
    await bench.pool.wait(row.session or "", row.run or "")
    assert journey.look().now.steps[0].shown == "completed"


async def test_an_output_that_is_wrong_is_asked_for_again_though_somebody_else_has_seen_it_first(
    journey: Journey,
) -> None:
    bench = journey.bench
    seen: list[str | None] = []

    def looks() -> None:
        row = journey.look().now.steps[0]
        seen.append(row.error["kind"] if row.error is not None else None)

    wrong = research(question("Tolerance", choices=1))
    turns = journey.turns(research__main=wrong, research__repair=research())
    engine = Engine(bench.library, Held(bench.recorder, looks), lambda: bench.pool, lambda: bench.settings)  # type: ignore[arg-type]
    await engine.start("demo", driving=turns)
    await engine.seen_through("demo")
    assert seen == ["invalid_output"]
    row = journey.look().now.steps[0]
    assert (row.shown, row.attempt) == ("completed", 2)


async def test_a_test_that_ends_while_it_is_looked_at_is_not_one_that_nobody_drives(skill: Bench) -> None:
    bench, loop = skill.bench, asyncio.get_running_loop()
    judged = {"judgements": [{"dimension": "Facts", "direction": "up", "text": "It names the sum."}]}
    said = {"judge": {"structured": {**judged, "recommendations": ["Name the year.", "Say who is asked."]}}}
    turns = {arm: skill.recordings.turn(**said.get(arm, {})) for arm in ("baseline", "with", "judge")}
    driving = Driving("replay", None, None, played=lambda arm, _: {"recording": str(turns[arm]), "speed": 0})
    testing = Testing(bench.library, bench.recorder, lambda: bench.pool)
    test = await asyncio.to_thread(testing.begin, "matching", "Is it right?", driving, vote_first=False)
    running = Running(testing, test, driving)

    held = Held(testing, lambda: asyncio.run_coroutine_threadsafe(running.run(), loop).result(PATIENCE_S))
    told = await asyncio.to_thread(report, held, test)  # type: ignore[arg-type]
    assert (told.status, told.left, CUT_OFF in told.notice) == ("completed", False, False)
    assert [side.status for side in told.rounds[0].sides] == ["completed", "completed"]
