"""Killed at the steps of a change of the agents' own skills, and with a step that fails: it has happened, or it has not.

The first and the last moment of each kind are tried, and every third step is one that fails; with `WORKBENCH_EVERY_KILL=1`
every step is tried; see `killing`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from killing import PATIENCE_S, lived

PROGRAM = Path(__file__).with_name("killed_imported.py")
OPERATIONS = ("upload", "replace", "replace_resting", "activate", "rest", "delete", "delete_resting", "reseed")
SEEN = ("rows", "customised", "lie", "files", "claude", "below")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lives")


def seen(report: dict[str, Any]) -> dict[str, Any]:
    return {key: report[key] for key in SEEN}


def check(reports: list[dict[str, Any]], *, told: bool) -> None:
    before, after = seen(reports[-1]["before"]), seen(reports[-1])
    assert len(reports) > 3
    for report in reports:
        where = f"at step {report['step']}"
        assert report["stable"], where
        assert seen(report) in (before, after), where
        assert all(report["lie"].values()), where
        assert sorted(report["lie"]) == report["below"], f"{where}: a skill that no row names"
        if told and report["failed"]:
            assert seen(report) == before, f"{where}: it failed, and has happened"
        elif told:
            assert seen(report) == after, f"{where}: it did not fail, and has not happened"
        person = [report["claude"].startswith("# Mine\n<!--"), report["claude"].endswith("-->\nMine, too\n")]
        assert person == [True, True], where
        mine = [path for path in report["files"] if path.endswith("/active/mine.txt")]
        assert len(mine) + len(report["trash"]) == 1, f"{where}: what a person has written is lost"


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_change_that_is_killed_has_happened_or_has_not(folder: Path, operation: str) -> None:
    reports = lived(PROGRAM, folder, operation, "kill")
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    check(reports, told=False)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_change_of_which_a_step_fails_says_so_and_has_not_happened(folder: Path, operation: str) -> None:
    check(lived(PROGRAM, folder, operation, "fail"), told=True)


@pytest.mark.parametrize(("operation", "second"), [("replace", 2), ("activate", 1), ("delete", 1), ("delete", 3)])
def test_a_repair_that_is_killed_is_repaired(folder: Path, operation: str, second: int) -> None:
    check(lived(PROGRAM, folder, operation, "kill", str(second)), told=False)
