"""What the agents of a skill's steps say, shown in this terminal while they are at work; and Ctrl-C, which stops them.

Invariant: each turn is shown once, whole and in its order, however short it was; that nothing is shown changes nothing of
what is done.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from workbench.agents.pool import Pool
from workbench.app import Workbench
from workbench.errors import WorkbenchError
from workbench.hosts.cli_stream import Event, Printer, turn_events
from workbench.hosts.cli_text import one_line
from workbench.protocol.wire import TERMINAL

LOOK_S: Final = 0.2
"""So often it is looked whether another turn has begun."""
STOPPED: Final = 130

T = TypeVar("T")
Json = dict[str, Any]


@dataclass(frozen=True)
class Seen:
    """How many events of a turn there were, and its terminal one if that has come."""

    count: int
    last: Event | None = None


def printer(args: argparse.Namespace, *, always: bool = False) -> Printer | None:
    """Where turns are shown: at a terminal (or `always`), unless it was asked for quiet or JSON."""
    wanted = (always or sys.stdout.isatty()) and not (args.json or args.quiet)
    return Printer(sys.stdout, sys.stderr) if wanted else None


async def shown(pool: Pool, run: tuple[str, str], show: Printer | None, *, title: str = "", skip: int = 0) -> Seen:
    """Shows the turn of a session, without the events that have been shown before, as far as it comes."""
    count, since = 0, await pool.before(*run)
    async with contextlib.aclosing(turn_events(pool, *run, since)) as events:
        async for event in events:
            count += 1
            if show is not None and count > skip:
                if title and count == 1:
                    show.note(one_line(title))
                show.event(event)
            if event["type"] in TERMINAL:
                if show is not None:
                    show.end()
                return Seen(count, event)
    return Seen(count)


class Watch:
    """The turns of one skill's steps. With no printer it shows nothing, and only waits."""

    def __init__(self, bench: Workbench, skill: str, show: Printer | None, state: Json) -> None:
        self._bench = bench
        self._skill = skill
        self._show = show
        self._over = {step["run"] for step in state["steps"] if step["status"] != "in_progress"}
        self._shown: dict[str, int] = {}

    async def during(self, work: Coroutine[Any, Any, T]) -> T:
        """Does the work, and shows what is said meanwhile."""
        if self._show is None:
            return await work
        task = asyncio.create_task(work)
        try:
            ended = False
            while not ended:
                await asyncio.wait({task}, timeout=LOOK_S)
                ended = task.done()
                await self._look(self._show)
            return await task
        finally:
            task.cancel()

    async def _look(self, show: Printer) -> None:
        with contextlib.suppress(WorkbenchError):  # a skill that is gone is the work's to tell
            state = await self._bench.acall("workflow.standing", skill=self._skill)
            for step in state["steps"]:
                if step["session"] and step["run"] and step["run"] not in self._over:
                    await self._turn(show, step)

    async def _turn(self, show: Printer, step: Json) -> None:
        """One turn to its end. What is only being sent is looked for again."""
        run = step["run"]
        skip = self._shown.get(run, 0)
        seen = await shown(self._bench.pool, (step["session"], run), show, title=step["title"], skip=skip)
        self._shown[run] = seen.count
        if seen.last is not None or step["status"] != "in_progress":
            self._over.add(run)


async def leave(bench: Workbench, skill: str) -> None:
    """Ends the processes that wait for another turn of a skill's workflow: nobody is left here to ask for one."""
    rows = (await bench.acall("sessions.list", skill=skill, limit=50))["sessions"]
    waiting = [row["id"] for row in rows if row["workflow"] and row["state"] == "live"]
    await asyncio.gather(*(bench.pool.close(session) for session in waiting))


class CtrlC:
    """Work in this terminal. Ctrl-C stops it, and it ends as that leaves it; a second one leaves at once."""

    def __init__(self, stop: Callable[[], Awaitable[object]]) -> None:
        self._stop_it = stop
        self.stopping: asyncio.Task[None] | None = None

    async def during(self, work: Coroutine[Any, Any, int]) -> int:
        """The exit status of the work; 130 where it was stopped."""
        loop, me = asyncio.get_running_loop(), asyncio.current_task()
        assert me is not None  # noqa: S101 - said for the type checker: a coroutine that runs is in a task
        loop.add_signal_handler(signal.SIGINT, self._interrupt, me)
        try:
            status = await work
        except asyncio.CancelledError:
            return STOPPED
        finally:
            loop.remove_signal_handler(signal.SIGINT)
        return status if self.stopping is None else STOPPED

    def _interrupt(self, me: asyncio.Task[Any]) -> None:
        if self.stopping is not None:
            me.cancel()
            return
        print("Stopping. Press Ctrl-C again to leave at once.", file=sys.stderr)
        self.stopping = asyncio.get_running_loop().create_task(self._stop())

    async def _stop(self) -> None:
        with contextlib.suppress(WorkbenchError):  # there is nothing to stop yet, or no more
            await self._stop_it()
