"""`workbench lab`: JupyterLab in this process's place, with what a first-time user would have had to know."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import quote

from workbench.errors import WorkbenchError


def run(args: argparse.Namespace) -> NoReturn:
    """Becomes JupyterLab. Words that it knows are its own; a notebook among them is opened."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise WorkbenchError("JupyterLab is not installed beside Workbench.", remedy="Run: pip install jupyterlab")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-P", "-m", "jupyterlab", *defaults(args.words, os.geteuid())])  # noqa: S606 - our own interpreter, a list of words


def defaults(words: list[str], user: int) -> list[str]:
    """The words with what they leave out. In a container everybody is root, and JupyterLab would refuse to start.

    Without a browser of its own JupyterLab would print an address that does not lead to the notebook.
    """
    added = []
    if user == 0 and not any(word.startswith("--allow-root") for word in words):
        added.append("--allow-root")
    notebook = next((Path(word).name for word in words if word.endswith(".ipynb") and not word.startswith("-")), None)
    if notebook and "--no-browser" in words:
        added.append(f"--LabApp.default_url=/lab/tree/{quote(notebook)}")
    return [*added, *words]
