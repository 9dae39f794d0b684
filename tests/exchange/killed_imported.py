"""Kills a change of the agents' own skills at its steps, or lets them fail, and looks at what was left; see `killing`.

    python killed_imported.py FOLDER OPERATION (kill | fail) [SECOND]

With SECOND, the process that looks next is killed as well, at its SECOND-th step.
"""

from __future__ import annotations

import errno
import functools
import json
import os
import sys
import zipfile
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "skills")]

from killing import Steps, is_write, lives, report
from shelf import digest

from workbench.app import Workbench
from workbench.commands import imported
from workbench.errors import WorkbenchError

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
    run = base / "run"
    second = [int(word) for word in sys.argv[4:]]
    failing = functools.partial(Steps, happens=no_space, is_step=may_fail)
    return report(
        lives(
            base,
            lambda: prepare(base, run),
            lambda steps: operate(base, operation, steps),
            lambda: {**look(run), "before": json.loads((base / "before.json").read_text())},
            then=(lambda: look_and_die(run, Steps(*second))) if second else None,
            steps=failing if how == "fail" else Steps,
            stride=3 if how == "fail" else 0,
            first=1 + [*OPERATIONS].index(operation) % 3,
        )
    )


def no_space() -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def may_fail(event: str, args: tuple[Any, ...]) -> bool:
    """Removing a tree is no call of the system, and those that it makes are steps of their own."""
    return event != "shutil.rmtree" and is_write(event, args)


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
    (base / "before.json").write_text(json.dumps(look(home)))


def package(base: Path, name: str, says: str) -> None:
    with zipfile.ZipFile(base / f"{name}.skill", "w") as archive:
        archive.writestr(f"{name}/SKILL.md", f"---\nname: {name}\ndescription: {says}\n---\n\nDo.\n")
        archive.writestr(f"{name}/references/a.md", f"{says}\n")


def operate(base: Path, operation: str, steps: Steps) -> dict[str, Any]:
    command, params = OPERATIONS[operation]
    if "path" in params:
        params = {**params, "path": str(base / params["path"])}
    if operation == "reseed":
        (base / "run" / "workspaces" / "skills" / ".claude" / "skills" / "skill-authoring" / "SKILL.md").unlink()
    failed = False
    with Workbench.open(base / "run") as bench, steps:
        try:
            bench.call(command, params)
        except WorkbenchError:
            failed = True
    return {"failed": failed}


def look_and_die(home: Path, steps: Steps) -> None:
    with Workbench.open(home) as bench, steps:
        bench.call("imported.list")


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
