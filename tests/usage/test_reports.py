"""Reports: whatever is asked, it is the sum of the samplings that were meant."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import facts
import pytest
from facts import DAY, HOUR, MINUTE, NOON, Fact
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import InvalidRequest, NotFound
from workbench.paths import Home
from workbench.usage import reports, sessions
from workbench.usage.store import Store
from workbench.usage.which import Which, asked, local_zone, since_last, week_of

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Havana")
MODES = ("auto", "calculate", "display")
COUNTS = ("input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "samplings")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


def ask(store: Store, report: Callable[..., Any], which: Which | None = None, *words: Any, **more: Any) -> Any:
    which = which or Which()
    store.ensure_zone(which.timezone)
    return store.read(lambda connection: report(connection, *words, which, **more))


def day_of(fact: Fact, zone: str) -> str:
    return datetime.fromtimestamp(fact.ts / 1000, ZoneInfo(zone)).date().isoformat()


def meant(all_facts: list[Fact], which: Which) -> list[Fact]:
    return [
        fact
        for fact in all_facts
        if fact.live
        and (which.since is None or day_of(fact, which.timezone) >= which.since)
        and (which.until is None or day_of(fact, which.timezone) <= which.until)
        and which.model in {None, fact.model}
        and which.provider in {None, fact.provider}
        and which.project in {None, fact.project or "(none)"}
        and which.skill in {None, fact.skill or "(none)"}
    ]


def added(some: list[Fact], mode: str) -> dict[str, Any]:
    """The bucket of these, added up one by one."""
    costs = [fact.cost(mode) for fact in some if fact.used or fact.cost(mode) is not None]
    known = [cost for cost in costs if cost is not None]
    return {
        "samplings": len(some),
        "input_tokens": sum(fact.i for fact in some),
        "output_tokens": sum(fact.o for fact in some),
        "cache_creation_tokens": sum(fact.c5 + fact.c1 for fact in some),
        "cache_read_tokens": sum(fact.cr for fact in some),
        "total_cost": Decimal(sum(known)).scaleb(-12) if known else None,
        "models": sorted({fact.model for fact in some}),
    }


def shown(bucket: dict[str, Any]) -> dict[str, Any]:
    return {name: bucket[name] for name in (*COUNTS, "total_cost", "models")}


# -- every report is the sum of what was meant ------------------------------------------------------------------------

MOMENTS = st.one_of(
    st.integers(NOON - 60 * DAY, NOON + 300 * DAY),
    # Around the hours that clocks repeat and skip: 25 October and 29 March in Europe, 1 November and 8 March elsewhere.
    st.sampled_from([1_792_890_000_000, 1_774_746_000_000, 1_793_505_600_000, 1_772_935_200_000]).flatmap(
        lambda at: st.integers(at - 3 * HOUR, at + 3 * HOUR)
    ),
)
FACTS = st.lists(
    st.builds(
        Fact,
        ts=MOMENTS,
        model=st.sampled_from([*facts.RATES]),
        provider=st.sampled_from(["anthropic", "google"]),
        session=st.sampled_from(["s1", "s2", None]),
        project=st.sampled_from(["-a", "-b", None]),
        skill=st.sampled_from(["poet", "'; drop table sampling; --", None]),
        agent=st.sampled_from(["Explore", None]),
        step=st.sampled_from(["draft", None]),
        side=st.integers(0, 1),
        live=st.sampled_from([1, 1, 1, 0]),
        i=st.integers(0, 10**7),
        o=st.integers(0, 10**6),
        c5=st.integers(0, 10**6),
        c1=st.integers(0, 10**6),
        cr=st.integers(0, 10**6),
        web=st.integers(0, 3),
        reported=st.none() | st.integers(0, 10**13),
    ),
    max_size=25,
)
WHICH = st.builds(
    Which,
    since=st.none() | st.sampled_from(["2025-12-01", "2026-03-29", "2026-10-25", "2026-11-01"]),
    until=st.none() | st.sampled_from(["2026-11-01", "2026-11-10"]),
    timezone=st.sampled_from(ZONES),
    project=st.sampled_from([None, None, "-a", "(none)"]),
    model=st.sampled_from([None, None, "opus", "mystery"]),
    provider=st.sampled_from([None, None, "google"]),
    skill=st.sampled_from([None, None, "'; drop table sampling; --"]),
    mode=st.sampled_from(MODES),
    folders=st.none(),
)
KEYS: dict[str, Callable[[Fact, str], str]] = {
    "daily": day_of,
    "weekly": lambda fact, zone: week_of(day_of(fact, zone), 6),
    "monthly": lambda fact, zone: day_of(fact, zone)[:7],
    "models": lambda fact, _: fact.model,
    "by_project": lambda fact, _: fact.project or "(none)",
    "by_skill": lambda fact, _: fact.skill or "(none)",
    "by_agent": lambda fact, _: fact.agent or "(none)",
    "by_step": lambda fact, _: fact.step or "(none)",
}


@settings(max_examples=60)
@given(some=FACTS, which=WHICH)
def test_every_report_is_the_sum_of_the_samplings_that_were_meant(some: list[Fact], which: Which) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Home(Path(folder))) as store:
        facts.write(store, some)
        wanted = meant(some, which)
        whole = added(wanted, which.mode)
        for name, key in KEYS.items():
            report = ask(store, getattr(reports, name), which)
            groups = defaultdict(list)
            for fact in wanted:
                groups[key(fact, which.timezone)].append(fact)
            assert {row["key"]: shown(row) for row in report["rows"]} == {
                name: added(group, which.mode) for name, group in groups.items()
            }
            assert shown(report["totals"]) == whole
            assert report["unpriced"] == sorted(
                {fact.model for fact in wanted if fact.used and fact.cost(which.mode) is None}
            )
        pairs = defaultdict(list)
        for fact in wanted:
            pairs[fact.session or "(none)", fact.provider].append(fact)
        report = ask(store, sessions.sessions, which)
        assert {(row["session"], row["provider"]): shown(row) for row in report["rows"]} == {
            pair: added(group, which.mode) for pair, group in pairs.items()
        }
        assert shown(report["totals"]) == whole
        assert shown(ask(store, reports.totals, which)["totals"]) == whole


def test_days_by_project_are_apart(store: Store) -> None:
    facts.write(store, [Fact(), Fact(project="-b"), Fact(project=None, ts=NOON + DAY)])
    rows = ask(store, reports.daily, instances=True)["rows"]
    assert [(row["key"], row["project"], row["samplings"]) for row in rows] == [
        ("2026-01-15", "-b", 1),
        ("2026-01-15", "-home-u-proj", 1),
        ("2026-01-16", "(none)", 1),
    ]


def test_a_project_is_found_by_its_folder(store: Store) -> None:
    facts.write(store, [Fact(), Fact(project="/home/u/proj"), Fact(project="-home-u-other")])
    for named, count in (("/home/u/proj", 2), ("/home/u/proj/", 2), ("-home-u-proj", 2), ("home-u-proj", 0)):
        assert ask(store, reports.daily, Which(project=named))["totals"]["samplings"] == count


def test_money_stays_exact_where_sums_pass_what_sqlite_holds(store: Store) -> None:
    facts.write(store, [replace(Fact(o=2**40), session=f"s{number}") for number in range(9)])
    expected = Decimal(9 * (100 * 5_000_000 + 2**40 * 25_000_000)).scaleb(-12)
    assert ask(store, reports.daily)["totals"]["total_cost"] == expected
    assert ask(store, sessions.sessions)["totals"]["total_cost"] == expected


def test_a_model_without_a_price_is_listed_and_its_cost_is_not_known(store: Store) -> None:
    facts.write(store, [Fact(), Fact(model="mystery"), Fact(model="mystery", ts=NOON + DAY)])
    first, second = ask(store, reports.daily)["rows"]
    assert first["total_cost"] == Decimal("0.00075")
    assert [(part["model"], part["cost"], part["unpriced"]) for part in first["breakdown"]] == [
        ("opus", Decimal("0.00075"), False),
        ("mystery", None, True),
    ]
    assert second["total_cost"] is None
    assert ask(store, reports.models)["unpriced"] == ["mystery"]


def test_an_empty_store_has_no_rows_and_no_cost(store: Store) -> None:
    for name in KEYS:
        report = ask(store, getattr(reports, name))
        assert (report["rows"], report["totals"]["total_cost"], report["unpriced"]) == ([], None, [])
        assert "estimate" in report["note"]


def test_a_week_begins_when_it_is_said_to(store: Store) -> None:
    facts.write(store, [Fact(ts=NOON + day * DAY) for day in range(7)])  # Thursday to Wednesday
    for start, weeks in (("monday", ["2026-01-12", "2026-01-19"]), ("thursday", ["2026-01-15"])):
        assert [row["key"] for row in ask(store, reports.weekly, start_of_week=start)["rows"]] == weeks
    with pytest.raises(InvalidRequest, match="'someday' is not a day of the week"):
        ask(store, reports.weekly, start_of_week="someday")


# -- sessions and their samplings -------------------------------------------------------------------------------------


def test_sessions_come_a_page_at_a_time_the_last_used_first(store: Store) -> None:
    facts.write(store, [Fact(session=f"s{number}", ts=NOON + number % 3 * HOUR) for number in range(8)])
    whole = [row["session"] for row in ask(store, sessions.sessions)["rows"]]
    paged, before = [], None
    while page := ask(store, sessions.sessions, limit=3, before=before)["rows"]:
        paged += [row["session"] for row in page]
        before = page[-1]["position"]
    assert paged == whole == ["s5", "s2", "s7", "s4", "s1", "s6", "s3", "s0"]


def test_a_session_tells_of_its_skills_and_of_what_its_subagents_used(store: Store) -> None:
    facts.write(store, [Fact(skill="poet"), Fact(skill="cook", side=1, ts=NOON + MINUTE, c1=5), Fact(ts=NOON - MINUTE)])
    (row,) = ask(store, sessions.sessions)["rows"]
    assert (row["skills"], row["sidechain_tokens"]) == (["cook", "poet"], 115)
    assert (row["first"], row["last"]) == ("2026-01-15T11:59:00.000Z", "2026-01-15T12:01:00.000Z")


def test_the_samplings_of_a_session_lead_to_their_lines(store: Store) -> None:
    facts.write(store, [Fact(ts=NOON + number, reported=7 if number else None) for number in range(5)] + [Fact(live=0)])
    rows = ask(store, sessions.samplings, None, "s1")
    assert [row["off"] for row in rows] == [1, 2, 3, 4, 5]
    assert {row["path"] for row in rows} == {"/transcripts/s1.jsonl"}
    assert [rows[0]["cost"], rows[1]["cost"]] == [Decimal("0.00075"), Decimal("7E-12")]
    page = ask(store, sessions.samplings, None, "s1", limit=3)
    rest = ask(store, sessions.samplings, None, "s1", after=page[-1]["position"])
    assert [row["id"] for row in page + rest] == [row["id"] for row in rows]
    with pytest.raises(NotFound, match="tells of a session 'nobody'"):
        ask(store, sessions.samplings, None, "nobody")


# -- what may be asked ------------------------------------------------------------------------------------------------


def test_a_folder_is_one_project_whoever_worked_in_it(store: Store) -> None:
    names = ["-home-u-proj", "/home/u/proj", "/home/u/proj/", "/only/codex/", "/only/codex", None]
    facts.write(store, [Fact(project=name) for name in names])
    by_name = store.read(lambda c: {row["key"]: row["samplings"] for row in reports.by_project(c, Which())["rows"]})
    assert by_name == {"-home-u-proj": 3, "/only/codex": 2, "(none)": 1}
    for name in ("-home-u-proj", "/home/u/proj", "/home/u/proj/"):
        found = store.read(lambda c, name=name: reports.daily(c, Which(project=name), instances=True))
        assert [(row["project"], row["samplings"]) for row in found["rows"]] == [("-home-u-proj", 3)]
    assert store.read(lambda c: reports.totals(c, Which(project="-only-codex")))["totals"]["samplings"] == 2


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"timezone": "Mars/Olympus"}, "'Mars/Olympus' is not a time zone."),
        ({"timezone": "Europe"}, "'Europe' is not a time zone."),
        ({"timezone": "localtime"}, "'localtime' is not a time zone."),
        ({"timezone": "posixrules"}, "'posixrules' is not a time zone."),
        ({"timezone": "right/Europe/Berlin"}, "'right/Europe/Berlin' is not a time zone."),
        ({"timezone": "../etc/passwd"}, "'../etc/passwd' is not a time zone."),
        ({"timezone": "a\0b"}, "is not a time zone."),
        ({"since": "yesterday"}, "'yesterday' is not a day."),
        ({"since": "2026-02-30"}, "'2026-02-30' is not a day."),
        ({"until": "2026113"}, "'2026113' is not a day."),
        ({"until": ""}, "'' is not a day."),
        ({"since": "20261122", "until": "2026-11-21"}, "The range ends (2026-11-21) before it begins (2026-11-22)."),
        ({"mode": "guess"}, "'guess' is not a way to count costs."),
    ],
)
def test_what_cannot_be_asked_is_refused_with_one_sentence(params: dict[str, str], words: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        asked(params)
    assert words in refused.value.message
    assert refused.value.remedy
    assert "\n" not in refused.value.message


def test_days_are_written_either_way_and_a_provider_by_its_agent() -> None:
    which = asked({"since": "20260101", "until": "2026-01-31", "provider": "Codex", "timezone": "UTC"})
    assert (which.since, which.until, which.provider) == ("2026-01-01", "2026-01-31", "openai")


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("day", ["2026-03-08", "2026-03-29", "2026-10-25", "2026-11-01", "0001-01-01", "9999-12-31"])
def test_a_day_begins_where_the_one_before_it_ends(zone: str, day: str) -> None:
    start, end = Which(since=day, timezone=zone).start_ms(), Which(until=day, timezone=zone).end_ms()
    assert start is not None
    if day == "9999-12-31":
        assert end is None
        return
    assert end is not None
    if day != "0001-01-01":
        for moment, inside in ((start - 1, False), (start, True), (end - 1, True), (end, False)):
            assert (
                datetime.fromtimestamp(moment / 1000, UTC).astimezone(ZoneInfo(zone)).date().isoformat() == day
            ) is inside


@pytest.mark.parametrize(
    ("period", "count", "since"),
    [
        ("daily", 1, "2026-01-15"),
        ("daily", 16, "2025-12-31"),
        ("weekly", 1, "2026-01-12"),
        ("weekly", 3, "2025-12-29"),
        ("monthly", 1, "2026-01-01"),
        ("monthly", 2, "2025-12-01"),
        ("monthly", 14, "2024-12-01"),
        ("daily", 10000, "1998-08-31"),
    ],
)
def test_the_last_periods_include_the_running_one(period: str, count: int, since: str) -> None:
    assert since_last(period, count, NOON, "UTC", 0) == since


def test_the_machines_zone_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", ":Asia/Tokyo")
    assert local_zone() == "Asia/Tokyo"
    monkeypatch.setenv("TZ", "nonsense")
    assert asked({}).timezone
