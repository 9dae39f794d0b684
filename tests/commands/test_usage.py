"""What runs have cost, through the commands: sums that add up, pages that join up, money that is exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from workbench.app import Workbench
from workbench.errors import InvalidRequest

RUN = {
    "run": "r1",
    "model": "claude-opus-5",
    "provider": "elsewhere",
    "started": "2026-11-20T10:00:00Z",
    "ended": "2026-11-20T10:01:00Z",
    "input_tokens": 100,
    "output_tokens": 20,
    "cost": "0.1",
}


def record(bench: Workbench, **more: Any) -> None:
    bench.call("usage.record", {**RUN, **more})


def test_nothing_has_been_used_at_first_and_no_cost_is_not_a_cost_of_zero(bench: Workbench) -> None:
    assert bench.call("usage.summary") == {
        "runs": 0, "sessions": 0, "input_tokens": 0, "output_tokens": 0, "cache_creation_tokens": 0,
        "cache_read_tokens": 0, "total_cost": None, "average_cost": None, "replayed_cost": None, "unpriced": [],
    }  # fmt: skip


def test_money_is_exact_and_a_decimal_string(bench: Workbench) -> None:
    for number in range(10):
        record(bench, run=f"r{number}", cost="0.1")
    assert bench.call("usage.summary")["total_cost"] == "1"
    record(bench, run="tiny", cost="0.000000000001")
    assert bench.call("usage.summary")["total_cost"] == "1.000000000001"


def test_a_run_without_a_price_is_listed_and_not_counted_as_free(bench: Workbench) -> None:
    record(bench, run="r1", cost="0.5")
    record(bench, run="r2", model="a-new-model", cost=None)
    summary = bench.call("usage.summary")
    assert (summary["total_cost"], summary["average_cost"], summary["unpriced"]) == ("0.5", "0.5", ["a-new-model"])


def test_groups_add_up_to_the_summary(bench: Workbench) -> None:
    for number, (model, step) in enumerate([("haiku", "1"), ("opus", "1"), ("opus", "2"), ("sonnet", None)]):
        record(bench, run=f"r{number}", model=model, step=step, cost=str(number + 1))
    total = Decimal(bench.call("usage.summary")["total_cost"])
    for command, key in (("usage.by_model", "models"), ("usage.by_step", "steps")):
        rows = bench.call(command)[key]
        assert sum(Decimal(row["total_cost"]) for row in rows) == total
        costs = [Decimal(row["total_cost"]) for row in rows]
        assert costs == sorted(costs, reverse=True)


def test_the_runs_of_a_step_are_its_own(bench: Workbench) -> None:
    record(bench, run="r1", step="1", workflow="build")
    record(bench, run="r2", step="2", workflow="build")
    record(bench, run="r3", step="1", workflow="other")
    assert {row["run"] for row in bench.call("usage.step_runs", step="1")["runs"]} == {"r1", "r3"}
    assert [row["run"] for row in bench.call("usage.step_runs", step="1", workflow="build")["runs"]] == ["r1"]


def test_pages_of_runs_join_up_the_newest_first(bench: Workbench) -> None:
    for number in range(5):
        record(bench, run=f"r{number}", started=f"2026-11-20T10:0{number}:00Z", ended="2026-11-20T11:00:00Z")
    seen, cursor = [], None
    while True:
        page = bench.call("usage.recent_runs", limit=2, cursor=cursor)
        seen += [row["run"] for row in page["runs"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["r4", "r3", "r2", "r1", "r0"]


def test_a_session_has_the_sums_of_its_runs(bench: Workbench) -> None:
    record(bench, run="r1", session="s1", step="1")
    record(bench, run="r2", session="s1", step="2")
    (row,) = bench.call("usage.recent_sessions")["sessions"]
    assert (row["session"], row["runs"], row["steps"], row["total_cost"]) == ("s1", 2, ["1", "2"], "0.2")


@pytest.mark.parametrize("since", ["2026-11-20T10:00:30Z", "2026-11-21", "2026-11-20T11:00:30+01:00"])
def test_since_counts_what_began_then_or_later(bench: Workbench, since: str) -> None:
    record(bench)
    assert bench.call("usage.summary", since=since)["runs"] == 0
    assert bench.call("usage.summary", since="2026-11-20")["runs"] == 1


@pytest.mark.parametrize("since", ["yesterday", "", "2026-13-01", "99999999"])
def test_a_since_that_is_no_time_is_refused(bench: Workbench, since: str) -> None:
    with pytest.raises(InvalidRequest, match="not a day or a time"):
        bench.call("usage.summary", since=since)


def test_a_reset_hides_and_deletes_nothing(bench: Workbench) -> None:
    record(bench, run="r1", skill="haiku")
    record(bench, run="r2", skill="sonnet")
    assert bench.call("usage.reset", skill="haiku")["runs"] == 1
    assert [row["run"] for row in bench.call("usage.recent_runs")["runs"]] == ["r2"]
    kept = bench.database.read(lambda connection: connection.execute("select count(*) from agent_runs").get)
    assert kept == 2


@pytest.mark.parametrize(
    "wrong",
    [
        {"cost": "-1"}, {"cost": "NaN"}, {"cost": "1e30"}, {"input_tokens": -1}, {"input_tokens": 10**30},
        {"status": "fine"}, {"ended": "2026-11-19T00:00:00Z"}, {"started": "2026-11-20T10:00:00"}, {"colour": "red"},
    ],
)  # fmt: skip
def test_a_run_that_cannot_be_is_refused_and_not_counted(bench: Workbench, wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        record(bench, **wrong)
    assert bench.call("usage.summary")["runs"] == 0


async def test_a_run_of_our_own_cannot_be_recorded_again(bench: Workbench) -> None:
    request = {"prompt": "Go", "options": {"speed": 0}, "permission_timeout_s": 0}
    started = await bench.acall("agents.start", request)
    await bench.pool.wait(started["session"], started["run"])
    with pytest.raises(InvalidRequest, match="recorded already"):
        await bench.acall("usage.record", {**RUN, "run": started["run"]})
    assert (await bench.acall("usage.summary"))["runs"] == 1
