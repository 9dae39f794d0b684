"""One SQLite file: one thread that writes, at most eight readers, and nothing else to know.

Idea: `write(fn)` hands a function to the writer's thread, which runs it between `begin immediate` and `commit`;
`read(fn)` runs one on a snapshot. A thread of its own keeps a Ctrl-C in a cell from tearing a write, and makes waiting
for another process (busy, up to five seconds) somebody else's business. Functions may run in any order between callers
and must not call `write` again.

Invariant: when `write` returns, the change is on the disk (WAL, synchronous=FULL); when it raises, there is none. A
file that is damaged, foreign, newer or out of reach is one sentence with a remedy, and is left as it was found.

Why no `quick_check` of a big file at open: it reads every page, and a host must open in milliseconds. SQLite itself
repairs what a killed process left in the WAL; a page that a disk has spoiled is found when it is read, and says so.
"""

from __future__ import annotations

import queue
import threading
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

import apsw

from workbench.errors import Refused, WorkbenchError
from workbench.storage import files
from workbench.storage.migrations import MIGRATIONS, Migration

T = TypeVar("T")
Work = Callable[[apsw.Connection], T]

MAX_READERS: Final = 8

if apsw.sqlite_lib_version() < files.SQLITE_FLOOR:  # pragma: no cover - the dependency's floor says the same
    raise ImportError(f"apsw carries SQLite {apsw.sqlite_lib_version()}; Workbench needs 3.51.3 (pip install -U apsw).")


class Database:
    """An open database; close it. Methods may be called from any thread."""

    @classmethod
    def open(
        cls,
        path: Path,
        *,
        backups: Path | None = None,
        read_only: bool = False,
        migrations: Sequence[Migration] = MIGRATIONS,
    ) -> Database:
        """Opens `path`, creating or migrating it first if need be (a copy goes to `backups` before it is migrated).

        `read_only` takes a newer database too and never writes. Raises DatabaseNewer, DatabaseUnusable, HomeUnusable.
        """
        if read_only:
            newer = files.look(path, migrations)
            return cls(path, refusal=newer or _READ_ONLY)
        files.prepare(path, backups, migrations)
        return cls(path)

    def __init__(self, path: Path, *, refusal: WorkbenchError | None = None) -> None:
        self.path = path
        self._refusal = refusal
        self._lock = threading.Lock()
        self._closed = False
        self._writer: _Writer | None = None
        self._idle: list[apsw.Connection] = []
        self._places = threading.BoundedSemaphore(MAX_READERS)

    @property
    def read_only(self) -> bool:
        """Whether every write is refused."""
        return self._refusal is not None

    def read(self, work: Work[T]) -> T:
        """What `work` returns, run in this thread on one snapshot of the database."""
        with self._places, files.speaking(self.path):
            connection = self._reader()
            try:
                connection.execute("begin")
                try:
                    return work(connection)
                finally:
                    if connection.in_transaction:  # else a failure has ended it, and is what the caller must hear of
                        connection.execute("rollback")
            finally:
                self._put_back(connection)

    def write(self, work: Work[T]) -> T:
        """What `work` returns, run in the writer's thread in one transaction that has been committed."""
        if self._refusal is not None:
            raise self._refusal.with_traceback(None)
        with self._lock:
            self._check_open()
            if self._writer is None:
                self._writer = _Writer(self.path)
            answer = self._writer.submit(work)
        with files.speaking(self.path):
            return answer.result()

    def close(self) -> None:
        """Finishes what was submitted, then closes every connection and ends the thread. Harmless twice."""
        with self._lock:
            self._closed = True
            writer, self._writer = self._writer, None
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()
        if writer is not None:
            writer.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __del__(self) -> None:
        if not self.__dict__.get("_closed", True) and (self._writer or self._idle):
            warnings.warn(f"unclosed database {self.path}", ResourceWarning, source=self, stacklevel=2)
            self.close()

    def _check_open(self) -> None:
        if self._closed:
            raise Refused("closing", f"The database {self.path} has been closed.", remedy="Open Workbench again.")

    def _reader(self) -> apsw.Connection:
        with self._lock:
            self._check_open()
            if self._idle:
                return self._idle.pop()
        return files.connect(self.path, write=False)

    def _put_back(self, connection: apsw.Connection) -> None:
        with self._lock:
            if not self._closed:
                self._idle.append(connection)
                return
        connection.close()


_READ_ONLY: Final = Refused(
    "read_only", "The database was opened for reading only.", remedy="Open Workbench without read_only."
)


class _Writer:
    """The one thread that changes the database. It holds the connection, so only it ever closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._queue: queue.SimpleQueue[tuple[Work[Any], Future[Any]] | None] = queue.SimpleQueue()
        # A daemon: a host that forgets to close must still be able to leave.
        self._thread = threading.Thread(target=self._run, name="workbench-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Work[T]) -> Future[T]:
        if threading.current_thread() is self._thread:
            raise RuntimeError("write() inside write(): use the connection that you were given")
        answer: Future[T] = Future()
        self._queue.put((work, answer))
        return answer

    def stop(self) -> None:
        self._queue.put(None)
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        connection: apsw.Connection | None = None
        while (item := self._queue.get()) is not None:
            work, answer = item
            try:
                connection = connection or files.connect(self._path, write=True)
                answer.set_result(_transact(connection, work))
            except BaseException as error:  # noqa: BLE001 - whatever it was belongs to the caller who waits
                answer.set_exception(error)
            del item, work, answer  # or the last caller's objects live until the next call
        if connection is not None:
            connection.close()


def _transact(connection: apsw.Connection, work: Work[T]) -> T:
    connection.execute("begin immediate")
    try:
        result = work(connection)
        connection.execute("commit")
    except BaseException:
        if connection.in_transaction:
            connection.execute("rollback")
        raise
    return result
