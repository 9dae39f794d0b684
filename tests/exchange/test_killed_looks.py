"""Killed while a source is unpacked or fetched: the next look finds everything, and nothing is left of the other.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from fake_github import FakeGitHub, marketplace
from killing import PATIENCE_S, lived

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]


def lives(folder: Path, source: str, github: str = "https://github.com") -> list[dict[str, Any]]:
    """A report for each step at which a look was killed, and of the first that nobody killed."""
    return lived(Path(__file__).with_name("killed_looks.py"), folder, source, github)


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


@pytest.mark.parametrize("kind", ["zip", "gztar"])
def test_killed_while_an_archive_is_unpacked(tmp_path: Path, kind: str) -> None:
    archive = shutil.make_archive(str(tmp_path / "some"), kind, tree(tmp_path / "tree"))
    check(lives(tmp_path, archive), 6)


def test_killed_while_a_repository_is_fetched(tmp_path: Path, github: FakeGitHub) -> None:
    github.repo("octo/shop", marketplace("one", "two", skills=3))
    check(lives(tmp_path, "octo/shop", github.url), 6)
