"""The benchmarks themselves, at a size at which no figure means anything: that they run, and what they print."""

from __future__ import annotations

import json

import pytest
from row import Goal, Row, interleaved
from run import SUBJECTS, main, measure, table


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_benchmark_gives_a_figure_a_round(subject: str) -> None:
    rows = list(measure([subject], rounds=1, scale=0.001))
    assert rows
    assert any(row.goals for row in rows)
    for row in rows:
        assert len(row.values) == 1 == len(row.peers or [1])
        assert row.value > 0


def test_the_table_shows_both_sides_their_ratio_and_whether_the_goal_is_met() -> None:
    fast = Row("reader", "events/s", [900_000, 800_000, 1_000_000], "readline", [300_000] * 3, (at_least(1.5),))
    slow = Row("start", "ms", [61], goals=(Goal("value", "at most", 60),))
    header, first, second = table([fast, slow]).splitlines()
    assert header.split() == ["what", "ours", "peer", "or", "limit", "ratio", "goal"]
    assert first.split() == ["reader", "900,000", "events/s", "300,000", "readline", "3.00", ">=", "1.5", "x", "ok"]
    assert second.split() == ["start", "61", "ms", "<=", "60", "MISSED"]
    assert first.index(">=") == second.index("<=")


def test_a_ratio_is_taken_round_by_round_so_a_busy_moment_cancels_out() -> None:
    row = Row("latency", "ms", [2.0, 20.0, 2.5], "pipe", [1.0, 10.0, 1.0])
    assert row.ratio == 2.0
    assert row.difference == 1.5
    assert row.verdict == ""


def test_a_row_with_two_goals_needs_both() -> None:
    goals = (at_least(0.3), Goal("value", "at least", 100_000))
    assert Row("path", "events/s", [90_000], "readline", [200_000], goals).verdict == "MISSED"
    assert Row("path", "events/s", [110_000], "readline", [200_000], goals).verdict == "ok"


def test_rounds_are_interleaved_and_each_begins_with_another_work() -> None:
    order: list[str] = []
    found = interleaved(2, lambda: order.append("a") or 1, lambda: order.append("b") or 2)
    assert order == ["a", "b", "b", "a"]
    assert found == [[1, 1], [2, 2]]


def test_json_carries_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    main(["start", "--json", "--rounds", "1", "--scale", "0.2"])
    rows = json.loads(capsys.readouterr().out)
    assert [row["name"] for row in rows][:1] == ["import workbench"]
    assert rows[0]["values"] == [rows[0]["value"]]


def test_an_unknown_subject_is_refused_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["speed"])
    assert "there is no benchmark speed; there are: start, reader" in capsys.readouterr().err


def at_least(bound: float) -> Goal:
    return Goal("ratio", "at least", bound)
