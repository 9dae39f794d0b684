"""What a host says to a live session, and how it learns the answer.

Idea: a request goes over the channel, its answer comes out of the transcript, like everything else that is said; so an
answer is found however late it comes, and every host can see who asked what. Invariant: every wait ends: with the
answer, with the end of the process, or at its time limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import Any, Final

from workbench.agents.attachment import Attachment
from workbench.agents.channel import Channel
from workbench.agents.follow import Record, follow
from workbench.errors import NotFound, Refused, SessionGone, error_of
from workbench.protocol.wire import TERMINAL

STOP_S: Final = 2.0
"""How long a stopped turn may take to end before its process is closed."""
ANSWER_S: Final = 10.0
_UNTOLD: Final = frozenset({"disk_full", "stalled"})
"""Why an agent cannot be told to stop: nothing can be written down, or it does not read."""


async def ask(
    attachment: Attachment,
    request_id: str,
    method: str,
    params: Mapping[str, Any],
    answers: Callable[[dict[str, Any]], bool] = lambda _frame: False,
) -> dict[str, Any]:
    """The event that answers a request: the one with its id, or one that `answers`. Raises what the agent reports."""
    seq = await attachment.deliver({"id": request_id, "method": method, "params": dict(params)})
    if seq is None:
        raise gone(attachment)
    try:
        async with asyncio.timeout(ANSWER_S), aclosing(frames(attachment, seq)) as records:
            async for record in records:
                frame: dict[str, Any] = record["f"]
                if record["d"] == "out" and (frame.get("id") == request_id or answers(frame)):
                    if frame.get("type") == "error":
                        raise error_of(frame)
                    return frame
    except TimeoutError:
        raise Refused(
            "stalled",
            f"The agent has not answered {method} within {ANSWER_S:.0f} s.",
            remedy="Look at the session; stop it if it hangs.",
            session=attachment.folder.name,
        ) from None
    raise gone(attachment)


async def stop(attachment: Attachment, request_id: str, run_id: str | None = None) -> None:
    """Stops the open turn (or `run_id` alone, if that is the one); a turn that does not end in time, or cannot be told
    to, takes its process with it.
    """
    try:
        channel = await _started(attachment)
        runs = set((await channel.ping()).open) if channel is not None else set()
        if not runs or run_id not in {None, *runs}:
            return
        async with asyncio.timeout(STOP_S):
            await attachment.deliver({"id": request_id, "method": "stopSession", "params": {}})
            await attachment.runs_over(runs)
    except (TimeoutError, SessionGone):
        await close(attachment, "closed")
    except Refused as refusal:
        if refusal.reason not in _UNTOLD:
            raise
        await close(attachment, "closed")
    await attachment.catch_up()


async def close(attachment: Attachment, reason: str) -> None:
    """Ends the process; its exit is then in the transcript and in the ledger."""
    channel = await _started(attachment)
    if channel is None:
        await attachment.settled()
    else:
        with suppress(SessionGone):
            await channel.ask("close", reason=reason)
        await attachment.over(channel)
    await attachment.catch_up()


async def _started(attachment: Attachment) -> Channel | None:
    """The connection to a process that is to be ended; one that is just being started here is waited for."""
    channel = await attachment.channel()
    if channel is None:
        async with attachment.starting:
            channel = await attachment.channel()
    return channel


async def outcome(attachment: Attachment, run_id: str, since: int) -> dict[str, Any]:
    """How a run that began after `since` ended: its terminal event, or the exit record of the process that took it along."""
    async with aclosing(frames(attachment, since)) as records:
        async for record in records:
            frame: dict[str, Any] = record["f"]
            ended = record["d"] == "out" and frame.get("id") == run_id and frame.get("type") in TERMINAL
            if ended or (record["d"] == "shim" and run_id in (frame.get("open") or ())):
                return frame
    session = attachment.folder.name
    raise NotFound(f"Session {session} has no run {run_id}.", remedy="List its runs.", session=session, run=run_id)


async def frames(attachment: Attachment, since: int) -> AsyncGenerator[Record, None]:
    """The records above `since` that hold a frame, until the process has ended."""
    async with aclosing(follow(attachment.path, attachment, since=since, join=False)) as batches:
        async for batch in batches:
            for record in batch.records:
                if "f" in record:
                    yield record


def gone(attachment: Attachment) -> SessionGone:
    """What is said to whoever speaks to a process that has ended."""
    return SessionGone(
        "The session's process has ended.",
        remedy="Its transcript is kept: send again to resume it.",
        session=attachment.folder.name,
    )
