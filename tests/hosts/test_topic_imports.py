"""The topic `imports`: whoever waits for a source sees how far it is, and that it is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from workbench.app import Workbench
from workbench.errors import Refused
from workbench.hosts import topics
from workbench.paths import Home
from workbench.protocol.screen import Batch, Subscribe
from workbench.settings import Settings


@pytest.fixture
async def bench(home: Home, tmp_path: Path) -> AsyncIterator[Workbench]:
    opened = await asyncio.to_thread(Workbench.open, home)
    opened.save_settings(Settings(skills_path=str(tmp_path / "skills")))
    yield opened
    await asyncio.to_thread(opened.close)


@pytest.fixture
async def batches(bench: Workbench) -> AsyncIterator[asyncio.Queue[Batch]]:
    """What a screen that follows the topic is sent; that there is nothing under way has come."""
    queue: asyncio.Queue[Batch] = asyncio.Queue()

    async def opening() -> Workbench:
        return bench

    following = asyncio.create_task(topics.serve(opening, Subscribe(sub="s", subscribe="imports"), queue.put))
    first = await told(queue)
    assert (first.events, first.reset) == ([], True)
    yield queue
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)


@pytest.fixture
async def silent(bench: Workbench) -> AsyncIterator[str]:
    """The address of an archive on a server that takes requests and never answers."""

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(hold, "127.0.0.1")
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    registry = {"name": "silent", "source_url": address}
    await bench.acall("settings.save", changes={"marketplace_registries": [registry]})
    yield f"{address}/skills.zip"
    server.close()
    await server.wait_closed()


async def told(queue: asyncio.Queue[Batch]) -> Batch:
    async with asyncio.timeout(60):
        return await queue.get()


async def test_a_look_is_told_while_it_lasts_and_gone_when_it_is_cancelled(
    bench: Workbench, batches: asyncio.Queue[Batch], silent: str
) -> None:
    looking = asyncio.create_task(bench.acall("skills.plan_import", source=silent, id="mine"))
    batch = await told(batches)
    assert batch.reset
    [event] = batch.events
    assert (event["id"], set(event)) == ("mine", {"id", "stage", "done", "total", "unit"})
    assert (await bench.acall("skills.cancel_import", id="mine"))["cancelled"]
    with pytest.raises(Refused) as cancelled:
        await looking
    assert cancelled.value.reason == "cancelled"
    while batch.events:
        batch = await told(batches)
    assert batch.failure is None


async def test_a_look_without_an_id_is_nobodys_to_follow(
    bench: Workbench, batches: asyncio.Queue[Batch], tmp_path: Path
) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "SKILL.md").write_text("---\nname: source\ndescription: D.\n---\n")
    await bench.acall("skills.plan_import", source=str(tmp_path / "source"))
    await asyncio.sleep(2 * topics.LOOK_S)
    assert batches.empty()
