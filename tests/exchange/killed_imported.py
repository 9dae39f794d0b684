"""Kills a change of the agents' own skills at its n-th step, or lets that step fail, and looks at what was left.

    python killed_imported.py FOLDER OPERATION (kill | fail) FIRST EVERY [SECOND]

As `killed.py` of the skills does it, whose steps and forks these are: a JSON line for each step. With SECOND, the process
that looks next is killed as well, at its SECOND-th step.
"""

from __future__ import annotations

import errno
import itertools
import json
import os
import shutil
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "skills"))

from killed import STEPS, alive, count_down, counter, fork
from shelf import digest

from workbench.app import Workbench
from workbench.commands import imported
from workbench.errors import WorkbenchError
from workbench.skills.intake import imports  # noqa: F401 - loaded once, before the forks

FAILING = STEPS - {"shutil.rmtree"}
"""That is no call of the system, and those that it makes are steps of their own."""

OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "upload": ("imported.upload", {"path": "new.skill", "purpose": "research"}),
    "replace": ("imported.upload", {"path": "active.skill", "taken": "replace"}),
    "replace_resting": ("imported.upload", {"path": "resting.skill", "taken": "replace"}),
    "activate": ("imported.toggle", {"name": "resting", "active": True}),
    "rest": ("imported.toggle", {"name": "active", "active": False}),
    "delete": ("imported.delete", {"name": "active"}),
    "delete_resting": ("imported.delete", {"name": "resting"}),
    "reseed": ("imported.list", {}),
}


def main() -> int:
    base, operation, how = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    first, every, *second = map(int, sys.argv[4:])
    report, told = base / "report.json", base / "told.json"
    alive(lambda: prepare(base, base / "template"))
    alive(lambda: report.write_text(json.dumps(look(base / "template"))))
    print(report.read_text().replace("\n", ""), flush=True)
    for number in itertools.count(first, every):
        shutil.rmtree(base / "run", ignore_errors=True)
        shutil.copytree(base / "template", base / "run", symlinks=True)
        told.unlink(missing_ok=True)
        if operation == "reseed":
            (base / "run" / "workspaces" / "skills" / ".claude" / "skills" / "skill-authoring" / "SKILL.md").unlink()
        killed = fork(lambda at=number: operate(base, operation, how, at))
        if second:
            fork(lambda: look_and_die(base / "run", second[0]))
        alive(lambda: report.write_text(json.dumps(look(base / "run"))))
        ended = json.loads(told.read_text()) if told.exists() else {"met": True}
        print(json.dumps({"step": number, "killed": killed, **ended, **json.loads(report.read_text())}), flush=True)
        if not ended["met"]:
            break
    return 0


def prepare(base: Path, home: Path) -> None:
    """Two skills for research, of which one is active, newer packages of them, and a person's CLAUDE.md."""
    for name in ("active", "resting", "new"):
        package(base, name, "Older.")
    with Workbench.open(home) as bench:
        for name in ("active", "resting"):
            bench.call("imported.upload", path=str(base / f"{name}.skill"), purpose="research")
        file = home / "workspaces" / "skills" / "CLAUDE.md"
        file.write_text(f"# Mine\n{file.read_text()}Mine, too\n")
        (file.parent / ".claude" / "skills" / "active" / "mine.txt").write_text("mine\n")
    for name in ("active", "resting"):
        package(base, name, "Newer.")


def package(base: Path, name: str, says: str) -> None:
    with zipfile.ZipFile(base / f"{name}.skill", "w") as archive:
        archive.writestr(f"{name}/SKILL.md", f"---\nname: {name}\ndescription: {says}\n---\n\nDo.\n")
        archive.writestr(f"{name}/references/a.md", f"{says}\n")


def operate(base: Path, operation: str, how: str, at: int) -> None:
    command, params = OPERATIONS[operation]
    if "path" in params:
        params = {**params, "path": str(base / params["path"])}
    failed = False
    with Workbench.open(base / "run") as bench:
        if how == "kill":
            count_down(at)
        else:
            fail_at(at)
        try:
            bench.call(command, params)
        except WorkbenchError:
            failed = True
        met = counter[0] == 0
        counter[0] = 0
    (base / "told.json").write_text(json.dumps({"met": met, "failed": failed}))


def fail_at(steps: int) -> None:
    """Lets the n-th step fail, as on a disk that is full for a moment."""
    counter[0] = steps

    def hook(event: str, args: tuple[Any, ...]) -> None:
        writes = event == "open" and isinstance(args[2], int) and args[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if counter[0] and (event in FAILING or writes):
            counter[0] -= 1
            if counter[0] == 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    sys.addaudithook(hook)


def look_and_die(home: Path, at: int) -> None:
    with Workbench.open(home) as bench:
        count_down(at)
        bench.call("imported.list")
        counter[0] = 0


def look(home: Path) -> dict[str, Any]:
    """What the next process makes of it, three times over."""
    root = home / "workspaces" / "skills"
    states = []
    for _ in range(3):
        with Workbench.open(home) as bench:
            rows = bench.call("imported.list")["skills"]
            kept = imported.roles_of(bench).every()
        states.append(
            {
                "rows": {row["name"]: [row["active"], row["purpose"], row["description"]] for row in rows},
                "customised": [row["name"] for row in rows if row["customised"]],
                "lie": {str(each.folder.relative_to(root)): each.document is not None for each in kept},
                "files": digest(root),
                "claude": (root / "CLAUDE.md").read_text(),
            }
        )
    below = sorted({path.rsplit("/SKILL.md", 1)[0] for path in states[0]["files"] if path.endswith("/SKILL.md")})
    trash = sorted(path.read_text() for path in (home / "trash").glob("*/*/mine.txt"))
    return {**states[0], "stable": states[0] == states[1] == states[2], "below": below, "trash": trash}


if __name__ == "__main__":
    sys.exit(main())
