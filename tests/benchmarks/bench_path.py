"""The whole path of an event: a sidecar's pipe, the shim, the transcript, the bell, a host that reads and decodes.

The host is `agents.follow.follow` on an attached `Channel`, as every viewer has it (neighbouring chunks of text joined),
without a ledger; one row goes through a `Pool` whose ledger commits meanwhile. The peer is a bare pipe with
`StreamReader.readline`, and where times of events are compared it decodes them too.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
from bench_reader import EVENTS, LONG, PRODUCER, child, readline
from row import ROUNDS, Goal, Row, interleaved

from workbench.agents import process
from workbench.agents.channel import Channel, connect
from workbench.agents.follow import Batch, follow
from workbench.agents.pipe import Pipe
from workbench.agents.pool import Pool
from workbench.agents.process import StartLine
from workbench.agents.recorder import Recorder
from workbench.agents.session import TRANSCRIPT, SessionSpec, make
from workbench.clock import SystemClock
from workbench.launch import Launch
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger

PACED = 2_000
EVERY_S = 0.001

Play = dict[str, object]


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    events, size, paced = (max(1, int(full * scale)) for full in (EVENTS, LONG, PACED))
    flood: Play = {"play": "flood", "events": events}
    long: Play = {"play": "long", "bytes": size}
    pace: Play = {"play": "pace", "events": paced, "every": EVERY_S}
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.make()
        path, pool, pipe = interleaved(
            rounds,
            lambda: events / asyncio.run(until_end(home, flood)),
            lambda: events / asyncio.run(through_pool(home, flood)),
            lambda: events / asyncio.run(readline(flood, 1)),
        )
        goals = (Goal("ratio", "at least", 0.3), Goal("value", "at least", 100_000))
        yield Row("whole path, decoded", "events/s", path, "readline", pipe, goals)
        yield Row("whole path, pool and ledger too", "events/s", pool, "readline", pipe)
        late, bare, leanest = interleaved(
            rounds,
            lambda: asyncio.run(delays(home, pace)),
            lambda: asyncio.run(piped_delays(pace)),
            lambda: asyncio.run(readline_delays(pace)),
        )
        for name, of, goals in (("p50", 50, (Goal("ratio", "at most", 2),)), ("p99", 99, ())):
            mine, pipes, readlines = ([percentile(each, of) for each in side] for side in (late, bare, leanest))
            title = f"whole path, latency {name} at 1,000 events/s"
            yield Row(title, "ms", mine, "bare pipe, our reader", pipes, goals)
            yield Row(title, "ms", mine, "bare pipe, readline", readlines)
        long_path, long_pipe = interleaved(
            rounds, lambda: 1e3 * asyncio.run(until_end(home, long)), lambda: 1e3 * asyncio.run(readline(long, 1))
        )
        goals = (Goal("value", "at most", 250),)
        yield Row("whole path, a 10 MB line, decoded", "ms", long_path, "readline", long_pipe, goals)


# -- ours


@contextlib.asynccontextmanager
async def attached(home: Home) -> AsyncIterator[tuple[Path, Channel]]:
    """A session whose agent is a producer, ready, with one host attached."""
    session = make(home, SessionSpec(provider="replay"), SystemClock())
    folder = home.session(session.id)
    process.spawn(folder, StartLine(argv=PRODUCER, env={}, cwd=str(folder)))
    channel, opening = await connect(folder, alive=lambda: process.alive(folder))
    try:
        while not opening.ready:
            await channel.rung(opening.size)
            opening = await channel.ping()
        yield folder / TRANSCRIPT, channel
    finally:
        await channel.ask("close", reason="closed")
        await channel.ended()
        await channel.aclose()


class Bell:
    """What a viewer asks of its session where no ledger is kept."""

    def __init__(self, channel: Channel) -> None:
        self.grown = channel.rung

    async def committed(self, offset: int) -> None:
        """There is nobody to wait for."""

    async def resumed(self, known: int) -> None:
        """There is no second incarnation."""


async def until_end(home: Home, play: Play) -> float:
    """Seconds from the request to the decoded end of its run."""
    async with attached(home) as (path, channel):
        begin = time.perf_counter()
        await channel.send(request(play))
        async for _ in to_end(follow(path, Bell(channel))):
            pass
        return time.perf_counter() - begin


async def delays(home: Home, play: Play) -> list[float]:
    """Milliseconds from the moment each event was written by the agent until the host held it, decoded."""
    found: list[float] = []
    async with attached(home) as (path, channel):
        await channel.send(request(play))
        async with contextlib.aclosing(follow(path, Bell(channel), join=False)) as batches:
            async for batch in batches:
                now = time.monotonic_ns()
                frames = [record["f"] for record in batch.records]
                found += [(now - frame["at"]) / 1e6 for frame in frames if "at" in frame]
                if frames[-1].get("type") == "end":
                    break
    return found


async def through_pool(home: Home, play: Play) -> float:
    """As `until_end`, as the hosts do it: a pool on its own thread, whose ledger commits what is shown."""
    with Database.open(home.database) as database:
        pool = Pool(home, database, Recorder(database, home, ledger.record), lambda _: Launch(PRODUCER, {}, []))
        session = await pool.create(SessionSpec(provider="replay"))
        first = await pool.send(session.id, json.dumps({"play": "flood", "events": 1}))  # starts the process
        await pool.wait(session.id, first)
        begin = time.perf_counter()
        run = await pool.send(session.id, json.dumps(play))
        async for _ in to_end(pool.follow(session.id), run):
            pass
        seconds = time.perf_counter() - begin
        await pool.close(session.id)
        await pool.aclose()
    return seconds


async def to_end(batches: AsyncIterator[Batch], run: str = "r") -> AsyncIterator[Batch]:
    """The batches up to the one that ends the run."""
    async for batch in batches:
        yield batch
        frame = batch.records[-1].get("f", {}) if batch.records else {}
        if (frame.get("type"), frame.get("id")) == ("end", run):
            break
    await batches.aclose()


def request(play: Play) -> dict[str, object]:
    return {"id": "r", "method": "sendMessage", "params": {"prompt": json.dumps(play)}}


# -- the peer


async def piped_delays(play: Play) -> list[float]:
    """As `delays`, on a pipe from the same child: the same kind of loop, decoded batches from one stream."""
    found: list[float] = []
    pipe = await Pipe.open(PRODUCER, {})
    with pipe.request("sendMessage", {"prompt": json.dumps(play)}) as stream:
        events: list[dict[str, object]] = [{"type": ""}]
        while events[-1]["type"] != "end":
            events = await stream.take()
            now = time.monotonic_ns()
            found += [(now - event["at"]) / 1e6 for event in events if "at" in event]
    await pipe.aclose()
    return found


async def readline_delays(play: Play) -> list[float]:
    """The same with the leanest loop that asyncio has: a line, decoded, a line."""
    decode = msgspec.json.Decoder(dict[str, object]).decode
    found: list[float] = []
    process = await child()
    process.stdin.write(msgspec.json.encode(request(play)) + b"\n")
    while (event := decode(await process.stdout.readline()))["type"] != "end":
        found.append((time.monotonic_ns() - event["at"]) / 1e6)
    process.stdin.close()
    await process.wait()
    return found


def percentile(figures: list[float], percent: int) -> float:
    return sorted(figures)[len(figures) * percent // 100]
