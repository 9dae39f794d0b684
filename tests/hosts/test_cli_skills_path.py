"""`workbench settings set skills_path=...` asks what becomes of the skills, and does as it is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from shell import workbench

from workbench.paths import Home


@pytest.mark.parametrize(("word", "stays"), [("--move-skills", False), ("--leave-skills", True)])
def test_another_skills_folder_is_chosen_with_a_word_about_the_skills(
    home: Home, tmp_path: Path, word: str, stays: bool
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    assert workbench(home.root, "settings", "set", f"skills_path={old}").returncode == 0
    assert workbench(home.root, "skills", "create", "one", "Counts words.").returncode == 0
    asked = workbench(home.root, "settings", "set", f"skills_path={new}")
    assert asked.returncode == 1
    assert "1 skill would be left behind" in asked.stderr
    assert word in asked.stderr
    assert workbench(home.root, "settings", "set", f"skills_path={new}", word).returncode == 0
    assert (old / "one").is_dir() == stays
    assert (new / "one").is_dir() != stays
