"""The engine: starts a step's turn, and completes it once the turn is over, whichever host is there by then.

Idea: starting is a row that says which run is awaited, then one message to an agent; completing is a fold over what the
run has said (`completing`), made safe by an intent (`settling`). Nobody is elected to do it: who started the turn waits for
its end, and whoever looks at the skill later does what was left. Invariant: a turn is paid once. What costs money is never
done again by itself, but for the one repair that whoever started the turn asks for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import zlib
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from workbench.agents.pool import Pool
from workbench.agents.recorder import Recorder
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.settings import Settings
from workbench.skills import table as skills
from workbench.skills.changes import unfinished
from workbench.skills.library import Library
from workbench.workflows import table
from workbench.workflows.definition.definitions import find
from workbench.workflows.documents.answering import Answers
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.saving import Documents
from workbench.workflows.gate.evaluation import Evaluation, GateChoice
from workbench.workflows.gate.gates import Gates
from workbench.workflows.gate.table import GateRow
from workbench.workflows.intake import intake as intakes
from workbench.workflows.intake.intake import Intake
from workbench.workflows.looking import Look, Looker
from workbench.workflows.state import (
    StepRow,
    may_start,
    number_of,
    standing,
    upcoming,
)
from workbench.workflows.steps.awaiting import Awaiting
from workbench.workflows.steps.byhand import ByHand, own_error_aside
from workbench.workflows.steps.preparing import Prepared, Preparing
from workbench.workflows.steps.pricing import Pricing
from workbench.workflows.steps.resetting import Resets
from workbench.workflows.steps.seeing import to_its_end
from workbench.workflows.steps.starting import Again, Starting, check_again
from workbench.workflows.steps.turning import Driving

LOGGER: Final = logging.getLogger("workbench")

_PAUSE_S: Final = 0.2


@dataclass(frozen=True)
class Started:
    """Where a turn can be followed; a step that needed no agent has no session."""

    step: str
    session: str | None = None
    run: str | None = None
    notice: str = ""


class Engine:
    """The workflows of a library's skills."""

    def __init__(
        self, library: Library, recorder: Recorder, pool: Callable[[], Pool], settings: Callable[[], Settings]
    ) -> None:
        self.library = library
        self.documents = Documents(library)
        self.answers = Answers(library, self.documents)
        self.looker = Looker(library, self.documents, self._budget)
        self.awaiting = Awaiting(library, recorder, self.documents, self.looker)
        self.preparing = Preparing(library, self.looker, settings)
        self.starting = Starting(library, self.preparing, self.awaiting, pool)
        self.gates = Gates(
            library,
            looker=self.looker,
            awaiting=self.awaiting,
            documents=self.documents,
            preparing=self.preparing,
            pool=pool,
        )
        self.pricing = Pricing(library, self.preparing, settings)
        self.resets = Resets(library)
        self.by_hand = ByHand(library, self.looker, self.awaiting)
        self._pool = pool
        self._settings = settings
        self._driven: dict[int, tuple[StepRow, Future[None]]] = {}
        """The turns that this host has started and waits for, by skill."""

    # -- making

    def create(self, name: str, intake: Intake, workflow: str, example: str | None = None) -> None:
        """A new skill that is to be built: what a person has said of it, and no SKILL.md."""
        find(self.library.home, workflow)
        self.library.create(
            name,
            {intakes.FILE: intakes.text_of(intake).encode()},
            purpose=intake.purpose,
            tags=intake.tags,
            run={"workflow": workflow, "example": example},
        )

    def save_intake(self, name: str, change: Callable[[bytes], bytes], instance: str | None = None) -> None:
        """Changes what a person has said of a skill."""
        skill = self.library.row(name)
        now = self.library.clock.now_ms()
        self.library.edit(
            name,
            change,
            path=intakes.FILE,
            word="saved",
            make=True,
            instance=instance,
            rows=lambda connection: table.changed(connection, skill.id, now),
        )

    def look(self, name: str, instance: str | None = None) -> Look:
        """How a skill stands, once what was left behind is done."""
        trouble = stuck = None
        try:
            stuck = self.awaiting.catch_up(self.library.row(name))
        except WorkbenchError as error:
            LOGGER.warning("A step of %r could not be completed: %s", name, error)
            trouble = error
        look = self.looker.look(name, instance)
        if stuck is not None and (left := self.resets.begun(name)) is not None:
            look = look.with_left(min(left, len(look.workflow.steps) - 1), unfinished(name, stuck))
        return look if trouble is None else look.with_trouble(trouble)

    def live(self) -> set[str]:
        """The skills of which a step's turn is under way, or is over and nobody has taken note of that."""
        running = set(self.library.database.read(table.running))
        return {row.name for row in self.library.database.read(skills.rows) if row.id in running}

    def version(self, name: str) -> int:
        """A number that is another one once something that a page shows of the skill's run has changed."""
        look = self.look(name)
        steps = [(row.shown, row.waiting, row.run) for row in look.now.steps]
        told = (
            look.run.rev,
            steps,
            sorted(look.present),
            look.held_by,
            sorted(look.seen.items(), key=lambda each: each[0]),
        )
        return zlib.crc32(repr(told).encode("utf-8", "replace"))

    # -- starting

    async def start(
        self,
        name: str,
        step: str | int | None = None,
        *,
        driving: Driving | None = None,
        again: Again | None = None,
        instance: str | None = None,
    ) -> Started:
        """Starts a step's turn, by default the next step's; returns as soon as the agent has it. `again`: `resume` goes on
        in the session that was interrupted, `repair` asks once more for an output that was not right.
        """
        driving = driving or Driving()
        driving = replace(driving, instance=instance or driving.instance)
        look = await asyncio.to_thread(self.look, name, driving.instance)
        number = self._number(look, step)
        if again is not None:
            check_again(look, number, again)
        elif (refusal := may_start(own_error_aside(look, number), number)) is not None:
            raise refusal
        prepared = await asyncio.to_thread(lambda: self.preparing.step(look, number, driving, again=again is not None))
        prepared.check_budget()
        await asyncio.to_thread(self.preparing.play, look, prepared.again(again), "")  # before anything is made
        if again is None:
            begun = await self.starting.begin(look, prepared)
        else:
            begun = await self.starting.go_on(look, prepared, again)
            prepared = prepared.again(again)
        seeing = self._pool().submit(self._see_through(look.skill.id, begun, prepared))
        self._driven[look.skill.id] = begun, seeing
        return Started(prepared.step.key, begun.session, begun.run, begun.notice)

    def _number(self, look: Look, step: str | int | None) -> int:
        if step is not None:
            return number_of(look.workflow, step)
        word, number = upcoming(look.now)
        if word in ("answer", "gate", "decide") and look.now.held_by is None:
            raise Refused(
                word,
                standing(look.now),
                remedy=f"See what waits for you: workbench workflow status {look.skill.name}.",
                skill=look.skill.name,
            )
        if number is None:
            raise Refused("completed", "All steps are completed.", remedy="Reset one to run it again.")
        return number

    # -- gates

    async def judge(
        self,
        name: str,
        step: str | int | None = None,
        *,
        driving: Driving | None = None,
        rules_only: bool = False,
        instance: str | None = None,
    ) -> Evaluation:
        """Judges the answers behind a step, by default the one whose gate is due."""
        look = await asyncio.to_thread(self.look, name, instance)
        return await self.gates.judge(look, step, driving or Driving(), rules_only=rules_only)

    def choose(
        self, name: str, decision: GateChoice, step: str | int | None = None, instance: str | None = None
    ) -> GateRow:
        """Keeps what a person has chosen at a gate."""
        return self.gates.choose(self.look(name, instance), step, decision)

    # -- seeing it through

    async def _see_through(self, skill: int, begun: StepRow, prepared: Prepared) -> None:
        """Waits for a turn's end, completes the step, and asks once more if the output was not right. On the pool's loop."""
        session, run = begun.session or "", begun.run or ""
        try:
            limits = await asyncio.to_thread(self.preparing.limits, prepared, session)
            end = await to_its_end(self._pool(), session, run, limits)
            wrong = await asyncio.to_thread(self.awaiting.finish, skill, begun, limits.refusal(end))
            if isinstance(wrong, InvalidOutput) and prepared.params.get("purpose") != "repair":
                name = await asyncio.to_thread(self.awaiting.name_of, skill)
                await self.start(name, begun.number, driving=prepared.driving, again="repair")
        except WorkbenchError as error:
            LOGGER.warning("A step's end was not seen: %s", error)  # whoever looks at the skill next completes it

    async def seen_through(self, name: str) -> None:
        """Waits until the turn of a skill's step, and the repair that followed from it, is over and taken note of."""
        skill = (await asyncio.to_thread(self.library.row, name)).id
        while self._drives(skill):
            await asyncio.wrap_future(self._driven[skill][1])
        look = await asyncio.to_thread(self.look, name)
        if look.now.running is not None:
            await self._others(look, look.now.steps[look.now.running])

    def _drives(self, skill: int) -> bool:
        """Whether this host sees a turn of a skill through, or what follows from it."""
        return skill in self._driven and not self._driven[skill][1].done()

    async def _others(self, look: Look, row: StepRow) -> None:
        """Waits for a turn that another host has started."""
        try:
            await self._pool().wait(row.session or "", row.run or "")
        except NotFound:
            await asyncio.sleep(_PAUSE_S)  # it is just being sent
        await asyncio.to_thread(self.awaiting.catch_up, look.skill)

    async def idle(self, name: str, *, stop: bool = False) -> None:
        """Sees that no agent is building a skill, if it is built at all. Raises Refused (`busy`) unless it may be stopped."""
        if not await asyncio.to_thread(self._is_built, name):
            return
        if stop:
            await self.stop(name)
        await asyncio.to_thread(self.look, name)
        await asyncio.to_thread(self.by_hand.check_idle, name)

    def _is_built(self, name: str) -> bool:
        """Whether a step of a skill was ever begun."""
        return self.library.database.read(lambda connection: table.is_built(connection, name))

    async def stop(self, name: str) -> bool:
        """Ends the turn that is at work on a skill, and takes note of that; whether there was one. Whoever sees it may, also
        without the skill's lock: what was said is kept, the step can be resumed, and a turn that should end costs money. One
        that is just being sent is waited for, at most until its host is held to be dead; so is what follows from a turn that
        this host sees through, because that may be a repair.
        """
        skill = (await asyncio.to_thread(self.library.row, name)).id
        while True:
            row = await self._running(name)
            if row is None and not self._drives(skill):
                return False
            if row is None:  # where its step was held to be cut off, the turn that is seen through may be at work yet
                driven, _ = self._driven[skill]
                with contextlib.suppress(NotFound):
                    await self._pool().stop(driven.session or "", driven.run)
            elif not await asyncio.to_thread(self.awaiting.is_being_sent, row):
                break
            await asyncio.sleep(_PAUSE_S)  # no agent has it yet, so none could be stopped
        if row.session is not None:
            await self._pool().stop(row.session, row.run)
        await asyncio.to_thread(self.look, name)
        return True

    async def _running(self, name: str) -> StepRow | None:
        """The step that an agent is at work on, once what was left behind is done."""
        now = (await asyncio.to_thread(self.look, name)).now
        return now.steps[now.running] if now.running is not None else None

    def _budget(self) -> Decimal | None:
        return None


__all__ = ["Engine", "Started"]
