"""What is judged of a row and of what lies there: the scenarios, and that judging once is enough."""

from __future__ import annotations

import pytest

from workbench.skills import drift
from workbench.skills.drift import Evidence
from workbench.skills.runs_table import RunRow


def evidence(*, skill: bool = True, questions: bool = True, decisions: bool = True, scratch: bool = True) -> Evidence:
    return Evidence(True, skill, questions, decisions, scratch)


def run(step: int, status: str = "pending", *done: int) -> RunRow:
    return RunRow(step, status, frozenset(done))


FINISHED = evidence()
ASKED = evidence(skill=False, decisions=False)
DECIDED = evidence(skill=False)
NOTHING = evidence(skill=False, questions=False, decisions=False)
WRITTEN = evidence(questions=False, decisions=False)

SCENARIOS: list[tuple[str, str, RunRow | None, Evidence, bool, RunRow | None]] = [
    # scenario, source, the run in the database, what lies there, silent, the run afterwards
    ("1", "skill-builder", run(1, "pending", 0, 1), ASKED, True, run(2, "pending", 0, 1)),
    ("1", "skill-builder", run(3, "completed", 3), FINISHED, True, run(3, "completed", 0, 1, 2, 3)),
    ("2", "skill-builder", run(3, "pending", 0, 1, 2), ASKED, False, run(2, "pending", 0, 1)),
    ("3", "skill-builder", run(0), ASKED, False, run(1, "pending", 0)),
    ("3", "skill-builder", run(0), DECIDED, False, run(3, "pending", 0, 1, 2)),
    ("3", "skill-builder", run(1, "pending", 0), FINISHED, False, run(3, "completed", 0, 1, 2, 3)),
    ("4", "skill-builder", run(2, "pending", 0, 1), NOTHING, False, run(0)),
    ("6", "skill-builder", run(3, "completed", 0, 1, 2, 3), DECIDED, False, run(3, "pending", 0, 1, 2)),
    ("6", "skill-builder", run(3, "completed", 0, 1, 2, 3), NOTHING, False, run(0)),
    ("8", "skill-builder", run(0, "pending", 1), NOTHING, True, run(0)),
    ("10", "skill-builder", None, FINISHED, True, run(3, "completed", 0, 1, 2, 3)),
    ("10", "skill-builder", None, WRITTEN, True, run(0)),
    ("pending", "skill-builder", run(1, "in_progress", 0), ASKED, True, run(1, "pending", 0)),
    ("12", "marketplace", None, NOTHING, False, None),
    ("12", "imported", None, NOTHING, False, None),
]


@pytest.mark.parametrize("case", SCENARIOS)
def test_a_drift_is_told_and_judging_what_it_asks_for_finds_no_more(
    case: tuple[str, str, RunRow | None, Evidence, bool, RunRow | None],
) -> None:
    scenario, source, before, seen, silent, after = case
    (found,) = drift.judge("one", source, before, seen, live=False)
    assert (found.scenario, found.silent, found.run) == (scenario, silent, after)
    if after is not None:
        assert drift.judge("one", source, after, seen, live=False) == []


@pytest.mark.parametrize(
    ("source", "before", "seen"),
    [
        ("skill-builder", run(0), NOTHING), ("skill-builder", run(0), WRITTEN), ("marketplace", None, WRITTEN),
        ("skill-builder", run(3, "completed", 0, 1, 2, 3), FINISHED), ("skill-builder", run(2, "pending", 0, 1), ASKED),
        ("skill-builder", run(3, "completed", 0, 1, 2, 3), WRITTEN), ("skill-builder", run(1, "waiting_for_user", 0), ASKED),
    ],
)  # fmt: skip
def test_what_agrees_is_not_mentioned(source: str, before: RunRow | None, seen: Evidence) -> None:
    assert drift.judge("one", source, before, seen, live=False) == []


def test_every_run_and_every_evidence_is_judged_once_and_is_then_at_rest_with_its_done_steps_a_prefix() -> None:
    flags = (False, True)
    for step in range(4):
        for status in ("pending", "in_progress", "waiting_for_user", "completed", "error"):
            for bits in range(16):
                before = RunRow(step, status, frozenset(each for each in range(4) if bits >> each & 1))
                for seen in (Evidence(True, s, q, d, True) for s in flags for q in flags for d in flags):
                    found = drift.judge("one", "skill-builder", before, seen, live=False)
                    assert len(found) <= 1
                    if found:
                        assert found[0].run is not None
                        if found[0].scenario != "pending":  # which only says that nobody is at work
                            assert sorted(found[0].run.done) == list(range(len(found[0].run.done)))
                        assert drift.judge("one", "skill-builder", found[0].run, seen, live=False) == []


def test_the_step_that_leaves_nothing_is_done_if_the_row_says_so_or_the_decisions_behind_it_stand() -> None:
    for seen, before, done in (
        (ASKED, run(3, "pending", 0, 2), {0}),
        (ASKED, run(3, "pending", 0, 1, 2), {0, 1}),
        (DECIDED, run(0), {0, 1, 2}),
        (NOTHING, run(2, "pending", 0, 1), set()),
    ):
        (found,) = drift.judge("one", "skill-builder", before, seen, live=False)
        assert found.run is not None
        assert found.run.done == done


@pytest.mark.parametrize("status", ["pending", "completed", "waiting_for_user", "in_progress"])
def test_of_a_workflow_whose_files_are_not_known_nothing_is_judged_but_that_nobody_is_at_work(status: str) -> None:
    for seen in (NOTHING, WRITTEN, FINISHED, ASKED):
        before = RunRow(1, status, frozenset({0}), "my-own")
        found = [each.run for each in drift.judge("one", "skill-builder", before, seen, live=False)]
        assert found == ([RunRow(1, "pending", frozenset({0}), "my-own")] if status == "in_progress" else [])
