"""Tests of a skill whose answers are recordings made on the spot, and a stop in the middle of one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from refined import Bench

from workbench.agents import table
from workbench.agents.pool import Pool
from workbench.app import Workbench
from workbench.workflows.testing.driving import Driving
from workbench.workflows.testing.report import Report, report
from workbench.workflows.testing.running import Running
from workbench.workflows.testing.table import TestRow
from workbench.workflows.testing.testing import Testing

PROMPT = "Is invoice 7 right?"
SLOW = 0.0001
"""The speed at which ten seconds lie between two words."""
UP = [["Facts", "up", "The second answer names the sum."], ["Length", "same", "Both are short."]]


def judged(*judgements: list[str]) -> dict[str, Any]:
    keys = ("dimension", "direction", "text")
    told = [dict(zip(keys, each, strict=True)) for each in judgements or UP]
    return {"judgements": told, "recommendations": ["Name the year.", "Say who is asked."]}


class Trials:
    """Tests whose answers are recordings made on the spot. `measured` is what makes the difference: those that ship are
    scripted, and these stand for a real provider's.
    """

    def __init__(self, desk: Bench) -> None:
        self.desk = desk
        self.bench = desk.bench
        self.testing = self.on(self.bench)
        self.recordings: dict[tuple[str, int], Path] = {}
        self.speeds: dict[tuple[str, int], float] = {}

    def on(self, bench: Workbench, agents: Any = None) -> Testing:
        """Tests in which every second time A is the answer with the skill."""
        every = agents or (lambda: bench.pool)
        return Testing(
            bench.library, bench.recorder, every, order=lambda repeats: [each % 2 == 1 for each in range(repeats)]
        )

    def answer(self, arm: str, number: int, *, slow: bool = False, speed: float = 0, **turn: Any) -> None:
        self.recordings[arm, number] = self.desk.recordings.turn(**turn)
        self.speeds[arm, number] = SLOW if slow else speed

    def played(self, arm: str, number: int) -> Mapping[str, Any]:
        if (arm, number) not in self.recordings:
            told = {"structured": judged()} if arm == "judge" else {"says": f"Said {arm} it."}
            self.answer(arm, number, **told)
        return {"recording": str(self.recordings[arm, number]), "speed": self.speeds[arm, number]}

    def begin(self, *, measured: bool = True, **more: Any) -> tuple[TestRow, Driving]:
        driving = Driving("replay", None, more.pop("budget_usd", None), played=self.played)
        if not measured:
            return self.testing.begin("matching", PROMPT, driving, **more), driving
        repeats = more.pop("repeats", 1)
        test = self.testing.begin("matching", PROMPT, driving, **more)
        self.bench.database.write(lambda c: _measured(c, test.id, repeats))
        return self.testing.find(test.id), driving

    async def run(self, **more: Any) -> Report:
        test, driving = await asyncio.to_thread(lambda: self.begin(**more))
        await Running(self.testing, test, driving).run()
        return await self.look(test)

    async def look(self, test: TestRow) -> Report:
        return await asyncio.to_thread(lambda: report(self.testing, self.testing.find(test.id)))

    async def started(self, test: TestRow, number: int) -> list[tuple[str, str]]:
        """The runs of both arms of a round, once both agents are at work."""
        async with asyncio.timeout(60):
            while True:
                row = (await asyncio.to_thread(self.testing.rounds, test.id))[number - 1]
                runs = [run for run in (row.baseline, row.with_skill) if run is not None]
                if len(runs) == 2 and all(await asyncio.gather(*(self._works(run[0]) for run in runs))):
                    return runs
                await asyncio.sleep(0.02)

    async def begun(self, test: TestRow) -> list[tuple[str, str]]:
        """The runs of both arms of the first round, once they are written down."""
        async with asyncio.timeout(60):
            while True:
                runs = (await asyncio.to_thread(self.testing.rounds, test.id))[0].runs
                if len(runs) > 1:
                    return runs
                await asyncio.sleep(0.02)

    async def ended(self, run: tuple[str, str]) -> None:
        """Waits until an agent has answered."""
        async with asyncio.timeout(60):
            while True:
                if await asyncio.to_thread(self.testing.standing, run) not in (None, "never"):
                    return
                await asyncio.sleep(0.02)

    async def at_work(self, run: tuple[str, str]) -> None:
        """Waits until an agent can be stopped."""
        async with asyncio.timeout(60):
            while True:
                if await self._works(run[0]):
                    return
                await asyncio.sleep(0.02)

    async def _works(self, session: str) -> bool:
        row = await asyncio.to_thread(self.bench.database.read, lambda c: table.get(c, session))
        return row is not None and bool(row.open_runs)

    def told(self, session: str) -> dict[str, Any]:
        """What an agent was told."""
        return self.desk.told(session)


class Halting:
    """The agents, with a stop in the middle: at an even moment before a call, at an odd one after it. Whoever is asked from
    then on would need longer for its answer than anybody waits.
    """

    def __init__(self, pool: Pool, moment: int, stop: Callable[[], Awaitable[None]]) -> None:
        self._pool = pool
        self._moment = moment
        self._stop = stop
        self._calls = 0
        self.halted = False
        self.sent_after: list[tuple[str, str]] = []

    def __getattr__(self, name: str) -> Any:
        if name not in ("create", "send", "wait", "close"):
            return getattr(self._pool, name)

        async def call(*args: Any, **params: Any) -> Any:
            moment, self._calls = 2 * self._calls, self._calls + 1
            await self._halt(moment)
            if name == "send" and self.halted:
                params["options"] = {**params["options"], "speed": SLOW}
                self.sent_after.append((args[0], params["run_id"]))
            found = await getattr(self._pool, name)(*args, **params)
            await self._halt(moment + 1)
            return found

        return call

    async def _halt(self, moment: int) -> None:
        if moment == self._moment:
            await self._stop()
            self.halted = True


class Unheard:
    """The agents, but nobody hears of the end of a turn. `asked` is set once so many turns are under way."""

    def __init__(self, pool: Pool, turns: int) -> None:
        self._pool = pool
        self._left = turns
        self.asked = asyncio.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    async def wait(self, *_: str) -> None:
        self._left -= 1
        if not self._left:
            self.asked.set()
        await asyncio.Event().wait()


def _measured(connection: Any, test: str, repeats: int) -> None:
    """The test as if a provider that is no recording made it."""
    connection.execute("update skill_tests set replayed = 0 where id = ?", (test,)).fetchall()
    for number in range(1, repeats + 1):
        values = (test, number, number % 2 == 0)
        connection.execute(
            "insert or replace into skill_test_rounds (test, number, swapped) values (?, ?, ?)", values
        ).fetchall()


async def through_commands(trials: Trials, done: Report) -> dict[str, Any]:
    return await trials.bench.acall("skill_test.show", {"id": done.test.id})
