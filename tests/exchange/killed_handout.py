"""Kills an install, or the end of one, at its n-th step, and lets the next process look at what was left.

    python killed_handout.py FOLDER OPERATION FIRST EVERY [SECOND]

As `killed.py` of the skills does it, whose steps and forks these are: a JSON line for each kill. With SECOND, the process
that looks next is killed as well, at its SECOND-th step.
"""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "skills"))

from clients_home import Person, person, tree
from killed import alive, count_down, counter, fork

from workbench.app import Workbench
from workbench.commands import skills  # noqa: F401 - loaded once, before the forks
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
}
KEPT = ("theirs\n", "mine\n")
"""What somebody else has written: it is never lost."""


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    first, every, *second = map(int, sys.argv[3:])
    run, template, report = base / "run", base / "template", base / "report.json"
    run.mkdir()
    os.environ.update(HOME=str(run / "user"), WORKBENCH_HOME=str(run / "home"))
    alive(lambda: prepare(run))
    shutil.copytree(run, template, symlinks=True)
    for number in itertools.count(first, every):
        shutil.rmtree(run)
        shutil.copytree(template, run, symlinks=True)  # rows tell whole paths, so it lies where it lay
        killed = fork(lambda at=number: operate(run, operation, at))
        if second:
            fork(lambda: look_and_die(run, second[0]))
        alive(lambda: report.write_text(json.dumps(look(run, operation))))
        print(json.dumps({"step": number, "killed": killed, **json.loads(report.read_text())}), flush=True)
        if not killed:
            break
    return 0


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


def asked(folder: Path, operation: str) -> tuple[str, dict[str, Any]]:
    command, params = OPERATIONS[operation]
    if params.get("scope") == "project":
        params = {**params, "project": str(folder / "project")}
    if operation == "catalogue":
        params = {**params, "target": str(folder / "fresh")}
    if operation == "again":
        params = {**params, "target": str(folder / "catalogue")}
    return command, params


def operate(folder: Path, operation: str, at: int) -> None:
    command, params = asked(folder, operation)
    with Workbench.open(folder / "home") as bench:
        count_down(at)
        bench.call(command, params)
        counter[0] = 0


def look_and_die(folder: Path, at: int) -> None:
    with Workbench.open(folder / "home") as bench:
        count_down(at)
        bench.call("skills.installs")
        counter[0] = 0


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
    told = tree(*(folder / name for name in ("user", "project", "catalogue", "fresh")))
    return {str(Path(path).relative_to(folder)): what for path, what in told.items()}


def any_file(folder: Path, text: str) -> bool:
    inside = (path for name in ("user", "catalogue", "home/trash") for path in (folder / name).rglob("*"))
    return any(path.is_file() and path.read_bytes() == text.encode() for path in inside)


if __name__ == "__main__":
    assert Person  # a person is what is prepared
    sys.exit(main())
