"""A reset, and leaving the workflow, killed on the way: it has happened whole or not at all, whoever looks next.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from killing import PATIENCE_S, lived
from taken_back import KEPT, MADE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]
EVERYTHING = {*KEPT, *MADE}


def looks(folder: Path, operation: str) -> list[tuple[int, dict[str, Any]]]:
    """What each host has found, by the step at which the change was killed; the last one nobody killed."""
    reports = lived(Path(__file__).with_name("killed_reset.py"), folder, operation)
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    return [(report["step"], look) for report in reports for look in report["looks"]]


def test_killed_anywhere_a_skill_is_kept_as_imported_or_still_built_three_times_over(tmp_path: Path) -> None:
    outcomes = set()
    for at, look in looks(tmp_path, "keep"):
        kept = {path for path in EVERYTHING if not path.startswith("context/")}
        assert look["files"] == sorted(kept if look["imported"] else EVERYTHING), at
        assert (look["steps"] is None) == look["imported"], at
        outcomes.add(look["imported"])
    assert outcomes == {True, False}


def test_killed_anywhere_a_reset_has_happened_whole_or_not_at_all_three_times_over(tmp_path: Path) -> None:
    outcomes = set()
    for at, look in looks(tmp_path, "reset"):
        happened = "SKILL.md" not in look["files"]
        assert look["files"] == sorted(KEPT if happened else EVERYTHING), at
        assert look["steps"] == ([] if happened else [0, 1, 2, 3]), at
        assert look["trash"] == (3 if happened else 0), at
        outcomes.add(happened)
    assert outcomes == {True, False}
