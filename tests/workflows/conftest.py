"""What tests of building, taking back, refining and testing a skill begin with."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from journey import Journey
from refined import Bench
from taken_back import House
from trials import Trials

from workbench.app import Workbench
from workbench.paths import Home


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that a slow machine holds up is not dead: a turn that is stopped ends by itself, as aborted."""
    monkeypatch.setattr("workbench.agents.conversation.STOP_S", 60)


@pytest.fixture
def desk(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A Workbench of its own, whose agents play recordings that are made on the spot."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    with Workbench.open(home) as bench:
        yield Bench(bench, tmp_path)
        bench.call("agents.shutdown")


@pytest.fixture
def skill(desk: Bench) -> Bench:
    """The same with a skill to refine."""
    desk.make(references__rules="# Rules\n\nTwo eyes.\n")
    return desk


@pytest.fixture
def trials(desk: Bench) -> Trials:
    """The same with a skill to test."""
    desk.make(references__rules="# Rules\n")
    return Trials(desk)


@pytest.fixture
def journey(bench: Workbench, tmp_path: Path) -> Journey:
    """A skill that is to be built by agents whose turns are made on the spot."""
    return Journey(bench, tmp_path)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Git knows no person."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def house(bench: Workbench, tmp_path: Path, nobody: None) -> House:
    """A skill that is wholly built, to be taken back."""
    made = House(bench, tmp_path / "skills")
    made.build()
    return made
