"""`workbench lab`: JupyterLab in this process's place, with what a first-time user would have had to know."""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from typing import NoReturn

from workbench.errors import WorkbenchError


def run(args: argparse.Namespace) -> NoReturn:
    """Becomes JupyterLab. Words that it knows are its own; a notebook among them is opened."""
    if importlib.util.find_spec("jupyterlab") is None:
        raise WorkbenchError("JupyterLab is not installed beside Workbench.", remedy="Run: pip install jupyterlab")
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "jupyterlab", *defaults(args.words, os.geteuid())])  # noqa: S606 - our own interpreter, a list of words


def defaults(words: list[str], user: int) -> list[str]:
    """The words with what they leave out. In a container everybody is root, and JupyterLab would refuse to start."""
    if user == 0 and not any(word.startswith("--allow-root") for word in words):
        return ["--allow-root", *words]
    return list(words)
