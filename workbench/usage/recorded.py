"""Runs that a program made elsewhere and reports itself, and the reset that hides what has been counted so far."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import apsw

from workbench.errors import InvalidRequest
from workbench.usage import table
from workbench.usage.ledger import MAX_TOKENS, MAX_USD, picos
from workbench.usage.table import Row

STATUSES = ("completed", "aborted", "error", "interrupted")


def record(
    connection: apsw.Connection,
    *,
    run: str,
    model: str,
    provider: str,
    started: int,
    ended: int,
    session: str | None = None,
    status: str = "completed",
    cost: Decimal | None = None,
    input_tokens: int = 0,
    output_tokens: int = 0,
    cache_read_tokens: int = 0,
    cache_creation_tokens: int = 0,
    **details: Any,
) -> None:
    """Writes one model's part of a run that our ledger has not seen. Again, with the same run and model, writes it over.

    `cost` is in dollars, None when it is not known; `details` are the other columns of `table.Row`. Raises
    InvalidRequest for a run of our own and for numbers that are none.
    """
    tokens = {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "cache_read_tokens": cache_read_tokens,
        "cache_creation_tokens": cache_creation_tokens,
    }
    problems = _problems(tokens, cost, status, late=ended < started, ours=table.is_ours(connection, run))
    if problems:
        first = problems[0]
        raise InvalidRequest(
            f"The run cannot be recorded: {first['path']} {first['message']}.",
            remedy="Correct the request.",
            problems=problems,
        )
    row = Row(
        run=run,
        model=model,
        session=session or run,
        provider=provider,
        status=status,
        started=started,
        ended=ended,
        cost=picos(cost),
        source="recorded",
        **{**tokens, **details},
    )
    table.put(connection, row)


def _problems(
    tokens: dict[str, int], cost: Decimal | None, status: str, *, late: bool, ours: bool
) -> list[dict[str, str]]:
    """What is wrong with a reported run, as `{path, message}` each."""
    problems = [
        {"path": name, "message": f"must be between 0 and {MAX_TOKENS}"}
        for name, value in tokens.items()
        if not 0 <= value <= MAX_TOKENS
    ]
    if cost is not None and picos(cost) is None:
        problems.append({"path": "cost", "message": f"must be between 0 and {MAX_USD} dollars"})
    if status not in STATUSES:
        problems.append({"path": "status", "message": f"must be one of {', '.join(STATUSES)}"})
    if late:
        problems.append({"path": "ended", "message": "lies before started"})
    if ours:
        problems.append({"path": "run", "message": "is a run of ours, which is recorded already"})
    return problems


def reset(connection: apsw.Connection, marker: str, *, now_ms: int, skill: str | None = None) -> int:
    """Hides what has been counted so far (of a skill, or of all) under a marker; how many runs. Nothing is deleted."""
    return table.hide(connection, marker, now_ms, skill)
