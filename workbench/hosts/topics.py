"""What a screen can follow, whoever carries it: a topic's name becomes batches, until the screen leaves.

Idea: the server's WebSocket and the kernel's comm differ only in how they send one message, so everything else is here.
Two kinds of topic exist. A session's events have numbers and a file, so a screen goes on from any number and a slow one
merely lags in the file. `sessions`, `status`, `usage`, `skills`, `workflow:<skill>` and `imports` have no history: each batch is the whole
state and says `reset`.

Invariants: a subscription has at most one batch under way, so what a slow screen costs is bounded; batches of one
subscription are at least 50 ms apart unless it is catching up; and it ends with at most one failure, never in silence.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, cast

from workbench.agents import follow
from workbench.app import Workbench
from workbench.errors import HomeUnusable, InvalidRequest, Refused, WorkbenchError, failure_of
from workbench.logs import LOGGER
from workbench.protocol.screen import BATCH_SECONDS, Batch, Failure, Subscribe
from workbench.usage import current
from workbench.usage.sums import plain
from workbench.usage.which import local_zone

CATCHING_UP: Final = 200
"""A batch that covers this many records is history being read: no reason to wait before the next one."""

LOOK_S: Final = 0.5
"""How often a topic without history looks whether anything was committed."""

LOOK_ANYWAY_S: Final = 5.0
"""How often it looks at what no commit tells: a process that was killed, a new day."""

FRESH_S: Final = 60.0
"""How old the status may be in what transcripts tell."""

PATIENCE_S: Final = 60.0
"""For so long a topic without history bears a busy database or a full disk before it fails."""

Send = Callable[[Batch], Awaitable[None]]
Look = Callable[[Workbench], Awaitable[list[Any]]]
Stamp = Callable[[Workbench], Any]
"""Something that is cheap to ask for and differs when a state may have changed."""


async def serve(opening: Callable[[], Awaitable[Workbench]], request: Subscribe, send: Send) -> None:
    """Sends a subscription's batches until it is cancelled or fails; a failure is its last batch.

    What `send` itself raises (a connection that is gone) is the caller's and passes through.
    """
    try:
        bench = await opening()
        batches = _topic(bench, request)
    except (WorkbenchError, OSError) as error:
        await send(failed(request, request.since, error))
        return
    seq = request.since
    async with contextlib.aclosing(batches):
        while True:
            try:
                batch = await anext(batches)
            except StopAsyncIteration:
                return
            except Exception as error:  # noqa: BLE001 - the host's outermost frame: the screen is told, the host goes on
                await send(failed(request, seq, error))
                return
            await send(batch)
            seq = batch.seq


def _topic(bench: Workbench, request: Subscribe) -> AsyncGenerator[Batch]:  # noqa: PLR0911 - a topic a line
    name, colon, argument = request.subscribe.partition(":")
    if name == "session" and argument:
        return _session(bench, request, argument)
    if name == "sessions" and not colon:
        return _whole(bench, request, _sessions)
    if name == "status" and not colon:
        return _whole(bench, request, _status)
    if name == "usage" and not colon:
        return _whole(bench, request, _usage, stamp_of=_usage_stamp)
    if name == "skills" and not colon:
        return _whole(bench, request, _skills, stamp_of=_skills_stamp)
    if name == "imports" and not colon:
        return _whole(bench, request, _imports, stamp_of=_imports_stamp)
    if name == "workflow" and argument:
        return _whole(bench, request, lambda bench: _workflow(bench, argument), stamp_of=_skills_stamp)
    raise InvalidRequest(
        f"There is no topic {request.subscribe!r}.",
        remedy="Follow session:<id>, workflow:<skill>, sessions, status, usage, skills or imports.",
        topic=request.subscribe,
    )


def failed(request: Subscribe, seq: int, error: Exception) -> Batch:
    """The last batch of a subscription that cannot go on."""
    if not isinstance(error, WorkbenchError):
        LOGGER.error("The topic %s failed", request.subscribe, exc_info=error)
    failure = Failure.model_validate(failure_of(error))
    return Batch(sub=request.sub, since=seq, seq=seq, events=[], live=False, failure=failure)


async def _session(bench: Workbench, request: Subscribe, session: str) -> AsyncGenerator[Batch]:
    """A session's records, and on through its next lives."""
    stream = cast("AsyncGenerator[follow.Batch]", bench.pool.follow(session, request.since, keep_open=True))
    async with contextlib.aclosing(stream):
        async for batch in stream:
            yield Batch(sub=request.sub, since=batch.since, seq=batch.seq, events=batch.records, live=batch.live)
            if batch.seq - batch.since < CATCHING_UP:
                # What is written meanwhile waits in the file and comes as one batch.
                await asyncio.sleep(BATCH_SECONDS)


async def _whole(
    bench: Workbench,
    request: Subscribe,
    look: Look,
    *,
    patience_s: float = PATIENCE_S,
    stamp_of: Stamp | None = None,
) -> AsyncGenerator[Batch]:
    """The whole state at once, and again whenever it has changed."""
    told, seq = None, request.since
    stamp_of = stamp_of or _stamp
    while True:
        stamp = stamp_of(bench)
        state = await _seen(bench, look, patience_s)
        if state != told:
            told, seq = state, seq + 1
            yield Batch(sub=request.sub, since=seq - 1, seq=seq, events=state, reset=True)
        await _changed(bench, stamp, stamp_of)


async def _seen(bench: Workbench, look: Look, patience_s: float) -> list[Any]:
    """The state; what may go by itself is waited for, since nobody asks again for a subscription that has failed."""
    now = asyncio.get_running_loop().time
    until = now() + patience_s
    while True:
        try:
            return await look(bench)
        except (HomeUnusable, Refused) as error:
            if now() >= until or (isinstance(error, Refused) and error.reason != "busy"):
                raise
        await asyncio.sleep(LOOK_S)


async def _changed(bench: Workbench, stamp: Any, stamp_of: Stamp) -> None:
    for _ in range(round(LOOK_ANYWAY_S / LOOK_S)):
        await asyncio.sleep(LOOK_S)
        if stamp_of(bench) != stamp:
            return


def _stamp(bench: Workbench) -> tuple[int, int] | None:
    """Changes with each commit of any process: the state of the database's write-ahead log."""
    return _log_state(f"{bench.home.database}-wal")


def _usage_stamp(bench: Workbench) -> Any:
    """The same of the usage database, and how far an import of ours is."""
    return _log_state(f"{bench.store.path}-wal"), bench.refresher.state()


def _skills_stamp(bench: Workbench) -> Any:
    """The state of the database's log, and of the skills folder."""
    return _stamp(bench), bench.library.watch.stamp()


def _imports_stamp(bench: Workbench) -> Any:
    """How far each import of this process is."""
    return bench.imports.progress()


def _log_state(path: str) -> tuple[int, int] | None:
    try:
        state = os.stat(path)  # noqa: PTH116 - asked twice a second for each screen
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size


async def _sessions(bench: Workbench) -> list[Any]:
    rows: list[Any] = (await bench.acall("sessions.list"))["sessions"]
    return rows


async def _status(bench: Workbench) -> list[Any]:
    running = (await bench.acall("agents.any_running"))["sessions"]
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    cost = _paid(await bench.acall("usage.summary", since=midnight.isoformat()))
    whole = await asyncio.to_thread(_today, bench)
    return [{"running": len(running), "cost_today": cost, "cost_today_all": whole, "currency": "USD"}]


def _paid(summary: Mapping[str, Any]) -> str | None:
    """What runs of ours have cost; what was played from a recording nobody paid."""
    cost, replayed = summary["total_cost"], summary["replayed_cost"]
    return cost if cost is None or replayed is None else str(plain(Decimal(cost) - Decimal(replayed)))


def _today(bench: Workbench) -> str | None:
    """What today's daily report says that all agents of this machine have cost, ours included, at most a minute ago.

    None until a person has had transcripts counted once: a first import may be long, and a status bar must not begin it.
    """

    def look(connection: Any) -> Any:
        if not current.anything(connection):
            return None
        return current.today(connection, local_zone(), bench.clock.now_ms())["total_cost"]

    try:
        cost = bench.store.read(look)
        if cost is not None:
            bench.refresher.freshen(FRESH_S)
    except WorkbenchError:
        return None  # a usage report says what is wrong, with its remedy; the agents' state must not wait for that
    return None if cost is None else str(plain(cost))


async def _usage(bench: Workbench) -> list[Any]:
    version = await asyncio.to_thread(bench.store.version)
    return [{**bench.refresher.state(), "version": version}]


async def _skills(bench: Workbench) -> list[Any]:
    return [{"version": await asyncio.to_thread(bench.library.watch.version)}]


async def _workflow(bench: Workbench, skill: str) -> list[Any]:
    """A number that is another one once something of a skill's workflow is."""
    return [{"version": await asyncio.to_thread(bench.engine.version, skill)}]


async def _imports(bench: Workbench) -> list[Any]:
    """What is under way in this process, as skills.plan_import and skills.apply_import were told to call it."""
    return [
        {"id": work, "stage": progress.stage, "done": progress.done, "total": progress.total, "unit": progress.unit}
        for work, progress in bench.imports.progress()
    ]
