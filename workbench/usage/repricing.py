"""New prices for what has been counted: prices change, facts do not.

Idea: each sampling points at a price, known by provider, model, first day and variant. When the price lists move, the
rates of those rows are written over; only where a list now names another day or variant is a sampling pointed at
another row.

Invariant: afterwards every sampling has the price that it would get if it were imported now.
"""

from __future__ import annotations

from typing import Any, Final

from workbench.usage.intake import Intake
from workbench.usage.own_runs import KIND
from workbench.usage.prices import Prices, Rate

_DAY_MS: Final = 86_400_000
_PROMPT: Final = "case when s.kind = 'run' then 0 else s.i + s.c5 + s.c1 + s.cr end"  # a run is many requests

_GROUPS: Final = f"""
    select s.price, p.provider, p.model, p.start_day, p.variant, day, c.speed, c.tier, c.geo, low, high
    from (
        select price, ctx, case kind when '{KIND}' then ts0 else ts end / {_DAY_MS} as day,
            min({_PROMPT}) as low, max({_PROMPT}) as high
        from sampling s group by price, ctx, day
    ) s join price p on p.id = s.price join ctx c on c.id = s.ctx"""  # noqa: S608 - our own words


def reprice(intake: Intake, prices: Prices) -> None:
    """Brings rates and samplings to what the price lists say now."""
    rows: list[Any] = intake.connection.execute(_GROUPS).fetchall()
    elsewhere: set[tuple[int, int]] = set()
    for price, provider, model, start, variant, day, speed, tier, geo, low, high in rows:
        for prompt in {low, high}:
            rate = prices.rate(provider, model, day, prompt=prompt, speed=speed, tier=tier, geo=geo)
            if rate[:4] == (provider, model, start, variant):
                intake.write_rate(price, rate)
            else:
                elsewhere.add((price, day))
    for price, day in sorted(elsewhere):
        _point(intake, prices, price, day)


def _point(intake: Intake, prices: Prices, price: int, day: int) -> None:
    """Points each sampling of a price and a day at the price that it has now."""
    bounds = (price, day * _DAY_MS, (day + 1) * _DAY_MS)
    about: list[Any] = intake.connection.execute(
        f"""select s.id, p.provider, p.model, {_PROMPT}, c.speed, c.tier, c.geo
        from sampling s join price p on p.id = s.price join ctx c on c.id = s.ctx
        where s.price = ? and case s.kind when '{KIND}' then s.ts0 else s.ts end between ? and ? - 1""",  # noqa: S608
        bounds,
    ).fetchall()
    for sampling, provider, model, prompt, speed, tier, geo in about:
        rate: Rate = prices.rate(provider, model, day, prompt=prompt, speed=speed, tier=tier, geo=geo)
        for fact in intake.facts("s.id = ?", sampling):
            intake.move(fact, live=fact.live, home=fact.home, run=fact.run, price=intake.price(rate))
