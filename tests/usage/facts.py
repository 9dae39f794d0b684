"""Samplings as an importer would leave them, written by hand: a store, and a plain list to add up beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import apsw

from workbench.usage import rollups
from workbench.usage.store import Store

MINUTE: Final = 60_000
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
NOON: Final = 1_768_478_400_000
"""2026-01-15T12:00:00Z"""

RATES: Final[Mapping[str, tuple[int | None, ...]]] = {
    "opus": (5_000_000, 25_000_000, 500_000, 6_250_000, 10_000_000, 10**10),
    "haiku": (1_000_000, 5_000_000, 100_000, 1_250_000, 2_000_000, 10**10),
    "gpt": (1_250_000, 10_000_000, 125_000, 1_250_000, 1_250_000, 10**10),
    "mystery": (None,) * 6,
}
"""Input, output, cache read, 5 min and 1 h cache write, a search."""


@dataclass(frozen=True)
class Fact:
    """One sampling that counts (or, with `live` false, does not)."""

    ts: int = NOON
    model: str = "opus"
    provider: str = "anthropic"
    session: str | None = "s1"
    project: str | None = "-home-u-proj"
    skill: str | None = None
    agent: str | None = None
    step: str | None = None
    agent_id: str | None = None
    side: int = 0
    live: int = 1
    kind: str = "message"
    i: int = 100
    o: int = 10
    c5: int = 0
    c1: int = 0
    cr: int = 0
    web: int = 0
    reason: int = 0
    reported: int | None = None

    @property
    def used(self) -> bool:
        return any((self.i, self.o, self.c5, self.c1, self.cr, self.web))

    @property
    def worked_out(self) -> int | None:
        rates = RATES[self.model]
        counts = (self.i, self.o, self.cr, self.c5, self.c1, self.web)
        return None if rates[0] is None else sum(n * rate for n, rate in zip(counts, rates, strict=True))

    def cost(self, mode: str) -> int | None:
        """What it costs in a mode; what used nothing has no cost to know."""
        if self.reported is not None and mode != "calculate":
            return self.reported
        return None if mode == "display" else self.worked_out


def write(store: Store, facts: list[Fact]) -> None:
    """Puts these into the store and sums them."""
    with store.writing() as connection:
        for number, fact in enumerate(facts, 1):
            _write(connection, number, fact)
        rollups.sum_everything(connection)


def _write(connection: apsw.Connection, number: int, fact: Fact) -> None:
    dim = _number(connection, "dim", ("project", "skill", "agent", "step"), fact)
    connection.execute(
        "insert or ignore into price values (?, ?, ?, 0, '', ?, ?, ?, ?, ?, ?)",
        (
            price := [*RATES].index(fact.model) + 1 + 100 * len(fact.provider),
            fact.provider,
            fact.model,
            *RATES[fact.model],
        ),
    )
    columns = ("provider", "session", "project", "skill", "agent", "agent_id")
    ctx = _number(connection, "ctx", columns, fact, sidechain=fact.side, dim=dim)
    values = asdict(fact) | {"number": number, "ctx": ctx, "dim": dim, "price": price, "mid": f"m{number}"}
    connection.execute(
        """insert into sampling values (:number, :mid, null, 0, :side, :live, :o, :ts, :ts, :ctx, :ctx, :dim, :price, :kind,
            :i, :o, :c5, :c1, :cr, :reason, :web, :reported, null, 1, :number)""",
        values,
    )
    connection.execute(
        """insert or ignore into file (id, source, path, ino, size, mtime, off, lines, gone)
            values (1, 'claude', '/transcripts/s1.jsonl', 1, 1, 1, 1, 1, 0)"""
    )


def _number(connection: apsw.Connection, table: str, columns: tuple[str, ...], fact: Fact, **more: Any) -> int:
    values = {name: getattr(fact, name) for name in columns} | more
    same = " and ".join(f"{name} is :{name}" for name in values)
    found = connection.execute(f"select id from {table} where {same}", values).fetchone()
    if found is None:
        names = ", ".join(values)
        connection.execute(f"insert into {table} ({names}) values (:{names.replace(', ', ', :')})", values)
        return connection.last_insert_rowid()
    return int(found[0])
