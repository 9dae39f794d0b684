"""The pool: start, speak, follow, end; everything through real processes."""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import sys
import threading
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from house import SECRET, SHORT, House, Launch, descriptors, eventually, frames, provide

from workbench.agents import conversation, table
from workbench.agents.pool import Pool
from workbench.agents.process import alive
from workbench.agents.session import SessionSpec
from workbench.errors import NoRecording, NotFound, Refused, SessionGone, SidecarFailed, SidecarMissing

FAST = {"speed": 0}


async def test_a_message_is_sent_answered_committed_and_then_shown(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "say:hello say:world")
    async for batch in pool.follow(session):
        if any(record["f"].get("type") == "end" for record in batch.records):
            # What the screen is shown is already in the ledger.
            assert [finished.run for finished in house.finished] == [run]
            break
    said = await frames(pool.follow(session), until="end")
    assert "".join(frame["content"]["text"] for frame in said if "content" in frame) == "helloworld"
    await pool.close(session)
    assert house.row(session).state == "ended"


async def test_creating_a_session_starts_nothing_and_is_in_the_list(house: House, pool: Pool) -> None:
    session = await house.session(title="A title", skill="s", cwd="/tmp")
    assert house.row(session).state == "created"
    assert house.row(session).title == "A title"
    assert not alive(house.folder(session))
    assert house.changed == [session]


async def test_the_default_replay_plays_through_the_real_sidecar(house: House, pool: Pool) -> None:
    session = await house.session("replay")
    run = await pool.send(session, "hello", options=FAST, permissionTimeoutS=0)
    end = await pool.wait(session, run)
    assert end["type"] == "end"
    assert alive(house.folder(session))
    (finished,) = house.finished
    assert (finished.run, finished.provider) == (run, "replay")


async def test_an_ended_session_is_resumed_in_the_same_folder_with_the_providers_id(house: House, pool: Pool) -> None:
    session = await house.session("replay")
    await pool.wait(session, await pool.send(session, "one", options=FAST, permissionTimeoutS=0))
    await pool.close(session)
    assert house.row(session).state == "ended"
    run = await pool.send(session, "two", options=FAST, permissionTimeoutS=0)
    assert (await pool.wait(session, run))["type"] == "end"
    starts = [r["f"] async for b in closing(pool, session) for r in b.records if r["d"] == "in" and r["f"]["id"] == run]
    assert starts[0]["params"]["resume"].startswith("replay:")


async def closing(pool: Pool, session: str) -> Any:
    await pool.close(session)
    async for batch in pool.follow(session):
        yield batch


async def test_a_second_turn_while_one_is_open_is_refused(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "wait:30")
    with pytest.raises(Refused, match="middle of a turn") as caught:
        await pool.send(session, "say:x")
    assert caught.value.reason == "busy"


@pytest.mark.parametrize("size", [17, 40])
async def test_a_prompt_that_no_agent_would_take_is_refused(house: House, pool: Pool, size: int) -> None:
    session = await house.session()
    with pytest.raises(Refused, match="16 MiB") as caught:
        await pool.send(session, "x" * size * 1024 * 1024)
    assert caught.value.reason == "too_large"
    await pool.wait(session, await pool.send(session, "say:x"))


async def test_a_run_id_that_was_used_is_refused(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x", run_id="mine"))
    with pytest.raises(Refused) as caught:
        await pool.send(session, "say:x", run_id="mine")
    assert caught.value.reason == "duplicate"


async def test_whoever_asks_the_database_who_runs_is_told_of_every_open_turn(house: House, pool: Pool) -> None:
    sessions = [await house.session() for _ in range(3)]
    running = functools.partial(house.database.read, table.running)
    await pool.send(sessions[0], "hang")
    assert running() == [sessions[0]]
    await pool.wait(sessions[1], await pool.send(sessions[1], "say:x"))
    await pool.close(sessions[0])
    assert running() == [sessions[1]]


async def test_stop_ends_the_turn_and_leaves_the_session(
    house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conversation, "STOP_S", 60)
    session = await house.session("replay")
    run = await pool.send(session, "go", options={"recording": "flood", "events": 100_000, "rate": 100})
    await anext(aiter(pool.follow(session)))
    await pool.stop(session)
    assert (await pool.wait(session, run))["type"] == "aborted"
    assert alive(house.folder(session))
    assert house.row(session).state == "live"
    await pool.stop(session)  # nothing runs: nothing happens
    assert alive(house.folder(session))


async def test_stopping_a_run_that_is_over_leaves_the_next_one_at_work(house: House, pool: Pool) -> None:
    session = await house.session()
    first = await pool.send(session, "say:x")
    await pool.wait(session, first)
    second = await pool.send(session, "ask:p1 say:y")
    await frames(pool.follow(session), until="permissionRequest")
    await pool.stop(session, first)
    await pool.respond_permission(session, "p1", "allow")
    assert (await pool.wait(session, second))["type"] == "end"
    third = await pool.send(session, "hang")
    await pool.stop(session, third)
    assert (await pool.wait(session, third))["type"] == "exit"


async def test_a_turn_that_does_not_stop_takes_its_process_with_it(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "hang")
    await pool.stop(session)
    assert not alive(house.folder(session))
    end = await pool.wait(session, run)
    assert (end["type"], end["reason"], end["open"]) == ("exit", "closed", [run])
    assert house.row(session).open_runs == ()


async def test_stop_of_a_session_without_a_process_is_nothing(house: House, pool: Pool) -> None:
    await pool.stop(await house.session())


async def test_a_steer_is_answered(house: House, pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "STOP_S", 60)
    session = await house.session("replay")
    await pool.send(session, "go", options={"recording": "flood", "events": 100_000, "rate": 100})
    await frames(pool.follow(session), until="agent_message_chunk")
    assert (await pool.steer(session, "more of it"))["accepted"]
    await pool.stop(session)
    assert not (await pool.steer(session, "too late"))["accepted"]


async def test_a_session_without_a_process_cannot_be_steered_or_updated(house: House, pool: Pool) -> None:
    session = await house.session()
    with pytest.raises(SessionGone, match="send again to resume"):
        await pool.steer(session, "x")
    with pytest.raises(SessionGone):
        await pool.update(session, model="m")


async def test_an_update_is_taken_and_other_requests_are_answered(house: House, pool: Pool) -> None:
    session = await house.session("replay")
    await pool.wait(session, await pool.send(session, "x", options=FAST, permissionTimeoutS=0))
    await pool.update(session, permissionMode="plan")
    assert isinstance(await pool.ask(session, "contextUsage"), dict)


async def test_a_new_process_is_told_the_model_and_one_that_lives_keeps_its_own(house: House, pool: Pool) -> None:
    session = await house.session("replay", model="first")
    for _ in range(2):
        await pool.wait(session, await pool.send(session, "x", options=FAST, permissionTimeoutS=0))
        await pool.update(session, model="second")
    asked = [r["f"]["params"] for r in house.records(session) if r["f"].get("method") == "sendMessage"]
    assert [params.get("model") for params in asked] == ["first", None]


async def test_a_model_that_was_switched_to_is_kept_for_the_next_process(house: House, pool: Pool) -> None:
    session = await house.session("replay", model="first")
    await pool.wait(session, await pool.send(session, "x", options=FAST, permissionTimeoutS=0))
    await pool.update(session, model="second")
    await pool.close(session)
    await pool.wait(session, await pool.send(session, "y", options=FAST, permissionTimeoutS=0))
    asked = [r["f"]["params"] for r in house.records(session) if r["f"].get("method") == "sendMessage"]
    assert [params.get("model") for params in asked] == ["first", "second"]


async def test_a_permission_waits_and_is_answered_once(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "ask:p1 say:done")
    await frames(pool.follow(session), until="permissionRequest")
    await pool.respond_permission(session, "p1", "allow")
    assert (await pool.wait(session, run))["type"] == "end"
    with pytest.raises(Refused) as caught:
        await pool.respond_permission(session, "p1", "deny")
    assert caught.value.reason == "duplicate"


async def test_two_hosts_answer_at_once_and_the_first_one_wins(house: House, pool: Pool) -> None:
    other = house.pool()
    session = await house.session()
    for n in range(5):
        run = await pool.send(session, f"ask:p{n}")
        await asyncio.gather(*(frames(each.follow(session), until="permissionRequest") for each in (pool, other)))
        answers = await asyncio.gather(
            pool.respond_permission(session, f"p{n}", "allow"),
            other.respond_permission(session, f"p{n}", "deny"),
            return_exceptions=True,
        )
        (loser,) = [answer for answer in answers if answer is not None]
        assert isinstance(loser, Refused)
        assert loser.reason == "duplicate"
        await pool.wait(session, run)


async def test_an_answer_that_nobody_awaits_is_an_error(house: House, pool: Pool) -> None:
    session = await house.session("replay")
    await pool.wait(session, await pool.send(session, "x", options=FAST, permissionTimeoutS=0))
    with pytest.raises(NotFound, match="Nobody waits"):
        await pool.respond_permission(session, "never-asked", "allow")
    with pytest.raises(NotFound, match="Nobody waits"):
        await pool.respond_input(session, "never-asked", "submit", content={})


async def test_requests_without_a_session_use_a_child_of_their_own(house: House, pool: Pool) -> None:
    models = await pool.request("replay", "listModels")
    assert models[0]["id"]
    assert isinstance(await pool.request("replay", "generateTitle", {"text": "Count the words"}), str)
    assert list(house.home.sessions.iterdir()) == []


@pytest.mark.parametrize("name", ["nobody", "../x"])
async def test_an_id_that_names_nothing_is_not_found(house: House, pool: Pool, name: str) -> None:
    for work in (pool.send(name, "x"), pool.steer(name, "x"), pool.stop(name), pool.close(name)):
        with pytest.raises(NotFound):
            await work
    with pytest.raises(NotFound):
        await frames(pool.follow(name))


async def test_waiting_for_a_run_that_is_not_there_ends(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x"))
    await pool.close(session)
    with pytest.raises(NotFound, match="has no run nonsense"):
        await pool.wait(session, "nonsense")


# -- starting ---------------------------------------------------------------------------------------------------------


def failing(code: str) -> Launch:
    return Launch([sys.executable, "-c", code], {"PATH": os.environ["PATH"]}, [SECRET])


@pytest.mark.slow
async def test_a_process_that_dies_at_once_is_tried_five_times_and_then_given_up(house: House) -> None:
    pool = house.pool(lambda _: failing(f"import sys; print('cause {SECRET}', file=sys.stderr); sys.exit(1)"))
    session = await house.session()
    with pytest.raises(SidecarFailed, match="failed 5 times in a row") as caught:
        await pool.send(session, "x")
    assert caught.value.facts["stderr"] == ["cause [REDACTED]"] * 5
    assert caught.value.facts["reason"] == "exit:1"
    exits = [
        record async for batch in pool.follow(session) for record in batch.records if record["f"]["type"] == "exit"
    ]
    assert len(exits) == 5
    delays = [(b["t"] - a["t"]) / 1000 for a, b in pairwise(exits)]
    assert all(delay >= wanted * 0.8 for delay, wanted in zip(delays, (0.5, 1, 2, 4), strict=True))
    with pytest.raises(SidecarFailed, match="failed 5 times"):
        await pool.send(session, "x")


@pytest.mark.parametrize(
    ("argv", "reason"),
    [(["/nowhere/agent"], "exit:127"), (["/etc/hostname"], "exit:126"), (["/bin/sh", "-c", "exit 78"], "exit:78")],
)
async def test_what_cannot_work_is_not_tried_again(house: House, argv: list[str], reason: str) -> None:
    pool = house.pool(lambda _: Launch(argv, {"PATH": "/bin"}, []))
    session = await house.session()
    with pytest.raises(SidecarFailed) as caught:
        await pool.send(session, "x")
    assert caught.value.facts["reason"] == reason
    assert house.transcript(session).count(b'"type":"exit"') == 1


async def test_a_sidecar_that_is_never_ready_is_ended_and_not_tried_again(house: House) -> None:
    pool = house.pool(timers=replace(SHORT, ready_s=0.5))
    session = await house.session("mute")
    with pytest.raises(SidecarFailed, match="never said that it was ready"):
        await pool.send(session, "x")


async def test_what_a_sidecar_says_instead_of_ready_is_raised(house: House) -> None:
    said = '{"type":"error","kind":"sidecar_missing","message":"No SDK.","remedy":"Install it with: pip install it"}'
    pool = house.pool(lambda _: failing(f"import sys; print({said!r}, flush=True); sys.exit(78)"))
    with pytest.raises(SidecarMissing, match="pip install it"):
        await pool.send(await house.session(), "x")


async def test_many_hosts_start_the_same_session_at_once_and_one_turn_is_taken(house: House, pool: Pool) -> None:
    session = await house.session()
    pools = [pool, *(house.pool() for _ in range(4))]
    sent = await asyncio.gather(*(each.send(session, "ask:p1 say:x") for each in pools), return_exceptions=True)
    runs = [run for run in sent if isinstance(run, str)]
    refusals = [refusal for refusal in sent if isinstance(refusal, Refused)]
    assert (len(runs), [refusal.reason for refusal in refusals]) == (1, ["busy"] * 4)
    await frames(pool.follow(session), until="permissionRequest")
    await pool.respond_permission(session, "p1", "allow")
    assert (await pools[4].wait(session, runs[0]))["type"] == "end"
    assert house.transcript(session).count(b'"type":"start"') == 1
    assert [finished.run for finished in house.finished] == runs


async def test_secrets_reach_the_agent_and_nothing_on_the_disk(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, f"say:{SECRET} complain:{SECRET}")
    await pool.wait(session, run)
    await pool.close(session)
    for path in house.folder(session).iterdir():
        assert path.is_socket() or SECRET.encode() not in path.read_bytes()


async def test_a_key_that_is_saved_while_a_session_lives_is_hidden_from_its_next_turn_on(house: House) -> None:
    secrets = [SECRET]
    pool = house.pool(lambda provider: provide(provider)._replace(secrets=secrets))
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x"))
    secrets.append("a-key-of-today")
    await pool.wait(session, await pool.send(session, "say:a-key-of-today"))
    assert b"a-key-of-today" not in house.transcript(session)


# -- following --------------------------------------------------------------------------------------------------------


async def test_many_viewers_of_a_session_share_one_connection(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "wait:0.3 flood:2000")
    fds = descriptors()
    seen = await asyncio.gather(*(frames(pool.follow(session), until="end") for _ in range(20)))
    texts = {"".join(f["content"]["text"] for f in said if "content" in f) for said in seen}
    assert len(texts) == 1
    assert descriptors() <= fds + 2
    assert len(house.finished) == 1


async def test_a_viewer_that_does_not_read_holds_up_nobody(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.send(session, "flood:20000")
    slow = pool.follow(session)
    await anext(slow)
    said = await frames(pool.follow(session, join=False), until="end")
    assert len(said) == 20_002
    rest = await frames(slow, until="end")
    assert rest[-1]["type"] == "end"


async def test_a_stream_that_stays_open_goes_on_with_the_next_process(house: House, pool: Pool) -> None:
    session = await house.session()
    other = house.pool()
    stream = pool.follow(session, keep_open=True)
    lives: list[bool] = []
    ends = 0
    for turn in range(3):
        await other.send(session, f"say:{turn}")
        async for batch in stream:
            ends += sum(record["f"].get("type") == "end" for record in batch.records)
            if ends > turn:
                break
        await other.close(session)
        async for batch in stream:
            lives.append(batch.live)
            if not batch.live:
                break
    assert (ends, lives.count(False)) == (3, 3)
    await stream.aclose()  # type: ignore[attr-defined]


async def test_changes_are_told_on_the_pools_own_thread(house: House) -> None:
    told: list[tuple[str, str]] = []
    pool = house.pool()
    pool._on_change = lambda session: told.append((session, threading.current_thread().name))
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x"))
    await pool.close(session)
    assert set(told) == {(session, "workbench-pool")}


async def test_a_session_that_nobody_follows_is_committed_all_the_same(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "say:x")
    await eventually(lambda: [finished.run for finished in house.finished] == [run])
    os.kill(house.marked(session)[0], 9)
    await eventually(lambda: house.row(session).state == "ended")


# -- hosts ------------------------------------------------------------------------------------------------------------


def test_a_thread_without_a_loop_submits(house_sync: House) -> None:
    pool = house_sync.pool()
    made = pool.submit(pool.create(SessionSpec(provider="fake"))).result(60)
    run = pool.submit(pool.send(made.id, "say:x")).result(60)
    assert pool.submit(pool.wait(made.id, run)).result(60)["type"] == "end"
    pool.submit(pool.close(made.id)).result(60)


async def test_a_host_that_leaves_leaves_its_sessions_alive_and_nothing_else(house: House) -> None:
    pool = house.pool()
    session = await house.session()
    await pool.request("replay", "listModels")
    fds = descriptors()
    for _ in range(3):
        guest = house.pool()
        run = f"{guest!r}"
        await guest.send(session, "say:a flood:500 wait:0.1", run_id=run)
        await anext(guest.follow(session))
        await guest.request("replay", "listModels")
        await guest.aclose()
        assert alive(house.folder(session))
        assert (await pool.wait(session, run))["type"] == "end"
    gc.collect()
    await pool.aclose()
    # Our own loop has threads for its waits too; they have other names and stay.
    ours = ("workbench-pool", "asyncio-waitpid", "waitpid")
    await eventually(lambda: not any(thread.name.startswith(ours) for thread in threading.enumerate()))
    assert descriptors() <= fds
    with pytest.raises(Refused, match="has been closed"):
        await pool.send(session, "x")
    await pool.aclose()  # twice is harmless


async def test_closing_the_host_ends_its_streams_and_refuses_its_waits(house: House) -> None:
    pool = house.pool()
    session = await house.session()
    run = await pool.send(session, "say:x hang")
    seen: list[list[str]] = [[] for _ in range(5)]

    async def watch(types: list[str]) -> None:
        async for batch in pool.follow(session):
            types += [record["f"]["type"] for record in batch.records if record["d"] == "out"]

    watching = [asyncio.create_task(watch(types)) for types in seen]
    waiting = asyncio.create_task(pool.wait(session, run))
    await eventually(lambda: all("agent_message_chunk" in types for types in seen))
    await pool.aclose()
    async with asyncio.timeout(60):
        await asyncio.gather(*watching)
        with pytest.raises(Refused, match="has been closed"):
            await waiting
    assert alive(house.folder(session))


async def test_news_that_a_host_cannot_take_harms_no_session(house: House, caplog: pytest.LogCaptureFixture) -> None:
    pool = house.pool()
    session = await house.session()

    def broken(_session: str) -> None:
        raise ZeroDivisionError

    pool._on_change = broken
    assert (await pool.wait(session, await pool.send(session, "say:x")))["type"] == "end"
    assert "failed to take the news" in caplog.text


async def test_cancelling_a_viewer_leaves_the_agent_running(house: House, pool: Pool) -> None:
    session = await house.session()
    run = await pool.send(session, "wait:0.5 say:x")
    watching = asyncio.create_task(frames(pool.follow(session), until="end"))
    waiting = asyncio.create_task(pool.wait(session, run))
    await asyncio.sleep(0.2)
    watching.cancel()
    waiting.cancel()
    await asyncio.gather(watching, waiting, return_exceptions=True)
    assert (await pool.wait(session, run))["type"] == "end"


async def test_old_transcripts_are_pruned_and_their_rows_stay(house: House, pool: Pool) -> None:
    session = await house.session()
    await pool.wait(session, await pool.send(session, "say:x"))
    await pool.close(session)
    assert await pool.prune(1) == []
    await asyncio.sleep(0.01)
    assert await pool.prune(0) == [session]
    assert house.transcript(session) == b""
    assert house.row(session).pruned
    assert [batch.live async for batch in pool.follow(session)] == [False]


async def test_no_recording_is_told_as_the_runs_error(house: House, pool: Pool) -> None:
    session = await house.session("replay")
    end = await pool.wait(session, await pool.send(session, "x", options={"recording": "no-such-recording"}))
    assert (end["type"], end["kind"]) == ("error", NoRecording.kind)
