"""The notebook on exchange as a newcomer runs it: from top to bottom, in a folder of its own, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from workbench.paths import Home

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "04-exchange.ipynb"


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def text_of(cell: Any) -> str:
    return "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)


def test_it_is_committed_without_outputs_and_goes_from_a_source_to_handing_out() -> None:
    cells = read().cells

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
    headings = [line[3:] for cell in cells for line in cell.source.splitlines() if line.startswith("## ")]
    assert headings == ["A source", "Plan", "Bring in", "Again", "Hand out", "From here"]


@pytest.mark.slow
async def test_it_runs_offline_and_touches_no_home_but_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKBENCH_SERVER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home.root / "gitconfig"))
    before = sorted(home.root.rglob("*"))
    notebook = read()

    await NotebookClient(notebook, timeout=60, kernel_name="python3").async_execute()

    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    said = "\n".join(text_of(cell) for cell in code)
    for answer in (
        "'ready': 2, 'repair': 1, 'ask': 2, 'refuse': 0",
        "skills/summaries/SKILL.md  imported    summaries",
        'description: "Draws charts. Use when: numbers are to be shown."',
        "SKILL.md:5: high: What is fetched is run unread.",
        "customised",
        "taken - ['The library has another skill of this name.']",
        "word-count/SKILL.md  imported  word-count-too",
        "its entry 'fine/../../evil.sh' leads upwards.",
        "Left in the project: []",
        "True",
        ".claude-plugin/marketplace.json",
        "Drift: []",
    ):
        assert answer in said
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert sorted(home.root.rglob("*")) == before
