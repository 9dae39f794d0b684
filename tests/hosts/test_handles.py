"""Handles in this process: how a run's end, in all its forms, reaches who waits for it."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from workbench.errors import NoRecording, NotFound, Refused, SessionGone
from workbench.hosts import kernel
from workbench.hosts.handles import Run
from workbench.hosts.kernel import Bench
from workbench.hosts.progress import Progress
from workbench.paths import Home


@pytest.fixture
def bench(home: Home) -> Iterator[Bench]:
    opened = kernel.open(home.root)
    yield opened
    with_agents = kernel.open(home.root)
    with_agents.call("agents.shutdown")
    with_agents.close()


def flood(bench: Bench, events: int, rate: float = 0) -> Run:
    return bench.agents.start("Go", provider="replay", options={"recording": "flood", "events": events, "rate": rate})


def test_a_run_that_has_ended_knows_its_text_its_cost_and_its_usage(bench: Bench) -> None:
    run = flood(bench, 100).result(60)
    assert run.status == "completed"
    assert run.text.split() == [f"w{n}" for n in range(1, 101)]
    assert run.usage is not None
    assert run.usage.output_tokens == 100
    assert run.cost == Decimal("0.001")
    assert "0 tool calls" in repr(run)
    assert "$0.0010 (API-equivalent estimate)" in repr(run)


def test_waiting_for_a_while_leaves_the_agent_at_work(bench: Bench) -> None:
    run = flood(bench, 100_000, 100)
    with pytest.raises(TimeoutError, match="it goes on"):
        run.result(0.2)
    assert run.status == "running"
    while not run.text:
        time.sleep(0.02)
    run.stop()
    assert run.result(60).status == "aborted"
    assert run.text


def test_a_handle_stops_its_own_turn_and_no_other(bench: Bench) -> None:
    first = flood(bench, 10).result(60)
    options = {"recording": "flood", "events": 100_000, "rate": 100}
    second = bench.call("agents.send", session=first.session, prompt="Go on", options=options)["run"]
    first.stop()
    assert bench.call("sessions.get", session=first.session)["open_runs"] == [second]
    bench.call("agents.stop", session=first.session, run=second)
    assert bench.call("sessions.get", session=first.session)["open_runs"] == []


async def test_a_handle_reads_its_session_from_its_own_run_on(bench: Bench) -> None:
    first = await flood(bench, 1000)
    second = bench.call(
        "agents.send", session=first.session, prompt="More", options={"recording": "flood", "events": 3}
    )
    run = await Run(bench.core, first.session, second["run"], provider="replay")
    assert (run.status, run.text.split()) == ("completed", ["w1", "w2", "w3"])
    since = await bench.core.pool.before(first.session, run.id)
    assert await bench.core.pool.before(first.session, first.id) < 1000 < since
    assert [event["type"] async for event in run][-1] == "end"


async def test_a_run_whose_process_was_killed_is_interrupted_and_says_so(bench: Bench) -> None:
    run = flood(bench, 100_000, 100)
    async for batch in bench.core.pool.follow(run.session):
        ready = [r["f"] for r in batch.records if r["f"].get("type") == "ready"]
        if ready:
            os.kill(ready[0]["pid"], signal.SIGKILL)
            break
    with pytest.raises(SessionGone, match="killed:9"):
        await run
    assert run.status == "interrupted"
    assert [event["type"] async for event in run][-1] == "exit"


async def test_two_who_wait_for_one_run_both_hear_of_its_end(bench: Bench) -> None:
    run = flood(bench, 500, 1000)
    both = await asyncio.gather(run, run)
    assert both == [run, run]


async def test_who_stops_waiting_does_not_stop_the_others(bench: Bench) -> None:
    run = flood(bench, 100_000, 100)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(run, 0.1)
    run.stop()
    assert (await run).status == "aborted"


async def test_closing_workbench_tells_who_waits_that_the_agent_goes_on(bench: Bench, home: Home) -> None:
    run = flood(bench, 100_000, 100)
    waiting = asyncio.ensure_future(_wait(run))
    await asyncio.sleep(0)
    await asyncio.to_thread(bench.close)
    with pytest.raises(SessionGone, match="the agent goes on"):
        await waiting
    again = await asyncio.to_thread(kernel.open, home.root)
    attached = again.agents.attach(run.session)
    async for event in attached:
        if event["type"] == "agent_message_chunk":
            break
    attached.stop()
    said = (await attached).text.split()
    assert said == [f"w{n}" for n in range(1, len(said) + 1)]


async def _wait(run: Run) -> Run:
    return await run


async def test_events_come_without_heartbeats_and_end_with_the_terminal_one(bench: Bench) -> None:
    kinds = [event["type"] async for event in flood(bench, 50)]
    assert kinds[-1] == "end"
    assert "heartbeat" not in kinds
    assert "agent_message_chunk" in kinds


async def test_a_failed_run_raises_the_agents_own_reason(bench: Bench) -> None:
    run = bench.agents.start("x", provider="replay", recording="/no/such")
    with pytest.raises(NoRecording):
        await run
    assert run.status == "error"


def test_answering_what_nobody_asked_is_refused(bench: Bench) -> None:
    run = flood(bench, 10).result(60)
    with pytest.raises(Refused, match="asked nothing"):
        run.approve()


def test_what_was_answered_waits_no_longer_though_its_handle_has_not_read_so_yet(bench: Bench) -> None:
    run = bench.agents.start("Review my skill", provider="replay", speed=0)
    assert "permissionId" in _read_to_a_question(run)
    run.approve()
    assert run.waiting == []
    assert bench.agents.attach(run.session, run.id).result(60).status == "completed"
    sent = bench.call("agents.send", session=run.session, prompt="Go on", options={"speed": 0})
    run = bench.agents.attach(run.session, sent["run"])
    asked = _read_to_a_question(run)
    run.answer({each["question"]: "yes" for each in asked["questions"]})
    assert run.waiting == []
    assert bench.agents.attach(run.session, run.id).result(60).status == "completed"


def _read_to_a_question(run: Run) -> dict[str, Any]:
    """The one question that waits; it is the last that the handle ever reads."""
    deadline = time.monotonic() + 60
    while not run.waiting:
        assert not run.done
        assert time.monotonic() < deadline
        time.sleep(0.02)
    run._done.cancel()
    (asked,) = run.waiting
    return asked


def test_attaching_to_what_is_not_there_names_what_is(bench: Bench) -> None:
    run = flood(bench, 10).result(60)
    with pytest.raises(NotFound, match=run.id):
        bench.agents.attach(run.session, "other")
    with pytest.raises(NotFound):
        bench.agents.attach("nobody")
    made = bench.call("sessions.create", provider="replay")["id"]
    with pytest.raises(NotFound, match="no run yet"):
        bench.agents.attach(made)


def test_progress_reads_only_its_own_run_and_forgives_odd_frames() -> None:
    progress = Progress("r1")
    said = {"type": "agent_message_chunk", "id": "r1", "messageId": "m1"}
    frames = [
        ("out", {**said, "content": {"type": "text", "text": "One"}}),
        ("out", {**said, "content": "odd"}),
        ("out", {**said, "id": "r2", "content": {"type": "text", "text": "theirs"}}),
        ("out", {**said, "messageId": "m2", "content": {"type": "text", "text": "Two"}}),
        ("out", {**said, "parent": "tool", "content": {"type": "text", "text": "a sub-agent's"}}),
        ("out", {"type": "permissionRequest", "id": "r1", "permissionId": "p"}),
        ("out", {"type": "end", "id": "r2"}),
    ]
    progress.feed({"seq": n, "t": n, "d": d, "f": frame} for n, (d, frame) in enumerate(frames, 1))
    progress.feed([{"seq": 9, "t": 9, "d": "out", "bad": {"why": "json"}}])
    assert progress.text == "One\n\nTwo"
    assert [asked["permissionId"] for asked in progress.waiting] == ["p"]
    assert not progress.over
    progress.feed([{"seq": 10, "t": 10, "d": "shim", "f": {"type": "exit", "reason": "silent", "open": ["r1"]}}])
    assert progress.status == "interrupted"
    assert isinstance(progress.failure, SessionGone)


def test_what_was_answered_does_not_wait_again_when_progress_reads_later_that_it_was_asked() -> None:
    progress = Progress("r1")
    progress.answered.add("p")
    asked = [{"type": "permissionRequest", "id": "r1", "permissionId": name} for name in ("p", "q")]
    progress.feed({"seq": n, "t": n, "d": "out", "f": frame} for n, frame in enumerate(asked, 1))
    assert progress.waiting == [asked[1]]
