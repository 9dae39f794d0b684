"""A turn that is sent while a process stands still, or by somebody who is called away: it goes on as told, or not at all."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from house import House, eventually
from sidecar.folder import until_stopped

from workbench.agents import channel, process
from workbench.agents.attachment import Attachment
from workbench.agents.channel import Channel, Unanswered
from workbench.agents.pool import Pool
from workbench.errors import Refused, WorkbenchError


class Still:
    """The shim of a session, which stands still from the moment at which a turn is sent."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.pid = 0
        self.begun = threading.Event()
        self.patience_s: dict[str, float] = {}
        """How long an answer is waited for meanwhile; before and after it is as long as it takes."""
        self._shorter = pytest.MonkeyPatch()
        deliver = Attachment.deliver

        async def stopped(attachment: Attachment, frame: dict[str, Any], **more: Any) -> int | None:
            if frame["method"] == "sendMessage" and not self.begun.is_set():
                self.pid = process.holder(attachment.folder)["shim"]
                os.kill(self.pid, signal.SIGSTOP)
                await asyncio.to_thread(until_stopped, self.pid)
                for name, patience_s in self.patience_s.items():
                    self._shorter.setattr(channel, name, patience_s)
                self.begun.set()
            return await deliver(attachment, frame, **more)

        monkeypatch.setattr(Attachment, "deliver", stopped)

    def goes_on(self) -> None:
        self._shorter.undo()
        if self.pid:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[Still]:
    made = Still(monkeypatch)
    yield made
    made.goes_on()


@pytest.fixture
def unanswered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What has been asked and not answered in time."""
    ask = Channel.ask
    found: list[str] = []

    async def counted(channel: Channel, op: str, **fields: Any) -> Any:
        try:
            return await ask(channel, op, **fields)
        except Unanswered:
            found.append(op)
            raise

    monkeypatch.setattr(Channel, "ask", counted)
    return found


def prompts(house: House, session: str) -> list[str]:
    """The runs that the agent was told of."""
    frames = [record["f"] for record in house.records(session) if record["d"] == "in"]
    return [frame["id"] for frame in frames if frame["method"] == "sendMessage"]


async def test_an_answer_that_comes_late_is_waited_for_and_the_turn_is_made_once(
    house: House, pool: Pool, still: Still, unanswered: list[str]
) -> None:
    still.patience_s = {"_ANSWER_S": 0.1}
    session = await house.session()
    sending = asyncio.create_task(pool.send(session, "say:x", run_id="mine"))
    assert await asyncio.to_thread(still.begun.wait, 60)
    await asyncio.sleep(0.3)
    still.goes_on()
    assert await sending == "mine"
    assert unanswered == []
    assert (await pool.wait(session, "mine"))["type"] == "end"
    assert prompts(house, session) == ["mine"]


async def test_a_turn_does_not_go_on_when_whoever_sends_it_is_called_away(
    house: House, pool: Pool, still: Still
) -> None:
    session = await house.session()
    sending = asyncio.create_task(pool.send(session, "wait:1000", run_id="mine"))
    assert await asyncio.to_thread(still.begun.wait, 60)
    await asyncio.sleep(0.1)  # it lies in the socket by now, or it is not sent at all
    sending.cancel()
    await asyncio.sleep(0.1)
    still.goes_on()
    with pytest.raises(asyncio.CancelledError):
        await sending
    assert house.row(session).open_runs == ()
    if prompts(house, session):
        # The process went with it where it was too slow to stop.
        assert (await pool.wait(session, "mine"))["type"] in {"aborted", "exit"}


async def test_a_session_that_hangs_is_ended_before_its_turn_is_given_up(
    house: House, pool: Pool, still: Still, unanswered: list[str]
) -> None:
    still.patience_s = {"_ANSWER_S": 0.1, "_HEARD_S": 0.1}
    session = await house.session()
    with pytest.raises(Refused) as refused:
        await pool.send(session, "hang", run_id="mine")
    assert refused.value.reason == "stalled"
    assert unanswered == ["send", "ping", "close"]
    still.goes_on()
    await eventually(lambda: not process.alive(house.folder(session)))


async def test_a_process_that_is_being_started_when_its_sender_is_called_away_can_be_ended(
    house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    starting, go_on = threading.Event(), threading.Event()
    spawn = process.spawn

    def late(folder: Path, line: process.StartLine) -> process.Started:
        starting.set()
        assert go_on.wait(60)
        return spawn(folder, line)

    monkeypatch.setattr(process, "spawn", late)
    session = await house.session()
    sending = asyncio.create_task(pool.send(session, "hang"))
    assert await asyncio.to_thread(starting.wait, 60)
    sending.cancel()
    closing = asyncio.create_task(pool.close(session))
    await asyncio.sleep(0.1)
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await sending
    await closing
    assert not process.alive(house.folder(session))
    assert house.marked(session) == []


async def test_a_session_that_is_pruned_while_a_turn_is_sent_is_not_begun_again(
    house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x"))
    await pool.close(session)
    other, spawn = house.pool(), process.spawn
    loop = asyncio.get_running_loop()

    def pruned_first(folder: Path, line: process.StartLine) -> process.Started:
        assert asyncio.run_coroutine_threadsafe(other.prune(-1), loop).result(60) == [session]
        return spawn(folder, line)

    monkeypatch.setattr(process, "spawn", pruned_first)
    with pytest.raises(WorkbenchError) as refused:
        await pool.send(session, "say:y")
    assert refused.value.facts["reason"] == "pruned"
    await eventually(lambda: not process.alive(house.folder(session)))
