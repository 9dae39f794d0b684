"""What caching saved, exactly; and what was written twice, by its likeliest cause."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import facts
import pytest
from facts import HOUR, MINUTE, NOON, Fact

from workbench.paths import Home
from workbench.usage.cache import cache
from workbench.usage.store import Store
from workbench.usage.which import Which


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


def ask(store: Store, *some: Fact, which: Which | None = None) -> dict[str, Any]:
    facts.write(store, list(some))
    found: dict[str, Any] = store.read(lambda c: cache(c, which or Which()))
    return found


def causes(found: dict[str, Any]) -> list[tuple[str, int]]:
    return [(row["cause"], row["tokens"]) for row in found["rebuilds"]]


def test_savings_are_what_it_would_have_cost_without_a_cache(store: Store) -> None:
    found = ask(store, Fact(i=100, c5=1000, skill="poet"), Fact(i=100, cr=1000, c1=800, ts=NOON + MINUTE))
    assert found["hit_rate"] == 1000 / 3000
    assert found["five_minutes"] == {"tokens": 1000, "cost": Decimal("0.00625")}
    assert found["one_hour"] == {"tokens": 800, "cost": Decimal("0.008")}
    # Read: 1000 x (5 - 0.5); written: 1000 x (5 - 6.25) and 800 x (5 - 10), in millionths of a dollar.
    assert found["saved"] == Decimal("0.0045") - Decimal("0.00125") - Decimal("0.004")
    assert {row["key"]: row["saved"] for row in found["by_skill"]} == {
        "(none)": Decimal("0.0005"),
        "poet": Decimal("-0.00125"),
    }


def test_nothing_used_has_no_rate_and_no_savings(store: Store) -> None:
    found = ask(store)
    assert (found["hit_rate"], found["saved"], found["rebuilds"], found["by_model"]) == (None, None, [], [])


def test_a_model_without_a_price_has_a_rate_and_no_money(store: Store) -> None:
    found = ask(store, Fact(model="mystery", i=0, cr=300, c5=100))
    assert (found["hit_rate"], found["saved"], found["unpriced"]) == (0.75, None, ["mystery"])


FIRST = Fact(i=0, c5=10_000)


@pytest.mark.parametrize(
    ("then", "cause"),
    [
        (Fact(i=0, c5=10_000, ts=NOON + 6 * MINUTE), "expired"),
        (Fact(i=0, c5=10_000, ts=NOON + MINUTE), "changed"),
        (Fact(i=0, c5=10_000, ts=NOON + MINUTE, model="haiku"), "model_changed"),
        (Fact(i=0, c5=4_000, ts=NOON + MINUTE), "shortened"),
    ],
)
def test_a_rebuild_has_its_likeliest_cause(store: Store, then: Fact, cause: str) -> None:
    found = ask(store, FIRST, then)
    assert causes(found) == [(cause, then.c5)]
    rates = facts.RATES[then.model]
    assert rates[3] is not None
    assert rates[2] is not None
    assert found["rebuilds"][0]["cost"] == Decimal(then.c5 * rates[3]).scaleb(-12)
    assert found["rebuilds"][0]["extra"] == Decimal(then.c5 * (rates[3] - rates[2])).scaleb(-12)
    assert "likeliest" in found["note"]


def test_what_is_kept_for_an_hour_has_not_expired_after_ten_minutes(store: Store) -> None:
    kept = Fact(i=0, c1=10_000)
    assert causes(ask(store, kept, Fact(i=0, c1=10_000, ts=NOON + 10 * MINUTE))) == [("changed", 10_000)]


def test_what_was_kept_for_an_hour_has_expired_after_two(store: Store) -> None:
    kept = Fact(i=0, c1=10_000)
    assert causes(ask(store, kept, Fact(i=0, c1=10_000, ts=NOON + 2 * HOUR))) == [("expired", 10_000)]


def test_a_prompt_that_only_grows_rebuilds_nothing(store: Store) -> None:
    some = [Fact(i=5, c5=1_000, cr=1_000 * turn, ts=NOON + turn * MINUTE) for turn in range(10)]
    assert causes(ask(store, *some)) == []


def test_conversations_and_subagents_have_caches_of_their_own(store: Store) -> None:
    some = [FIRST, Fact(i=0, c5=10_000, session="s2"), Fact(i=0, c5=10_000, agent_id="a1", side=1)]
    assert causes(ask(store, *some)) == []


def test_rebuilds_are_of_what_was_meant(store: Store) -> None:
    some = [FIRST, Fact(i=0, c5=10_000, ts=NOON + MINUTE, model="haiku")]
    assert causes(ask(store, *some, which=Which(model="haiku"))) == [("model_changed", 10_000)]
    assert causes(ask(store, which=Which(model="opus"))) == []
    assert causes(ask(store, which=Which(skill="poet"))) == []
    assert causes(ask(store, which=Which(folders=("/transcripts",)))) == [("model_changed", 10_000)]
    assert causes(ask(store, which=Which(folders=("/elsewhere",)))) == []
