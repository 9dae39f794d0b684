"""A skill that is built: an agent whose turns are recordings made on the spot, and the steps of a whole journey."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from refined import Recordings

from workbench.agents.said import said
from workbench.app import Workbench
from workbench.settings import Settings
from workbench.workflows.looking import Look
from workbench.workflows.running import Ran, Runner, Wish
from workbench.workflows.steps.awaiting import StepRow
from workbench.workflows.steps.turning import Driving

SKILL = """---
name: demo
description: Matches invoices with orders. Use when an invoice has come.
---

# Matching

Compare the number, then the sum. See references/rules.md.
"""
EVALUATIONS = "# Evaluations\n" + "".join(
    f"\n## Scenario {number}: A case\n\n**Request:** Match it.\n\n**Expected:** It is matched.\n"
    for number in (1, 2, 3)
)
FILES = {
    "SKILL.md": (None, SKILL),
    "references/rules.md": (None, "# Rules\n\nLook twice.\n"),
    "context/evaluations.md": (None, EVALUATIONS),
}


def question(title: str, *, must: bool = True, choices: int = 2) -> dict[str, Any]:
    return {
        "title": title,
        "text": f"{title}?",
        "must_answer": must,
        "choices": [f"{title} by way number {number}" for number in range(1, choices + 1)],
        "recommended": 1,
        "why": "It is usual.",
        "consolidated_from": [],
    }


def research(*questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    """What the first step's agent returns."""
    plan = {
        "domain": "Invoices",
        "topic_relevance": "relevant",
        "dimension_scores": [
            {"name": name, "score": 4, "reason": "r", "focus": "f", "companion_skill": None} for name in ("a", "b", "c")
        ],
        "selected": ["a", "b", "c"],
    }
    asked = list(questions) or [question("Tolerance"), question("Currency"), question("Approval", must=False)]
    section = {"title": "Rules", "description": "", "questions": asked}
    return {
        "title": "Matching",
        "warning": None,
        "error": None,
        "research_plan": plan,
        "sections": [section],
        "notes": [],
        **more,
    }


def refinements(*parents: str) -> dict[str, Any]:
    """What the second step's agent returns."""
    return {
        "refinements": [
            {
                "parent_question_id": parent,
                "title": f"More of {parent}",
                "text": f"What exactly is meant in the answer to {parent} about limits?",
                "choices": ["The lower limit counts here", "The upper limit counts here"],
                "recommended": 0,
                "why": "It is safer.",
            }
            for parent in parents
        ],
        "notes": [],
    }


def decided(contradiction: str | None = None) -> dict[str, Any]:
    """What the third step's agent returns."""
    return {
        "contradiction": contradiction,
        "decisions": [
            {
                "role": role,
                "title": f"The {role}",
                "question": f"What is the {role}?",
                "decision": f"It is the {role} of matching invoices.",
                "implication": "The skill says so.",
                "conflict_resolved": False,
            }
            for role in ("purpose", "trigger", "topic")
        ],
    }


def judged(**verdicts: str) -> dict[str, Any]:
    """What a judge returns, by question."""
    return {
        "reasoning": "Looked at.",
        "per_question": [
            {"question_id": name, "verdict": verdict, "reason": "So it is.", "contradicts": None}
            for name, verdict in verdicts.items()
        ],
    }


class Journey:
    """One host, with a skill `demo` that is being built."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        self.bench = bench
        self.root = folder / "skills"
        self.recordings = Recordings(folder)
        bench.save_settings(Settings(skills_path=str(self.root)))

    @property
    def folder(self) -> Path:
        return self.root / "demo"

    def make(self, workflow: str = "skill-builder", **params: Any) -> dict[str, Any]:
        said = {"skill": "demo", "workflow": workflow, "description": "Match invoices.", **params}
        return self.bench.call("workflow.create", said)

    def driving(self, structured: Any = None, **turn: Any) -> Driving:
        """An agent that returns this."""
        recording = self.recordings.turn(structured=structured, **turn)
        return Driving("replay", options={"recording": str(recording), "speed": 0})

    def turns(self, **turns: Any) -> Driving:
        """An agent that returns this in a step's turn (`research__main`), or writes these files."""
        made: dict[str, Any] = {}
        for name, value in turns.items():
            said = {"edits": value} if name.startswith(("generate", "draft")) else {"structured": value}
            made[name.replace("__", ".")] = {"recording": str(self.recordings.turn(**said)), "speed": 0}
        return Driving("replay", turns=made)

    async def run(self, driving: Driving, **wish: Any) -> Ran:
        """To the next point that needs a person."""
        return await Runner(self.bench.engine, "demo", driving, Wish(**wish)).run()

    async def step(self, structured: Any = None, **turn: Any) -> StepRow:
        """The next step's turn, to the end."""
        started = await self.bench.engine.start("demo", driving=self.driving(structured, **turn))
        return await self.over(started.step)

    async def over(self, step: str) -> StepRow:
        """The step once its turn has been seen through."""
        await self.bench.engine.seen_through("demo")
        look = self.look()
        return look.now.steps[[each.key for each in look.workflow.steps].index(step)]

    async def gate(self, choice: str = "continue", **verdicts: str) -> dict[str, Any]:
        """Has the answers judged, and chooses."""
        await self.bench.engine.judge("demo", driving=self.driving(judged(**verdicts)))
        return self.call("workflow.log_gate_decision", decision=choice)

    async def waits(self, what: str) -> None:
        """Until the agent of the running step asks a person."""
        async with asyncio.timeout(60):
            while not any(row.waiting == what for row in self.look().now.steps):  # noqa: ASYNC110 - rows have no event
                await asyncio.sleep(0.02)

    async def say_yes(self) -> None:
        """Answers what the agent has asked."""
        row = self.look().now.steps[self.look().now.running or 0]
        found = said(self.bench.home, row.session or "", row.run or "").asked[0]
        await self.bench.pool.respond_input(
            row.session or "", found.content["userInputId"], "submit", content={"Go on?": "Yes"}
        )

    def look(self) -> Look:
        return self.bench.engine.look("demo")

    def state(self) -> dict[str, Any]:
        return self.call("workflow.state")

    def call(self, command: str, /, **params: Any) -> dict[str, Any]:
        return self.bench.call(command, {"skill": "demo", **params})

    def read(self, path: str) -> Any:
        text = (self.folder / path).read_text()
        return json.loads(text) if path.endswith(".json") else text

    def answer(self, name: str, rev: int = 0, edit: str | None = None, **said: Any) -> dict[str, Any]:
        return self.call("workflow.answer", question_id=name, base_rev=rev, edit_id=edit or f"{name}-{rev}", **said)


def files(**more: Any) -> Mapping[str, tuple[str | None, str]]:
    """What the last step's agent writes."""
    return {**FILES, **more}
