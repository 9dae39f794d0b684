"""One connection to a real shim."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import eventually
from sidecar.folder import Session, until_stopped

from workbench.agents.channel import Channel, connect
from workbench.agents.process import alive, holder
from workbench.errors import Refused, SessionGone


def message(run: str, prompt: str) -> dict[str, object]:
    return {"id": run, "method": "sendMessage", "params": {"prompt": prompt}}


@pytest.fixture
async def session(tmp_path: Path) -> AsyncIterator[Session]:
    made = Session(tmp_path / "s")
    yield made
    with contextlib.suppress(ProcessLookupError, KeyError):
        os.kill(holder(made.folder)["shim"], signal.SIGTERM)
    await eventually(lambda: not alive(made.folder))


async def attached(session: Session) -> Channel:
    channel, _ = await connect(session.folder, alive=lambda: alive(session.folder), patience_s=60)
    return channel


async def test_the_opening_says_how_the_session_stands(session: Session) -> None:
    session.start()
    channel, opening = await connect(session.folder, alive=lambda: True, patience_s=60)
    assert opening.open == ()
    await channel.send(message("r1", "open"))
    again = await channel.ping()
    assert again.open == ("r1",)
    assert again.size > opening.size
    await channel.aclose()


async def test_the_bell_rings_when_the_file_has_grown(session: Session) -> None:
    session.start()
    channel = await attached(session)
    await channel.send(message("r1", "say:hello"))
    known = 0
    while b'"type":"end"' not in session.transcript.read_bytes():
        assert await channel.rung(known)
        known = channel.size
    assert channel.size <= session.transcript.stat().st_size
    await channel.aclose()


async def test_a_refusal_is_a_sentence_with_its_reason(session: Session) -> None:
    session.start()
    channel = await attached(session)
    await channel.send(message("r1", "open"))
    with pytest.raises(Refused, match="middle of a turn") as busy:
        await channel.send(message("r2", "say:x"))
    assert busy.value.reason == "busy"
    with pytest.raises(Refused, match="already sent") as twice:
        await channel.send(message("r1", "say:x"))
    assert twice.value.reason == "duplicate"
    with pytest.raises(Refused) as odd:
        await channel.ask("dance")
    assert odd.value.reason == "invalid"
    await channel.aclose()


async def test_answers_find_their_questions_though_many_are_asked_at_once(session: Session) -> None:
    session.start()
    channel = await attached(session)
    openings = await asyncio.gather(*(channel.ping() for _ in range(200)))
    assert len(openings) == 200
    await channel.aclose()


async def test_the_end_of_the_process_wakes_everybody(session: Session) -> None:
    session.start()
    channel = await attached(session)
    bell = asyncio.create_task(channel.rung(1 << 60))
    ended = asyncio.create_task(channel.ended())
    await channel.ask("close", reason="closed")
    async with asyncio.timeout(60):
        assert await bell is False
        await ended
    assert channel.gone
    with pytest.raises(SessionGone, match="send again to resume"):
        await channel.ping()


async def test_a_question_that_the_shim_takes_to_its_grave_is_session_gone(session: Session) -> None:
    started = session.start()
    channel = await attached(session)
    os.kill(started.shim or 0, signal.SIGSTOP)
    await asyncio.to_thread(until_stopped, started.shim or 0)
    question = asyncio.create_task(channel.ping())
    await asyncio.sleep(0.05)
    os.kill(started.shim or 0, signal.SIGKILL)
    async with asyncio.timeout(60):
        with pytest.raises(SessionGone):
            await question


async def test_a_path_of_any_length_can_be_reached(tmp_path: Path) -> None:
    session = Session(tmp_path / ("long" * 30) / ("path" * 30) / "s")
    assert len(str(session.folder)) > 240
    session.start()
    channel = await attached(session)
    assert (await channel.ping()).seq >= 1
    await channel.ask("close")
    await channel.ended()
    await eventually(lambda: not alive(session.folder))


async def test_a_session_on_a_disk_without_sockets_is_found_where_its_lock_says(session: Session) -> None:
    (session.folder / "control.sock" / "in-the-way").mkdir(parents=True)  # no socket can be given this name
    session.start()
    elsewhere = Path(holder(session.folder)["socket"])
    assert elsewhere.parent != session.folder
    channel = await attached(session)
    await channel.send(message("r1", "open"))
    assert (await channel.ping()).open == ("r1",)
    await channel.aclose()


async def test_a_socket_that_is_not_there_yet_is_waited_for(session: Session) -> None:
    connecting = asyncio.create_task(connect(session.folder, alive=lambda: True, patience_s=60))
    await asyncio.sleep(0.1)
    await asyncio.to_thread(session.start)
    channel, _ = await connecting
    await channel.aclose()


async def test_nobody_there_and_a_free_lock_is_session_gone_at_once(session: Session) -> None:
    with pytest.raises(SessionGone):
        await connect(session.folder, alive=lambda: False)


async def test_a_lock_that_is_held_in_silence_is_given_up(session: Session) -> None:
    with pytest.raises(SessionGone):
        await connect(session.folder, alive=lambda: True, patience_s=0.2)


async def test_a_session_that_hangs_up_on_us_is_a_refusal(tmp_path: Path) -> None:
    async def distrustful(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_unix_server(distrustful, tmp_path / "control.sock")
    with pytest.raises(Refused, match="cannot steer itself") as caught:
        await connect(tmp_path, alive=lambda: True, patience_s=60)
    assert caught.value.reason == "denied"
    server.close()
    await server.wait_closed()


async def test_words_from_a_newer_shim_are_passed_over(tmp_path: Path) -> None:
    async def newer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(b'{"poem":"unasked"}\nnot json\n{"re":99,"ok":{}}\n')
            writer.write(b'{"re":1,"ok":{"size":7,"seq":2,"open":[],"ready":true,"mood":"fine"}}\n')
        writer.close()

    server = await asyncio.start_unix_server(newer, tmp_path / "control.sock")
    channel, opening = await connect(tmp_path, alive=lambda: True, patience_s=60)
    assert (opening.size, opening.ready) == (7, True)
    await channel.aclose()
    server.close()
    with contextlib.suppress(asyncio.CancelledError):
        await server.wait_closed()
