"""What a status line asks many times a minute: today's sums, and the block that is open.

Idea: both come from the sums by quarter hour and from the last days' samplings, which any store has, so nothing is
written and no time zone need be kept for it. Invariant: today's sums are those of the daily report of the same day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Final

import apsw

from workbench.usage import sums
from workbench.usage.blocks import PROVIDER, blocks
from workbench.usage.reports import of_quarter_hours
from workbench.usage.sums import Report
from workbench.usage.which import Which, zone

BLOCK_DAYS: Final = 1
"""A block that is open began today or yesterday."""


def today(connection: apsw.Connection, timezone: str, now_ms: int) -> Report:
    """One bucket of what this day has used so far, wherever and with whatever agent."""
    day = _day(timezone, now_ms).isoformat()
    which = Which(since=day, until=day, timezone=timezone)
    known = sums.prices(connection)
    rows = of_quarter_hours(connection, which, known)
    return sums.bucket(sums.merged(sums.fold(rows, known, which.mode, lambda _: "today").values()))


def open_block(connection: apsw.Connection, timezone: str, now_ms: int) -> Report | None:
    """The five-hour block of Claude's that is running, None when none is."""
    since = (_day(timezone, now_ms) - timedelta(days=BLOCK_DAYS)).isoformat()
    which = Which(since=since, timezone=timezone, provider=PROVIDER)
    return next((each for each in blocks(connection, which, now_ms=now_ms)["blocks"] if each["active"]), None)


def anything(connection: apsw.Connection) -> bool:
    """Whether anything was ever imported."""
    return connection.execute("select 1 from file limit 1").fetchone() is not None


def _day(timezone: str, now_ms: int) -> date:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=now_ms)).astimezone(zone(timezone)).date()
