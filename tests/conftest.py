"""What every test may use: a home of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest

from workbench.paths import Home

if TYPE_CHECKING:
    from workbench.app import Workbench


def pytest_report_header() -> str:
    return f"SQLite {apsw.sqlite_lib_version()}"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """An empty home that the environment names."""
    root = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(root))
    made = Home(root)
    made.make()
    return made


@pytest.fixture
def bench(home: Home) -> Iterator[Workbench]:
    """An open Workbench on that home."""
    from workbench.app import Workbench

    with Workbench.open(home) as opened:
        yield opened
