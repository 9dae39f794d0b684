"""What single responses cost, by the price lists: of a run whose provider did not come to telling what it cost.

Idea: providers tell a cost with their totals; a run that was killed has no totals, but it has told what each response
used, and each is priced for itself: what a token costs depends on the length of its request and on how it was served.
Invariant: nothing is guessed. A response of a model without a price has no cost, and then neither has the sum.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import apsw

from workbench.usage import overrides, prices

BILLS: Final = {"claude": "anthropic", "codex": "openai"}
"""Who bills for what an agent uses."""

_DAY_MS: Final = 86_400_000


class Pricing:
    """The prices of one provider's models on one day, a person's own among them."""

    def __init__(self, connection: apsw.Connection, provider: str, at_ms: int) -> None:
        self._prices = prices.Prices.load(overrides.kept(connection))
        self._bills = BILLS.get(provider, provider)
        self._day = at_ms // _DAY_MS

    def cost(self, model: str, tokens: tuple[int, int, int, int], usage: Mapping[str, Any]) -> int | None:
        """In 1e-12 USD. `tokens`: in, out, read from the cache, written to it; what else counts is read from `usage`."""
        entered, out, read, written = tokens
        how = {"speed": usage.get("speed"), "tier": usage.get("serviceTier"), "geo": usage.get("inferenceGeo")}
        words = {name: word for name, word in how.items() if isinstance(word, str)}
        prompt = entered + read + written
        rate = self._prices.rate(self._bills, model.removesuffix("[1m]"), self._day, prompt=prompt, **words)
        hour = min(_count(usage.get("cacheCreationEphemeral1hInputTokens")), written)
        searches = _count(usage.get("webSearchRequests"))
        return prices.cost(rate, i=entered, o=out, c5=written - hour, c1=hour, cr=read, web=searches)


def _count(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32 else 0
