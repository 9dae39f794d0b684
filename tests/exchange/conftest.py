"""Servers on 127.0.0.1 that play the world, each fresh for its test, and a home to bring things into."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from bringing import Bringing, bringing
from clients_home import Person
from clients_home import person as made_person
from fake_github import FakeGitHub
from sites import OddSite, running

from workbench.app import Workbench
from workbench.paths import Home

sys.path.append(str(Path(__file__).parents[1] / "hosts"))  # a real Jupyter Server is there

PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture
def site() -> Iterator[OddSite]:
    """A web site of files, redirects and bad days."""
    with running(OddSite()) as opened:
        yield opened


@pytest.fixture
def github(tmp_path: Path) -> Iterator[FakeGitHub]:
    """A GitHub without repositories."""
    with running(FakeGitHub(tmp_path / "github")) as opened:
        yield opened


@pytest.fixture
def here(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bringing:
    """A home that nothing has come into, on a machine without proxies."""
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return bringing(home, tmp_path)


@pytest.fixture
def person(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Person:
    """Somebody with skills, whose clients have left nothing on the disk yet."""
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return made_person(bench, tmp_path)
