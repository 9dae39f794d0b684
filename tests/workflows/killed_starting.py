"""Kills a host at any write while it starts a step or has answers judged, and lets others look at what became of the agent.

    python killed_starting.py FOLDER start|judge HOW LIVES

As `killed_writes.py`, but agents take part: those that were sent something come to their end before anybody looks.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import os
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1] / "skills"), str(Path(__file__).parents[1])]

import agreed
from cutting import How
from journey import Journey, judged, research
from killed_writes import SET_CHILD_SUBREAPER, Change, Life
from leftovers import end_sessions

from workbench.agents import process
from workbench.agents.channel import connect
from workbench.app import Workbench
from workbench.errors import SessionGone
from workbench.paths import Home
from workbench.workflows.steps.awaiting import STARTING_MS
from workbench.workflows.steps.turning import Driving

PATIENCE_S = 60


class Starting(Change):
    """The start of a step's turn, or of a judge's, again and again."""

    async def prepare(self) -> None:
        with Workbench.open(self.run / "home") as bench:
            journey = Journey(bench, self.run)
            journey.make()
            structured: Any = research()
            if self.operation == "judge":
                await journey.step(structured)
                for name in ("Q1", "Q2", "Q3"):
                    journey.answer(name, choice="A", text="By way of the number, and nothing else")
                structured = judged(Q1="clear", Q2="clear", Q3="clear")
            made = journey.recordings.turn(structured=structured)
            made.rename(self.run / "turn.jsonl")
            await bench.acall("agents.shutdown")

    def points(self, count: int) -> list[int]:
        """In the middle of as many parts: the first is before the agent is asked and the last one after it, also where a
        slow machine takes more steps, since it commits what was said more often.
        """
        parts = [(2 * number + 1) * self.steps // (2 * count) for number in range(count)]
        return parts or super().points(count)

    def operate(self, how: How, at: int) -> None:
        options = {"recording": str(self.run / "turn.jsonl"), "speed": 0}
        with Workbench.open(self.run / "home") as bench:
            bench.engine.look("demo")

            async def go() -> None:
                driving = Driving("replay", options=options)
                with self.cut.short(how, at):
                    await (bench.engine.judge if self.operation == "judge" else bench.engine.start)(
                        "demo", driving=driving
                    )
                    await bench.engine.seen_through("demo")

            asyncio.run(go())

    def calm_down(self) -> None:
        """Agents that were sent something finish it; then all of them are ended, those that are still about to begin, too."""
        self.fork(self.wait)
        deadline = time.monotonic() + PATIENCE_S
        while self.an_orphan_is_left():
            end_sessions(Home(self.run / "home"))
            if time.monotonic() > deadline:
                raise TimeoutError("an agent does not end")
            time.sleep(0.05)

    def an_orphan_is_left(self) -> bool:
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return False
        return True

    def wait(self) -> None:
        """Until no agent is at work. What was not even begun then is taken to be as long ago as it needs to be given up."""
        with Workbench.open(self.run / "home") as bench:
            deadline = time.monotonic() + PATIENCE_S
            while asyncio.run(is_at_work(bench)) or bench.call("agents.any_running")["running"]:
                if time.monotonic() > deadline:
                    raise TimeoutError("an agent does not come to its end")
                time.sleep(0.05)
            back = (STARTING_MS + 1,)
            bench.database.write(lambda c: c.execute("update workflow_steps set started = started - ?", back))
            bench.database.write(lambda c: c.execute("update workflow_judges set at = at - ?", back))

    def make_after_all(self, life: Life) -> None:
        """Answers are judged again in any case: a judge that has spoken is heard."""
        if self.operation == "judge":
            self.fork(lambda: self.operate("off", 0))
            self.calm_down()
        super().make_after_all(life)

    def stands(self) -> list[Any]:
        with Workbench.open(self.run / "home") as bench:
            runs = bench.call("usage.recent_runs")["runs"]
            return [agreed.summary(agreed.states(bench)), sorted(run["purpose"] for run in runs)]


async def is_at_work(bench: Workbench) -> bool:
    """Whether an agent has a turn, as it says itself: a message that was just sent may not be in the transcript yet."""
    sessions = (await bench.acall("sessions.list"))["sessions"]
    return any(await asyncio.gather(*(has_turn(bench.home.session(each["id"])) for each in sessions)))


async def has_turn(folder: Path) -> bool:
    try:
        channel, _ = await connect(folder, alive=lambda: process.alive(folder))
        try:
            return bool(
                (await channel.ping()).open
            )  # its second answer: what was sent before the first one it has read
        finally:
            await channel.aclose()
    except SessionGone:
        return False


def main() -> int:
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    change = Starting(Path(sys.argv[1]), sys.argv[2], sys.argv[3])  # type: ignore[arg-type]
    for life in change.lives(int(sys.argv[4])):
        print(json.dumps(asdict(life)), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
