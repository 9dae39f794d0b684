"""What a reading has gathered: candidates, and each context and rate once."""

from __future__ import annotations

from typing import Final, TypeAlias

from workbench.usage.sampling import CandidateRow, ContextRow, LimitRow, Parsed, RateRow
from workbench.usage.sources.source import Rates

DAY_MS: Final = 86_400_000

How: TypeAlias = tuple[str | None, str | None, str | None]
"""What moves a price beside the model: speed, service tier, inference geography."""


class Gathered:
    """The rows of one piece of a file. Repeated questions (which context, which rate) are answered from memory."""

    def __init__(self, prices: Rates) -> None:
        self.rows: list[CandidateRow] = []
        self.skips: list[tuple[int, str]] = []
        self.limits: list[LimitRow] = []
        self.lines = 0
        self._prices = prices
        self._contexts: dict[ContextRow, int] = {}
        self._rates: dict[RateRow, int] = {}
        self._seen: dict[int, int] = {}
        self._held: list[RateRow] = []  # so that no other rate takes the id of one that was seen

    def context(self, context: ContextRow) -> int:
        """The number of a context."""
        return self._contexts.setdefault(context, len(self._contexts))

    def rate(self, provider: str, model: str, ts: int, prompt: int, how: How = (None, None, None)) -> int:
        """The number of the rate that a request with such a prompt was billed by at that time."""
        speed, tier, geo = how
        rate = self._prices.rate(provider, model, ts // DAY_MS, prompt=prompt, speed=speed, tier=tier, geo=geo)
        known = self._seen.get(id(rate))
        if known is None:
            known = self._rates.setdefault((*rate,), len(self._rates))
            self._seen[id(rate)] = known
            self._held.append(rate)
        return known

    def skip(self, offset: int, why: str) -> None:
        """A row that should count and cannot."""
        self.lines += 1
        self.skips.append((offset, why))

    def parsed(self, offset: int, state: str | None = None, thread: str | None = None) -> Parsed:
        """All of it, as it goes to the store."""
        return Parsed(
            offset,
            state,
            thread,
            self.rows,
            list(self._contexts),
            list(self._rates),
            self.skips,
            self.lines,
            self.limits,
        )
