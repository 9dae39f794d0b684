"""Which of a fork's events are its parent's, told again.

Idea: a conversation that was forked begins with its parent's events under times and ids of its own. Which ones those
are shows when both files are known, so it is asked anew whenever a file of either changes, in whatever order they come.

Invariant: an event that is told again counts in the parent alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import apsw

from workbench.usage.intake import Intake
from workbench.usage.sources import codex


def settle_forks(intake: Intake, threads: Iterable[str]) -> None:
    """Marks what is told again in these conversations, and in those that began as copies of them."""
    connection = intake.connection
    affected = dict.fromkeys(threads)
    for thread in list(affected):
        affected.update((child, None) for (child,) in _query(connection, "thread", "parent", thread) if child)
    for thread in affected:
        for state, parent in _query(connection, "state, parent", "thread", thread):
            if state and parent:
                _mark(intake, thread, state, [found for (found,) in _query(connection, "state", "thread", parent)])


def _mark(intake: Intake, thread: str, state: str, parents: list[str | None]) -> None:
    count = max((codex.replayed(state, parent) for parent in parents if parent), default=0)
    events = [codex.event_id(thread, number) for number in range(len(json.loads(state)["totals"]))]
    intake.replayed.update(events[:count])
    intake.settle_again(events)


def _query(connection: apsw.Connection, columns: str, where: str, thread: str) -> list[Any]:
    return connection.execute(f"select {columns} from file where {where} = ?", (thread,)).fetchall()  # noqa: S608 - our own names
