"""What a status line shows is what the reports say."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from workbench.paths import Home
from workbench.usage import current, rollups
from workbench.usage.blocks import blocks
from workbench.usage.reports import daily
from workbench.usage.store import Store
from workbench.usage.which import Which

HOUR = 3_600_000
START = 1_792_800_000_000
"""A day before summer time ends in Europe."""

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Pacific/Kiritimati")


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    """A week of samplings at random moments, of two who bill."""
    chance = random.Random(3)
    with Store.open(home) as opened:
        with opened.writing() as connection:
            connection.execute("insert into dim values (1, null, null, null, null)")
            for provider, model, price in (
                (
                    "anthropic",
                    "a",
                    1,
                ),
                ("openai", "b", 2),
            ):
                connection.execute(
                    "insert into ctx values (?, ?, 's', 'p', null, null, null, null, null, null, null, null, null, null,"
                    " null, null, 0, null, 1)", (price, provider),
                )  # fmt: skip
                connection.execute(
                    "insert into price values (?, ?, ?, 0, '', 3, 15, 1, 4, 6, 0)", (price, provider, model)
                )
            for at in range(400):
                ts, price = START + chance.randrange(7 * 24 * HOUR), chance.choice((1, 2))
                connection.execute(
                    "insert into sampling (mid, it, side, live, top, ts, ts0, ctx, home, dim, price, kind, i, o, c5, c1,"
                    " cr, reason, web, reported, file, off)"
                    " values (?, 0, 0, 1, 1, ?, ?, ?, ?, 1, ?, 'message', ?, 7, 1, 2, 3, 0, 0, ?, 1, 0)",
                    (f"msg_{at}", ts, ts, price, price, price, chance.randrange(1000), chance.choice((None, 99))),
                )
            rollups.sum_everything(connection)
        yield opened


@pytest.mark.parametrize("zone", ZONES)
def test_today_is_the_day_of_the_daily_report_in_any_zone_also_when_the_clocks_change(store: Store, zone: str) -> None:
    store.ensure_zone(zone)
    for hours in range(0, 7 * 24, 5):
        at = START + hours * HOUR
        today = store.read(lambda connection, at=at: current.today(connection, zone, at))
        day = current._day(zone, at).isoformat()
        rows = store.read(lambda connection, day=day: daily(connection, Which(since=day, until=day, timezone=zone)))[
            "rows"
        ]
        if not rows:
            assert (today["samplings"], today["total_cost"]) == (0, None)
            continue
        assert {key: today[key] for key in rows[0] if key != "key"} == {
            key: rows[0][key] for key in rows[0] if key != "key"
        }


def test_today_is_known_without_keeping_the_zone(store: Store) -> None:
    store.read(lambda connection: current.today(connection, "Asia/Tokyo", START))
    assert store.read(rollups.zones) == ["UTC"]


def test_the_open_block_is_claude_s_last_one_while_it_runs(store: Store) -> None:
    everything = Which(provider="anthropic")
    for hours in range(24, 7 * 24, 7):
        at = START + hours * HOUR
        mine = store.read(lambda connection, at=at: current.open_block(connection, "UTC", at))
        listed = store.read(lambda connection, at=at: blocks(connection, everything, now_ms=at))["blocks"]
        active = [each for each in listed if each["active"]]
        assert (mine is None) == (not active)
        assert mine is None or mine == active[0]


def test_an_empty_store_has_no_block_and_a_day_of_nothing(home: Home) -> None:
    with Store.open(home) as store:
        assert store.read(lambda connection: current.open_block(connection, "UTC", START)) is None
        assert store.read(lambda connection: current.today(connection, "UTC", START))["samplings"] == 0
