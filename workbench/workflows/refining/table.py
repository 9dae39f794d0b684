"""The SQL of `refine_sessions` and `refine_turns`. They hang on the skill's id, so a skill takes them along to a new name."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import apsw

from workbench.agents.run import Status
from workbench.workflows.refining.keep import Tree

_TURN: Final = "run, session, number, started, command, message, files, before, after, put_back, status, undone, head"


@dataclass(frozen=True)
class SessionRow:
    """An agent's session that a skill is refined in."""

    session: str
    opened: int
    turns: int
    """How many messages were sent."""


@dataclass(frozen=True)
class TurnRow:
    """A message to the refining agent, what lay in the skill's folder before it, and after."""

    run: str
    session: str
    number: int
    started: int
    command: str
    message: str
    files: tuple[str, ...] | None
    before: Tree
    after: Tree | None
    """None: it is not settled."""
    put_back: tuple[str, ...]
    status: Status | None
    undone: int | None
    head: str | None
    """The version that was checked out when it began."""

    @property
    def changed(self) -> list[str]:
        """The files that it changed, by path."""
        after = self.after if self.after is not None else self.before
        return sorted(path for path in self.before.keys() | after if self.before.get(path) != after.get(path))

    @property
    def made(self) -> list[str]:
        """The files that were not there before it."""
        return [path for path in self.changed if path not in self.before]


# -- sessions ---------------------------------------------------------------------------------------------------------


def open_session(connection: apsw.Connection, skill: int) -> SessionRow | None:
    """The session that a skill is refined in now."""
    row = connection.execute(
        """
        select session, opened, (select count(*) from refine_turns where session = refine_sessions.session)
        from refine_sessions where skill = ? and closed is null
        """,
        (skill,),
    ).fetchone()
    return SessionRow(*row) if row else None


def add_session(connection: apsw.Connection, skill: int, session: str, now: int) -> None:
    """A new session, the only open one of its skill. What earlier ones left can be undone no more."""
    connection.execute("update refine_sessions set closed = ? where skill = ? and closed is null", (now, skill))
    connection.execute(
        "insert into refine_sessions (session, skill, opened) values (?, ?, ?)",
        (session, skill, now),
    )


def close_session(connection: apsw.Connection, session: str, now: int) -> None:
    connection.execute("update refine_sessions set closed = ? where session = ? and closed is null", (now, session))


def last_session(connection: apsw.Connection, skill: int) -> str | None:
    """The newest session of a skill, open or not: its turns can be undone."""
    row = connection.execute(
        "select session from refine_sessions where skill = ? order by opened desc, session desc limit 1", (skill,)
    ).fetchone()
    return row[0] if row else None


# -- turns ------------------------------------------------------------------------------------------------------------


def add_turn(connection: apsw.Connection, turn: TurnRow) -> None:
    connection.execute(
        """
        insert into refine_turns (run, session, number, started, command, message, files, before, head)
        values (?, ?, (select coalesce(max(number), 0) + 1 from refine_turns where session = ?2), ?, ?, ?, ?, ?, ?)
        """,
        (
            turn.run,
            turn.session,
            turn.started,
            turn.command,
            turn.message,
            None if turn.files is None else json.dumps(turn.files),
            json.dumps(turn.before),
            turn.head,
        ),
    )


def drop_turn(connection: apsw.Connection, run: str) -> None:
    """One that never began."""
    connection.execute("delete from refine_turns where run = ? and after is null", (run,))


def settle_turn(connection: apsw.Connection, run: str, after: Tree, put_back: Iterable[str], status: Status) -> None:
    """What it left, once; a turn that is settled stays as it is."""
    connection.execute(
        "update refine_turns set after = ?, put_back = ?, status = ? where run = ? and after is null",
        (json.dumps(after), json.dumps(list(put_back)), status, run),
    )


def mark_undone(connection: apsw.Connection, run: str, now: int) -> None:
    connection.execute("update refine_turns set undone = ? where run = ? and undone is null", (now, run))


def turns(connection: apsw.Connection, session: str) -> list[TurnRow]:
    """The turns of a session, the first one first."""
    found = connection.execute(
        f"select {_TURN} from refine_turns where session = ? order by number",  # noqa: S608 - our own columns
        (session,),
    )
    return [_turn(row) for row in found]


def unsettled(connection: apsw.Connection, skill: int) -> list[TurnRow]:
    """The turns of a skill of which nobody has looked yet at what they left, the first one first."""
    found = connection.execute(
        f"""
        select {_TURN} from refine_turns
        where after is null and session in (select session from refine_sessions where skill = ?)
        order by started, run
        """,  # noqa: S608 - our own columns
        (skill,),
    )
    return [_turn(row) for row in found]


def turn(connection: apsw.Connection, skill: int, run: str) -> TurnRow | None:
    """A turn of a skill."""
    row = connection.execute(
        f"""
        select {_TURN} from refine_turns
        where run = ? and session in (select session from refine_sessions where skill = ?)
        """,  # noqa: S608 - our own columns
        (run, skill),
    ).fetchone()
    return _turn(row) if row else None


def example_of(connection: apsw.Connection, skill: int) -> str | None:
    """The shipped example that a skill was made from."""
    row = connection.execute("select example from workflow_runs where skill = ?", (skill,)).fetchone()
    return row[0] if row else None


def spent(connection: apsw.Connection, session: str) -> tuple[int, int | None, bool]:
    """What a session has used, by the ledger: the agent's turns (a run is one at least), its cost in 1e-12 US dollars,
    and whether a part of it has no price.
    """
    found: Any = connection.execute(
        """
        select coalesce(sum(turns), 0), sum(cost), max(cost is null) from
            (select max(1, coalesce(max(turns), 1)) as turns, sum(cost) as cost from agent_runs
             where session = ? and reset_marker is null group by run)
        """,
        (session,),
    ).get
    turns_, cost, unpriced = found
    return turns_, cost, bool(unpriced)


def _turn(row: tuple[Any, ...]) -> TurnRow:
    run, session, number, started, command, message, files, before, after, put_back, status, undone, head = row
    return TurnRow(
        run,
        session,
        number,
        started,
        command,
        message,
        None if files is None else tuple(json.loads(files)),
        _tree(before),
        None if after is None else _tree(after),
        tuple(json.loads(put_back)),
        status,
        undone,
        head,
    )


def _tree(text: str) -> Tree:
    return {path: (mode, sha) for path, (mode, sha) in json.loads(text).items()}
