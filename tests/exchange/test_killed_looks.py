"""Killed while a source is unpacked or fetched: the next look finds everything, and nothing is left of the other."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fake_github import FakeGitHub, marketplace

HERE = Path(__file__).parent
EVERY = os.environ.get("WORKBENCH_EVERY_KILL") == "1"


def lives(folder: Path, source: str, github: str = "https://github.com") -> list[dict[str, Any]]:
    """A report for each step at which a look was killed, and of the first that nobody killed."""
    folder.mkdir()
    names = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, str(HERE / "killed_looks.py"), str(folder), source, github, "1", "1" if EVERY else "5"],
        cwd=HERE, env={**names, "GIT_CONFIG_GLOBAL": str(folder / "gitconfig")}, capture_output=True, text=True, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(reports: list[dict[str, Any]], skills: int) -> None:
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    assert reports[-1]["step"] > 10
    for report in reports:
        where = f"killed at step {report['step']}"
        assert [len(found) for found in report["found"]] == [skills] * 3, where
        assert len({json.dumps(found) for report in reports for found in report["found"]}) == 1, where
        assert (report["left"], report["working"], report["skills"]) == ([], [], False), where


def tree(folder: Path) -> Path:
    for path, content in marketplace("one", "two", skills=3).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(str(content))
    return folder


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_killed_while_an_archive_is_unpacked(tmp_path: Path, kind: str) -> None:
    archive = shutil.make_archive(str(tmp_path / "some"), kind, tree(tmp_path / "tree"))
    check(lives(tmp_path / "lives", archive), 6)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_killed_while_a_repository_is_fetched(tmp_path: Path, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("one", "two", skills=3))
    check(lives(tmp_path / "lives", "octo/shop", github.url), 6)
