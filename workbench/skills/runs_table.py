"""The SQL of how far skills have come in the workflow, and of what reconciliations found about that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import apsw
import msgspec


@dataclass(frozen=True)
class RunRow:
    """How far a skill has come in its workflow. `done` are its completed steps."""

    current_step: int
    status: str
    done: frozenset[int]
    workflow: str = "skill-builder"


def start_run(
    connection: apsw.Connection,
    skill: int,
    now: int,
    *,
    step: int = 0,
    status: str = "pending",
    workflow: str = "skill-builder",
    example: str | None = None,
) -> None:
    """A skill's way through a workflow, at its beginning unless said otherwise; `example`: the one that it is made from."""
    connection.execute(
        """
        insert into workflow_runs (skill, current_step, status, created, updated, workflow, example)
        values (?, ?, ?, ?, ?, ?, ?) on conflict (skill) do nothing
        """,
        (skill, step, status, now, now, workflow, example),
    )


def runs(connection: apsw.Connection) -> dict[int, RunRow]:
    """The runs of all skills, by the skill's id."""
    done: dict[int, set[int]] = {}
    for skill, step in connection.execute("select skill, step from workflow_steps where status = 'completed'"):
        done.setdefault(skill, set()).add(step)
    found = connection.execute("select skill, current_step, status, workflow from workflow_runs")
    return {skill: RunRow(step, status, frozenset(done.get(skill, ())), name) for skill, step, status, name in found}


def set_run(connection: apsw.Connection, skill: int, run: RunRow, now: int) -> None:
    """How far it has come now; steps that are not done are pending, and those that were done are as they were."""
    start_run(connection, skill, now)
    connection.execute(
        "update workflow_runs set current_step = ?, status = ?, updated = ? where skill = ?",
        (run.current_step, run.status, now, skill),
    )
    connection.execute(
        """
        update workflow_steps set status = 'pending', ended = null
        where skill = ? and step not in (select value from json_each(?))
        """,
        (skill, str(sorted(run.done))),
    )
    connection.executemany(
        """
        insert into workflow_steps (skill, step, status, ended) values (?, ?, 'completed', ?)
        on conflict (skill, step) do update set status = 'completed', ended = coalesce(ended, excluded.ended)
        """,
        [(skill, step, now) for step in sorted(run.done)],
    )


def open_sessions(connection: apsw.Connection) -> list[tuple[int, int, int]]:
    """The workflow sessions that nobody has ended: skill, process, and when that was started."""
    found = connection.execute("select skill, pid, born from workflow_sessions where ended is null")
    return [(skill, pid, born) for skill, pid, born in found]


# -- reconciliation ---------------------------------------------------------------------------------------------------


def note(connection: apsw.Connection, kind: str, details: dict[str, Any], now: int) -> None:
    """What a reconciliation found or did."""
    connection.execute(
        "insert into reconciliation_events (at, kind, details) values (?, ?, ?)",
        (now, kind, msgspec.json.encode(details).decode()),
    )


def notes(connection: apsw.Connection, kind: str) -> list[dict[str, Any]]:
    """What reconciliations found or did, the oldest first."""
    found = connection.execute("select details from reconciliation_events where kind = ? order by id", (kind,))
    return [msgspec.json.decode(details) for (details,) in found]
