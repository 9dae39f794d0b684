"""Transcripts into the database: by any host, once, and again from nothing."""

from __future__ import annotations

import fcntl
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import apsw
import pytest
from scribe import Scribe, transcript, written

from workbench.agents import recorder as recorder_module
from workbench.agents import table
from workbench.agents.recorder import RecordedRun, Recorder
from workbench.agents.session import Session
from workbench.agents.settler import settle_all
from workbench.errors import NotFound, Refused
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger

COMMITTER = Path(__file__).with_name("committer.py")


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home.database, backups=home.backups) as opened:
        yield opened


@pytest.fixture
def recorder(database: Database, home: Home) -> Recorder:
    return Recorder(database, home, ledger.record)


def one_turn(run: str = "r1", *, begin: bool = True) -> Scribe:
    scribe = Scribe()
    if begin:
        scribe.start()
    turn(scribe, run)
    return scribe


def turn(scribe: Scribe, run: str, words: int = 5, output: int = 5) -> None:
    scribe.prompt(run, "Count.")
    for word in range(words):
        scribe.say(run, f"{word} ", messageId="m")
    scribe.usage(run, inputTokens=10, outputTokens=output, costUSD=output / 1000)
    scribe.end(run, turns=1)


def rows(database: Database, session: str) -> dict[str, list[tuple[Any, ...]]]:
    """All that was derived from a session."""
    queries = {
        "session": "select * from sessions where id = ?",
        "messages": "select * from session_messages where session = ? order by seq",
        "runs": "select * from agent_runs where session = ? order by run, model",
        "baseline": "select * from usage_baseline where session = ? order by model",
    }
    return {
        name: database.read(lambda c, sql=sql: c.execute(sql, (session,)).fetchall()) for name, sql in queries.items()
    }


def test_a_commit_registers_the_session_and_writes_what_is_final(
    home: Home, recorder: Recorder, database: Database
) -> None:
    scribe = one_turn()
    session = written(home, scribe, skill="poet", step="draft", workflow="verse", title="Mine")
    cursor = recorder.commit(session.id)
    assert (cursor.offset, cursor.seq, cursor.state) == (len(scribe.bytes), scribe.seq, "live")
    assert (cursor.open_runs, cursor.bad, cursor.missing) == ((), 0, 0)
    assert [(run.run, run.skill, run.step, run.workflow) for run in cursor.finished] == [
        ("r1", "poet", "draft", "verse")
    ]
    row = database.read(lambda connection: table.get(connection, session.id))
    assert row is not None
    assert (row.title, row.provider, row.state, row.seq) == ("Mine", "claude", "live", scribe.seq)
    said = database.read(lambda connection: table.messages(connection, session.id))
    assert [(one.kind, one.content.get("text")) for one in said] == [
        ("prompt", "Count."),
        ("text", "0 1 2 3 4 "),
        ("end", None),
    ]


def test_a_second_commit_finds_nothing_to_do(home: Home, recorder: Recorder, database: Database) -> None:
    session = written(home, one_turn())
    first = recorder.commit(session.id)
    before = rows(database, session.id)
    second = recorder.commit(session.id)
    assert (second.offset, second.finished, len(first.finished)) == (first.offset, (), 1)
    assert rows(database, session.id) == before


def test_a_session_without_a_transcript_has_a_row_and_no_more(home: Home, recorder: Recorder) -> None:
    session = written(home, Scribe())
    transcript(home, session).unlink()
    cursor = recorder.commit(session.id)
    assert (cursor.offset, cursor.seq, cursor.state) == (0, 0, "created")


def test_half_a_line_waits_for_its_end(home: Home, recorder: Recorder) -> None:
    scribe = one_turn()
    session = written(home, scribe)
    path = transcript(home, session)
    path.write_bytes(scribe.bytes[:-10])
    assert recorder.commit(session.id).open_runs == ("r1",)
    with path.open("ab") as file:
        file.write(scribe.bytes[-10:])
    assert [run.status for run in recorder.commit(session.id).finished] == ["completed"]


@pytest.mark.parametrize("page", [1, 100, 1000])
def test_rows_do_not_depend_on_how_much_a_transaction_takes(
    home: Home, recorder: Recorder, database: Database, monkeypatch: pytest.MonkeyPatch, page: int
) -> None:
    scribe = one_turn()
    turn(scribe, "r2", output=9)
    session = written(home, scribe)
    recorder.commit(session.id)
    whole = rows(database, session.id)
    monkeypatch.setattr(recorder_module, "COMMIT_BYTES", page)
    recorder.rebuild(session.id, ledger.forget)
    assert rows(database, session.id) == whole


def test_dropped_and_rebuilt_the_rows_are_equal_and_a_reset_stays(
    home: Home, recorder: Recorder, database: Database
) -> None:
    scribe = one_turn()
    turn(scribe, "r2", output=9)
    scribe.prompt("r3")
    scribe.exit("killed:9", "r3")
    session = written(home, scribe)
    recorder.commit(session.id)
    database.write(lambda connection: connection.execute("update agent_runs set reset_marker = 'm' where run = 'r1'"))
    before = rows(database, session.id)
    assert len(before["runs"]) == 3
    recorder.rebuild(session.id, ledger.forget)
    assert rows(database, session.id) == before


def test_a_database_that_was_lost_is_derived_from_the_folders_again(home: Home) -> None:
    sessions = [written(home, one_turn(f"r{number}")) for number in range(3)]
    seen = []
    for attempt in range(2):
        path = home.root / f"{attempt}.db"
        with Database.open(path) as database:
            settle_all(home, Recorder(database, home, ledger.record))
            seen.append([rows(database, session.id) for session in sessions])
    assert seen[0] == seen[1]


def test_a_failure_of_the_ledger_leaves_nothing_of_the_commit(
    home: Home, recorder: Recorder, database: Database
) -> None:
    def refuse(_connection: apsw.Connection, run: RecordedRun) -> None:
        raise RuntimeError(run.run)

    session = written(home, one_turn())
    with pytest.raises(RuntimeError, match="r1"):
        Recorder(database, home, refuse).commit(session.id)
    assert rows(database, session.id)["messages"] == []
    assert len(recorder.commit(session.id).finished) == 1


def test_the_transcript_is_flushed_before_a_run_is_said_to_be_over(
    home: Home, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    name = "fdatasync" if hasattr(os, "fdatasync") else "fsync"
    flush = getattr(os, name)

    def watched(descriptor: int) -> None:
        order.append("flushed")
        flush(descriptor)

    def record(connection: apsw.Connection, run: RecordedRun) -> None:
        connection.set_commit_hook(lambda: order.append("committed") is not None)
        ledger.record(connection, run)

    monkeypatch.setattr(os, name, watched)
    session = written(home, one_turn())
    Recorder(database, home, record).commit(session.id)
    assert order == ["flushed", "committed"]


def test_a_transcript_that_became_shorter_is_refused_and_its_rows_stay(
    home: Home, recorder: Recorder, database: Database
) -> None:
    session = written(home, one_turn())
    recorder.commit(session.id)
    before = rows(database, session.id)
    transcript(home, session).write_bytes(b"")
    with pytest.raises(Refused, match="shorter than what has been recorded") as refused:
        recorder.commit(session.id)
    assert refused.value.reason == "transcript_damaged"
    assert refused.value.remedy
    assert rows(database, session.id) == before


def test_a_title_that_a_person_gave_outlives_the_providers(home: Home, recorder: Recorder, database: Database) -> None:
    scribe = one_turn()
    scribe.prompt("r2")
    scribe.event("session_info_update", "r2", title="The provider's")
    named, unnamed = written(home, scribe), written(home, scribe)
    recorder.commit(unnamed.id)
    transcript(home, named).write_bytes(b"")
    recorder.commit(named.id)
    database.write(lambda connection: table.retitle(connection, named.id, "Mine"))
    transcript(home, named).write_bytes(scribe.bytes)
    recorder.commit(named.id)
    titles = [rows(database, session.id)["session"][0][3] for session in (named, unnamed)]
    assert titles == ["Mine", "The provider's"]


def test_what_nobody_has_answered_is_known_from_the_database(
    home: Home, recorder: Recorder, database: Database
) -> None:
    scribe = Scribe()
    scribe.start()
    scribe.prompt("r1")
    first = scribe.event("permissionRequest", "r1", permissionId="p1", toolName="Bash", toolInput={"command": "ls"})
    scribe.event("permissionRequest", "r1", permissionId="p2", toolName="Read", toolInput={})
    asked = scribe.event("userInputRequest", "r1", userInputId="q1", questions=[])
    scribe.event("permissionRequest", "r1", permissionId="p3", toolName="Write", toolInput={})
    scribe.event("permissionResolved", "r1", permissionId="p2", behavior="allow", by="user")
    scribe.request("permissionResponse", "perm:p3", permissionId="p3", behavior="deny")  # its answer is on its way
    session = written(home, scribe)
    recorder.commit(session.id)
    waiting = database.read(lambda connection: table.unanswered(connection, session.id))
    assert [(one.seq, one.kind, one.run) for one in waiting] == [
        (first, "permission", "r1"),
        (asked, "question", "r1"),
    ]
    assert waiting[0].content["toolInput"] == {"command": "ls"}
    scribe.end("r1")
    transcript(home, session).write_bytes(scribe.bytes)
    recorder.commit(session.id)
    assert database.read(lambda connection: table.unanswered(connection, session.id)) == []
    assert database.read(lambda connection: table.unanswered(connection, "nobody")) == []


# -- what else lies in the folder -------------------------------------------------------------------------------------


def test_what_is_no_session_is_passed_over_with_a_note(home: Home, recorder: Recorder) -> None:
    session = written(home, one_turn())
    (home.sessions / "notes.txt").write_text("mine")
    (home.sessions / "empty").mkdir()
    (home.sessions / "not an id").mkdir()
    (home.sessions / ".staged").mkdir()
    (home.sessions / "broken").mkdir()
    (home.sessions / "broken" / "session.json").write_text("{")
    found = settle_all(home, recorder)
    assert recorder.commit(session.id).finished == ()
    assert len(found.notes) == 4
    assert all(" was passed over: " in note for note in found.notes)
    assert (home.sessions / "notes.txt").read_text() == "mine"


def test_a_session_that_is_over_and_recorded_is_not_opened_again_until_its_transcript_grows(
    home: Home, recorder: Recorder
) -> None:
    session = ended(home)
    assert settle_all(home, recorder).notes == []
    (home.session(session.id) / "session.json").write_text("{")
    assert settle_all(home, recorder).notes == []
    with transcript(home, session).open("ab") as file:
        file.write(b'{"seq":99,"t":1,"d":"shim","f":{"type":"start"}}\n')
    (note,) = settle_all(home, recorder).notes
    assert session.id in note


def test_an_unknown_session_is_not_found(recorder: Recorder) -> None:
    with pytest.raises(NotFound):
        recorder.commit("nobody")


# -- pruning ----------------------------------------------------------------------------------------------------------

DAY = 24 * 3600 * 1000
LATER = 1_000_000 + 60 * DAY


def ended(home: Home) -> Session:
    scribe = one_turn()
    scribe.exit("idle")
    session = written(home, scribe)
    (home.session(session.id) / "lock").touch()
    return session


def aged(database: Database) -> None:
    database.write(lambda connection: connection.execute("update sessions set updated = 1000"))


def test_the_transcript_of_a_session_that_ended_long_ago_is_pruned_and_its_rows_stay(
    home: Home, recorder: Recorder, database: Database
) -> None:
    session = ended(home)
    recorder.commit(session.id)
    aged(database)
    before = rows(database, session.id)
    recorder.check_resumable(session.id)
    assert recorder.prune(LATER, after_ms=30 * DAY) == [session.id]
    assert not transcript(home, session).exists()
    assert recorder.prune(LATER, after_ms=30 * DAY) == []
    after = rows(database, session.id)
    assert (after["messages"], after["runs"]) == (before["messages"], before["runs"])
    assert recorder.commit(session.id).seq == before["session"][0][13]
    with pytest.raises(Refused, match="was pruned"):
        recorder.rebuild(session.id, ledger.forget)
    with pytest.raises(Refused, match="was pruned") as refused:
        recorder.check_resumable(session.id)
    assert refused.value.remedy == "Start a new session."


def test_a_session_that_is_new_live_or_not_wholly_committed_is_not_pruned(
    home: Home, recorder: Recorder, database: Database
) -> None:
    new, live, grown = ended(home), ended(home), ended(home)
    for session in (live, grown, new):
        recorder.commit(session.id)
    assert recorder.prune(1000, after_ms=30 * DAY) == []
    aged(database)
    with transcript(home, grown).open("ab") as file:
        file.write(b'{"seq":99,"t":1,"d":"shim","f":{"type":"start"}}\n')
    with (home.session(live.id) / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert recorder.prune(LATER, after_ms=30 * DAY) == [new.id]


def test_a_session_whose_folder_was_deleted_does_not_keep_the_others_from_being_pruned(
    home: Home, recorder: Recorder, database: Database
) -> None:
    deleted, other = ended(home), ended(home)
    for session in (deleted, other):
        recorder.commit(session.id)
    aged(database)
    shutil.rmtree(home.session(deleted.id))
    assert recorder.prune(LATER, after_ms=30 * DAY) == [other.id]


def test_a_pruned_session_is_not_looked_at_again_and_a_pruning_that_was_killed_is_finished(
    home: Home, recorder: Recorder, database: Database
) -> None:
    whole, cut = ended(home), ended(home)
    for session in (whole, cut):
        recorder.commit(session.id)
    aged(database)
    database.write(lambda connection: table.mark_pruned(connection, cut.id, deleted=False))
    assert sorted(recorder.prune(LATER, after_ms=30 * DAY)) == sorted([whole.id, cut.id])
    assert not transcript(home, cut).exists()
    (home.session(whole.id) / "lock").unlink()
    assert recorder.prune(LATER, after_ms=30 * DAY) == []
    assert not (home.session(whole.id) / "lock").exists()


# -- many hosts at once -----------------------------------------------------------------------------------------------


def test_four_threads_and_two_databases_commit_each_event_once(
    home: Home, recorder: Recorder, database: Database
) -> None:
    scribe = one_turn()
    for number in range(20):
        turn(scribe, f"r{number + 2}", output=5 + number)
    session = written(home, scribe)
    path = transcript(home, session)
    path.write_bytes(b"")
    failures: list[BaseException] = []

    def follow(host: Recorder) -> None:
        try:
            while host.commit(session.id).offset < len(scribe.bytes):
                pass
        except BaseException as failure:
            failures.append(failure)

    with Database.open(home.database) as other:
        hosts = [recorder, recorder, Recorder(other, home, ledger.record), Recorder(other, home, ledger.record)]
        threads = [threading.Thread(target=follow, args=(host,)) for host in hosts]
        for thread in threads:
            thread.start()
        with path.open("ab", buffering=0) as file:
            for line in scribe.lines:
                file.write(line)
        for thread in threads:
            thread.join()
    assert failures == []
    assert len(rows(database, session.id)["runs"]) == 21
    before = rows(database, session.id)
    recorder.rebuild(session.id, ledger.forget)
    assert rows(database, session.id) == before


def kill_committers(home: Home, *, turns: int, words: int, kills: int) -> None:
    """Three hosts commit a growing transcript and are killed at random until `kills` have died."""
    chance = random.Random(turns)
    session = written(home, Scribe())
    scribe = Scribe()
    scribe.start()
    for number in range(turns):
        turn(scribe, f"r{number}", words, output=number + 1)
    scribe.exit("closed")
    path = transcript(home, session)
    Database.open(home.database).close()
    hosts = [host(home, session) for _ in range(3)]
    written_lines, killed = 0, 0
    try:
        with path.open("ab", buffering=0) as file:
            while killed < kills:
                batch = scribe.lines[written_lines : written_lines + max(1, len(scribe.lines) // (kills + 1))][
                    : -1 or None
                ]
                for line in batch if written_lines + len(batch) < len(scribe.lines) else []:
                    file.write(line)
                    written_lines += 1
                time.sleep(chance.uniform(0, 0.02))
                victim = chance.randrange(3)
                hosts[victim].send_signal(signal.SIGKILL)
                reap(hosts[victim])
                killed += 1
                hosts[victim] = host(home, session, wait=chance.random() < 0.5)
            file.write(b"".join(scribe.lines[written_lines:]))
        for process in hosts:
            assert process.wait(200) == 0
    finally:
        for process in hosts:
            process.kill()
            reap(process)
    check(home, session, scribe, turns, words)


def host(home: Home, session: Session, *, wait: bool = True) -> subprocess.Popen[bytes]:
    command = [sys.executable, str(COMMITTER), str(home.root), session.id]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    )
    if wait:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    return process


def reap(process: subprocess.Popen[bytes]) -> None:
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def check(home: Home, session: Session, scribe: Scribe, turns: int, words: int) -> None:
    with Database.open(home.database) as database:
        recorder = Recorder(database, home, ledger.record)
        cursor = recorder.commit(session.id)
        assert (cursor.offset, cursor.seq, cursor.bad, cursor.missing) == (len(scribe.bytes), scribe.seq, 0, 0)
        assert database.read(lambda connection: connection.pragma("integrity_check")) == "ok"
        before = rows(database, session.id)
        assert len(before["messages"]) == 3 * turns
        assert [run[0] for run in before["runs"]] == sorted(f"r{number}" for number in range(turns))
        events, output, cost = database.read(
            lambda connection: connection.execute(
                "select sum(events), sum(output_tokens), sum(cost) from agent_runs"
            ).fetchone()
        )
        assert (events, output, cost) == (turns * (words + 2), turns, turns * ledger.PICO // 1000)
        recorder.rebuild(session.id, ledger.forget)
        assert rows(database, session.id) == before


def test_killed_committers_lose_nothing_and_double_nothing(home: Home) -> None:
    kill_committers(home, turns=40, words=20, kills=8)


@pytest.mark.slow
def test_a_hundred_killed_committers_of_twenty_thousand_events(home: Home) -> None:
    kill_committers(home, turns=200, words=100, kills=100)
