"""Claude Code through the whole house: session folder, pool, transcript and ledger, to the last token and picodollar."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import apsw
import pytest
from fakes.model_server import script, text_tokens
from sidecar_host import PATIENCE

from workbench.app import Workbench
from workbench.protocol.wire import TERMINAL

pytestmark = pytest.mark.vendor

PER_TOKEN = {"input_tokens": 2_000_000, "output_tokens": 10_000_000, "cache_read_tokens": 200_000}
PER_TOKEN["cache_creation_tokens"] = 2_500_000
"""The prices of the model in 1e-12 dollars."""


async def until(bench: Workbench, started: dict[str, Any], *kinds: str) -> dict[str, Any]:
    """The first event of a run that is of one of these kinds."""
    async for batch in bench.pool.follow(started["session"]):
        for record in batch.records:
            frame: dict[str, Any] = record["f"]
            if frame.get("id") == started["run"] and frame.get("type") in kinds:
                return frame
    raise AssertionError(f"the session ended without {kinds}")


async def run(bench: Workbench, call: str, **params: Any) -> dict[str, Any]:
    async with asyncio.timeout(PATIENCE):
        started = await bench.acall(call, params)
        await until(bench, started, *TERMINAL)
    return started


async def test_each_turn_is_in_the_ledger_with_its_own_tokens_and_cost(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in environment.items():
        if name != "WORKBENCH_SESSION":
            monkeypatch.setenv(name, value)
    with Workbench.open(tmp_path / "workbench") as bench:
        of = {"provider": "claude", "model": "claude-sonnet-5", "cwd": str(tmp_path)}
        first = await run(bench, "agents.start", **of, prompt=script({"text": "One."}))
        session = first["session"]
        long = script({"text": "word " * 200, "chunk": 5, "delay": 0.2})
        stopped = await bench.acall("agents.send", {"session": session, "prompt": long})
        async with asyncio.timeout(PATIENCE):
            await until(bench, stopped, "agent_message_chunk")
            await bench.acall("agents.stop", {"session": session})
            await until(bench, stopped, *TERMINAL)
        await bench.acall("agents.shutdown", {"session": session})
        resumed = await run(bench, "agents.send", session=session, prompt=script({"text": "Three."}))
        await bench.acall("agents.shutdown", {})
        rows = bench.database.read(ledger)
    assert [row["run"] for row in rows] == [first["run"], stopped["run"], resumed["run"]]
    assert rows[0]["output_tokens"] == text_tokens("One.")
    assert 0 < rows[1]["output_tokens"] < text_tokens("word " * 200)
    assert rows[2]["output_tokens"] == text_tokens("Three.")
    for row in rows:
        assert (row["input_tokens"], row["cache_read_tokens"], row["cache_creation_tokens"]) == (120, 50, 30)
        assert row["cost"] == sum(row[kind] * price for kind, price in PER_TOKEN.items())


def ledger(connection: apsw.Connection) -> list[dict[str, Any]]:
    columns = ("run", *PER_TOKEN, "cost")
    rows = connection.execute(f"select {', '.join(columns)} from agent_runs order by started")
    return [dict(zip(columns, row, strict=True)) for row in rows]
