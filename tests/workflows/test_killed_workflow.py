"""Killed at the steps of every change of a workflow: disk, git and database agree when the next host looks, three times over;
answers that were typed before are there, and nothing is paid twice.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from killing import PATIENCE_S, lived

PROGRAM = Path(__file__).with_name("killed_workflow.py")
pytestmark = pytest.mark.timeout(PATIENCE_S + 20)

BUILT = ["completed"] + ["pending"] * 3
REFINED = ["completed"] * 2 + ["pending"] * 2
FRESH = ["pending"] * 4
# What the steps are before a change and after it, and how many turns were paid: nothing else may be found.
STEPS: dict[str, tuple[list[list[list[str]]], int]] = {
    "create": ([[], [FRESH]], 0),
    "research": ([[BUILT]], 1),
    "detail": ([[REFINED]], 3),
    "generate": ([[["completed"]]], 1),
    "answer": ([[BUILT]], 1),
    "fill": ([[BUILT]], 1),
    "skip": ([[BUILT], [REFINED]], 2),
    "reset": ([[FRESH], [REFINED]], 3),
    "back": ([[BUILT], [REFINED]], 3),
    "rename": ([[REFINED]], 3),
    "delete": ([[], [REFINED]], 3),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lives")


@pytest.mark.slow
@pytest.mark.parametrize("operation", STEPS)
def test_whoever_looks_after_a_kill_finds_disk_git_and_database_agreed(operation: str, folder: Path) -> None:
    reports = lived(PROGRAM, folder, operation)
    assert [report["wrong"] for report in reports] == [[]] * len(reports)
    assert all(report["stable"] for report in reports)
    assert {report["fsck"] for report in reports} == {""}
    allowed, paid = STEPS[operation]
    assert [report["steps"] for report in reports if report["steps"] not in allowed] == []
    assert {report["runs"] for report in reports} == {paid}
    assert not reports[-1]["killed"]
    assert reports[-1]["steps"] == allowed[-1 if operation in ("create", "skip") else 0]
    for report in reports:
        assert all(found.get("Q1") in ("A", None) for found in report["answers"])
        assert len(report["log"]) == len(set(report["log"])), "no commit is made twice"


def test_an_answer_that_was_typed_before_the_kill_is_there(folder: Path) -> None:
    reports = lived(PROGRAM, folder, "answer")
    assert {report["answers"][0]["Q1"] for report in reports} == {"A"}
    kept = [report["answers"][0]["Q2"] for report in reports]
    assert kept == sorted(kept, key=lambda each: each is not None), "once it is saved it stays saved"
    assert kept[-1] == "B"
