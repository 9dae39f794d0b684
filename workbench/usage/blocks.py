"""Five-hour blocks: an estimate of the windows in which Claude's subscriptions are limited.

Idea: a block begins at the full UTC hour of the first sampling behind the last block and is five hours long, its end
not included. A quarter hour lies in one block as a whole, so blocks are made of sums by quarter hour. Limits are one
provider's, so a chain of blocks is, too. Invariant: every sampling of a provider is in exactly one block, whose edges
come from all of them: no filter and no range moves one. They are a guess all the same: the provider tells nobody when
its windows begin, and what it does tell of its limits is in `limits`; no plan's limit is written down here.
"""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apsw

from workbench.clock import iso
from workbench.usage import sums
from workbench.usage.reports import FAR, narrowed, of_quarter_hours, of_samplings
from workbench.usage.rollups import BUCKET_MS
from workbench.usage.sums import NOTE, Model, Part, Prices, Report
from workbench.usage.which import EVERYTHING, Which

HOURS: Final = 5
HOUR_MS: Final = 3_600_000
BLOCK_MS: Final = HOURS * HOUR_MS
MINUTE_MS: Final = 60_000

LEAST_MINUTES: Final = 5
"""Of a shorter time there is no rate: two responses at once would be millions a minute."""

PROVIDER: Final = "anthropic"
"""Whose blocks are meant if none is named and it was ever used; else those of the provider that was used last."""

ESTIMATE: Final = (
    "Blocks are an estimate: five hours from the full hour of the first response behind the last block, of one provider"
    f" ({PROVIDER}, if none is named and it was used). Its own windows may lie elsewhere; what it says of them is in the limits. A"
    " projection goes on at the rate so far. "
) + NOTE


class Block(NamedTuple):
    """Five hours in which something was used."""

    start: int
    first: int
    last: int
    parts: dict[Model, Part]

    def active(self, now_ms: int) -> bool:
        """Whether it is running."""
        return self.start <= now_ms < self.start + BLOCK_MS and now_ms - self.last < BLOCK_MS


def blocks(
    connection: apsw.Connection,
    which: Which = EVERYTHING,
    *,
    now_ms: int,
    since_ms: int | None = None,
    last: int | None = None,
) -> Report:
    """Every block of a provider, the first one first, and the gaps of five hours and more between them.

    Of those that were found, only what began at `since_ms` or later or is running, and only the last so many.
    """
    known = sums.prices(connection)
    which = of_one(connection, which, known)
    found = list(_blocks(connection, which, known))
    if since_ms is not None:
        found = [block for block in found if block.start >= since_ms or block.active(now_ms)]
    if last is not None:
        found = found[-last:]
    rows: list[Report] = []
    for at, block in enumerate(found):
        if at and block.first - found[at - 1].last >= BLOCK_MS:
            rows.append(_gap(found[at - 1].last, block.first))
        rows.append(_row(block, now_ms))
    whole = sums.merged(block.parts for block in found)
    return {
        "blocks": rows,
        "totals": sums.bucket(whole),
        "unpriced": sums.unpriced(whole),
        "timezone": which.timezone,
        "mode": which.mode,
        "note": ESTIMATE,
    }


def of_one(connection: apsw.Connection, which: Which, known: Prices) -> Which:
    """The same of one provider."""
    if which.provider:
        return which
    provider = PROVIDER
    if PROVIDER not in {rate.provider for rate in known.values()}:
        for (price,) in connection.execute("select price from roll order by bucket desc limit 1"):
            provider = known[price].provider
    return which._replace(provider=provider)


def _blocks(connection: apsw.Connection, which: Which, known: Prices) -> Iterator[Block]:
    starts = _starts(connection, which, known)
    buckets: dict[int, tuple[int, int]] = {}
    """The first and the last quarter hour of each block, by where it starts."""
    summed: dict[int, dict[Model, Part]] = {}
    for row in of_quarter_hours(connection, which, known):
        bucket = row[0]
        start = starts[bisect(starts, bucket * BUCKET_MS) - 1]
        buckets[start] = (buckets.get(start, (bucket,))[0], bucket)
        sums.include(summed.setdefault(start, {}), row, known, which.mode)
    moments = _moments(connection, which, known, {bucket for pair in buckets.values() for bucket in pair})
    for start, (first, last) in buckets.items():
        yield Block(start, moments[first][0], moments[last][1], summed[start])


def _starts(connection: apsw.Connection, which: Which, known: Prices) -> list[int]:
    """Where the blocks begin that a range touches, in order: followed from the last pause before it, which any chain of
    blocks ends at.
    """
    since, end = which.start_ms(), which.end_ms()
    values = {"end": FAR if end is None else -(-end // BUCKET_MS)}
    where, values = narrowed(connection, Which(provider=which.provider), known, "bucket < :end", values)
    query = f"select distinct bucket from roll where {where} order by bucket desc"  # noqa: S608 - our own text
    used: list[int] = []
    for (bucket,) in connection.execute(query, values):
        moment = bucket * BUCKET_MS
        if used and since is not None and used[-1] <= since and used[-1] - moment >= BLOCK_MS:
            break
        used.append(moment)
    starts: list[int] = []
    for moment in reversed(used):
        if not starts or moment >= starts[-1] + BLOCK_MS:
            starts.append(moment // HOUR_MS * HOUR_MS)
    return starts


def _moments(
    connection: apsw.Connection, which: Which, known: Prices, buckets: Iterable[int]
) -> dict[int, tuple[int, int]]:
    """When the first and the last sampling of quarter hours were."""
    where, values = of_samplings(connection, which, known)
    values |= {"buckets": json.dumps(sorted(buckets))}
    rows = connection.execute(
        f"""select s.ts / {BUCKET_MS} as bucket, min(s.ts), max(s.ts) from sampling s
            where {where} and s.ts / {BUCKET_MS} in (select value from json_each(:buckets)) group by bucket""",  # noqa: S608 - our own text
        values,
    )
    return {bucket: (first, last) for bucket, first, last in rows}


def _row(block: Block, now_ms: int) -> Report:
    end = block.start + BLOCK_MS
    active = block.active(now_ms)
    used = sums.bucket(block.parts)
    burn = _burn(block, used)
    return {
        "id": iso(block.start),
        "start": iso(block.start),
        "end": iso(end),
        "actual_end": iso(block.last),
        "active": active,
        "gap": False,
        **used,
        "burn_rate": burn,
        "projection": _projection(used, burn, end - now_ms) if active and burn is not None else None,
    }


def _gap(last: int, following: int) -> Report:
    start = last + BLOCK_MS
    return {
        "id": f"gap-{iso(start)}",
        "start": iso(start),
        "end": iso(following),
        "actual_end": None,
        "active": False,
        "gap": True,
        **sums.bucket({}),
        "burn_rate": None,
        "projection": None,
    }


def _burn(block: Block, used: Report) -> Report | None:
    """How fast it went between the first response and the last; of a moment there is no rate."""
    minutes = (block.last - block.first) / MINUTE_MS
    if minutes < LEAST_MINUTES:
        return None
    cost: Any = used["total_cost"]
    indicator = used["input_tokens"] + used["output_tokens"]
    return {
        "tokens_per_minute": used["total_tokens"] / minutes,
        "tokens_per_minute_for_indicator": indicator / minutes,
        "cost_per_hour": None if cost is None else float(cost) / minutes * 60,
    }


def _projection(used: Report, burn: Report, left_ms: int) -> Report:
    """What the block amounts to if it goes on like this to its end."""
    minutes = round(left_ms / MINUTE_MS)
    cost = used["total_cost"]
    more = None if cost is None or burn["cost_per_hour"] is None else burn["cost_per_hour"] / 60 * minutes
    return {
        "total_tokens": round(used["total_tokens"] + burn["tokens_per_minute"] * minutes),
        "total_cost": None if more is None else round(float(cost) + more, 2),
        "remaining_minutes": minutes,
    }
