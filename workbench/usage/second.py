"""A second opinion on a price: LiteLLM's table, when that package is installed.

Idea: two lists kept by different people seldom err alike, so where they differ a person should look. LiteLLM's knows
only today's prices, so of an old sampling it may rightly differ. Invariant: it is shown beside our cost and never
counted; the package is not imported, its table is read as the JSON file that it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from workbench.usage.names import spellings, undated
from workbench.usage.packages import folder

TABLE: Final = "model_prices_and_context_window_backup.json"

_ABOVE: Final = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")
_TIERS: Final = {"priority": "_priority", "flex": "_flex", "batch": "_batches"}


def second_opinion(
    model: str,
    counts: tuple[int, int, int, int, int, int],
    *,
    speed: str | None = None,
    tier: str | None = None,
    geo: str | None = None,
    table: Path | None = None,
) -> int | None:
    """What LiteLLM's table says that these counts (i, o, c5, c1, cr, web) cost, in 1e-12 USD; None when it is not
    installed or does not know the model.
    """
    path = table or _installed()
    found = None if path is None else _entry(_read(path, path.stat().st_mtime_ns), model)
    if found is None:
        return None
    i, o, c5, c1, cr, web = counts
    price = _Reader(found, i + c5 + c1 + cr, _TIERS.get(tier or "", ""))
    entered = price("input_cost_per_token")
    written = price("cache_creation_input_token_cost", entered)
    hour = price("cache_creation_input_token_cost_above_1hr", written)
    read = price("cache_read_input_token_cost", entered)
    tokens = i * entered + o * price("output_cost_per_token") + c5 * written + c1 * hour + cr * read
    times = found.get("provider_specific_entry") or {}
    for word in ("us" if geo == "us" else "", "fast" if speed == "fast" else ""):
        tokens *= Decimal(str(times.get(word, 1)))
    searches = found.get("search_context_cost_per_query") or {}
    return int((tokens + web * Decimal(str(searches.get("search_context_size_medium", 0)))) * 10**12)


class _Reader:
    """Reads the prices of one request out of an entry: above the threshold and of its tier, where it has such."""

    def __init__(self, entry: Mapping[str, Any], prompt: int, tier: str) -> None:
        self._entry = entry
        above = [int(found[1]) for key in entry if (found := _ABOVE.fullmatch(key))]
        passed = max((each for each in above if prompt > each * 1000), default=None)
        self._long = "" if passed is None else f"_above_{passed}k_tokens"
        self._tier = tier

    def __call__(self, key: str, default: Decimal = Decimal(0)) -> Decimal:
        for ending in (self._long + self._tier, self._long, self._tier, ""):
            value = self._entry.get(key + ending)
            if value is not None:
                return Decimal(str(value))
        return default


def _entry(table: Mapping[str, Any], model: str) -> Mapping[str, Any] | None:
    for name in spellings(model):
        for each in (name, undated(name)):
            found = table.get(each)
            if isinstance(found, Mapping) and "input_cost_per_token" in found:
                return found
    return None


def _installed() -> Path | None:
    found = folder("litellm")
    path = None if found is None else found / TABLE
    return path if path is not None and path.is_file() else None


@lru_cache(maxsize=1)
def _read(path: Path, _changed: int) -> Mapping[str, Any]:
    """The table, read once; one that cannot be read knows nothing."""
    try:
        table = json.loads(path.read_bytes(), parse_float=Decimal)
    except (OSError, ValueError):
        return {}
    return table if isinstance(table, dict) else {}
