"""How samplings add up: sums a price become sums a key and model, in whole numbers, and money at the edge.

Idea: every report asks SQL for the same columns, `(key, price, told, n, i, o, c5, c1, cr, web, reason, reported)`: one row a key,
price and whether the source told a cost. What a row costs is then arithmetic with the price's rates, so a report is
a choice of the key.

Invariant: sums are exact, since Python's integers do not overflow; what has no price adds nothing to a cost and is
counted as unpriced; no cost is None, never zero.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import add
from typing import Any, Final, TypeAlias, TypeVar

import apsw

from workbench.usage.prices import Rate
from workbench.usage.prices import cost as price_of
from workbench.usage.which import Mode

Report: TypeAlias = dict[str, Any]
Row: TypeAlias = tuple[Any, ...]
Part: TypeAlias = list[int]
"""n, i, o, c5, c1, cr, web, reason, cost, how many samplings have one, how many were used and have none."""

COLUMNS: Final = "sum(n), sum(i), sum(o), sum(c5), sum(c1), sum(cr), sum(web), sum(reason), sum(reported)"
RAW: Final = "n, i, o, c5, c1, cr, web, reason, reported"
OF_SAMPLINGS: Final = """count(*), sum(s.i), sum(s.o), sum(s.c5), sum(s.c1), sum(s.cr), sum(s.web), sum(s.reason),
    sum(s.reported)"""

NONE: Final = "(none)"
"""The key of what has no project, skill or session."""

NOTE: Final = (
    "Costs are API-equivalent estimates: what these tokens cost at the provider's list price of their day."
    " A subscription is not billed by them."
)

K = TypeVar("K", bound=Hashable)


Prices: TypeAlias = Mapping[int, Rate]
Model: TypeAlias = tuple[str, str]
"""A model and who bills it."""


def prices(connection: apsw.Connection) -> dict[int, Rate]:
    """Every price that a sampling may point at."""
    return {row[0]: Rate._make(row[1:]) for row in connection.execute("select * from price")}


def fold(
    rows: Iterable[Row], known: Prices, mode: Mode, key_of: Callable[[Any], K] | None = None
) -> dict[K, dict[Model, Part]]:
    """The parts by key and model. `key_of` turns the key of a row into that of the report."""
    found: dict[K, dict[Model, Part]] = {}
    for row in rows:
        key = row[0] if key_of is None else key_of(row[0])
        rate = known[row[1]]
        models = found.get(key)
        if models is None:
            found[key] = {(rate.model, rate.provider): _part(rate, row, mode)}
        else:
            _include(models, rate, _part(rate, row, mode))
    return found


def include(models: dict[Model, Part], row: Sequence[Any], known: Prices, mode: Mode) -> None:
    """Adds a row to the part of its model, whatever its key is."""
    rate = known[row[1]]
    _include(models, rate, _part(rate, row, mode))


def _include(models: dict[Model, Part], rate: Rate, part: Part) -> None:
    model = rate.model, rate.provider
    models[model] = list(map(add, models[model], part)) if model in models else part


def _part(rate: Rate, row: Sequence[Any], mode: Mode) -> Part:
    _, _, told, n, i, o, c5, c1, cr, web, reason, reported = row
    cost: int | None
    if told and mode != "calculate":
        cost = reported
    elif mode == "display":
        cost = None
    else:
        cost = price_of(rate, i, o, c5, c1, cr, web)
    if cost is None:
        used = n if i or o or c5 or c1 or cr or web else 0
        return [n, i, o, c5, c1, cr, web, reason, 0, 0, used]
    return [n, i, o, c5, c1, cr, web, reason, cost, n, 0]


def total(parts: Iterable[Part]) -> Part:
    """The sum of parts."""
    return [sum(column) for column in zip(*parts, strict=True)] or [0] * 11


def merged(folded: Iterable[Mapping[Model, Part]]) -> dict[Model, Part]:
    """The parts of several keys as one."""
    found: dict[Model, list[Part]] = {}
    for models in folded:
        for model, part in models.items():
            found.setdefault(model, []).append(part)
    return {model: total(parts) for model, parts in found.items()}


# -- as they are shown ------------------------------------------------------------------------------------------------


def dollars(picos: int) -> Decimal:
    """Whole numbers of 1e-12 USD as US dollars, exact."""
    return Decimal(picos).scaleb(-12)


def tokens(part: Part) -> Report:
    """The counts of a part."""
    n, i, o, c5, c1, cr, web, reason, *_ = part
    return {
        "samplings": n,
        "input_tokens": i,
        "output_tokens": o,
        "cache_creation_tokens": c5 + c1,
        "cache_read_tokens": cr,
        "reasoning_tokens": reason,
        "total_tokens": i + o + c5 + c1 + cr,
        "web_searches": web,
    }


def money(part: Part) -> Decimal | None:
    """The cost of a part; None when nothing of it has a price."""
    return dollars(part[8]) if part[9] else None


def bucket(models: Mapping[Model, Part]) -> Report:
    """One row of a report: what its models used, together and each."""
    whole = total(models.values())
    return {
        **tokens(whole),
        "total_cost": money(whole),
        "models": sorted({name for name, _ in models}),
        "breakdown": breakdown(models),
    }


def breakdown(models: Mapping[Model, Part]) -> list[Report]:
    """What each model used, the dearest first."""
    order = list(models.items())
    if len(order) > 1:
        order.sort(key=_dearest)
    # As `tokens` has it, written out: two thousand of these make a year's report, which has five milliseconds.
    return [
        {
            "model": model,
            "provider": provider,
            "samplings": n,
            "input_tokens": i,
            "output_tokens": o,
            "cache_creation_tokens": c5 + c1,
            "cache_read_tokens": cr,
            "reasoning_tokens": reason,
            "total_tokens": i + o + c5 + c1 + cr,
            "web_searches": web,
            "cost": Decimal(cost).scaleb(-12) if priced else None,
            "unpriced": unpriced > 0,
        }
        for (model, provider), (n, i, o, c5, c1, cr, web, reason, cost, priced, unpriced) in order
    ]


def _dearest(each: tuple[Model, Part]) -> tuple[int, bool, Model]:
    model, part = each
    return -part[8], not part[9], model


def unpriced(models: Mapping[Model, Part]) -> list[str]:
    """The models that were used and whose cost is not known, by name."""
    return sorted({name for (name, _), part in models.items() if part[10]})


def plain(value: Any) -> Any:
    """A report as JSON values: money as decimal text without an exponent; what only pages need is left out."""
    if isinstance(value, Decimal):
        digits = f"{value:f}"
        return digits.rstrip("0").rstrip(".") if "." in digits else digits
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items() if key != "position"}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    return value
