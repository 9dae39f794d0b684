"""Charts of usage as Vega-Lite specifications: plain dictionaries with their data inside, drawn wherever they are shown.

Idea: a chart is made of the rows of a report and says nothing of colours, fonts or width, which are the place's; so one
specification stands on a light page, a dark one and in a notebook (`for_notebook`). Each is one view without expressions of
its own, so any Vega draws it, one that may not compile code too.

Invariant: a chart holds its data and fetches nothing; what has no price is not drawn as zero but said in the description;
no rows give a chart too, with a sentence in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, TypeAlias

from workbench.errors import InvalidRequest
from workbench.usage.chart_values import Row, block_parts, cost_parts, days, largest_first, merged, number, token_parts

Spec: TypeAlias = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v5.json"
COST: Final = "Cost, US$ (API-equivalent estimate)"

REPORTS: Final = {
    "daily": "daily",
    "weekly": "weekly",
    "monthly": "monthly",
    "heatmap": "daily",
    "skills": "by_skill",
    "projects": "by_project",
    "models": "models",
    "agents": "by_agent",
    "blocks": "blocks",
}
"""The charts, each with the report whose reply it is made of."""

STACKS: Final = ("model", "provider", "tokens")
"""What bars over time can be stacked by."""

TITLES: Final = {
    "daily": "Cost a day",
    "weekly": "Cost a week",
    "monthly": "Cost a month",
    "heatmap": "Cost by day of the week",
    "skills": "Cost by skill",
    "projects": "Cost by project",
    "models": "Cost by model",
    "agents": "Cost by agent",
    "blocks": "Cost of five-hour blocks",
}

PALETTE: Final = ("#4c7fd9", "#e08a1e", "#2a9d8f", "#c05fa5", "#7f9f2f", "#d9566a", "#8272d6", "#9c8872")
"""Colours that can be told apart, on white and on black, also by most who see colours otherwise."""

RAMP: Final = ("#4c7fd933", "#4c7fd977", "#4c7fd9aa", "#4c7fd9dd", "#4c7fd9")
GREY: Final = "#8a8a8a"
WIDTH: Final = 620
_SQUARE: Final = 18

NOTHING: Final = "Nothing was used in this range."
UNPRICED: Final = "Nothing that was used in this range has a known price."

MOST_SERIES: Final = len(PALETTE)
MOST_BARS: Final = 20
MOST_BLOCKS: Final = 100

_MONEY: Final = "$,.2~f"
"""Not an SI prefix: `$500m` would be half a dollar."""
_MONEY_AXIS: Final = {"format": _MONEY, "tickCount": 5}
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def draw(chart: str, report: Mapping[str, Any], *, by: str | None = None) -> Spec:
    """The specification of a chart, from the reply of its report (`REPORTS`). Raises InvalidRequest."""
    if chart not in REPORTS:
        raise _unknown("chart", chart, REPORTS)
    stacked = chart in {"daily", "weekly", "monthly"}
    if by is not None and (not stacked or by not in STACKS):
        raise _unknown("by", by, STACKS if stacked else ())
    if chart == "blocks":
        return _blocks(report["blocks"])
    rows: Sequence[Row] = report["rows"]
    unpriced: Sequence[str] = report.get("unpriced") or ()
    if stacked:
        return _over_time(chart, rows, unpriced, by or "model")
    return _calendar(rows, unpriced) if chart == "heatmap" else _ranked(chart, rows, unpriced)


def for_notebook(spec: Spec) -> Spec:
    """The same with a title, a width and colours that stand on light and on dark: a notebook brings none of them."""
    return {
        **spec,
        "title": spec["usermeta"]["title"],
        "width": spec.get("width", {"step": _SQUARE} if "weekday" in _fields(spec) else WIDTH),
        "config": {
            "background": "transparent",
            "view": {"stroke": None},
            "axis": {
                "labelColor": GREY,
                "titleColor": GREY,
                "gridColor": "#88888833",
                "domainColor": GREY,
                "tickColor": GREY,
                "titleFontWeight": "normal",
            },
            "legend": {"labelColor": GREY, "titleColor": GREY, "titleFontWeight": "normal"},
            "title": {"color": GREY, "anchor": "start"},
            "text": {"color": GREY},
            "mark": {"color": PALETTE[0]},
            "range": {"category": list(PALETTE), "heatmap": list(RAMP), "ramp": list(RAMP)},
        },
    }


# -- the charts -------------------------------------------------------------------------------------------------------


def _over_time(chart: str, rows: Sequence[Row], unpriced: Sequence[str], by: str) -> Spec:
    tokens = by == "tokens"
    parts = [part for row in rows for part in (token_parts(row) if tokens else cost_parts(row, by))]
    title = TITLES[chart].replace("Cost", "Tokens") if tokens else TITLES[chart]
    if not parts:
        return _sentence(title, UNPRICED if unpriced else NOTHING)
    order = largest_first(parts, MOST_SERIES)
    keys = sorted({row["key"] for row in rows})
    values = merged(parts, order)
    amount = {
        "field": "amount",
        "type": "quantitative",
        "title": "Tokens" if tokens else COST,
        "axis": {"format": "~s", "tickCount": 5} if tokens else _MONEY_AXIS,
    }
    word = {"model": "Model", "provider": "Provider", "tokens": "Tokens"}[by]
    return _spec(
        title,
        _described(title, f"stacked by {'kind' if tokens else by}", values, keys, unpriced, tokens=tokens),
        values,
        height=220,
        mark={"type": "bar", "cornerRadiusEnd": 1},
        encoding={
            "x": {
                "field": "key",
                "type": "ordinal",
                "title": None,
                "scale": {"domain": days(keys) if chart == "daily" else keys},
                "axis": {"labelAngle": 0, "labelOverlap": True, "labelFlush": True},
            },
            "y": amount,
            "color": {"field": "series", "type": "nominal", "title": word, "scale": {"domain": order}},
            "order": {"field": "rank", "type": "quantitative"},
            "tooltip": [
                {"field": "key", "type": "nominal", "title": _bar_word(chart)},
                {"field": "series", "type": "nominal", "title": word},
                _amount_tip(tokens=tokens),
            ],
        },
    )


def _bar_word(chart: str) -> str:
    """What one bar of a chart over time stands for."""
    return {"daily": "Day", "weekly": "Week of", "monthly": "Month"}[chart]


def _calendar(rows: Sequence[Row], unpriced: Sequence[str]) -> Spec:
    title = TITLES["heatmap"]
    priced = [row for row in rows if row["total_cost"] is not None]
    if not priced:
        return _sentence(title, UNPRICED if rows else NOTHING)
    values = []
    for row in priced:
        day = date.fromisoformat(row["key"])
        week = day - timedelta(days=min(day.weekday(), day.toordinal() - 1))
        cost = number(row["total_cost"])
        values.append(
            {"key": row["key"], "week": week.isoformat(), "weekday": _WEEKDAYS[day.weekday()], "amount": cost}
        )
    weeks = sorted({value["week"] for value in values})
    return _spec(
        title,
        _described(title, "one square a day, a column a week", values, [row["key"] for row in priced], unpriced),
        values,
        height={"step": 18},
        mark={"type": "rect", "cornerRadius": 2},
        encoding={
            "x": {
                "field": "week",
                "type": "ordinal",
                "title": "Week of",
                "scale": {"domain": days(weeks, step=7), "padding": 0.1},
                "axis": {"labelAngle": 0, "labelOverlap": True, "labelFlush": True, "domain": False, "ticks": False},
            },
            "y": {
                "field": "weekday",
                "type": "ordinal",
                "title": None,
                "sort": list(_WEEKDAYS),
                "scale": {"domain": list(_WEEKDAYS), "padding": 0.1},
                "axis": {"domain": False, "ticks": False},
            },
            "color": {
                "field": "amount",
                "type": "quantitative",
                "title": "US$, estimate",
                "scale": {"zero": True},
                "legend": {"format": _MONEY, "tickCount": 4},
            },
            "tooltip": [
                {"field": "key", "type": "nominal", "title": "Day"},
                {"field": "weekday", "type": "nominal", "title": "Weekday"},
                _amount_tip(),
            ],
        },
    )


def _ranked(chart: str, rows: Sequence[Row], unpriced: Sequence[str]) -> Spec:
    title = TITLES[chart]
    priced = sorted(
        ((str(row["key"]), number(row["total_cost"]), row) for row in rows if row["total_cost"] is not None),
        key=lambda each: (-each[1], each[0]),
    )
    if not priced:
        return _sentence(title, UNPRICED if rows else NOTHING)
    shown, rest = priced[:MOST_BARS], priced[MOST_BARS:]
    values = [
        {"name": name, "amount": cost, "tokens": row["total_tokens"], "samplings": row["samplings"]}
        for name, cost, row in shown
    ]
    if rest:
        others = [row for _, _, row in rest]
        values.append(
            {
                "name": f"{len(rest)} others",
                "amount": round(sum(cost for _, cost, _ in rest), 9),
                "tokens": sum(row["total_tokens"] for row in others),
                "samplings": sum(row["samplings"] for row in others),
            }
        )
    names = [value["name"] for value in values]
    return _spec(
        title,
        _described(title, "the dearest first", values, names, unpriced),
        values,
        height={"step": 24},
        mark={"type": "bar", "cornerRadiusEnd": 3},
        encoding={
            "x": {"field": "amount", "type": "quantitative", "title": COST, "axis": _MONEY_AXIS},
            "y": {
                "field": "name",
                "type": "nominal",
                "title": None,
                "sort": names,
                "axis": {"labelLimit": 220},
            },
            "tooltip": [
                {"field": "name", "type": "nominal", "title": chart.removesuffix("s").title()},
                _amount_tip(),
                {"field": "tokens", "type": "quantitative", "title": "Tokens", "format": ","},
                {"field": "samplings", "type": "quantitative", "title": "Responses", "format": ","},
            ],
        },
    )


def _blocks(blocks: Sequence[Row]) -> Spec:
    title = TITLES["blocks"]
    used = [block for block in blocks if not block["gap"]]
    priced = [block for block in used if block["total_cost"] is not None]
    if not priced:
        return _sentence(title, UNPRICED if used else NOTHING)
    values = [value for block in priced[-MOST_BLOCKS:] for value in block_parts(block)]
    keys = [block["start"] for block in priced[-MOST_BLOCKS:]]
    # Bars that are stacked cannot be as wide as a range of time, and only `x` is read as a time by itself.
    spec = _spec(
        title,
        _described(title, "an estimate of the windows of limits; lighter: a projection", values, keys, ()),
        values,
        height=180,
        mark={"type": "rect", "cornerRadius": 1},
        encoding={
            "x": {"field": "start", "type": "temporal", "title": None, "axis": {"labelOverlap": True}},
            "x2": {"field": "end"},
            "y": {"field": "to", "type": "quantitative", "title": COST, "axis": _MONEY_AXIS, "scale": {"zero": True}},
            "y2": {"field": "from"},
            "opacity": {
                "field": "part",
                "type": "ordinal",
                "title": None,
                "scale": {"domain": ["used", "projected"], "range": [1, 0.35]},
            },
            "tooltip": [
                {"field": "start", "type": "temporal", "title": "Begins", "format": "%Y-%m-%d %H:%M"},
                {"field": "part", "type": "nominal", "title": "Part"},
                _amount_tip(),
                {"field": "tokens", "type": "quantitative", "title": "Tokens", "format": ","},
            ],
        },
    )
    spec["data"]["format"] = {"parse": {"start": "date", "end": "date"}}
    return spec


# -- what they are made of --------------------------------------------------------------------------------------------


def _spec(
    title: str,
    description: str,
    values: list[Spec],
    *,
    mark: Spec,
    encoding: Spec,
    height: int | Spec,
) -> Spec:
    return {
        "$schema": SCHEMA,
        "description": description,
        "usermeta": {"title": title},
        "data": {"values": values},
        "height": height,
        "mark": {**mark, "aria": True},
        "encoding": encoding,
    }


def _sentence(title: str, sentence: str) -> Spec:
    """A chart without data: it says why."""
    return _spec(
        title,
        f"{title}. {sentence}",
        [{"sentence": sentence}],
        height=60,
        mark={"type": "text", "fontSize": 13, "align": "center"},
        encoding={"text": {"field": "sentence", "type": "nominal"}},
    )


def _described(
    title: str, how: str, values: Sequence[Row], keys: Sequence[str], unpriced: Sequence[str], *, tokens: bool = False
) -> str:
    """What a person who does not see the chart is told: what it shows, from where to where, the sum and the greatest."""
    total = sum(value["amount"] for value in values)
    whole = f"{total:,.0f} tokens" if tokens else f"{total:,.2f} US dollars, an API-equivalent estimate"
    missing = f" Without a known price, and not drawn: {', '.join(unpriced)}." if unpriced else ""
    span = f"{keys[0]} to {keys[-1]}" if len(keys) > 1 else keys[0]
    return f"{title}, {how}: {span}, {len(keys)} in all, together {whole}.{missing}"


def _amount_tip(*, tokens: bool = False) -> Spec:
    about = ("Tokens", ",") if tokens else ("Estimate, US$", ",.4~f")
    return {"field": "amount", "type": "quantitative", "title": about[0], "format": about[1]}


def _fields(spec: Spec) -> set[str]:
    return {str(channel.get("field")) for channel in spec["encoding"].values() if isinstance(channel, dict)}


def _unknown(path: str, value: str, known: Iterable[str]) -> InvalidRequest:
    names = ", ".join(known)
    return InvalidRequest(
        f"{value!r} is not {'a chart' if path == 'chart' else 'what this chart can be stacked by'}.",
        remedy=f"Use one of: {names}." if names else "Leave it out: this chart is not stacked.",
        problems=[{"path": path, "message": "is not known"}],
    )
