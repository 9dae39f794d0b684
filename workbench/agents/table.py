"""The SQL of `sessions` and `session_messages`. Both are derived: all but the title and the skill's name as it is now can
be read again from the folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import apsw
import msgspec

from workbench.agents.run import Message, State
from workbench.agents.session import Session
from workbench.errors import NotFound

_COLUMNS: Final = """id, provider, model, title, cwd, skill, step, workflow, created, updated, state, provider_session,
    offset, seq, open_runs, bad, pruned"""


@dataclass(frozen=True)
class SessionRow:
    """A session as the database last knew it; times are milliseconds since 1970."""

    id: str
    provider: str
    model: str | None
    title: str | None
    cwd: str | None
    skill: str | None
    step: str | None
    workflow: str | None
    created: int
    updated: int
    state: str
    provider_session: str | None
    offset: int
    seq: int
    open_runs: tuple[str, ...]
    bad: int
    pruned: bool


@dataclass(frozen=True)
class MessageRow:
    """A finished message. `kind` and `content` are those of `run.Message`."""

    seq: int
    run: str | None
    role: str
    kind: str
    content: dict[str, Any]
    t: int


def add(connection: apsw.Connection, session: Session) -> bool:
    """A row for a session folder, if there is none; whether there was none."""
    connection.execute(
        """
        insert into sessions (id, provider, model, title, cwd, skill, step, workflow, created, updated)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        on conflict (id) do nothing
        """,
        (
            session.id,
            session.provider,
            session.model,
            session.title,
            session.cwd,
            session.skill,
            session.step,
            session.workflow,
            session.created,
            session.created,
        ),
    )
    return connection.changes() > 0


def get(connection: apsw.Connection, session: str) -> SessionRow | None:
    """The row of a session."""
    found = connection.execute(f"select {_COLUMNS} from sessions where id = ?", (session,)).fetchone()  # noqa: S608 - our own column list
    return _row(found) if found else None


def newest(
    connection: apsw.Connection, *, limit: int = 100, before: tuple[int, str] | None = None, skill: str | None = None
) -> list[SessionRow]:
    """Sessions, the last updated first; `before` is the (updated, id) of the last one seen."""
    updated, last = before or (2**62, "")
    rows = connection.execute(
        f"""
        select {_COLUMNS} from sessions
        where (updated, id) < (?, ?) and (?3 is null or skill = ?3)
        order by updated desc, id desc limit ?
        """,  # noqa: S608 - our own column list
        (updated, last, skill, limit),
    )
    return [_row(row) for row in rows]


def retitle(connection: apsw.Connection, session: str, title: str | None) -> bool:
    """Gives a session a title; whether there is such a session."""
    connection.execute("update sessions set title = ? where id = ?", (title, session))
    return connection.changes() > 0


def skill_of(connection: apsw.Connection, session: str) -> str | None:
    """The skill of a session, by the name that it has now."""
    found = connection.execute("select skill from sessions where id = ?", (session,)).fetchone()
    return found[0] if found else None


def rename_skill(connection: apsw.Connection, old: str, new: str) -> None:
    """The sessions of a skill go with it."""
    connection.execute("update sessions set skill = ? where skill = ?", (new, old))


def messages(
    connection: apsw.Connection, session: str, *, run: str | None = None, since: int = 0, limit: int = -1
) -> list[MessageRow]:
    """The finished messages of a session (or of one of its runs) above `since`, in the order in which they began."""
    rows = connection.execute(
        """
        select seq, run, role, kind, content, t from session_messages
        where session = ?1 and seq > ?2 and (?3 is null or run = ?3)
        order by seq limit ?4
        """,
        (session, since, run, limit),
    )
    return [MessageRow(seq, of, role, kind, msgspec.json.decode(body), t) for seq, of, role, kind, body, t in rows]


def backwards(connection: apsw.Connection, session: str, *, run: str | None = None) -> Iterator[MessageRow]:
    """The finished messages of a session or run, the last first, read as they are asked for."""
    rows = connection.execute(
        """
        select seq, run, role, kind, content, t from session_messages
        where session = ?1 and (?2 is null or run = ?2) order by seq desc
        """,
        (session, run),
    )
    for seq, of, role, kind, body, t in rows:
        yield MessageRow(seq, of, role, kind, msgspec.json.decode(body), t)


# -- what the recorder needs ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """Up to which byte a session's transcript has been folded, and the fold's state there."""

    offset: int
    state: State
    pruned: bool


def kept(connection: apsw.Connection, session: str) -> Kept | None:
    """Where the fold of a session stands; None for one without a row."""
    found = connection.execute("select offset, fold, pruned from sessions where id = ?", (session,)).fetchone()
    if found is None:
        return None
    offset, fold, pruned = found
    return Kept(offset, msgspec.json.decode(fold, type=State) if fold else State(), bool(pruned))


def known(connection: apsw.Connection, session: str) -> Kept:
    """As `kept`, of a session that has a row."""
    found = kept(connection, session)
    if found is None:
        raise NotFound(f"Session {session} is not recorded.", remedy="Commit it first.", session=session)
    return found


def advance(connection: apsw.Connection, session: str, offset: int, state: State) -> None:
    """Moves the cursor. A title that a person gave stays."""
    connection.execute(
        """
        update sessions set offset = ?, seq = ?, fold = ?, open_runs = ?, bad = ?, state = ?, provider_session = ?,
            model = coalesce(?, model), title = coalesce(title, ?), updated = max(updated, ?)
        where id = ?
        """,
        (
            offset,
            state.seq,
            msgspec.json.encode(state).decode(),
            msgspec.json.encode(list(state.runs)).decode(),
            state.bad,
            state.standing,
            state.provider_session,
            state.model,
            state.title,
            state.t,
            session,
        ),
    )


def add_messages(connection: apsw.Connection, session: str, finished: Iterable[Message]) -> None:
    """Rows for messages; one that is there already is a fault, and raises."""
    encode = msgspec.json.Encoder().encode
    connection.executemany(
        "insert into session_messages (session, seq, run, role, kind, content, t) values (?, ?, ?, ?, ?, ?, ?)",
        ((session, one.seq, one.run, one.role, one.kind, encode(one.content).decode(), one.t) for one in finished),
    )


def forget(connection: apsw.Connection, session: str) -> None:
    """Takes a session's row and messages back to before its first record."""
    connection.execute("delete from session_messages where session = ?", (session,))
    advance(connection, session, 0, State())


def unanswered(connection: apsw.Connection, session: str) -> list[Message]:
    """The permissions and questions of a session that nobody has answered, in the order in which they were asked."""
    found = kept(connection, session)
    runs = found.state.runs.values() if found else ()
    asked = [message for run in runs for message in run.asked.values() if "given" not in message.content]
    return sorted(asked, key=lambda message: message.seq)


def old(connection: apsw.Connection, before: int) -> list[SessionRow]:
    """Sessions that have ended, that nothing has happened in since, and whose transcript may be there."""
    rows = connection.execute(
        f"select {_COLUMNS} from sessions where state = 'ended' and updated < ? and pruned < 2 order by updated",  # noqa: S608 - our own column list
        (before,),
    )
    return [_row(row) for row in rows]


def over(connection: apsw.Connection) -> dict[str, int]:
    """The sessions whose process has ended, or that never had one, and how long their transcript was."""
    rows = connection.execute(
        "select id, case when pruned = 2 then 0 else offset end from sessions where state in ('ended', 'created')"
    )
    return dict(rows)


def running(connection: apsw.Connection) -> list[str]:
    """The sessions that had a process when they were last committed; no turn begins before one is listed here."""
    return [id_ for (id_,) in connection.execute("select id from sessions where state in ('live', 'busy') order by id")]


def mark_pruned(connection: apsw.Connection, session: str, *, deleted: bool) -> None:
    """The rows are all that is left, or will be: 1 while the transcript is being deleted, 2 when it is."""
    connection.execute("update sessions set pruned = ? where id = ?", (1 + deleted, session))


def _row(values: tuple[Any, ...]) -> SessionRow:
    *columns, open_runs, bad, pruned = values
    return SessionRow(*(*columns, tuple(msgspec.json.decode(open_runs)), bad, bool(pruned)))
