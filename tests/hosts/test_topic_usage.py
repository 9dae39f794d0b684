"""The topic `usage`: a screen sees that something was counted, whoever counted it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from midday import midday_zone
from shell import workbench

from workbench.app import Workbench
from workbench.hosts import topics
from workbench.paths import Home
from workbench.protocol.screen import Batch, Subscribe


@pytest.fixture
async def bench(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Workbench]:
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "OPENCODE_DATA_DIR",
        "GEMINI_DATA_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    opened = await asyncio.to_thread(Workbench.open, home)
    yield opened
    await asyncio.to_thread(opened.close)


def say(person: Path, number: int, at: str = "2026-11-20T10:00:00Z") -> None:
    folder = person / ".claude" / "projects" / "-p"
    folder.mkdir(parents=True, exist_ok=True)
    message = {"id": f"msg_{number:024}", "model": "claude-opus-4-5", "usage": {"input_tokens": 1, "output_tokens": 2}}
    row = {"type": "assistant", "timestamp": at, "sessionId": "s", "message": message}
    (folder / f"{number}.jsonl").write_text(json.dumps(row) + "\n")


async def test_a_screen_is_told_of_each_import_of_any_process(bench: Workbench, tmp_path: Path) -> None:
    batches: asyncio.Queue[Batch] = asyncio.Queue()
    request = Subscribe(sub="u", subscribe="usage")

    async def opening() -> Workbench:
        return bench

    following = asyncio.create_task(topics.serve(opening, request, batches.put))

    async def version(least: int) -> None:
        async with asyncio.timeout(60):
            while True:
                batch = await batches.get()
                assert batch.reset
                (state,) = batch.events
                assert state.keys() == {"state", "done_bytes", "total_bytes", "files", "version"}
                if state["version"] >= least and state["state"] == "idle":
                    return

    try:
        await version(0)
        say(tmp_path / "person", 1)
        await bench.acall("usage.import")
        await version(1)
        say(tmp_path / "person", 2)
        done = await asyncio.to_thread(workbench, bench.home.root, "usage", "import")
        assert done.returncode == 0, done.stderr
        await version(2)
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)


async def test_the_status_says_what_all_agents_cost_today_once_they_were_counted(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", midday_zone())
    batches: asyncio.Queue[Batch] = asyncio.Queue()

    async def opening() -> Workbench:
        return bench

    following = asyncio.create_task(topics.serve(opening, Subscribe(sub="s", subscribe="status"), batches.put))
    async with asyncio.timeout(60):
        assert (await batches.get()).events[0]["cost_today_all"] is None
        say(tmp_path / "person", 1, at=datetime.now(UTC).isoformat())
        report = await bench.acall("usage.daily")
        status = (await batches.get()).events[0]
    assert (status["cost_today"], status["cost_today_all"]) == (None, report["totals"]["total_cost"])
    assert report["totals"]["total_cost"] is not None
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
