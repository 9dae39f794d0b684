"""The SQL of `skill_installs`: what was put where, for whom, and which folders were made for it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import Final, Literal

import apsw

from workbench.skills.handout.places import Client, Scope

Method = Literal["copy", "link"]
State = Literal["coming", "there", "going"]

_SELECT: Final = """
    select path, client, skill, scope, project, method, digest, made, state, installed from skill_installs
"""


@dataclass(frozen=True)
class InstallRow:
    """A skill that one client finds at a path. Rows of one path differ in nothing but the client and what was made."""

    path: str
    client: Client
    skill: str
    scope: Scope
    project: str | None
    method: Method
    digest: str
    made: tuple[str, ...]
    """Folders that were made so that it could lie there, the outermost first."""
    state: State
    installed: int


def rows(connection: apsw.Connection) -> list[InstallRow]:
    """Every install, by skill, then where."""
    found = connection.execute(f"{_SELECT} order by skill, client, scope, project, path")
    return [_row(row) for row in found]


def at(connection: apsw.Connection, path: Path) -> list[InstallRow]:
    """What was put at a path, a row for each client that it was put there for."""
    found = connection.execute(f"{_SELECT} where path = ? order by client", (str(path),))
    return [_row(row) for row in found]


def of_skill(connection: apsw.Connection, skill: str) -> list[InstallRow]:
    """Wherever a skill was put."""
    found = connection.execute(f"{_SELECT} where skill = ? order by path, client", (skill,))
    return [_row(row) for row in found]


def put(connection: apsw.Connection, wanted: Iterable[InstallRow]) -> None:
    """Rows, in place of those that are there for the same path and client."""
    connection.executemany(
        """
        insert or replace into skill_installs
            (path, client, skill, scope, project, method, digest, made, state, installed)
        values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        [astuple(replace(row, made=json.dumps(row.made))) for row in wanted],  # type: ignore[arg-type]
    )


def drop(connection: apsw.Connection, gone: Iterable[InstallRow]) -> None:
    """Takes rows away. Folders that were made for them and are still needed are the business of those who need them."""
    leaving = list(gone)
    connection.executemany(
        "delete from skill_installs where path = ? and client = ?", [(row.path, row.client) for row in leaving]
    )
    made = {folder for row in leaving for folder in row.made}
    for heir in rows(connection) if made else []:
        inherited = {folder for folder in made if heir.path.startswith(f"{folder}/")}
        if inherited:
            made -= inherited
            folders = sorted({*heir.made, *inherited}, key=len)
            put(connection, [replace(heir, made=tuple(folders))])


def rename_skill(connection: apsw.Connection, old: str, new: str) -> None:
    """A skill has another name; what was put somewhere stays there under its old one."""
    connection.execute("update skill_installs set skill = ? where skill = ?", (new, old))


def _row(row: apsw.SQLiteValues) -> InstallRow:
    path, client, skill, scope, project, method, digest, made, state, installed = row
    return InstallRow(path, client, skill, scope, project, method, digest, tuple(json.loads(made)), state, installed)  # type: ignore[arg-type]
