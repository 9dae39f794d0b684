"""Budgets: what was spent today and this month beside what a person means to spend.

Idea: a limit is a setting, `budget_daily` and `budget_monthly`, in US dollars as text; what was spent is a report.
Invariant: a budget warns and stops nothing; a level is reached when the exact cost is at or above it; models without a
price are named, since what they cost is not in the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Literal

import apsw

from workbench.usage import reports
from workbench.usage.sums import NOTE, Report
from workbench.usage.which import Which, since_last

Level = Literal["none", "near", "over"]
LEVELS: Final[tuple[tuple[Decimal, Level], ...]] = ((Decimal(1), "over"), (Decimal("0.8"), "near"))
"""From which share of a budget on a person is told, the highest first."""

PERIODS: Final = {"daily": "day", "monthly": "month"}


def budgets(connection: apsw.Connection, limits: Mapping[str, Decimal | None], *, now_ms: int, timezone: str) -> Report:
    """Each period's spending; `limits` by "daily" and "monthly". The store must keep the days of the zone."""
    rows = [_budget(connection, period, limits.get(period), now_ms, timezone) for period in PERIODS]
    return {"budgets": rows, "timezone": timezone, "note": NOTE}


def _budget(connection: apsw.Connection, period: str, limit: Decimal | None, now_ms: int, timezone: str) -> Report:
    today = since_last("daily", 1, now_ms, timezone, 0)
    since = since_last(period, 1, now_ms, timezone, 0)
    found = reports.totals(connection, Which(since=since, until=today, timezone=timezone))
    spent = found["totals"]["total_cost"]
    share = spent / limit if limit and spent is not None else None
    level: Level = next((level for least, level in LEVELS if share is not None and share >= least), "none")
    if limit == 0 and spent:
        level = "over"
    return {
        "period": PERIODS[period],
        "since": since,
        "spent": spent,
        "limit": limit,
        "share": None if share is None else float(share),
        "level": level,
        "unpriced": found["unpriced"],
    }
