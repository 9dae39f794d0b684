"""How a sampling in the store counts, and for what: what an import looks at and moves."""

from __future__ import annotations

from typing import Final, NamedTuple

FACT: Final = """s.id, s.ts, s.live, s.home, s.dim, s.price, s.run,
    s.i, s.o, s.c5, s.c1, s.cr, s.web, s.reason, s.reported"""
"""The columns of a `Fact`, of `sampling s`."""


class Fact(NamedTuple):
    """Its columns, in the order of `FACT`."""

    id: int
    ts: int
    live: int
    home: int
    dim: int
    price: int
    run: int | None
    i: int
    o: int
    c5: int
    c1: int
    cr: int
    web: int
    reason: int
    reported: int | None
