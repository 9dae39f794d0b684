"""What transcripts told, through the commands: imports by themselves, money as text, pages that join up."""

from __future__ import annotations

import asyncio
import itertools
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.paths import Home
from workbench.usage import refresher
from workbench.usage.importer import Report

HOUR_MS = 3_600_000


@pytest.fixture(autouse=True)
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person of whom only this folder of Claude Code's is known."""
    folder = tmp_path / "person" / ".claude" / "projects" / "-home-u-proj"
    folder.mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    for name in (
        "CLAUDE_CONFIG_DIR",
        "CODEX_HOME",
        "OPENCODE_DATA_DIR",
        "GEMINI_DATA_DIR",
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
    ):
        monkeypatch.delenv(name, raising=False)
    return folder


@pytest.fixture
def bench(home: Home) -> Iterator[Workbench]:
    with Workbench.open(home) as opened:
        yield opened


def say(folder: Path, number: int, session: str = "s1", **more: Any) -> None:
    """A response in a transcript."""
    used = {"input_tokens": 1000, "output_tokens": 100, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}
    model = more.pop("model", "claude-opus-4-5-20251101")
    at = more.pop("at", f"2026-11-{number:02}T10:00:00.000Z")
    message = {"id": f"msg_{number:024}", "role": "assistant", "model": model, "usage": {**used, **more}}
    told = {"type": "assistant", "timestamp": at, "sessionId": session, "requestId": f"r{number}", "message": message}
    with (folder / f"{session}.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n")


def test_a_report_counts_what_was_written_just_before(bench: Workbench, person: Path) -> None:
    assert bench.call("usage.daily")["rows"] == []
    say(person, 1)
    assert bench.call("usage.daily", refresh=False)["rows"] == []
    report = bench.call("usage.daily", timezone="UTC")
    (day,) = report["rows"]
    assert (day["key"], day["input_tokens"], day["total_cost"], day["models"]) == (
        "2026-11-01", 1000, "0.0075", ["claude-opus-4-5-20251101"],
    )  # fmt: skip
    assert report["totals"]["total_cost"] == "0.0075"
    assert "API-equivalent" in report["note"]


@pytest.mark.parametrize(
    "name",
    [
        "usage.daily",
        "usage.weekly",
        "usage.monthly",
        "usage.models",
        "usage.by_project",
        "usage.by_skill",
        "usage.by_agent",
    ],
)
def test_every_report_adds_up_to_the_same_totals(bench: Workbench, person: Path, name: str) -> None:
    for number in range(1, 10):
        say(person, number, f"s{number % 3}", model="claude-haiku-4-5-20251001" if number % 2 else "mystery-1")
    report = bench.call(name, timezone="Europe/Berlin", until="2026-11-08")
    assert sum(row["input_tokens"] for row in report["rows"]) == report["totals"]["input_tokens"] == 8000
    assert sum(Decimal(row["total_cost"] or 0) for row in report["rows"]) == Decimal(report["totals"]["total_cost"])
    assert report["unpriced"] == ["mystery-1"]
    assert bench.call("usage.sessions", until="2026-11-08")["totals"] == report["totals"]


def test_a_week_begins_on_the_day_that_is_asked_for(bench: Workbench, person: Path) -> None:
    say(person, 4)  # a Wednesday
    for start, key in (("sunday", "2026-11-01"), ("monday", "2026-11-02"), ("wednesday", "2026-11-04")):
        report = bench.call("usage.weekly", timezone="UTC", start_of_week=start)
        assert [row["key"] for row in report["rows"]] == [key]


def test_pages_of_sessions_and_samplings_join_up(bench: Workbench, person: Path) -> None:
    for number in range(1, 8):
        say(person, number, f"s{number}" if number < 5 else "long")
    assert pages(bench, "usage.sessions", "rows", "session") == ["long", "s4", "s3", "s2", "s1"]
    ids = pages(bench, "usage.session_samplings", "samplings", "id", session="long")
    assert len(set(ids)) == 3
    with pytest.raises(InvalidRequest, match="This cursor"):
        bench.call("usage.sessions", cursor="nonsense")
    with pytest.raises(NotFound, match="No transcript tells of a session 'nobody'"):
        bench.call("usage.session_samplings", session="nobody")


def pages(bench: Workbench, name: str, key: str, column: str, **more: Any) -> list[Any]:
    seen, cursor = [], None
    while True:
        page = bench.call(name, limit=2, cursor=cursor, **more)
        seen += [row[column] for row in page[key]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen


def test_a_sampling_is_explained_down_to_its_line(bench: Workbench, person: Path) -> None:
    say(person, 1)
    say(person, 2, cache_read_input_tokens=10_000)
    first, second = bench.call("usage.session_samplings", session="s1")["samplings"]
    found = bench.call("usage.explain", sampling=second["id"])
    assert {factor["name"]: (factor["tokens"], factor["amount"]) for factor in found["factors"]} == {
        "input": (1000, "0.005"), "output": (100, "0.0025"), "cache read": (10_000, "0.005"),
    }  # fmt: skip
    assert sum(Decimal(factor["amount"]) for factor in found["factors"]) == Decimal(found["computed"])
    assert found["source"]["off"] == len((person / "s1.jsonl").read_bytes().splitlines(keepends=True)[0])
    assert (first["cost"], found["counts"], len(found["candidates"])) == ("0.0075", True, 1)
    with pytest.raises(NotFound, match="There is no sampling 999"):
        bench.call("usage.explain", sampling=999)


def test_the_running_block_has_a_projection_that_is_called_an_estimate(bench: Workbench, person: Path) -> None:
    from workbench.clock import iso

    now = bench.clock.now_ms()
    start = now - now % HOUR_MS
    say(person, 1, at=iso(start))
    say(person, 2, at=iso(start + 10 * 60_000))
    report = bench.call("usage.blocks")
    (block,) = report["blocks"]
    assert (block["active"], block["gap"], block["start"]) == (True, False, iso(start))
    assert block["burn_rate"]["tokens_per_minute"] == 220
    left = (start + 5 * HOUR_MS - bench.clock.now_ms()) / 60_000
    assert abs(block["projection"]["remaining_minutes"] - left) <= 1
    assert "estimate" in report["note"]


def test_budgets_say_when_they_are_near_and_over(
    bench: Workbench, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.clock import iso

    now = bench.clock.now_ms()
    monkeypatch.setattr(bench.clock, "now_ms", lambda: now)  # it stays the same day
    say(person, 1, at=iso(now))
    levels = {}
    for limit in ("0.0075", "0.009375", "0.01", "0"):
        bench.call("settings.save", changes={"budget_daily": limit, "budget_monthly": "100"})
        day, month = bench.call("usage.budgets")["budgets"]
        levels[limit] = day["level"]
        assert (day["period"], day["spent"], day["limit"]) == ("day", "0.0075", limit)
        assert (month["level"], month["share"]) == ("none", 0.000075)
    assert levels == {"0.0075": "over", "0.009375": "near", "0.01": "none", "0": "over"}
    bench.call("settings.save", changes={"budget_daily": None})
    assert bench.call("usage.budgets")["budgets"][0]["limit"] is None
    for wrong in ("-1", "a lot", "1e3", 5):
        with pytest.raises(InvalidRequest):
            bench.call("settings.save", changes={"budget_daily": wrong})


def test_an_import_says_what_it_did_and_its_report_what_it_could_not(bench: Workbench, person: Path) -> None:
    say(person, 1)
    say(person, 2, input_tokens="12")
    done = bench.call("usage.import")
    assert (done["files"], done["read"], done["taken"], done["skipped"]) == (1, 2, 1, 1)
    assert bench.call("usage.import")["files"] == 0
    report = bench.call("usage.import_report")
    assert report["report"]["taken"] == 1
    assert [(Path(row["path"]).name, row["line"]) for row in report["skips"]] == [("s1.jsonl", 2)]


async def test_all_who_ask_at_once_share_one_import_that_began_after_them(
    bench: Workbench, person: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(person, 1)
    ask, import_ = bench.refresher.refresh, refresher.refresh
    asked, all_have_asked = itertools.count(1), threading.Event()

    def counted() -> Future[Report]:
        answer = ask()
        if next(asked) == 20:
            all_have_asked.set()
        return answer

    def held(*args: Any, **more: Any) -> Report:
        """However long a machine holds up the last one who asks, the first import is still under way."""
        assert all_have_asked.wait(60)
        return import_(*args, **more)

    monkeypatch.setattr(bench.refresher, "refresh", counted)
    monkeypatch.setattr(refresher, "refresh", held)
    reports = await asyncio.gather(*(bench.refresh() for _ in range(20)))
    assert sum(report.taken for report in {id(report): report for report in reports}.values()) == 1
    assert len({id(report) for report in reports}) <= 2  # one if all had asked before it began


async def test_one_who_stops_waiting_takes_nothing_from_the_others(bench: Workbench, person: Path) -> None:
    say(person, 1)
    waiting = [asyncio.create_task(bench.refresh()) for _ in range(5)]
    await asyncio.sleep(0)
    waiting[0].cancel()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(results[0], asyncio.CancelledError)
    assert not any(isinstance(result, BaseException) for result in results[1:])
    assert (await bench.acall("usage.daily"))["totals"]["samplings"] == 1


def test_a_bench_that_was_closed_imports_nothing(home: Home) -> None:
    bench = Workbench.open(home)
    refresher = bench.refresher
    bench.call("usage.import")
    bench.close()
    with pytest.raises(Refused, match="being closed"):
        refresher.refresh()


@pytest.mark.parametrize("chart", ["daily", "weekly", "monthly", "heatmap", "skills", "projects", "models", "blocks"])
def test_a_chart_is_a_specification_with_its_data(bench: Workbench, person: Path, chart: str) -> None:
    say(person, 1)
    reply = bench.call("usage.chart", chart=chart, timezone="UTC")
    assert "vega-lite/v5" in reply["spec"]["$schema"]
    assert reply["note"]


@pytest.mark.parametrize(
    ("name", "params", "words"),
    [
        ("usage.daily", {"timezone": "Mars/Olympus"}, "'Mars/Olympus' is not a time zone."),
        ("usage.daily", {"since": "2026-13-01"}, "'2026-13-01' is not a day."),
        ("usage.sessions", {"since": "2026-11-02", "until": "2026-11-01"}, "The range ends"),
        ("usage.blocks", {"mode": "guess"}, "mode"),
        ("usage.weekly", {"start_of_week": "someday"}, "start_of_week"),
        ("usage.chart", {"chart": "pie"}, "pie"),
        ("usage.budgets", {"timezone": "nowhere"}, "'nowhere' is not a time zone."),
    ],
)
def test_what_cannot_be_asked_is_one_sentence(bench: Workbench, name: str, params: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        bench.call(name, params)
    assert words in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("field", ["model", "project", "skill", "provider"])
def test_a_name_that_is_sql_is_a_name(bench: Workbench, person: Path, field: str) -> None:
    name = "'; drop table sampling; --"
    say(person, 1, model=name)
    report = bench.call("usage.daily", {field: name})
    assert report["totals"]["samplings"] == (1 if field == "model" else 0)
    assert bench.call("usage.daily")["unpriced"] == [name]
