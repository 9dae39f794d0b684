"""Five-hour blocks: half-open, made of full hours, with gaps between them, and rates that are said to be estimates."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import facts
import pytest
from facts import DAY, HOUR, MINUTE, NOON, Fact
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.paths import Home
from workbench.usage.blocks import BLOCK_MS, blocks
from workbench.usage.store import Store
from workbench.usage.which import Which


@pytest.fixture
def store(home: Home) -> Iterator[Store]:
    with Store.open(home) as opened:
        yield opened


def ask(store: Store, *some: Fact, now: int = NOON + 30 * DAY, which: Which | None = None) -> list[dict[str, Any]]:
    facts.write(store, list(some))
    found: list[dict[str, Any]] = store.read(lambda c: blocks(c, which or Which(), now_ms=now))["blocks"]
    return found


def clock(block: dict[str, Any]) -> str:
    return f"{'gap ' if block['gap'] else ''}{block['start'][11:16]}-{block['end'][11:16]}"


def test_a_response_at_exactly_five_hours_opens_the_next_block(store: Store) -> None:
    at = [NOON, NOON + BLOCK_MS - 1, NOON + BLOCK_MS]
    found = ask(store, *(Fact(ts=ts) for ts in at))
    assert [(clock(block), block["samplings"]) for block in found] == [("12:00-17:00", 2), ("17:00-22:00", 1)]


def test_a_block_begins_at_the_full_hour_of_its_first_response(store: Store) -> None:
    found = ask(store, Fact(ts=NOON + 59 * MINUTE), Fact(ts=NOON + 4 * HOUR + 59 * MINUTE), Fact(ts=NOON + 5 * HOUR))
    assert [clock(block) for block in found] == ["12:00-17:00", "17:00-22:00"]


def test_a_pause_of_five_hours_is_a_gap_from_the_end_of_its_window(store: Store) -> None:
    found = ask(store, Fact(ts=NOON + MINUTE), Fact(ts=NOON + 9 * HOUR + 30 * MINUTE))
    assert [clock(block) for block in found] == ["12:00-17:00", "gap 17:01-21:30", "21:00-02:00"]
    assert (found[1]["samplings"], found[1]["total_cost"], found[1]["models"]) == (0, None, [])
    assert found[1]["id"] == "gap-2026-01-15T17:01:00.000Z"


def test_only_the_block_that_runs_is_active_and_projected(store: Store) -> None:
    some = [Fact(ts=NOON - DAY), Fact(ts=NOON), Fact(ts=NOON + 60 * MINUTE)]
    before, _, running = ask(store, *some, now=NOON + 2 * HOUR)
    assert (before["active"], before["projection"], running["active"]) == (False, None, True)
    rate = running["burn_rate"]
    assert (rate["tokens_per_minute"], rate["tokens_per_minute_for_indicator"]) == (220 / 60, 220 / 60)
    assert rate["cost_per_hour"] == pytest.approx(0.0015)
    assert running["projection"] == {"remaining_minutes": 180, "total_tokens": 880, "total_cost": 0.01}
    (*_, ended) = ask(store, now=NOON + 5 * HOUR)
    assert (ended["active"], ended["projection"]) == (False, None)


def test_one_response_makes_no_rate(store: Store) -> None:
    (block,) = ask(store, Fact(ts=NOON), now=NOON + MINUTE)
    assert (block["active"], block["burn_rate"], block["projection"]) == (True, None, None)


def test_a_rate_without_a_price_has_no_cost(store: Store) -> None:
    (block,) = ask(store, Fact(model="mystery"), Fact(model="mystery", ts=NOON + HOUR), now=NOON + 2 * HOUR)
    assert (block["total_cost"], block["burn_rate"]["cost_per_hour"], block["projection"]["total_cost"]) == (None,) * 3


def test_blocks_are_of_what_was_meant(store: Store) -> None:
    which = Which(model="haiku")
    (block,) = ask(store, Fact(), Fact(model="haiku", ts=NOON + 7 * HOUR), Fact(model="haiku", live=0), which=which)
    assert (clock(block), block["models"]) == ("19:00-00:00", ["haiku"])


def test_where_a_block_begins_does_not_depend_on_the_question(store: Store) -> None:
    steps = [Fact(ts=NOON - 3 * DAY + n * 4 * HOUR, skill="poet" if n % 3 == 0 else None) for n in range(30)]
    edges = {clock(block) + block["start"][:10] for block in ask(store, *steps) if not block["gap"]}
    for which in (Which(since="2026-01-14"), Which(until="2026-01-14"), Which(skill="poet"), Which(model="opus")):
        found = store.read(lambda c, which=which: blocks(c, which, now_ms=NOON + 30 * DAY))["blocks"]
        assert {clock(block) + block["start"][:10] for block in found if not block["gap"]} <= edges


def test_each_provider_has_blocks_of_its_own_and_anthropics_are_meant_if_none_is_named(store: Store) -> None:
    some = [Fact(ts=NOON + HOUR), Fact(ts=NOON + 6 * HOUR), Fact(model="gpt", provider="openai", ts=NOON)]
    found = ask(store, *some)
    assert [(clock(block), block["models"]) for block in found if not block["gap"]] == [
        ("13:00-18:00", ["opus"]),
        ("18:00-23:00", ["opus"]),
    ]
    (other,) = ask(store, which=Which(provider="openai"))
    assert (clock(other), other["models"]) == ("12:00-17:00", ["gpt"])


def test_who_uses_one_provider_need_not_name_it(store: Store) -> None:
    found = ask(store, Fact(ts=NOON, provider="openai", model="gpt"))
    assert [(clock(block), block["samplings"]) for block in found] == [("12:00-17:00", 1)]


def test_a_moment_is_too_short_for_a_rate(store: Store) -> None:
    (block,) = ask(store, Fact(ts=NOON), Fact(ts=NOON + 10), now=NOON + MINUTE)
    assert (block["active"], block["burn_rate"], block["projection"]) == (True, None, None)


@settings(max_examples=60)
@given(st.lists(st.integers(NOON, NOON + 3 * DAY) | st.integers(0, 20).map(lambda n: NOON + n * HOUR), max_size=30))
def test_every_response_is_in_exactly_one_block(times: list[int]) -> None:
    with tempfile.TemporaryDirectory() as folder, Store.open(Home(Path(folder))) as store:
        found = ask(store, *(Fact(ts=ts) for ts in times))
    used = [block for block in found if not block["gap"]]
    spans = [(moment(block["start"]), moment(block["end"])) for block in used]
    assert all(end - start == BLOCK_MS and start % HOUR == 0 for start, end in spans)
    assert all(end <= start for (_, end), (start, _) in pairwise(spans))
    counts = [sum(start <= ts < end for ts in times) for start, end in spans]
    assert counts == [block["samplings"] for block in used]
    assert sum(counts) == len(times)
    assert sum((block["total_cost"] for block in used), Decimal(0)) == Decimal("0.00075") * len(times)


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)
