"""A viewer's stream: the file from where the viewer stands. The session beside it is played by the test."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from workbench.agents.follow import BATCH_BYTES, Batch, follow, joined


class Session:
    """A transcript and what a viewer may ask about it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seq = 0
        self.live = True
        self.commits: list[int] = []
        self.news = asyncio.Event()

    def write(self, data: bytes) -> None:
        with self.path.open("ab") as file:
            file.write(data)
        self.tell()

    def tell(self) -> None:
        self.news.set()
        self.news = asyncio.Event()

    def record(self, direction: str = "out", **frame: Any) -> None:
        self.seq += 1
        line = json.dumps({"seq": self.seq, "t": 1, "d": direction, "f": frame}, separators=(",", ":"))
        self.write(line.encode() + b"\n")

    def chunk(self, text: str, run: str = "r", **more: Any) -> None:
        self.record(type="agent_message_chunk", id=run, content={"type": "text", "text": text}, **more)

    def end(self) -> None:
        self.live = False
        self.tell()

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    # follow.Watch

    async def grown(self, known: int) -> bool:
        while self.size <= known:
            if not self.live:
                return False
            await self.news.wait()
        return True

    async def committed(self, offset: int) -> None:
        await asyncio.sleep(0)
        self.commits.append(offset)

    async def resumed(self, known: int) -> None:
        while self.size <= known and not self.live:
            await self.news.wait()


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return Session(tmp_path / "transcript.jsonl")


async def all_of(session: Session, **options: Any) -> list[Batch]:
    return [batch async for batch in follow(session.path, session, **options)]


def soon(stream: AsyncGenerator[Batch, None]) -> asyncio.Task[Batch]:
    """The next batch, waited for while the test goes on."""

    async def following() -> Batch:
        return await anext(stream)

    return asyncio.create_task(following())


def records(batches: list[Batch]) -> list[dict[str, Any]]:
    return [record for batch in batches for record in batch.records]


async def test_what_was_written_before_and_what_comes_is_one_stream(session: Session) -> None:
    session.chunk("before")
    stream = follow(session.path, session)
    assert [record["seq"] for record in (await anext(stream)).records] == [1]
    waiting = soon(stream)
    await asyncio.sleep(0)
    session.chunk("after")
    batch = await waiting
    assert (batch.since, batch.seq, batch.live) == (1, 2, True)
    await stream.aclose()


async def test_the_stream_of_an_ended_session_ends_with_one_empty_batch_that_is_not_live(session: Session) -> None:
    session.chunk("x")
    session.end()
    first, last = await all_of(session)
    assert (first.since, first.seq, first.live) == (0, 1, True)
    assert last == Batch(1, 1, [], live=False)


async def test_a_session_that_was_never_started_is_an_empty_stream(session: Session) -> None:
    session.end()
    assert await all_of(session) == [Batch(0, 0, [], live=False)]


async def test_a_transcript_that_appears_later_is_followed(session: Session) -> None:
    stream = follow(session.path, session)
    waiting = soon(stream)
    await asyncio.sleep(0)
    session.chunk("first")
    assert (await waiting).seq == 1
    await stream.aclose()


@pytest.mark.parametrize("since", [0, 1, 499, 998, 999, 1000, 5000])
async def test_a_viewer_goes_on_after_the_number_it_has(session: Session, since: int) -> None:
    for n in range(1000):
        session.chunk("y" * (n % 300))
    session.end()
    numbers = [record["seq"] for record in records(await all_of(session, since=since, join=False))]
    assert numbers == list(range(since + 1, 1001))


async def test_batches_join_up_and_stay_small(session: Session) -> None:
    for n in range(3000):
        session.chunk("z" * 300, messageId=str(n))
    session.end()
    batches = await all_of(session)
    assert [batch.since for batch in batches[1:]] == [batch.seq for batch in batches[:-1]]
    assert batches[-1].seq == 3000
    assert max(len(json.dumps(batch.records, separators=(",", ":"))) for batch in batches) <= BATCH_BYTES
    assert [record["seq"] for record in records(batches)] == list(range(1, 3001))


async def test_a_line_longer_than_a_batch_travels_alone(session: Session) -> None:
    session.chunk("small")
    session.chunk("b" * 3_000_000)
    session.end()
    batches = await all_of(session, join=False)
    assert [len(batch.records) for batch in batches] == [1, 1, 0]


async def test_the_vendors_raw_event_stays_in_the_transcript(session: Session) -> None:
    session.chunk("x", raw={"huge": "event"})
    session.end()
    assert "raw" not in records(await all_of(session))[0]["f"]


async def test_half_a_line_is_not_there_yet(session: Session) -> None:
    session.write(b'{"seq":1,"t":1,"d":"out","f":{"type":"notice"')
    stream = follow(session.path, session)
    waiting = soon(stream)
    for _ in range(5):
        await asyncio.sleep(0)
    assert not waiting.done()
    session.write(b',"message":"whole"}}\n')
    assert (await waiting).records[0]["f"]["message"] == "whole"
    await stream.aclose()


async def test_a_line_that_cannot_be_decoded_is_passed_over(session: Session) -> None:
    session.chunk("one")
    session.write(b'{"seq":2,"t":1,"d":"out","f":{"type":"chu\n')
    session.seq = 2
    session.chunk("three")
    session.end()
    batches = await all_of(session, join=False)
    assert [record["seq"] for record in records(batches)] == [1, 3]
    assert [record["seq"] for record in records(await all_of(session, since=2))] == [3]


async def test_a_bad_record_is_shown_as_one(session: Session) -> None:
    session.write(b'{"seq":1,"t":1,"d":"out","bad":{"why":"json","bytes":3,"sha256":"","head":"abc"}}\n')
    session.end()
    assert records(await all_of(session))[0]["bad"]["head"] == "abc"


@pytest.mark.parametrize("kind", ["end", "aborted", "error"])
async def test_an_end_is_shown_only_after_it_has_been_committed(session: Session, kind: str) -> None:
    session.chunk("x")
    stream = follow(session.path, session)
    await anext(stream)
    assert session.commits == []
    session.record(type=kind, id="r")
    await anext(stream)
    assert session.commits == [session.size]
    session.record("shim", type="exit", reason="closed", open=[])
    await anext(stream)
    assert session.commits[-1] == session.size
    await stream.aclose()


async def test_a_commit_that_fails_shows_nothing(session: Session) -> None:
    async def committed(offset: int) -> None:
        raise OSError("the disk is full")

    session.committed = committed  # type: ignore[method-assign]
    session.record(type="end", id="r")
    with pytest.raises(OSError, match="disk is full"):
        await all_of(session)


async def test_an_open_stream_goes_on_with_the_next_incarnation(session: Session) -> None:
    session.chunk("first life")
    session.end()
    stream = follow(session.path, session, keep_open=True)
    assert (await anext(stream)).live
    assert not (await anext(stream)).live
    waiting = soon(stream)
    await asyncio.sleep(0)
    session.live = True
    session.chunk("second life")
    batch = await waiting
    assert (batch.since, batch.seq, batch.live) == (1, 2, True)
    session.end()
    assert not (await anext(stream)).live
    await stream.aclose()


async def test_a_slow_viewer_gets_neighbouring_chunks_as_one(session: Session) -> None:
    for word in ("a", "b", "c"):
        session.chunk(word, messageId="m1")
    session.chunk("d", messageId="m2")
    session.record(type="agent_thought_chunk", id="r", content={"type": "text", "text": "hm"}, messageId="m2")
    session.chunk("e", messageId="m2", parent="tool")
    session.chunk("f", "another run")
    session.end()
    shown = records(await all_of(session))
    assert [(record["seq"], record["f"]["content"]["text"]) for record in shown] == [
        (3, "abc"),
        (4, "d"),
        (5, "hm"),
        (6, "e"),
        (7, "f"),
    ]


def test_what_is_not_text_is_never_joined() -> None:
    image = {
        "seq": 1,
        "t": 1,
        "d": "out",
        "f": {"type": "agent_message_chunk", "id": "r", "content": {"type": "image"}},
    }
    odd = {"seq": 2, "t": 1, "d": "out", "f": {"type": "agent_message_chunk", "id": "r", "content": "text"}}
    assert list(joined([image, odd, image])) == [image, odd, image]


async def test_any_viewer_at_any_moment_from_any_number_sees_all_and_ends(session: Session) -> None:
    """480 viewers come at random moments around the end of a session, from random numbers, some from the end itself."""
    chance = random.Random(480)

    async def view(delay: int, since: int) -> list[int]:
        for _ in range(delay):
            await asyncio.sleep(0)
        async with asyncio.timeout(60):
            batches = await all_of(session, since=since, join=False)
        assert not batches[-1].live
        return [record["seq"] for record in records(batches)]

    async def write() -> None:
        for n in range(200):
            session.chunk(str(n))
            if n % 7 == 0:
                await asyncio.sleep(0)
        session.record(type="end", id="r")
        await asyncio.sleep(0)
        session.record("shim", type="exit", reason="closed", open=[])
        session.end()

    wanted = [(chance.randrange(60), chance.choice([0, 100, 201, 202, chance.randrange(203)])) for _ in range(480)]
    found, _ = await asyncio.gather(asyncio.gather(*(view(*each) for each in wanted)), write())
    for (_, since), numbers in zip(wanted, found, strict=True):
        assert numbers == list(range(since + 1, 203))
