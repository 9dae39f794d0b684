"""All that a home and its skills folder hold: every file by mode and content, every link by its target, every row."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

REMEMBERED: Final = ("skill_index", "skill_changes", "skill_scans", "reconciliation_events")
"""What looking remembers: what a file said and how often that was new, what a scan found, that somebody looked."""


def whole(*roots: Path, without: tuple[str, ...] = ()) -> dict[str, str]:
    """Everything below some folders by its path; a database by its rows, but for the tables named."""
    found: dict[str, str] = {}
    for root in roots:
        for above, folders, files in os.walk(root):
            for name in [*folders, *files]:
                path = Path(above) / name
                if not name.endswith(("-wal", "-shm")):
                    found[str(path)] = _told(path, without)
    return found


def _told(path: Path, without: tuple[str, ...]) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return f"{mode:o} -> {path.readlink()}"
    if not stat.S_ISREG(mode):
        return f"{mode:o}"
    if path.suffix == ".db":
        return f"{mode:o} {_rows(path, without)}"
    return f"{mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"


def _rows(path: Path, without: tuple[str, ...]) -> str:
    """A hash over the schema and the rows: what the file says, however it lies in pages and log."""
    seen = hashlib.sha256()
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
    try:
        for name, sql in sorted(connection.execute("select name, coalesce(sql, '') from sqlite_master")):
            seen.update(f"{name}\0{sql}\0".encode())
            if sql.lower().startswith("create table") and name not in without:
                for row in sorted(map(repr, connection.execute(f'select * from "{name}"'))):
                    seen.update(row.encode())
    finally:
        connection.close()
    return seen.hexdigest()


@contextmanager
def unchanged(*roots: Path, but: tuple[str, ...] = ()) -> Iterator[None]:
    """Nothing is changed below these folders meanwhile; `but` names tables that may be."""
    before = whole(*roots, without=but)
    yield
    after = whole(*roots, without=but)
    changed = [path for path in sorted(before.keys() | after.keys()) if before.get(path) != after.get(path)]
    assert not changed, f"changed: {changed}"
