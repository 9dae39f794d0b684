"""The SQL of `workspace_skills`: the agents' own skills, the registry beside the library's."""

from __future__ import annotations

from dataclasses import astuple, replace
from typing import Any, Final

import apsw

from workbench.skills.roles.role import GENERAL, PURPOSES, Role

_COLUMNS: Final = (
    "name, description, purpose, version, origin, digest, source_digest, active, bundled, created, updated"
)


def every(connection: apsw.Connection) -> list[Role]:
    """All of them, by name."""
    found = connection.execute(f"select {_COLUMNS} from workspace_skills order by name")  # noqa: S608 - our own columns
    return [_role(*row) for row in found]


def put(connection: apsw.Connection, role: Role) -> None:
    """A skill as it is now, whatever was known of its name."""
    connection.execute(
        f"insert or replace into workspace_skills ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own columns
        astuple(role),
    )


def drop(connection: apsw.Connection, name: str) -> None:
    connection.execute("delete from workspace_skills where name = ?", (name,))


def _role(*row: Any) -> Role:
    role = Role(*row)
    purpose = role.purpose if role.purpose in PURPOSES else GENERAL  # a row may say anything
    return replace(role, purpose=purpose, active=bool(role.active), bundled=bool(role.bundled))
