"""The other tools that are measured beside ours, installed by `make bench` below `.venv/peers`, and how they are asked.

Nothing here is needed to use or to test Workbench: where a peer could not be installed, its column is empty.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "peers"
CCUSAGE = "ccusage 20"
MONITOR = "claude-monitor 4"
OVER_LIMIT = 20
"""The exit code by which claude-monitor says, beside its report, that a limit which it assumes is exceeded."""


def ccusage(corpus: Path, home: Path) -> tuple[list[str], dict[str, str]] | None:
    """The native program's daily report, called without the script that wraps it; None when it is not installed."""
    for program in sorted(FOLDER.glob("node_modules/@ccusage/*/bin/ccusage")):
        program.chmod(0o755)
        argv = [str(program), "daily", "--json", "--offline", "--timezone", "UTC"]
        return argv, _environment(home) | {"CLAUDE_CONFIG_DIR": str(corpus), "CODEX_HOME": str(home / "none")}
    return None


def monitor(corpus: Path, home: Path) -> tuple[list[str], dict[str, str]] | None:
    """The daily report of claude-monitor; None when it is not installed."""
    program = FOLDER / "monitor" / "bin" / "claude-monitor"
    if not program.exists():
        return None
    argv = [str(program), "--view", "daily", "--output", "json", "--once", "--timezone", "UTC"]
    return [*argv, "--data-paths", str(corpus / "projects")], _environment(home)


def ours(corpus: Path, home: Path) -> tuple[list[str], dict[str, str]]:
    """The same report of ours; what it stores lies in `home`."""
    program = Path(sys.prefix) / "bin" / "workbench"
    argv = [str(program), "usage", "daily", "--json", "--timezone", "UTC", "--claude-dir", str(corpus)]
    return argv, _environment(home) | {"WORKBENCH_HOME": str(home / "workbench")}


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LANG": "C.UTF-8"}
