"""The usage database as a file: made, recognised, and what is said when it cannot be used."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import apsw
import pytest
from transcripts import imported, lines, response, totals, write

from workbench.errors import DatabaseNewer, DatabaseUnusable, HomeUnusable, Refused
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage.schema import STEPS
from workbench.usage.store import SCHEMA, Store, get, put


def file(home: Home) -> Path:
    return home.root / "telemetry" / "usage.db"


def test_a_new_store_is_empty_and_private(tmp_path: Path) -> None:
    home = Home(tmp_path / "new")
    with Store.open(home) as store:
        assert store.version() == 0
    assert file(home).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + b"\0" * 84])
def test_what_is_no_store_is_left_as_it_is(home: Home, content: bytes) -> None:
    file(home).write_bytes(content)
    with pytest.raises(DatabaseUnusable, match="left as it is") as caught:
        Store.open(home)
    assert "keep it" in caught.value.remedy
    assert file(home).read_bytes() == content


def test_a_foreign_database_is_left_as_it_is(home: Home) -> None:
    with sqlite3.connect(file(home)) as connection:
        connection.execute("create table theirs (a)")
    connection.close()
    before = file(home).read_bytes()
    with pytest.raises(DatabaseUnusable, match="not Workbench's"):
        Store.open(home)
    assert file(home).read_bytes() == before


def test_the_database_of_state_is_not_one_of_usage(home: Home) -> None:
    Database.open(home.database, backups=home.backups).close()
    file(home).write_bytes(home.database.read_bytes())
    with pytest.raises(DatabaseUnusable, match="not one of usage"):
        Store.open(home)


def test_a_newer_store_is_refused_by_name(home: Home) -> None:
    Store.open(home).close()
    connection = apsw.Connection(str(file(home)))
    connection.execute("pragma user_version = 99")
    connection.close()
    with pytest.raises(DatabaseNewer, match="newer Workbench"):
        Store.open(home)


def test_a_damaged_store_is_said_to_be_so_and_kept(home: Home, tmp_path: Path) -> None:
    write(tmp_path, "s1.jsonl", lines(*(response(f"msg_01{n:020}") for n in range(2_000))))
    imported(home, tmp_path)
    data = bytearray(file(home).read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file(home).write_bytes(data)
    for leftover in ("usage.db-wal", "usage.db-shm"):
        file(home).with_name(leftover).unlink(missing_ok=True)
    with pytest.raises(DatabaseUnusable, match="damaged"):
        imported(home, tmp_path)
    assert file(home).read_bytes() == data


def test_a_home_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("")
    with pytest.raises(HomeUnusable):
        Store.open(Home(tmp_path / "home"))


def test_a_full_disk_fails_the_import_and_leaves_nothing(home: Home, tmp_path: Path) -> None:
    """A limit on pages fails as a disk without room does."""
    write(tmp_path, "s1.jsonl", lines(*(response(f"msg_01{n:020}") for n in range(20_000))))
    with Store.open(home) as store:
        with pytest.raises(HomeUnusable, match="cannot be used"):
            fill(store)
        assert store.read(lambda reading: reading.execute("select count(*) from skip").get) == 0
    imported(home, tmp_path)
    assert totals(home)[0] == 20_000


def fill(store: Store) -> None:
    with store.writing() as connection:
        connection.execute("pragma max_page_count = 60")
        connection.executemany("insert into skip values (1, ?, ?)", ((n, "x" * 500) for n in range(9_999)))


def write_and_fail(store: Store) -> None:
    with store.writing() as connection:
        put(connection, "a", "b")
        raise KeyError


def test_an_error_undoes_what_was_written(home: Home) -> None:
    with Store.open(home) as store:
        with pytest.raises(KeyError):
            write_and_fail(store)
        assert store.read(lambda connection: get(connection, "a")) == ""


def test_a_read_sees_one_moment(home: Home) -> None:
    with Store.open(home) as store:

        def look(connection: apsw.Connection) -> tuple[str, str]:
            before = get(connection, "a")
            with store.writing() as writing:
                put(writing, "a", "b")
            return before, get(connection, "a")

        assert store.read(look) == ("", "")
        assert store.read(lambda connection: get(connection, "a")) == "b"


def test_a_closed_store_says_so(home: Home) -> None:
    store = Store.open(home)
    store.close()
    store.close()
    with pytest.raises(Refused, match="has been closed"):
        store.version()


def test_a_store_that_is_not_closed_is_warned_of(home: Home) -> None:
    with pytest.warns(ResourceWarning, match="unclosed store"):
        open_and_forget(home)


def open_and_forget(home: Home) -> Any:
    Store.open(home).version()


def test_the_schema_has_as_many_steps_as_the_store_expects() -> None:
    assert len(STEPS) == SCHEMA
