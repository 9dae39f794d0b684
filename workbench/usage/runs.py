"""What the recorded runs amount to: sums, lists and groups, each one query over `agent_runs`.

Idea: a filter says which rows count, and every report is a grouping of those. Rows are plain dictionaries in the shape
in which commands and the CLI show them: times in ISO 8601 UTC, money as Decimal or None. Invariant: any grouping adds up
to the summary under the same filter, and what has no price is named in `unpriced`, never counted as zero.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import apsw

from workbench.clock import iso
from workbench.usage.ledger import dollars

Report = dict[str, Any]


@dataclass(frozen=True)
class Filter:
    """Which runs count: started at or after `since` (milliseconds), of one skill, without those that were cancelled
    before anything was used.
    """

    since: int | None = None
    skill: str | None = None
    hide_cancelled: bool = False

    def values(self) -> dict[str, Any]:
        return {"since": self.since, "skill": self.skill, "hide_cancelled": self.hide_cancelled}


ALL: Final = Filter()

_ACCOUNT: Final = "coalesce(counted_in, session)"
"""The session that a run is counted in: its own, unless that is a part of another."""
_SHOWN: Final = """
    reset_marker is null
    and (:since is null or started >= :since)
    and (:skill is null or skill = :skill)
    and not (:hide_cancelled and status in ('aborted', 'interrupted')
             and input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens = 0)
"""

_TOTALS: Final = """
    count(distinct run) as runs,
    count(distinct coalesce(counted_in, session)) as sessions,
    coalesce(sum(input_tokens), 0) as input_tokens,
    coalesce(sum(output_tokens), 0) as output_tokens,
    coalesce(sum(cache_creation_tokens), 0) as cache_creation_tokens,
    coalesce(sum(cache_read_tokens), 0) as cache_read_tokens,
    sum(cost) as total_cost,
    sum(case when replay then cost end) as replayed_cost,
    count(distinct case when cost is not null then run end) as priced_runs,
    json_group_array(distinct model) filter (
        where cost is null and input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens > 0
    ) as unpriced
"""
"""`unpriced` is the models that were used and whose price is not known; `replayed_cost` what of it nobody paid."""

_RUN: Final = f"""
    select run, session, provider, skill, step, workflow, purpose, status, reason, min(started) as started, max(ended) as ended,
        json_group_array(distinct model) as models, max(duration_ms) as duration_ms,
        max(api_duration_ms) as api_duration_ms, max(turns) as turns, max(tool_uses) as tool_uses,
        max(compactions) as compactions, max(stop_reason) as stop_reason, max(events) as events, replay, source,
        {_TOTALS}
    from agent_runs where {_SHOWN}
"""  # noqa: S608 - our own text, as below


def summary(connection: apsw.Connection, which: Filter = ALL) -> Report:
    """The sums of all runs that count; `average_cost` is of the runs that have a price."""
    return _rows(connection, f"select {_TOTALS} from agent_runs where {_SHOWN}", which)[0]  # noqa: S608


def recent_runs(
    connection: apsw.Connection, which: Filter = ALL, *, limit: int = 50, before: tuple[int, str] | None = None
) -> list[Report]:
    """Runs, the last started first; `before` is the `position` of the last one seen."""
    started, run = before or (2**62, "")
    query = f"""{_RUN} and (started, run) < (:before_started, :before_run)
        group by run order by started desc, run desc limit :limit"""
    return _rows(connection, query, which, limit=limit, before_started=started, before_run=run)


def recent_sessions(
    connection: apsw.Connection, which: Filter = ALL, *, limit: int = 50, before: tuple[int, str] | None = None
) -> list[Report]:
    """Sessions that have runs, the last started one first, with the steps and models that they went through."""
    started, session = before or (2**62, "")
    query = f"""
        select {_ACCOUNT} as session, provider, max(skill) as skill, max(workflow) as workflow,
            json_group_array(distinct step) filter (where step is not null) as steps,
            json_group_array(distinct model) as models, min(started) as started, max(ended) as ended,
            sum(duration_ms) as duration_ms, sum(turns) as turns, sum(tool_uses) as tool_uses, max(replay) as replay,
            {_TOTALS}
        from agent_runs where {_SHOWN}
        group by {_ACCOUNT} having (min(started), {_ACCOUNT}) < (:before_started, :before_session)
        order by min(started) desc, {_ACCOUNT} desc limit :limit"""  # noqa: S608
    return _rows(connection, query, which, limit=limit, before_started=started, before_session=session)


def session_runs(connection: apsw.Connection, session: str, which: Filter = ALL) -> list[Report]:
    """The runs of a session and of those that are counted in it, the last started first."""
    query = f"{_RUN} and {_ACCOUNT} = :session group by run order by started desc, run desc"
    return _rows(connection, query, which, session=session)


def step_runs(
    connection: apsw.Connection, step: str, which: Filter = ALL, *, workflow: str | None = None
) -> list[Report]:
    """The runs of a workflow's step, the last started first."""
    query = f"""{_RUN} and step = :step and (:workflow is null or workflow = :workflow)
        group by run order by started desc, run desc"""
    return _rows(connection, query, which, step=step, workflow=workflow)


def by_step(connection: apsw.Connection, which: Filter = ALL) -> list[Report]:
    """Sums by step of a workflow, its gate and its repairs included, the dearest first; runs outside of a workflow have
    None for both. `replayed`: runs of it were played from a recording.
    """
    more = """max(replay) as replayed,
        json_group_array(distinct purpose) filter (where purpose is not null) as purposes"""
    return _grouped(connection, "workflow, step", which, more)


def by_model(connection: apsw.Connection, which: Filter = ALL) -> list[Report]:
    """Sums by model, the dearest first; `family` is what people call it."""
    rows = _grouped(connection, "model", which)
    return [{**row, "family": family(row["model"])} for row in rows]


def of_sessions(connection: apsw.Connection, sessions: Iterable[str]) -> dict[str, Report]:
    """The sums of each of these sessions that has runs, by its id."""
    query = f"""
        select session, {_TOTALS} from agent_runs
        where {_SHOWN} and session in (select value from json_each(:wanted)) group by session"""  # noqa: S608
    rows = _rows(connection, query, ALL, wanted=json.dumps(list(sessions)))
    return {row["session"]: row for row in rows}


def family(model: str) -> str:
    """Haiku, Sonnet or Opus for any of Claude's versions; else the model itself."""
    return next((name for name in ("haiku", "sonnet", "opus") if name in model.lower()), model)


def _grouped(connection: apsw.Connection, columns: str, which: Filter, *more: str) -> list[Report]:
    query = f"""
        select {", ".join((columns, *more))}, {_TOTALS} from agent_runs where {_SHOWN} group by {columns}
        order by total_cost desc nulls last, sum(output_tokens) desc, {columns}"""  # noqa: S608
    return _rows(connection, query, which)


def _rows(connection: apsw.Connection, query: str, which: Filter, **values: Any) -> list[Report]:
    cursor = connection.execute(query, which.values() | values)
    return [_shown(dict(zip((name for name, _ in cursor.get_description()), row, strict=True))) for row in cursor]


def _shown(row: Report) -> Report:
    """A row of SQL as it is shown."""
    priced = row.pop("priced_runs")
    total = dollars(row["total_cost"])
    row |= {"total_cost": total, "average_cost": None if total is None else round(total / priced, 12)}
    row["replayed_cost"] = dollars(row["replayed_cost"])
    for name in ("unpriced", "models", "steps", "purposes"):
        if name in row:
            row[name] = sorted(json.loads(row[name]))
    if "started" in row:
        row["position"] = (row["started"], row.get("run", row.get("session")))
        row |= {"started": iso(row["started"]), "ended": iso(row["ended"])}
    row |= {name: bool(row[name]) for name in ("replay", "replayed") if name in row}
    if "run" in row:
        del row["runs"], row["sessions"], row["average_cost"], row["replayed_cost"]
    return row
