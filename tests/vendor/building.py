"""A person who builds the skill `demo` with the real Claude Code, through nothing but Workbench's commands."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import apsw
from scripted import Playing, returned, write
from sidecar_host import PATIENCE

from workbench.agents import process
from workbench.agents.said import Said, said
from workbench.agents.session import TRANSCRIPT
from workbench.app import Workbench
from workbench.sidecar import tree

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("workflows", "hosts")]

from journey import EVALUATIONS, SKILL, decided, judged, question, refinements, research

Json = dict[str, Any]
WRITTEN = [
    write("${CWD}/SKILL.md", SKILL),
    write("${CWD}/references/rules.md", "# Rules\n\nLook twice.\n"),
    write("${CWD}/context/evaluations.md", EVALUATIONS),
    {"text": "The skill is written."},
]
ONE_CHOICE = research(question("Tolerance", choices=1), question("Currency"), question("Approval", must=False))
WHOLE = research()
COLUMNS = (
    "run", "session", "model", "step", "purpose", "status", "input_tokens", "output_tokens", "cache_read_tokens",
    "cache_creation_tokens", "cost",
)  # fmt: skip


class Person:
    """One host and its skill; `model` is what it is answered by."""

    def __init__(self, bench: Workbench, model: Playing, name: str = "demo") -> None:
        self.bench = bench
        self.model = model
        self.name = name

    # -- saying

    def call(self, verb: str, **params: Any) -> Any:
        return self.bench.call(f"workflow.{verb}", {"skill": self.name, **params})

    def make(self, workflow: str = "skill-builder") -> Json:
        return self.call("create", workflow=workflow, description="Match invoices with orders.")  # type: ignore[no-any-return]

    def begin(self, step: str, **params: Any) -> Json:
        return self.call("run_step", step=step, provider="claude", **params)  # type: ignore[no-any-return]

    def run(self, step: str, **params: Any) -> Json:
        """The step once it is over, its repair included."""
        self.begin(step, **params)
        return self.over(step)

    def answer(self, question: str, rev: int = 0, **said: Any) -> Json:
        edit = f"{question}-{rev}"
        return self.call("answer", question_id=question, base_rev=rev, edit_id=edit, **said)  # type: ignore[no-any-return]

    def gate(self) -> Json:
        """Has the answers judged, and goes on."""
        found: Json = self.call("evaluate_answers", provider="claude")
        self.call("log_gate_decision", decision="continue")
        return found

    def confirm(self) -> None:
        """Confirms what was decided, one by one."""
        for each in self.call("state")["decisions"]["decisions"]:
            if each["status"] == "needs-review":
                self.call("decide", decision_id=each["id"], base_rev=0, edit_id=each["id"])

    # -- looking

    def step(self, key: str) -> Json:
        return next(each for each in self.call("state")["steps"] if each["key"] == key)

    def said(self, step: str) -> Said:
        """What the step's last run said and did."""
        row = self.step(step)
        return said(self.bench.home, row["session"], row["run"])

    def tools(self, step: str) -> list[tuple[str, str]]:
        """The calls of the step's last run, and how each ended."""
        return [(each.content["name"], each.content["status"]) for each in self.said(step).tools]

    def ledger(self) -> list[Json]:
        """The rows of all runs, the oldest first."""

        def read(connection: apsw.Connection) -> list[Json]:
            found = connection.execute(f"select {', '.join(COLUMNS)} from agent_runs order by started, model")
            return [dict(zip(COLUMNS, row, strict=True)) for row in found]

        return self.bench.database.read(read)

    def check_bill(self) -> None:
        """The ledger comes to what the model has answered, token by token, and says what that cost."""
        rows = self.ledger()
        kinds = ("input_tokens", "output_tokens", "cache_read_tokens", "cache_creation_tokens")
        assert [sum(row[kind] for row in rows) for kind in kinds] == [
            sum(item.tokens[place] for item in self.model.bill) for place in range(4)
        ]
        assert sum(row["cost"] for row in rows) == self.model.cost()

    # -- waiting

    def until(self, happened: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not happened():
            assert time.monotonic() < deadline, f"{what}: {self.call('state')['steps']}"
            time.sleep(0.05)

    def over(self, step: str) -> Json:
        """The step once its turn, and the repair that followed from it, is over."""
        asyncio.run(self.bench.engine.seen_through(self.name))
        self.until(lambda: self.step(step)["status"] in ("completed", "error"), f"{step} is not over")
        return self.step(step)

    def asked(self, step: str) -> str:
        """The question that the step's agent asks the person, once it does."""
        self.until(lambda: self.step(step)["waiting"] == "question", "nothing is asked")
        found: str = self.said(step).asked[0].content["userInputId"]
        return found

    def counted(self, session: str, responses: int) -> None:
        """Until a session has told of so many responses what they have used: one may go on behind the call that it makes."""
        path = self.bench.home.session(session) / TRANSCRIPT

        def told() -> bool:
            lines = path.read_bytes().split(b"\n")[:-1]
            frames = [json.loads(line).get("f") or {} for line in lines]
            used = {frame.get("messageId") for frame in frames if frame.get("type") == "usage_update"} - {None}
            return len(used) == responses

        self.until(told, f"{responses} responses are not counted")

    def speaks(self, step: str, text: str) -> None:
        """Until the agent is in the middle of saying this."""

        def heard() -> bool:
            with contextlib.suppress(Exception):
                return any(text in each for each in self.said(step).texts)
            return False

        self.until(heard, f"{text!r} is not said")


def sigkill(bench: Workbench, session: str) -> None:
    """Kills a session: guard, shim, sidecar, Claude Code, whatever it has started, at once. Each is stopped first, so that
    none sees another die: Claude Code would put its totals down.
    """
    held = process.holder(bench.home.session(session))
    all_: list[int] = []
    while new := [pid for pid in (held["guard"], held["shim"], *dict(tree.marked(session))) if pid not in all_]:
        tell(new, signal.SIGSTOP)
        all_ += new  # what one of them has started a moment before is found when it has been stopped
    tell(all_, signal.SIGKILL)


def tell(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def all_is_well() -> Playing:
    """A model that does what it should in every turn."""
    return Playing(
        turns={
            "demo.research": [returned(WHOLE)],
            "demo.gate": [returned(judged(Q1="clear", Q2="clear", Q3="clear"))],
            "demo.detail": [returned(refinements("Q1"))],
            "demo.decisions": [returned(decided())],
            "demo.files": WRITTEN,
        }
    )
