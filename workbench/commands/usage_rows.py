"""The reports on usage as JSON values: what `usage.*` replies, and what the command line prints without loading models.

Invariant: a number here is the ledger's own; money is a decimal string, or null when no price is known.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

import apsw

from workbench.commands.paging import cursor_of, position_of
from workbench.errors import InvalidRequest
from workbench.usage import runs
from workbench.usage.runs import Filter

Params = Mapping[str, Any]
Rows = list[dict[str, Any]]

_PLACES: Final = 12


def report(name: str, connection: apsw.Connection, params: Params) -> dict[str, Any]:
    """One report by its command's name, without the subject: `report("by_model", connection, {"since": ...})`."""
    return _REPORTS[name](connection, params)


def decimal_text(value: Decimal | None) -> str | None:
    """Money as a decimal string without an exponent: `0.0123`; an average is rounded to 1e-12 dollars."""
    if value is None:
        return None
    text = f"{round(value, _PLACES):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def moment(text: str | None) -> int | None:
    """An ISO 8601 day or time as milliseconds since 1970; without a zone it is UTC. Raises InvalidRequest."""
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text)
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise InvalidRequest(
            f"{text!r} is not a day or a time.",
            remedy="Write it as 2026-11-21 or 2026-11-21T09:30:00Z.",
            problems=[{"path": "since", "message": "must be ISO 8601"}],
        ) from error


def _summary(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    return _priced(runs.summary(connection, _filter(params)))


def _recent_runs(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    limit = params.get("limit", 50)
    before = position_of(params.get("cursor"))
    return _page("runs", runs.recent_runs(connection, _filter(params), limit=limit + 1, before=before), limit, _run)


def _recent_sessions(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    limit = params.get("limit", 50)
    before = position_of(params.get("cursor"))
    rows = runs.recent_sessions(connection, _filter(params), limit=limit + 1, before=before)
    return _page("sessions", rows, limit, _session)


def _session_runs(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    return {"runs": [_run(row) for row in runs.session_runs(connection, params["session"])]}


def _step_runs(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    rows = runs.step_runs(connection, params["step"], _filter(params), workflow=params.get("workflow"))
    return {"runs": [_run(row) for row in rows]}


def _by_step(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    return {"steps": [_priced(row) for row in runs.by_step(connection, _filter(params))]}


def _by_model(connection: apsw.Connection, params: Params) -> dict[str, Any]:
    return {"models": [_priced(row) for row in runs.by_model(connection, _filter(params))]}


_REPORTS: Final[dict[str, Callable[[apsw.Connection, Params], dict[str, Any]]]] = {
    "summary": _summary,
    "recent_runs": _recent_runs,
    "recent_sessions": _recent_sessions,
    "session_runs": _session_runs,
    "step_runs": _step_runs,
    "by_step": _by_step,
    "by_model": _by_model,
}


def _filter(params: Params) -> Filter:
    return Filter(
        since=moment(params.get("since")),
        skill=params.get("skill"),
        hide_cancelled=bool(params.get("hide_cancelled", False)),
    )


def _page(key: str, rows: Rows, limit: int, shown: Callable[[dict[str, Any]], dict[str, Any]]) -> dict[str, Any]:
    """At most `limit` of the rows; one more was asked for, to know whether there is a next page."""
    more = cursor_of(rows[limit - 1]["position"]) if len(rows) > limit else None
    return {key: [shown(row) for row in rows[:limit]], "next_cursor": more}


def _priced(row: dict[str, Any]) -> dict[str, Any]:
    return row | {name: decimal_text(row[name]) for name in ("total_cost", "average_cost", "replayed_cost")}


def _run(row: dict[str, Any]) -> dict[str, Any]:
    left = {key: value for key, value in row.items() if key not in {"position", "total_cost", "unpriced"}}
    return {**left, "cost": decimal_text(row["total_cost"])}


def _session(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in _priced(row).items() if key not in {"position", "sessions"}}
