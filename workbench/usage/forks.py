"""Which of a fork's events are its parent's, told again.

Idea: a conversation that was forked begins with its parent's events under times and ids of its own. Which ones those
are shows when both files are known, so it is asked anew whenever a file of either changes, in whatever order they come.
Of a fork whose parent is not on the disk, an older conversation that begins alike has told the events: another fork of
that parent, or what the parent was itself forked from. Ids of conversations are in the order of their beginnings.

Invariant: an event that is told again counts in the parent, or in the oldest that tells of it, alone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

import apsw

from workbench.usage.intake import Intake
from workbench.usage.sources import codex

ALIKE: Final = 2
"""So many totals in common show that two conversations are one in their beginning; forks of one parent need one."""

_FIRST: Final = re.compile(r'"totals":\[(\[[^\]]+\])')
_ORPHANS: Final = """
    select thread from file f where parent is not null and thread not like 'exec:%' and state is not null
        and parent not in (select thread from file where thread is not null and state is not null)"""


class _Told(NamedTuple):
    """What a file tells of a conversation."""

    thread: str
    parent: str | None
    state: str


def settle_forks(intake: Intake, threads: Iterable[str]) -> None:
    """Marks what is told again in these conversations, and in those that began as copies of them."""
    connection = intake.connection
    affected = dict.fromkeys(threads)
    for thread in list(affected):
        affected.update((child, None) for (child,) in _query(connection, "thread", "parent", thread) if child)
    orphans = {thread for (thread,) in connection.execute(_ORPHANS)}
    alike = _alike(connection) if orphans else {}
    for each in alike.values():
        if any(told.thread in affected for told in each):
            affected.update((told.thread, None) for told in each if told.thread in orphans)
    for thread in affected:
        for state, parent in _query(connection, "state, parent", "thread", thread):
            if state and parent:
                told = _Told(thread, parent, state)
                older = _older(told, alike.get(_first(state), [])) if thread in orphans else ()
                parents = [found for (found,) in _query(connection, "state", "thread", parent)]
                _mark(intake, told, max(codex.replayed(state, found) for found in (None, *parents, *older)))


def _mark(intake: Intake, told: _Told, count: int) -> None:
    events = [codex.event_id(told.thread, number) for number in range(len(json.loads(told.state)["totals"]))]
    intake.replayed.update(events[:count])
    intake.settle_again(events)


def _older(child: _Told, alike: Iterable[_Told]) -> Iterator[str]:
    """The states of older conversations that have told a fork's first events, when its parent is not there."""
    for told in alike:
        of_one_parent = told.parent == child.parent
        if told.thread < child.thread and (of_one_parent or codex.replayed(child.state, told.state) >= ALIKE):
            yield told.state


def _alike(connection: apsw.Connection) -> dict[str, list[_Told]]:
    """Conversations by their first total. A saved stream is none of its own."""
    found: dict[str, list[_Told]] = {}
    rows: Iterable[Any] = connection.execute(
        "select thread, parent, state from file where state is not null and thread not like 'exec:%'"
    )
    for thread, parent, state in rows:
        found.setdefault(_first(state), []).append(_Told(thread, parent, state))
    found.pop("", None)
    return found


def _first(state: str) -> str:
    """The first total of a conversation; empty where it has none."""
    found = _FIRST.search(state)
    return found[1] if found else ""


def _query(connection: apsw.Connection, columns: str, where: str, thread: str) -> list[Any]:
    return connection.execute(f"select {columns} from file where {where} = ?", (thread,)).fetchall()  # noqa: S608 - our own names
