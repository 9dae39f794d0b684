"""`telemetry/usage.db`: every model response that was ever told, and the sums that reports read.

Idea: `sampling` holds each candidate that a transcript told, also those that lost to a better copy (`live` = 0); so which
ones count is a function of what is known, whatever order it came in. `roll` holds the live ones summed by quarter
hour, price and dimension, and `day` and `day_dim` hold `roll` summed by the days of a time zone.

Invariant: samplings, sums and file offsets move in one transaction, under `import.lock`; at every commit the sums are
the sums of the live samplings. The file is the only archive of transcripts that their agents have deleted, so nothing
here ever removes it, also when it is damaged.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TypeVar

import apsw

from workbench.errors import DatabaseNewer, DatabaseUnusable, HomeUnusable, Refused, WorkbenchError
from workbench.paths import Home

T = TypeVar("T")

SUMS: Final = "n, i, o, c5, c1, cr, web, reason, reported"
"""The summed columns of `roll`, `day` and `day_dim`: samplings, then what they used."""

SCHEMA: Final = 2
"""How many steps `schema` has."""

_MAGIC: Final = b"SQLite format 3\0"
_APPLICATION_ID: Final = 0x57424348  # that of every Workbench database; `meta` says which one it is
_PAGE_BYTES: Final = 16_384  # rows are written by the thousand: an import ends 40 ms earlier a gigabyte than with 4096
BUSY_MS: Final = 10_000
_MAX_READERS: Final = 8


class Store:
    """An open usage.db; close it. Methods may be called from any thread."""

    @classmethod
    def open(cls, home: Home) -> Store:
        """Opens the usage database of a home, made or brought up to date if need be.

        Raises DatabaseNewer, DatabaseUnusable and HomeUnusable; the file is left as it is.
        """
        path = home.root / "telemetry" / "usage.db"
        with speaking(path), reaching(path):
            if not _recognised(path):
                _prepare(home, path)
        store = cls(path)
        try:
            _check(store)
        except BaseException:
            store.close()
            raise
        return store

    def __init__(self, path: Path) -> None:
        self.path = path
        self.import_lock = path.with_name("import.lock")
        self._lock = threading.Lock()
        self._places = threading.BoundedSemaphore(_MAX_READERS)
        self._idle: list[apsw.Connection] = []
        self._closed = False

    def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """What `work` returns, run in this thread on one snapshot of the store."""
        with self._places, speaking(self.path):
            connection = self._reader()
            try:
                connection.execute("begin")
                try:
                    return work(connection)
                finally:
                    connection.execute("rollback")
            finally:
                self._put_back(connection)

    def version(self) -> int:
        """How many imports have changed something: what a reader has seen is current while this stands still."""
        return self.read(lambda connection: int(get(connection, "version", "0")))

    @contextmanager
    def writing(self) -> Iterator[apsw.Connection]:
        """One transaction, committed on leaving and undone by any exception."""
        with speaking(self.path):
            connection = _connect(self.path, write=True)
            try:
                connection.execute("begin immediate")
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise
            finally:
                connection.close()

    def rest(self) -> None:
        """Closes what is idle: nothing of SQLite may be open while the process is copied."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    def ensure_zone(self, zone: str) -> None:
        """Sees to it that `day` and `day_dim` have rows of a time zone; from then on imports keep them.

        Raises InvalidRequest for a name that is no zone.
        """
        from workbench.usage import rollups

        if zone in self.read(rollups.zones):
            return
        rollups.days_of(zone)
        with self.writing() as connection:
            rollups.add_zone(connection, zone)

    def close(self) -> None:
        """Closes every connection. Harmless twice."""
        self._closed = True
        self.rest()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if self.__dict__.get("_idle"):
            warnings.warn(f"unclosed store {self.path}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    def _reader(self) -> apsw.Connection:
        with self._lock:
            if self._closed:
                raise Refused("closing", f"The database {self.path} has been closed.", remedy="Open Workbench again.")
            if self._idle:
                return self._idle.pop()
        return _connect(self.path, write=False)

    def _put_back(self, connection: apsw.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


def get(connection: apsw.Connection, key: str, default: str = "") -> str:
    """A value of `meta`."""
    row = connection.execute("select value from meta where key = ?", (key,)).fetchone()
    return default if row is None else str(row[0])


def put(connection: apsw.Connection, key: str, value: str) -> None:
    """Writes a value of `meta`."""
    connection.execute("insert or replace into meta values (?, ?)", (key, value))


def _connect(path: Path, *, write: bool) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
    connection = apsw.Connection(str(path), flags=flags)
    try:
        connection.set_busy_timeout(BUSY_MS)
        # What a power cut takes back, it takes back with the offsets: synchronous = normal loses nothing. The cache
        # holds what an import of gigabytes writes, so that its index is not made from pages that were put away already.
        connection.execute("""
            pragma trusted_schema = off;
            pragma synchronous = normal;
            pragma cache_size = -65536;
            pragma mmap_size = 268435456;
            pragma journal_size_limit = 4194304;
        """)
    except BaseException:
        connection.close()
        raise
    return connection


def _recognised(path: Path) -> bool:
    """Whether the file is there and is a Workbench database; opening a foreign one might already write to it."""
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError:
        return False
    if not header.startswith(_MAGIC):
        raise _unusable(path, "is not a database" if header else "is empty")
    if int.from_bytes(header[68:72], "big") != _APPLICATION_ID:
        raise _unusable(path, "is a database, but not Workbench's")
    return True


def _prepare(home: Home, path: Path) -> None:
    """Makes the database or takes its pending steps; rare, so what it needs is imported here."""
    from workbench.storage import files
    from workbench.storage.migrations import Migration
    from workbench.usage.schema import STEPS

    home.make()
    files.prepare(path, home.backups, [Migration(name, sql) for name, sql in STEPS], page_size=_PAGE_BYTES)


def _check(store: Store) -> None:
    """Sees to it that the schema is the one that this version knows."""
    taken, kind = store.read(_standing)
    if kind != "usage":
        raise _unusable(store.path, "is a Workbench database, but not one of usage")
    if taken > SCHEMA:
        raise DatabaseNewer(
            f"The usage database {store.path} was written by a newer Workbench (schema {taken}; this one knows"
            f" {SCHEMA}).",
            remedy="Upgrade with: pip install -U jupyter-workbench.",
            found=taken,
            known=SCHEMA,
        )
    if taken < SCHEMA:
        store.rest()
        _prepare(Home(store.path.parent.parent), store.path)


def _standing(connection: apsw.Connection) -> tuple[int, str]:
    try:
        return int(connection.pragma("user_version")), get(connection, "kind")
    except apsw.SQLError:  # there is no such table
        return 0, ""


# -- what is wrong, in one sentence -----------------------------------------------------------------------------------


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turns SQLite's errors about the file into ours; errors in the SQL itself pass."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise _unusable(path, f"is damaged ({error})") from error
    except apsw.BusyError as error:
        raise busy(path) from error
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise _out_of_reach(path, str(error)) from error


def busy(path: Path, patience_ms: int = BUSY_MS) -> Refused:
    """That a database has been waited for in vain."""
    return Refused(
        "busy",
        f"Another process has been writing to {path} for over {patience_ms // 1000} seconds.",
        remedy="Try again; if it stays so, end the Workbench that hangs.",
        path=str(path),
    )


@contextmanager
def reaching(path: Path) -> Iterator[None]:
    """The same for the system's own errors."""
    try:
        yield
    except OSError as error:
        raise _out_of_reach(path, error.strerror or str(error)) from error


def _unusable(path: Path, what: str) -> WorkbenchError:
    return DatabaseUnusable(
        f"The usage database {path} {what}; it was left as it is.",
        remedy="Move it away, with its -wal and -shm files, and keep it: the next import counts all transcripts that"
        " are still there anew, but those that their agents have deleted are in this file alone.",
        path=str(path),
    )


def _out_of_reach(path: Path, cause: str) -> WorkbenchError:
    return HomeUnusable(
        f"The usage database {path} cannot be used: {cause}.",
        remedy="Free some space and see that you may write there, or set WORKBENCH_HOME to another folder.",
        path=str(path),
    )
