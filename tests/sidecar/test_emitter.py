"""The way out: order, masks with hold-back, and a writer that never stops the loop."""

from __future__ import annotations

import asyncio
import json
import os
import threading

import pytest

from workbench.redact import needles
from workbench.sidecar.emitter import HIGH_WATER, Emitter, Outbox

KEY = "sk-ant-0123456789-abcdefgh"


class Wire:
    """A pipe: the outbox at one end, what came out at the other."""

    def __init__(self) -> None:
        read_end, self.write_end = os.pipe()
        self.file = os.fdopen(read_end, "rb")
        self.outbox = Outbox(self.write_end)

    async def next(self) -> dict:
        return json.loads(await asyncio.to_thread(self.file.readline))

    async def bytes(self, within_s: float = 60) -> bytes:
        await self.outbox.close(within_s)
        os.close(self.write_end)
        with self.file as file:
            return file.read()

    async def lines(self) -> list[dict]:
        return [json.loads(line) for line in (await self.bytes()).splitlines()]


def chunk(text: str, **fields):
    return {"content": {"type": "text", "text": text}, **fields}


def texts(events) -> list[str]:
    return [event["content"]["text"] for event in events if "content" in event]


async def test_type_and_id_come_first_and_cannot_be_forged():
    wire = Wire()
    emitter = Emitter(wire.outbox)
    emitter.emit("notice", "run", {"message": "m", "id": "other", "type": "end"})
    emitter.emit("ready", None, {"version": 1})
    first, second = await wire.lines()
    assert list(first.items()) == [("type", "notice"), ("id", "run"), ("message", "m")]
    assert list(second) == ["type", "version"]


async def test_lines_are_compact_json():
    wire = Wire()
    Emitter(wire.outbox).emit("end", "r", {"stopReason": "done"})
    assert await wire.bytes() == b'{"type":"end","id":"r","stopReason":"done"}\n'


async def test_drain_waits_for_a_host_that_does_not_read_and_the_loop_goes_on():
    wire = Wire()
    emitter = Emitter(wire.outbox)
    count = 3 * HIGH_WATER // 1000
    for _ in range(count):
        emitter.emit("notice", "r", {"message": "x" * 1000})
    waiting = asyncio.create_task(emitter.drain())
    for _ in range(10):
        await asyncio.sleep(0)
    assert not waiting.done()
    for _ in range(count):
        await wire.next()
    await asyncio.wait_for(waiting, 60)
    assert await wire.lines() == []


async def test_the_last_words_wait_for_their_thread_however_long_that_stands_still():
    wire = Wire()
    may_write, write = threading.Event(), wire.outbox._write
    wire.outbox._write = lambda batch: may_write.wait() and write(batch)
    Emitter(wire.outbox).emit("end", "r", {})
    closing = asyncio.create_task(wire.outbox.close(0.01))
    gone, _ = await asyncio.wait([closing], timeout=0.5)
    assert not gone
    may_write.set()
    await closing
    assert await wire.lines() == [{"type": "end", "id": "r"}]


async def test_the_last_words_to_a_host_that_reads_nothing_are_given_up():
    wire = Wire()
    Emitter(wire.outbox).emit("notice", "r", {"message": "x" * 10_000_000})
    assert len(await wire.bytes(within_s=0.01)) > 10_000_000


async def test_a_ten_megabyte_event_arrives_whole():
    wire = Wire()
    Emitter(wire.outbox).emit("notice", "r", {"message": "x" * 10_000_000})
    assert len((await wire.next())["message"]) == 10_000_000
    assert await wire.lines() == []


@pytest.mark.parametrize("cut", range(1, len(KEY)))
async def test_a_key_cut_anywhere_is_masked(cut):
    wire = Wire()
    emitter = Emitter(wire.outbox, needles([KEY]))
    emitter.emit("agent_message_chunk", "r", chunk("<" + KEY[:cut], raw={"delta": KEY[:cut]}))
    emitter.emit("agent_message_chunk", "r", chunk(KEY[cut:] + ">", raw={"delta": KEY[cut:]}))
    emitter.emit("end", "r", {})
    events = await wire.lines()
    assert "".join(texts(events)) == "<[REDACTED]>"
    assert not any("raw" in event for event in events)


async def test_a_delta_that_is_not_changed_keeps_its_raw_event():
    wire = Wire()
    emitter = Emitter(wire.outbox, needles([KEY]))
    emitter.emit("agent_message_chunk", "r", chunk("plain words.", raw={"delta": "plain words."}))
    assert [event["raw"] for event in await wire.lines()] == [{"delta": "plain words."}]


async def test_held_text_goes_out_by_time_before_the_next_event_and_at_the_end():
    wire = Wire()
    emitter = Emitter(wire.outbox, needles([KEY]))
    emitter.emit("agent_message_chunk", "r", chunk("it is sk", messageId="m1", parent="p"))
    by_time = [await wire.next(), await wire.next()]
    emitter.emit("agent_message_chunk", "r", chunk("is also sk-", messageId="m2"))
    emitter.emit("notice", "r", {"message": "now"})
    emitter.emit("agent_thought_chunk", "r", chunk("the end of s"))
    emitter.emit("end", "r", {})
    events = by_time + await wire.lines()
    assert texts(events) == ["it is ", "sk", "is also ", "sk-", "the end of ", "s"]
    assert events[1] == {"type": "agent_message_chunk", "id": "r", **chunk("sk", messageId="m1", parent="p")}
    assert [event["type"] for event in events][4] == "notice"
    assert events[-1]["type"] == "end"


async def test_a_key_said_slowly_shows_at_most_seven_characters():
    wire = Wire()
    emitter = Emitter(wire.outbox, needles([KEY]))
    for letter in KEY:
        emitter.emit("agent_message_chunk", "r", chunk(letter))
        emitter.emit("notice", "r", {"message": "tick"})
    emitter.emit("end", "r", {})
    assert "".join(texts(await wire.lines())) == KEY[:7] + "[REDACTED]"


async def test_streams_of_different_messages_do_not_mix():
    wire = Wire()
    emitter = Emitter(wire.outbox, needles([KEY]))
    for letter in KEY:
        for parent in ("a", "b"):
            emitter.emit("agent_message_chunk", "r", chunk(letter, parent=parent))
    emitter.emit("end", "r", {})
    events = await wire.lines()
    for parent in ("a", "b"):
        assert "".join(texts(event for event in events if event.get("parent") == parent)).endswith("[REDACTED]")
