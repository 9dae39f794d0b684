"""What caching prompts has saved and cost: how much was read again, for how long it was kept, and what was written twice.

Idea: sums by model and skill come from the store's days; a rebuild is seen in the order of a conversation's samplings: one
that reads less from the cache than the one before it had left there, and writes the rest again. Invariant: rebuilds
are told from the numbers alone, since transcripts rarely say why, so each cause is the likeliest one and is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import apsw

from workbench.usage import sums
from workbench.usage.prices import Rate
from workbench.usage.reports import dims, narrowed, of_days, of_samplings
from workbench.usage.sums import NONE, NOTE, Report
from workbench.usage.which import EVERYTHING, Which

FIVE_MINUTES_MS: Final = 300_000
HOUR_MS: Final = 3_600_000

CAUSES: Final = {
    "expired": "the conversation paused for longer than the cache is kept",
    "model_changed": "another model took over, and each has a cache of its own",
    "shortened": "the conversation was compacted or wound back",
    "changed": "something early in the prompt was different: tools, instructions or an edited message",
}

LIKELY: Final = (
    "A rebuild is found by comparing each response with the one before it in its conversation; its cause is the"
    " likeliest one by time, model and length, as transcripts seldom tell. "
) + NOTE

_TURNS: Final = f"""
    with conversation as materialized (  -- numbers, which a million rows are sorted by sooner than by names
        select id, dense_rank() over (order by provider, session, agent_id) as number from ctx
    ), named as materialized (
        select id, dense_rank() over (order by model) as model from price
    ), turn as (
        select s.id, s.price, s.dim, s.ts, s.c5, s.c1, s.cr, p.model, s.i + s.c5 + s.c1 + s.cr as prompt,
            lag(s.cr + s.c5 + s.c1) over thread as kept, lag(s.i + s.c5 + s.c1 + s.cr) over thread as before,
            lag(s.ts) over thread as seen, lag(p.model) over thread as same,
            max(s.c1 > 0) over (thread rows between unbounded preceding and 1 preceding) as hour
        from sampling s join conversation h on h.id = s.home join named p on p.id = s.price
        where s.live and s.kind = 'message' and s.ts between :start and :end
        window thread as (partition by h.number order by s.ts, s.id)
    ), missed as (
        select *, min(kept - cr, c1) as r1, min(kept - cr - min(kept - cr, c1), c5) as r5 from turn
        where kept > cr and c5 + c1 > 0
    )
    select case
            when model <> same then 'model_changed'
            when prompt * 2 < before then 'shortened'
            when ts - seen > case when hour then {HOUR_MS} else {FIVE_MINUTES_MS} end then 'expired'
            else 'changed'
        end as cause, price, count(*), sum(r5), sum(r1)
    from missed
"""  # noqa: S608 - our own numbers


def cache(connection: apsw.Connection, which: Which = EVERYTHING) -> Report:
    """Hit rate, what was kept for five minutes and for an hour, what it has saved, and what was written again."""
    known = sums.prices(connection)
    named = {number: dim.skill or NONE for number, dim in dims(connection).items()}
    rows = [(key, known[price], row) for key, price, _, *row in of_days(connection, which, known, "dim")]
    whole = _economy([(price, row) for _, price, row in rows])
    return {
        **whole,
        "by_model": _grouped((price.model, price, row) for _, price, row in rows),
        "by_skill": _grouped((named[dim], price, row) for dim, price, row in rows),
        "rebuilds": _rebuilds(connection, which, known),
        "unpriced": sorted({price.model for _, price, row in rows if price.p_in is None and any(row[1:7])}),
        "timezone": which.timezone,
        "note": LIKELY,
    }


def _grouped(rows: Iterable[tuple[str, Rate, list[int]]]) -> list[Report]:
    groups: dict[str, list[tuple[Rate, list[int]]]] = {}
    for key, price, row in rows:
        groups.setdefault(key, []).append((price, row))
    found = [{"key": key, **_economy(parts)} for key, parts in groups.items()]
    return sorted(found, key=lambda row: (-row["cache_read_tokens"], row["key"]))


def _economy(rows: list[tuple[Rate, list[int]]]) -> Report:
    """What caching did for these rows. `saved` is what it has cost less than without a cache; below zero: more."""
    plain, five, hour, read = (sum(row[at] for _, row in rows) for at in (1, 3, 4, 5))
    prompt = plain + five + hour + read
    priced = [(price, row) for price, row in rows if price.p_in is not None]
    return {
        "hit_rate": read / prompt if prompt else None,
        "input_tokens": plain,
        "cache_read_tokens": read,
        "cache_read_cost": _money(priced, lambda price, row: row[5] * (price.p_cr or 0)),
        "five_minutes": {"tokens": five, "cost": _money(priced, lambda price, row: row[3] * (price.p_c5 or 0))},
        "one_hour": {"tokens": hour, "cost": _money(priced, lambda price, row: row[4] * (price.p_c1 or 0))},
        "saved": _money(priced, _saved),
    }


def _saved(price: Rate, row: list[int]) -> int:
    entered = price.p_in or 0
    rates = ((row[3], price.p_c5), (row[4], price.p_c1), (row[5], price.p_cr))
    return sum(count * (entered - (rate or 0)) for count, rate in rates)


def _money(rows: list[tuple[Rate, list[int]]], cost: Any) -> Any:
    """A sum over the rows that have a price; None when none has."""
    return sums.dollars(sum(cost(price, row) for price, row in rows)) if rows else None


def _rebuilds(connection: apsw.Connection, which: Which, known: Mapping[int, Rate]) -> list[Report]:
    """What was written again, by likely cause, the dearest first. `extra` is what reading it would have saved."""
    start, end = which.start_ms(), which.end_ms()
    values: dict[str, Any] = {"start": -(1 << 62) if start is None else start}
    values["end"] = (1 << 62 if end is None else end) - 1
    if which.folders is None:
        where, values = narrowed(connection, which, known, "true", values)
    else:
        meant, more = of_samplings(connection, which._replace(since=None, until=None), known)
        where, values = f"id in (select id from sampling where {meant})", values | more  # noqa: S608 - our own text
    found: dict[str, list[tuple[Rate, list[int]]]] = {}
    for cause, price, *row in connection.execute(f"{_TURNS} where {where} group by cause, price", values):
        found.setdefault(cause, []).append((known[price], row))
    rows = [_rebuild(cause, parts) for cause, parts in found.items()]
    return sorted(rows, key=lambda row: (-(row["cost"] or 0), row["cause"]))


def _rebuild(cause: str, parts: list[tuple[Rate, list[int]]]) -> Report:
    priced = [(price, row) for price, row in parts if price.p_in is not None]
    return {
        "cause": cause,
        "meaning": CAUSES[cause],
        "samplings": sum(row[0] for _, row in parts),
        "tokens": sum(row[1] + row[2] for _, row in parts),
        "cost": _money(priced, _written),
        "extra": _money(priced, lambda price, row: _written(price, row) - (row[1] + row[2]) * (price.p_cr or 0)),
    }


def _written(price: Rate, row: list[int]) -> int:
    return row[1] * (price.p_c5 or 0) + row[2] * (price.p_c1 or 0)
