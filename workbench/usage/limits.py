"""The providers' own limits, as they told them: how much of a window is used, and when it begins anew.

Idea: Codex writes its limits into its transcripts, and Claude Code says them to its status line; both end in
`limit_seen`, one row a word that said something new. No plan's limit is known or guessed here. Invariant: within a
window usage only grows, so an agent that still shows an older window, or less of the same one, is behind and is not
believed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.clock import iso
from workbench.usage.sampling import MOST_USED, LimitRow

STATUSLINE_WINDOWS: Final = {"five_hour": 300, "seven_day": 7 * 24 * 60}
"""The windows that Claude Code names to its status line, in minutes."""

PATIENCE_MS: Final = 100
"""How long a status line waits for another writer; its next call says the same again."""

_SAME_WINDOW_MS: Final = 5 * 60_000
"""Resets that lie closer are the same: some agents reckon them from "in so many seconds"."""

_AHEAD_MS: Final = 24 * 3_600_000
"""A word from further ahead was said by a wrong clock, and would be the last one for as long."""

_SECONDS: Final = 10**11
"""A time below this is in seconds."""

_SOURCES: Final = {"anthropic": "Claude Code's status line", "openai": "Codex's transcripts"}


def of_statusline(told: Mapping[str, Any], now_ms: int) -> list[LimitRow]:
    """The limits in what Claude Code says to its status line. Only subscriptions have them, after a first answer."""
    limits = told.get("rate_limits")
    if not isinstance(limits, Mapping):
        return []
    rows: list[LimitRow] = []
    for name, minutes in STATUSLINE_WINDOWS.items():
        window = limits.get(name)
        used = _number(window.get("used_percentage")) if isinstance(window, Mapping) else None
        if used is not None and isinstance(window, Mapping):
            rows.append((now_ms, "anthropic", minutes, used, _time(window.get("resets_at")), None))
    return rows


def believed(rows: Sequence[LimitRow], now_ms: int) -> list[LimitRow]:
    """Those of the rows that were not said in the future."""
    return [row for row in rows if row[0] <= now_ms + _AHEAD_MS]


def news(connection: apsw.Connection, rows: Sequence[LimitRow]) -> list[LimitRow]:
    """Those of the rows that say something which the last word on their window did not."""
    return [row for row in rows if _is_news(_last(connection, row[1], row[2]), row)]


def keep(connection: apsw.Connection, rows: Sequence[LimitRow]) -> int:
    """Writes what is new in the rows; how many were."""
    fresh = news(connection, rows)
    connection.executemany("insert or replace into limit_seen values (?, ?, ?, ?, ?, ?)", fresh)
    return len(fresh)


def keep_at(path: Path, rows: Sequence[LimitRow]) -> int:
    """The same in a transaction of its own, which does not wait long: an import may hold the lock for seconds.

    Raises apsw.Error when it could not be written now.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(PATIENCE_MS)
        written = 0
        if news(connection, rows):
            with connection:
                written = keep(connection, rows)
        return written
    finally:
        connection.close()


def current(connection: apsw.Connection, now_ms: int) -> list[dict[str, Any]]:
    """The last word on each window. What was used is None when the window has begun anew since: nobody told yet."""
    last = connection.execute("""
        select max(ts), provider, window, used, resets_at, plan from limit_seen
        group by provider, window order by provider, window
    """)
    return [_row(row, now_ms) for row in last]


def _row(seen: tuple[Any, ...], now_ms: int) -> dict[str, Any]:
    ts, provider, window, used, resets_at, plan = seen
    over = resets_at is not None and resets_at <= now_ms
    return {
        "provider": provider,
        "window_minutes": window,
        "used_percent": None if over else used,
        "resets_at": None if resets_at is None or over else iso(resets_at),
        "seen": iso(ts),
        "plan": plan,
        "source": _SOURCES.get(provider, "transcripts"),
    }


def _last(connection: apsw.Connection, provider: str, window: int) -> tuple[Any, ...] | None:
    found = connection.execute(
        "select ts, used, resets_at, plan from limit_seen where provider = ? and window = ? order by ts desc limit 1",
        (provider, window),
    ).fetchone()
    return None if found is None else tuple(found)


def _is_news(last: tuple[Any, ...] | None, row: LimitRow) -> bool:
    ts, _, _, used, resets_at, plan = row
    if last is None:
        return True
    seen, used_then, resets_then, plan_then = last
    if ts < seen:
        return False
    if resets_at is None or resets_then is None:
        return (used, resets_at, plan) != (used_then, resets_then, plan_then)
    apart = resets_at - resets_then
    if abs(apart) > _SAME_WINDOW_MS:
        return bool(apart > 0 or resets_then <= ts)
    return bool(used > used_then or plan != plan_then)


def _number(value: Any) -> float | None:
    """A percentage; it may pass a hundred."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MOST_USED:
        return None
    return float(value) if math.isfinite(value) else None


def _time(value: Any) -> int | None:
    """A time as ms UTC, from seconds or milliseconds."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _SECONDS * 100:
        return None
    return int(value * 1000 if value < _SECONDS else value)
