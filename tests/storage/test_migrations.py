"""The schema's history: every database takes the same path, each step whole or not at all."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from workbench.errors import DatabaseNewer, DatabaseUnusable, HomeUnusable
from workbench.paths import Home
from workbench.storage import files, migrations
from workbench.storage.database import Database
from workbench.storage.files import KEEP_BACKUPS
from workbench.storage.migrations import MIGRATIONS, Migration, schema

SECOND = Migration(
    "a note on every session", "alter table sessions add column note text; create table extra (x integer) strict;"
)
BROKEN = Migration(
    "two things, the second impossible", "create table half (x integer) strict; insert into nowhere values (1);"
)
NEXT = (*MIGRATIONS, SECOND)


def tables(connection: apsw.Connection) -> set[str]:
    return {name for (name,) in connection.execute("select name from sqlite_schema where type = 'table'")}


def test_the_schema_that_is_written_down_is_the_one_that_is_made(home: Home) -> None:
    written = (Path(migrations.__file__).parent / "schema.sql").read_text()
    with Database.open(home.database) as database:
        assert database.read(schema) == written
    command = [sys.executable, "-W", "error", "-m", "workbench.storage.migrations"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert printed == written, "run: python -m workbench.storage.migrations > workbench/storage/schema.sql"


def test_steps_that_were_released_have_not_changed() -> None:
    """A step that has been applied anywhere stays as it is; add another one."""
    assert [step.checksum[:16] for step in MIGRATIONS[:1]] == ["6bc92b070e697c15"]


def test_a_step_is_taken_once_and_recorded(home: Home) -> None:
    for _ in range(2):
        with Database.open(home.database) as database:
            recorded = database.read(
                lambda c: c.execute("select version, name, checksum from schema_migrations").fetchall()
            )
            assert recorded == [(n, step.name, step.checksum) for n, step in enumerate(MIGRATIONS, 1)]


def test_an_old_database_and_a_new_one_end_with_the_same_schema(home: Home, tmp_path: Path) -> None:
    Database.open(home.database).close()
    with (
        Database.open(home.database, migrations=NEXT) as old,
        Database.open(tmp_path / "new.db", migrations=NEXT) as new,
    ):
        assert old.read(schema) == new.read(schema)


def test_a_copy_is_made_before_a_database_is_migrated(home: Home) -> None:
    with Database.open(home.database, backups=home.backups) as database:
        database.write(lambda connection: connection.execute("insert into settings values ('kept', '1')"))
    assert list(home.backups.iterdir()) == []
    Database.open(home.database, backups=home.backups, migrations=NEXT).close()
    [copy] = home.backups.glob("*.db")
    assert copy.name.startswith(f"workbench-{len(MIGRATIONS):04}-")
    assert copy.stat().st_mode & 0o777 == 0o600
    with Database.open(copy) as restored:
        assert restored.read(lambda c: c.execute("select key from settings").fetchall()) == [("kept",)]


def test_only_the_newest_copies_are_kept(home: Home) -> None:
    steps = list(MIGRATIONS)
    Database.open(home.database, migrations=steps).close()
    for number in range(KEEP_BACKUPS + 3):
        steps.append(Migration(f"step {number}", f"create table t{number} (x integer) strict"))
        Database.open(home.database, backups=home.backups, migrations=steps).close()
    first = len(MIGRATIONS) + 3
    kept = sorted(path.name[: len("workbench-0001")] for path in home.backups.glob("*.db"))
    assert kept == [f"workbench-{number:04}" for number in range(first, first + KEEP_BACKUPS)]


def test_a_step_that_fails_leaves_the_database_before_it(home: Home) -> None:
    Database.open(home.database).close()
    with pytest.raises(apsw.SQLError):
        Database.open(home.database, backups=home.backups, migrations=(*NEXT, BROKEN))
    with Database.open(home.database, migrations=NEXT) as database:
        found = database.read(tables)
        assert "extra" in found
        assert "half" not in found


def test_a_new_database_whose_steps_fail_does_not_appear(home: Home) -> None:
    with pytest.raises(apsw.SQLError):
        Database.open(home.database, migrations=(*MIGRATIONS, BROKEN))
    assert list(home.root.glob("*workbench.db*")) == []


def test_what_a_killed_creation_left_is_cleared_away(home: Home) -> None:
    for tail in ("", "-wal", "-shm"):
        (home.root / f".workbench.db.new{tail}").write_bytes(b"half")
    Database.open(home.database).close()
    assert [path.name for path in home.root.glob("*workbench.db*")] == ["workbench.db"]


def test_a_backup_that_cannot_be_made_stops_the_migration(home: Home) -> None:
    Database.open(home.database).close()
    home.backups.rmdir()
    home.backups.write_text("in the way")
    with pytest.raises(HomeUnusable):
        Database.open(home.database, backups=home.backups, migrations=NEXT)
    with Database.open(home.database) as database:
        assert "extra" not in database.read(tables)


def test_another_history_is_refused(home: Home) -> None:
    Database.open(home.database, migrations=(Migration("other", "create table other (x integer) strict"),)).close()
    with pytest.raises(DatabaseUnusable, match="is not the one that this Workbench knows") as refused:
        Database.open(home.database)
    assert not isinstance(refused.value, DatabaseNewer)
    assert refused.value.facts == {"step": 1}


def test_an_older_database_is_not_opened_for_reading_only(home: Home) -> None:
    Database.open(home.database).close()
    with pytest.raises(DatabaseUnusable, match="older than this Workbench"):
        Database.open(home.database, read_only=True, migrations=NEXT)


def test_processes_that_start_at_once_make_one_database_and_migrate_it_once(home: Home) -> None:
    context = multiprocessing.get_context("spawn")
    for round_steps, copies in ((MIGRATIONS, 0), (NEXT, 1)):
        barrier = context.Barrier(4)
        processes = [context.Process(target=open_at_once, args=(home, barrier, len(round_steps))) for _ in range(4)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(120)
        assert [process.exitcode for process in processes] == [0] * 4
        assert len(list(home.backups.glob("*.db"))) == copies
    with Database.open(home.database, migrations=NEXT) as database:
        assert database.read(lambda c: c.execute("select count(*) from schema_migrations").fetchone()) == (len(NEXT),)


def open_at_once(home: Home, barrier: object, steps: int) -> None:
    files.BUSY_MS = 100_000  # whoever writes may stand still for longer than a person waits
    barrier.wait(100)  # type: ignore[attr-defined]
    with Database.open(home.database, backups=home.backups, migrations=NEXT[:steps]) as database:
        database.write(lambda connection: connection.execute("insert or ignore into settings values ('a', '')"))
