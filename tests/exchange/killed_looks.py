"""Kills a look into a source at its steps, and lets the next process look again; see `killing`.

    python killed_looks.py FOLDER SOURCE GITHUB

Tells what was left in the home after the next look, whether that look found everything, and whether a process is left
that works in the home.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from killing import Steps, lives, report

from workbench.app import Workbench
from workbench.settings import Settings


def main() -> int:
    base, source, github = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    home = base / "run" / "home"
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        del os.environ[name]
    return report(
        lives(
            base,
            lambda: settle(home, github),
            lambda steps: look_until(home, source, steps),
            lambda: look(home, source),
        )
    )


def settle(home: Path, github: str) -> None:
    with Workbench.open(home) as bench:
        bench.save_settings(Settings(skills_path=str(home.parent / "skills"), github_url=github))


def look_until(home: Path, source: str, steps: Steps) -> None:
    with Workbench.open(home) as bench, steps:
        bench.call("skills.plan_import", source=source)


def look(home: Path, source: str) -> dict[str, Any]:
    """Three looks by the next processes; what is there afterwards."""
    found = []
    for _ in range(3):
        with Workbench.open(home) as bench:
            plan = bench.call("skills.plan_import", source=source)
            found.append([row["digest"] for row in plan["rows"]])
    return {
        "found": found,
        "left": sorted(path.name for path in home.glob("incoming*")),
        "skills": (home.parent / "skills").exists(),
        "working": working(home),
    }


def working(home: Path) -> list[str]:
    """Processes that name the home, as soon as those that end with their owner have ended."""
    deadline = time.monotonic() + 60
    while (names := list(naming(str(home).encode()))) and time.monotonic() < deadline:
        time.sleep(0.1)
    return names


def naming(ours: bytes) -> Iterator[str]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if ours in command and int(folder.name) != os.getpid():
            yield command.replace(b"\0", b" ").decode("utf-8", "replace")


if __name__ == "__main__":
    sys.exit(main())
