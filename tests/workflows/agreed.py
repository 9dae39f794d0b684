"""What must hold between disk, git, database and ledger of skills that are being built, looked at from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import shelf as looking

from workbench.app import Workbench
from workbench.workflows import table
from workbench.workflows.documents import clarifications, decisions

DOCUMENTS = (clarifications.FILE, decisions.FILE)
UNTOLD = {"skill_locks", "schema_migrations", "sqlite_sequence", "skill_index", "skill_changes"}
"""Tables that say nothing of skills, or only what was read in their files."""


def states(bench: Workbench) -> list[dict[str, Any]]:
    """How every skill stands, as a page is told."""
    names = [row["name"] for row in bench.call("skills.list")["skills"]]
    return [bench.call("workflow.state", skill=name) for name in names]


def disagreement(bench: Workbench, root: Path, told: list[dict[str, Any]]) -> list[str]:
    """What they say differently; empty when all is well. Answers are versions only once a step is completed."""
    mine = tuple(f"{state['skill']}/{path}" for state in told for path in DOCUMENTS)
    wrong = looking.agreement(bench, root, changed=mine)
    log = looking.git(root, "log", "--format=%s").splitlines()
    for state in told:
        folder, skill = root / state["skill"], bench.library.row(state["skill"]).id
        for path in DOCUMENTS:
            kept = bench.database.read(lambda c, path=path, skill=skill: table.document(c, skill, path))
            there = (folder / path).read_text() if (folder / path).exists() else None
            if (kept.content if kept else None) != there:
                wrong.append(f"{path} is not what was saved")
            if kept is not None and kept.before != kept.after:
                wrong.append(f"{path} was not seen to land")
        for made in bench.database.read(lambda c, skill=skill: table.artifacts(c, skill)):
            if not (folder / made.path).exists():
                wrong.append(f"{made.path} is not there")
            elif made.path not in DOCUMENTS and (folder / made.path).read_text() != made.content:
                wrong.append(f"{made.path} is not what step {made.step} has made")
        for number, step in enumerate(state["steps"]):
            if step["status"] == "completed" and not step["skipped"] and not completed(log, number):
                wrong.append(f"no version of step {number}")
    return wrong


def completed(log: list[str], number: int) -> bool:
    """Whether some version is that of a completed step."""
    return any(line.endswith(f": step {number} completed") for line in log)


def rows(bench: Workbench) -> dict[str, list[str]]:
    """Everything that the database holds of skills, by table."""

    def read(connection: Any) -> dict[str, list[str]]:
        names = [row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {
            name: sorted(repr(row) for row in connection.execute(f"select * from {name}"))
            for name in sorted({*names} - UNTOLD)
        }

    return bench.database.read(read)


def summary(told: list[dict[str, Any]]) -> list[Any]:
    """What a person would say of it: the skills, how far each is, and what was answered."""
    return [[each["skill"], [step["status"] for step in each["steps"]], answers(each)] for each in told]


def answers(state: dict[str, Any]) -> dict[str, str | None]:
    document = state["clarifications"] or {"sections": []}
    asked = [question for section in document["sections"] for question in section["questions"]]
    asked += [one for question in asked for one in question["refinements"]]
    return {each["id"]: each["answer_choice"] for each in asked}


def paid(bench: Workbench) -> list[list[Any]]:
    """What the ledger holds: each run once, with its price."""
    return [list(row) for row in bench.database.read(lambda c: list(c.execute("select run, cost from agent_runs")))]


def asked(home: Path) -> dict[str, int]:
    """How many messages agents were sent, by session."""
    found = {}
    for path in sorted((home / "sessions").glob("*/transcript.jsonl")):
        records = [json.loads(line) for line in path.read_text().splitlines()]
        found[path.parent.name] = sum(each.get("f", {}).get("method") == "sendMessage" for each in records)
    return found
