"""The recordings that ship are what the engine and the real Claude Code make today, byte for byte."""

from __future__ import annotations

from pathlib import Path

import pytest
from recordings.make import differences, make

from workbench.workflows.recording.recordings import SHIPPED, examples

pytestmark = [pytest.mark.vendor, pytest.mark.slow]


@pytest.mark.parametrize("name", [shown.name for shown in examples()])
def test_recordings_made_anew_are_the_ones_that_ship(name: str, tmp_path: Path) -> None:
    make(name, tmp_path)
    assert differences(tmp_path, SHIPPED / name) == [], "run make recordings"
