"""A run that was cut off: its responses are priced, once, and the runs around it are told from the totals as ever."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_ledger import Run, columns

from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger

SONNET, HAIKU = "claude-sonnet-5", "claude-haiku-5-5"
NAMES = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens")
PRICES = {SONNET: (2_000_000, 10_000_000, 200_000, 2_500_000), HAIKU: (100_000, 500_000, 10_000, 125_000)}
"""In 1e-12 dollars a token."""
SESSIONS = count()
NOW = 1_795_000_000_000


@pytest.fixture
def database(home: Home) -> Iterator[Database]:
    with Database.open(home.database) as opened:
        yield opened


def counts(entered: int, out: int, read: int = 0, written: int = 0, **more: Any) -> dict[str, Any]:
    return {**dict(zip(NAMES, (entered, out, read, written), strict=True)), **more}


def total(out: int) -> dict[str, dict[str, Any]]:
    """What the provider has counted: ten tokens in for one out, at the list's price."""
    return {SONNET: counts(out * 10, out, costUSD=(out * 30) / 10**6, costBasis="list")}


def run(key: int, **what: Any) -> Run:
    return Run(f"r{key}", started=NOW + key, ended=NOW + key + 1, model=SONNET, **what)


def killed(key: int, *out: int, **what: Any) -> Run:
    responses = [{SONNET: counts(each * 10, each)} for each in out]
    return run(key, **{"status": "interrupted", "reason": "lost", "responses": responses, **what})


def died(key: int, *out: int, **what: Any) -> Run:
    """The provider's process alone was ended: in order, with its totals put down, or not. Nobody sees which."""
    return killed(key, *out, status="error", reason="sidecar_failed", **what)


def ended(key: int, counted: int, own: int) -> Run:
    return run(key, usage=total(counted), told=counts(own * 10, own))


def record(database: Database, *runs: Run) -> list[tuple[Any, ...]]:
    """The rows after some runs: output tokens, cost and its basis."""
    for each in runs:
        database.write(lambda connection, each=each: ledger.record(connection, each))
    return columns(database, "output_tokens, cost, cost_basis")


def row(out: int, basis: str = "list") -> tuple[int, int, str]:
    return out, out * 30_000_000, basis


# -- the run that was killed ------------------------------------------------------------------------------------------


def test_each_model_of_a_killed_run_has_a_row_with_what_its_responses_used_and_cost(database: Database) -> None:
    responses = [{SONNET: counts(10, 4, 2, 1)}, {HAIKU: counts(7, 3)}, {SONNET: counts(1, 1)}]
    record(database, run(1, responses=responses, status="interrupted"))
    found = columns(database, "model, input_tokens, output_tokens, cache_read_tokens, cache_creation_tokens, cost")
    assert found == [
        (HAIKU, 7, 3, 0, 0, 7 * 100_000 + 3 * 500_000),
        (SONNET, 11, 5, 2, 1, 11 * 2_000_000 + 5 * 10_000_000 + 2 * 200_000 + 2_500_000),
    ]
    assert columns(database, "cost_basis, tool_uses") == [("computed", None), ("computed", 3)]


def test_each_response_is_priced_for_itself(database: Database) -> None:
    """A long request is dearer, and a cache that is kept for an hour."""
    short, long = counts(60_000, 10), counts(120_000, 10)
    record(database, run(1, responses=[{HAIKU: short}, {HAIKU: short}, {HAIKU: long}]))
    record(database, run(2, responses=[{SONNET: counts(0, 0, 0, 10, cacheCreationEphemeral1hInputTokens=4)}]))
    (costs, hour) = columns(database, "cost")
    below = 2 * (60_000 * 100_000 + 10 * 500_000)
    assert costs[0] > below + 120_000 * 100_000 + 10 * 500_000
    assert hour == (6 * 2_500_000 + 4 * 4_000_000,)


def test_a_persons_own_price_is_the_price(database: Database) -> None:
    kept = '{"price_overrides": {"claude-sonnet-5": {"input": "1", "output": "2"}}}'
    database.write(lambda connection: connection.execute("insert into settings values ('settings', ?)", (kept,)))
    record(database, killed(1, 5))
    assert columns(database, "cost") == [(50 * 1_000_000 + 5 * 2_000_000,)]


def test_responses_of_a_model_without_a_price_have_tokens_and_no_cost(database: Database) -> None:
    responses = [{"made-up": counts(10, 5)}, {SONNET: counts(10, 1)}]
    record(database, run(1, responses=responses))
    assert columns(database, "model, output_tokens, cost") == [(SONNET, 1, 30_000_000), ("made-up", 5, None)]


@pytest.mark.parametrize("value", [None, "12", -1, 1.5, 10**30, [1]])
def test_numbers_that_are_none_count_as_none(database: Database, value: object) -> None:
    odd = {SONNET: {**counts(10, 1), "webSearchRequests": value, "speed": value, "outputTokens": value}}
    assert record(database, run(1, responses=[odd])) == [(0, 20_000_000, "computed")]


def test_responses_behind_a_total_are_added_to_what_it_grew_by(database: Database) -> None:
    both = run(2, usage=total(7), told=counts(20, 2), responses=[{SONNET: counts(30, 3)}])
    assert record(database, ended(1, 5, 5), both) == [row(5), row(2 + 3, "list+computed")]


def test_recorded_again_the_rows_are_equal(database: Database) -> None:
    runs = [ended(1, 5, 5), ended(2, 9, 4), killed(3, 2, 2), ended(4, 15, 10), killed(5, 1), ended(6, 16, 1)]
    before = record(database, *runs)
    database.write(lambda connection: ledger.forget(connection, "s"))
    assert (
        record(database, *runs) == before == [row(5), row(4), row(4, "computed"), row(10), row(1, "computed"), row(1)]
    )


# -- the run after it -------------------------------------------------------------------------------------------------


def test_the_next_run_counts_on_from_the_total_that_the_provider_had_put_down(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), killed(2, 3), ended(3, 5 + 9, 9))
    assert rows == [row(5), row(3, "computed"), row(9)]


def test_the_next_run_counts_from_nothing_where_the_provider_had_put_nothing_down(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), killed(2, 3), ended(3, 9, 9), ended(4, 10, 1))
    assert rows == [row(5), row(3, "computed"), row(9), row(1)]


def test_the_next_run_counts_on_from_an_earlier_total_than_the_last(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), ended(2, 7, 2), ended(3, 8, 1), killed(4, 3), ended(5, 5 + 9, 9))
    assert rows == [row(5), row(2), row(1), row(3, "computed"), row(9)]


def test_a_run_that_was_killed_before_any_response_was_over_takes_no_price_away(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), ended(2, 7, 2), killed(3), ended(4, 5 + 9, 9))
    assert rows == [row(5), row(2), (0, None, None), row(9)]


def test_a_session_that_is_killed_again_and_again_is_counted_once(database: Database) -> None:
    runs = [killed(1, 4), killed(2, 1, 1), ended(3, 6, 6), killed(4, 2), ended(5, 7, 7), killed(6, 3), ended(7, 9, 2)]
    rows = record(database, *runs)
    assert [out for out, _, _ in rows] == [4, 2, 6, 2, 7, 3, 2]


def test_what_the_provider_has_asked_for_itself_is_counted_too(database: Database) -> None:
    """A title, a summary: no response tells of it, and the total has it."""
    rows = record(database, ended(1, 5, 3), killed(2, 3), ended(3, 5 + 8, 6))
    assert rows == [row(5), row(3, "computed"), row(8)]


def test_without_a_word_of_its_responses_a_total_is_read_as_ever(database: Database) -> None:
    rows = record(database, run(1, usage=total(5)), run(2, usage=total(14)), run(3, usage=total(6)))
    assert rows == [row(5), row(9), row(6)]


# -- a run that was cut off, and is in a later total --------------------------------------------------------------------


def test_a_run_that_is_in_the_total_which_the_provider_put_down_at_its_end_is_not_counted_again(
    database: Database,
) -> None:
    rows = record(database, ended(1, 5, 5), died(2, 3), ended(3, 5 + 3 + 9, 9), ended(4, 17 + 2, 2))
    assert rows == [row(5), row(3, "computed"), row(9), row(2)]


def test_what_it_has_asked_for_itself_behind_a_run_that_is_in_the_total_is_counted_too(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), died(2, 3), ended(3, 5 + 3 + 9, 6))
    assert rows == [row(5), row(3, "computed"), row(9)]


def test_the_first_run_of_all_may_be_in_the_total_of_the_next(database: Database) -> None:
    rows = record(database, died(1, 3, fresh=True), ended(2, 3 + 9, 9))
    assert rows == [row(3, "computed"), row(9)]


def test_of_several_runs_that_were_cut_off_those_are_in_the_total_that_fit(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), died(2, 3), died(3, 4), died(4, 20), ended(5, 5 + 3 + 20 + 9, 9))
    assert rows == [row(5), *(row(out, "computed") for out in (3, 4, 20)), row(9)]


def test_a_run_that_was_cut_off_may_be_in_the_total_with_an_earlier_one_than_the_last(database: Database) -> None:
    rows = record(database, ended(1, 5, 5), ended(2, 7, 2), died(3, 3), ended(4, 5 + 3 + 9, 9), died(5, 1), died(6, 1))
    assert rows == [row(5), row(2), row(3, "computed"), row(9), row(1, "computed"), row(1, "computed")]
    assert record(database, ended(7, 8 + 1 + 4, 4))[-1] == row(4)


def test_what_a_run_that_was_lost_has_used_unheard_is_counted_with_the_next(database: Database) -> None:
    """All but the provider was killed: it went on, and put its totals down in the end."""
    rows = record(database, ended(1, 5, 5), killed(2, 3), ended(3, 5 + 3 + 4 + 9, 9))
    assert rows == [row(5), row(3, "computed"), row(4 + 9)]


def test_a_new_session_at_the_provider_has_nothing_of_what_was_cut_off_before(database: Database) -> None:
    anew = replace(ended(3, 9, 6), fresh=True)
    assert record(database, ended(1, 5, 5), died(2, 3), anew) == [row(5), row(3, "computed"), row(9)]


def test_a_dearer_price_of_a_persons_own_does_not_make_a_run_count_twice(database: Database) -> None:
    kept = '{"price_overrides": {"claude-sonnet-5": {"input": "900", "output": "900"}}}'
    database.write(lambda connection: connection.execute("insert into settings values ('settings', ?)", (kept,)))
    rows = record(database, ended(1, 5, 5), died(2, 3), ended(3, 5 + 3 + 9, 9))
    assert [out for out, _, _ in rows] == [5, 3, 9]
    assert rows[2] == (9, 0, "list")


def test_a_run_without_a_price_that_is_in_the_total_leaves_the_next_without_one(database: Database) -> None:
    """What came in between is not known, and a lower bound of it is no price."""
    cut = died(1, responses=[{"made-up": counts(30, 3)}])
    rows = record(database, cut, run(2, usage={"made-up": counts(120, 12, costUSD=0.5)}, told=counts(90, 9)))
    assert rows == [(3, None, "computed"), (9, None, None)]


@pytest.mark.parametrize("of_them", [0, 1, 2, 7], ids=["none", "all", "every other", "every seventh"])
def test_a_session_that_was_cut_off_very_often_is_counted_all_the_same(database: Database, of_them: int) -> None:
    cuts = range(10, 50)
    put_down = sum(key for key in cuts if of_them and not key % of_them)
    after = (ended(50, put_down + 9, 9), ended(51, put_down + 9 + 4, 4))
    rows = record(database, *(died(key, key) for key in cuts), *after)
    assert rows[-2:] == [row(9), row(4)]


def test_where_no_earlier_total_is_known_a_run_that_was_cut_off_may_be_all_that_there_is(database: Database) -> None:
    record(database, ended(1, 5, 5), ended(2, 7, 2))
    database.write(lambda connection: connection.execute("update agent_runs set output_tokens = 99 where run = 'r2'"))
    assert record(database, died(3, 3), ended(4, 3 + 1, 1))[2:] == [row(3, "computed"), row(1)]


KINDS = ["ends", "put down", "killed", "died", "ended by itself", "lost, and ended by itself"]
CUT = {"killed": killed, "died": died, "ended by itself": died, "lost, and ended by itself": killed}
turns = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(1, 50)), min_size=1, max_size=12)


@settings(max_examples=60)
@given(turns)
def test_however_a_session_is_cut_each_run_has_used_what_it_has_used(
    database: Database, told: list[tuple[str, int]]
) -> None:
    """Played against a provider that puts its total down when it ends in order, and begins there when it did not."""
    session = f"s{next(SESSIONS)}"
    kept = now = 0
    expected = []
    for key, (kind, used) in enumerate(told):
        now += used
        if kind in {"put down", "ended by itself", "lost, and ended by itself"}:
            kept = now
        each = CUT[kind](key, used) if kind in CUT else ended(key, now, used)
        now = kept if kind in CUT else now
        expected.append(row(used, "computed" if kind in CUT else "list"))
        each = replace(each, run=f"{session}.{key:02}", session=session)
        database.write(lambda connection, each=each: ledger.record(connection, each))
    found = columns(database, "run, output_tokens, cost, cost_basis")
    assert [each[1:] for each in found if each[0].startswith(f"{session}.")] == expected
