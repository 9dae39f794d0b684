"""The real `workbench` in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from warm import warm

from workbench.secrets import SECRETS

TIMEOUT_S = 120
"""For a whole command line, which may be several agents one after the other."""
WORKBENCH = [sys.executable, "-m", "workbench"]


def environment(home: Path, **more: str) -> dict[str, str]:
    """This environment without keys, with that home."""
    kept = {name: value for name, value in os.environ.items() if name not in SECRETS and name != "NO_COLOR"}
    return {**kept, "WORKBENCH_HOME": str(home), **more}


def workbench(
    home: Path, *words: str, stdin: str = "", env: Mapping[str, str] | None = None, prefix: tuple[str, ...] = ()
) -> subprocess.CompletedProcess[str]:
    """Runs one command line to its end; behind a `prefix` in a new Python, else in a fork of one that is warm."""
    whole = environment(home, **(env or {}))
    if not prefix:
        return warm().run([*words], stdin, whole, TIMEOUT_S)
    return subprocess.run(
        [*prefix, *WORKBENCH, *words], input=stdin, capture_output=True, text=True, timeout=TIMEOUT_S, env=whole
    )


def reply(home: Path, *words: str) -> Any:
    """What a command line prints as JSON; it must succeed."""
    done = workbench(home, *words)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def sentence(done: subprocess.CompletedProcess[str]) -> str:
    """The failure of a command line as a person reads it: a sentence and its remedy, exit 1, nothing else."""
    assert done.returncode == 1, (done.returncode, done.stdout, done.stderr)
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 2, done.stderr
    assert lines[0].startswith("workbench: ")
    assert lines[1].startswith("  ")
    assert lines[1].strip()
    assert "Traceback" not in done.stderr
    return lines[0].removeprefix("workbench: ")
