"""Starting a session's process, as often as its own history allows.

Idea: the transcript counts the failures. Each start and each exit is a record, so every host backs off and gives up alike,
and none keeps a list. Invariant: only a start is tried again, never a turn: a process that has said `ready` is handed over
and what happens to it later is the caller's to decide.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final, Protocol

from workbench.agents import process
from workbench.agents.attachment import Attachment
from workbench.agents.process import StartLine, Timers
from workbench.agents.session import Incarnation, Restarts, Session
from workbench.agents.transcript import RECORDS, Transcript, decode_block
from workbench.clock import Clock
from workbench.errors import SidecarFailed, error_of
from workbench.redact import needles

_HISTORY_BYTES: Final = 1024 * 1024
_SHIM: Final = b'"d":"shim"'
_PREFIX_BYTES: Final = 64


class Launch(Protocol):
    """How a provider's sidecar is started: its command, its whole environment, and the values to mask."""

    @property
    def argv(self) -> list[str]: ...
    @property
    def env(self) -> dict[str, str]: ...
    @property
    def secrets(self) -> list[str]: ...


def start_line(about: Session, launch: Launch, timers: Timers) -> StartLine:
    """What a session's shim is told: the sidecar's command, and all that must be masked in what it says."""
    env = {"WORKBENCH_SESSION": about.id, "WORKBENCH_HEARTBEAT_S": f"{timers.heartbeat_s:g}"}
    return StartLine(
        argv=list(launch.argv),
        env={**launch.env, **env},
        cwd=about.cwd or str(Path.home()),
        secrets=list(hidden(launch)),
        timers=timers,
    )


def hidden(launch: Launch) -> tuple[str, ...]:
    """The forms of a launch's secrets, as a shim is told them."""
    return tuple(needle.decode("utf-8", "surrogateescape") for needle in needles(launch.secrets))


async def start(attachment: Attachment, spawn: Callable[[], Awaitable[None]], clock: Clock) -> bool:
    """Returns when the session's process is ready; True when this call started it.

    Raises SidecarFailed with the process's last lines when it cannot be started, or failed too often of late.
    """
    async with attachment.starting:
        if await attachment.channel() is not None and await attachment.ready():
            return False
        while True:
            await _back_off(attachment, clock)
            size = attachment.size()
            await spawn()
            if await attachment.ready():
                return True
            said = error_said(attachment.path, size)
            if said is not None:
                raise said
            last = next(reversed(lives(attachment.path)), None)
            if last is not None and last.permanent:
                raise _failed(attachment.folder, last.reason)


async def _back_off(attachment: Attachment, clock: Clock) -> None:
    """Waits as the failures so far demand; raises when there were too many."""
    past = lives(attachment.path)
    allowed = Restarts.after(past, clock.now_ms(), random.random())  # noqa: S311 - it spreads starts, it guards nothing
    if allowed.given_up_s:
        raise _failed(
            attachment.folder,
            past[-1].reason,
            message=f"The agent's process has failed {allowed.failures} times in a row and is not started again.",
            remedy=f"Read its last lines, mend the cause, and try again in {allowed.given_up_s:.0f} s.",
            retry_s=round(allowed.given_up_s),
        )
    await asyncio.sleep(allowed.delay_s)


def lives(path: Path) -> list[Incarnation]:
    """The finished incarnations of a session, from the end of its transcript (more than failures in a row can fill)."""
    found: list[Incarnation] = []
    started = 0
    with Transcript(path) as tape:
        block = tape.block(max(0, tape.size() - _HISTORY_BYTES), _HISTORY_BYTES)
    words = b"\n".join(line for line in block.split(b"\n") if _SHIM in line[:_PREFIX_BYTES])
    for record in decode_block(words + b"\n", RECORDS)[0]:
        frame = record.f or {}
        if frame.get("type") == "start":
            started = record.t
        elif frame.get("type") == "exit":
            found.append(Incarnation(started, record.t, str(frame.get("reason"))))
    return found


def error_said(path: Path, offset: int) -> Exception | None:
    """What the sidecar said instead of `ready`: a missing package, a missing binary."""
    with Transcript(path) as tape:
        for record in tape.read(offset).records:
            frame = record.f or {}
            if record.d == "out" and frame.get("type") == "error" and not frame.get("id"):
                return error_of(frame)
    return None


def _failed(folder: Path, reason: str, *, message: str = "", remedy: str = "", **facts: Any) -> SidecarFailed:
    return SidecarFailed(
        message or f"The agent's process did not become ready ({_SENTENCES.get(reason, reason)}).",
        remedy=remedy or "Its last lines are in the facts; workbench doctor checks the installation.",
        session=folder.name,
        reason=reason,
        stderr=process.last_lines(folder),
        **facts,
    )


_SENTENCES: Final = {
    "exit:126": "its program may not be executed",
    "exit:127": "its program was not found",
    "exit:78": "its configuration is not usable",
    "ready_timeout": "it started and never said that it was ready",
}
