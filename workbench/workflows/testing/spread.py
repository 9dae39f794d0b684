"""What repeated measurements say: their mean, and between which bounds it would lie in 95 of 100 such tests.

Idea: few repeats are the usual case, so the bounds are Student's, whose distribution has a closed form for whole degrees of
freedom (Abramowitz and Stegun, 26.7.3 and 26.7.4); it is inverted by bisection, to the last bit. Invariant: bounds are
told of what has varied in three measurements or more: two, or some that are all alike, say nothing of chance. Of none
there is nothing.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from statistics import fmean, stdev
from typing import Final

CONFIDENCE: Final = 0.95
FEWEST: Final = 3
"""Measurements, for bounds."""


@dataclass(frozen=True)
class Spread:
    """A mean with its bounds; None: there were too few measurements to tell."""

    mean: float
    low: float | None
    high: float | None
    n: int


def spread(measured: Sequence[float], *, within: tuple[float, float] = (-math.inf, math.inf)) -> Spread | None:
    """The mean of these measurements and its bounds; `within` is what can be measured at all."""
    if not measured:
        return None
    mean, n = fmean(measured), len(measured)
    if n < FEWEST or min(measured) == max(measured):
        return Spread(mean, None, None, n)
    half = quantile(n - 1) * stdev(measured) / math.sqrt(n)
    return Spread(mean, max(mean - half, within[0]), min(mean + half, within[1]), n)


@cache
def quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """How many standard errors the bounds lie from the mean, with so many degrees of freedom."""
    low, high = 0.0, math.pi / 2
    while (middle := (low + high) / 2) not in (low, high):
        if likelihood(middle, freedom) < confidence:
            low = middle
        else:
            high = middle
    return math.tan(middle) * math.sqrt(freedom)


def likelihood(angle: float, freedom: int) -> float:
    """How likely |t| is at most `tan(angle) * sqrt(freedom)`."""
    cos, sin = math.cos(angle), math.sin(angle)
    odd = freedom % 2
    term = cos if odd else 1.0
    total = term if freedom > 1 else 0.0
    for k in range(3 if odd else 2, freedom - 1, 2):
        term *= (k - 1) / k * cos * cos
        total += term
    return 2 / math.pi * (angle + sin * total) if odd else sin * total
