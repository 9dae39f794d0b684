"""Running to the next point that needs a person: steps, gates and, when told to, what was recommended.

Idea: a loop that looks what comes next and does it, so that it goes on from wherever a run stands, and may be killed and
started again. Invariant: it never answers for a person unless `autofill` says so, and never past a contradiction.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, ClassVar, Literal

from workbench.errors import Refused, WorkbenchError, error_of
from workbench.workflows.documents import deciding, questions
from workbench.workflows.engine import Engine
from workbench.workflows.gate import judging
from workbench.workflows.looking import Look
from workbench.workflows.state import actions_of, standing, upcoming
from workbench.workflows.steps.turning import Driving

TakenUp = Literal["resume", "repair", "start"]


class NeedsPerson(WorkbenchError):
    """A run stands where only a person can go on; `facts["what"]` is answer, gate, decide or mend, and `step` which step."""

    kind: ClassVar[str] = "needs_person"


@dataclass(frozen=True)
class Ran:
    """How far a run came, and what a person is needed for."""

    look: Look
    reason: Literal["completed", "until", "needs_person"]
    failure: NeedsPerson | None = None


@dataclass(frozen=True)
class Wish:
    """How far to run, and whether to answer with what was recommended: then no agent waits for a person, either."""

    autofill: bool = False
    until: int | None = None
    """Stop once this step is completed."""
    instance: str | None = None


class Runner:
    """Runs the workflow of one skill."""

    def __init__(self, engine: Engine, name: str, driving: Driving, wish: Wish) -> None:
        self._engine = engine
        self._name = name
        self._driving = _unattended(driving) if wish.autofill else driving
        self._wish = wish

    async def run(self) -> Ran:
        """Runs until a person is needed, or all is done. Raises what keeps a step from being started."""
        began = await self._look()
        while True:
            look = await self._look()
            word, number = upcoming(look.now)
            until = self._wish.until
            if word == "done":
                return Ran(look, "completed")
            if until is not None and look.now.steps[until].status == "completed" and word not in ("wait", "mend"):
                return Ran(look, "until")
            if word == "mend" and number is not None and (how := _taken_up(began, look, number)) is not None:
                await self._take_up(number, how, _rest(self._driving, began, look))
                continue
            needed = await self._on(look, word, number, _rest(self._driving, began, look))
            if needed is not None:
                return Ran(await self._look(), "needs_person", needed)

    async def _look(self) -> Look:
        return await asyncio.to_thread(self._engine.look, self._name, self._wish.instance)

    async def _on(self, look: Look, word: str, number: int | None, driving: Driving) -> NeedsPerson | None:
        """Does what comes next; what a person is needed for, if it cannot."""
        if word in ("run", "wait"):
            if word == "run":
                _check(driving)
                await self._engine.start(self._name, number, driving=driving, instance=self._wish.instance)
            await self._engine.seen_through(self._name)
            return None
        if word == "mend" or not self._wish.autofill:
            return _needed(look, word, number)
        if word == "answer":
            return await self._answer(look, number)
        if word == "gate":
            return await self._gate(look, number, driving)
        return await self._decide(look, number)

    async def _take_up(self, number: int, how: TakenUp, driving: Driving) -> None:
        """Goes on with a step that had stopped before this run: to run is to ask for that."""
        _check(driving)
        again = None if how == "start" else how
        await self._engine.start(self._name, number, driving=driving, again=again, instance=self._wish.instance)
        await self._engine.seen_through(self._name)

    async def _answer(self, look: Look, number: int | None) -> NeedsPerson | None:
        filled = 0
        for how in (questions.autofill_clarifications, questions.autofill_refinements):
            edit = self._engine.library.clock.new_id()
            done = await asyncio.to_thread(self._engine.answers.fill, self._name, how, edit, self._wish.instance)
            filled += len(done)
        return None if filled else _needed(look, "answer", number)

    async def _gate(self, look: Look, number: int | None, driving: Driving) -> NeedsPerson | None:
        """Fills in what is blank, has it judged, and goes on where that is offered."""
        document = look.clarifications
        if document is not None and judging.open_items(document, first=False):
            await self._answer(look, number)
        _check(driving)
        found = await self._engine.judge(self._name, driving=driving, instance=self._wish.instance)
        look = await self._look()
        if look.gate is None or look.gate.standing == "passed":
            return None
        if "continue" not in look.gate.choices:
            return _needed(look, "gate", number, reasoning=found.reasoning)
        await asyncio.to_thread(self._engine.choose, self._name, "continue", None, self._wish.instance)
        return None

    async def _decide(self, look: Look, number: int | None) -> NeedsPerson | None:
        """Confirms what says something; what has to be settled first, only a person can."""
        edit = self._engine.library.clock.new_id()
        document = look.decisions
        if document is None or deciding.contradictory(document):
            return _needed(look, "decide", number)
        confirmed = await asyncio.to_thread(self._engine.answers.confirm, self._name, edit, self._wish.instance)
        return None if confirmed else _needed(look, "decide", number)


def _needed(look: Look, word: str, number: int | None, **facts: Any) -> NeedsPerson:
    step = look.workflow.steps[number].key if number is not None else None
    error = look.now.steps[number].error if number is not None else None
    remedies = {
        "answer": "Answer the questions, or run with autofill.",
        "gate": "Look at what was said of the answers, and answer or choose to continue.",
        "decide": "Settle the decisions that need your review.",
        "mend": error_of(error).remedy
        if error is not None
        else f"See what can be done: workbench workflow status {look.skill.name}.",
    }
    return NeedsPerson(
        standing(look.now),
        remedy=remedies.get(word, ""),
        what=word,
        step=step,
        skill=look.skill.name,
        failure=error,
        **facts,
    )


def _taken_up(began: Look, look: Look, number: int) -> TakenUp | None:
    """How a step is gone on with that had stopped before this run began; what stops while it runs stays so."""
    before, row = began.run.step(number), look.run.step(number)
    if row.error is None or before.error is None or row.run != before.run or row.status == "completed":
        return None
    actions = actions_of(look.now, number)
    ways: dict[str, TakenUp] = {"resume": "resume", "ask_again": "repair", "start": "start"}
    return next((way for action, way in ways.items() if action in actions), None)


def _unattended(driving: Driving) -> Driving:
    """What an agent asks in mid-step is denied at once, unless somebody is said to be there: it is told so, and goes on."""
    return driving if driving.permission_timeout_s is not None else replace(driving, permission_timeout_s=0)


def _rest(driving: Driving, began: Look, look: Look) -> Driving:
    """What is left of the money for this run."""
    if driving.budget_usd is None:
        return driving
    spent = look.now.spent - began.now.spent
    return replace(driving, budget_usd=float(Decimal(str(driving.budget_usd)) - spent))


def _check(driving: Driving) -> None:
    """Raises Refused where nothing is left of it."""
    if driving.budget_usd is not None and driving.budget_usd <= 0:
        raise Refused("budget", "What this run may cost has been spent.", remedy="Run it again with a budget to go on.")
