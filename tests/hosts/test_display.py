"""What a saved notebook keeps of a run, and where a widget is needed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from ports import for_a_kernel
from servers import end_agents, isolated

from workbench.hosts.display import has_front_end

VIEW = "application/vnd.workbench.view+json"
WIDGET = "application/vnd.jupyter.widget-view+json"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, False),
        ({"WORKBENCH_SERVER": "1"}, True),
        ({"WORKBENCH_SERVER": "1", "JPY_SESSION_NAME": "notebooks/01-tour.ipynb"}, True),
        ({"WORKBENCH_SERVER": "1", "JPY_SESSION_NAME": "01-tour-jvsc-4a1b.ipynb"}, False),
        ({"JPY_SESSION_NAME": "01-tour.ipynb"}, False),
    ],
)
def test_a_front_end_of_ours_is_known_by_its_server(environ: dict[str, str], expected: bool) -> None:
    assert has_front_end(environ) is expected


def executed(root: Path, cells: list[str], **env: str) -> nbformat.NotebookNode:
    """A notebook with these cells, run as CI does it."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    here = {"metadata": {"path": str(root)}}
    client = NotebookClient(
        notebook, timeout=120, iopub_timeout=60, kernel_name="python3", config=for_a_kernel(), resources=here
    )
    try:
        client.execute(env=isolated(root, **env))
    finally:
        end_agents(root)
    return notebook


FLOOD = {"recording": "flood", "events": 3000, "rate": 0}
CELLS = [
    "%load_ext workbench\nimport workbench\nbench = workbench.open()",
    f"run = bench.agents.start('Go', provider='replay', options={FLOOD})\ndisplay(run)\nawait run\nNone",
]


@pytest.mark.parametrize("env", [{}, {"WORKBENCH_SERVER": "1"}], ids=["elsewhere", "our server"])
def test_a_notebook_keeps_the_text_of_a_long_run_and_no_widget(tmp_path: Path, env: dict[str, str]) -> None:
    notebook = executed(tmp_path, CELLS, **env)
    [output] = notebook.cells[1].outputs
    assert set(output.data) == {VIEW, "text/markdown", "text/plain"}
    assert "w3000" in output.data["text/markdown"]
    assert WIDGET not in nbformat.writes(notebook)
    assert len(nbformat.writes(notebook).encode()) < 30_000


@pytest.mark.parametrize(
    ("place", "kept"), [("home", {VIEW}), ("other", {WIDGET})], ids=["the server's home", "another home"]
)
def test_a_home_that_the_server_does_not_serve_is_shown_by_the_kernel(
    tmp_path: Path, place: str, kept: set[str]
) -> None:
    cell = f"import workbench\nworkbench.open({str(tmp_path / place)!r}).view('sessions')"
    [output] = executed(tmp_path, [cell], WORKBENCH_SERVER="1").cells[0].outputs
    assert set(output.data) == {*kept, "text/markdown", "text/plain"}


def test_the_magic_that_waits_keeps_the_text_too(tmp_path: Path) -> None:
    magic = "%%agent --wait --provider replay --speed 0 --permission bypass\nReview my skill"
    [output] = executed(tmp_path, [CELLS[0], magic]).cells[1].outputs
    assert "Replay" in output.data["text/markdown"]


def test_importing_the_kernel_door_opens_nothing(tmp_path: Path) -> None:
    import subprocess

    done: Any = subprocess.run(
        [sys.executable, "-c", "import workbench.hosts.kernel, threading; print(threading.active_count())"],
        env=isolated(tmp_path),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "1\n"
    assert not (tmp_path / "home").exists()
