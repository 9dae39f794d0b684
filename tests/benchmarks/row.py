"""One line of the table: what we measured, what a peer or the machine does in the same run, and what was promised.

Invariant: both sides are measured in turn, round by round, so a busy moment hits both; a ratio is the median of the
rounds' own ratios, never one median over another.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

T = TypeVar("T")

ROUNDS = 5


@dataclass(frozen=True)
class Goal:
    """A bound on the value itself, on its ratio to the peer's, or on the difference."""

    of: Literal["value", "ratio", "difference"]
    kind: Literal["at least", "at most"]
    bound: float

    def met(self, figure: float) -> bool:
        return figure >= self.bound if self.kind == "at least" else figure <= self.bound

    def __str__(self) -> str:
        sign = ">=" if self.kind == "at least" else "<="
        after = {"value": "", "ratio": " x", "difference": " more"}[self.of]
        return f"{sign} {number(self.bound)}{after}"


@dataclass(frozen=True)
class Row:
    """Ours and, if there is one, the peer's figures, one a round."""

    name: str
    unit: str
    values: list[float]
    peer: str = ""
    peers: list[float] | None = None
    goals: tuple[Goal, ...] = ()

    @property
    def value(self) -> float:
        return statistics.median(self.values)

    @property
    def peer_value(self) -> float | None:
        return statistics.median(self.peers) if self.peers else None

    @property
    def ratio(self) -> float | None:
        return statistics.median(a / b for a, b in self._pairs()) if self.peers else None

    @property
    def difference(self) -> float | None:
        return statistics.median(a - b for a, b in self._pairs()) if self.peers else None

    @property
    def verdict(self) -> str:
        """`ok`, `MISSED`, or nothing where nothing was promised."""
        figures = {"value": self.value, "ratio": self.ratio, "difference": self.difference}
        met = [goal.met(figure) for goal in self.goals if (figure := figures[goal.of]) is not None]
        if not met:
            return ""
        return "ok" if all(met) else "MISSED"

    def cells(self) -> list[str]:
        peer = "" if self.peer_value is None else f"{number(self.peer_value)} {self.peer}"
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        goals = " and ".join(str(goal) for goal in self.goals)
        return [self.name, f"{number(self.value)} {self.unit}", peer, ratio, goals, self.verdict]

    def to_dict(self) -> dict[str, object]:
        return {
            "name": self.name,
            "unit": self.unit,
            "value": self.value,
            "peer": self.peer or None,
            "peer_value": self.peer_value,
            "ratio": self.ratio,
            "difference": self.difference,
            "goals": [str(goal) for goal in self.goals],
            "verdict": self.verdict or None,
            "values": self.values,
            "peer_values": self.peers,
        }

    def _pairs(self) -> list[tuple[float, float]]:
        return list(zip(self.values, self.peers or [], strict=True))


def interleaved(rounds: int, *works: Callable[[], T]) -> list[list[T]]:
    """What each work returns. Every round runs all of them, each time another one first."""
    found: list[list[T]] = [[] for _ in works]
    for turn in range(rounds):
        for place in range(len(works)):
            index = (turn + place) % len(works)
            found[index].append(works[index]())
    return found


def timed(work: Callable[[], object]) -> float:
    """How many seconds it took."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def number(figure: float) -> str:
    """Three digits of a small figure, all of a large one."""
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.3g}"
