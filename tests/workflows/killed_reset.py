"""Kills a reset, or leaving the workflow, at its steps, and lets three other hosts look at what was left; see `killing`.

python killed_reset.py FOLDER (reset | keep)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from killing import Steps, lives, report
from taken_back import House

from workbench.app import Workbench


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    run = base / "run"
    return report(lives(base, lambda: prepare(run), lambda steps: operate(run, operation, steps), lambda: look(run)))


def prepare(folder: Path) -> None:
    with Workbench.open(folder / "home") as bench:
        House(bench, folder / "skills").build()


def operate(folder: Path, operation: str, steps: Steps) -> None:
    with Workbench.open(folder / "home") as bench:
        house = House(bench, folder / "skills")
        with steps:
            if operation == "keep":
                house.resets.keep_imported("demo")
            else:
                house.reset(0)


def look(folder: Path) -> dict[str, Any]:
    """The same skill three times over, each time by a new host that settles what it finds."""
    looks = []
    for _ in range(3):
        with Workbench.open(folder / "home") as bench:
            house = House(bench, folder / "skills")
            house.library.settle()
            run = house.run()
            looks.append(
                {
                    "files": sorted(house.files()),
                    "imported": house.library.row("demo").source == "imported",
                    "steps": sorted(run.steps) if run is not None else None,
                    "trash": len([path for path in (folder / "skills" / ".trash").rglob("*.md") if path.is_file()]),
                }
            )
            house.agrees()
    return {"looks": looks}


if __name__ == "__main__":
    sys.exit(main())
