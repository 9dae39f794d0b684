"""Sessions as a list, as records, as a file and as Markdown."""

from __future__ import annotations

import asyncio
import fcntl
import json
import os
import signal
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.errors import InvalidRequest
from workbench.paths import Home

AT_ONCE = {"speed": 0}


async def played(bench: Workbench, **request: Any) -> dict[str, Any]:
    request = {"prompt": "Review it.", "options": AT_ONCE, "permission_timeout_s": 0, **request}
    started = await bench.acall("agents.start", request)
    await bench.pool.wait(started["session"], started["run"])
    return started


async def test_a_session_that_was_made_is_listed_and_has_no_process(bench: Workbench) -> None:
    made = await bench.acall("sessions.create", title="Mine", skill="haiku", step="0", workflow="build")
    (row,) = (await bench.acall("sessions.list"))["sessions"]
    assert row == {key: value for key, value in made.items() if key != "waiting"}
    assert (row["state"], row["runs"], row["cost"], row["title"]) == ("created", 0, None, "Mine")


async def test_the_last_updated_session_comes_first(bench: Workbench) -> None:
    first, second = await bench.acall("sessions.create"), await bench.acall("sessions.create")
    third = await bench.acall("agents.send", session=first["id"], prompt="Hi", options=AT_ONCE, permission_timeout_s=0)
    await bench.pool.wait(first["id"], third["run"])
    rows = (await bench.acall("sessions.list"))["sessions"]
    assert [row["id"] for row in rows] == [first["id"], second["id"]]


async def test_pages_join_up_without_a_row_twice(bench: Workbench) -> None:
    made = {(await bench.acall("sessions.create"))["id"] for _ in range(5)}
    seen, cursor = [], None
    while True:
        page = await bench.acall("sessions.list", limit=2, cursor=cursor)
        seen += [row["id"] for row in page["sessions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == 5
    assert set(seen) == made


@pytest.mark.parametrize("cursor", ["x", "1", ":", "1:", "99999999999999999999:x", "-1:x"])
async def test_a_cursor_that_no_listing_gave_is_refused(bench: Workbench, cursor: str) -> None:
    with pytest.raises(InvalidRequest, match="cursor"):
        await bench.acall("sessions.list", cursor=cursor)


async def test_a_run_is_in_the_session_with_its_cost(bench: Workbench) -> None:
    started = await played(bench)
    session = await bench.acall("sessions.get", session=started["session"])
    assert (session["state"], session["runs"], session["cost"]) == ("live", 1, "0.045352")


async def test_ending_a_session_keeps_what_was_said(bench: Workbench) -> None:
    started = await played(bench)
    ended = await bench.acall("sessions.end", session=started["session"])
    assert ended["state"] == "ended"
    assert "Review" in (await bench.acall("sessions.markdown", session=started["session"]))["markdown"]


async def test_ending_a_session_without_a_process_is_harmless(bench: Workbench) -> None:
    made = await bench.acall("sessions.create")
    assert (await bench.acall("sessions.end", session=made["id"]))["state"] == "created"


async def test_events_are_read_from_any_number_without_a_gap(bench: Workbench) -> None:
    started = await played(bench)
    whole = await bench.acall("sessions.events", session=started["session"])
    assert whole["complete"]
    assert whole["events"][0]["f"]["type"] == "start"
    middle = whole["events"][len(whole["events"]) // 2]["seq"]
    rest = await bench.acall("sessions.events", session=started["session"], since=middle)
    assert rest["events"][-1] == whole["events"][-1]
    assert all(each["seq"] > middle for each in rest["events"])
    after = await bench.acall("sessions.events", session=started["session"], since=whole["seq"])
    assert (after["events"], after["seq"], after["complete"]) == ([], whole["seq"], True)


async def test_a_long_session_is_read_in_pieces_of_at_most_a_batch(bench: Workbench) -> None:
    started = await played(bench, options={"recording": "flood", "events": 5000})
    since, count, pieces = 0, 0, 0
    while True:
        page = await bench.acall("sessions.events", session=started["session"], since=since)
        pieces += 1
        count += len(page["events"])
        since = page["seq"]
        if page["complete"]:
            break
    assert pieces > 1
    assert since >= 5000


async def test_a_transcript_is_a_line_of_configuration_and_then_the_events(bench: Workbench) -> None:
    started = await played(bench)
    reply = await bench.acall("sessions.transcript", session=started["session"], run=started["run"])
    lines = [json.loads(line) for line in reply["text"].splitlines()]
    assert reply["name"].endswith(".jsonl")
    assert lines[0]["type"] == "config"
    assert lines[-1]["type"] == "end"


async def test_markdown_of_one_run_leaves_out_the_others(bench: Workbench) -> None:
    first = await played(bench, prompt="First prompt.")
    second = await bench.acall(
        "agents.send", session=first["session"], prompt="Second prompt.", options=AT_ONCE, permission_timeout_s=0
    )
    await bench.pool.wait(first["session"], second["run"])
    text = (await bench.acall("sessions.markdown", session=first["session"], run=second["run"]))["markdown"]
    assert "Second prompt." in text
    assert "First prompt." not in text


async def test_a_title_is_given_or_made_from_the_first_prompt(bench: Workbench) -> None:
    started = await played(bench, prompt="Count the syllables.", title="Old")
    assert (await bench.acall("sessions.title", session=started["session"], title="New"))["title"] == "New"
    assert (await bench.acall("sessions.title", session=started["session"]))["title"] == "Count the syllables."


async def test_a_session_in_which_nothing_was_said_gets_no_title_by_itself(bench: Workbench) -> None:
    made = await bench.acall("sessions.create")
    with pytest.raises(InvalidRequest, match="Nothing has been said"):
        await bench.acall("sessions.title", session=made["id"])


async def test_a_session_that_another_host_runs_is_shown_as_it_stands(bench: Workbench, home: Home) -> None:
    started = await bench.acall(
        "agents.start", prompt="Go", options={"recording": "flood", "events": 10**6, "rate": 100}
    )
    with Workbench.open(home) as other:
        assert (await other.acall("sessions.get", session=started["session"]))["state"] == "busy"
        assert (await other.acall("agents.any_running"))["running"] is True


async def test_a_session_whose_processes_were_all_killed_is_lost_until_it_is_settled(
    bench: Workbench, home: Home
) -> None:
    with Workbench.open(home) as host:  # gone before the blow falls, or it would settle at once what it watches
        request = {"prompt": "Go", "options": {"recording": "flood", "events": 10**6, "rate": 100}}
        session = (await host.acall("agents.start", request))["session"]
    with (home.session(session) / "lock").open() as lock:
        holders = json.load(lock)
        for name in ("guard", "shim"):
            os.kill(holders[name], signal.SIGKILL)
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_SH)  # theirs until both are gone
    assert (await bench.acall("sessions.list"))["sessions"][0]["state"] == "lost"
    await bench.settled()
    (row,) = (await bench.acall("sessions.list"))["sessions"]
    assert row["state"] == "ended"
    (run,) = (await bench.acall("usage.session_runs", session=session))["runs"]
    assert run["status"] == "interrupted"
