"""Five-hour blocks: an estimate of the windows in which Claude's subscriptions are limited.

Idea: a block begins at the full UTC hour of the first sampling behind the last block and is five hours long, its end
not included. A quarter hour lies in one block as a whole, so blocks are made of sums by quarter hour. Invariant: every
sampling is in exactly one block. A block's edges are a guess: the provider tells nobody when its windows begin, and
what it does tell of its limits is in `limits`; no plan's limit is written down here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import apsw

from workbench.clock import iso
from workbench.usage import sums
from workbench.usage.reports import of_samplings
from workbench.usage.sums import NOTE, OF_SAMPLINGS, Model, Part, Prices, Report
from workbench.usage.which import EVERYTHING, Which

HOURS: Final = 5
HOUR_MS: Final = 3_600_000
BLOCK_MS: Final = HOURS * HOUR_MS
MINUTE_MS: Final = 60_000
BUCKET_MS: Final = 900_000

ESTIMATE: Final = (
    "Blocks are an estimate: five hours from the full hour of the first response behind the last block. The provider's"
    " own windows may lie elsewhere; what it says of them is in the limits. A projection goes on at the rate so far. "
) + NOTE


class Block(NamedTuple):
    """Five hours in which something was used."""

    start: int
    first: int
    last: int
    parts: dict[Model, Part]


def blocks(connection: apsw.Connection, which: Which = EVERYTHING, *, now_ms: int) -> Report:
    """Every block, the first one first, and the gaps of five hours and more between them."""
    known = sums.prices(connection)
    found = list(_blocks(connection, which, known))
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


def _blocks(connection: apsw.Connection, which: Which, known: Prices) -> Iterator[Block]:
    where, values = of_samplings(connection, which, known)
    grouped = connection.execute(
        f"""select s.ts / {BUCKET_MS} as bucket, min(s.ts), max(s.ts), null, s.price, s.reported is not null as told, {OF_SAMPLINGS}
            from sampling s where {where} group by bucket, s.price, told order by bucket""",  # noqa: S608 - our own text
        values,
    )
    block: Block | None = None
    for bucket, first, last, *row in grouped:
        if block is not None and bucket * BUCKET_MS >= block.start + BLOCK_MS:
            yield block
            block = None
        if block is None:
            block = Block(first - first % HOUR_MS, first, last, {})
        block = block._replace(first=min(block.first, first), last=max(block.last, last))
        sums.include(block.parts, row, known, which.mode)
    if block is not None:
        yield block


def _row(block: Block, now_ms: int) -> Report:
    end = block.start + BLOCK_MS
    active = block.start <= now_ms < end and now_ms - block.last < BLOCK_MS
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
    """How fast it went between the first response and the last; of one moment there is no rate."""
    minutes = (block.last - block.first) / MINUTE_MS
    if minutes <= 0:
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
