"""What a turn will cost, as a range, before anybody pays: what such turns have cost, else what their prompt says.

Invariant: a range is told only of prices that are known; where one is not, that is said, and a recording is free.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from workbench.usage.ledger import dollars
from workbench.usage.prices import Prices, cost

Basis = Literal["history", "prompt", "free"]

PRICED: Final[Mapping[str, Mapping[str | None, str]]] = {
    "claude": {
        None: "claude-sonnet-4-5",
        "haiku": "claude-haiku-4-5",
        "sonnet": "claude-sonnet-4-5",
        "opus": "claude-opus-4-5",
    }
}
"""As which model a turn is priced that leaves the choice to its provider, or names a family."""
SELLERS: Final[Mapping[str, str]] = {"claude": "anthropic"}
CHARACTERS: Final = 4
"""Of a token, about."""
SYSTEM_TOKENS: Final = 15_000
"""What an agent's own instructions and tools take of each request."""


@dataclass(frozen=True)
class Shape:
    """How a turn goes: requests at least and at most, and what each of them adds to read and to write, in tokens."""

    few: int
    many: int
    read: int
    written: int


SHAPES: Final[Mapping[str, Shape]] = {
    "step": Shape(2, 25, 3_000, 1_200),
    "gate": Shape(1, 2, 0, 1_500),
    "repair": Shape(1, 3, 500, 4_000),
    "refine": Shape(2, 12, 2_000, 800),
    "test": Shape(2, 10, 2_000, 1_000),
}


@dataclass(frozen=True)
class Range:
    """What it will cost; without `low` and `high` no price is known."""

    low: Decimal | None
    high: Decimal | None
    basis: Basis

    @property
    def text(self) -> str:
        """The range in a sentence."""
        if self.basis == "free":
            return "It is played from a recording and costs nothing."
        if self.low is None or self.high is None:
            return "What it will cost is not known: there is no price of the model."
        amount = f"${self.low:.2f}" if self.low == self.high else f"${self.low:.2f} to ${self.high:.2f}"
        return f"About {amount}, {'as such turns have cost' if self.basis == 'history' else 'by the length of its prompt'}."

    def __add__(self, other: Range) -> Range:
        low = None if self.low is None or other.low is None else self.low + other.low
        high = None if self.high is None or other.high is None else self.high + other.high
        return Range(low, high, other.basis if self.basis == "free" else self.basis)

    def __mul__(self, times: int) -> Range:
        low, high = (None if each is None else each * times for each in (self.low, self.high))
        return Range(low, high, self.basis)


FREE: Final = Range(Decimal(0), Decimal(0), "free")


def of_history(past: list[int]) -> Range | None:
    """As such turns have cost; None when there were none."""
    known = [amount for each in past if (amount := dollars(each)) is not None]
    return Range(min(known), max(known), "history") if known else None


def of_prompt(prices: Prices, provider: str, model: str | None, day: int, *, length: int, shape: Shape) -> Range:
    """By the length of the prompt, and how such turns go: what was read before is read again from the cache."""
    name = PRICED.get(provider, {}).get(model, model or "")
    rate = prices.rate(SELLERS.get(provider, provider), name, day)
    start = length // CHARACTERS + SYSTEM_TOKENS

    def of(requests: int) -> Decimal | None:
        added = shape.read + shape.written
        reread = sum(start + added * number for number in range(1, requests))
        found = cost(rate, 0, shape.written * requests, start + added * (requests - 1), 0, reread, 0)
        return dollars(found)

    return Range(of(shape.few), of(shape.many), "prompt")
