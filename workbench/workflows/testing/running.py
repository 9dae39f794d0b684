"""The rounds of a test, made one after the other: both arms at once, then the comparison of their texts.

Idea: whether a run was begun, and how it ended, is asked of what is written down; so who goes on with a test that another
host has left runs the same code, and waits for agents that are still at work instead of asking again. Invariant: a run's
id is written down before the agent has the request, so nothing is asked twice; what is left is gone on with only when
somebody asks for that.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import apsw

from workbench.agents import said
from workbench.agents.loop import through
from workbench.agents.said import Said
from workbench.agents.session import SessionSpec
from workbench.errors import Refused, WorkbenchError
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.recording.playing import REPLAY
from workbench.workflows.steps.ended import NEVER
from workbench.workflows.testing import comparing
from workbench.workflows.testing import folders as testing_folders
from workbench.workflows.testing import table as testing_table
from workbench.workflows.testing.driving import ARMS, LEAST_USD, STEP, TITLES, Driving, params_of, request_of
from workbench.workflows.testing.folders import Folders
from workbench.workflows.testing.table import Arm, RoundRow, TestRow
from workbench.workflows.testing.testing import STOPPED, Testing

T = TypeVar("T")
LOOK_S: Final = 0.3
"""So often a test that another host drives is looked at."""


async def settled(testing: Testing, test: TestRow, driving: Driving) -> None:
    """Waits until a test is over. One that its host has left is gone on with here, from what is written down."""
    locks = testing.library.locks
    while not all(each.over for each in await asyncio.to_thread(testing.rounds, test.id)):
        now = await asyncio.to_thread(testing.find, test.id)
        if await asyncio.to_thread(testing.driven, now):
            await asyncio.sleep(LOOK_S)
        elif await asyncio.to_thread(
            testing.database.write,
            lambda connection, row=now: testing_table.take_over(connection, row, locks.pid, locks.born),
        ):
            # On the pool's thread: who stops waiting does not stop it.
            await asyncio.shield(asyncio.wrap_future(start(testing, now, driving)))
    await testing.let_go(test.id)


def start(testing: Testing, test: TestRow, driving: Driving) -> concurrent.futures.Future[None]:
    """Makes a test on the pool's thread, without waiting for it."""
    return testing.agents().submit(Running(testing, test, driving).run())


@dataclass(frozen=True)
class Running:
    """A test that this host drives."""

    testing: Testing
    test: TestRow
    driving: Driving

    async def run(self) -> None:
        """Makes all rounds that are not over, one after the other; a failure is a round's."""
        try:
            await self._every()
        finally:
            task = asyncio.current_task()
            try:
                # Where this host goes, the agents work on, and who settles the test goes on with it.
                if task is None or not task.cancelling():
                    await self._fail_rest("It was cut off before it could be compared.")
                    await asyncio.to_thread(testing_folders.cleanup, self.testing.home, self.test.id)
            finally:
                await through(self.testing.database.write, self._leave)  # a host that goes must have said so

    async def _every(self) -> None:
        for each in await asyncio.to_thread(self.testing.rounds, self.test.id):
            if each.over:
                continue
            try:
                await self._round(each)
            except WorkbenchError as error:
                await self._fail(each, str(error))
                if not isinstance(error, InvalidOutput):
                    await self._fail_rest("An earlier repeat failed.")
                    return

    async def _round(self, each: RoundRow) -> None:
        """Both arms at once, then the comparison. They are begun in the order in which they are shown, which tells nothing."""
        await self._check_budget()
        arms: tuple[Arm, Arm] = ("with", "baseline") if each.swapped else ("baseline", "with")
        request = request_of(self.test.prompt)
        runs = {arm: await self._begun(each, arm) for arm in arms}
        asked = (self._asked(each, arm, runs[arm], request) for arm in arms)
        answers = await asyncio.gather(*asked, return_exceptions=True)  # the one that goes on is paid for already
        for given in answers:
            if isinstance(given, BaseException):
                raise given
        first, second = (answer.texts[-1] for answer in answers if isinstance(answer, Said))
        run = await self._begun(each, "judge")
        told = await self._asked(each, "judge", run, comparing.prompt_of(self.test.prompt, first, second))
        judged = comparing.read(told.structured, told.texts, skill_first=each.swapped).to_json()
        await self._write(lambda connection: testing_table.judge(connection, self.test.id, each.number, judged))

    async def _begun(self, each: RoundRow, arm: Arm) -> tuple[str, str]:
        """The session of an arm and the id of its run, as they are written down already, or from now on."""
        known = {"baseline": each.baseline, "with": each.with_skill, "judge": each.judge}[arm]
        if known is not None:
            return known
        await self._check_going()
        head = (await asyncio.to_thread(self.testing.find, self.test.id)).session
        name = await asyncio.to_thread(self.testing.name, self.test)
        spec = SessionSpec(
            provider=self.driving.provider,
            model=self.driving.model,
            cwd=str(self._cwd(arm)),
            title=TITLES[arm].format(skill=name),
            skill=name,
            step=STEP,
            counted_in=head,
        )
        made = (await self.testing.agents().create(spec)).id, self.testing.library.clock.new_id()
        if not await self._write(
            lambda connection: testing_table.begin(connection, self.test.id, each.number, arm, made)
        ):
            raise _stopped(self.test)
        return made

    async def _asked(self, each: RoundRow, arm: Arm, run: tuple[str, str], prompt: str) -> Said:
        """The whole answer of one agent, which is asked unless it was. Raises Refused when there is none."""
        agents = self.testing.agents()
        if await asyncio.to_thread(self.testing.standing, run) == NEVER:
            params = await asyncio.to_thread(self._params, each, arm, run[0])
            await self._check_going()
            await agents.send(run[0], prompt, run_id=run[1], **params)
            if await self._is_stopped():  # said while it was being sent, when it could not be stopped yet
                await agents.stop(*run)
        await agents.wait(*run)
        await agents.close(run[0])
        told = await asyncio.to_thread(said.said, self.testing.home, *run)
        words = bool(told.texts and told.texts[-1].strip())
        if told.status != "completed" or not (words or (told.structured and arm == "judge")):
            why = (told.failure or {}).get("message") or f"it ended as {told.status}"
            raise Refused("no_answer", f"{ARMS[arm]} gave no answer: {why}", remedy="Run the test again.", arm=arm)
        return told

    def _params(self, each: RoundRow, arm: Arm, session: str) -> dict[str, Any]:
        params = params_of(arm, self._cwd(arm), self.driving, self._played(each, arm, session))
        if self.test.budget_usd is not None:
            params["maxBudgetUsd"] = max(self.test.budget_usd - self.testing.cost(self.test), LEAST_USD)
        return params

    def _played(self, each: RoundRow, arm: Arm, session: str) -> Mapping[str, Any]:
        if self.driving.played is not None:
            return self.driving.played(arm, each.number)
        if self.driving.provider != REPLAY:
            return {}
        name = self.testing.name(self.test)
        return self.testing.recorded(name, self.test.prompt, arm, self._cwd(arm), session).options

    def _cwd(self, arm: Arm) -> Path:
        """Where an agent works; the comparison where nothing is to be seen of the skill. Raises Refused when it is gone."""
        names = self.test.baseline_folder, self.test.with_folder
        found: Folders = testing_folders.folders(self.testing.home, self.test.id, names)
        folder = found.with_skill if arm == "with" else found.baseline
        if not folder.is_dir():
            raise Refused("gone", "The folders of this test are gone.", remedy="Run it again.", test=self.test.id)
        return folder

    async def _check_budget(self) -> None:
        if self.test.budget_usd is None:
            return
        cost = await asyncio.to_thread(self.testing.cost, self.test)
        if cost >= self.test.budget_usd:
            raise Refused(
                "budget",
                f"The test has cost {cost:.2f} US dollars, of {self.test.budget_usd:.2f} that it may.",
                remedy="Allow it more, or make fewer repeats.",
                test=self.test.id,
            )

    async def _check_going(self) -> None:
        """Raises Refused when it was stopped."""
        if await self._is_stopped():
            raise _stopped(self.test)

    async def _is_stopped(self) -> bool:
        return (await asyncio.to_thread(self.testing.find, self.test.id)).stopped is not None

    async def _fail(self, each: RoundRow, why: str) -> None:
        await self._write(lambda connection: testing_table.fail(connection, self.test.id, each.number, why))

    async def _fail_rest(self, why: str) -> None:
        await self._write(lambda connection: testing_table.fail_rest(connection, self.test.id, why))

    def _leave(self, connection: apsw.Connection) -> None:
        testing_table.leave(connection, self.test.id)

    async def _write(self, work: Callable[[apsw.Connection], T]) -> T:
        return await asyncio.to_thread(self.testing.database.write, work)


def _stopped(test: TestRow) -> Refused:
    return Refused("stopped", STOPPED, remedy="Run the test again.", test=test.id)
