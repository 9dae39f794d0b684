"""What the tests leave behind is seen, also where the folder that it works in is gone with its locks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import leftovers
import pytest

from workbench.paths import Home


def test_a_session_that_starts_while_it_is_told_to_end_is_told_again(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home.sessions / "s-1").mkdir(parents=True)
    told: list[Path] = []
    monkeypatch.setattr(leftovers, "AGAIN_S", 0)
    monkeypatch.setattr(leftovers, "alive", lambda folder: len(told) < 2)
    monkeypatch.setattr(leftovers, "_tell", lambda folder, number: told.append(folder))
    leftovers.end_sessions(home)
    assert told == [home.sessions / "s-1"] * 2


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="only Linux can be asked")
def test_a_process_whose_folder_is_gone_is_seen_and_can_be_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leftovers, "PATIENCE_S", 0)
    folder = tmp_path / "sessions" / "s-1"
    folder.mkdir(parents=True)
    idle = [sys.executable, "-S", "-c", "print(flush=True); input()"]
    with subprocess.Popen(idle, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        shutil.rmtree(folder.parent)
        assert [f"process {process.pid} in {folder} (deleted)" in each for each in leftovers.left_behind(tmp_path)] == [
            True
        ]
        monkeypatch.setattr(leftovers, "PATIENCE_S", 60)
        leftovers.end_processes(tmp_path)
    assert leftovers.left_behind(tmp_path) == []
