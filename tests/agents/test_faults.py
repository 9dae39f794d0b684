"""What goes wrong with an agent's process, seen by a host: each fault has one end, and the session can go on."""

from __future__ import annotations

import asyncio
import os
import random
import resource
import signal
import threading
from dataclasses import replace
from typing import Any

import pytest
from house import SHORT, House, eventually, frames

from workbench.agents.pool import Pool
from workbench.agents.process import alive, holder
from workbench.errors import DatabaseUnusable, Refused, SidecarFailed


def agent(house: House, session: str) -> int:
    """The pid of the agent's own process."""
    ready = next(record["f"] for record in reversed(house.records(session)) if record["f"].get("type") == "ready")
    return int(ready["pid"])


def kill(house: House, session: str, *who: str, number: int = signal.SIGKILL) -> None:
    """All at once: each is stopped first, so that none sees another die."""
    pids = [holder(house.folder(session))[name] for name in who]
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    for pid in pids:
        os.kill(pid, number)


async def interrupted(house: House, pool: Pool, session: str, run: str, reason: str) -> dict[str, Any]:
    """What must hold after any of these: one exit that names the run, in the ledger, and nothing left of the tree."""
    end = await pool.wait(session, run)
    assert (end["type"], end["reason"], end["open"]) == ("exit", reason, [run])
    assert [finished.run for finished in house.finished].count(run) == 1
    (finished,) = [finished for finished in house.finished if finished.run == run]
    assert (finished.status, finished.reason) == ("interrupted", reason)
    await eventually(lambda: not house.marked(session))
    row = house.row(session)
    assert (row.state, row.open_runs) == ("ended", ())
    return end


async def goes_on(pool: Pool, session: str) -> None:
    """Resume is offered: the same session takes another turn."""
    run = await pool.send(session, "say:again")
    assert (await pool.wait(session, run))["type"] == "end"


async def test_a_killed_agent_keeps_its_complete_lines_and_can_be_resumed(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "flood:100000:2000")
    stream = pool.follow(session, join=False)
    seen = 0
    while seen < 300:
        seen += len((await anext(stream)).records)
    os.kill(agent(house, session), signal.SIGKILL)
    rest = await frames(stream)
    await interrupted(house, pool, session, run, "killed:9")
    said = [record["f"] for record in house.records(session) if record["f"].get("type") == "agent_message_chunk"]
    assert [frame["content"]["text"] for frame in said] == [f"{n} of 100000" for n in range(len(said))]
    assert rest == [] or rest[-1] == said[-1]
    await goes_on(pool, session)


async def test_a_killed_shim_takes_the_tree_with_it_and_the_guard_writes_the_end(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "orphan say:up hang")
    await frames(pool.follow(session), until="agent_message_chunk")
    assert len(house.marked(session)) == 2
    kill(house, session, "shim")
    end = await interrupted(house, pool, session, run, "shim:-9")
    assert end["by"] == "guard"
    await goes_on(pool, session)


async def test_guard_and_shim_killed_are_settled_by_whoever_looks(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "orphan say:up hang")
    await frames(pool.follow(session), until="agent_message_chunk")
    kill(house, session, "guard", "shim")
    end = await interrupted(house, pool, session, run, "lost")
    assert end["by"] == "settler"
    await goes_on(pool, session)


async def test_a_lost_session_is_settled_by_the_next_host_that_opens_the_home(house: House) -> None:
    host = house.pool()
    session = await house.session()
    run = await host.send(session, "orphan say:up hang")
    await frames(host.follow(session), until="agent_message_chunk")
    await host.aclose()
    kill(house, session, "guard", "shim")
    await eventually(lambda: not alive(house.folder(session)))
    assert house.marked(session)
    next_host = house.pool()
    assert (await next_host.settle_lost()).lost == [session]
    await interrupted(house, next_host, session, run, "lost")
    assert (await next_host.settle_lost()).lost == []
    assert len(house.exits(session)) == 1


async def test_settling_leaves_live_sessions_and_foreign_files_alone(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "wait:30")
    (house.home.sessions / "notes.txt").write_text("mine")
    damaged = await house.session()
    await pool.wait(damaged, await pool.send(damaged, "say:x"))
    await pool.close(damaged)
    path = house.folder(damaged) / "transcript.jsonl"
    path.write_bytes(path.read_bytes()[:-200])
    await house.pool().settle_lost()
    assert alive(house.folder(session))
    assert (house.home.sessions / "notes.txt").read_text() == "mine"


async def test_an_agent_that_stands_still_is_declared_dead(house: House) -> None:
    pool = house.pool(timers=replace(SHORT, dead_s=0.7))
    session = await house.session()
    run = await pool.send(session, "say:x stop")
    await interrupted(house, pool, session, run, "silent")
    await goes_on(house.pool(), session)


async def test_a_deaf_agent_is_gone_when_its_session_is_closed(house: House, pool: Pool) -> None:
    session = await house.session("deaf")
    run = await pool.send(session, "hang")
    await pool.close(session)
    assert not alive(house.folder(session))
    await interrupted(house, pool, session, run, "closed")


async def test_an_idle_session_closes_itself_and_viewers_are_told(house: House) -> None:
    pool = house.pool(timers=replace(SHORT, idle_s=2))
    session = await house.session()
    await pool.send(session, "say:x")
    batches = [batch async for batch in pool.follow(session)]
    assert not batches[-1].live
    assert house.exits(session)[0]["reason"] == "idle"
    await goes_on(house.pool(), session)


async def test_garbage_is_recorded_up_to_a_hundred_lines_and_then_ends_the_process(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "say:before garbage:200000 hang")
    seen = [record async for batch in pool.follow(session) for record in batch.records]
    await interrupted(house, pool, session, run, "garbage")
    bad = [record["bad"] for record in seen if "bad" in record]
    assert len(bad) == 100
    assert all(len(each["head"]) <= 256 for each in bad)


async def test_half_a_line_is_kept_as_torn_and_is_no_event(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "say:before half:200000")
    seen = [record async for batch in pool.follow(session) for record in batch.records]
    await interrupted(house, pool, session, run, "exit:0")
    assert [record["bad"]["why"] for record in seen if "bad" in record] == ["torn"]


async def test_a_ten_megabyte_line_arrives_whole(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "long:10000000 say:after")
    said = await frames(pool.follow(session, join=False), until="end")
    assert [len(frame["content"]["text"]) for frame in said if "content" in frame] == [10_000_000, 5]


async def test_a_flood_on_stderr_blocks_nothing_and_stays_small(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "stderr:30000000 say:done")
    assert (await pool.wait(session, run))["type"] == "end"
    assert sum(path.stat().st_size for path in house.folder(session).glob("stderr*")) <= 9 * 1024 * 1024


async def test_a_grandchild_that_left_its_session_ends_with_it(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "orphan say:up exit:0")
    await interrupted(house, pool, session, run, "exit:0")


async def test_an_agent_that_leaves_in_the_middle_is_started_anew_by_the_next_message(house: House, pool: Pool) -> None:
    session = await house.session()
    for _ in range(2):
        await interrupted(house, pool, session, await pool.send(session, "exit:3"), "exit:3")
    await goes_on(pool, session)
    assert len(house.exits(session)) == 2


async def test_a_session_that_ends_while_it_is_spoken_to_never_loses_a_message_and_never_sends_it_twice(
    house: House, pool: Pool
) -> None:
    """A message and the end of the process meet at random moments: it is taken once, or refused with a reason."""
    chance = random.Random(3)
    other = house.pool()
    session = await house.session()
    runs = []
    for turn in range(20):
        await goes_on(pool, session)
        closing = asyncio.create_task(other.close(session))
        await asyncio.sleep(chance.uniform(0, 0.02))
        try:
            runs.append(await pool.send(session, f"say:{turn}"))
        except (Refused, SidecarFailed) as error:
            pytest.fail(f"a message was not taken: {error}")
        await closing
        await pool.wait(session, runs[-1])
    sent = [r["f"]["id"] for r in house.records(session) if r["d"] == "in" and r["f"]["method"] == "sendMessage"]
    assert [sent.count(run) for run in runs] == [1] * 20


async def test_closing_a_session_does_not_wait_for_the_process_that_another_host_has_started_since(
    house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = house.pool()
    session = await house.session()
    await goes_on(pool, session)
    commit, committing, go_on = other._recorder.commit, threading.Event(), threading.Event()

    def slow(name: str) -> Any:
        committing.set()
        go_on.wait(60)
        return commit(name)

    monkeypatch.setattr(other._recorder, "commit", slow)
    closing = asyncio.create_task(other.close(session))
    await eventually(committing.is_set)
    await eventually(lambda: not alive(house.folder(session)))
    run = await pool.send(session, "ask:p1")
    go_on.set()
    async with asyncio.timeout(60):
        await closing
    assert [exit_["reason"] for exit_ in house.exits(session)] == ["closed"]
    assert house.row(session).open_runs == (run,)


@pytest.mark.slow
async def test_a_viewer_that_comes_at_any_moment_around_the_end_sees_all_of_it(house: House, pool: Pool) -> None:
    """24 sessions, 20 viewers each, at random moments around the end, from random numbers, through two hosts."""
    chance = random.Random(480)
    other = house.pool()

    async def view(session: str, run: str, delay: float, back: int) -> None:
        await asyncio.sleep(delay)
        async with asyncio.timeout(60):
            host = chance.choice([pool, other])
            since = max(0, house.row(session).seq - back)
            batches = [batch async for batch in host.follow(session, since, join=False)]
            assert not batches[-1].live
            seqs = [record["seq"] for batch in batches for record in batch.records]
            assert seqs == list(range(since + 1, batches[-1].seq + 1))
            end = await host.wait(session, run)
            assert end["type"] in {"end", "exit"}

    async def one() -> None:
        session = await house.session()
        run = await pool.send(session, "flood:300:3000")
        viewers = [
            asyncio.create_task(view(session, run, chance.uniform(0, 0.6), chance.choice([0, 1, 5, 1000])))
            for _ in range(20)
        ]
        await asyncio.sleep(chance.uniform(0.05, 0.25))
        await other.close(session)
        await asyncio.gather(*viewers)

    for _ in range(6):
        await asyncio.gather(*(one() for _ in range(4)))


async def test_a_ledger_that_fails_at_a_sessions_end_is_tried_a_few_times_and_closing_says_so(house: House) -> None:
    tries: list[str] = []

    def refuse(_connection: object, run: object) -> None:
        tries.append(str(run))
        raise DatabaseUnusable("The database is damaged.")

    pool = house.pool(record_run=refuse)
    session = await house.session()
    await pool.send(session, "say:x")
    async with asyncio.timeout(60):
        with pytest.raises(DatabaseUnusable):
            await pool.close(session)
    assert len(tries) <= 10
    assert not alive(house.folder(session))
    await house.pool().settle_lost()  # whoever opens next commits it
    assert house.row(session).state == "ended"


async def test_an_agent_that_does_not_read_can_be_stopped(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "say:x hang")
    await frames(pool.follow(session), until="agent_message_chunk")
    os.kill(agent(house, session), signal.SIGSTOP)
    steer = asyncio.create_task(pool.steer(session, "x" * 2 * 1024 * 1024))
    await eventually(lambda: b"steerSession" in house.transcript(session))
    steer.cancel()
    await pool.stop(session)
    await interrupted(house, pool, session, run, "closed")


async def test_an_agent_can_be_stopped_though_the_disk_is_full(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "say:x hang")
    await frames(pool.follow(session), until="agent_message_chunk")
    shim = holder(house.folder(session))["shim"]
    _, hard = resource.prlimit(shim, resource.RLIMIT_FSIZE)
    resource.prlimit(shim, resource.RLIMIT_FSIZE, (len(house.transcript(session)), hard))
    await pool.stop(session)
    assert not alive(house.folder(session))
    assert house.row(session).open_runs == ()
