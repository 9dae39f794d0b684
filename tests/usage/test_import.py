"""What an import does with files that come, grow, shrink, move and go, and with what it cannot read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from transcripts import CASES, SONNET, facts, imported, lines, options, response, rollout, sums, totals, write

from workbench.errors import Refused
from workbench.paths import Home
from workbench.usage import importing
from workbench.usage.importer import Progress, refresh
from workbench.usage.store import Store, get

A = response("msg_01aaaaaaaaaaaaaaaaaaaa", 10)
B = response("msg_01bbbbbbbbbbbbbbbbbbbb", 20, rid="req_2", at="2026-01-15T11:00:00.000Z")
C = response("msg_01cccccccccccccccccccc", 40, rid="req_3", at="2026-01-16T10:00:00.000Z")


@pytest.fixture
def claude(tmp_path: Path) -> Path:
    folder = tmp_path / "claude"
    (folder / "projects").mkdir(parents=True)
    return folder


def rows(home: Home, query: str) -> list[Any]:
    with Store.open(home) as store:
        found: list[Any] = store.read(lambda connection: connection.execute(query).fetchall())
        return found


def test_a_second_import_imports_nothing_and_writes_nothing(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A, B))
    first = imported(home, claude)
    assert (first.files, first.read, first.taken, first.duplicate, first.skipped) == (1, 2, 2, 0, 0)
    with Store.open(home) as store:
        before = store.version()
        (home.root / "telemetry" / "import.lock").unlink()
        assert refresh(store, options(claude)).files == 0
        assert store.version() == before
    assert not (home.root / "telemetry" / "import.lock").exists()


@pytest.mark.parametrize("last", ["main", "agent"])
def test_a_progress_row_does_not_take_a_skill_and_an_agent_away(home: Home, claude: Path, last: str) -> None:
    told = response(side=True, attributionSkill="pdf", attributionAgent="Explore")
    bare = {key: value for key, value in told.items() if not key.startswith("attribution")}
    progress = {"type": "progress", "sessionId": "s1", "data": {"type": "agent_progress", "message": bare}}
    texts = {"s1.jsonl": lines(B, progress), "s1/subagents/agent-1.jsonl": lines(told)}
    for name in texts if last == "agent" else reversed(texts):
        write(claude, name, texts[name])
        imported(home, claude)
    assert totals(home) == (2, 30)
    assert ("pdf", "Explore") in {fact[-3:-1] for fact in facts(home)}


FAR = ("9999-12-31T23:59:59-12:00", "9999-12-31T00:00:00Z", "0001-01-01T00:00:00+14:00", "1969-12-31T23:59:59Z")


@pytest.mark.parametrize("at", FAR)
def test_a_time_that_no_calendar_reaches_is_a_skip_and_the_rest_counts(home: Home, tmp_path: Path, at: str) -> None:
    far = response("msg_01far000000000000000", 9, at=at)
    write(tmp_path, "s1.jsonl", lines(A, far))
    path = rollout(tmp_path / "codex", "019b0000-0000-7000-8000-000000000001", [(100, 10), (250, 30)])
    path.write_bytes(path.read_bytes().replace(b"2026-01-15T10:00:03.000Z", at.encode()))
    report = imported(home, tmp_path, tmp_path / "codex")
    assert (report.skipped, totals(home)) == (2, (2, 20))
    why = {why for (why,) in rows(home, "select why from skip")}
    assert why == {"has a timestamp outside of the years 1970 to 9998"}


@pytest.mark.parametrize("at", ["9998-12-31T23:59:59-12:00", "1970-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York", "Pacific/Apia"])
def test_the_first_and_the_last_time_that_is_taken_has_a_day_in_every_zone(
    home: Home, claude: Path, at: str, zone: str
) -> None:
    with Store.open(home) as store:
        store.ensure_zone(zone)
    write(claude, "s1.jsonl", lines(response(at=at)))
    assert imported(home, claude).taken == 1


def test_a_name_that_is_not_utf8_is_told_and_the_rest_counts(home: Home, claude: Path) -> None:
    good = write(claude, "s1.jsonl", lines(A))
    folder = os.fsencode(claude / "projects") + b"/-p\xff"
    Path(os.fsdecode(folder)).mkdir()
    for path in (folder + b"/s2.jsonl", os.fsencode(good.parent) + b"/s\xfe.jsonl"):
        Path(os.fsdecode(path)).write_bytes(lines(B))
    report = imported(home, claude)
    assert totals(home) == (1, 10)
    assert sorted(report.unreadable) == [
        (f"{claude}/projects/-home-u-proj/s\ufffd.jsonl", "has a name that is not UTF-8"),
        (f"{claude}/projects/-p\ufffd/s2.jsonl", "has a name that is not UTF-8"),
    ]
    assert imported(home, claude).files == 0


CHANGES: list[dict[str, Any]] = [
    {"gitBranch": "other"},
    {"cwd": "/home/u/else"},
    {"sessionId": "s7"},
    {"attributionSkill": "pdf"},
    {"attributionAgent": "Explore"},
    {"effort": "high"},
    {"costUSD": 0.5},
    {"timestamp": "2026-01-15T10:00:01.000Z"},
    {"requestId": "req_9"},
    {"isSidechain": True},
    {"message": {**A["message"], "stop_reason": "end_turn"}},
    {"message": {**A["message"], "model": "claude-opus-4-5-20251101"}},
    *(
        {"message": {**A["message"], "usage": {**A["message"]["usage"], name: 11}}}
        for name in A["message"]["usage"]
        if name != "cache_creation"
    ),
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
def test_a_row_that_is_read_again_with_a_field_changed_counts_once(
    home: Home, claude: Path, change: dict[str, Any]
) -> None:
    path = write(claude, "s1.jsonl", lines(A, B))
    imported(home, claude)
    for row in ({**A, **change}, A, {**A, **change}):
        write(claude, "new", lines(row, B)).replace(path)
        imported(home, claude)
        assert totals(home)[0] == 2
    assert rows(home, "select count(*) from sampling where live") == [(2,)]


def test_appended_rows_alone_are_counted(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    with path.open("ab") as file:
        file.write(lines(B, C))
    report = imported(home, claude)
    assert (report.files, report.read, report.taken) == (1, 2, 2)
    assert report.bytes == len(lines(B, C))
    assert totals(home) == (3, 70)


def test_a_response_that_goes_on_streaming_is_counted_once_at_its_end(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(response(output=1)))
    imported(home, claude)
    with path.open("ab") as file:
        file.write(lines(response(output=300, at="2026-01-16T10:00:05.000Z")))
    report = imported(home, claude)
    assert (report.read, report.taken, report.duplicate) == (1, 0, 1)
    assert totals(home) == (1, 300)
    assert [row[1] for row in rows(home, "select * from day")] == ["2026-01-16"]


def test_a_line_cut_in_the_middle_is_read_when_it_is_whole(home: Home, claude: Path) -> None:
    data = lines(A, B)
    path = write(claude, "s1.jsonl", data[:-30])
    imported(home, claude)
    assert totals(home) == (1, 10)
    path.write_bytes(data)
    assert imported(home, claude).skipped == 0
    assert totals(home) == (2, 30)


def test_a_file_that_shrank_is_read_anew_and_nothing_is_doubled_or_lost(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A, B, C))
    imported(home, claude)
    path.write_bytes(lines(A, response("msg_01dddddddddddddddddddd", 80, rid="req_4")))
    report = imported(home, claude)
    assert (report.read, report.taken, report.duplicate) == (2, 1, 1)
    assert totals(home) == (4, 150)
    assert len(rows(home, "select 1 from sampling")) == 4


def test_a_file_that_was_replaced_is_read_anew_and_leaves_no_candidates_behind(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A, B))
    imported(home, claude)
    for _ in range(3):
        spare = path.with_name("spare")
        spare.write_bytes(lines(A, B, C))
        spare.replace(path)
        imported(home, claude)
    assert totals(home) == (3, 70)
    assert len(rows(home, "select 1 from sampling")) == 3


def test_what_a_vanished_file_told_stays(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    path.unlink()
    imported(home, claude)
    assert totals(home) == (1, 10)
    assert rows(home, "select gone from file") == [(1,)]
    path.write_bytes(lines(A, B))
    imported(home, claude)
    assert totals(home) == (2, 30)
    assert rows(home, "select gone from file") == [(0,)]


def test_files_below_folders_that_are_not_looked_at_are_not_gone(home: Home, claude: Path, tmp_path: Path) -> None:
    write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    other = tmp_path / "other"
    write(other, "s2.jsonl", lines(B))
    imported(home, other)
    assert rows(home, "select sum(gone) from file") == [(0,)]


def test_a_moved_file_is_counted_once(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A, B))
    imported(home, claude)
    path.rename(path.with_name("s9.jsonl"))
    imported(home, claude)
    assert totals(home) == (2, 30)


def test_a_copy_belongs_to_the_smaller_session_id_when_times_tie(home: Home, claude: Path) -> None:
    write(claude, "s2.jsonl", lines(response(session="s2")))
    imported(home, claude)
    write(claude, "s1.jsonl", lines(response(session="s1")))
    imported(home, claude)
    assert [row[18] for row in facts(home)] == ["s1"]


def test_a_fork_of_codex_counts_what_is_its_own_whichever_file_comes_first(home: Home, tmp_path: Path) -> None:
    parent, child = "019b0000-0000-7000-8000-000000000001", "019b0000-0000-7000-8000-000000000002"
    before = [(100, 10), (250, 30)]
    rollout(tmp_path / "codex", child, [*before, (400, 70)], parent=parent, day="16")
    imported(home, codex=tmp_path / "codex")
    assert totals(home) == (3, 70)
    rollout(tmp_path / "codex", parent, before)
    imported(home, codex=tmp_path / "codex")
    assert totals(home) == (3, 70)
    assert sorted((row[18], row[11]) for row in facts(home)) == [(parent, 10), (parent, 20), (child, 40)]


@pytest.mark.parametrize("order", [(2, 3, 4), (4, 3, 2), (3, 2, 4)])
def test_forks_of_a_parent_that_is_not_there_count_what_they_share_once(
    home: Home, tmp_path: Path, order: tuple[int, ...]
) -> None:
    threads = {number: f"019b0000-0000-7000-8000-00000000000{number}" for number in range(1, 5)}
    shared = [(100, 10), (250, 30)]
    for number in order:
        own = [(300 + number, 30 + number)]
        rollout(tmp_path / "codex", threads[number], [*shared, *own], parent=threads[1], day=f"1{number}")
        imported(home, codex=tmp_path / "codex")
    assert totals(home) == (5, 30 + 2 + 3 + 4)
    assert {(row[18], row[11]) for row in facts(home)} == {
        *((threads[2], output) for output in (10, 20, 2)),
        *((threads[number], number) for number in (3, 4)),
    }
    rollout(tmp_path / "codex", threads[1], shared)
    imported(home, codex=tmp_path / "codex")
    assert totals(home) == (5, 30 + 2 + 3 + 4)
    assert {row[18] for row in facts(home) if row[11] in {10, 20}} == {threads[1]}


@pytest.mark.parametrize("first", [1, 3])
def test_a_fork_of_a_fork_that_is_not_there_counts_what_is_its_own(home: Home, tmp_path: Path, first: int) -> None:
    oldest, missing, youngest = (f"019b0000-0000-7000-8000-00000000000{number}" for number in (1, 2, 3))
    shared = [(100, 10), (250, 30)]
    for number in (first, 4 - first):
        if number == 1:
            rollout(tmp_path / "codex", oldest, [*shared, (300, 31)])
        else:
            rollout(tmp_path / "codex", youngest, [*shared, (500, 90)], parent=missing, day="16")
        imported(home, codex=tmp_path / "codex")
    assert totals(home) == (4, 91)


def test_a_file_that_was_written_anew_in_place_is_read_anew(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    path.write_bytes(lines({"type": "user", "text": "." * 2_000}, B, C))
    assert imported(home, claude).taken == 2
    assert totals(home) == (3, 70)
    with path.open("ab") as file:
        file.write(lines(response("msg_01dddddddddddddddddddd", 1, rid="req_4")))
    assert imported(home, claude).read == 1
    assert totals(home) == (4, 71)


def test_an_archived_rollout_is_the_same_rollout(home: Home, tmp_path: Path) -> None:
    path = rollout(tmp_path / "codex", "019b0000-0000-7000-8000-000000000001", [(100, 10), (250, 30)])
    imported(home, codex=tmp_path / "codex")
    archived = tmp_path / "codex" / "archived_sessions" / path.name
    archived.parent.mkdir()
    archived.write_bytes(path.read_bytes())
    imported(home, codex=tmp_path / "codex")
    assert totals(home) == (2, 30)
    path.unlink()
    imported(home, codex=tmp_path / "codex")
    assert totals(home) == (2, 30)


def test_rows_that_cannot_count_are_in_the_report(home: Home, claude: Path) -> None:
    bad = b'{"type":"assistant","message":{"usage":{"input_tokens":\n'
    huge = lines(A).replace(b'"output_tokens": 10', b'"output_tokens": 1e400')
    write(claude, "s1.jsonl", bad + huge + lines(B))
    report = imported(home, claude)
    assert (report.read, report.taken, report.skipped) == (3, 1, 2)
    assert [off for off, _ in rows(home, "select off, why from skip order by off")] == [0, len(bad)]
    with Store.open(home) as store:
        told = store.read(importing.report)
    assert [(skip["path"].rpartition("/")[2], skip["line"]) for skip in told["skips"]] == [
        ("s1.jsonl", 1),
        ("s1.jsonl", 2),
    ]
    assert told["report"]["skipped"] == 2


def test_a_model_without_a_price_is_counted_and_named(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(response(model="'; drop table sampling")))
    assert imported(home, claude).unpriced == 1
    assert rows(home, "select model, p_in from price") == [("'; drop table sampling", None)]


def test_a_folder_with_no_transcripts_is_an_import_of_nothing(home: Home, tmp_path: Path) -> None:
    report = imported(home, tmp_path / "nowhere")
    assert (report.files, report.taken) == (0, 0)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_may_not_be_read_is_reported_and_tried_again(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A))
    path.chmod(0)
    for _ in range(2):
        report = imported(home, claude)
        assert [place for place, _ in report.unreadable] == [str(path)]
    path.chmod(0o600)
    assert imported(home, claude).taken == 1


def test_a_directory_named_as_a_transcript_and_a_link_to_itself_do_no_harm(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A))
    (claude / "projects" / "-home-u-proj" / "x.jsonl").mkdir()
    (claude / "projects" / "loop").symlink_to(claude / "projects")
    imported(home, claude)
    assert totals(home) == (1, 10)


def test_an_import_tells_how_far_it_is_within_a_large_file_and_can_be_cancelled_there(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A) + b'{"text": "%s"}\n' % (b"." * 1_000_000) * 60)
    told: list[int] = []

    def note(now: Progress) -> None:
        told.append(now.done_bytes)

    with Store.open(home) as store:
        with pytest.raises(Refused, match="cancelled"):
            refresh(store, options(claude), progress=note, cancelled=lambda: len(told) > 4)
        assert store.version() == 0
        assert [after - before for before, after in pairwise(told)] == pytest.approx([8 << 20] * 4, rel=0.2)
        assert refresh(store, options(claude)).taken == 1


def test_a_cancelled_import_leaves_nothing(home: Home, claude: Path) -> None:
    for number in range(20):
        write(claude, f"s{number}.jsonl", lines(response(f"msg_01{number:022}", session=f"s{number}")))
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 7

    with Store.open(home) as store:
        with pytest.raises(Refused, match="cancelled"):
            refresh(store, options(claude), cancelled=cancelled)
        assert store.version() == 0
    assert rows(home, "select 1 from file") == []
    assert imported(home, claude).taken == 20


def test_an_interrupt_leaves_nothing(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A))

    def interrupt(now: Progress) -> None:
        if now.files:
            raise KeyboardInterrupt

    with Store.open(home) as store:
        with pytest.raises(KeyboardInterrupt):
            refresh(store, options(claude), progress=interrupt)
        assert store.version() == 0
    assert imported(home, claude).taken == 1


def test_progress_goes_from_nothing_to_all_of_it(home: Home, claude: Path) -> None:
    size = sum(write(claude, f"s{n}.jsonl", lines(response(f"msg_01{n:022}"))).stat().st_size for n in range(3))
    seen: list[Progress] = []
    with Store.open(home) as store:
        refresh(store, options(claude), progress=seen.append)
    assert [now.done_bytes for now in seen] == sorted(now.done_bytes for now in seen)
    assert seen[-1] == Progress("idle", size, size, 3)


def test_an_import_beside_another_waits_for_it_and_then_finds_nothing_to_do(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A))
    waiting, held = threading.Event(), threading.Event()

    def hold(now: Progress) -> None:
        if now.state == "importing" and not held.is_set():
            held.set()
            assert waiting.wait(60)

    def wait(now: Progress) -> None:
        if now.state == "waiting":
            waiting.set()

    with Store.open(home) as store:
        thread = threading.Thread(target=refresh, args=(store, options(claude)), kwargs={"progress": hold})
        thread.start()
        assert held.wait(60)
        report = refresh(store, options(claude), progress=wait)
        thread.join()
    assert (report.files, report.taken) == (0, 0)
    assert totals(home) == (1, 10)


def test_two_processes_import_what_one_does(home: Home, claude: Path, tmp_path: Path) -> None:
    for number in range(60):
        mids = [f"msg_01{number:010}{each:010}" for each in range(number + 1)]
        write(claude, f"s{number}.jsonl", lines(*(response(mid, number + 1, session=f"s{number}") for mid in mids)))
    imported(home, claude, processes=1)
    for fork in (True, False):
        other = Home(tmp_path / f"home-{fork}")
        assert imported(other, claude, fork=fork, shared_bytes=0).taken == 60 * 61 // 2
        assert facts(other) == facts(home)
        assert sums(other) == sums(home)


def test_a_kept_zone_moves_with_every_import(home: Home, claude: Path) -> None:
    path = write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    with Store.open(home) as store:
        store.ensure_zone("Pacific/Auckland")
        store.ensure_zone("Pacific/Auckland")
    with path.open("ab") as file:
        file.write(lines(response("msg_01eeeeeeeeeeeeeeeeeeee", 5, at="2026-01-15T11:30:00.000Z")))
    imported(home, claude)
    assert [(row[1], row[4], row[6]) for row in rows(home, "select * from day where zone like 'P%'")] == [
        ("2026-01-15", 1, 10),
        ("2026-01-16", 1, 5),
    ]


def test_nothing_new_imports_no_decoder(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A))
    imported(home, claude)
    code = """
import sys
from pathlib import Path
from workbench.paths import Home
from workbench.usage.importer import Options, refresh
from workbench.usage.store import Store
with Store.open(Home(Path(sys.argv[1]))) as store:
    assert refresh(store, Options(roots={"claude": [Path(sys.argv[2])]})).files == 0
heavy = {"msgspec", "click", "pydantic", "duckdb", "genai_prices", "pandas", "asyncio"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", code, str(home.root), str(claude)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_new_prices_change_what_things_cost_and_not_what_was_used(home: Home, claude: Path) -> None:
    write(claude, "s1.jsonl", lines(A, response("msg_01ffffffffffffffffffff", 7, model="house-model")))
    imported(home, claude)
    before = facts(home)
    overrides = {"house-model": {"input": "1", "output": "2"}, SONNET: {"input": "30", "output": "150"}}
    report = imported(home, claude, overrides=overrides)
    assert report.files == 0
    after = {row[5]: row for row in facts(home)}
    assert after["house-model"][7:9] == ("", 1_000_000)
    assert after[SONNET][8] == 30_000_000
    assert [row[10:18] for row in facts(home)] == [row[10:18] for row in before]
    imported(home, claude)
    assert facts(home) == before
    assert json.loads(get_meta(home, "report"))["files"] == 0


def get_meta(home: Home, key: str) -> str:
    with Store.open(home) as store:
        return store.read(lambda connection: get(connection, key))


def test_what_a_rollout_says_of_limits_is_kept(home: Home) -> None:
    imported(home, codex=CASES / "51-codex-basic" / "codex")
    limits = rows(home, "select provider, window, used, resets_at from limit_seen order by window")
    assert [(provider, window, used) for provider, window, used, _ in limits] == [
        ("openai", 300, 12.0),
        ("openai", 10080, 3.0),
    ]
