"""One import: reads what differs, writes what comes of it, and remembers how far it got, in one transaction.

Invariant: when `run` returns, everything that was planned is in the store; when it raises, nothing is.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import closing
from itertools import chain
from typing import Any

import apsw

from workbench.usage import limits
from workbench.usage.importer import Options, Progress, Report, Watch
from workbench.usage.intake import Intake
from workbench.usage.plan import Change, Plan, tail
from workbench.usage.prices import Prices
from workbench.usage.sampling import Parsed
from workbench.usage.sources import codex
from workbench.usage.store import Store, get, put
from workbench.usage.workers import Job, Read, alone, together


class Batch:
    """One import: reads what differs, and writes what comes of it."""

    def __init__(self, store: Store, options: Options, prices: Prices, plan: Plan, watch: Watch) -> None:
        self.store, self.options, self.prices, self.plan, self.watch = store, options, prices, plan, watch
        self.changes = sorted(plan.changes, key=lambda change: -change.bytes)
        self.report = Report()
        self.unreadable = plan.reasons
        self.threads: set[str] = set()

    def run(self) -> Report:
        self.watch.now = Progress("importing", 0, sum(change.bytes for change in self.changes), 0)
        jobs = self.store.read(self._jobs)
        with closing(self._reading(jobs)) as reading:
            first = next(reading, None)  # the second process is made before anything is open
            with self.store.writing() as connection:
                self._write(connection, first, reading)
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
            return alone(jobs, self.prices, self.watch.tick)
        fork = self.options.fork and threading.active_count() == 1
        if fork:
            self.store.rest()
        return together(jobs, self.prices, self.options.overrides, self.watch.tick, fork=fork)

    def _write(
        self, connection: apsw.Connection, first: tuple[int, Read] | None, reading: Iterator[tuple[int, Read]]
    ) -> None:
        intake = Intake(connection, self.prices)
        for number, parsed in chain(() if first is None else (first,), reading):
            self._take(intake, self.changes[number], parsed)
            self.watch.tick()
        connection.executemany("update file set gone = 1 where id = ?", ((file,) for file in self.plan.gone))
        ours = self._own_runs(intake)
        if self.threads:
            from workbench.usage import forks

            forks.settle_forks(intake, self.threads)
        intake.finish()
        if get(connection, "prices", self.prices.version) != self.prices.version:
            from workbench.usage import repricing

            repricing.reprice(intake, self.prices)
        if connection.execute("select 1 from run limit 1").fetchone():
            from workbench.usage import reconcile

            reconcile.link(intake, ours)
        self.watch.tick()
        intake.sum()
        self._remember(connection, intake)

    def _own_runs(self, intake: Intake) -> set[str]:
        """Brings what is new in the ledger; the providers' sessions that this is about."""
        if self.options.ledger is None:
            return set()
        from workbench.usage import own_runs

        return own_runs.bring(intake, self.options.ledger)

    def _take(self, intake: Intake, change: Change, parsed: Read) -> None:
        """One file's piece."""
        if isinstance(parsed, str):
            self.unreadable.append((change.found.path, f"cannot be read: {parsed}"))
            self._refused(intake.connection, change, parsed)
            return
        file = self._file(intake.connection, change, parsed)
        again = change.known is not None and change.offset == 0
        if again:
            intake.connection.execute("delete from skip where file = ?", (file,))
        intake.take(file, parsed, again=again)
        skips = ((file, off, why) for off, why in parsed.skips)
        intake.connection.executemany("insert or replace into skip values (?, ?, ?)", skips)
        if parsed.limits:
            said = limits.believed(parsed.limits, time.time_ns() // 1_000_000)
            intake.connection.executemany("insert or ignore into limit_seen values (?, ?, ?, ?, ?, ?)", said)
        if parsed.thread is not None:
            self.threads.add(parsed.thread)
        so_far = self.report
        self.report = so_far._replace(
            files=so_far.files + 1,
            read=so_far.read + parsed.lines,
            skipped=so_far.skipped + len(parsed.skips),
            bytes=so_far.bytes + change.bytes,
        )
        now = self.watch.now
        self.watch.now = now._replace(done_bytes=now.done_bytes + change.bytes, files=now.files + 1)

    def _file(self, connection: apsw.Connection, change: Change, parsed: Parsed) -> int:
        """The id of a file, whose row says now how far it has been read."""
        found, known = change.found, change.known
        parent = codex.parent_of(parsed.state) if parsed.thread is not None else None
        seen = tail(found.path, parsed.offset)
        values = (found.ino, found.size, found.mtime_ns, parsed.offset, seen, parsed.state, parsed.thread, parent)
        if known is None:
            connection.execute(
                """insert into file (source, path, ino, size, mtime, off, tail, state, thread, parent, lines, gone)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)""",
                (change.source, found.path, *values, parsed.lines),
            )
            return connection.last_insert_rowid()
        connection.execute(
            """update file set ino = ?, size = ?, mtime = ?, off = ?, tail = ?, state = ?, thread = ?, parent = ?,
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
        taken = max(0, intake.taken)
        self.report = self.report._replace(
            taken=taken,
            unpriced=max(0, intake.unpriced),
            duplicate=max(0, self.report.read - self.report.skipped - taken),
            seconds=self.watch.seconds(),
            unreadable=self.unreadable,
        )
        if intake.changed:
            put(connection, "version", str(int(get(connection, "version", "0")) + 1))
        put(connection, "prices", self.prices.version)
        put(connection, "report", json.dumps(self.report._asdict()))
        put(connection, "imported", str(time.time_ns() // 1_000_000))
