"""Kills an install, or the end of one, at its steps, and lets the next process look at what was left; see `killing`.

    python killed_handout.py FOLDER OPERATION [SECOND]

With SECOND, the process that looks next is killed as well, at its SECOND-th step.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

sys.path.append(str(Path(__file__).parents[1]))

from clients_home import Person, person, tree
from killing import Steps, lives, report

from workbench.app import Workbench
from workbench.skills.handout import installs_table

EVERY = ["claude", "codex", "agents"]
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "copy": ("skills.install", {"names": ["charts", "tables"], "clients": EVERY}),
    "link": ("skills.install", {"names": ["charts"], "clients": EVERY, "method": "link"}),
    "project": ("skills.install", {"names": ["charts"], "clients": ["codex", "cursor"], "scope": "project"}),
    "replace": ("skills.install", {"names": ["theirs"], "clients": ["claude"], "replace": True}),
    "update": ("skills.install", {"names": ["older"], "clients": ["claude"]}),
    "to_link": ("skills.install", {"names": ["older"], "clients": ["claude", "codex"], "method": "link"}),
    "replace_changed": ("skills.install", {"names": ["changed"], "clients": ["claude"], "replace": True}),
    "uninstall": ("skills.uninstall", {"names": ["older", "linked"]}),
    "uninstall_changed": ("skills.uninstall", {"names": ["changed"], "force": True}),
    "renamed": ("skills.install", {"names": ["newer"], "clients": ["claude"]}),
    "catalogue": ("skills.export", {"names": ["charts", "tables"], "format": "codex"}),
    "again": ("skills.export", {"names": ["charts", "older"], "format": "claude", "replace": True}),
    "fewer": ("skills.export", {"names": ["charts"], "format": "claude", "replace": True}),
}
KEPT = ("theirs\n", "mine\n")
"""What somebody else has written: it is never lost."""


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    run = base / "run"
    second = [int(word) for word in sys.argv[3:]]
    os.environ.update(HOME=str(run / "user"), WORKBENCH_HOME=str(run / "home"))
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME"):
        os.environ.pop(name, None)
    return report(
        lives(
            base,
            lambda: prepare(run),
            lambda steps: operate(run, operation, steps),
            lambda: look(run, operation),
            then=(lambda: look_and_die(run, Steps(*second))) if second else None,
        )
    )


def prepare(folder: Path) -> None:
    """Skills that are installed nowhere, that are and were changed here or there, and one of somebody else's."""
    with Workbench.open(folder / "home") as bench:
        somebody = person(bench, folder)
        for name in ("charts", "tables", "theirs", "older", "changed", "linked", "old-name"):
            somebody.create(name)
        there = folder / "user" / ".claude" / "skills"
        (there / "theirs").mkdir(parents=True)
        (there / "theirs" / "SKILL.md").write_text("theirs\n")
        (folder / "user" / ".codex").mkdir()
        somebody.installed("older", "changed", "old-name")
        somebody.installed("linked", clients=("claude", "gemini"), method="link")
        somebody.call("skills.edit", name="older", body="Newer.\n")
        somebody.call("skills.rename", name="old-name", new_name="newer")
        (there / "changed" / "SKILL.md").write_text("mine\n")
        target = folder / "catalogue"
        target.mkdir()
        (target / "mine.txt").write_text("mine\n")
        (target / "plugins").mkdir()
        market = str(folder / "market")
        somebody.call("skills.export", names=["charts", "tables"], format="claude", target=market)


def asked(folder: Path, operation: str) -> tuple[str, dict[str, Any]]:
    command, params = OPERATIONS[operation]
    if params.get("scope") == "project":
        params = {**params, "project": str(folder / "project")}
    if operation == "catalogue":
        params = {**params, "target": str(folder / "fresh")}
    if operation == "again":
        params = {**params, "target": str(folder / "catalogue")}
    if operation == "fewer":
        params = {**params, "target": str(folder / "market")}
    return command, params


def operate(folder: Path, operation: str, steps: Steps) -> None:
    command, params = asked(folder, operation)
    with Workbench.open(folder / "home") as bench, steps:
        bench.call(command, params)


def look_and_die(folder: Path, steps: Steps) -> None:
    with Workbench.open(folder / "home") as bench, steps:
        bench.call("skills.installs")


def look(folder: Path, operation: str) -> dict[str, Any]:
    """What the next process makes of it, three times over; then what becomes of the whole when the work is done again,
    and when all that was installed is taken away.
    """
    states = []
    for _ in range(3):
        with Workbench.open(folder / "home") as bench:
            rows = bench.call("skills.installs")["rows"]
            kept = bench.database.read(installs_table.rows)
            states.append([clients(folder), rows, [row.state for row in kept]])
    found = {
        "stable": states[0] == states[1] == states[2],
        "clients": states[0][0],
        "rows": {f"{row['client']} {row['path']}": row["state"] for row in rows if row["ours"]},
        "ended": set(states[0][2]) <= {"there"},
        "staging": [str(path) for path in folder.rglob(".*workbench-*")],
        "lost": [text for text in KEPT if not any_file(folder, text)],
    }
    with Workbench.open(folder / "home") as bench:
        again = bench.call(*asked(folder, operation))
        found["again"] = again.get("refused", [])
        found["after"] = clients(folder)
        names = sorted({row.skill for row in bench.database.read(installs_table.rows)})
        if names:
            bench.call("skills.uninstall", names=names, force=True)
        found["none"] = sorted(clients(folder))
    return found


def clients(folder: Path) -> dict[str, str]:
    """All that lies in the folders of clients, and the catalogues."""
    told = tree(*(folder / name for name in ("user", "project", "catalogue", "fresh", "market")))
    return {str(Path(path).relative_to(folder)): what for path, what in told.items()}


def any_file(folder: Path, text: str) -> bool:
    inside = (path for name in ("user", "catalogue", "home/trash") for path in (folder / name).rglob("*"))
    return any(path.is_file() and path.read_bytes() == text.encode() for path in inside)


if __name__ == "__main__":
    assert Person  # a person is what is prepared
    sys.exit(main())
