"""A workbench that leaves no process behind."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from workbench.app import Workbench
from workbench.paths import Home
from workbench.secrets import SECRETS


@pytest.fixture
def bench(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workbench]:
    """An open Workbench; what it started is ended with the test."""
    for name in SECRETS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("workbench.agents.conversation.STOP_S", 60)  # an agent that a slow machine holds up is not dead
    with Workbench.open(home) as opened:
        yield opened
        opened.call("agents.shutdown")
