"""One writer, few readers, and what a file can be that is not a usable database."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import apsw
import pytest

from workbench.errors import DatabaseNewer, DatabaseUnusable, HomeUnusable, Refused, WorkbenchError
from workbench.paths import Home
from workbench.storage.database import MAX_READERS, Database
from workbench.storage.migrations import APPLICATION_ID, MIGRATIONS

NOBODY = 65534


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home.database, backups=home.backups) as opened:
        yield opened


def put(key: str, value: str = "1") -> Callable[[apsw.Connection], None]:
    return lambda connection: connection.execute("insert into settings values (?, ?)", (key, value)) and None


def keys(connection: apsw.Connection) -> list[str]:
    return [key for (key,) in connection.execute("select key from settings order by key")]


# -- reading and writing ----------------------------------------------------------------------------------------------


def test_what_was_written_is_read(database: Database) -> None:
    database.write(put("a"))
    assert database.read(keys) == ["a"]


def test_a_write_that_raises_changes_nothing(database: Database) -> None:
    def fail(connection: apsw.Connection) -> None:
        put("a")(connection)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        database.write(fail)
    assert database.read(keys) == []


def test_an_error_in_the_sql_is_raised_as_it_is(database: Database) -> None:
    database.write(put("a"))
    with pytest.raises(apsw.ConstraintError):
        database.write(put("a"))
    with pytest.raises(apsw.SQLError):
        database.read(lambda connection: connection.execute("select nothing"))


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(HomeUnusable):
        database.read(put("a"))


def test_a_read_that_fails_says_why_though_its_transaction_is_gone(database: Database) -> None:
    def work(connection: apsw.Connection) -> None:
        connection.execute("rollback")
        raise ValueError("what went wrong")

    with pytest.raises(ValueError, match="what went wrong"):
        database.read(work)
    assert database.read(lambda connection: connection.execute("select 1").get) == 1


def test_a_read_sees_one_snapshot(database: Database) -> None:
    def twice(connection: apsw.Connection) -> tuple[list[str], list[str]]:
        before = keys(connection)
        database.write(put("a"))
        return before, keys(connection)

    assert database.read(twice) == ([], [])
    assert database.read(keys) == ["a"]


def test_a_write_inside_a_write_is_refused_and_not_waited_for(database: Database) -> None:
    with pytest.raises(RuntimeError, match="write\\(\\) inside write\\(\\)"):
        database.write(lambda _: database.write(put("a")))
    assert database.read(keys) == []


def test_a_hundred_readers_take_turns_on_eight_connections(database: Database) -> None:
    inside, most, lock = 0, 0, threading.Lock()
    full = threading.Event()

    def work(connection: apsw.Connection) -> None:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
            if inside == MAX_READERS:
                full.set()
        full.wait(60)
        keys(connection)
        with lock:
            inside -= 1

    threads = [threading.Thread(target=database.read, args=(work,)) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == MAX_READERS


def test_threads_and_processes_write_at_once_and_none_is_lost(home: Home, database: Database) -> None:
    code = """
import sys; from pathlib import Path; from workbench.storage import files; from workbench.storage.database import Database
files.BUSY_MS = 100_000
with Database.open(Path(sys.argv[1])) as database:
    for number in range(25):
        database.write(lambda c: c.execute("insert into settings values (?, '')", (f"{sys.argv[2]}-{number}",)))
"""
    processes = [subprocess.Popen([sys.executable, "-c", code, str(home.database), str(n)]) for n in range(3)]
    threads = [
        threading.Thread(target=lambda n=n: [database.write(put(f"t{n}-{number}")) for number in range(25)])
        for n in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [process.wait(200) for process in processes] == [0, 0, 0]
    assert len(database.read(keys)) == 5 * 25


@pytest.mark.slow
def test_a_database_that_is_held_for_too_long_is_a_sentence(home: Home, database: Database) -> None:
    other = apsw.Connection(str(home.database))
    other.execute("begin immediate")
    with pytest.raises(Refused, match="Another process has been writing") as refused:
        database.write(put("a"))
    other.close()
    assert refused.value.reason == "busy"
    assert refused.value.remedy
    database.write(put("a"))


# -- opening and closing ----------------------------------------------------------------------------------------------


def test_the_connection_is_as_the_house_wants_it(home: Home, database: Database) -> None:
    wanted = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "trusted_schema": 0, "cache_size": -20480}
    wanted |= {"mmap_size": 256 * 2**20, "application_id": APPLICATION_ID, "user_version": len(MIGRATIONS)}
    for ask in (database.read, database.write):
        assert ask(lambda connection: {name: connection.pragma(name) for name in wanted}) == wanted
    assert stat.S_IMODE(home.database.stat().st_mode) == 0o600


def test_opening_starts_no_thread_and_closing_leaves_none(home: Home) -> None:
    before, files = set(threading.enumerate()), open_files()
    opened = Database.open(home.database)
    assert set(threading.enumerate()) <= before
    opened.write(put("a"))
    opened.read(keys)
    assert {thread.name for thread in set(threading.enumerate()) - before} == {"workbench-writer"}
    opened.close()
    opened.close()
    assert set(threading.enumerate()) <= before
    assert open_files() <= files
    assert [path.name for path in home.root.glob("workbench.db*")] == ["workbench.db"]


def test_closing_finishes_what_was_submitted(home: Home) -> None:
    opened = Database.open(home.database)
    begun, go = threading.Event(), threading.Event()

    def slow(connection: apsw.Connection) -> None:
        begun.set()
        go.wait(60)
        put("slow")(connection)

    writing = threading.Thread(target=opened.write, args=(slow,))
    writing.start()
    assert begun.wait(60)
    closing = threading.Thread(target=opened.close)
    closing.start()
    go.set()
    closing.join()
    writing.join()
    with Database.open(home.database) as again:
        assert again.read(keys) == ["slow"]


def test_a_closed_database_says_so(home: Home) -> None:
    opened = Database.open(home.database)
    opened.close()
    for use in (opened.read, opened.write):
        with pytest.raises(Refused, match="has been closed"):
            use(keys)


def test_a_database_that_was_forgotten_warns_and_is_closed(home: Home) -> None:
    before = set(threading.enumerate())
    forgotten = [Database.open(home.database)]
    forgotten[0].write(put("a"))
    with pytest.warns(ResourceWarning, match="unclosed database"):
        forgotten.clear()
    assert set(threading.enumerate()) <= before


def open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


# -- files that are not a usable database -----------------------------------------------------------------------------


def damage(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


def another_applications(path: Path) -> None:
    path.unlink()
    connection = apsw.Connection(str(path))
    connection.execute(
        "pragma journal_mode = wal; pragma application_id = 7; create table t (x); insert into t values (1)"
    )
    connection.close()


def somebodys_sqlite(path: Path) -> None:
    path.unlink()
    connection = apsw.Connection(str(path))
    connection.execute("create table settings (key, value)")
    connection.close()


UNUSABLE: list[tuple[str, Callable[[Path], object]]] = [
    ("is empty", lambda path: path.write_bytes(b"")),
    ("is not a database", lambda path: path.write_bytes(b"<html>" * 1000)),
    ("not Workbench's", another_applications),
    ("not Workbench's", somebodys_sqlite),
    ("is damaged", lambda path: os.truncate(path, path.stat().st_size - 4096)),
    ("is damaged", lambda path: os.truncate(path, 200)),
    ("is damaged", lambda path: damage(path, 4096, b"\xff" * 4096)),
    ("is damaged", lambda path: damage(path, 100, b"\xff" * 200)),
]


@pytest.mark.parametrize(("sentence", "spoil"), UNUSABLE)
def test_a_file_that_is_no_usable_database_is_one_sentence_and_stays_as_it_is(
    home: Home, sentence: str, spoil: Callable[[Path], object]
) -> None:
    with Database.open(home.database) as made:
        made.write(put("a" * 5000))
    spoil(home.database)
    before = home.database.read_bytes()
    for read_only in (False, True):
        with pytest.raises(DatabaseUnusable, match=sentence) as unusable:
            Database.open(home.database, backups=home.backups, read_only=read_only)
        assert "backups folder" in unusable.value.remedy
        assert str(home.database) in unusable.value.message
    assert home.database.read_bytes() == before
    assert list(home.backups.iterdir()) == []


def test_damage_that_is_met_later_is_the_same_sentence(home: Home) -> None:
    with Database.open(home.database) as made:
        made.write(lambda connection: [put(f"{n:04}" * 400)(connection) for n in range(4000)])
    assert home.database.stat().st_size > 4 * 2**20
    damage(home.database, home.database.stat().st_size // 2 // 4096 * 4096, b"\xff" * 4096 * 50)
    with Database.open(home.database) as opened, pytest.raises(DatabaseUnusable, match="is damaged"):
        opened.read(keys)


def as_nobody(work: Callable[[], None]) -> str:
    """What an ordinary user is told; root may write everywhere."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing was raised"
        try:
            if os.geteuid() == 0:
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            work()
        except WorkbenchError as error:
            said = f"{error.kind}: {error}"
        except BaseException as error:
            said = repr(error)
        finally:
            os.write(writer, said.encode())
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        said = file.read().decode()
    os.waitpid(child, 0)
    return said


@pytest.mark.parametrize("mode", [0o000, 0o500])
@pytest.mark.parametrize("exists", [True, False])
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_home_that_cannot_be_read_or_written_is_one_sentence(mode: int, *, exists: bool) -> None:
    folder = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    try:
        if exists:
            Database.open(folder / "workbench.db").close()
            (folder / "workbench.db").chmod(0o644)
        if os.geteuid() == 0:
            os.chown(folder, NOBODY, NOBODY)
        folder.chmod(mode)
        said = as_nobody(lambda: Database.open(folder / "workbench.db").close())
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)
    assert said.startswith(f"home_unusable: The database {folder / 'workbench.db'} cannot be used: ")
    assert "set WORKBENCH_HOME to another folder" in said


@pytest.mark.skipif(os.geteuid() != 0 or sys.platform != "linux", reason="mounting a small disk needs root on Linux")
@pytest.mark.parametrize("free", [0, 30_000, 1_000_000])
def test_a_full_disk_is_one_sentence_and_what_was_committed_stays(tmp_path: Path, free: int) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"no mount here: {mounted.stderr.decode()}")
    try:
        fill(disk / "ballast", free)
        with pytest.raises(HomeUnusable, match="cannot be used: ") as unusable:
            fill_up(disk)
        assert "Free some space" in unusable.value.remedy
        (disk / "ballast").unlink()
        with Database.open(disk / "workbench.db") as opened:
            assert opened.read(lambda connection: connection.pragma("integrity_check")) == "ok"
            committed = opened.read(keys)
            assert committed == [f"{number:04}" for number in range(len(committed))]
            opened.write(put("after"))
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def fill(path: Path, free: int) -> None:
    room = os.statvfs(path.parent).f_bavail * os.statvfs(path.parent).f_frsize
    path.write_bytes(b"x" * max(0, room - free))


def fill_up(disk: Path) -> None:
    with Database.open(disk / "workbench.db") as opened:
        for number in range(10_000):
            opened.write(put(f"{number:04}", "x" * 10_000))


# -- newer databases --------------------------------------------------------------------------------------------------


@pytest.fixture
def newer(home: Home) -> Path:
    with Database.open(home.database) as made:
        made.write(put("kept"))
        made.write(lambda connection: connection.pragma("user_version", len(MIGRATIONS) + 3))
    return home.database


def test_a_newer_database_is_refused_by_name(newer: Path) -> None:
    before = newer.read_bytes()
    with pytest.raises(DatabaseNewer, match="written by a newer Workbench") as refused:
        Database.open(newer)
    assert refused.value.kind == "database_newer"
    assert refused.value.facts == {"found": len(MIGRATIONS) + 3, "known": len(MIGRATIONS)}
    assert "pip install -U jupyter-workbench" in refused.value.remedy
    assert newer.read_bytes() == before


def test_a_newer_database_can_be_read_and_not_written(newer: Path) -> None:
    with Database.open(newer, read_only=True) as opened:
        assert opened.read(keys) == ["kept"]
        for _ in range(2):
            with pytest.raises(DatabaseNewer, match="written by a newer Workbench"):
                opened.write(put("a"))
        assert opened.read(keys) == ["kept"]


def test_a_database_of_our_own_that_is_opened_for_reading_is_not_written(home: Home) -> None:
    Database.open(home.database).close()
    with Database.open(home.database, read_only=True) as opened, pytest.raises(Refused, match="for reading only"):
        opened.write(put("a"))
