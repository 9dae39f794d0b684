"""Topics in this process, with a real home and real agents: what the server and the comm share."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Self

import pytest

from workbench.app import Workbench
from workbench.errors import HomeUnusable, Refused, WorkbenchError
from workbench.hosts import topics
from workbench.paths import Home
from workbench.protocol.screen import Batch, Subscribe


@pytest.fixture
async def bench(home: Home) -> AsyncIterator[Workbench]:
    opened = Workbench.open(home)
    yield opened
    await opened.acall("agents.shutdown")
    await asyncio.to_thread(opened.close)


class Screen:
    """Follows one topic and keeps what came."""

    def __init__(self, bench: Workbench, topic: str, since: int = 0) -> None:
        self._bench = bench
        self._request = Subscribe(sub="a", subscribe=topic, since=since)
        self._queue: asyncio.Queue[Batch] = asyncio.Queue()
        self.batches: list[Batch] = []

    async def __aenter__(self) -> Self:
        self.task = asyncio.create_task(topics.serve(self._open, self._request, self._queue.put))
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.task

    async def _open(self) -> Workbench:
        return self._bench

    async def next(self) -> Batch:
        async with asyncio.timeout(60):
            self.batches.append(await self._queue.get())
        return self.batches[-1]

    async def until(self, kind: str) -> None:
        """Reads on to an event of this type."""
        while not any(record["f"].get("type") == kind for record in (await self.next()).events):
            pass


async def start(bench: Workbench, events: int, rate: float = 0, session: str | None = None) -> str:
    options = {"recording": "flood", "events": events, "rate": rate}
    if session is not None:
        return str((await bench.acall("agents.send", session=session, prompt="Go", options=options))["session"])
    started = await bench.acall("agents.start", provider="replay", prompt="Go", options=options)
    return str(started["session"])


async def test_a_screen_follows_a_session_through_its_next_life(bench: Workbench) -> None:
    session = await start(bench, 10)
    async with Screen(bench, f"session:{session}") as screen:
        await screen.until("end")
        await bench.acall("sessions.end", session=session)
        await screen.until("exit")
        while screen.batches[-1].live:
            await screen.next()
        await start(bench, 10, session=session)
        await screen.until("end")
    seqs = [record["seq"] for batch in screen.batches for record in batch.events]
    assert seqs == sorted(set(seqs))
    assert all(before.seq == after.since for before, after in zip(screen.batches, screen.batches[1:], strict=False))


async def test_what_a_slow_screen_does_not_take_waits_in_the_file(bench: Workbench) -> None:
    session = await start(bench, 20_000)
    taken = 0

    async def slowly(batch: Batch) -> None:
        nonlocal taken
        taken += 1
        if taken == 1:
            await asyncio.Event().wait()

    async def opened() -> Workbench:
        return bench

    deaf = asyncio.create_task(topics.serve(opened, Subscribe(sub="a", subscribe=f"session:{session}"), slowly))
    async with Screen(bench, f"session:{session}") as screen:
        await screen.until("end")
    assert taken == 1
    deaf.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await deaf


async def test_a_screen_that_is_gone_ends_its_subscription_with_its_own_error(bench: Workbench) -> None:
    async def opened() -> Workbench:
        return bench

    async def gone(_batch: Batch) -> None:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        await topics.serve(opened, Subscribe(sub="a", subscribe="sessions"), gone)


async def test_a_home_that_cannot_be_opened_is_told_to_the_screen() -> None:
    told: list[Batch] = []

    async def fails() -> Workbench:
        raise HomeUnusable("No home.", remedy="Make one.")

    async def take(batch: Batch) -> None:
        told.append(batch)

    await topics.serve(fails, Subscribe(sub="a", subscribe="sessions", since=7), take)
    [batch] = told
    assert (batch.since, batch.seq, batch.live) == (7, 7, False)
    assert batch.failure is not None
    assert batch.failure.remedy == "Make one."


BUSY = Refused("busy", "Another process writes.", remedy="Try again.")
NO_ROOM = HomeUnusable("The disk is full.", remedy="Free some space.")


def troubled(*troubles: WorkbenchError) -> topics.Look:
    """A look at the state that meets these first."""
    coming = list(troubles)

    async def look(_bench: Workbench) -> list[int]:
        if coming:
            raise coming.pop(0)
        return [1]

    return look


async def test_a_topic_outlives_a_busy_database_and_a_full_disk(bench: Workbench) -> None:
    request = Subscribe(sub="a", subscribe="sessions", since=0)
    async with contextlib.aclosing(topics._whole(bench, request, troubled(BUSY, NO_ROOM))) as batches:
        assert (await anext(batches)).events == [1]


@pytest.mark.parametrize("error", [Refused("closing", "It was closed.", remedy="Open it."), NO_ROOM])
async def test_a_topic_fails_with_what_lasts(bench: Workbench, error: WorkbenchError) -> None:
    request = Subscribe(sub="a", subscribe="sessions", since=0)
    async with contextlib.aclosing(topics._whole(bench, request, troubled(error), patience_s=0)) as batches:
        with pytest.raises(type(error)):
            await anext(batches)


@pytest.mark.slow
async def test_a_topic_without_history_is_quiet_while_nothing_changes(bench: Workbench) -> None:
    async with Screen(bench, "sessions") as screen:
        assert (await screen.next()).events == []
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(screen.next(), topics.LOOK_ANYWAY_S + 1)
        await bench.acall("sessions.create", provider="replay", title="New")
        batch = await screen.next()
        assert batch.reset
        assert [row["title"] for row in batch.events] == ["New"]
        assert batch.seq == 2


async def test_what_another_host_does_is_seen(bench: Workbench, home: Home) -> None:
    async with Screen(bench, "sessions") as screen:
        await screen.next()
        other = await asyncio.to_thread(Workbench.open, home)
        try:
            await other.acall("sessions.create", provider="replay", title="Theirs")
        finally:
            await asyncio.to_thread(other.close)
        assert [row["title"] for row in (await screen.next()).events] == ["Theirs"]
