"""What a run used: exact money, differences of running totals, and numbers that are none."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger
from workbench.usage.ledger import MAX_USD, PICO, Counters, dollars, picos


@dataclass(frozen=True)
class Run:
    """A finished run as the recorder hands it over."""

    run: str = "r1"
    usage: dict[str, dict[str, Any]] = field(default_factory=dict)
    cumulative: bool = True
    responses: list[dict[str, Any]] = field(default_factory=list)
    told: dict[str, int] = field(default_factory=dict)
    fresh: bool = False
    provider_session: str | None = None
    model: str | None = "opus"
    session: str = "s"
    provider: str = "claude"
    skill: str | None = "poet"
    step: str | None = None
    workflow: str | None = None
    purpose: str | None = None
    counted_in: str | None = None
    status: str = "completed"
    reason: str | None = "end_turn"
    stop_reason: str | None = "end_turn"
    started: int = 1000
    ended: int = 2000
    duration_ms: int | None = 900
    api_duration_ms: int | None = 800
    turns: int | None = 2
    tool_uses: int = 3
    compactions: int = 0
    events: int = 50


def tokens(count: int, cost: float | None = None, **more: Any) -> dict[str, Any]:
    known = {} if cost is None else {"costUSD": cost}
    return {"inputTokens": count * 10, "outputTokens": count, **known, **more}


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home.database) as opened:
        yield opened


def record(database: Database, *runs: Run) -> list[tuple[Any, ...]]:
    """The rows after some runs: run, model, output tokens, cost."""
    for run in runs:
        database.write(lambda connection, run=run: ledger.record(connection, run))
    return columns(database, "run, model, output_tokens, cost")


def columns(database: Database, names: str) -> list[tuple[Any, ...]]:
    return database.read(
        lambda connection: connection.execute(f"select {names} from agent_runs order by run, model").fetchall()
    )


# -- money ------------------------------------------------------------------------------------------------------------


def test_a_float_is_the_decimal_that_it_prints_as() -> None:
    assert picos(0.1) == PICO // 10
    assert picos(0.0122) == 12_200_000_000
    assert picos(0.012199999999999999) == 12_200_000_000
    assert picos(1e-12) == 1
    assert picos(3) == 3 * PICO
    assert dollars(12_200_000_000) == Decimal("0.0122")
    assert dollars(None) is None


@given(st.floats(0, MAX_USD))
def test_money_is_within_half_of_the_smallest_part(usd: float) -> None:
    parts = picos(usd)
    assert parts is not None
    assert abs(Fraction(parts, PICO) - Fraction(Decimal(repr(usd)))) <= Fraction(1, 2 * PICO)


@pytest.mark.parametrize("value", [None, "0.1", True, -0.1, float("nan"), float("inf"), MAX_USD * 2, [], {}])
def test_what_is_no_price_is_none(value: object) -> None:
    assert picos(value) is None


@pytest.mark.parametrize("value", [None, "12", True, -1, 1.5, 10**30, float("inf"), [1]])
def test_what_is_no_count_counts_as_none(value: object) -> None:
    assert Counters.parse({"inputTokens": value}).input_tokens == 0


def test_a_price_on_an_unknown_basis_is_not_known() -> None:
    assert Counters.parse(tokens(1, 0.5, costBasis="unknown")).cost is None
    assert Counters.parse(tokens(1, 0.5, costBasis="list")).cost == PICO // 2
    assert Counters.parse(tokens(1)).cost is None


# -- differences ------------------------------------------------------------------------------------------------------


def test_a_run_used_what_the_totals_grew_by(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(5, 0.00122)}, fresh=True),
        Run("r2", {"opus": tokens(7, 0.0023)}),
        Run("r3", {"opus": tokens(20, 0.0118)}),
    )
    assert rows == [
        ("r1", "opus", 5, 1_220_000_000),
        ("r2", "opus", 2, 1_080_000_000),
        ("r3", "opus", 13, 9_500_000_000),
    ]


@given(st.lists(st.tuples(st.integers(0, 1000), st.floats(0, 5)), min_size=1, max_size=12))
def test_the_differences_add_up_to_the_last_total(steps: list[tuple[int, float]]) -> None:
    totals = [Counters(cost=0)]
    count, cost = 0, 0.0
    for more, dearer in steps:
        count, cost = count + more, cost + dearer
        totals.append(Counters.parse(tokens(count, cost)))
    used = [after.since(before) for before, after in itertools.pairwise(totals)]
    assert sum(one.output_tokens for one in used) == count
    assert sum(one.cost or 0 for one in used) == picos(cost)


def test_a_total_that_fell_has_begun_anew(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(50, 1.0)}),
        Run("r2", {"opus": tokens(8, 0.25)}),
        Run("r3", {"opus": tokens(9, 0.5)}),
    )
    assert [row[2:] for row in rows] == [(50, PICO), (8, PICO // 4), (1, PICO // 4)]


def test_any_number_that_fell_says_so(database: Database) -> None:
    before = {"inputTokens": 10, "outputTokens": 10, "cacheReadInputTokens": 10, "costUSD": 1.0}
    after = {"inputTokens": 20, "outputTokens": 20, "cacheReadInputTokens": 9, "costUSD": 2.0}
    rows = record(database, Run("r1", {"opus": before}), Run("r2", {"opus": after}))
    assert rows[1] == ("r2", "opus", 20, 2 * PICO)


def test_a_new_process_that_was_not_resumed_begins_anew_even_if_it_used_more(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(5, 0.01)}, fresh=True),
        Run("r2", {"opus": tokens(50, 0.5)}, fresh=True),
        Run("r3", {"opus": tokens(60, 0.75)}),
    )
    assert [row[2:] for row in rows] == [(5, PICO // 100), (50, PICO // 2), (10, PICO // 4)]


def test_sessions_and_models_do_not_mix(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(5, 0.1), "haiku": tokens(1, 0.01)}),
        Run("r2", {"opus": tokens(7, 0.2), "haiku": tokens(1, 0.01)}),
        Run("r3", {"opus": tokens(6, 0.15)}, session="another"),
    )
    assert rows == [
        ("r1", "haiku", 1, PICO // 100),
        ("r1", "opus", 5, PICO // 10),
        ("r2", "opus", 2, PICO // 10),
        ("r3", "opus", 6, PICO * 15 // 100),
    ]


def test_counts_of_the_run_itself_are_on_its_first_model_alone(database: Database) -> None:
    record(database, Run("r1", {"opus": tokens(5, 0.1), "haiku": tokens(9, 0.01)}))
    assert columns(database, "model, duration_ms, turns, tool_uses, events") == [
        ("haiku", None, None, None, None),
        ("opus", 900, 2, 3, 50),
    ]


def test_a_model_alias_leaves_the_counts_on_the_model_that_said_most(database: Database) -> None:
    record(database, Run("r1", {"claude-opus-5": tokens(5), "claude-haiku-5": tokens(1)}, model="opus"))
    assert columns(database, "model, turns") == [("claude-haiku-5", None), ("claude-opus-5", 2)]


def test_usage_that_is_the_turns_own_is_taken_as_it_is(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(5, 0.1)}, cumulative=False),
        Run("r2", {"opus": tokens(5, 0.1)}, cumulative=False),
    )
    assert [row[2:] for row in rows] == [(5, PICO // 10)] * 2


def test_a_cost_is_known_only_as_the_difference_of_two_that_are(database: Database) -> None:
    rows = record(
        database,
        Run("r1", {"opus": tokens(5, 0.1)}),
        Run("r2", {"opus": tokens(6, 0.2, costBasis="unknown")}),
        Run("r3", {"opus": tokens(7, 0.3)}),
        Run("r4", {"opus": tokens(8, 0.4)}),
    )
    assert [row[3] for row in rows] == [PICO // 10, None, None, PICO // 10]


def test_a_run_of_which_nothing_was_counted_has_a_row_without_a_price(database: Database) -> None:
    rows = record(database, Run("r1", {}, status="interrupted", model=None), Run("r2", {}))
    assert rows == [("r1", "unknown", 0, None), ("r2", "opus", 0, None)]


def test_a_run_that_used_nothing_more_cost_nothing(database: Database) -> None:
    rows = record(database, Run("r1", {"opus": tokens(5, 0.1)}), Run("r2", {"opus": tokens(5, 0.1)}))
    assert rows[1] == ("r2", "opus", 0, 0)


def test_runs_of_the_replay_provider_are_marked(database: Database) -> None:
    record(database, Run("r1", {"opus": tokens(1)}), Run("r2", {"opus": tokens(2)}, provider="replay"))
    assert columns(database, "run, replay, source") == [("r1", 0, "ledger"), ("r2", 1, "ledger")]


def test_forgotten_and_recorded_again_the_rows_are_equal(database: Database) -> None:
    runs = [Run(f"r{n}", {"opus": tokens(n * n, n / 3), "haiku": tokens(n)}) for n in range(1, 5)]
    before = record(database, *runs)
    database.write(lambda connection: ledger.forget(connection, "s"))
    assert record(database, *runs) == before


def test_a_run_is_kept_with_the_purpose_that_it_was_made_for(database: Database) -> None:
    record(database, Run(run="r1", purpose="gate"), Run(run="r2"))
    assert columns(database, "run, purpose") == [("r1", "gate"), ("r2", None)]
