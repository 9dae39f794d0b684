"""The notebook on cost as a newcomer runs it: from top to bottom, on the sample, without a network."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from walked import client

from workbench.paths import Home

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "02-cost.ipynb"
CHART = "application/vnd.vegalite.v5+json"


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def text_of(cell: Any) -> str:
    return "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)


def test_it_is_committed_without_outputs_and_asks_ten_questions():
    cells = read().cells

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
    questions = [
        line for cell in cells for line in cell.source.splitlines() if line.startswith("## ") and line[3].isdigit()
    ]
    assert [int(line[3:].split(".")[0]) for line in questions] == list(range(1, 11))


@pytest.mark.slow
async def test_it_answers_all_of_them_offline(home: Home, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKBENCH_SERVER", "1")
    monkeypatch.setenv("TZ", "UTC")
    notebook = read()

    await client(notebook).async_execute()

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = "\n".join(text_of(cell) for cell in code)
    for answer in (
        "The last week cost an estimated 2.52 USD.",
        "Without a known price: ['claude-lark-preview']",
        "together: 0.282675 USD",
        "line 3: message.usage.input_tokens: expected int, got str",
        "Most goes in the hour from 9:00 on: 2.10 USD, 100% of it reviews.",
    ):
        assert answer in said
    cache = next(text_of(cell) for cell in code if cell.source.startswith("cache = "))
    assert "review-pull-request" in cache.splitlines()[1]
    assert "-0.741" in next(line for line in cache.splitlines() if "release-notes" in line)
    charts = [output["data"][CHART] for cell in code for output in cell.outputs if CHART in output.get("data", {})]
    assert len(charts) == 3
    assert all('"url"' not in json.dumps(chart) for chart in charts)
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
