"""The SQL of who edits a skill."""

from __future__ import annotations

from dataclasses import dataclass

import apsw


@dataclass(frozen=True)
class LockRow:
    """Who edits a skill."""

    skill: str
    instance: str
    pid: int
    born: int
    acquired: int


def locks(connection: apsw.Connection, skill: str | None = None) -> list[LockRow]:
    """Who edits what, by skill."""
    found = connection.execute(
        """
        select name, instance, pid, born, acquired from skill_locks join skills on skills.id = skill
        where ?1 is null or name = ?1 order by name
        """,
        (skill,),
    )
    return [LockRow(*row) for row in found]


def put_lock(connection: apsw.Connection, skill: int, instance: str, *, pid: int, born: int, now: int) -> None:
    connection.execute(
        """
        insert into skill_locks (skill, instance, pid, born, acquired) values (?, ?, ?, ?, ?)
        on conflict (skill) do update set instance = excluded.instance, pid = excluded.pid, born = excluded.born,
            acquired = excluded.acquired
        """,
        (skill, instance, pid, born, now),
    )


def drop_lock(connection: apsw.Connection, skill: str, instance: str) -> bool:
    """Whether there was one of this instance."""
    connection.execute(
        """
        delete from skill_locks where instance = ?
            and skill = (select id from skills where name = ? and deleted is null)
        """,
        (instance, skill),
    )
    return connection.changes() > 0


def drop_locks_of(connection: apsw.Connection, pid: int, born: int, instance: str | None = None) -> None:
    """All that a process holds, or one instance of it."""
    connection.execute(
        "delete from skill_locks where pid = ?1 and born = ?2 and (?3 is null or instance = ?3)", (pid, born, instance)
    )
