"""Refining a skill: a conversation with an agent that edits its text, and a person who takes or leaves each change.

Idea: what the agent writes lies in the skill's folder at once and in no version; the person looks at the difference to the
last version and accepts, rejects or undoes. One session a skill, its process started with the first message. Invariant:
after every turn only what it was asked to change has changed, whoever was killed meanwhile and whichever host looks; what
is put back, rejected or undone is done whole or not at all, and a later change of a person's stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from workbench.agents import said
from workbench.agents import table as sessions
from workbench.agents.session import SessionSpec
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.tree.folder import Blob
from workbench.workflows.recording.playing import REPLAY, Played
from workbench.workflows.refining import message as refine_message
from workbench.workflows.refining import settling as refine_settling
from workbench.workflows.refining import table as refine_table
from workbench.workflows.refining import validation
from workbench.workflows.refining.driving import Driving, params_of
from workbench.workflows.refining.keep import Keep
from workbench.workflows.refining.message import Asked
from workbench.workflows.refining.table import SessionRow, TurnRow
from workbench.workflows.refining.validation import Validation
from workbench.workflows.refining.verdicts import Verdicts, busy

LOGGER: Final = logging.getLogger("workbench")

CAP: Final = 400
"""So many turns of the agent a session has; then it is exhausted, and a new one is begun by selecting the skill again."""
MOST_AT_ONCE: Final = 100
"""So many of them one message may take. As long as there are more the number stays, and so does the agent's process."""
PATIENCE_S: Final = 60.0
STEP: Final = "refine"
"""Under which reports have it among the steps of building a skill."""


@dataclass(frozen=True)
class Started:
    """The session that a skill is refined in, and how far that has come."""

    session: str
    resumed: bool
    turns: int
    notice: str = ""


@dataclass(frozen=True)
class Sent:
    """A message on its way, and the files that it may change."""

    session: str
    run: str
    files: tuple[str, ...]
    notice: str = ""


@dataclass(frozen=True)
class Result:
    """What a turn came to."""

    turn: TurnRow
    validation: Validation | None = None
    aside: Path | None = None
    """Where copies lie of what was put back."""


class Refining(Verdicts):
    """The refining of one library's skills; any host may make one at any time."""

    async def start(self, name: str, driving: Driving, *, instance: str | None = None) -> Started:
        """The skill's session: the open one, or a new one when there is none that this can go on in. Starts no process."""
        async with self.alone(name) as skill:
            await asyncio.to_thread(self.check_refinable, name, instance)
            running = await asyncio.to_thread(self.turns.settle, name)
            found = await asyncio.to_thread(self.opened, skill)
            if found is not None:
                why = await asyncio.to_thread(self._unfit, name, found.session, driving)
                if not why or running:
                    turns = await asyncio.to_thread(self.spent, found.session)
                    return Started(found.session, resumed=True, turns=turns, notice=await self._cut_off(found))
                await self.agents().close(found.session)
            return await self._new_session(name, skill, driving)

    async def send(self, name: str, message: str, driving: Driving, *, instance: str | None = None) -> Sent:
        """Sends a message, in the session that is open. Raises Refused (busy, session_exhausted, blocked, closed), and
        InvalidRequest for a command or a file that is not there.
        """
        async with self.alone(name) as skill:
            if await asyncio.to_thread(self.turns.settle, name):
                raise busy(name)
            found = await asyncio.to_thread(self.opened, skill)
            if found is None:
                remedy = f"""Start it first: workbench call refine.start '{{"skill": "{name}"}}'."""
                raise Refused("closed", f"{name!r} is not being refined.", remedy=remedy, skill=name)
            run = self.library.clock.new_id()
            begin = partial(self._begin, name, found.session, run, message=message, driving=driving, instance=instance)
            asked, prompt, params, notice = await asyncio.to_thread(begin)
            try:
                await self.agents().send(found.session, prompt, run_id=run, **params)
            except WorkbenchError:
                await asyncio.to_thread(self.turns.settle, name)  # if the agent has never heard of it, it is no turn
                raise
        self.agents().submit(self._look_after(name, found.session, run))
        files = (asked.files or tuple(self.files(name))) if asked.writes else ()
        return Sent(found.session, run, files, notice)

    async def settle(self, name: str, run: str) -> Result:
        """Waits for a turn's end; then what it was not to change has been put back."""
        turn = await asyncio.to_thread(self._turn, name, run)
        if turn.after is None:
            await self.agents().wait(turn.session, run)
            async with self.alone(name):
                await asyncio.to_thread(self.turns.settle, name)
            turn = await asyncio.to_thread(self._turn, name, run)
        aside = refine_settling.trash_below(self.library.root, turn.run) / name
        there = await asyncio.to_thread(aside.is_dir)
        return Result(turn, await asyncio.to_thread(self._validation, turn), aside if there else None)

    async def close(self, name: str, *, instance: str | None = None) -> bool:
        """Ends the session; whether there was one. A turn that runs is cut off and settled; what is undecided stays."""
        async with self.alone(name) as skill:
            self.library.locks.check_free(name, instance)
            found = await asyncio.to_thread(self.opened, skill)
            if found is None:
                return False
            await self.agents().close(found.session)
            await asyncio.to_thread(self.turns.settle, name)
            now = self.library.clock.now_ms()
            await asyncio.to_thread(
                self.database.write, lambda connection: refine_table.close_session(connection, found.session, now)
            )
            return True

    async def idle(self, name: str, *, stop: bool = False) -> None:
        """Sees that no agent is refining a skill, before it is moved or taken away. Raises Refused (`busy`) unless it may be
        stopped.
        """
        skill = (await asyncio.to_thread(self.library.row, name)).id
        if not await asyncio.to_thread(self.unsettled, skill):
            return
        async with self.alone(name):
            for turn in await asyncio.to_thread(self.turns.settle, name):
                if not stop:
                    raise busy(name)
                await self.agents().stop(turn.session, turn.run)
            await asyncio.to_thread(self.turns.settle, name)

    # -- parts

    async def _look_after(self, name: str, session: str, run: str) -> None:
        """Settles a turn at its end, though nobody asks. A failure is left to whoever looks next."""
        try:
            await self.agents().wait(session, run)
            await self.settle_quietly(name)
        except WorkbenchError as error:
            LOGGER.debug("Turn %s of %r is settled later: %s", run, name, error)

    def _unfit(self, name: str, session: str, driving: Driving) -> bool:
        """Whether the open session is not one to go on in: it is used up, or was made for another place or provider."""
        row = self.database.read(lambda connection: sessions.get(connection, session))
        if row is None or row.pruned or row.cwd != str(self.library.folder(name)):
            return True
        return row.provider != driving.provider or self.spent(session) >= CAP

    async def _cut_off(self, found: SessionRow) -> str:
        turns = await asyncio.to_thread(
            self.database.read, lambda connection: refine_table.turns(connection, found.session)
        )
        if turns and turns[-1].status == "interrupted":
            return "The last turn was cut off. What it had written by then is among the changes, and can be undone."
        return ""

    async def _new_session(self, name: str, skill: int, driving: Driving) -> Started:
        folder = str(self.library.folder(name))
        spec = SessionSpec(
            provider=driving.provider, model=driving.model, cwd=folder, title=f"Refine {name}", skill=name, step=STEP
        )
        await asyncio.to_thread(self._check_settled, name)
        made = await self.agents().create(spec)
        now = self.library.clock.now_ms()
        await asyncio.to_thread(
            self.database.write, lambda connection: refine_table.add_session(connection, skill, made.id, now)
        )
        await asyncio.to_thread(self._forget, name)
        return Started(made.id, resumed=False, turns=0)

    def _check_settled(self, name: str) -> None:
        with self.library.alone() as site:
            site.check_settled(name)

    def _forget(self, name: str) -> None:
        """Drops what was kept for the turns of earlier sessions, if no change needs it any more."""
        with self.library.alone() as site:
            if name not in site.stuck:
                Keep.of(site.scratch, name).forget(set())

    def _begin(
        self, name: str, session: str, run: str, *, message: str, driving: Driving, instance: str | None
    ) -> tuple[Asked, str, dict[str, Any], str]:
        """All that can be refused is refused, then the turn is written down. What the agent is told, and a notice."""
        spent = self.spent(session)
        if spent >= CAP:
            raise Refused(
                "session_exhausted",
                f"This session has had its {CAP} turns.",
                remedy="Select the skill again: that begins a new session. The changes stay.",
                session=session,
                turns=spent,
            )
        with self.library.alone() as site:
            self.check_refinable(name, instance)
            site.check_settled(name)
            files = self.files(name)
            asked = refine_message.understood(message, files)
            played = self._played(name, session, message, asked=asked, files=files, driving=driving)
            params = params_of(site.folder(name), asked, driving, min(CAP - spent, MOST_AT_ONCE), played.options)
            prompt = refine_message.prompt_of(asked)
            if asked.command != "edit":
                prompt = validation.prompt_of(prompt, self.findings(name))
            self.turns.begin(site, name, asked, message=message, session=session, run=run)
        return asked, prompt, params, played.notice

    def _played(
        self, name: str, session: str, message: str, *, asked: Asked, files: Mapping[str, Blob], driving: Driving
    ) -> Played:
        """What is played where a recording answers."""
        row = self.database.read(lambda connection: sessions.get(connection, session))
        if row is None or row.provider != REPLAY or "recording" in driving.options:
            return Played()
        texts = {path: blob.data.decode("utf-8", "replace") for path, blob in files.items()}
        return self.player(name).said(message, asked, texts, cwd=self.library.folder(name), session=session)

    def _turn(self, name: str, run: str) -> TurnRow:
        skill = self.library.row(name).id
        found = self.database.read(lambda connection: refine_table.turn(connection, skill, run))
        if found is None:
            remedy = f"""Look at its turns: workbench call refine.content '{{"skill": "{name}"}}'."""
            raise NotFound(f"{name!r} has no turn {run[:80]}.", remedy=remedy, skill=name, run=run)
        return found

    def _validation(self, turn: TurnRow) -> Validation | None:
        """What a check, or the check at the end of a rewrite, has said."""
        if turn.command == "edit" or turn.status != "completed":
            return None
        try:
            told = said.said(self.library.home, turn.session, turn.run)
        except NotFound:
            return None  # its transcript is gone
        return validation.read(told.structured, told.texts)
