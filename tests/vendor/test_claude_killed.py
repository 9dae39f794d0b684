"""Runs of the real Claude Code that are killed: what their finished responses used is in the ledger, once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import apsw
import pytest
from building import sigkill
from fakes.model_server import Json, message, script
from scripted import PRICES
from sidecar_host import PATIENCE

from workbench.app import Workbench
from workbench.protocol.wire import TERMINAL
from workbench.sidecar import tree

pytestmark = [pytest.mark.vendor, pytest.mark.slow]

MODEL = "claude-sonnet-5"
KINDS = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
COLUMNS = ("run", "model", "status", *KINDS, "cost", "cost_basis")
ASKS: Json = {"tool": "Bash", "input": {"command": "touch made"}}
"""A person is asked before it is done, and the turn waits. Claude Code asks as soon as the call is whole: the response
that it stands in may go on.
"""
SPEAKS: Json = {"text": "word " * 200, "chunk": 5, "delay": 0.2}


@pytest.fixture
def house(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Workbench]:
    for name, value in environment.items():
        if name != "WORKBENCH_SESSION":
            monkeypatch.setenv(name, value)
    (tmp_path / "a.txt").write_text("hello\n")
    with Workbench.open(tmp_path / "workbench") as bench:
        yield bench
        bench.call("agents.shutdown", {})


@pytest.fixture
def reads(tmp_path: Path) -> Json:
    return {"tool": "Read", "input": {"file_path": str(tmp_path / "a.txt")}}


async def begin(bench: Workbench, cwd: Path, *steps: Json, session: str | None = None) -> Json:
    prompt = script(*steps)
    if session is not None:
        return await bench.acall("agents.send", {"session": session, "prompt": prompt})
    of = {"provider": "claude", "model": MODEL, "cwd": str(cwd)}
    return await bench.acall("agents.start", {**of, "prompt": prompt})


async def until(bench: Workbench, begun: Json, *kinds: str, count: int = 1) -> None:
    """Until a run has told something of these kinds, so many times."""
    told = 0
    async with asyncio.timeout(PATIENCE):
        async for batch in bench.pool.follow(begun["session"]):
            for record in batch.records:
                told += record["f"].get("id") == begun["run"] and record["f"].get("type") in kinds
            if told >= count:
                return
    raise AssertionError(f"the session ended with {told} of {count}: {kinds}")


async def until_it_waits(bench: Workbench, begun: Json, *responses: Json) -> None:
    """Until a run asks for permission, and has told what each of these responses used; of the whole it tells at its end."""
    await until(bench, begun, "permissionRequest")
    await until(bench, begun, "usage_update", count=len(responses))


async def run(bench: Workbench, cwd: Path, *steps: Json, session: str | None = None) -> Json:
    begun = await begin(bench, cwd, *steps, session=session)
    await until(bench, begun, *TERMINAL)
    return begun


async def kill(bench: Workbench, begun: Json) -> None:
    """Kills a run with all that belongs to it; returns when the ledger has it."""
    sigkill(bench, begun["session"])
    await over(bench, begun)


async def terminate(bench: Workbench, begun: Json, *, alone: bool) -> None:
    """Tells Claude Code to end, alone or with all that belongs to it; returns when the session can go on."""
    marked = [pid for pid, _ in tree.marked(begun["session"])]
    for pid in [pid for pid in marked if is_claude(pid)] if alone else marked:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
    await over(bench, begun)
    if not alone:
        await until_ended(bench, begun)


async def until_ended(bench: Workbench, begun: Json) -> None:
    async with asyncio.timeout(PATIENCE):
        async for _ in bench.pool.follow(begun["session"]):
            pass


def is_claude(pid: int) -> bool:
    try:
        program = Path(f"/proc/{pid}/cmdline").read_bytes().partition(b"\0")[0]
    except OSError:
        return False  # it ended just now
    return b"claude" in Path(os.fsdecode(program)).name.encode()


async def over(bench: Workbench, begun: Json) -> None:
    async with asyncio.timeout(PATIENCE):
        await asyncio.wrap_future(bench.pool.submit(bench.pool.wait(begun["session"], begun["run"])))


def rows(bench: Workbench) -> list[Json]:
    """The ledger, the oldest run first."""

    def read(connection: apsw.Connection) -> list[Json]:
        found = connection.execute(f"select {', '.join(COLUMNS)} from agent_runs order by started, model")
        return [dict(zip(COLUMNS, row, strict=True)) for row in found]

    return bench.database.read(read)


def bill(*steps: Json) -> dict[str, int]:
    """What the model's server takes for these responses."""
    used = [message(MODEL, step)["usage"] for step in steps]
    names = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
    tokens = [sum(one[name] for one in used) for name in names]
    cost = sum(count * price for count, price in zip(tokens, PRICES[MODEL], strict=True))
    return {**dict(zip(KINDS, tokens, strict=True)), "cost": cost}


async def by_transcripts(bench: Workbench) -> tuple[int, int, Decimal]:
    """Tokens and cost by what Claude Code has written itself, and by the ledger where that is less."""
    totals = (await bench.acall("usage.daily", {"timezone": "UTC"}))["totals"]
    return totals["input_tokens"], totals["output_tokens"], Decimal(str(totals["total_cost"]))


def told(row: Json) -> dict[str, Any]:
    return {name: row[name] for name in (*KINDS, "cost")}


@pytest.mark.parametrize("put_down", [True, False], ids=["after it had put its totals down", "before"])
async def test_a_killed_run_shows_what_its_responses_cost_and_the_next_one_what_it_has_cost_itself(
    house: Workbench, tmp_path: Path, reads: Json, put_down: bool
) -> None:
    short: list[Json] = [reads, {"text": "One."}]
    cut: list[Json] = [{"thinking": "I look twice.", "text": "Before.", **reads}, ASKS]
    long: list[Json] = [reads, reads, reads, {"text": "Three."}]
    first = await run(house, tmp_path, *short)
    session = first["session"]
    if put_down:  # Claude Code keeps its totals when it is told to end, and only then
        await house.acall("agents.shutdown", {"session": session})
    killed = await begin(house, tmp_path, *cut, session=session)
    await until_it_waits(house, killed, *cut)
    await kill(house, killed)
    assert told(rows(house)[1]) == bill(*cut)
    await run(house, tmp_path, *long, session=session)
    await run(house, tmp_path, {"text": "Four."}, session=session)
    found = rows(house)
    assert [(row["status"], row["cost_basis"]) for row in found] == [
        ("completed", "list"), ("interrupted", "computed"), ("completed", "list"), ("completed", "list"),
    ]  # fmt: skip
    assert [told(row) for row in found] == [bill(*short), bill(*cut), bill(*long), bill({"text": "Four."})]
    await house.acall("agents.shutdown", {"session": session})
    assert await by_transcripts(house) == (
        sum(row["input_tokens"] for row in found),
        sum(row["output_tokens"] for row in found),
        Decimal(sum(row["cost"] for row in found)).scaleb(-12),
    )


@pytest.mark.parametrize("alone", [True, False], ids=["alone", "with all its processes"])
async def test_a_run_whose_claude_is_told_to_end_by_another_is_counted_once(
    house: Workbench, tmp_path: Path, reads: Json, alone: bool
) -> None:
    """It puts its totals down then, the run that was cut off among them."""
    short: list[Json] = [reads, {"text": "One."}]
    cut: list[Json] = [{"thinking": "I look twice.", "text": "Before.", **reads}, ASKS]
    long: list[Json] = [reads, reads, reads, {"text": "Three."}]
    session = (await run(house, tmp_path, *short))["session"]
    for _ in range(2):
        begun = await begin(house, tmp_path, *cut, session=session)
        await until_it_waits(house, begun, *cut)
        await terminate(house, begun, alone=alone)
    begun = await begin(house, tmp_path, *cut, session=session)
    await until_it_waits(house, begun, *cut)
    await kill(house, begun)
    await run(house, tmp_path, *long, session=session)
    found = rows(house)
    assert [told(row) for row in found] == [bill(*short), *[bill(*cut)] * 3, bill(*long)]
    if alone:
        assert [row["status"] for row in found[1:4]] == ["error", "error", "interrupted"]
    await house.acall("agents.shutdown", {"session": session})
    assert (await by_transcripts(house))[2] == Decimal(sum(row["cost"] for row in found)).scaleb(-12)


async def test_what_sub_agents_have_used_tells_which_total_a_run_counts_on_from(
    house: Workbench, tmp_path: Path, reads: Json
) -> None:
    """The last total has room for what the agent has used itself, and none for its sub-agent too."""
    task = {"description": "Look", "subagent_type": "general-purpose"}
    looks = [reads, reads, reads, {"text": "It is there."}]
    delegates = {"tool": "Agent", "input": {**task, "prompt": f"Look. {script(*looks)}"}}
    session = (await run(house, tmp_path, {"text": "One."}))["session"]
    await house.acall("agents.shutdown", {"session": session})
    lost: list[Json] = [reads, {"text": "Two."}]
    await run(house, tmp_path, *lost, session=session)
    begun = await begin(house, tmp_path, SPEAKS, session=session)
    await until(house, begun, "agent_message_chunk")
    await kill(house, begun)
    await run(house, tmp_path, delegates, {"text": "Three."}, session=session)
    last = rows(house)[-1]
    assert told(last) == bill(delegates, *looks, {"text": "Three."})


async def test_a_run_that_is_killed_while_it_speaks_has_used_what_its_finished_responses_have(
    house: Workbench, tmp_path: Path, reads: Json
) -> None:
    killed = await begin(house, tmp_path, reads, {**SPEAKS, **reads}, reads)
    await until(house, killed, "agent_message_chunk")
    await kill(house, killed)
    assert [told(row) for row in rows(house)] == [bill(reads)]
    await run(house, tmp_path, {"text": "Two."}, session=killed["session"])
    assert [told(row) for row in rows(house)] == [bill(reads), bill({"text": "Two."})]


async def test_a_run_that_is_killed_while_a_call_is_asked_about_has_used_what_its_finished_responses_have(
    house: Workbench, tmp_path: Path, reads: Json
) -> None:
    """The response that asks goes on behind the call, and nobody has told yet what it comes to."""
    killed = await begin(house, tmp_path, reads, {**ASKS, "late": 60})
    await until_it_waits(house, killed, reads)
    await kill(house, killed)
    assert [told(row) for row in rows(house)] == [bill(reads)]
    await run(house, tmp_path, {"text": "Two."}, session=killed["session"])
    assert [told(row) for row in rows(house)] == [bill(reads), bill({"text": "Two."})]


async def test_what_a_sub_agent_has_used_is_told_as_far_as_it_is_known(
    house: Workbench, tmp_path: Path, reads: Json
) -> None:
    task = {"description": "Look", "subagent_type": "general-purpose", "prompt": f"Look. {script(reads, ASKS)}"}
    delegates = {"tool": "Agent", "input": task}
    killed = await begin(house, tmp_path, delegates)
    await until_it_waits(house, killed, delegates, reads, ASKS)
    await kill(house, killed)
    (row,) = rows(house)
    whole = [bill(step) for step in (delegates, reads, ASKS)]
    for kind in ("input_tokens", "cache_read_tokens", "cache_creation_tokens"):
        assert row[kind] == sum(one[kind] for one in whole)
    assert row["output_tokens"] == whole[0]["output_tokens"] + 1 + 1
    assert row["cost"] < sum(one["cost"] for one in whole)
