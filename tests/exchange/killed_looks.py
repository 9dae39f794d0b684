"""Kills a look into a source at its n-th step, for one n after the other, and lets the next process look again.

    python killed_looks.py FOLDER SOURCE GITHUB FIRST EVERY

Steps and forks are those of the skills' `killed.py`. A JSON line for each kill: what was left in the home after the next
look, whether that look found everything, and whether a process is left that works in the home.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "skills"))

from killed import alive, count_down, counter, fork

from workbench.app import Workbench
from workbench.commands import skills  # noqa: F401 - loaded once, before the forks
from workbench.settings import Settings
from workbench.skills.intake import imports  # noqa: F401 - as above


def main() -> int:
    base, source, github = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    first, every = map(int, sys.argv[4:])
    report = base / "report.json"
    for number in itertools.count(first, every):
        shutil.rmtree(base / "home", ignore_errors=True)
        alive(lambda: settle(base / "home", github))
        killed = fork(lambda at=number: look_until(base / "home", source, at))
        alive(lambda: report.write_text(json.dumps(look(base / "home", source))))
        print(json.dumps({"step": number, "killed": killed, **json.loads(report.read_text())}), flush=True)
        if not killed:
            break
    return 0


def settle(home: Path, github: str) -> None:
    with Workbench.open(home) as bench:
        bench.save_settings(Settings(skills_path=str(home.parent / "skills"), github_url=github))


def look_until(home: Path, source: str, at: int) -> None:
    with Workbench.open(home) as bench:
        count_down(at)
        bench.call("skills.plan_import", source=source)
        counter[0] = 0


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
    """Processes that name the home, a moment after their owner was killed."""
    ours = str(home).encode()
    for _ in range(50):
        names = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                command = (folder / "cmdline").read_bytes()
            except OSError:
                continue
            if ours in command and int(folder.name) != os.getpid():
                names.append(command.replace(b"\0", b" ").decode("utf-8", "replace"))
        if not names:
            return []
        time.sleep(0.1)
    return names


if __name__ == "__main__":
    sys.exit(main())
