"""A library of one's own, in a skills folder of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelf import Shelf

from workbench.app import Workbench


@pytest.fixture
def shelf(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """An open Workbench whose skills folder is empty and not yet there, and a person whom git does not know."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    return Shelf(bench, tmp_path / "skills")
