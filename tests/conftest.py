"""What every test may use: a home of its own."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import apsw
import pytest
from hypothesis import HealthCheck, settings
from leftovers import PATIENCE_S, end_sessions, left_behind

from workbench.agents import process
from workbench.paths import Home

if TYPE_CHECKING:
    from workbench.app import Workbench

# The same examples in every run, however slow the machine is; with WORKBENCH_NEW_EXAMPLES=1 in the environment, new ones.
# Examples share the folder of their test.
settings.register_profile(
    "workbench",
    deadline=None,
    derandomize=os.environ.get("WORKBENCH_NEW_EXAMPLES") != "1",
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("workbench")


def pytest_report_header() -> str:
    return f"SQLite {apsw.sqlite_lib_version()}"


@pytest.fixture(scope="session", autouse=True)
def nothing_left_behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Fails the run when a process of its tests outlives it."""
    yield
    left = left_behind(tmp_path_factory.getbasetemp())
    assert not left, "The tests have left processes behind (the folder names the test):\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The hosts in this process wait for an agent, and for another host that writes, as long as a test waits for anything: ten
    seconds are over before one is ready that has much to load, on a machine that stands still for some of them.
    """
    monkeypatch.setattr(process, "Timers", partial(process.Timers, ready_s=PATIENCE_S))
    monkeypatch.setattr("workbench.agents.channel._ANSWER_S", PATIENCE_S)
    monkeypatch.setattr("workbench.agents.channel._HEARD_S", PATIENCE_S)
    monkeypatch.setattr("workbench.agents.conversation.ANSWER_S", PATIENCE_S)
    monkeypatch.setattr("workbench.storage.files.BUSY_MS", 1000 * PATIENCE_S)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    """An empty folder on another disk than the test's own."""
    here = tmp_path.stat().st_dev
    disks = (Path(each) for each in ("/dev/shm", "/tmp", "/var/tmp", Path(__file__).parent))
    other = next((each for each in disks if os.access(each, os.W_OK) and each.stat().st_dev != here), None)
    if other is None:
        pytest.skip("there is one disk only")
    with tempfile.TemporaryDirectory(dir=other) as made:
        yield Path(made)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """An empty home that the environment names; its agents are ended with the test."""
    root = tmp_path / "home"
    monkeypatch.setenv("WORKBENCH_HOME", str(root))
    made = Home(root)
    made.make()
    yield made
    end_sessions(made)


@pytest.fixture
def bench(home: Home) -> Iterator[Workbench]:
    """An open Workbench on that home."""
    from workbench.app import Workbench

    with Workbench.open(home) as opened:
        yield opened
