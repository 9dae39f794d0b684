"""Our own runs among the facts: counted once, also when their vendor's transcript is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from transcripts import SONNET, facts, imported, lines, response, rollout, totals, write

from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import reconcile, table
from workbench.usage.store import Store

AT = 1_768_471_200_000
"""2026-01-15T10:00:00Z, when `response` was made."""


@pytest.fixture
def ledger(home: Home) -> Iterator[Database]:
    with Database.open(home.database, backups=home.backups) as database:
        yield database


def session(ledger: Database, key: str = "ours", provider_session: str | None = "s1") -> None:
    ledger.write(
        lambda connection: connection.execute(
            "insert into sessions (id, provider, cwd, created, updated, provider_session) values (?, 'claude', ?, 1, 1, ?)",
            (key, "/home/u/proj", provider_session),
        )
    )


def run(ledger: Database, key: str = "r1", **what: Any) -> None:
    plain: dict[str, Any] = {
        "run": key, "model": SONNET, "session": "ours", "provider": "claude", "skill": "pdf", "step": "draft",
        "workflow": "write", "status": "completed", "started": AT - 5_000, "ended": AT + 5_000,
        "input_tokens": 3, "output_tokens": 12, "cache_read_tokens": 500, "cache_creation_tokens": 40, "cost": 777,
    }  # fmt: skip
    ledger.write(lambda connection: table.put(connection, table.Row(**plain | what)))


def query(home: Home, text: str) -> list[Any]:
    with Store.open(home) as store:
        found: list[Any] = store.read(lambda connection: connection.execute(text).fetchall())
        return found


def test_a_run_without_a_transcript_counts_by_the_ledger(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger)
    run(ledger)
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 12)
    (fact,) = facts(home)
    assert fact[17] == 777
    assert fact[18:20] == ("s1", "-home-u-proj")
    assert fact[-4:] == ("-home-u-proj", "pdf", None, "draft")


def test_a_run_with_a_transcript_counts_once_and_the_difference_is_shown(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    session(ledger)
    run(ledger)
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 10)
    (fact,) = facts(home)
    assert fact[2] == "message"
    assert fact[-3:] == ("pdf", None, "draft")
    assert query(home, "select covered from run") == [(1,)]
    with Store.open(home) as store:
        (told,) = store.read(reconcile.differences)
    assert (told["run"], told["ledger"]["output_tokens"], told["transcript"]["output_tokens"]) == ("r1", 12, 10)
    assert told["difference"]["output_tokens"] == -2
    assert told["difference"]["input_tokens"] == 0


@pytest.mark.parametrize("first", ["ledger", "transcript"])
def test_which_of_the_two_comes_first_is_no_matter(first: str, home: Home, ledger: Database, tmp_path: Path) -> None:
    def told_by_ledger() -> None:
        session(ledger)
        run(ledger)

    def told_by_transcript() -> None:
        write(tmp_path, "s1.jsonl", lines(response(output=10), response("msg_01late0000000000000000", 5, rid="r9",
            at="2026-01-15T12:00:00.000Z")))  # fmt: skip

    steps = [told_by_ledger, told_by_transcript]
    for step in steps if first == "ledger" else steps[::-1]:
        step()
        imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (2, 15)
    assert sorted((fact[11], fact[-1]) for fact in facts(home)) == [(5, None), (10, "draft")]


def test_a_run_of_another_model_or_time_or_session_is_not_covered(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger)
    session(ledger, "other", "s7")
    run(ledger, "r1", model="claude-opus-4-5-20251101")
    run(ledger, "r2", started=AT + 60_000, ended=AT + 90_000)
    run(ledger, "r3", session="other")
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    imported(home, tmp_path, ledger=home.database)
    assert query(home, "select covered from run") == [(0,), (0,), (0,)]
    assert totals(home) == (4, 46)


def test_samplings_of_two_runs_go_to_the_run_in_whose_time_they_were_made(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    session(ledger)
    run(ledger, "r1", started=AT - 9_000, ended=AT + 1_000, step="one")
    run(ledger, "r2", started=AT + 1_200, ended=AT + 9_000, step="two")
    later = response("msg_01late0000000000000000", 5, rid="r9", at="2026-01-15T10:00:01.900Z")
    write(tmp_path, "s1.jsonl", lines(response(output=10), later))
    imported(home, tmp_path, ledger=home.database)
    assert sorted((fact[11], fact[-1]) for fact in facts(home)) == [(5, "two"), (10, "one")]


def test_a_replay_has_spent_nothing_and_a_reset_hides(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger)
    run(ledger, "r1", provider="replay", replay=True)
    run(ledger, "r2")
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 12)
    ledger.write(lambda connection: table.hide(connection, "before", AT + 10_000, None))
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (0, 0)
    assert query(home, "select run, replay, hidden from run order by run") == [("r1", 1, 1), ("r2", 0, 1)]


def test_a_run_that_was_corrected_counts_as_corrected(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger)
    run(ledger)
    imported(home, tmp_path, ledger=home.database)
    run(ledger, output_tokens=99)
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 99)
    assert query(home, "select count(*) from sampling") == [(1,)]


def test_a_ledger_that_has_not_moved_is_not_read_again(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger)
    run(ledger)
    imported(home, tmp_path, ledger=home.database)
    with Store.open(home) as store:
        before = store.version()
    imported(home, tmp_path, ledger=home.database)
    with Store.open(home) as store:
        assert store.version() == before


def test_a_run_keeps_the_provider_session_that_was_known_of_it(home: Home, ledger: Database, tmp_path: Path) -> None:
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    session(ledger)
    run(ledger)
    imported(home, tmp_path, ledger=home.database)
    for now in (None, "s2"):
        with_id = (now,)
        ledger.write(
            lambda connection, bound=with_id: connection.execute("update sessions set provider_session = ?", bound)
        )
        imported(home, tmp_path, ledger=home.database)
        assert totals(home) == (1, 10)


def test_a_run_that_was_recorded_with_its_provider_session_is_found_there(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    session(ledger, provider_session=None)
    run(ledger, provider_session="s1")
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 10)


def test_sessions_that_change_places_are_noticed(home: Home, ledger: Database, tmp_path: Path) -> None:
    session(ledger, "a", "s1")
    session(ledger, "b", "s2")
    run(ledger, "r1", session="a", skill="one")
    run(ledger, "r2", session="b", skill="two")
    imported(home, tmp_path, ledger=home.database)
    run(ledger, "r1", session="a", skill="two")
    run(ledger, "r2", session="b", skill="one")
    imported(home, tmp_path, ledger=home.database)
    assert query(home, "select run, skill from run order by run") == [("r1", "two"), ("r2", "one")]


@pytest.mark.parametrize(
    "model", ["claude-sonnet-4-5", "anthropic/claude-sonnet-4-5", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"]
)
def test_a_model_that_is_spelled_otherwise_is_the_same(
    home: Home, ledger: Database, tmp_path: Path, model: str
) -> None:
    session(ledger)
    run(ledger, model=model)
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 10)


@pytest.mark.parametrize("larger", [False, True])
def test_a_run_whose_session_was_forked_counts_once(home: Home, ledger: Database, tmp_path: Path, larger: bool) -> None:
    session(ledger)
    run(ledger)
    write(tmp_path, "s1.jsonl", lines(response(output=10 + larger)))
    imported(home, tmp_path, ledger=home.database)
    write(tmp_path, "s0.jsonl", lines(response(output=10, session="s0")))
    imported(home, tmp_path, ledger=home.database)
    assert [(fact[2], fact[-1]) for fact in facts(home)] == [("message", "draft")]
    run(ledger, output_tokens=13)
    imported(home, tmp_path, ledger=home.database)
    assert [(fact[2], fact[-1]) for fact in facts(home)] == [("message", "draft")]
    fresh = Home(home.root / "fresh")
    imported(fresh, tmp_path, ledger=home.database)
    assert facts(fresh) == facts(home)


def test_a_run_at_a_time_that_no_calendar_reaches_does_not_end_the_import(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    session(ledger)
    run(ledger, "r1", ended=2**53)
    run(ledger, "r2", started=-(2**53))
    run(ledger, "r3")
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (1, 12)


def test_a_run_of_codex_is_covered_by_its_rollout(home: Home, ledger: Database, tmp_path: Path) -> None:
    thread = "019b0000-0000-7000-8000-000000000001"
    session(ledger, provider_session=thread)
    run(ledger, provider="codex", model="gpt-5.2-codex", output_tokens=30)
    rollout(tmp_path / "codex", thread, [(100, 10), (250, 30)])
    imported(home, codex=tmp_path / "codex", ledger=home.database)
    assert totals(home) == (2, 30)
    assert query(home, "select covered from run") == [(1,)]


def test_a_ledger_that_is_missing_or_damaged_does_not_fail_the_import(home: Home, tmp_path: Path) -> None:
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    (tmp_path / "broken.db").write_bytes(b"nothing of the kind")
    for ledger in (tmp_path / "none.db", tmp_path / "broken.db"):
        imported(home, tmp_path, ledger=ledger)
    assert totals(home) == (1, 10)


# -- a run that was killed --------------------------------------------------------------------------------------------

RESPONSE = {"input_tokens": 3, "output_tokens": 10, "cache_read_tokens": 500, "cache_creation_tokens": 40}
"""What `response(output=10)` has used."""


def killed(ledger: Database, responses: int, **what: Any) -> None:
    counts = {name: count * responses for name, count in RESPONSE.items()}
    run(ledger, status="interrupted", cost_basis="computed", **{**counts, **what})


def late(output: int = 10) -> Any:
    return response("msg_01late0000000000000000", output, rid="r9")


@pytest.mark.parametrize("first", ["ledger", "transcript"])
def test_of_a_killed_run_what_its_transcript_has_not_been_told_counts_beside_it(
    first: str, home: Home, ledger: Database, tmp_path: Path
) -> None:
    steps = [
        lambda: (session(ledger), killed(ledger, 3)),
        lambda: write(tmp_path, "s1.jsonl", lines(response(output=10))),
    ]
    for step in steps if first == "ledger" else steps[::-1]:
        step()
        imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (2, 30)
    assert sorted((fact[2], *fact[10:12], fact[12] + fact[13], fact[14], fact[-1]) for fact in facts(home)) == [
        ("message", 3, 10, 40, 500, "draft"), ("run", 6, 20, 80, 1000, "draft"),
    ]  # fmt: skip
    with Store.open(home) as store:
        (told,) = store.read(reconcile.differences)
    assert told["difference"]["output_tokens"] == -20
    write(tmp_path, "s1.jsonl", lines(response(output=10), late()))
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (3, 30)
    fresh = Home(home.root / "fresh")
    imported(fresh, tmp_path, ledger=home.database)
    assert facts(fresh) == facts(home)


def test_of_a_killed_run_that_its_transcript_tells_whole_nothing_counts_twice(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    session(ledger)
    killed(ledger, 2)
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    imported(home, tmp_path, ledger=home.database)
    assert totals(home) == (2, 20)
    write(tmp_path, "s1.jsonl", lines(response(output=10), late(25)))
    imported(home, tmp_path, ledger=home.database)
    assert [fact[2] for fact in facts(home)] == ["message", "message"]
    assert totals(home) == (2, 35)


def test_a_killed_run_that_turns_out_to_have_no_transcript_counts_by_the_ledger_at_its_cost(
    home: Home, ledger: Database, tmp_path: Path
) -> None:
    session(ledger)
    killed(ledger, 2)
    write(tmp_path, "s1.jsonl", lines(response(output=10)))
    imported(home, tmp_path, ledger=home.database)
    run(ledger, "r1", status="interrupted", cost_basis="computed", started=AT + 60_000, ended=AT + 90_000)
    imported(home, tmp_path, ledger=home.database)
    assert sorted((fact[2], fact[11], fact[17]) for fact in facts(home)) == [("message", 10, None), ("run", 12, 777)]
