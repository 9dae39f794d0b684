"""How long a question takes once everything has been counted: reports at a million samplings, SQL at ten million.

The store is filled with copies of a small real import, spread over a year, and summed as every import sums. Beside each
report stands the same sum taken over the rows themselves, which is what a report would cost without the sums by day.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import apsw
import corpus
from row import ROUNDS, Goal, Row, interleaved, timed

from workbench.paths import Home
from workbench.storage.telemetry import Telemetry
from workbench.usage import parquet, reports, rollups
from workbench.usage.importer import Options, refresh
from workbench.usage.store import Store
from workbench.usage.which import Which

MILLION = 1_000_000
TIMES = 10
"""So often the parts of a million rows are read side by side to make ten million."""

_OWN = {"id", "mid", "ts", "ts0"}
_ROWS = """
    select strftime('%Y-%m-%d', ts / 1000, 'unixepoch') as day, price, sum(i), sum(o), sum(c5), sum(c1), sum(cr)
    from sampling where live and ts >= ? group by day, price
"""
SQL = """
    select day, model, sum(total_tokens) as tokens, sum(cost) as cost from samplings group by day, model order by day, model
"""


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    count = max(1_000, int(MILLION * scale))
    with tempfile.TemporaryDirectory() as name, filled(Path(name), count) as store:
        last = store.read(lambda c: c.execute("select max(day) from day where zone = 'UTC'").fetchone()[0])
        month, everything = Which(since=_before(last, 29)), Which()
        for title, which, bound in (("the last 30 days", month, 2), ("all history by day and model", everything, 5)):
            start = which.start_ms() or 0

            def ask(which: Which = which) -> object:
                return store.read(lambda connection: reports.daily(connection, which))

            def scan(start: int = start) -> object:
                return store.read(lambda connection: connection.execute(_ROWS, (start,)).fetchall())

            quick, slow = interleaved(rounds, _ms(ask), _ms(scan))
            goals = (Goal("value", "at most", bound),)
            yield Row(f"report of {title}, {count:,} samplings", "ms", quick, "a scan of the rows", slow, goals)
        yield from sql(store, Path(name), count, rounds)


def sql(store: Store, folder: Path, count: int, rounds: int) -> Iterator[Row]:
    """DuckDB over Parquet, in a process that has it loaded; beside it the same sum by SQLite over a tenth of the rows."""
    parts = folder / "parts"
    manifest = parquet.export(store, parts, "UTC")
    telemetry = Telemetry(parts)
    try:
        telemetry.define(
            replace(manifest, narrow=manifest.narrow * TIMES, wide=manifest.wide * TIMES).definitions(parts)
        )
        telemetry.query(SQL)

        def scan() -> object:
            return store.read(lambda connection: connection.execute(_ROWS, (0,)).fetchall())

        quick, slow = interleaved(rounds, _ms(lambda: telemetry.query(SQL)), _ms(scan))
    finally:
        telemetry.close()
    title = f"SQL over Parquet by day and model, {count * TIMES:,} rows"
    yield Row(title, "ms", quick, f"SQLite, {count:,} rows", slow, (Goal("value", "at most", 250),))


def filled(folder: Path, count: int) -> Store:
    """A store with `count` samplings, as an import of them would leave it."""
    place = folder / "corpus"
    corpus.make(place, size=2_000_000, files=20)
    home = Home(folder / "home")
    home.make()
    store = Store.open(home)
    refresh(store, Options(roots={"claude": [place]}))
    with store.writing() as connection:
        _multiply(connection, count)
        rollups.sum_everything(connection)
    return store


def _multiply(connection: apsw.Connection, count: int) -> None:
    """Copies of the live rows, each under a message id of its own and on another day of the year."""
    columns = [name for _, name, *_ in connection.execute("pragma table_info(sampling)") if name not in _OWN]
    same = ", ".join(columns)
    connection.execute(
        f"""
        with recursive copy(n) as (select 1 union all select n + 1 from copy where n < ?1)
        insert into sampling (mid, ts, ts0, {same})
        select mid || '-' || n, ts + (n * 7919 % 365) * 86400000, ts0 + (n * 7919 % 365) * 86400000, {same}
        from copy, (select * from sampling where live) limit ?1
        """,
        (count,),
    )


def _before(day: str, days: int) -> str:
    return (date.fromisoformat(day) - timedelta(days=days)).isoformat()


def _ms(work: Callable[[], object]) -> Callable[[], float]:
    return lambda: 1e3 * timed(work)
