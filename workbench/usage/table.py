"""The SQL of `agent_runs` and `usage_baseline`: a run has one row a model, known by both."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from typing import Any, Final

import apsw


@dataclass(frozen=True, kw_only=True)
class Row:
    """One model's part of a run. `cost` is in 1e-12 USD. What is counted once a run is None but on its first model."""

    run: str
    model: str
    session: str
    provider: str
    provider_session: str | None = None
    skill: str | None = None
    step: str | None = None
    workflow: str | None = None
    purpose: str | None = None
    counted_in: str | None = None
    status: str
    reason: str | None = None
    started: int
    ended: int
    input_tokens: int
    output_tokens: int
    cache_read_tokens: int
    cache_creation_tokens: int
    cost: int | None
    cost_basis: str | None = None
    duration_ms: int | None = None
    api_duration_ms: int | None = None
    turns: int | None = None
    tool_uses: int | None = None
    compactions: int | None = None
    stop_reason: str | None = None
    events: int | None = None
    replay: bool = False
    source: str = "ledger"


COLUMNS: Final = tuple(field.name for field in fields(Row))

_PUT: Final = f"""
insert into agent_runs ({", ".join(COLUMNS)}) values ({", ".join("?" * len(COLUMNS))})
on conflict (run, model) do update set {", ".join(f"{name} = excluded.{name}" for name in COLUMNS[2:])}
"""  # noqa: S608 - our own column list


def put(connection: apsw.Connection, row: Row) -> None:
    """Writes a row, or writes it over; a reset that hid it goes on hiding it."""
    connection.execute(_PUT, astuple(row))


def is_ours(connection: apsw.Connection, run: str) -> bool:
    """Whether our own ledger has written this run."""
    found = connection.execute("select 1 from agent_runs where run = ? and source = 'ledger' limit 1", (run,))
    return found.fetchone() is not None


def baselines(connection: apsw.Connection, session: str) -> dict[str, dict[str, Any]]:
    """What a session's provider had counted of each model when its last run ended."""
    rows = connection.execute("select model, counters from usage_baseline where session = ?", (session,))
    return {model: json.loads(counters) for model, counters in rows}


def put_baseline(connection: apsw.Connection, session: str, model: str, counters: dict[str, Any]) -> None:
    """Keeps what has been counted now."""
    connection.execute(
        """
        insert into usage_baseline (session, model, counters) values (?, ?, ?)
        on conflict (session, model) do update set counters = excluded.counters
        """,
        (session, model, json.dumps(counters)),
    )


def forget_baselines(connection: apsw.Connection, session: str) -> None:
    """The provider's totals of a session begin at nothing."""
    connection.execute("delete from usage_baseline where session = ?", (session,))


def before(connection: apsw.Connection, session: str, run: str, started: int) -> Iterator[list[list[Any]]]:
    """What a session's earlier runs used, the latest first: of each its models with the basis, the counts and the cost."""
    rows = connection.execute(
        """
        select json_group_array(json_array(model, cost_basis, input_tokens, output_tokens, cache_read_tokens,
            cache_creation_tokens, cost))
        from agent_runs where session = ? and run <> ? and started <= ? and source = 'ledger'
        group by run order by started desc, run desc
        """,
        (session, run, started),
    )
    return (json.loads(models) for (models,) in rows)


def rename_skill(connection: apsw.Connection, old: str, new: str) -> None:
    """The runs of a skill go with it."""
    connection.execute("update agent_runs set skill = ? where skill = ?", (new, old))


def hide(connection: apsw.Connection, marker: str, before: int, skill: str | None) -> int:
    """Hides the runs that ended by `before` (of one skill, or of all) from reports; how many runs."""
    runs = connection.execute(
        """
        update agent_runs set reset_marker = ?1
        where reset_marker is null and ended <= ?2 and (?3 is null or skill = ?3)
        returning run
        """,
        (marker, before, skill),
    ).fetchall()
    return len({run for (run,) in runs})
