"""Why a sampling costs what it costs: each factor, the price and its day, the line that told it, and who was not counted.

Idea: the audit trail of one number. Invariant: the factors sum to the computed cost exactly; a second opinion and the
source's own cost stand beside it with their differences, and change nothing.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

import apsw

from workbench.clock import iso
from workbench.errors import NotFound
from workbench.usage import prices
from workbench.usage.prices import Rate
from workbench.usage.second import second_opinion
from workbench.usage.sums import NOTE, Report, dollars

_COUNTS: Final = ("i", "o", "c5", "c1", "cr", "web")
_BEYOND: Final = (1 << 63) - 1
"""The largest number that a store takes, which no sampling has."""
_QUERY: Final = """
    select s.id, s.ts, s.kind, s.mid, s.rid, s.live, s.side, s.i, s.o, s.c5, s.c1, s.cr, s.web, s.reason, s.reported, s.off,
        s.price, c.session as told_in, h.session, h.project, h.skill, h.agent, c.speed, c.tier, c.geo, f.path, f.source, r.run
    from sampling s join ctx c on c.id = s.ctx join ctx h on h.id = s.home
        left join file f on f.id = s.file left join run r on r.id = s.run
    where s.id = ?"""


def explain(connection: apsw.Connection, sampling: int) -> Report:
    """Each factor of one sampling's cost. Raises NotFound for a number that is no sampling's."""
    cursor = connection.execute(_QUERY, (max(0, min(sampling, _BEYOND)),))
    values = next(cursor, None)
    if values is None:
        raise NotFound(
            f"There is no sampling {sampling}.",
            remedy="The samplings of a session are listed by: workbench call usage.session_samplings.",
            sampling=sampling,
        )
    row = dict(zip((name for name, _ in cursor.get_description()), values, strict=True))
    _, *identity = next(connection.execute("select * from price where id = ?", (row["price"],)))
    rate = Rate._make(identity)
    counts = tuple(row[name] for name in _COUNTS)
    worked = prices.cost(rate, *counts)
    return {
        "id": row["id"],
        "ts": iso(row["ts"]),
        "counts": bool(row["live"]),
        "kind": row["kind"],
        "message": row["mid"],
        "request": row["rid"],
        **{name: row[name] for name in ("session", "told_in", "project", "skill", "agent", "run")},
        "price": _price(rate),
        "factors": [factor._asdict() | {"amount": _money(factor.amount)} for factor in prices.explain(rate, counts)],
        "reasoning_tokens": row["reason"],
        "computed": _money(worked),
        "reported": _money(row["reported"]),
        "difference": _apart(row["reported"], worked),
        "second_opinion": _second(rate, counts, row, worked),
        "source": {name: row[name] for name in ("source", "path", "off")},
        "candidates": _candidates(connection, row),
        "note": NOTE,
    }


def _price(rate: Rate) -> Report:
    known = rate.p_in is not None
    since = (date(1970, 1, 1) + timedelta(days=rate.start_day)).isoformat() if rate.start_day else None
    return {"provider": rate.provider, "model": rate.model, "variant": rate.variant, "since": since, "known": known}


def _second(rate: Rate, counts: Any, row: Report, worked: int | None) -> Report | None:
    """What LiteLLM's table says of today, when it is installed and knows the model."""
    cost = second_opinion(rate.model, counts, speed=row["speed"], tier=row["tier"], geo=row["geo"])
    return None if cost is None else {"cost": _money(cost), "difference": _apart(cost, worked), "source": "LiteLLM"}


def _candidates(connection: apsw.Connection, row: Report) -> list[Report]:
    """Every row that told of the same message, this one too; of copies of one response only one counts."""
    found = connection.execute(
        """select s.id, s.live, s.side, s.ts, s.o, f.path, s.off from sampling s left join file f on f.id = s.file
            where s.mid = ? order by s.live desc, s.ts, s.id limit 100""",
        (row["mid"],),
    )
    return [
        {
            "id": number,
            "counts": bool(live),
            "sidechain": bool(side),
            "ts": iso(ts),
            "output_tokens": o,
            "path": path,
            "off": off,
        }
        for number, live, side, ts, o, path, off in found
    ]


def _money(picos: int | None) -> Decimal | None:
    return None if picos is None else dollars(picos)


def _apart(one: int | None, other: int | None) -> Decimal | None:
    return None if one is None or other is None else dollars(one - other)
