"""DuckDB over Parquet parts: what writes a part, and what reads them for free-form SQL.

Idea: a reading engine is in memory, belongs to one process, and is locked when it is born: no file but the parts of one
folder, no extension, no setting, no Python object. Every query is checked (`readonly`) before it runs. Invariant: a part
appears under its name only when it is whole, and is never changed after; so any number of processes may read while another
writes. Names of views and columns come from above: this floor does not know what is counted.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar

import duckdb
import numpy as np

from workbench.errors import InvalidRequest, Refused, WorkbenchError
from workbench.storage import readonly

T = TypeVar("T")

Columns = Mapping[str, Sequence[Any]]
"""A table by column: whole numbers, texts or None."""

MAX_THREADS: Final = 4
ROW_GROUP: Final = 50_000
"""Rows a row group: two a part, so that two threads share even one part."""

_MIB: Final = 1024 * 1024


class Result(NamedTuple):
    """What a query gave: for each column its name, DuckDB's name of its type, and its values as numpy has them."""

    names: list[str]
    types: list[str]
    values: list[Any]


class PartMissing(WorkbenchError):
    """A part was replaced between naming it and reading it; asking again reads the new one."""

    kind = "part_missing"


class Telemetry:
    """A locked DuckDB over the parts in `folder`; close it. Methods may be called from any thread."""

    def __init__(self, folder: Path, *, timezone: str = "UTC", memory_mib: int | None = None) -> None:
        self._lock = threading.Lock()
        self._views: tuple[str, ...] = ()
        self._database = duckdb.connect(":memory:", config=_limits(memory_mib))
        try:
            _interruptible(self._database, lambda: _lock(self._database, folder, timezone))
        except BaseException:
            self._database.close()
            raise

    def define(self, views: Mapping[str, str], comments: Mapping[str, Mapping[str, str]] | None = None) -> None:
        """Makes the views anew, in one step: name to SELECT, in the order in which they build on each other."""
        with self._lock, closing(self._database.cursor()) as cursor:
            _interruptible(cursor, lambda: _define(cursor, views, comments or {}))
            self._views = tuple(views)

    def query(self, sql: str, params: Mapping[str, Any] | None = None, *, exact: bool = False) -> Result:
        """Runs a query that reads the views. `exact` gives decimals as `Decimal`, not as floating point numbers.

        Raises InvalidRequest (no SQL, an unknown column, a parameter too few) or Refused (it would not only read).
        An interrupt (Ctrl-C, the kernel's) ends it.
        """
        views = self._views
        with closing(self._cursor()) as cursor:

            def work() -> Result:
                readonly.check(sql, views, lambda text: _serialized(cursor, text))
                return _run(cursor, sql, params or {}, exact=exact)

            return _interruptible(cursor, work)

    def close(self) -> None:
        """Ends the engine. Harmless twice."""
        self._database.close()

    def _cursor(self) -> duckdb.DuckDBPyConnection:
        try:
            return self._database.cursor()
        except duckdb.ConnectionException:
            raise Refused("closing", "The telemetry has been closed.", remedy="Open Workbench again.") from None


def write_part(path: Path, select: str, tables: Mapping[str, Columns]) -> None:
    """Writes what `select` gives over `tables` as one Parquet file that appears under its name when it is whole."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}.tmp")
    try:
        with closing(duckdb.connect(":memory:", config=_limits())) as engine:
            _interruptible(engine, lambda: _copy(engine, temporary, select, tables))
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()


def scan(paths: Sequence[Path]) -> str:
    """The SQL that reads these parts as one table."""
    return f"read_parquet([{', '.join(_text(str(path)) for path in paths)}])"


_EXPLAIN: Final = "explain "
_AGAIN_S: Final = 0.05

_LOCKS: Final = (
    "set python_enable_replacements = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set enable_progress_bar = false",
    "set enable_external_access = false",
    "set lock_configuration = true",
)


def _limits(memory_mib: int | None = None) -> dict[str, str | bool | int | float | list[str]]:
    """A quarter of the machine's memory (at least 512 MiB), a few threads, and no file to spill into."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // _MIB
    return {
        "memory_limit": f"{memory_mib or max(machine // 4, 512)}MiB",
        "threads": min(os.cpu_count() or 1, MAX_THREADS),
        "temp_directory": "",
        "errors_as_json": True,
    }


def _interruptible(cursor: duckdb.DuckDBPyConnection, work: Callable[[], T]) -> T:
    """What `work` gives, from a thread of its own.

    One that runs inside DuckDB looks at an interrupt late or never, and in the main thread DuckDB makes another error of
    it. So whatever is executed here is executed through this.

    An interrupt may come at any line here, while the thread is being started too. So the thread says that it has begun
    before it asks whether it still should, and we say that it should not before we ask whether it has begun.
    """
    answer: Future[T] = Future()
    begun, unwanted = threading.Event(), threading.Event()

    def run() -> None:
        begun.set()
        if unwanted.is_set():
            answer.cancel()
            return
        try:
            answer.set_result(work())
        except BaseException as error:  # noqa: BLE001 - it belongs to the caller who waits
            answer.set_exception(error)

    thread = threading.Thread(target=run, name="workbench-sql", daemon=True)
    try:
        thread.start()
        return answer.result()
    finally:
        unwanted.set()
        while begun.is_set() and not answer.done():
            cursor.interrupt()  # lost if the query has not begun, so it is said until it is heard
            wait((answer,), _AGAIN_S)


def _lock(database: duckdb.DuckDBPyConnection, folder: Path, timezone: str) -> None:
    database.execute(f"set global timezone = {_text(timezone)}")  # its cursors have it too
    database.execute(f"set allowed_directories = [{_text(f'{folder}/')}]")
    for statement in _LOCKS:
        database.execute(statement)


def _define(
    cursor: duckdb.DuckDBPyConnection, views: Mapping[str, str], comments: Mapping[str, Mapping[str, str]]
) -> None:
    cursor.execute("begin")
    for name, query in views.items():
        cursor.execute(f'create or replace view "{name}" as {query}')
        for column, comment in comments.get(name, {}).items():
            cursor.execute(f'comment on column "{name}"."{column}" is {_text(comment)}')
    cursor.execute("commit")


def _copy(engine: duckdb.DuckDBPyConnection, path: Path, select: str, tables: Mapping[str, Columns]) -> None:
    engine.execute("set timezone = 'UTC'")
    for name, columns in tables.items():
        engine.register(name, {column: _array(values) for column, values in columns.items()})
    engine.execute(
        f"copy ({select}) to {_text(str(path))} (format parquet, compression zstd, row_group_size {ROW_GROUP})"
    )


def _serialized(cursor: duckdb.DuckDBPyConnection, sql: str) -> str:
    try:
        rows = cursor.execute("select json_serialize_sql(?)", [sql]).fetchall()  # all, so that the cursor is free again
    except duckdb.Error as error:
        raise _failure(sql, error) from None
    return str(rows[0][0])


def _run(cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any], *, exact: bool) -> Result:
    try:
        return _result(cursor.sql(sql, params=dict(params)), exact=exact)
    except (duckdb.IOException, duckdb.OutOfMemoryException, duckdb.PermissionException) as error:
        raise _failure(sql, error) from None
    except duckdb.Error as error:
        raise _placed(cursor, sql, params, error) from None


def _placed(
    cursor: duckdb.DuckDBPyConnection, sql: str, params: Mapping[str, Any], error: duckdb.Error
) -> WorkbenchError:
    """A mistake with its place, which only the statement itself tells; a fault of the data has none."""
    try:
        cursor.execute(f"{_EXPLAIN}{sql}", dict(params))
    except duckdb.Error as again:
        return _failure(sql, again, before=len(_EXPLAIN))
    return _failure(sql, error, before=None)


def _result(relation: duckdb.DuckDBPyRelation, *, exact: bool) -> Result:
    names, types = list(relation.columns), [str(kind) for kind in relation.types]
    # By place and renamed: a query may well name two columns alike. As text, a decimal arrives with each of its places.
    taken = [
        f"#{place}{'::varchar' if exact and kind.startswith('DECIMAL') else ''} as c{place}"
        for place, kind in enumerate(types, 1)
    ]
    values = list(relation.project(", ".join(taken)).fetchnumpy().values())
    if exact:
        values = [_decimals(each) if types[n].startswith("DECIMAL") else each for n, each in enumerate(values)]
    return Result(names, types, values)


def _decimals(texts: Any) -> list[Decimal | None]:
    return [None if text is None else Decimal(text) for text in texts.tolist()]


def _failure(sql: str, error: duckdb.Error, *, before: int | None = 0) -> WorkbenchError:
    """DuckDB's own error as one of ours. What it says is JSON behind the name of its kind (`errors_as_json`)."""
    told = _told(str(error))
    message = told["exception_message"]
    if isinstance(error, duckdb.OutOfMemoryException):
        return Refused(
            "memory", "The query needs more memory than it may have.", remedy="Narrow it: fewer days, or a limit."
        )
    if isinstance(error, duckdb.IOException) and ".parquet" in message:
        return PartMissing("A part of the telemetry has just been replaced.", remedy="Run the query again.")
    if isinstance(error, duckdb.PermissionException):
        return Refused("read_only", "Only the telemetry can be read here.", remedy="Write one SELECT over its views.")
    if "argument count mismatch" in message:
        return InvalidRequest(
            "The query does not name each of the parameters that were given.",
            remedy="Name a parameter in the query as $name, or leave it out.",
            problems=[],
        )
    if "not provided for the following parameters" in message:
        names = message.rpartition(":")[2].strip()
        return InvalidRequest(
            f"The query has a parameter that was not given: {names}.",
            remedy=f"Give it by name: sql(query, {names.split(',')[0].strip()}=...).",
            problems=[],
        )
    position = told.get("position")
    return readonly.mistake(sql, message, None if position is None or before is None else int(position) - before)


def _told(text: str) -> dict[str, str]:
    """DuckDB's words: JSON behind the name of its kind, or (a relation's binder errors) text with a picture below."""
    try:
        return {"exception_message": text, **json.loads(text[text.index("{") :])}
    except ValueError:
        return {"exception_message": text.partition("\n\nLINE")[0]}


def _array(values: Sequence[Any]) -> Any:
    """A column as DuckDB takes it fastest: texts as objects, whole numbers as 64 bits with a mask for null."""
    if any(isinstance(value, str) for value in values):
        return np.array(values, dtype=object)
    if None not in values:
        return np.fromiter(values, np.int64, len(values))
    filled = np.fromiter((value or 0 for value in values), np.int64, len(values))
    return np.ma.masked_array(filled, mask=np.fromiter((value is None for value in values), bool, len(values)))


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
