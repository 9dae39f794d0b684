"""What every test may use: a home of its own."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from workbench.paths import Home


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
