"""The notebook on skills as a newcomer runs it: from top to bottom, in a folder of its own, without a network."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from workbench.paths import Home

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "03-skills.ipynb"


def read() -> Any:
    return nbformat.read(NOTEBOOK, as_version=4)


def text_of(cell: Any) -> str:
    return "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)


def test_it_is_committed_without_outputs_and_goes_from_creating_to_history() -> None:
    cells = read().cells

    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in cells)
    headings = [line[3:] for cell in cells for line in cell.source.splitlines() if line.startswith("## ")]
    assert headings == ["Create", "Lint", "Fix", "Compare", "History", "From here"]


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
        "+allowed-tools: Bash(wc:*)",
        "name-case",
        "Loads in Claude Code, Codex, Gemini CLI; not in Copilot, Claude API.",
        "-name: Draw Charts\n+name: draw-charts",
        "True - Loads everywhere.",
        "setup.sh:1: high: What is fetched is run unread.",
        "clean - trusted\nreview - changed - new: ['destructive']",
        "-Run `wc -w FILE` and tell the number.\n+Guess.",
        "It would change ['SKILL.md'] and drop []",
        "word-count: restored to ",
        "After deleting: ['draw-charts']",
    ):
        assert answer in said
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert sorted(home.root.rglob("*")) == before
