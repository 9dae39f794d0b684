"""Kills a change of a workflow at its steps, and lets the next host look at what was left; see `killing`.

    python killed_workflow.py FOLDER OPERATION

The turns are played by real sessions before anybody is killed, so that a kill meets the work of this process alone.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

sys.path += [str(Path(__file__).parents[1]), str(Path(__file__).parents[1] / "skills")]

import shelf as looking
from journey import Journey, files, question, refinements, research
from killing import Steps, lives, report

from workbench.agents.said import said
from workbench.app import Workbench
from workbench.workflows import table
from workbench.workflows.engine import Started

LOOKS = 3
OPERATIONS: dict[str, tuple[str, dict[str, Any]]] = {
    "create": ("workflow.create", {"skill": "new", "description": "New."}),
    "research": ("workflow.state", {}),
    "detail": ("workflow.state", {}),
    "generate": ("workflow.state", {}),
    "answer": ("workflow.answer", {"question_id": "Q2", "base_rev": 0, "edit_id": "now", "choice": "B"}),
    "fill": ("workflow.autofill_clarifications", {}),
    "skip": ("workflow.log_gate_decision", {"decision": "skip"}),
    "reset": ("workflow.reset", {"step": 0}),
    "back": ("workflow.reset", {"step": 0, "keep": True}),
    "rename": ("skills.rename", {"name": "demo", "new_name": "moved"}),
    "delete": ("skills.delete", {"name": "demo"}),
}

ALIKE = {"answer": "asked", "fill": "asked"} | dict.fromkeys(("reset", "back", "rename", "delete"), "refined")
"""Changes before which it is the same."""


def main() -> int:
    base, operation = Path(sys.argv[1]), sys.argv[2]
    run = base / "run"
    return report(
        lives(
            base,
            lambda: asyncio.run(begin(run, operation)),
            lambda steps: operate(run, operation, steps),
            lambda: look(run),
            template=ALIKE.get(operation, operation),
        )
    )


async def begin(folder: Path, operation: str) -> None:
    looking.a_person(folder / "skills")
    looking.git(folder / "skills", "commit", "-qm", "mine", "--allow-empty")
    await prepare(folder, operation)


async def prepare(folder: Path, operation: str) -> None:
    """A skill at the point at which the change is made; a turn of it may be over, and nobody has taken note: its host left
    while the agent waited for an answer, which somebody else gave who knows nothing of workflows.
    """
    with Workbench.open(folder / "home") as bench:
        journey = Journey(bench, folder)
        left = await reach(journey, operation) if operation != "create" else None
    with Workbench.open(folder / "home") as bench:
        if left is not None:
            asked = said(bench.home, left.session or "", left.run or "").asked[0].content["userInputId"]
            await bench.pool.respond_input(left.session or "", asked, "submit", content={"Go on?": "Yes"})
            await bench.pool.wait(left.session or "", left.run or "")
        await bench.acall("agents.shutdown")


async def reach(journey: Journey, operation: str) -> Started | None:
    if operation == "generate":
        journey.make("quick-skill")
        return await begun(journey, edits=files())
    journey.make()
    if operation == "research":
        return await begun(journey, structured=research())
    await journey.step(research(question("Tolerance"), question("Currency"), question("Approval", must=False)))
    journey.answer("Q1", choice="A")
    if operation in ("answer", "fill"):
        return None
    journey.call("workflow.autofill_clarifications")
    await journey.gate("answer" if operation == "skip" else "continue")
    if operation == "detail":
        return await begun(journey, structured=refinements("Q1"))
    if operation != "skip":
        await journey.step(refinements("Q1"))
    return None


async def begun(journey: Journey, **turn: Any) -> Started:
    """A turn that waits for a person."""
    started = await journey.bench.engine.start("demo", driving=journey.driving(asks=True, **turn))
    await journey.waits("question")
    return started


def operate(folder: Path, operation: str, steps: Steps) -> None:
    command, params = OPERATIONS[operation]
    named = {} if command.startswith("skills.") or operation == "create" else {"skill": "demo"}
    with Workbench.open(folder / "home") as bench, steps:
        bench.call(command, {**named, **params})


def look(folder: Path) -> dict[str, Any]:
    """What the next hosts make of it, three times over."""
    root = folder / "skills"
    states: list[Any] = []
    for _ in range(LOOKS):
        with Workbench.open(folder / "home") as bench:
            names = [row["name"] for row in bench.call("skills.list")["skills"]]
            told = [bench.call("workflow.state", skill=name) for name in names]
            states.append([looking.digest(root), told, looking.git(root, "log", "--format=%H").splitlines()])
            if len(states) < LOOKS:  # git itself refreshes its index when it is asked
                continue
            wrong = disagreement(bench, root, told)
            runs = bench.call("usage.recent_runs")["runs"]
    return {
        "wrong": wrong,
        "stable": states[0] == states[1] == states[2],
        "names": names,
        "steps": [[each["status"] for each in state["steps"]] for state in told],
        "answers": [answers(state) for state in told],
        "runs": len(runs),
        "log": looking.git(root, "log", "--format=%s").splitlines(),
        "fsck": looking.git(root, "fsck", "--no-dangling"),
    }


def answers(state: dict[str, Any]) -> dict[str, str | None]:
    document = state["clarifications"] or {"sections": []}
    asked = [question for section in document["sections"] for question in section["questions"]]
    return {
        each["id"]: each["answer_choice"] for each in [*asked, *(one for all_ in asked for one in all_["refinements"])]
    }


def disagreement(bench: Workbench, root: Path, told: list[dict[str, Any]]) -> list[str]:
    """What rows and files say differently."""
    from workbench.skills import table as rows_of_skills

    wrong = [f"left undone: {left}" for left in bench.database.read(rows_of_skills.intents)]
    for state in told:
        row = bench.library.row(state["skill"])
        for path in ("context/clarifications.json", "context/decisions.json"):
            kept = bench.database.read(lambda connection, path=path, row=row: table.document(connection, row.id, path))
            file = root / state["skill"] / path
            if (kept.content if kept else None) != (file.read_text() if file.exists() else None):
                wrong.append(f"{path} is not what was saved")
        gone = [each["path"] for step in state["steps"] for each in step["artifacts"] if not each["present"]]
        if gone:
            wrong.append(f"missing: {gone}")
    changed = [line for line in looking.git(root, "status", "--porcelain").splitlines() if "context/" not in line]
    return wrong + changed


if __name__ == "__main__":
    sys.exit(main())
