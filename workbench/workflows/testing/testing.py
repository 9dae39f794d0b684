"""Testing a skill: the same request to an agent with it and to one without, and a comparison that never sees it.

Idea: a test is rows that name sessions; what was said and what it cost is read from those. A person votes on A and B
before they are told which is which, so what stands behind the letters is drawn by lot. Invariant: a test that is stopped
begins nothing any more, at whatever moment that was said.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from workbench.agents.pool import Pool
from workbench.agents.recorder import Recorder
from workbench.errors import NotFound, Refused
from workbench.sidecar.tree import born
from workbench.skills import table as skills
from workbench.skills.library import Library
from workbench.skills.roles.registry import Roles
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.digest import digest
from workbench.usage.ledger import PICO
from workbench.workflows.recording.playing import REPLAY, Played, Player
from workbench.workflows.refining import blocked
from workbench.workflows.refining import table as refine_table
from workbench.workflows.steps import written
from workbench.workflows.steps.ended import answer, standing
from workbench.workflows.testing import comparing
from workbench.workflows.testing import folders as testing_folders
from workbench.workflows.testing import table as testing_table
from workbench.workflows.testing.driving import PURPOSES, Driving, request_of
from workbench.workflows.testing.folders import CONTEXT, Folders
from workbench.workflows.testing.table import Arm, RoundRow, TestRow, Vote

STOPPED: Final = "It was stopped."
LET_GO_S: Final = 60.0
_LOOK_S: Final = 0.05
Order = Callable[[int], list[bool]]
"""For so many repeats, in which of them A is the answer with the skill."""


def by_lot(repeats: int) -> list[bool]:
    """In half of them; of an odd number the last half is drawn, too."""
    chance = secrets.SystemRandom()
    so_many = (repeats + chance.randrange(2)) // 2
    found = [number < so_many for number in range(repeats)]
    chance.shuffle(found)
    return found


class Testing:
    """The tests of one library's skills; any host may make one at any time. `agents` is asked for when one is needed."""

    __test__ = False

    def __init__(
        self, library: Library, recorder: Recorder, agents: Callable[[], Pool], *, order: Order = by_lot
    ) -> None:
        self.library = library
        self.database = library.database
        self.home = library.home
        self.recorder = recorder
        self.agents = agents
        self._order = order

    # -- the folders

    def prepare(self, name: str) -> Folders:
        """The two folders of a test that somebody makes by themselves."""
        self._check(name)
        return self._prepare(name, self.library.clock.new_id(), testing_folders.BY_HAND)

    def cleanup(self, test: str) -> bool:
        """Takes a test's folders away. Raises Refused while its agents are at work."""
        testing_folders.folders(self.home, test)
        known = self.database.read(lambda connection: testing_table.get(connection, test))
        if known is not None and self.driven(known):
            raise Refused("busy", "This test is running.", remedy="Wait for it, or stop it.", test=test)
        return testing_folders.cleanup(self.home, test)

    # -- beginning and stopping

    def begin(self, name: str, prompt: str, driving: Driving, *, repeats: int = 1, vote_first: bool = True) -> TestRow:
        """Writes a test down, with its folders made. Raises Refused (blocked), and NoRecording."""
        self._check(name)
        skill = self.library.row(name).id
        clock, locks, replayed = self.library.clock, self.library.locks, driving.provider == REPLAY
        testing_folders.sweep(self.home, self._is_over, clock.now_ms() / 1000)
        notice = self._check_recorded(name, prompt) if replayed and driving.played is None else ""
        test = TestRow(
            clock.new_id(), skill, digest(self.library.folder(name)), prompt, driving.provider, driving.model,
            driving.budget_usd, vote_first, replayed, *testing_folders.neutral(), notice, clock.now_ms(), locks.pid,
            locks.born,
        )  # fmt: skip
        self._prepare(name, test.id, (test.baseline_folder, test.with_folder))
        # A recording has its order.
        swapped = [False] if replayed else self._order(repeats)
        rounds = [RoundRow(number, each, None, None, None, None, None, None) for number, each in enumerate(swapped, 1)]
        self.database.write(lambda connection: testing_table.add(connection, test, rounds))
        return test

    async def stop(self, test: TestRow) -> None:
        """Ends what runs of a test; what is done of it stands. A run that is being started is ended by who starts it."""
        now = self.library.clock.now_ms()
        await asyncio.to_thread(
            self.database.write, lambda connection: testing_table.stop(connection, test.id, now, STOPPED)
        )
        for each in await asyncio.to_thread(self.rounds, test.id):
            for run in each.runs:
                if await asyncio.to_thread(self.standing, run) is None:
                    await self.agents().stop(*run)
        if born(test.pid) != test.born:  # nobody else would
            await asyncio.to_thread(testing_folders.cleanup, self.home, test.id)

    async def let_go(self, test: str) -> None:
        """Waits until nobody drives a test any more: the processes of its agents have ended then, and its folders are gone.
        A minute at most: a host that stands still holds nobody up.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LET_GO_S):
                while await asyncio.to_thread(self._in_hand, test):  # noqa: ASYNC110 - another host has no event here
                    await asyncio.sleep(_LOOK_S)

    # -- reading

    def find(self, test: str) -> TestRow:
        found = self.database.read(lambda connection: testing_table.get(connection, test))
        if found is None:
            raise NotFound(f"There is no test {test[:80]!r}.", remedy=testing_folders.LIST, test=test[:200])
        return found

    def history(self, name: str, limit: int) -> list[TestRow]:
        """The tests of a skill, the last first."""
        skill = self.library.row(name).id
        return self.database.read(lambda connection: testing_table.newest(connection, skill, limit))

    def rounds(self, test: str) -> list[RoundRow]:
        return self.database.read(lambda connection: testing_table.rounds(connection, test))

    def driven(self, test: TestRow) -> bool:
        """Whether a living host still has something to ask for it."""
        return born(test.pid) == test.born and not all(each.over for each in self.rounds(test.id))

    def text(self, run: tuple[str, str]) -> str:
        """What an agent has answered, as far as it has come."""
        return answer(self.home, self.database, *run)

    # -- voting

    def vote(self, test: TestRow, number: int, vote: Vote) -> None:
        """A person's vote on a round whose answers are there. Raises Refused when they have voted already."""
        each = next((each for each in self.rounds(test.id) if each.number == number), None)
        if each is None:
            raise NotFound(f"The test has no repeat {number}.", remedy="Look at it again.", test=test.id, round=number)
        if each.failure is not None:
            raise Refused("over", each.failure, remedy="Run the test again.", test=test.id, round=number)
        answered = [run is not None and self.standing(run) == "completed" for run in (each.baseline, each.with_skill)]
        if not all(answered):
            raise Refused("too_early", "Both answers have to be there first.", remedy="Wait for them.", test=test.id)
        if not self.database.write(lambda connection: testing_table.vote(connection, test.id, number, vote)):
            raise Refused("duplicate", "You have voted on this already.", remedy="The first vote counts.", test=test.id)

    # -- parts

    def _is_over(self, test: str) -> bool | None:
        known = self.database.read(lambda connection: testing_table.get(connection, test))
        return all(each.over for each in self.rounds(test)) if known is not None else None

    def _in_hand(self, test: str) -> bool:
        now = self.find(test)
        return born(now.pid) == now.born

    def _check(self, name: str) -> None:
        written.check(self.library, name)
        blocked.check(self.library.folder(name), "tested", "scope")

    def _prepare(self, name: str, test: str, names: tuple[str, str]) -> Folders:
        roles = Roles(self.database, self.home, self.library.clock).every()
        own = next((each.folder for each in roles if each.role.active and each.role.purpose == CONTEXT), None)
        return testing_folders.prepare(self.home, test, self.library.folder(name), own=own, names=names)

    def recorded(self, name: str, prompt: str, arm: Arm, cwd: Path, session: str) -> Played:
        """What is played for an arm. Raises NoRecording."""
        skill = self.library.row(name).id
        shown = self.database.read(lambda connection: refine_table.example_of(connection, skill))
        told = comparing.instructions() if arm == "judge" else request_of("")
        found = blobs(self.library.folder(name)) if arm == "with" else {}
        files = {path: blob.data.decode("utf-8", "replace") for path, blob in found.items()}
        player = Player.of(shown, name, self.library.clock)
        return player.tested(arm, prompt, told, files, cwd=cwd, session=session)

    def _check_recorded(self, name: str, prompt: str) -> str:
        """What is said above a test that is played. Raises NoRecording."""
        found = [self.recorded(name, prompt, arm, Path(), "") for arm in PURPOSES]
        return " ".join(each.notice for each in found if each.notice)

    def name(self, test: TestRow) -> str:
        """What the skill is called now. Raises NotFound when it is gone."""
        rows = self.database.read(skills.rows)
        found = next((row.name for row in rows if row.id == test.skill), None)
        if found is None:
            raise NotFound("The skill of this test is gone.", remedy="Restore it from the trash.", test=test.id)
        return found

    def standing(self, run: tuple[str, str]) -> str | None:
        """How a run ended; None: it is open."""
        return standing(self.home, self.database, self.recorder, *run)

    def cost(self, test: TestRow) -> float:
        """In US dollars, as far as prices are known."""
        spent = [self.spent(run).cost or 0 for each in self.rounds(test.id) for run in each.runs]
        return sum(spent) / PICO

    def spent(self, run: tuple[str, str]) -> testing_table.Spent:
        return self.database.read(lambda connection: testing_table.spent(connection, run[1]))
