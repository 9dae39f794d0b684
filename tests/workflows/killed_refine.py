"""Kills a change that refining makes at its steps, and lets the next host look; see `killing`.

    python killed_refine.py FOLDER OPERATION

The agent's turns are over before anybody is killed; of `settle`, nobody has looked at what the turn left, and of `anew` the
session is closed, and the next host begins another one before it looks.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "skills")]

import shelf as looking
from killing import Steps, lives, report
from refined import LONG, Bench

from workbench.app import Workbench
from workbench.skills import table as rows_of_skills

AFTER = LONG.replace("the number", "the numbers").replace("Rule 20", "Law 20")
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "settle": ("refine.diff", {}),
    "accept": ("refine.decide", {"accept": True}),
    "reject": ("refine.decide", {"accept": False}),
    "anew": ("refine.decide", {"accept": False}),
    "hunk": ("refine.decide", {"accept": True, "path": "SKILL.md"}),
    "undo": ("refine.undo", {}),
}


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    run = base / "run"
    return report(
        lives(
            base,
            lambda: asyncio.run(prepare(run, operation)),
            lambda steps: operate(run, operation, steps),
            lambda: look(run, operation),
            template=operation if operation in ("settle", "anew") else "template",
        )
    )


async def prepare(folder: Path, operation: str) -> None:
    """A skill with a turn behind it that changed three files; of `settle` it was to change one, and its host is gone."""
    looking.a_person(folder / "skills")
    with Workbench.open(folder / "home") as bench:
        desk = Bench(bench, folder)
        desk.make(LONG, references__rules="# Rules\n")
        edits: dict[str, tuple[str | None, str]] = {"SKILL.md": (LONG, AFTER)}
        if operation != "settle":
            edits |= {"references/rules.md": ("# Rules\n", "# Laws\n"), "references/new.md": (None, "New.\n")}
        recording = desk.recordings.turn(edits, asks=operation == "settle", shell=operation == "settle")
        message = "In @SKILL.md" if operation == "settle" else "Mend it."
        sent = await desk.send(message, recording, shell=operation == "settle")
        if operation == "settle":
            asked = await desk.asks(sent.session)
            (desk.folder / "references" / "rules.md").write_text("# Laws\n")
            (desk.folder / "references" / "new.md").write_text("New.\n")
        else:
            await desk.refining.settle("matching", sent.run)
        if operation == "anew":
            await desk.refining.close("matching")
    with Workbench.open(folder / "home") as bench:
        if operation == "settle":
            await bench.pool.respond_input(sent.session, asked, "submit", content={"Go on?": "Yes"})
            await bench.pool.wait(sent.session, sent.run)
        await bench.acall("agents.shutdown")


def operate(folder: Path, operation: str, steps: Steps) -> None:
    command, params = OPERATIONS[operation]
    with Workbench.open(folder / "home") as bench:
        if operation == "hunk":
            file = bench.call("refine.diff", skill="matching")["files"][0]
            params = {**params, "hunks": [file["hunks"][0]["id"]]}
        with steps:
            bench.call(command, {"skill": "matching", **params})


def look(folder: Path, operation: str) -> dict[str, Any]:
    """What the next hosts make of it, three times over."""
    root = folder / "skills"
    states: list[Any] = []
    for _ in range(3):
        with Workbench.open(folder / "home") as bench:
            if operation == "anew":
                bench.call("refine.start", skill="matching", provider="replay")
            diff = bench.call("refine.diff", skill="matching")
            log = looking.git(root, "log", "--format=%H").splitlines()
            states.append([looking.digest(root), diff, log])
            left = [str(intent) for intent in bench.database.read(rows_of_skills.intents)]
            runs = bench.call("usage.recent_runs")["runs"]
    skill = root / "matching"
    return {
        "left": left,
        "stable": states[0] == states[1] == states[2],
        "skill": (skill / "SKILL.md").read_text(),
        "rules": (skill / "references" / "rules.md").read_text(),
        "new": (skill / "references" / "new.md").exists(),
        "head": looking.git(root, "show", "HEAD:matching/SKILL.md"),
        "changed": [file["path"] for file in diff["files"]],
        "undoable": diff["undoable"] is not None,
        "staged": looking.git(root, "diff", "--cached", "--name-only").split(),
        "log": looking.git(root, "log", "--format=%s").splitlines(),
        "fsck": looking.git(root, "fsck", "--no-dangling"),
        "runs": len(runs),
    }


if __name__ == "__main__":
    sys.exit(main())
