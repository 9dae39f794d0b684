"""What charts draw: the rows of reports as values, one a bar or a part of one.

Invariant: the amounts add up to those of the rows that have a price; what has none makes no value.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final, TypeAlias

Value: TypeAlias = dict[str, Any]
Row: TypeAlias = Mapping[str, Any]

MOST_DAYS: Final = 1_500
"""Days without use are filled in up to here: a clock in the far future must not make a chart of a million days."""

KINDS: Final = {
    "input_tokens": "Input",
    "output_tokens": "Output",
    "cache_creation_tokens": "Cache writes",
    "cache_read_tokens": "Cache reads",
}
"""The tokens of a row, in words."""


def cost_parts(row: Row, by: str) -> list[Value]:
    """What each model or provider of a row cost."""
    return [
        {"key": row["key"], "series": str(part[by]), "amount": number(part["cost"])}
        for part in row["breakdown"]
        if part["cost"] is not None
    ]


def token_parts(row: Row) -> list[Value]:
    return [{"key": row["key"], "series": word, "amount": row[name]} for name, word in KINDS.items() if row[name]]


def block_parts(block: Row) -> list[Value]:
    """What a block has cost, and what more it will at the rate so far."""
    about = {"start": block["start"], "end": block["end"]}
    cost = number(block["total_cost"])
    used = {**about, "part": "used", "from": 0, "to": cost, "amount": cost, "tokens": block["total_tokens"]}
    ahead = block.get("projection") or {}
    if ahead.get("total_cost") is None:
        return [used]
    end = max(cost, number(ahead["total_cost"]))
    more = {
        "from": cost,
        "to": end,
        "amount": round(end - cost, 9),
        "tokens": max(0, ahead["total_tokens"] - block["total_tokens"]),
    }
    return [used, {**about, "part": "projected", **more}]


def largest_first(parts: Iterable[Row], most: int) -> list[str]:
    """The series by what they amount to; when there are more than colours, the least are one."""
    sums: dict[str, float] = {}
    for part in parts:
        sums[part["series"]] = sums.get(part["series"], 0) + part["amount"]
    names = sorted(sums, key=lambda name: (-sums[name], name))
    return names if len(names) <= most else [*names[: most - 1], f"{len(names) - most + 1} others"]


def merged(parts: Iterable[Row], order: Sequence[str]) -> list[Value]:
    """One value a key and series."""
    rank = {name: place for place, name in enumerate(order)}
    found: dict[tuple[str, str], float] = {}
    for part in parts:
        series = part["series"] if part["series"] in rank else order[-1]
        found[part["key"], series] = found.get((part["key"], series), 0) + part["amount"]
    return [
        {"key": key, "series": series, "amount": round(amount, 9), "rank": rank[series]}
        for (key, series), amount in sorted(found.items(), key=lambda each: (each[0][0], rank[each[0][1]]))
    ]


def days(days: Sequence[str], *, step: int = 1) -> list[str]:
    """All days from the first to the last: one on which nothing was used has its place too."""
    first, last = date.fromisoformat(days[0]), date.fromisoformat(days[-1])
    if (last - first).days > MOST_DAYS:
        return list(days)
    return [(first + timedelta(days=n)).isoformat() for n in range(0, (last - first).days + 1, step)]


def number(money: Decimal | str) -> float:
    return round(float(money), 9)
