"""Killed at moments that nobody chose, again and again on the same home: disk, git and database agree every time."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from killing import lived

LIVES = int(os.environ.get("WORKBENCH_LIVES", "25"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_process_that_changes_skills_is_killed_at_any_moment_and_nothing_disagrees(tmp_path: Path, seed: int) -> None:
    print(f"seed {seed}, {LIVES} lives")
    reports = lived(Path(__file__).with_name("killed_at_random.py"), tmp_path, str(seed), str(LIVES))
    assert len(reports) == LIVES
    for report in reports:
        where = f"seed {seed}, life {report['life']}, killed at {report['last']}"
        assert report["wrong"] == [], where
        assert report["unstable"] == [], where
        first, *others = report["seen"]
        assert [first] * len(others) == others, where
        assert report["user"] == [], where
        assert report["one"] == [], where
        assert report["index"] == "half\n", where
        assert report["fsck"] == "", where
    assert len({report["last"].split(" ")[0] for report in reports}) >= min(4, LIVES // 5)
