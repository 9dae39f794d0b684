"""What readers parsed, into the tables: contexts and prices once each, candidates, and which of them count.

Idea: nearly every message id is new and told once, so it goes in at once, counting; only the others wait until all is
in, and are then settled with what the store already knows of them. A first import has no index to look ids up in: it
remembers them, and builds the index, and the sums, from the finished table.

Invariant: `finish` leaves the sums equal to the live samplings. All of it lies in the caller's one transaction.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, Final, TypeAlias

import apsw

from workbench.usage.fact import FACT, Fact
from workbench.usage.prices import Prices
from workbench.usage.rollups import BUCKET_MS, Moves
from workbench.usage.sampling import CandidateRow, Context, ContextRow, Parsed, RateRow
from workbench.usage.settle import Told, settle

Dim: TypeAlias = tuple[str | None, str | None, str | None, str | None]
"""project, skill, agent, step"""

_COLUMNS: Final = (
    "mid, rid, it, side, live, top, ts, ts0, ctx, home, dim, price, kind, i, o, c5, c1, cr, reason, web, reported,"
    " file, off"
)
_INSERT: Final = f"insert into sampling ({_COLUMNS}) values ({', '.join('?' * (_COLUMNS.count(',') + 1))})"  # noqa: S608 - our own names
_CONTEXT: Final = ", ".join(Context._fields)

_AGAIN: Final = """
    update sampling set ts0 = min(ts0, ?), off = ?
    where mid = ? and file = ? and rid is ? and it = ? and side = ? and top = ? and ts = ? and ctx = ? and kind = ?
        and i = ? and o = ? and c5 = ? and c1 = ? and cr = ? and reason = ? and web = ? and reported is ?"""

_TOLD: Final = f"""
    select s.id, s.rid, s.side, s.top, s.ts, s.ts0, s.file, s.off, s.ctx, c.session, s.it,
        (c.skill is not null) + (c.agent is not null), {FACT}
    from sampling s join ctx c on c.id = s.ctx where s.mid = ?"""  # noqa: S608 - our own names
_IT: Final = 10
_OF_FACT: Final = 12

_WORDS: Final = f"""
    select s.it, s.kind, p.provider, p.model, s.i, s.o, s.c5, s.c1, s.cr, s.reason, s.web, s.reported,
        {", ".join(f"c.{name}" for name in Context._fields)}
    from sampling s join ctx c on c.id = s.ctx join price p on p.id = s.price where s.id = ?"""  # noqa: S608 - our own names


class Intake:
    """One import's writing."""

    def __init__(self, connection: apsw.Connection, prices: Prices) -> None:
        self.connection = connection
        self.prices = prices
        self.first = connection.execute("select 1 from sampling limit 1").fetchone() is None
        self.moves = Moves()
        self.taken = 0
        self.unpriced = 0
        self.changed = False
        """Whether what counts is other than before."""
        self._sessions: set[str | None] = set()
        self._homes: set[int] = set()
        self.replayed: set[str] = set()
        """Message ids of a fork that are its parent's, told again."""
        self._seen: set[str] = set()
        self._unsettled: dict[str, None] = {}
        self._contexts: dict[str | None, dict[ContextRow, tuple[int, int]]] = {}
        self._dims_of: dict[tuple[int, int | None], int] = {}
        self._dims: dict[Dim, int] = {}
        for key, project, skill, agent, step in connection.execute("select * from dim"):
            self._dims[project, skill, agent, step] = key
        self._prices: dict[tuple[Any, ...], int] = {}
        self._priceless: set[int] = set()
        for key, *identity, p_in in connection.execute(
            "select id, provider, model, start_day, variant, p_in from price"
        ):
            self._prices[tuple(identity)] = key
            if p_in is None:
                self._priceless.add(key)

    def take(self, file: int, parsed: Parsed, *, again: bool) -> None:
        """The candidates of a piece of a file; `again` when the file has been read from its beginning before."""
        contexts = [self.context(context) for context in parsed.contexts]
        prices = [self.price(rate) for rate in parsed.rates]
        self._sessions.update(context[1] for context in parsed.contexts)
        rows = self._new(file, parsed.rows, contexts) if again else parsed.rows
        self._insert(file, rows, contexts, prices)

    def settle_again(self, mids: Iterable[str]) -> None:
        """Sees to it that `finish` looks at these message ids."""
        self._unsettled |= dict.fromkeys(mids)

    def moved_sessions(self) -> set[str | None]:
        """The sessions whose samplings are other ones than before."""
        found: set[str | None] = set(self._sessions)
        for home in self._homes:
            row: Any = self.connection.execute("select session from ctx where id = ?", (home,)).fetchone()
            found.add(row[0])
        return found

    def finish(self) -> None:
        """Settles what waits, and brings the sums up to date."""
        if self.first:
            self.connection.execute("create index if not exists sampling_by_mid on sampling (mid)")
        for mid in self._unsettled:
            self._settle(mid)
        self._unsettled.clear()
        if self.first:
            self.connection.execute("create index if not exists sampling_by_home on sampling (home)")

    def sum(self) -> None:
        """The sums, by what moved; all of them when there were none."""
        self.moves.apply(self.connection)

    # -- what samplings point at --------------------------------------------------------------------------------------

    def context(self, row: ContextRow) -> tuple[int, int]:
        """The id of a context, and that of its dimension."""
        session = row[1]
        known = self._contexts.get(session)
        if known is None:
            known = self._contexts[session] = {}
            if not self.first:
                found = self.connection.execute(f"select id, dim, {_CONTEXT} from ctx where session is ?", (session,))  # noqa: S608
                known.update((tuple(rest), (key, dim)) for key, dim, *rest in found)
        ids = known.get(row)
        if ids is None:
            dim = self.dim((row[2], row[6], row[8], None))
            self.connection.execute(
                f"insert into ctx ({_CONTEXT}, dim) values ({', '.join('?' * (len(row) + 1))})",  # noqa: S608
                (*row, dim),
            )
            ids = known[row] = (self.connection.last_insert_rowid(), dim)
            self._dims_of[ids[0], None] = dim
        return ids

    def dim(self, dim: Dim) -> int:
        """The id of a dimension."""
        known = self._dims.get(dim)
        if known is None:
            self.connection.execute("insert into dim (project, skill, agent, step) values (?, ?, ?, ?)", dim)
            known = self._dims[dim] = self.connection.last_insert_rowid()
        return known

    def price(self, rate: RateRow) -> int:
        """The id of a price."""
        known = self._prices.get(rate[:4])
        if known is None:
            self.connection.execute(
                """insert into price (provider, model, start_day, variant, p_in, p_out, p_cr, p_c5, p_c1, p_web)
                values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
                rate,
            )
            known = self._prices[rate[:4]] = self.connection.last_insert_rowid()
            if rate[4] is None:
                self._priceless.add(known)
        return known

    def write_rate(self, price: int, rate: RateRow) -> None:
        """Gives a price the rates that its list names now."""
        self.connection.execute(
            """update price set p_in = ?1, p_out = ?2, p_cr = ?3, p_c5 = ?4, p_c1 = ?5, p_web = ?6
            where id = ?7 and (p_in, p_out, p_cr, p_c5, p_c1, p_web) is not (?1, ?2, ?3, ?4, ?5, ?6)""",
            (*rate[4:], price),
        )
        if self.connection.changes():
            self.changed = True
            (self._priceless.add if rate[4] is None else self._priceless.discard)(price)

    # -- candidates ---------------------------------------------------------------------------------------------------

    def _insert(self, file: int, rows: list[CandidateRow], contexts: list[tuple[int, int]], prices: list[int]) -> None:
        """Puts candidates in: counting when their message id is new, else waiting to be settled."""
        fresh: list[tuple[Any, ...]] = []
        others: list[tuple[Any, ...]] = []
        where, live, last = others, 0, None
        first, seen, unsettled, priceless = self.first, self._seen, self._unsettled, self._priceless
        gained = self.moves.gained
        for mid, rid, it, side, top, ts, c, r, kind, i, o, c5, c1, cr, reason, web, reported, off, ts0 in rows:
            price = prices[r]
            ctx, dim = contexts[c]
            if it == 0 or mid != last:
                if mid not in seen and (first or not self._knows(mid)):
                    seen.add(mid)
                    where, live = fresh, 1
                    self.taken += 1
                else:
                    where, live = others, 0
                    unsettled[mid] = None
                last = mid
            where.append(
                (mid, rid, it, side, live, top, ts, ts0, ctx, ctx, dim, price, kind)  # noqa: RUF005 - one display is slower
                + (i, o, c5, c1, cr, reason, web, reported, file, off)
            )
            if live:
                sums = gained(ts // BUCKET_MS, price, dim, 0 if reported is None else 1)
                sums[0] += 1
                sums[1] += i
                sums[2] += o
                sums[3] += c5
                sums[4] += c1
                sums[5] += cr
                sums[6] += web
                sums[7] += reason
                if reported:
                    sums[8] += reported
                if price in priceless:
                    self.unpriced += 1
        self.changed = self.changed or bool(rows)
        self.connection.executemany(_INSERT, fresh)
        self.connection.executemany(_INSERT, others)

    def _knows(self, mid: str) -> bool:
        return self.connection.execute("select 1 from sampling where mid = ? limit 1", (mid,)).fetchone() is not None

    def _new(self, file: int, rows: list[CandidateRow], contexts: list[tuple[int, int]]) -> list[CandidateRow]:
        """Those candidates that this file had not told before; of the others, only where they stand is new."""
        fresh = []
        for row in rows:
            mid, rid, it, side, top, ts, c, _, kind, *used, reported, off, ts0 = row
            self.connection.execute(
                _AGAIN,
                (ts0, off, mid, file, rid, it, side, top, ts, contexts[c][0], kind, *used, reported),
            )
            if self.connection.changes():
                self._unsettled[mid] = None
            else:
                fresh.append(row)
        return fresh

    def _settle(self, mid: str) -> None:
        rows: list[Any] = self.connection.execute(_TOLD, (mid,)).fetchall()
        live = settle(mid, [Told._make((*row[:_OF_FACT], partial(self._words, row[0]))) for row in rows])
        if mid in self.replayed:
            live = {}
        for row in rows:
            fact, home = Fact._make(row[_OF_FACT:]), live.get(row[0])
            if row[_IT] == 0:
                self.taken += (home is not None) - fact.live
            if home is None:
                self.move(fact, live=0, home=row[8], run=None)
            else:
                self.move(fact, live=1, home=home, run=fact.run)

    def _words(self, sampling: int) -> tuple[Any, ...]:
        """What was told, apart from when and where."""
        row: Any = self.connection.execute(_WORDS, (sampling,)).fetchone()
        return tuple(row)

    def move(self, fact: Fact, *, live: int, home: int, run: int | None, price: int | None = None) -> None:
        """A sampling counts otherwise from now on; the sums follow."""
        price = fact.price if price is None else price
        dim = self._dim_of(home, run)
        if (live, home, dim, price, run) == (fact.live, fact.home, fact.dim, fact.price, fact.run):
            return
        self.changed = True
        self._homes.update((fact.home, home))
        self.connection.execute(
            "update sampling set live = ?, home = ?, dim = ?, price = ?, run = ? where id = ?",
            (live, home, dim, price, run, fact.id),
        )
        told, used = 0 if fact.reported is None else 1, (*fact[7:14], fact.reported or 0)
        for counts, of_price, of_dim, sign in ((fact.live, fact.price, fact.dim, -1), (live, price, dim, 1)):
            if counts:
                self.moves.add((fact.ts // BUCKET_MS, of_price, of_dim, told), used, sign)
                self.unpriced += sign * (of_price in self._priceless)

    def facts(self, where: str, *values: Any) -> Iterator[Fact]:
        """Samplings `s` as they count now, by a condition on them, on `h`, their home, and on `p`, their price."""
        rows: list[Any] = self.connection.execute(
            f"select {FACT} from sampling s join ctx h on h.id = s.home join price p on p.id = s.price where {where}",  # noqa: S608 - our own words
            values,
        ).fetchall()
        return (Fact._make(row) for row in rows)

    def _dim_of(self, home: int, run: int | None) -> int:
        """The dimension of a context, with the skill and step of one of our runs."""
        known = self._dims_of.get((home, run))
        if known is None:
            row: Any = self.connection.execute(
                """select c.project, coalesce(c.skill, r.skill), c.agent, r.step, c.dim
                from ctx c left join run r on r.id = ?2 where c.id = ?1""",
                (home, run),
            ).fetchone()
            known = int(row[4]) if run is None else self.dim(row[:4])
            self._dims_of[home, run] = known
        return known
