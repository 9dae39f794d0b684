"""Sums, lists and groups over the recorded runs: they agree with each other, and with a sum done by hand."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, TypeVar

import apsw
import pytest

from workbench.errors import InvalidRequest
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import recorded, runs
from workbench.usage.runs import Filter

T = TypeVar("T")
HOUR = 3_600_000
TOKENS = ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens")


class Book:
    """A ledger that is filled by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.count = 0

    def add(self, **fields: Any) -> str:
        self.count += 1
        run = fields.pop("run", f"r{self.count:03}")
        started = fields.pop("started", self.count * HOUR)
        known = {"model": "claude-opus-5", "provider": "claude", "session": "s", "ended": started + 1000}
        known |= {"output_tokens": 1, "cost": Decimal("0.01")}
        self.database.write(lambda c: recorded.record(c, run=run, started=started, **{**known, **fields}))
        return run

    def ask(self, report: Callable[..., T], *values: Any, **fields: Any) -> T:
        return self.database.read(lambda connection: report(connection, *values, **fields))


@pytest.fixture
def book(home: Home) -> Iterator[Book]:
    with Database.open(home.database) as opened:
        yield Book(opened)


def test_an_empty_ledger_sums_to_nothing_and_knows_no_price(book: Book) -> None:
    assert book.ask(runs.summary) == {
        "runs": 0,
        "sessions": 0,
        "input_tokens": 0,
        "output_tokens": 0,
        "cache_creation_tokens": 0,
        "cache_read_tokens": 0,
        "total_cost": None,
        "average_cost": None,
        "replayed_cost": None,
        "unpriced": [],
    }
    for report in (runs.recent_runs, runs.recent_sessions, runs.by_step, runs.by_model):
        assert book.ask(report) == []


def test_a_summary_is_exact(book: Book) -> None:
    for _ in range(10):
        book.add(cost=Decimal("0.1"), input_tokens=3, cache_read_tokens=2, cache_creation_tokens=1)
    book.add(session="another", cost=Decimal("0.000000000001"))
    summary = book.ask(runs.summary)
    assert summary["total_cost"] == Decimal("1.000000000001")
    assert summary["average_cost"] == round(Decimal("1.000000000001") / 11, 12)
    assert (summary["runs"], summary["sessions"]) == (11, 2)
    assert [summary[name] for name in TOKENS] == [30, 11, 10, 20]


def test_a_model_without_a_price_is_named_and_not_counted_as_zero(book: Book) -> None:
    book.add(cost=Decimal(1))
    book.add(model="mystery", cost=None)
    book.add(model="silent", cost=None, output_tokens=0)
    summary = book.ask(runs.summary)
    assert (summary["total_cost"], summary["average_cost"], summary["unpriced"]) == (1, 1, ["mystery"])
    assert [row["total_cost"] for row in book.ask(runs.by_model)] == [1, None, None]


def test_a_run_with_two_models_is_one_run(book: Book) -> None:
    book.add(run="r", started=5, duration_ms=700, turns=2)
    book.add(run="r", started=5, model="claude-haiku-5", output_tokens=4)
    [run] = book.ask(runs.recent_runs)
    assert (run["run"], run["models"], run["output_tokens"]) == ("r", ["claude-haiku-5", "claude-opus-5"], 5)
    assert (run["total_cost"], run["duration_ms"], run["turns"]) == (Decimal("0.02"), 700, 2)
    assert (run["started"], run["source"], run["replay"]) == ("1970-01-01T00:00:00.005Z", "recorded", False)
    assert book.ask(runs.summary)["runs"] == 1


def test_runs_and_sessions_come_newest_first_and_page_by_page(book: Book) -> None:
    for number in range(25):
        book.add(session=f"s{number // 5}", started=HOUR * (number // 2))
    for report, key, total in ((runs.recent_runs, "run", 25), (runs.recent_sessions, "session", 5)):
        whole = [row[key] for row in book.ask(report, limit=100)]
        assert len(whole) == total
        paged: list[str] = []
        before = None
        while page := book.ask(report, limit=2, before=before):
            paged += [row[key] for row in page]
            before = page[-1]["position"]
        assert paged == whole
    assert book.ask(runs.recent_runs, limit=1)[0]["run"] == "r025"


def test_a_session_is_told_with_its_steps_and_models(book: Book) -> None:
    book.add(step="draft", workflow="verse", skill="poet", duration_ms=100)
    book.add(step="review", workflow="verse", skill="poet", duration_ms=200, model="claude-haiku-5")
    book.add(session="another")
    _, session = book.ask(runs.recent_sessions)
    assert (session["session"], session["runs"], session["duration_ms"]) == ("s", 2, 300)
    assert (session["steps"], session["models"]) == (["draft", "review"], ["claude-haiku-5", "claude-opus-5"])
    assert [run["run"] for run in book.ask(runs.session_runs, "s")] == ["r002", "r001"]


def test_the_runs_of_a_step_are_those_of_its_workflow(book: Book) -> None:
    book.add(step="draft", workflow="verse")
    book.add(step="draft", workflow="prose")
    book.add(step="review", workflow="verse")
    assert [run["run"] for run in book.ask(runs.step_runs, "draft")] == ["r002", "r001"]
    assert [run["run"] for run in book.ask(runs.step_runs, "draft", workflow="verse")] == ["r001"]


def test_groups_come_dearest_first(book: Book) -> None:
    for step, cost in (("a", "0.1"), ("b", "0.3"), (None, "0.2")):
        book.add(step=step, cost=Decimal(cost))
    assert [row["step"] for row in book.ask(runs.by_step)] == ["b", None, "a"]
    book.add(model="gpt-6", cost=Decimal(7))
    assert [(row["model"], row["family"]) for row in book.ask(runs.by_model)] == [
        ("gpt-6", "gpt-6"),
        ("claude-opus-5", "opus"),
    ]


def test_a_step_is_known_by_its_workflow_and_counts_its_gate_and_its_repairs(book: Book) -> None:
    for workflow, purpose in (("verse", "step"), ("verse", "gate"), ("verse", "repair"), ("prose", None)):
        book.add(workflow=workflow, step="draft", purpose=purpose)
    rows = book.ask(runs.by_step)
    assert [(row["workflow"], row["step"], row["runs"], row["purposes"]) for row in rows] == [
        ("verse", "draft", 3, ["gate", "repair", "step"]),
        ("prose", "draft", 1, []),
    ]
    assert {run["run"]: run["purpose"] for run in book.ask(runs.step_runs, "draft", workflow="verse")} == {
        "r001": "step",
        "r002": "gate",
        "r003": "repair",
    }


def test_what_was_replayed_is_said_beside_the_sum(book: Book) -> None:
    book.add(step="draft", workflow="verse", cost=Decimal("0.25"))
    book.add(step="draft", workflow="verse", provider="replay", replay=True, cost=Decimal("0.5"))
    book.add(step="review", workflow="verse", cost=Decimal("0.1"))
    rows = {row["step"]: row for row in book.ask(runs.by_step)}
    assert (rows["draft"]["total_cost"], rows["draft"]["replayed_cost"]) == (Decimal("0.75"), Decimal("0.5"))
    assert (rows["draft"]["replayed"], rows["review"]["replayed"], rows["review"]["replayed_cost"]) == (
        True,
        False,
        None,
    )
    assert book.ask(runs.summary)["replayed_cost"] == Decimal("0.5")


@pytest.mark.parametrize("which", [Filter(), Filter(since=20 * HOUR), Filter(skill="a"), Filter(hide_cancelled=True)])
def test_every_grouping_adds_up_to_the_summary(book: Book, which: Filter) -> None:
    chance = random.Random(1)
    for _ in range(60):
        cost = chance.choice([None, Decimal(chance.randrange(10**10)) / 10**12])
        book.add(
            session=chance.choice("xyz"),
            skill=chance.choice(["a", "b", None]),
            step=chance.choice(["one", "two", None]),
            model=chance.choice(["opus", "haiku", "other"]),
            status=chance.choice(["completed", "aborted", "interrupted", "error"]),
            output_tokens=chance.choice([0, 5]),
            cost=cost,
        )
    summary = book.ask(runs.summary, which)
    for report in (runs.by_model, runs.by_step, runs.recent_runs, runs.recent_sessions):
        rows = book.ask(report, which, **({"limit": 1000} if report.__name__.startswith("recent") else {}))
        for name in TOKENS:
            assert sum(row[name] for row in rows) == summary[name]
        assert sum(row["total_cost"] or 0 for row in rows) == summary["total_cost"]
        assert sorted({model for row in rows for model in row["unpriced"]}) == summary["unpriced"]
    assert len(book.ask(runs.recent_runs, which, limit=1000)) == summary["runs"]
    sessions = book.ask(runs.of_sessions, ["x", "y", "nobody"])
    assert set(sessions) == {"x", "y"}


def test_a_cancelled_run_is_one_that_was_stopped_before_it_used_anything(book: Book) -> None:
    cases = [("aborted", 0), ("interrupted", 0), ("aborted", 1), ("error", 0), ("completed", 0)]
    for status, output in cases:
        book.add(status=status, output_tokens=output, session=f"{status}{output}", cost=None)
    shown = {run["session"] for run in book.ask(runs.recent_runs, Filter(hide_cancelled=True))}
    assert shown == {"aborted1", "error0", "completed0"}
    assert shown == {row["session"] for row in book.ask(runs.recent_sessions, Filter(hide_cancelled=True))}


def test_a_reset_hides_what_was_counted_and_deletes_nothing(book: Book) -> None:
    book.add(skill="poet", started=1000)
    book.add(skill="cook", started=2000)
    assert book.database.write(lambda c: recorded.reset(c, "m1", now_ms=10_000, skill="poet")) == 1
    assert [run["skill"] for run in book.ask(runs.recent_runs)] == ["cook"]
    assert book.database.write(lambda c: recorded.reset(c, "m2", now_ms=10_000)) == 1
    assert book.ask(runs.summary)["runs"] == 0
    book.add(skill="poet", started=20_000)
    assert book.ask(runs.summary)["runs"] == 1
    kept = book.database.read(lambda c: c.execute("select reset_marker from agent_runs order by run").fetchall())
    assert kept == [("m1",), ("m2",), (None,)]


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"output_tokens": -1}, "output_tokens"),
        ({"input_tokens": 10**40}, "input_tokens"),
        ({"cost": Decimal(-1)}, "cost"),
        ({"cost": Decimal(10**9)}, "cost"),
        ({"status": "fine"}, "status"),
        ({"ended": 0}, "ended"),
    ],
)
def test_a_run_with_impossible_numbers_is_refused(book: Book, fields: dict[str, Any], path: str) -> None:
    with pytest.raises(InvalidRequest, match="cannot be recorded") as refused:
        book.add(**fields)
    assert [problem["path"] for problem in refused.value.facts["problems"]] == [path]
    assert book.ask(runs.summary)["runs"] == 0


def test_a_run_of_ours_cannot_be_recorded_over(book: Book) -> None:
    run = book.add()
    book.add(run=run, output_tokens=7)
    assert book.ask(runs.summary)["output_tokens"] == 7
    book.database.write(ours)
    with pytest.raises(InvalidRequest, match="is a run of ours"):
        book.add(run=run)


def ours(connection: apsw.Connection) -> None:
    connection.execute("update agent_runs set source = 'ledger'")


def test_runs_that_are_counted_in_another_session_are_one_session_in_every_account(book: Book) -> None:
    for session in ("head", "second", "third"):
        run = book.add(session=session)
        book.database.write(
            lambda c, run=run, session=session: c.execute(
                "update agent_runs set counted_in = ? where run = ?", (None if session == "head" else "head", run)
            ).fetchall()
        )
    assert book.ask(runs.summary)["sessions"] == 1
    (row,) = book.ask(runs.recent_sessions)
    assert (row["session"], row["runs"], row["total_cost"]) == ("head", 3, Decimal("0.03"))
    assert [run["session"] for run in book.ask(runs.session_runs, "head")] == ["third", "second", "head"]
    assert book.ask(runs.recent_sessions, before=row["position"]) == []
