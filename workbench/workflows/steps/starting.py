"""A turn is begun: a row says which run is awaited, and then an agent is told.

Invariant: of all who start steps of a skill at the same moment one does, and only where what made it possible still holds;
a host that is killed between the row and the message has paid nothing, and the next one sees that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Literal

import apsw

from workbench.agents.pool import Pool
from workbench.errors import Refused
from workbench.skills.library import Library
from workbench.workflows import table
from workbench.workflows.documents.extracting import repair_prompt
from workbench.workflows.looking import Look
from workbench.workflows.state import CUT, RunRow, StepRow, may_start, reason_of
from workbench.workflows.steps import failing
from workbench.workflows.steps.awaiting import Awaiting
from workbench.workflows.steps.byhand import own_error_aside
from workbench.workflows.steps.preparing import Prepared, Preparing
from workbench.workflows.steps.resetting import taking_away
from workbench.workflows.steps.turning import GO_ON

Again = Literal["resume", "repair"]


class Starting:
    """Begins the turns of a library's steps."""

    def __init__(self, library: Library, preparing: Preparing, awaiting: Awaiting, pool: Callable[[], Pool]) -> None:
        self._library = library
        self._preparing = preparing
        self._awaiting = awaiting
        self._pool = pool

    async def begin(self, look: Look, prepared: Prepared) -> StepRow:
        """A turn in a session of its own; the step as it is awaited now."""
        before = look.now.steps[prepared.number]
        await asyncio.to_thread(self._library.database.read, lambda each: self._check(each, look, before))
        session = (await self._pool().create(prepared.session(look, prepared.step.title))).id
        begun = replace(
            StepRow(prepared.number),
            status="in_progress",
            session=session,
            run=self._library.clock.new_id(),
            attempt=before.attempt + 1,
            inputs_digest=prepared.inputs_digest,
            started=self._library.clock.now_ms(),
        )
        return await self._send(look, before, begun, prepared, prepared.prompt.text)

    async def go_on(self, look: Look, prepared: Prepared, again: Again) -> StepRow:
        """Another turn in the session that the step has."""
        before = look.now.steps[prepared.number]
        begun = replace(
            before,
            status="in_progress",
            error=None,
            run=self._library.clock.new_id(),
            attempt=before.attempt + 1,
            started=self._library.clock.now_ms(),
            ended=None,
        )
        message = GO_ON
        if again == "repair":
            problems = before.error["facts"].get("problems", []) if before.error is not None else []
            message = repair_prompt(problems, files=prepared.staging is not None)
        return await self._send(look, before, begun, prepared.again(again), message)

    async def _send(self, look: Look, before: StepRow, begun: StepRow, prepared: Prepared, message: str) -> StepRow:
        session, run = begun.session or "", begun.run or ""
        options, notice = await asyncio.to_thread(self._preparing.play, look, prepared, session)
        begun = replace(begun, notice=notice)
        await asyncio.to_thread(self._claim, look, before, begun)
        params = {**prepared.params, **({"options": options} if options else {})}
        try:
            await self._pool().send(session, message, run_id=run, **params)
        except BaseException:
            await asyncio.to_thread(self._awaiting.unsent, look.skill.id, begun, before)
            raise
        if not await asyncio.to_thread(self._awaiting.is_awaited, look.skill.id, begun):
            await self._pool().stop(session, run)  # nobody would take its output
            raise Refused(
                "stalled",
                f"{prepared.step.title} took so long to start that it was given up.",
                remedy="Start it again.",
                skill=look.skill.name,
            )
        return begun

    def _claim(self, look: Look, before: StepRow, begun: StepRow) -> None:
        """The step is this run's from now on, if it still may be."""
        now = self._library.clock.now_ms()

        def claim(connection: apsw.Connection) -> None:
            run = self._check(connection, look, before)
            if run.definition is None:
                table.pin(connection, look.skill.id, look.pinned.text, look.pinned.digest, now)
            table.put_step(connection, look.skill.id, begun, now)
            table.move(connection, look.skill.id, begun.number, "in_progress", now)

        self._library.database.write(claim)

    def _check(self, connection: apsw.Connection, look: Look, before: StepRow) -> RunRow:
        """The run as it is stored now. Raises Refused where somebody was quicker since the skill was looked at. Who takes
        steps away says so first, and then looks whether one is at work: so one of the two sees the other.
        """
        run = table.run_of(connection, look.skill.id)
        if run is None:
            raise failing.left(look.skill.name)
        if taking_away(connection, look.skill.name) is not None:
            message = f"The steps of {look.skill.name!r} are being taken away."
            raise Refused("busy", message, remedy="Look at the skill again.", skill=look.skill.name)
        others = run.steps.values()
        if run.step(before.number).run != before.run or any(
            each.status == "in_progress" and each.error is None for each in others
        ):
            raise Refused("busy", "Somebody else has just started a step.", remedy="Follow it there.")
        if any(run.step(each).status != "completed" for each in range(before.number)):
            raise Refused("changed", "A step before it was reset meanwhile.", remedy="Look at the skill again.")
        return run


def check_again(look: Look, number: int, again: Again) -> None:
    """Raises Refused unless there is something to go on with."""
    now, row, step = look.now, look.now.steps[number], look.workflow.steps[number]
    if now.held_by is not None:
        raise Refused("locked", "The skill is being edited in another instance.", remedy="Close it there.")
    found = reason_of(row.error)
    fits = found in CUT if again == "resume" else found == "invalid_output"
    if row.status != "in_progress" or row.session is None or not fits:
        raise Refused(
            "nothing_to_do",
            f"{step.title} {'was not interrupted' if again == 'resume' else 'has no output that could be mended'}.",
            remedy=f"See what can be done: workbench workflow status {look.skill.name}.",
            step=step.key,
        )
    refusal = may_start(own_error_aside(look, number), number)
    if refusal is not None and refusal.reason in ("busy", "unfinished", "disabled", "budget"):
        raise refusal
