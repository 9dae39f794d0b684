"""Kills a move of the skills folder at its steps; see `killing`.

    python killed_move.py FOLDER

Tells what the settings, the disk and git say when the next process has looked, three times.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

import shelf as looking
from killing import Steps, lives, report

from workbench.app import Workbench
from workbench.settings import Settings


def main() -> int:
    base = Path(sys.argv[1])
    run = base / "run"
    return report(
        lives(
            base,
            lambda: prepare(run),
            lambda steps: operate(run, steps),
            lambda: look(run, looking.digest(base / "template" / "old")),
        )
    )


def prepare(folder: Path) -> None:
    """Skills with a past, one of them in the trash, and a place to move to in which something lies."""
    (folder / "new").mkdir(parents=True)
    (folder / "new" / "mine.txt").write_text("mine\n")
    with Workbench.open(folder / "home") as bench:
        bench.save_settings(Settings(skills_path=str(folder / "old")))
        for name in ("one", "gone"):
            bench.call("skills.create", name=name, description="D.", body="Do it.\n")
        bench.call("skills.edit", name="one", body="Otherwise.\n")
        bench.call("skills.delete", name="gone")
    (folder / "old" / "notes.txt").write_text("in no version\n")


def operate(folder: Path, steps: Steps) -> None:
    with Workbench.open(folder / "home") as bench, steps:
        bench.call("settings.save", changes={"skills_path": str(folder / "new")}, move_skills=True)


def look(folder: Path, before: dict[str, str]) -> dict[str, Any]:
    states = []
    for _ in range(3):
        with Workbench.open(folder / "home") as bench:
            names = [row["name"] for row in bench.call("skills.list")["skills"]]
            root = bench.skills_path()
            states.append([root.name, names, looking.digest(root)])
            versions = len(bench.call("git.history", name="one")["versions"])
            deleted = bench.call("skills.list", deleted=True)["deleted"]
            if len(states) == 3:
                wrong = looking.agreement(bench, root)
    other = folder / ("old" if root.name == "new" else "new")
    now = {path: digest for path, digest in states[0][2].items() if path != "mine.txt"}
    return {
        "where": root.name,
        "stable": states[0] == states[1] == states[2],
        "names": names,
        "wrong": wrong,
        "versions": versions,
        "trash": [row["name"] for row in deleted if (root / ".trash" / row["trash"] / row["name"]).is_dir()],
        "lost": sorted(path for path, digest in before.items() if now.get(path) != digest),
        "more": sorted(now.keys() - before.keys()),
        "other": sorted(path.name for path in other.iterdir()) if other.exists() else None,
        "mine": (folder / "new" / "mine.txt").read_text(),
    }


if __name__ == "__main__":
    sys.exit(main())
