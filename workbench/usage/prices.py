"""What a sampling costs: exact whole numbers of 1e-12 USD a token, by provider, model, day and way of being served.

Idea: `prices.json` holds what genai-prices says (see `snapshot`); what it lacks stands below, each with its reason; a
person's own prices come before both. A request whose prompt is above the model's long-context threshold pays the long
price for all of its tokens, output too.

Invariant: nothing is guessed. An id is priced when a price list spells it out, give or take what is known to name the
same model: the "[1m]" that Claude Code appends, a cloud's prefix, region and release, and a date where the list says
that one may follow. Any other model has no rates, and its cost is None, never zero.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.usage import overrides as own
from workbench.usage.names import keys, spellings, undated
from workbench.usage.packages import installed

UNKNOWN: Final = "unknown"
"""The variant of a rate that has no prices."""

FAST: Final = {"claude-opus-4-6": 6, "claude-opus-4-7": 6}
"""Fast mode of models that genai-prices lists without it: $30 and $150 a million where the standard price is $5 and
$25, cache and long context in proportion. Neither was served fast before its list price for it, so no day is needed.
"""

BATCH: Final = (1, 2)
BATCH_START: Final = 20004
"""Anthropic's batches have cost half of each token since their first day, 2024-10-08; genai-prices lists them from
2026-10-14 on, and not of every model.
"""

US_INFERENCE: Final = (11, 10)
"""Anthropic takes 1.1 times the price of every token, but not of a search, for `inference_geo: us`. Models older than
Opus 4.6 refuse the parameter, so the word is never found with them.
"""

CLOUDS: Final = {
    "amazon-bedrock": "aws",
    "bedrock": "aws",
    "azure-openai": "azure",
    "gemini": "google",
    "google-vertex": "google",
    "google-vertex-anthropic": "google",
    "vertex": "google",
    "vertexai": "google",
}
"""Other names of those who bill."""

RESOLD: Final = {"azure": ("openai", "anthropic"), "google": ("anthropic",)}
"""Whose list price stands in for a model that these sell and have no price of their own for; the standard one only."""

_FACTORS: Final = (
    ("input", 10**6),
    ("output", 10**6),
    ("cache write, 5 minutes", 10**6),
    ("cache write, 1 hour", 10**6),
    ("cache read", 10**6),
    ("web search", 10**9),
)
"""The names of a sampling's counts, and what 1e-12 USD each is divided by to be a price list's figure."""

_LACKING: Final = (FAST, BATCH, BATCH_START, US_INFERENCE, CLOUDS, RESOLD)

_NEVER: Final = 1 << 62

Sheet: TypeAlias = Mapping[str, list[list[Any]]]
"""`{variant: [[start_day, rates] or [start_day, rates, threshold, rates above it], ...]}`; see `snapshot`."""


class Rate(NamedTuple):
    """What a token costs in 1e-12 USD. The first four fields are its identity: the model as the transcript names it,
    and the day (since 1970) on which this price began. All prices are None where the model has none.
    """

    provider: str
    model: str
    start_day: int
    variant: str
    """"", "fast", "priority", "flex" or "batch", then "us" and "long", joined by "+"."""
    p_in: int | None
    p_out: int | None
    p_cr: int | None
    p_c5: int | None
    p_c1: int | None
    p_web: int | None
    """Of a search."""


def cost(rate: Rate, i: int, o: int, c5: int, c1: int, cr: int, web: int) -> int | None:  # noqa: PLR0917 - the six counts in the order of a sampling's columns
    """What these tokens and searches cost, in 1e-12 USD; None when the price is not known."""
    _, _, _, _, p_in, p_out, p_cr, p_c5, p_c1, p_web = rate
    if p_in is None or p_out is None or p_cr is None or p_c5 is None or p_c1 is None or p_web is None:
        return None
    return i * p_in + o * p_out + c5 * p_c5 + c1 * p_c1 + cr * p_cr + web * p_web


class Factor(NamedTuple):
    """One product of a cost."""

    name: str
    tokens: int
    """Or searches."""
    price: Decimal | None
    """In USD, of a million tokens or of a thousand searches: as price lists say it. None when it is not known."""
    amount: int | None
    """In 1e-12 USD."""


def explain(rate: Rate, counts: tuple[int, int, int, int, int, int]) -> list[Factor]:
    """What `cost` of the same counts (i, o, c5, c1, cr, web) is made of; the amounts sum to it exactly."""
    prices = (rate.p_in, rate.p_out, rate.p_c5, rate.p_c1, rate.p_cr, rate.p_web)
    return [
        Factor(name, count, None, None) if price is None else Factor(name, count, Decimal(price) / per, count * price)
        for (name, per), count, price in zip(_FACTORS, counts, prices, strict=True)
        if count
    ]


class Prices:
    """Every price that is known here, found by name and day; each answer is made once."""

    def __init__(
        self, table: Mapping[str, Any], prices: Mapping[str, own.Override] | None = None, *, version: str = ""
    ) -> None:
        self.version = version
        """Changes whenever a price may have changed."""
        self._source: str = table["source"]
        self._ids: dict[str, Mapping[str, int]] = table["providers"]
        self._sheets: list[Sheet] = table["sheets"]
        self._own = prices or {}
        self._found: dict[tuple[Any, ...], tuple[int, Rate, Rate]] = {}
        self._elsewhere: dict[str, Mapping[str, Sheet]] = {}

    @classmethod
    def load(cls, overrides: Mapping[str, Any] | None = None) -> Prices:
        """The prices of this release, and a person's own. Raises InvalidRequest for one of those that is none."""
        table, check = _shipped()
        prices = own.parse(overrides or {})
        check = zlib.crc32(repr((_LACKING, sorted(prices.items()))).encode(), check)
        release = installed("genai-prices")
        other = "" if release is None or f"genai-prices {release}" == table["source"] else f" and {release}"
        return cls(table, prices, version=f"{table['source']}{other} {check:08x}")

    def rate(
        self,
        provider: str,
        model: str,
        day: int,
        *,
        prompt: int = 0,
        speed: str | None = None,
        tier: str | None = None,
        geo: str | None = None,
    ) -> Rate:
        """The price of a request of that day (since 1970, UTC) with so many tokens in its prompt, cached ones included."""
        key = (provider, model, day, speed, tier, geo)
        found = self._found.get(key)
        if found is None:
            found = self._found[key] = self._find(*key)
        return found[2] if prompt > found[0] else found[1]

    def _find(  # noqa: PLR0917 - the parts of the key
        self, provider: str, model: str, day: int, speed: str | None, tier: str | None, geo: str | None
    ) -> tuple[int, Rate, Rate]:
        """The threshold, the price up to it and the price above it."""
        names = list(spellings(model))
        override = next((self._own[name] for name in names if name in self._own), None)
        if override is not None:
            rate = Rate(provider, model, 0, "", *override)
            return _NEVER, rate, rate
        seller, sheet = self._sheet(CLOUDS.get(provider, provider), names)
        if sheet is None:
            rate = Rate(provider, model, 0, UNKNOWN, None, None, None, None, None, None)
            return _NEVER, rate, rate
        resold = seller in RESOLD.get(CLOUDS.get(provider, provider), ())
        variant, entry = _entry(sheet, day, () if resold else _wanted(speed, tier))
        if geo == "us" and seller == "anthropic" and not resold:
            variant, entry = f"{variant}+us".strip("+"), _us(entry)
        start, rates, *long = entry
        short = Rate(provider, model, start, variant, *rates)
        if not long:
            return _NEVER, short, short
        return long[0], short, Rate(provider, model, start, f"{variant}+long".strip("+"), *long[1])

    def _sheet(self, provider: str, names: list[str]) -> tuple[str, Sheet | None]:
        """Whose price list names the model, and its sheet. A cloud's own spelling is billed by the cloud."""
        if provider == "anthropic" and any("anthropic." in name for name in names):
            provider = "aws"
        for seller in (provider, *RESOLD.get(provider, ())):
            for name in names:
                sheet = self._listed(seller, name)
                if sheet is not None:
                    return seller, _completed(sheet, name) if seller == "anthropic" else sheet
        return provider, None

    def _listed(self, seller: str, name: str) -> Sheet | None:
        """A sheet by its id, or by its id with a date where the list takes one."""
        listed = list(keys(name))
        ids = self._ids.get(seller)
        if ids is not None:
            found = next((ids[each] for each in listed if each in ids), None)
            if found is not None:
                return self._sheets[found]
        others = self._installed(seller)
        return next((others[each] for each in listed if each in others), None)

    def _installed(self, seller: str) -> Mapping[str, Sheet]:
        """What another release of genai-prices says, when one is installed; asked once a provider, as that takes time."""
        if seller not in self._elsewhere:
            self._elsewhere[seller] = {}
            release = installed("genai-prices")
            if release is not None and (seller not in self._ids or self._source != f"genai-prices {release}"):
                # Another release may be made otherwise than the one that we know: then it is as good as none.
                with suppress(ImportError, AttributeError, TypeError, ValueError):
                    from workbench.usage.snapshot import sheets_of

                    self._elsewhere[seller] = sheets_of(seller)
        return self._elsewhere[seller]


@cache
def _shipped() -> tuple[Mapping[str, Any], int]:
    """The table of this release and its checksum; a kernel asks many times."""
    text = Path(__file__).with_name("prices.json").read_bytes()
    return json.loads(text), zlib.crc32(text)


def _wanted(speed: str | None, tier: str | None) -> Iterator[str]:
    """The ways of being served that a transcript's words mean; every other word means the standard one."""
    if "fast" in (speed, tier):
        yield "fast"
    if tier in ("priority", "flex", "batch"):
        yield tier


def _entry(sheet: Sheet, day: int, wanted: Any) -> tuple[str, list[Any]]:
    """The price of a day: of the first wanted variant that is sold then, else the standard one."""
    for variant in wanted:
        for entry in reversed(sheet.get(variant, ())):
            if entry[0] <= day:
                return variant, entry
    standard = sheet[""]
    return "", next((entry for entry in reversed(standard) if entry[0] <= day), standard[0])


def _completed(sheet: Sheet, name: str) -> Sheet:
    """A sheet of Anthropic's with what genai-prices lacks."""
    full = dict(sheet)
    faster = FAST.get(undated(name).replace("4.", "4-"))
    if faster is not None:
        full["fast"] = [_times(entry, faster, 1) for entry in sheet[""]]
    started = [[max(entry[0], BATCH_START), *entry[1:]] for entry in sheet[""]]
    full["batch"] = [_times(entry, *BATCH) for entry in started]
    return full


def _us(entry: list[Any]) -> list[Any]:
    return _times(entry, *US_INFERENCE)


def _times(entry: list[Any], numerator: int, denominator: int) -> list[Any]:
    """An entry with the prices of its tokens multiplied; searches cost what they cost."""

    def scaled(rates: list[int]) -> list[int]:
        return [*(each * numerator // denominator for each in rates[:-1]), rates[-1]]

    start, rates, *long = entry
    return [start, scaled(rates), *([long[0], scaled(long[1])] if long else ())]
