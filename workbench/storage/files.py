"""The database as a file: making it, recognising it, migrating it, and saying what is wrong with it.

Invariant: a database appears under its name only when it is whole (made beside it, then renamed), so a file of zero
bytes is damage and never a beginning; and a file is written to only after it has been recognised as ours.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import apsw

from workbench.errors import DatabaseNewer, DatabaseUnusable, HomeUnusable, Refused
from workbench.storage.migrations import APPLICATION_ID, Migration, check, migrate, version

SQLITE_FLOOR: Final = "3.51.3"
"""Before this, resetting the WAL could corrupt it when two connections checkpointed at once."""

_MAGIC: Final = b"SQLite format 3\0"

BUSY_MS: Final = 5_000
KEEP_BACKUPS: Final = 5
PAGE_BYTES: Final = 4096
QUICK_CHECK_BYTES: Final = 4 * 1024 * 1024
"""Up to this size every page is looked at when the file is opened: a few milliseconds."""


def connect(path: Path, *, write: bool) -> apsw.Connection:
    """A connection with the house's settings; the file must exist."""
    flags = apsw.SQLITE_OPEN_READWRITE if write else apsw.SQLITE_OPEN_READONLY
    connection = apsw.Connection(str(path), flags=flags)
    try:
        connection.set_busy_timeout(BUSY_MS)
        connection.execute("""
            pragma trusted_schema = off;
            pragma foreign_keys = on;
            pragma synchronous = full;
            pragma cache_size = -20480;
            pragma mmap_size = 268435456;
            pragma journal_size_limit = 67108864;
        """)
    except BaseException:
        connection.close()
        raise
    return connection


def prepare(path: Path, backups: Path | None, migrations: Sequence[Migration], *, page_size: int = PAGE_BYTES) -> None:
    """Sees to it that `path` is our database, whole, at the newest step; a new one has pages of that size."""
    with speaking(path), _reaching(path):
        if path.exists() and not pending(path, migrations):
            _writable(path)
            return
        with _alone(path.parent):
            if not path.exists():
                _create(path, migrations, page_size)
            elif pending(path, migrations):
                _upgrade(path, backups, migrations)


def look(path: Path, migrations: Sequence[Migration]) -> DatabaseNewer | None:
    """Recognises `path` without writing: None, or that it is newer. Raises DatabaseUnusable for anything else."""
    with speaking(path), _reaching(path):
        try:
            behind = pending(path, migrations)
        except DatabaseNewer as newer:
            return newer
    if behind:
        raise DatabaseUnusable(
            f"The database {path} is older than this Workbench and cannot be migrated while it is only read.",
            remedy="Open it once for writing.",
            path=str(path),
        )
    return None


def pending(path: Path, migrations: Sequence[Migration]) -> int:
    """How many steps `path` has still to take, once it has been recognised. Opens it only if it is ours: SQLite would
    fold a foreign database's WAL into it on leaving.
    """
    with path.open("rb") as file:
        header = file.read(100)
    if not header:
        raise _foreign(path, "is empty")
    if not header.startswith(_MAGIC):
        raise _foreign(path, "is not a database")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise _foreign(path, "is a database, but not Workbench's")
    with closing(connect(path, write=False)) as connection:
        if path.stat().st_size <= QUICK_CHECK_BYTES:
            _verify(path, connection, "quick_check")
        return check(connection, migrations)


def _verify(path: Path, connection: apsw.Connection, pragma: str) -> None:
    found = connection.execute(f"pragma {pragma}(1)").get
    if found != "ok":
        raise _damaged(path, str(found).splitlines()[-1])


def _writable(path: Path) -> None:
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            raise _out_of_reach(path, f"{place} is not writable")


def _create(path: Path, migrations: Sequence[Migration], page_size: int) -> None:
    """Makes a database under another name and renames it: other hosts see it whole or not at all.

    Nothing of it counts before it has its name, so the disk is waited for once, at the end, and not at each step.
    """
    staged = path.with_name(f".{path.name}.new")
    for leftover in (staged, *(staged.with_name(staged.name + tail) for tail in ("-wal", "-shm", "-journal"))):
        leftover.unlink(missing_ok=True)
    os.close(os.open(staged, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        with closing(connect(staged, write=True)) as connection:
            connection.pragma("page_size", page_size)
            connection.pragma("application_id", APPLICATION_ID)
            connection.pragma("journal_mode", "wal")
            connection.pragma("synchronous", "off")
            migrate(connection, migrations)
        with staged.open("rb+") as made:
            os.fsync(made.fileno())
        staged.replace(path)
    except BaseException:
        staged.unlink(missing_ok=True)
        raise


def _upgrade(path: Path, backups: Path | None, migrations: Sequence[Migration]) -> None:
    with closing(connect(path, write=True)) as connection:
        if backups is not None:
            _back_up(connection, path, backups)
        migrate(connection, migrations)


def _back_up(connection: apsw.Connection, path: Path, backups: Path) -> None:
    """A whole copy, checked, on the disk; the newest few are kept."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
    copy = backups / f"{path.stem}-{version(connection):04d}-{stamp}-{os.getpid()}.db"
    backups.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
    try:
        connection.execute("vacuum into ?", (str(copy),))
        with closing(connect(copy, write=False)) as made:
            _verify(copy, made, "integrity_check")
        _sync(copy)
    except BaseException:
        copy.unlink(missing_ok=True)
        raise
    for old in sorted(backups.glob(f"{path.stem}-*.db"), key=lambda kept: kept.stat().st_mtime_ns)[:-KEEP_BACKUPS]:
        old.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time creates or migrates in `folder`; the system ends the claim of one that dies."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


# -- what is wrong, in one sentence -----------------------------------------------------------------------------------


@contextmanager
def speaking(path: Path) -> Iterator[None]:
    """Turns SQLite's errors about the file into ours; errors in the SQL itself pass."""
    try:
        yield
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise _damaged(path, str(error)) from error
    except UnicodeDecodeError as error:  # a text column that holds no text: bytes were written over it
        raise _damaged(path, f"a text in it is no UTF-8 ({error.reason})") from error
    except apsw.BusyError as error:
        raise Refused(
            "busy",
            f"Another process has been writing to {path} for over {BUSY_MS // 1000} seconds.",
            remedy="Try again; if it stays so, end the Workbench that hangs.",
            path=str(path),
        ) from error
    except (apsw.FullError, apsw.IOError, apsw.CantOpenError, apsw.ReadOnlyError, apsw.PermissionsError) as error:
        raise _out_of_reach(path, str(error)) from error


@contextmanager
def _reaching(path: Path) -> Iterator[None]:
    """The same for the system's own errors, where nobody else's work is being run."""
    try:
        yield
    except OSError as error:
        raise _out_of_reach(path, error.strerror or str(error), errno=error.errno) from error


def _foreign(path: Path, what: str) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"The file {path} {what}; it was left as it is.",
        remedy="Move it away, or restore a copy from the backups folder beside it.",
        path=str(path),
    )


def _damaged(path: Path, cause: str) -> DatabaseUnusable:
    return DatabaseUnusable(
        f"The database {path} is damaged or is not a database ({cause}); it was left as it is.",
        remedy="Move it away to begin anew, or restore a copy from the backups folder beside it.",
        path=str(path),
        cause=cause,
    )


def _out_of_reach(path: Path, cause: str, **facts: int | None) -> HomeUnusable:
    return HomeUnusable(
        f"The database {path} cannot be used: {cause}.",
        remedy="Free some space and see that you may write there, or set WORKBENCH_HOME to another folder.",
        path=str(path),
        **facts,
    )
