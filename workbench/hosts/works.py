"""Long works as values in a notebook: the building of a skill, and a test of one.

Idea: the work runs on the pool's thread, and the handle only waits for it; so a cell returns at once, and whoever stops
waiting stops nothing. Invariant: a handle knows no more than the commands tell; another handle on the same skill or test
knows the same.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, Generic, Literal, TypeVar

from workbench.app import Workbench
from workbench.commands import skill_test_shapes as tests
from workbench.commands import workflow_shapes as shapes
from workbench.commands.workflow_runs_shapes import RanTo
from workbench.errors import NotFound, Refused
from workbench.hosts.display import Bundle
from workbench.hosts.shown import Shown
from workbench.hosts.waiting import Awaited
from workbench.protocol.screen import Failure, Model

State = TypeVar("State", bound=Model)

LOOK_S: Final = 0.3
"""So often who iterates a handle is told of a change."""
AT_WORK: Final = ("running", "judging")


class Work(Awaited, Generic[State]):
    """Something that goes on without the cell that began it."""

    def __init__(self, core: Workbench, shown: Shown) -> None:
        self._core = core
        self._shown = shown
        self._done: concurrent.futures.Future[State] = core.pool.submit(self._last())

    @property
    def done(self) -> bool:
        return self._done.done()

    @property
    def state(self) -> State:
        """How it stands now."""
        raise NotImplementedError

    async def _now(self) -> State:
        raise NotImplementedError

    async def _last(self) -> State:
        """Waits for its end, on the pool's thread."""
        raise NotImplementedError

    def _closed(self) -> Refused:
        return Refused(
            "closed",
            "This Workbench was closed before the end.",
            remedy="Open it again and look how it stands: workbench.open().workflows.",
        )

    async def __aiter__(self) -> AsyncIterator[State]:
        """How it stands, each time that this has changed; the end is the last. Raises what failed."""
        told: State | None = None
        ending = asyncio.wrap_future(self._done)
        while True:
            ended = ending.done()
            now = await self._now()
            if now != told:
                told = now
                yield now
            if ended:
                await self._wait()
                return
            await asyncio.wait({ending}, timeout=LOOK_S)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        return {**self._shown._repr_mimebundle_(include, exclude), "text/plain": repr(self)}


class Building(Work[shapes.RunState]):
    """A skill that is being built, up to the next point that needs a person.

    >>> building = bench.workflows.run("invoices", provider="replay", autofill=True)
    >>> async for state in building: print(state.standing)
    >>> (await building).reason
    """

    def __init__(self, core: Workbench, skill: str, params: Mapping[str, Any]) -> None:
        self.skill = skill
        self.reason: Literal["completed", "until", "needs_person"] | None = None
        """Why it ended; None until then."""
        self.failure: Failure | None = None
        """With needs_person: what for, and what to do."""
        self._params = dict(params)
        super().__init__(core, Shown(core, "workflow", {"skill": skill}))

    @property
    def state(self) -> shapes.RunState:
        return shapes.RunState.model_validate(self._core.call("workflow.state", skill=self.skill))

    async def _now(self) -> shapes.RunState:
        return shapes.RunState.model_validate(await self._core.acall("workflow.state", skill=self.skill))

    async def _last(self) -> shapes.RunState:
        ran = RanTo.model_validate(await self._core.acall("workflow.run", self._params))
        self.reason, self.failure = ran.reason, ran.failure
        return ran.state

    def stop(self) -> shapes.RunState:
        """Ends the turn that is at work; the step can be resumed where it stopped."""
        return shapes.RunState.model_validate(self._core.call("workflow.stop", skill=self.skill))

    def __repr__(self) -> str:
        how = (self.reason or "ended").replace("_", " ") if self.done else "running"
        return f"<Building {self.skill}: {how}>"


class Test(Work[tests.SkillTest]):
    """A test of a skill. One that is voted on blind ends when both have answered and the votes are due.

    >>> test = bench.workflows.test("invoices", "Match these: ...", repeats=3)
    >>> (await test).state.score
    """

    __test__ = False  # pytest takes it for one of its own

    def __init__(self, core: Workbench, skill: str, test: str) -> None:
        self.skill = skill
        self.id = test
        super().__init__(core, Shown(core, "skill-test", {"skill": skill, "test": test}))

    @property
    def state(self) -> tests.SkillTest:
        return tests.SkillTest.model_validate(self._core.call("skill_test.show", id=self.id))

    async def _now(self) -> tests.SkillTest:
        return tests.SkillTest.model_validate(await self._core.acall("skill_test.show", id=self.id))

    async def _last(self) -> tests.SkillTest:
        while True:
            now = await self._now()
            if now.status not in AT_WORK:
                return now
            await asyncio.sleep(LOOK_S)

    def answers(self, number: int = 1) -> dict[str, str]:
        """What was answered in a round: by `a` and `b`, and once it is told by `with` and `baseline`."""
        found = next((each for each in self.state.rounds if each.number == number), None)
        if found is None:
            raise NotFound(f"The test has no round {number}.", remedy="See test.state.rounds.", test=self.id)
        return {side.arm or side.label: side.text for side in found.sides}

    def vote(self, vote: tests.Vote, number: int = 1) -> tests.SkillTest:
        """Your vote on a round; then it is told which is which."""
        return tests.SkillTest.model_validate(
            self._core.call("skill_test.vote", {"id": self.id, "round": number, "vote": vote})
        )

    def stop(self) -> tests.SkillTest:
        """Ends what runs of it; what was measured stands."""
        return tests.SkillTest.model_validate(self._core.call("skill_test.stop", id=self.id))

    def remark(self) -> str:
        """The message that refining opens with: the prompt, both answers, and what was said of them."""
        return tests.RefineFrom.model_validate(self._core.call("skill_test.refine_from", id=self.id)).message

    def __repr__(self) -> str:
        return f"<Test {self.id} of {self.skill}: {'ended' if self.done else 'running'}>"
