"""The desk at which a skill is refined: how it stands, and a lock that keeps two from working at it at once.

Invariant: whoever has a skill's refining to themselves finds every turn that is over settled, or settles it; looking never
waits for an agent.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Final

from workbench.agents.loop import through
from workbench.agents.pool import Pool
from workbench.agents.recorder import Recorder
from workbench.errors import Refused, WorkbenchError
from workbench.skills.changes import scratch_of
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.tree.beneath import blobs
from workbench.skills.tree.folder import Blob
from workbench.skills.turns import turn as alone_at
from workbench.skills.versions.repository import Repository
from workbench.workflows.recording.playing import Player
from workbench.workflows.refining import blocked
from workbench.workflows.refining import changes as refine_changes
from workbench.workflows.refining import message as refine_message
from workbench.workflows.refining import table as refine_table
from workbench.workflows.refining.changes import Changed
from workbench.workflows.refining.table import SessionRow, TurnRow
from workbench.workflows.refining.turns import Turns
from workbench.workflows.steps import written

PATIENCE_S: Final = 60.0
"""So long a verb waits for another host's; it is the start of an agent at most."""
LOOKER_PATIENCE_S: Final = 2.0


@dataclass(frozen=True)
class Look:
    """How a skill stands in refining. `turns` are those of the newest session, of which `session` is None when closed."""

    session: SessionRow | None
    turns: list[TurnRow]
    changes: list[Changed]

    @property
    def open_run(self) -> str | None:
        return next((turn.run for turn in self.turns if turn.after is None), None)

    @property
    def undoable(self) -> str | None:
        """The last turn that changed something and was not taken back."""
        done = (turn for turn in reversed(self.turns) if turn.after is not None)
        return next((turn.run for turn in done if turn.changed and turn.undone is None), None)


class Desk:
    """What every verb of refining stands on. `agents` is asked for when one is needed."""

    def __init__(self, library: Library, recorder: Recorder, agents: Callable[[], Pool]) -> None:
        self.library = library
        self.database = library.database
        self.turns = Turns(library, recorder)
        self.agents = agents

    # -- reading

    async def look(self, name: str) -> Look:
        """How it stands now, with what finished turns have left settled."""
        await self.settle_quietly(name)
        return await asyncio.to_thread(self._look, name)

    def files(self, name: str) -> dict[str, Blob]:
        """The skill's own files, SKILL.md first, then by path."""
        found = {path: blob for path, blob in blobs(self.library.folder(name)).items() if refine_message.own_text(path)}
        return dict(sorted(found.items(), key=lambda each: (each[0] != FILE, each[0])))

    def player(self, name: str) -> Player:
        """What there are recordings of, for this skill."""
        skill = self.library.row(name).id
        shown = self.database.read(lambda connection: refine_table.example_of(connection, skill))
        return Player.of(shown, name, self.library.clock)

    def refusal(self, name: str) -> WorkbenchError | None:
        """Why it cannot be refined now."""
        try:
            self.check_refinable(name)
        except WorkbenchError as error:
            return error
        return None

    def _look(self, name: str) -> Look:
        skill = self.library.row(name).id
        self.library.settle()
        repository = Repository.find(self.library.root) if self.library.root.is_dir() else None
        if repository is None:
            raise Refused(
                "no_repository",
                f"There is no git repository in {self.library.root}.",
                remedy="Change the skill, which makes one; what there was before is in no version.",
                path=str(self.library.root),
            )
        turns = self._turns(skill)
        return Look(self.opened(skill), turns, self._changes(repository, name, turns))

    def _turns(self, skill: int) -> list[TurnRow]:
        """Those of the newest session."""
        last = self.database.read(lambda connection: refine_table.last_session(connection, skill))
        return self.database.read(lambda connection: refine_table.turns(connection, last)) if last else []

    def _changes(self, repository: Repository, name: str, turns: list[TurnRow]) -> list[Changed]:
        return refine_changes.changes(repository, name, {path for turn in turns for path in turn.made})

    def findings(self, name: str) -> list[str]:
        """What the linter says of SKILL.md, a line each."""
        found = self.library.document(name).diagnostics
        return [f"{FILE}:{each['line']}: {each['severity']}: {each['message']}" for each in found]

    async def at_work(self, name: str) -> bool:
        """Whether an agent is refining it now."""
        await self.settle_quietly(name)
        skill = (await asyncio.to_thread(self.library.row, name)).id
        return bool(await asyncio.to_thread(self.unsettled, skill))

    # -- for the verbs

    @asynccontextmanager
    async def alone(self, name: str, patience_s: float = PATIENCE_S) -> AsyncIterator[int]:
        """The refining of one skill to ourselves, whichever process; the skill's id."""
        skill = (await asyncio.to_thread(self.library.row, name)).id
        folder = scratch_of(self.library.home)
        await asyncio.to_thread(lambda: folder.mkdir(parents=True, exist_ok=True))
        with ExitStack() as stack:
            lock = alone_at(folder / f".refine-{skill}.lock", patience_s, doing=f"refining {name!r}")
            await through(stack.enter_context, lock)
            yield skill

    async def settle_quietly(self, name: str) -> None:
        """Settles what is over, unless somebody else is at it."""
        skill = await asyncio.to_thread(self.library.row, name)
        if not await asyncio.to_thread(self.unsettled, skill.id):
            return
        try:
            async with self.alone(name, LOOKER_PATIENCE_S):
                await asyncio.to_thread(self.turns.settle, name)
        except Refused as error:
            if error.reason != "busy":
                raise

    def check_refinable(self, name: str, instance: str | None = None) -> None:
        self.library.check_mine(name, instance)
        written.check(self.library, name)
        blocked.check(self.library.folder(name), "refined", "scope", "contradiction")

    def unsettled(self, skill: int) -> list[TurnRow]:
        """The turns of which nobody has looked yet at what they left."""
        return self.database.read(lambda connection: refine_table.unsettled(connection, skill))

    def opened(self, skill: int) -> SessionRow | None:
        return self.database.read(lambda connection: refine_table.open_session(connection, skill))

    def spent(self, session: str) -> int:
        return self.database.read(lambda connection: refine_table.spent(connection, session))[0]
