"""Servers on 127.0.0.1 that play the world, each fresh for its test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github import FakeGitHub
from servers import OddSite, running


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
