"""`bench.usage` on the sample: frames with real types, SQL, charts, and what goes wrong said in a sentence."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import workbench
from workbench.errors import InvalidRequest, Refused
from workbench.hosts.facade_usage import Usage
from workbench.hosts.kernel import Bench

REPORTS = ("daily", "weekly", "monthly", "models", "projects", "skills", "agents", "sessions", "blocks")
WHOLE = REPORTS[:-1]
"""Those that are about all providers at once."""
OWN = ("runs", "recent_runs", "recent_sessions", "by_model", "by_step")
COUNTS = ("samplings", "input_tokens", "output_tokens", "cache_creation_tokens", "cache_read_tokens", "total_tokens")


@pytest.fixture(scope="module")
def sample() -> Iterator[Bench]:
    opened = workbench.usage_sample()
    yield opened
    opened.close()


@pytest.fixture
def usage(sample: Bench) -> Usage:
    return sample.usage


@pytest.fixture
def empty(home: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Usage]:
    """A person who has never used an agent."""
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = workbench.open(home.root)
    opened.core.usage_roots = {}
    yield opened.usage
    opened.close()


def test_the_sample_needs_nothing_of_this_machine_and_is_the_same_bench_when_asked_again(sample: Bench):
    assert workbench.usage_sample() is sample
    assert sample.core.home.root != Path.home() / ".workbench"
    assert sample.usage.summary().runs == 0


@pytest.mark.parametrize("report", WHOLE)
def test_a_report_is_a_frame_with_real_types(usage: Usage, report: str):
    frame = getattr(usage, report)(timezone="UTC")

    assert all(frame[name].dtype == "Int64" for name in COUNTS)
    assert frame["cost"].dtype == "Float64"
    assert frame["cost"].sum() == pytest.approx(4.532673)
    assert frame.attrs["unpriced"] == ["claude-lark-preview"]
    assert "API-equivalent estimate" in frame.attrs["note"]


def test_the_blocks_of_all_providers_amount_to_the_same(usage: Usage):
    frames = [usage.blocks(timezone="UTC", provider=name) for name in ("anthropic", "openai", "google")]

    assert sum(frame["cost"].sum() for frame in frames) == pytest.approx(4.532673)
    assert usage.blocks(timezone="UTC").equals(frames[0])


@pytest.mark.parametrize("report", WHOLE)
def test_money_is_exact_when_asked(usage: Usage, report: str):
    costs = getattr(usage, report)(timezone="UTC", money="decimal")["cost"]

    assert sum((each for each in costs if each is not None), Decimal(0)) == Decimal("4.532673")
    assert all(each is None or isinstance(each, Decimal) for each in costs)


@pytest.mark.parametrize("report", [*REPORTS, *OWN, "limits"])
def test_nothing_used_is_a_frame_with_all_columns_and_no_rows(empty: Usage, usage: Usage, report: str):
    nothing, something = getattr(empty, report)(), getattr(usage, report)()

    assert len(nothing) == 0
    assert list(nothing.columns) == list(something.columns)
    if report in REPORTS:
        assert dict(nothing.dtypes) == dict(something.dtypes)


def test_days_weeks_and_months_are_dates(usage: Usage):
    daily, weekly, monthly = usage.daily(), usage.weekly(start_of_week="monday", timezone="UTC"), usage.monthly()

    assert str(daily["day"].dtype) == "datetime64[us]"
    assert daily["day"].is_monotonic_increasing
    assert [day.day_name() for day in weekly["week"]] == ["Monday", "Monday"]
    assert monthly["month"].tolist() == [pd.Timestamp("2026-11-01")]


def test_a_day_comes_apart_by_model_and_by_project_and_adds_up(usage: Usage):
    whole = usage.daily(timezone="UTC")
    for by in ("model", "project"):
        parts = usage.daily(by=by, timezone="UTC")
        assert parts.groupby("day")["total_tokens"].sum().tolist() == whole["total_tokens"].tolist()
        assert parts[by].notna().all()


def test_an_unknown_price_stays_missing(usage: Usage):
    models = usage.models().set_index("model")
    assert models.loc["claude-lark-preview", "cost"] is pd.NA
    assert models.loc["claude-lark-preview", "total_tokens"] > 0


def test_filters_narrow_every_report(usage: Usage):
    one = usage.skills(skill="release-notes", since="2026-11-09", until="2026-11-15", timezone="UTC")

    assert one["skill"].tolist() == ["release-notes"]
    assert one["samplings"].tolist() == [2]
    assert usage.models(provider="openai")["model"].tolist() == ["gpt-5.1-codex"]


def test_a_session_leads_to_its_responses_and_one_of_them_to_its_price(usage: Usage):
    [session] = usage.sessions(project="-home-ada-notes", skill="review-pull-request")["session"]
    responses = usage.samplings(session, money="decimal")
    explained = usage.explain(responses["id"].iloc[0])

    assert len(responses) == 6
    assert str(responses["ts"].dtype) == "datetime64[us, UTC]"
    assert sum(Decimal(factor.amount or 0) for factor in explained.factors) == responses["cost"].iloc[0]
    assert Path(explained.source.path or "").exists()


def test_the_cache_is_told_by_skill_by_model_and_by_what_was_written_again(usage: Usage):
    by_skill = usage.cache().set_index("skill")
    assert by_skill.loc["review-pull-request", "saved"] > 3
    assert by_skill.loc["release-notes", "saved"] < 0
    assert usage.cache("model")["saved"].sum() == pytest.approx(by_skill["saved"].sum())
    assert usage.cache("rebuilds")["cause"].tolist() == ["expired"]
    with pytest.raises(InvalidRequest, match="cannot be told by 'moon'"):
        usage.cache("moon")  # type: ignore[arg-type]


def test_the_import_report_names_the_row_that_could_not_be_counted(usage: Usage):
    usage.refresh()
    [skipped] = usage.import_report().skips
    assert skipped.path.endswith("000000000053.jsonl")
    assert skipped.line == 3


def test_sql_gives_real_types_and_keeps_what_is_missing(usage: Usage):
    frame = usage.sql(
        """select day, ts, model, sidechain, sum(output_tokens) as out, sum(cost) as cost, avg(cost) as average,
        nullif(skill, skill) as nothing, list(skill) as listed from samplings group by all order by ts""",
        timezone="Europe/Berlin",
    )

    assert {name: str(kind) for name, kind in frame.dtypes.items()} == {
        "day": "datetime64[us]",
        "ts": "datetime64[us, Europe/Berlin]",
        "model": "str",
        "sidechain": "boolean",
        "out": "Int64",
        "cost": "Float64",
        "average": "Float64",
        "nothing": "str",
        "listed": "object",
    }
    assert frame["cost"].isna().sum() == 2
    assert frame["nothing"].isna().all()
    assert frame["ts"].iloc[0] == pd.Timestamp("2026-11-02T09:30:00Z")


def test_sql_takes_parameters_and_gives_exact_money(usage: Usage):
    frame = usage.sql(
        "select sum(cost) as cost from skills where skill = $skill", skill="release-notes", money="decimal"
    )
    assert frame["cost"].tolist() == [Decimal("1.596120000000")]
    assert usage.sql("select $n + 1 as more", {"n": 1})["more"].tolist() == [2]


def test_sql_keeps_two_columns_of_one_name_and_an_empty_result_has_its_types(usage: Usage):
    frame = usage.sql("select 1 as a, 'x' as a")
    assert list(frame.columns) == ["a", "a"]
    nothing = usage.sql("select day, cost, total_tokens, ts from samplings where false", timezone="UTC")
    assert [str(kind) for kind in nothing.dtypes] == ["datetime64[us]", "Float64", "Int64", "datetime64[us, UTC]"]


def test_a_sum_that_no_floating_point_number_holds_is_not_called_a_whole_one(usage: Usage):
    frame = usage.sql("select sum(x) as big from (values (9007199254740993), (9007199254740993)) t(x)")
    assert str(frame["big"].dtype) == "Float64"


def test_sql_and_reports_agree_in_any_zone(usage: Usage):
    for zone in ("UTC", "Asia/Kathmandu", "America/New_York"):
        asked = usage.sql("select day, sum(cost) as cost from daily group by day order by day", timezone=zone)
        told = usage.daily(timezone=zone)
        assert asked["day"].tolist() == told["day"].tolist()
        assert asked["cost"].tolist() == pytest.approx(told["cost"].tolist())


def test_sql_cannot_write_and_cannot_leave(usage: Usage, tmp_path: Path):
    for query in (f"copy samplings to '{tmp_path}/x.csv'", "from read_text('/etc/hostname')", "drop view samplings"):
        with pytest.raises(Refused):
            usage.sql(query)
    assert list(tmp_path.iterdir()) == []


def test_columns_lists_each_view_with_units(usage: Usage):
    columns = usage.columns()
    assert set(columns["view"]) == {"samplings", "runs", "sessions", "daily", "skills"}
    assert columns.set_index(["view", "column"]).loc[("samplings", "cost"), "unit"] == "US$"
    with pytest.raises(InvalidRequest, match="There is no view 'moon'"):
        usage.columns("moon")


@pytest.mark.parametrize(
    ("chart", "by"),
    [("daily", "model"), ("daily", "tokens"), ("weekly", "provider"), ("monthly", None), ("heatmap", None)]
    + [(name, None) for name in ("skills", "projects", "models", "agents", "blocks")],
)
def test_a_chart_is_altairs_and_is_drawn_without_a_network(usage: Usage, chart: str, by: str | None):
    made = usage.chart(chart, by=by)
    shown = made._repr_mimebundle_()

    assert set(shown) == {"application/vnd.vegalite.v5+json", "text/plain"}
    assert "usermeta" in made.properties(width=300).to_dict()
    spec = json.dumps(shown["application/vnd.vegalite.v5+json"])
    assert '"url"' not in spec


def test_charts_of_workbenchs_own_runs_go_on_working(usage: Usage):
    for made in (
        usage.chart(by="run"),
        usage.chart("run"),
        usage.chart(by="model"),
        usage.chart("model"),
        usage.chart(),
    ):
        assert "application/vnd.vegalite.v5+json" in made._repr_mimebundle_()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (lambda usage: usage.daily(since="yesterday"), "'yesterday' is not a day"),
        (lambda usage: usage.daily(timezone="Mars/Olympus"), "'Mars/Olympus' is not a time zone"),
        (lambda usage: usage.sql("select 1", timezone="Mars/Olympus"), "'Mars/Olympus' is not a time zone"),
        (lambda usage: usage.daily(since="2026-02-01", until="2026-01-01"), "before it begins"),
        (lambda usage: usage.daily(by="moon"), "cannot be by 'moon'"),
        (lambda usage: usage.daily(money="gold"), "'gold' is not how money can be given"),
        (lambda usage: usage.sql("select 1", money="gold"), "'gold' is not how money can be given"),
        (lambda usage: usage.daily(moon=1), "moon"),
        (lambda usage: usage.chart("pie"), "'pie' is not a chart"),
        (lambda usage: usage.sql("selec 1"), "Line 1, column 1: syntax error"),
    ],
)
def test_a_mistake_is_a_sentence_with_a_remedy(usage: Usage, wrong: Any, said: str):
    with pytest.raises(InvalidRequest) as error:
        wrong(usage)
    assert said in str(error.value)
    assert "\n" not in error.value.message


def test_what_is_appended_counts_in_the_next_answer(home: Any, tmp_path: Path):
    shipped = Path(workbench.__file__).parent / "usage" / "sample"
    for name in ("claude", "codex"):
        shutil.copytree(shipped / name, tmp_path / name)
    bench = workbench.open(home.root)
    bench.core.usage_roots = {name: [tmp_path / name] for name in ("claude", "codex")}
    before = bench.usage.sql("select count(*) as n from samplings")["n"].iloc[0]
    target = next((tmp_path / "claude").rglob("*050.jsonl"))
    row = json.loads(target.read_text().splitlines()[-1])
    row["message"]["id"], row["requestId"] = "msg_01appended", "req_appended"
    with target.open("a") as file:
        file.write(json.dumps(row) + "\n")

    assert bench.usage.sql("select count(*) as n from samplings")["n"].iloc[0] == before + 1
    assert bench.usage.daily()["samplings"].sum() == before + 1
    bench.close()


def test_every_method_says_what_it_does():
    for name in (name for name in dir(Usage) if not name.startswith("_")):
        assert (getattr(Usage, name).__doc__ or "").strip(), name
