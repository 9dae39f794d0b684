"""A notebook as a newcomer runs it: from top to bottom, in a folder of its own."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import nbformat
import pytest
from leftovers import end_processes, left_behind
from nbclient import NotebookClient
from ports import for_a_kernel

from workbench.paths import Home

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

PATIENCE_S = 240
"""Seconds for a cell, and for what it says to come. Of itself a client gives the outputs of a cell four, from the reply on: they
come from another thread of the kernel, and what is late is missing. The first chart loads a library for tens of seconds.
"""


def read(name: str) -> Any:
    return nbformat.read(NOTEBOOKS / name, as_version=4)


def headings_of_a_clean(notebook: Any) -> list[str]:
    """Its headings, once it holds no output."""
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in notebook.cells)
    return [line[3:] for cell in notebook.cells for line in cell.source.splitlines() if line.startswith("## ")]


def client(notebook: Any) -> NotebookClient:
    """What runs a notebook in a kernel of its own."""
    patience = {"timeout": PATIENCE_S, "iopub_timeout": PATIENCE_S, "startup_timeout": PATIENCE_S}
    return NotebookClient(notebook, **patience, kernel_name="python3", config=for_a_kernel())


async def walked(name: str, home: Home, monkeypatch: pytest.MonkeyPatch) -> str:
    """What its cells say, when nothing went wrong, the home was left alone, and nothing of its own is left: neither in the
    folder for temporary files nor at work there.
    """
    places = home.root.with_name("places")
    places.mkdir()
    monkeypatch.setenv("TMPDIR", str(places))
    monkeypatch.setenv("WORKBENCH_SERVER", "1")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(home.root / "gitconfig"))
    before = sorted(home.root.rglob("*"))
    notebook = read(name)
    try:
        await client(notebook).async_execute()
        left = await asyncio.to_thread(left_behind, places)
        assert not left, "The notebook has left processes behind:\n" + "\n".join(left)
        assert list(places.iterdir()) == []
    finally:
        await asyncio.to_thread(end_processes, places)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(output.get("name") == "stderr" for cell in code for output in cell.outputs)
    assert sorted(home.root.rglob("*")) == before
    return "\n".join(_text_of(cell) for cell in code)


def _text_of(cell: Any) -> str:
    return "".join(output.get("text") or output["data"]["text/plain"] for output in cell.outputs)
