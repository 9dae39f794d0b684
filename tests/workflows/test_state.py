"""How a run stands, from its rows alone: what may be started, the one reason why not, and what comes next."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import Refused
from workbench.workflows.definition.definitions import SHIPPED, load
from workbench.workflows.state import (
    LEGAL,
    Situation,
    StepRow,
    actions_of,
    check_legal,
    may_start,
    number_of,
    standing,
    status_of,
    upcoming,
)

WORKFLOW = load(SHIPPED / "skill-builder")
FAILURE: Any = {"kind": "agent_failed", "message": "It failed.", "remedy": "", "facts": {}}


def situation(done: int = 0, **more: Any) -> Situation:
    """The first steps are completed, the others pending."""
    rows = tuple(StepRow(number, "completed" if number < done else "pending") for number in range(4))
    return Situation(WORKFLOW, rows, **more)


def with_row(now: Situation, number: int, **changes: Any) -> Situation:
    return replace(now, steps=tuple(replace(row, **changes) if row.number == number else row for row in now.steps))


def why(now: Situation, number: int) -> str | None:
    refusal = may_start(now, number)
    return refusal.reason if refusal is not None else None


@pytest.mark.parametrize(
    ("now", "number", "reason"),
    [
        (situation(), 0, None),
        (situation(held_by="another page"), 0, "locked"),
        (with_row(situation(), 0, status="in_progress"), 0, "busy"),
        (with_row(situation(), 0, status="in_progress"), 1, "busy"),
        (situation(1, disabled=frozenset({1}), disabled_why="Too broad."), 1, "disabled"),
        (situation(1), 0, "completed"),
        (situation(), 2, "too_early"),
        (with_row(situation(2), 0, error=FAILURE), 2, "mend"),
        (situation(1, gates={0: "due"}), 1, "gate"),
        (situation(1, gates={0: "passed"}), 1, None),
        (situation(1, gates={0: "none"}), 1, None),
        (situation(spent=Decimal(3), budget=Decimal(3)), 0, "budget"),
        (situation(spent=Decimal("2.99"), budget=Decimal(3)), 0, None),
    ],
)
def test_one_reason_says_why_a_step_cannot_be_started(now: Situation, number: int, reason: str | None) -> None:
    assert why(now, number) == reason


def test_the_one_reason_is_the_first_that_holds() -> None:
    now = with_row(situation(held_by="another page", disabled=frozenset({1})), 0, status="in_progress")
    assert why(now, 1) == "locked"
    assert why(replace(now, held_by=None), 1) == "busy"


def test_a_step_is_named_by_its_key_or_its_number() -> None:
    assert [number_of(WORKFLOW, step) for step in ("decisions", 2, "2")] == [2, 2, 2]
    for step in ("nothing", 4, -1, "-1"):
        with pytest.raises(Refused, match="no step"):
            number_of(WORKFLOW, step)


def test_only_legal_changes_of_a_state_are_taken() -> None:
    every = list(LEGAL)
    for before in every:
        for after in every:
            if after == before or after in LEGAL[before]:
                check_legal(WORKFLOW.steps[0], before, after)
            else:
                with pytest.raises(Refused, match="cannot become"):
                    check_legal(WORKFLOW.steps[0], before, after)


@pytest.mark.parametrize(
    ("now", "word", "number"),
    [
        (situation(), "run", 0),
        (with_row(situation(), 0, status="in_progress"), "wait", 0),
        (with_row(situation(), 0, status="in_progress", error=FAILURE), "mend", 0),
        (situation(1, gates={0: "unanswered"}), "answer", 0),
        (situation(1, gates={0: "waiting"}), "gate", 0),
        (situation(3, undecided=2), "decide", 2),
        (situation(3, disabled=frozenset({3}), contradictory=True), "decide", 2),
        (situation(1, disabled=frozenset({1, 2, 3})), "mend", 1),
        (situation(4), "done", None),
    ],
)
def test_what_comes_next_follows_from_the_rows(now: Situation, word: str, number: int | None) -> None:
    assert upcoming(now) == (word, number)
    assert standing(now)


def test_decisions_that_a_person_has_not_seen_do_not_keep_the_last_step_from_being_started() -> None:
    assert why(situation(3, undecided=2), 3) is None


@pytest.mark.parametrize(
    ("kind", "facts", "actions"),
    [
        ("refused", {"reason": "interrupted"}, ["resume", "reset"]),
        ("refused", {"reason": "budget"}, ["resume", "reset"]),
        ("budget", {"reason": "budget_exhausted"}, ["resume", "reset"]),  # its provider's word for it
        ("max_turns", {}, ["resume", "reset"]),
        ("invalid_output", {"problems": []}, ["ask_again", "edit_output", "reset"]),
        ("agent_failed", {"reason": "interrupted"}, ["start", "reset"]),
        ("refused", {}, ["start", "reset"]),  # of a provider that gives no reason
    ],
)
def test_a_step_in_error_can_be_gone_on_with_as_its_reason_allows(
    kind: str, facts: dict[str, Any], actions: list[str]
) -> None:
    error = {**FAILURE, "kind": kind, "facts": facts}
    assert actions_of(with_row(situation(), 0, status="in_progress", error=error), 0) == actions


def test_a_completed_step_can_be_gone_back_to_when_others_are_completed_behind_it() -> None:
    assert actions_of(situation(2), 0) == ["reset", "back"]
    assert actions_of(situation(2), 1) == ["reset"]


def test_a_completed_step_whose_files_are_gone_can_only_be_reset() -> None:
    assert actions_of(with_row(situation(2), 1, error=FAILURE), 1) == ["reset"]


SITUATIONS = st.builds(
    lambda done, status, error, spoiled, gates, disabled, undecided: with_row(
        with_row(
            situation(done, gates=gates, disabled=disabled, undecided=undecided),
            min(done, 3),
            **({"status": status, "error": error} if done < 4 else {}),
        ),
        spoiled if spoiled < done else 4,
        error=FAILURE,
    ),
    st.integers(0, 4),
    st.sampled_from(["pending", "in_progress"]),
    st.sampled_from([None, FAILURE]),
    st.integers(0, 4),
    st.dictionaries(st.integers(0, 1), st.sampled_from(["none", "unanswered", "due", "waiting", "passed"])),
    st.frozensets(st.integers(1, 3)),
    st.integers(0, 2),
)


@given(SITUATIONS)
def test_what_comes_next_may_be_done_and_nothing_else_is_started(now: Situation) -> None:
    word, number = upcoming(now)
    startable = [each for each in range(4) if may_start(now, each) is None]
    assert len(startable) <= 1
    if word == "run":
        assert startable == [number]
    if word in ("wait", "done", "answer", "gate"):
        assert startable == []
    if word == "mend":
        assert startable in ([], [number])


@given(SITUATIONS)
def test_a_run_is_completed_when_all_its_steps_are_whatever_a_page_has_sent(now: Situation) -> None:
    whole = all(row.status == "completed" and row.error is None for row in now.steps)
    assert (status_of(now) == "completed") == whole
