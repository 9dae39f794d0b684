"""Killed at the steps of a change of the agents' own skills, and with a step that fails: it has happened, or it has not.

Every third step is tried, from another first one for each operation; with `WORKBENCH_EVERY_KILL=1` every step is.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
OPERATIONS = ("upload", "replace", "replace_resting", "activate", "rest", "delete", "delete_resting", "reseed")
STRIDE = 1 if os.environ.get("WORKBENCH_EVERY_KILL") == "1" else 3
SEEN = ("rows", "customised", "lie", "files", "claude", "below")


def lived(folder: Path, operation: str, how: str, *more: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """How it was, and a report for each step; the last one met none."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    first = 1 + OPERATIONS.index(operation) % STRIDE
    words = (operation, how, str(first), str(STRIDE), *more)
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_imported.py"), str(folder), *words],
        cwd=HERE, env=env, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    before, *reports = (json.loads(line) for line in done.stdout.splitlines())
    return before, reports


def seen(report: dict[str, Any]) -> dict[str, Any]:
    return {key: report[key] for key in SEEN}


def check(before: dict[str, Any], reports: list[dict[str, Any]], *, told: bool) -> None:
    after = seen(reports[-1])
    assert len(reports) > 3
    for report in reports:
        where = f"at step {report['step']}"
        assert report["stable"], where
        assert seen(report) in (seen(before), after), where
        assert all(report["lie"].values()), where
        assert sorted(report["lie"]) == report["below"], f"{where}: a skill that no row names"
        if told and report["failed"]:
            assert seen(report) == seen(before), f"{where}: it failed, and has happened"
        elif told:
            assert seen(report) == after, f"{where}: it did not fail, and has not happened"
        person = [report["claude"].startswith("# Mine\n<!--"), report["claude"].endswith("-->\nMine, too\n")]
        assert person == [True, True], where
        mine = [path for path in report["files"] if path.endswith("/active/mine.txt")]
        assert len(mine) + len(report["trash"]) == 1, f"{where}: what a person has written is lost"


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_change_that_is_killed_has_happened_or_has_not(tmp_path: Path, operation: str) -> None:
    before, reports = lived(tmp_path, operation, "kill")
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    check(before, reports, told=False)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_change_of_which_a_step_fails_says_so_and_has_not_happened(tmp_path: Path, operation: str) -> None:
    check(*lived(tmp_path, operation, "fail"), told=True)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("operation", "second"), [("replace", 2), ("activate", 1), ("delete", 1), ("delete", 3)])
def test_a_repair_that_is_killed_is_repaired(tmp_path: Path, operation: str, second: int) -> None:
    check(*lived(tmp_path, operation, "kill", str(second)), told=False)
