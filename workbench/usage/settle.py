"""Which candidates of a message id count, and where.

Idea: a response is told many times: row by row while it streams, and again by forks, resumed sessions and side
conversations. This is one pure function of everything that was told under a message id, so the order in which files
came, and the pieces in which they were read, cannot matter.

Invariant: exactly one row wins in each response, whole, with all of its iterations; the others stay and do not count.
Where it was made is told by the owner's row that names most of a skill and an agent: a progress row names neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

PROVIDER_IDS: Final = ("msg_01", "msg_bdrk_")
LONG: Final = 20
"""An id of a provider's own, longer than this, names one response in all the world; a gateway's may come again."""


class Told(NamedTuple):
    """A candidate, as far as settling looks at it."""

    id: int
    rid: str | None
    side: int
    top: int
    ts: int
    ts0: int
    file: int
    off: int
    ctx: int
    session: str | None
    it: int
    """Which iteration of its row."""
    named: int
    """How much its context names of a skill and an agent."""
    words: Callable[[], tuple[Any, ...]]
    """All else that was told, no id of ours among it: asked for as the last resort between two equal ones."""


class _LastResort:
    """Compares by words, which are seldom needed."""

    __slots__ = ("_words",)

    def __init__(self, words: Callable[[], tuple[Any, ...]]) -> None:
        self._words = words

    def __lt__(self, other: _LastResort) -> bool:
        return self._key() < other._key()

    def __gt__(self, other: _LastResort) -> bool:
        return self._key() > other._key()

    def _key(self) -> list[str]:
        return [repr(word) for word in self._words()]  # some may be None


class _Row:
    """The candidates of one row of a transcript: one an iteration, the last that was told of it."""

    __slots__ = ("candidates", "first", "session")

    def __init__(self, candidates: list[Told]) -> None:
        self.first = min(candidates, key=lambda candidate: candidate.it)
        self.session = self.first.session or ""
        self.candidates = candidates


def settle(mid: str, told: Sequence[Told]) -> dict[int, int]:
    """The candidates that count, each with the context it is attributed to."""
    rows = _rows(told)
    mains = [row for row in rows if not row.first.side]
    live: dict[int, int] = {}
    for response in _responses(mid, mains or rows):
        owner = min((row.first.ts0, row.session) for row in response)[1]
        winner = max(response, key=lambda row: _rank(row, owner))
        home = max(
            (row for row in response if row.session == owner), key=lambda row: (row.first.named, *_rank(row, owner))
        )
        live.update((candidate.id, home.first.ctx) for candidate in winner.candidates)
    return live


def _rows(told: Iterable[Told]) -> list[_Row]:
    """The rows, each with its iterations. Where a row stands changed in its file, only its last telling is looked at."""
    rows: dict[tuple[Any, ...], dict[int, Told]] = {}
    for candidate in told:
        key = (candidate.file, candidate.off, candidate.rid, candidate.side, candidate.top, candidate.ts)
        row = rows.setdefault(key, {})
        before = row.get(candidate.it)
        if before is None or candidate.id > before.id:
            row[candidate.it] = candidate
    return [_Row(list(row.values())) for row in rows.values()]


def _responses(mid: str, rows: list[_Row]) -> list[list[_Row]]:
    """The rows of each response: one for a provider's id, else one a request; rows that name no request join the
    earliest.
    """
    if mid.startswith(PROVIDER_IDS) and len(mid) > LONG:
        return [rows]
    named: dict[str, list[_Row]] = {}
    for row in rows:
        if row.first.rid is not None:
            named.setdefault(row.first.rid, []).append(row)
    if len(named) < 2:  # noqa: PLR2004 - one request, or none is named: one response
        return [rows]
    earliest = min(named, key=lambda rid: (min(row.first.ts0 for row in named[rid]), rid))
    named[earliest].extend(row for row in rows if row.first.rid is None)
    return list(named.values())


def _rank(row: _Row, owner: str) -> tuple[Any, ...]:
    """The largest output wins, then the later time, then the owner's copy, then what stands further on in a file."""
    first = row.first
    return first.top, first.ts, row.session == owner, first.off, _LastResort(first.words)
