"""Charts: valid for any rows, with their data inside, saying in words what they show."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import altair as alt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest
from workbench.usage import charts

COUNTS = {
    "samplings": 3,
    "input_tokens": 1,
    "output_tokens": 2,
    "cache_creation_tokens": 4,
    "cache_read_tokens": 8,
    "reasoning_tokens": 1,
    "total_tokens": 15,
    "web_searches": 0,
}


def bucket(key: str, costs: dict[str, str | None]) -> dict[str, Any]:
    known = [float(cost) for cost in costs.values() if cost is not None]
    return {
        "key": key,
        **COUNTS,
        "total_cost": str(sum(known)) if known else None,
        "models": sorted(costs),
        "breakdown": [
            {"model": model, "provider": "anthropic", **COUNTS, "cost": cost} for model, cost in costs.items()
        ],
    }


def report(*rows: dict[str, Any], unpriced: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"rows": list(rows), "blocks": list(rows), "unpriced": list(unpriced)}


def block(start: str, cost: str | None, *, gap: bool = False, projected: float | None = None) -> dict[str, Any]:
    ahead = None if projected is None else {"total_cost": projected, "total_tokens": 30, "remaining_minutes": 9}
    end = start.replace("T10", "T15")
    return {**COUNTS, "start": start, "end": end, "gap": gap, "active": False, "total_cost": cost, "projection": ahead}


def drawn(chart: str, *rows: dict[str, Any], **more: Any) -> dict[str, Any]:
    return charts.draw(chart, report(*rows), **more)


def values(spec: dict[str, Any]) -> list[dict[str, Any]]:
    return spec["data"]["values"]


def valid(spec: dict[str, Any]) -> bool:
    """Altair checks it against the schema."""
    return bool(alt.Chart.from_dict(charts.for_notebook(spec)).to_dict())


@pytest.mark.parametrize("chart", charts.REPORTS)
@pytest.mark.parametrize("used", [True, False])
def test_every_chart_is_valid_told_in_words_and_brings_its_data(chart: str, used: bool):
    row = block("2026-01-15T10:00:00.000Z", "1.5") if chart == "blocks" else bucket("2026-01-15", {"opus": "1.5"})
    spec = drawn(chart, *([row] if used else []))

    assert valid(spec)
    assert "url" not in json.dumps(spec["data"])
    assert spec["description"].startswith(charts.TITLES[chart])
    assert spec["mark"]["aria"] is True
    assert "config" not in spec
    assert "background" not in spec
    assert used == ("1.50 US dollars, an API-equivalent estimate" in spec["description"])


@pytest.mark.parametrize("chart", charts.REPORTS)
def test_no_rows_give_a_chart_that_says_so(chart: str):
    spec = drawn(chart)

    assert values(spec) == [{"sentence": charts.NOTHING}]
    assert spec["description"].endswith(charts.NOTHING)


@pytest.mark.parametrize("chart", charts.REPORTS)
def test_rows_without_any_price_are_told_apart_from_no_rows(chart: str):
    row = block("2026-01-15T10:00:00.000Z", None) if chart == "blocks" else bucket("2026-01-15", {"new": None})
    spec = charts.draw(chart, report(row, unpriced=("new",)))

    assert values(spec) == [{"sentence": charts.UNPRICED}]


def test_a_day_is_stacked_by_model_the_dearest_first_and_days_without_use_have_a_place():
    spec = drawn(
        "daily",
        bucket("2026-01-13", {"haiku": "0.5", "opus": "2"}),
        bucket("2026-01-16", {"haiku": "0.25", "new": None}),
    )

    assert spec["encoding"]["color"]["scale"]["domain"] == ["opus", "haiku"]
    assert spec["encoding"]["x"]["scale"]["domain"] == ["2026-01-13", "2026-01-14", "2026-01-15", "2026-01-16"]
    assert [(each["key"], each["series"], each["amount"]) for each in values(spec)] == [
        ("2026-01-13", "opus", 2.0),
        ("2026-01-13", "haiku", 0.5),
        ("2026-01-16", "haiku", 0.25),
    ]


def test_what_has_no_price_is_named_in_the_description_and_not_drawn_as_zero():
    spec = charts.draw("models", report(bucket("opus", {"opus": "2"}), bucket("new", {"new": None}), unpriced=("new",)))

    assert [each["name"] for each in values(spec)] == ["opus"]
    assert "Without a known price, and not drawn: new." in spec["description"]


def test_more_models_than_colours_become_others():
    models = {f"m{n:02}": str(20 - n) for n in range(12)}
    spec = drawn("daily", bucket("2026-01-15", models))

    assert len(spec["encoding"]["color"]["scale"]["domain"]) == charts.MOST_SERIES
    assert spec["encoding"]["color"]["scale"]["domain"][-1] == "5 others"
    assert sum(each["amount"] for each in values(spec)) == sum(20 - n for n in range(12))


def test_more_projects_than_bars_become_others():
    spec = drawn("projects", *(bucket(f"p{n}", {"opus": str(n + 1)}) for n in range(30)))

    assert len(values(spec)) == charts.MOST_BARS + 1
    assert values(spec)[-1]["name"] == "10 others"
    assert sum(each["amount"] for each in values(spec)) == sum(range(1, 31))


def test_tokens_are_stacked_by_their_kind():
    spec = drawn("daily", bucket("2026-01-15", {"new": None}), by="tokens")

    assert {each["series"]: each["amount"] for each in values(spec)} == {
        "Cache reads": 8, "Cache writes": 4, "Output": 2, "Input": 1,
    }  # fmt: skip
    assert spec["usermeta"]["title"] == "Tokens a day"


def test_the_calendar_has_a_column_a_week_that_begins_on_monday():
    spec = drawn("heatmap", bucket("2026-01-18", {"opus": "1"}), bucket("2026-02-02", {"opus": "2"}))

    assert [(each["week"], each["weekday"]) for each in values(spec)] == [("2026-01-12", "Sun"), ("2026-02-02", "Mon")]
    assert spec["encoding"]["x"]["scale"]["domain"] == ["2026-01-12", "2026-01-19", "2026-01-26", "2026-02-02"]


def test_a_day_in_the_far_future_does_not_make_a_chart_of_a_million_days():
    for chart in ("daily", "heatmap"):
        spec = drawn(chart, bucket("2026-01-15", {"opus": "1"}), bucket("9999-12-31", {"opus": "1"}))
        assert len(spec["encoding"]["x"]["scale"]["domain"]) == 2


def test_a_block_that_runs_shows_its_projection_and_gaps_are_left_out():
    spec = drawn(
        "blocks",
        block("2026-01-15T10:00:00.000Z", "1"),
        block("2026-01-16T10:00:00.000Z", None, gap=True),
        block("2026-01-17T10:00:00.000Z", "2", projected=5.0),
    )

    assert [(each["part"], each["amount"]) for each in values(spec)] == [
        ("used", 1.0),
        ("used", 2.0),
        ("projected", 3.0),
    ]


def test_names_are_data_and_never_part_of_a_specification():
    hostile = "datum['x']; <img src=x onerror=alert(1)> \"'`${x}"
    for chart in ("daily", "models"):
        spec = (
            drawn(chart, bucket("2026-01-15", {hostile: "1"}))
            if chart == "daily"
            else drawn(chart, bucket(hostile, {"m": "1"}))
        )
        assert valid(spec)
        assert "expr" not in json.dumps({**spec, "data": None})
        assert "transform" not in spec


@pytest.mark.parametrize(
    ("chart", "by", "said"),
    [
        ("pie", None, "'pie' is not a chart. Use one of: daily,"),
        ("daily", "moon", "stacked by. Use one of: model, provider, tokens."),
        ("heatmap", "model", "Leave it out"),
    ],
)
def test_an_unknown_chart_is_a_sentence(chart: str, by: str | None, said: str):
    with pytest.raises(InvalidRequest) as wrong:
        charts.draw(chart, report(), by=by)
    assert said in str(wrong.value)


def test_a_notebook_gets_colours_that_stand_on_light_and_dark():
    spec = charts.for_notebook(drawn("daily", bucket("2026-01-15", {"opus": "1"})))

    assert spec["config"]["background"] == "transparent"
    assert spec["title"] == "Cost a day"
    assert spec["width"] == charts.WIDTH


def test_charts_are_made_without_altair_or_pandas():
    code = "import sys, workbench.usage.charts as c; print({'altair', 'pandas', 'duckdb', 'pydantic'} & sys.modules.keys())"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == "set()\n"


COSTS = st.one_of(st.none(), st.decimals(0, 10**6, places=9).map(str))
ROWS = st.dictionaries(st.dates().map(str), st.dictionaries(st.text(max_size=8), COSTS, max_size=12), max_size=8)


@given(ROWS, st.sampled_from(["daily", "heatmap", "models"]))
def test_any_rows_give_a_chart_whose_amounts_are_those_of_the_rows(rows: dict[str, dict[str, str | None]], chart: str):
    spec = drawn(chart, *(bucket(key, costs) for key, costs in sorted(rows.items())))

    known = [float(cost) for costs in rows.values() for cost in costs.values() if cost is not None]
    amounts = [each["amount"] for each in values(spec) if "amount" in each]
    assert sum(amounts) == pytest.approx(sum(known))
    assert json.dumps(spec, allow_nan=False)
