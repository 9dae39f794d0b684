"""`python -m workbench.usage.snapshot` writes `prices.json`: the prices of genai-prices by id and day, as integers.

Idea: genai-prices knows the prices by date but takes 0.2 s to import and 0.1 ms a question, too slow for an import of
a million rows. So its answers are taken down once: for each id that it names itself, each day at which a price
changes, and each way of being served, the six rates of a request below and above the long-context threshold.

Invariant: a rate is a whole number of 1e-12 USD a token (a search), and `prices.Prices` gives from the file what
`genai_prices.calc_price` gives; a test holds that. genai-prices matches by prefix ("claude-sonnet-4-5-anything"),
which is a guess: here stand the ids that it spells out, and a date is the only thing that may follow one, where
it takes a date itself (such an id ends in "*", and in "@" where only Vertex's "@20260101" may follow).

    {"source": "genai-prices 0.2.3", "providers": {PROVIDER: {ID: n}}, "sheets": [SHEET]}
    SHEET = {VARIANT: [[start_day, RATES] or [start_day, RATES, threshold, RATES above it], ...]}
    RATES = [input, output, cache read, cache write 5 min, cache write 1 h, web search]
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final, TypeAlias

from genai_prices.data import providers as _providers
from genai_prices.types import (
    ClauseAnd,
    ClauseOr,
    ClauseRegex,
    ModelInfo,
    ModelPrice,
    Provider,
    StartDateConstraint,
    TieredPrices,
)

Sheet: TypeAlias = dict[str, list[list[Any]]]


class Unfit(ValueError):
    """A price that the file's form cannot hold; its model is left out, so it stays unknown."""


PATH: Final = Path(__file__).with_name("prices.json")

PROVIDERS: Final = ("anthropic", "openai", "google", "azure", "aws")

CONTEXTS: Final = {
    "": {},
    "fast": {"speed": "fast", "service_tier": "fast"},
    "priority": {"service_tier": "priority"},
    "flex": {"service_tier": "flex"},
    "batch": {"processing": "batch"},
}
"""Our names of how a request was served, and genai-prices' words for each."""

EPOCH: Final = date(1970, 1, 1)

_PER_TOKEN: Final = 10**12 // 10**6
_PER_SEARCH: Final = 10**12 // 10**3

_RELEASE: Final = re.compile(r"-v\d+(:\d+)?$")
_DATE: Final = re.compile(r"[-@]\d{8}$|-\d{4}-\d{2}-\d{2}$")
_ANY_DATE: Final = ("20250601", "20260601")
"""Who takes both takes every date."""


def main() -> int:
    """Writes the file and says what is in it."""
    table = build()
    PATH.write_text(_text(table), encoding="utf-8")
    ids = sum(len(each) for each in table["providers"].values())
    print(
        f"{PATH.name}: {ids} ids, {len(table['sheets'])} price sheets, {PATH.stat().st_size} bytes, {table['source']}"
    )
    return 0


def build() -> dict[str, Any]:
    """What the file holds."""
    sheets: list[Sheet] = []
    table: dict[str, dict[str, int]] = {}
    for provider in PROVIDERS:
        table[provider] = {}
        for name, sheet in sheets_of(provider).items():
            if sheet not in sheets:
                sheets.append(sheet)
            table[provider][name] = sheets.index(sheet)
    return {"source": f"genai-prices {version('genai-prices')}", "providers": table, "sheets": sheets}


def sheets_of(name: str) -> dict[str, Sheet]:
    """The price sheet of each id of a provider; none when genai-prices does not know it."""
    provider = next((each for each in _providers if each.id == name), None)
    if provider is None:
        return {}
    sheets: dict[int, Sheet | None] = {}
    found: dict[str, Sheet] = {}
    for literal in _literals(provider):
        model = provider.find_model(literal)
        if model is None:
            continue
        if id(model) not in sheets:
            sheets[id(model)] = _sheet(model)
        sheet = sheets[id(model)]
        if sheet is not None and found.get(_DATE.sub("", literal) + "*") != sheet:
            found[literal + _mark(provider, literal, model)] = sheet
    return dict(sorted(found.items()))


def _mark(provider: Provider, literal: str, model: ModelInfo) -> str:
    """What an id ends in here: which dates may follow it."""
    for separator, mark in (("-", "*"), ("@", "@")):
        if all(provider.find_model(literal + separator + each) is model for each in _ANY_DATE):
            return mark
    return ""


def _literals(provider: Provider) -> list[str]:
    """Every id that the provider's models are called by, the shorter first. Ids of other providers are tried as well:
    Vertex and Bedrock spell out dates of Claude that Anthropic's own prefixes only imply.
    """
    own = {text for model in provider.models for text in (model.id, *_texts(model.match))}
    foreign = {
        text for each in _providers if each.id in PROVIDERS for model in each.models for text in _texts(model.match)
    }
    dated = {text.rpartition("anthropic.")[2] for text in foreign if _DATE.search(_RELEASE.sub("", text))}
    every = {_RELEASE.sub("", text.lower()) for text in own | dated}
    return sorted(
        (text for text in every if text.strip() and (text[0] + text[-1]).isalnum()), key=lambda text: (len(text), text)
    )


def _texts(clause: Any) -> Iterator[str]:
    """The strings of a match rule. A regular expression says none, except an id followed by a date."""
    match clause:
        case ClauseOr(or_=parts) | ClauseAnd(and_=parts):
            for part in parts:
                yield from _texts(part)
        case ClauseRegex(regex=regex):
            if found := re.fullmatch(r"\^([a-z0-9-]+)-\\d\{8\}\$", regex):
                yield found[1]
        case _:
            yield from vars(clause).values()


def _sheet(model: ModelInfo) -> Sheet | None:
    """A model's prices over time, one list a variant that ever differs; None for what is not priced by the token, or in
    a way that the file cannot hold.
    """
    try:
        return _priced(model)
    except Unfit:
        return None


def _priced(model: ModelInfo) -> Sheet:
    days = sorted({EPOCH, *_starts(model)})
    sheet: Sheet = {}
    for variant, context in CONTEXTS.items():
        entries: list[list[Any]] = []
        for day in days:
            noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
            price = model.get_prices(noon, context)
            if price.input_mtok is None:
                raise Unfit(f"{model.id} is not priced by the token")
            entry = _entry(price)
            standard = _entry(model.get_prices(noon))
            if (not variant or entry != standard or entries) and (not entries or entries[-1][1:] != entry):
                entries.append([(day - EPOCH).days, *entry])
        if entries:
            sheet[variant] = entries
    return sheet


def _starts(model: ModelInfo) -> Iterator[date]:
    conditions = model.prices if isinstance(model.prices, list) else []
    for each in (*conditions, *(model.price_variants or ())):
        if isinstance(each.constraint, StartDateConstraint):
            yield each.constraint.start_date
        elif each.constraint is not None:
            raise Unfit(f"{model.id} has a price by the time of day, which prices.json cannot hold")


def _entry(price: ModelPrice) -> list[Any]:
    """[RATES], or [RATES, threshold, RATES above it]."""
    tiers = {tier.start for value in vars(price).values() if isinstance(value, TieredPrices) for tier in value.tiers}
    if len(tiers) > 1:
        raise Unfit(f"{price!r} has several thresholds, and prices.json holds one")
    short = _rates(price, 0)
    for threshold in tiers:
        long = _rates(price, threshold + 1)
        if long != short:
            return [short, threshold, long]
    return [short]


def _rates(price: ModelPrice, prompt: int) -> list[int]:
    """The six rates. A cache without a price of its own costs what is nearest: 1 h as 5 min, both as input."""

    def usd(value: Decimal | TieredPrices | None) -> Decimal | None:
        if not isinstance(value, TieredPrices):
            return value
        return next((tier.price for tier in reversed(value.tiers) if prompt > tier.start), value.base)

    def first(*values: Decimal | TieredPrices | None) -> Decimal:
        return next((found for found in map(usd, values) if found is not None), Decimal(0))

    entered, written = price.input_mtok, price.cache_write_mtok
    tokens = [
        first(entered),
        first(price.output_mtok),
        first(price.cache_read_mtok, entered),
        first(written, entered),
        first(price.cache_write_1h_mtok, written, entered),
    ]
    return [*(_whole(each * _PER_TOKEN) for each in tokens), _whole(first(price.web_searches_kcount) * _PER_SEARCH)]


def _whole(value: Decimal) -> int:
    if value != int(value):
        raise Unfit(f"{value} is no whole number of 1e-12 USD")
    return int(value)


def _text(table: dict[str, Any]) -> str:
    """JSON with a line a provider and a line a sheet, so that a new release reads well as a difference."""
    providers = ",\n".join(f"{json.dumps(name)}:{_compact(ids)}" for name, ids in table["providers"].items())
    sheets = ",\n".join(_compact(sheet) for sheet in table["sheets"])
    return f'{{"source":{json.dumps(table["source"])},\n"providers":{{\n{providers}}},\n"sheets":[\n{sheets}]}}\n'


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


if __name__ == "__main__":
    sys.exit(main())
