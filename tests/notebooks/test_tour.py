"""The tour as a newcomer runs it: from top to bottom, without key or network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from walked import client

from workbench.paths import Home
from workbench.protocol.screen import VIEW_MIME

TOUR = Path(__file__).parents[2] / "notebooks" / "01-tour.ipynb"


def outputs(cells: list[Any]) -> list[Any]:
    return [output for cell in cells for output in cell.get("outputs", [])]


def test_the_tour_is_committed_without_outputs():
    notebook = nbformat.read(TOUR, as_version=4)

    assert outputs(notebook.cells) == []
    assert all(cell.get("execution_count") is None for cell in notebook.cells)


@pytest.mark.slow
async def test_the_tour_runs_offline_and_leaves_the_text_of_each_run_its_cost_and_a_chart(
    home: Home, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("WORKBENCH_SERVER", "1")
    notebook = nbformat.read(TOUR, as_version=4)

    await client(notebook).async_execute()

    shown = [output["data"] for output in outputs(notebook.cells) if VIEW_MIME in output.get("data", {})]
    assert len(shown) == 3
    for data in shown:
        assert data["text/markdown"].startswith("> ")
        assert "at work" not in data["text/markdown"]
        assert "application/vnd.jupyter.widget-view+json" not in data
    table, chart = outputs(notebook.cells)[-2:]
    assert "0.045352" in table["data"]["text/plain"]
    assert any("vegalite" in kind for kind in chart["data"])
