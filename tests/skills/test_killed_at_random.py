"""Killed at moments that nobody chose, again and again on the same home: disk, git and database agree every time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
LIVES = int(os.environ.get("WORKBENCH_LIVES", "25"))


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_process_that_changes_skills_is_killed_at_any_moment_and_nothing_disagrees(tmp_path: Path, seed: int) -> None:
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    print(f"seed {seed}, {LIVES} lives")
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_at_random.py"), str(tmp_path), str(seed), str(LIVES)],
        cwd=HERE, env=env, capture_output=True, text=True, timeout=580,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    reports = [json.loads(line) for line in done.stdout.splitlines()]
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
