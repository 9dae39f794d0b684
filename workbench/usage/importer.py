"""Transcripts into the store: what is new since last time, counted once.

Idea: what the disk shows is compared with what the store has read. Nothing differs: no lock, no write, and no decoder
is loaded. Else the files that grew are read from where they had been read to, those that were replaced or cut are read
anew, and everything that comes of it, offsets and sums too, is one transaction.

Invariant: an import happened or it did not, whatever ends it. One import at a time writes, by `import.lock`, which the
system frees when its holder dies. What was counted stays when its file goes: the store is the archive.
"""

from __future__ import annotations

import gc
import json
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple

import apsw

from workbench.errors import Refused
from workbench.usage import own_runs, reconcile, repricing
from workbench.usage.intake import Intake
from workbench.usage.prices import Prices
from workbench.usage.sampling import Parsed
from workbench.usage.sources import SOURCES, Found, codex
from workbench.usage.store import Store, get, put, reaching, speaking
from workbench.usage.workers import TICK_S, Job, Read, alone, together

SHARED_BYTES: Final = 30 << 20
"""With more than this to read, a second process pays."""


@dataclass(frozen=True)
class Options:
    """What to import. `roots` names the folders of each source, by default those that the environment names."""

    roots: Mapping[str, Sequence[Path]] | None = None
    ledger: Path | None = None
    """`workbench.db`, whose runs belong to the same facts."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    processes: int = 2
    shared_bytes: int = SHARED_BYTES
    """From where on the second one is used."""
    fork: bool = False
    """A second process may be a copy of this one, which has no thread and no open database then: a command line's."""


@dataclass
class Report:
    """What an import did. `read` rows told of usage; each was taken, or a duplicate, or skipped."""

    files: int = 0
    read: int = 0
    taken: int = 0
    duplicate: int = 0
    skipped: int = 0
    unpriced: int = 0
    bytes: int = 0
    seconds: float = 0.0
    unreadable: list[tuple[str, str]] = field(default_factory=list)
    """Folders and files that could not be read, each with the reason."""


class Progress(NamedTuple):
    """How far an import is."""

    state: str
    """waiting, importing or idle"""
    done_bytes: int
    total_bytes: int
    files: int


class Known(NamedTuple):
    """What the store has of a file."""

    id: int
    source: str
    ino: int
    size: int
    mtime: int
    off: int
    gone: int
    why: str | None


class Change(NamedTuple):
    """A file that is to be read."""

    source: str
    found: Found
    known: Known | None

    @property
    def offset(self) -> int:
        """Where to read on; a file that was replaced or cut is read anew."""
        known, found = self.known, self.found
        return 0 if known is None or found.ino != known.ino or found.size < known.off else known.off

    @property
    def bytes(self) -> int:
        return max(0, self.found.size - self.offset)


class Plan(NamedTuple):
    """How the disk differs from what the store has read."""

    changes: list[Change]
    gone: list[int]
    unreadable: list[tuple[str, Found]]

    def __bool__(self) -> bool:
        return bool(self.changes or self.gone)


def refresh(
    store: Store,
    options: Options = Options(),
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Brings the store up to date with the disk.

    Raises Refused("cancelled") once `cancelled` says so: then nothing was imported.
    """
    begun = time.monotonic()
    watch = _Watch(progress, cancelled)
    prices = Prices.load(options.overrides)
    found = list(_discover(options))
    plan, version = store.read(lambda connection: (_plan(connection, found), get(connection, "version")))
    if not plan and _settled(store, prices, options):
        return Report(seconds=time.monotonic() - begun, unreadable=_reasons(plan))
    with _import_lock(store, watch) as waited:
        if waited or str(store.version()) != version:
            plan = store.read(lambda connection: _plan(connection, found))
        report = _Import(store, options, prices, plan, watch).run()
    report.seconds = time.monotonic() - begun
    return report


class _Watch:
    """Says how an import goes, and ends it when it is to end."""

    def __init__(self, progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled = progress, cancelled
        self.now = Progress("waiting", 0, 0, 0)

    def tick(self) -> None:
        if self._progress is not None:
            self._progress(self.now)
        if self._cancelled is not None and self._cancelled():
            raise Refused("cancelled", "The import was cancelled; nothing was imported.", remedy="Ask again to import.")


# -- what differs -----------------------------------------------------------------------------------------------------


def _discover(options: Options) -> Iterator[tuple[str, Path, list[Found]]]:
    for name, source in SOURCES.items():
        given = None if options.roots is None else options.roots.get(name, ())
        for root in source.roots(options.environment, given):
            yield name, root, list(source.discover(root))


def _plan(connection: apsw.Connection, found: Sequence[tuple[str, Path, list[Found]]]) -> Plan:
    files = connection.execute(
        "select path, id, source, ino, size, mtime, off, gone, why from file where source <> 'ledger'"
    )
    known: dict[str, Any] = {row[0]: row for row in files}
    plan = Plan([], [], [])
    seen: set[str] = set()
    for source, _, listed in found:
        for each in listed:
            path, ino, size, mtime, why = each
            if path in seen:
                continue
            seen.add(path)
            row = known.get(path)
            if why:
                plan.unreadable.append((source, each))
            elif row is None:
                plan.changes.append(Change(source, each, None))
            elif row[8] and not os.access(path, os.R_OK):
                plan.unreadable.append((source, each._replace(why=f"cannot be read: {row[8]}")))
            elif row[3] != ino or row[4] != size or row[5] != mtime or row[7] or row[8]:
                plan.changes.append(Change(source, each, Known(*row[1:])))
    unseen = [row for path, row in known.items() if path not in seen and not row[7]]
    if unseen:
        below = [(source, f"{root}{os.sep}") for source, root, _ in found]
        closed = tuple(f"{each.path}{os.sep}" for _, each in plan.unreadable)
        plan.gone.extend(
            row[1]
            for row in unseen
            if any(row[2] == source and row[0].startswith(root) for source, root in below)
            and not row[0].startswith(closed)
        )
    return plan


def _settled(store: Store, prices: Prices, options: Options) -> bool:
    """Whether prices and our own runs are those that the store has counted."""

    def look(connection: apsw.Connection) -> bool:
        counted = get(connection, "prices", prices.version) == prices.version
        return counted and not own_runs.moved(connection, options.ledger)

    return store.read(look)


def _reasons(plan: Plan) -> list[tuple[str, str]]:
    return [(each.path, each.why) for _, each in plan.unreadable]


@contextmanager
def _import_lock(store: Store, watch: _Watch) -> Iterator[bool]:
    """One import at a time; whether it had to be waited for."""
    import fcntl

    with speaking(store.path), reaching(store.path):
        descriptor = os.open(store.import_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    waited = False
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = True
                watch.tick()
                time.sleep(TICK_S / 4)
        yield waited
    finally:
        os.close(descriptor)


# -- one import -------------------------------------------------------------------------------------------------------


class _Import:
    """One import: reads what differs, and writes what comes of it."""

    def __init__(self, store: Store, options: Options, prices: Prices, plan: Plan, watch: _Watch) -> None:
        self.store, self.options, self.prices, self.plan, self.watch = store, options, prices, plan, watch
        self.changes = sorted(plan.changes, key=lambda change: -change.bytes)
        self.report = Report(unreadable=_reasons(plan))
        self.threads: set[str] = set()

    def run(self) -> Report:
        self.watch.now = Progress("importing", 0, sum(change.bytes for change in self.changes), 0)
        collecting = gc.isenabled()
        gc.disable()  # nothing here makes cycles, and there is much to look through
        try:
            jobs = self.store.read(self._jobs)
            with closing(self._reading(jobs)) as reading:
                first = next(reading, None)  # the second process is made before anything is open
                with self.store.writing() as connection:
                    self._write(connection, first, reading)
        finally:
            if collecting:
                gc.enable()
        self.watch.now = self.watch.now._replace(state="idle")
        self.watch.tick()
        return self.report

    def _jobs(self, connection: apsw.Connection) -> list[Job]:
        states: dict[int, str | None] = {}
        for change in self.changes:
            if change.known is not None and change.offset:
                row: Any = connection.execute("select state from file where id = ?", (change.known.id,)).fetchone()
                states[change.known.id] = row[0]
        return [
            Job(change.source, change.found.path, change.offset, states.get(change.known.id) if change.known else None)
            for change in self.changes
        ]

    def _reading(self, jobs: list[Job]) -> Generator[tuple[int, Read]]:
        if self.options.processes < 2 or self.watch.now.total_bytes <= self.options.shared_bytes or len(jobs) < 2:  # noqa: PLR2004
            return alone(jobs, self.prices)
        fork = self.options.fork and threading.active_count() == 1
        if fork:
            self.store.rest()
        return together(jobs, self.prices, self.options.overrides, fork=fork, tick=self.watch.tick)

    def _write(
        self, connection: apsw.Connection, first: tuple[int, Read] | None, reading: Iterator[tuple[int, Read]]
    ) -> None:
        intake = Intake(connection, self.prices)
        for number, parsed in chain(() if first is None else (first,), reading):
            self._take(intake, self.changes[number], parsed)
            self.watch.tick()
        connection.executemany("update file set gone = 1 where id = ?", ((file,) for file in self.plan.gone))
        ours = own_runs.bring(intake, self.options.ledger)
        if self.threads:
            from workbench.usage import forks

            forks.settle_forks(intake, self.threads)
        intake.finish()
        if get(connection, "prices", self.prices.version) != self.prices.version:
            repricing.reprice(intake, self.prices)
        reconcile.link(intake, ours)
        self.watch.tick()
        intake.sum()
        self._remember(connection, intake)

    def _take(self, intake: Intake, change: Change, parsed: Read) -> None:
        """One file's piece."""
        if isinstance(parsed, str):
            self.report.unreadable.append((change.found.path, f"cannot be read: {parsed}"))
            self._refused(intake.connection, change, parsed)
            return
        file = self._file(intake.connection, change, parsed)
        again = change.known is not None and change.offset == 0
        if again:
            intake.connection.execute("delete from skip where file = ?", (file,))
        intake.take(file, parsed, again=again)
        skips = ((file, off, why) for off, why in parsed.skips)
        intake.connection.executemany("insert or replace into skip values (?, ?, ?)", skips)
        intake.connection.executemany("insert or ignore into limit_seen values (?, ?, ?, ?, ?, ?)", parsed.limits)
        if parsed.thread is not None:
            self.threads.add(parsed.thread)
        self.report.files += 1
        self.report.read += parsed.lines
        self.report.skipped += len(parsed.skips)
        self.report.bytes += change.bytes
        now = self.watch.now
        self.watch.now = now._replace(done_bytes=now.done_bytes + change.bytes, files=now.files + 1)

    def _file(self, connection: apsw.Connection, change: Change, parsed: Parsed) -> int:
        """The id of a file, whose row says now how far it has been read."""
        found, known = change.found, change.known
        parent = codex.parent_of(parsed.state) if parsed.thread is not None else None
        values = (found.ino, found.size, found.mtime_ns, parsed.offset, parsed.state, parsed.thread, parent)
        if known is None:
            connection.execute(
                """insert into file (source, path, ino, size, mtime, off, state, thread, parent, lines, gone)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)""",
                (change.source, found.path, *values, parsed.lines),
            )
            return connection.last_insert_rowid()
        connection.execute(
            """update file set ino = ?, size = ?, mtime = ?, off = ?, state = ?, thread = ?, parent = ?,
                lines = ? + case when ? then lines else 0 end, gone = 0, why = null
            where id = ?""",
            (*values, parsed.lines, change.offset, known.id),
        )
        return known.id

    def _refused(self, connection: apsw.Connection, change: Change, why: str) -> None:
        """Keeps that a file could not be read; it is tried again once it may be."""
        found = change.found
        connection.execute(
            """insert into file (source, path, ino, size, mtime, off, lines, gone, why) values (?, ?, ?, ?, ?, 0, 0, 0, ?)
            on conflict (path) do update set why = excluded.why""",
            (change.source, found.path, found.ino, found.size, found.mtime_ns, why),
        )

    def _remember(self, connection: apsw.Connection, intake: Intake) -> None:
        """The report and what was counted by, for the next time."""
        report = self.report
        report.taken, report.unpriced = max(0, intake.taken), max(0, intake.unpriced)
        report.duplicate = max(0, report.read - report.skipped - report.taken)
        if intake.changed:
            put(connection, "version", str(int(get(connection, "version", "0")) + 1))
        put(connection, "prices", self.prices.version)
        put(connection, "report", json.dumps(asdict(report)))
        put(connection, "imported", str(time.time_ns() // 1_000_000))


# -- what came of it --------------------------------------------------------------------------------------------------


def import_report(connection: apsw.Connection, limit: int = 200) -> dict[str, Any]:
    """The last import's figures, and what could not be counted of all that was ever read, by file and line."""
    rows: list[Any] = connection.execute(
        """select f.source, f.path, k.off, k.why from skip k join file f on f.id = k.file
        order by f.path, k.off limit ?""",
        (limit,),
    ).fetchall()
    totals: Any = connection.execute("select count(*), (select coalesce(sum(lines), 0) from file) from skip").fetchone()
    return {
        "report": json.loads(get(connection, "report", "null")),
        "imported": int(get(connection, "imported", "0")) or None,
        "read": totals[1],
        "skipped": totals[0],
        "skips": [
            {"source": source, "path": path, "line": _line(path, off), "offset": off, "why": why}
            for source, path, off, why in rows
        ],
    }


def _line(path: str, offset: int) -> int | None:
    """The number of the line that begins at an offset; None when the file is gone."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 - the path is text already
            number = 1
            while offset > 0 and (data := file.read(min(offset, 1 << 20))):
                number += data.count(b"\n")
                offset -= len(data)
    except OSError:
        return None
    return number
