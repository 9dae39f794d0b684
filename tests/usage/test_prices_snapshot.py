"""The shipped prices are those of genai-prices, to the last digit."""

from __future__ import annotations

import json
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from genai_prices import Usage, calc_price
from genai_prices.data import providers as published

from workbench.usage import snapshot
from workbench.usage.prices import FAST, Prices, Rate, cost

EPOCH = date(1970, 1, 1)
TABLE = json.loads(snapshot.PATH.read_bytes())
LISTED = [(provider, name) for provider, ids in TABLE["providers"].items() for name in ids]

DAYS = sorted(
    {EPOCH + timedelta(days=20000), EPOCH + timedelta(days=21000)}
    | {
        EPOCH + timedelta(days=entry[0] + around)
        for sheet in TABLE["sheets"]
        for entries in sheet.values()
        for entry in entries
        for around in (-1, 0, 1)
        if entry[0]
    }
)
SIZES = (
    0,
    1,
    7,
    50_000,
    99_999,
    100_000,
    100_001,
    128_000,
    128_001,
    199_999,
    200_000,
    200_001,
    271_999,
    272_000,
    272_001,
    10**6,
)

BATCHES_LISTED = date(2026, 10, 14)

SERVED = {
    None: {},
    "fast": {"speed": "fast", "service_tier": "fast"},
    "priority": {"service_tier": "priority"},
    "flex": {"service_tier": "flex"},
    "batch": {"processing": "batch"},
}


@pytest.fixture(scope="module")
def prices() -> Prices:
    return Prices.load()


def published_cost(provider: str, model: str, day: date, counts: tuple[int, ...], served: dict[str, str]) -> int:
    i, o, c5, c1, cr, web = counts
    usage = Usage(
        input_tokens=i + c5 + c1 + cr, output_tokens=o, cache_write_tokens=c5 + c1, cache_write_1h_tokens=c1,
        cache_read_tokens=cr, web_searches=web,
    )  # fmt: skip
    found = calc_price(
        usage, model, provider_id=provider, price_context=served,
        genai_request_timestamp=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC),
    )  # fmt: skip
    exact = found.total_price * 10**12
    assert exact == int(exact)
    return int(exact)


def split(chance: random.Random, prompt: int) -> tuple[int, int, int, int]:
    """A prompt in four parts: new input, 5 min and 1 h cache writes, cache read; each is nothing at times."""
    cuts = sorted(chance.choice((0, prompt, chance.randint(0, prompt))) for _ in range(3))
    return cuts[0], cuts[1] - cuts[0], cuts[2] - cuts[1], prompt - cuts[2]


def test_the_shipped_file_is_what_the_script_makes() -> None:
    assert snapshot.build() == TABLE


def test_the_file_stays_small() -> None:
    assert snapshot.PATH.stat().st_size < 64_000


@pytest.mark.parametrize("seed", range(8))
def test_any_sampling_costs_exactly_what_genai_prices_says(prices: Prices, seed: int) -> None:
    chance = random.Random(seed)
    identities: dict[tuple[object, ...], Rate] = {}
    for _ in range(1500):
        provider, listed = chance.choice(LISTED)
        model, day, tier = listed.rstrip("*@"), chance.choice(DAYS), chance.choice([None, *SERVED])
        if tier == "fast" and model.replace("4.", "4-") in FAST:
            continue  # ours, not theirs
        sheet = TABLE["sheets"][TABLE["providers"][provider][listed]]
        if tier == "batch" and provider == "anthropic" and (day < BATCHES_LISTED or "batch" not in sheet):
            continue  # likewise
        prompt = chance.choice((*SIZES, chance.randint(0, 500_000)))
        i, c5, c1, cr = split(chance, prompt)
        counts = (i, chance.randint(0, 100_000), c5, c1, cr, chance.choice((0, 0, 3)))
        rate = prices.rate(provider, model, (day - EPOCH).days, prompt=prompt, tier=tier)
        expected = published_cost(provider, model, day, counts, SERVED[tier])
        assert identities.setdefault(rate[:4], rate) == rate
        assert cost(rate, *counts) == expected, (provider, model, day, tier, prompt, counts)


def test_every_listed_id_is_priced_and_alone_or_with_a_date_never_otherwise_than_genai_prices(prices: Prices) -> None:
    counts, day = (100, 200, 30, 40, 50, 1), date(2026, 11, 20)
    for provider, listed in LISTED:
        for ending in ("", "-20250805", "@20260101", "-2026-02-03"):
            model = listed.rstrip("*@") + ending
            mine = cost(prices.rate(provider, model, (day - EPOCH).days, prompt=220), *counts)
            assert mine is not None or (ending and not listed.endswith("*")), model
            if mine is None:
                continue
            try:
                theirs = published_cost(provider, model, day, counts, {})
            except LookupError:
                assert ending, model
                continue
            assert mine == theirs, (provider, model)


def test_no_model_that_is_priced_by_the_token_is_left_out() -> None:
    for provider in published:
        if provider.id not in snapshot.PROVIDERS:
            continue
        for model in provider.models:
            by_token = model.get_prices(datetime(2026, 11, 20, tzinfo=UTC)).input_mtok is not None
            assert (snapshot._sheet(model) is not None) == by_token, model.id


def test_a_price_that_is_no_whole_number_is_left_out_rather_than_rounded() -> None:
    with pytest.raises(snapshot.Unfit):
        snapshot._whole(Decimal("0.5"))
