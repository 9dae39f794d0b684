"""A model is asked about answers, once for the same ones, whoever asks and whoever is there when it has spoken.

Idea: which run judges is a row before it is sent. Who finds one waits for that run, and takes its word from the transcript:
another host at the same moment, or the next one after a host was killed. Invariant: a judge that has spoken is paid once;
only one that said nothing of use, or was never sent, is followed by another.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from workbench.agents.pool import Pool
from workbench.agents.said import said
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.library import Library
from workbench.workflows.documents import extracting
from workbench.workflows.documents.drafting import drafted
from workbench.workflows.documents.drafts import GateDraft
from workbench.workflows.gate import claims
from workbench.workflows.gate.claims import Claim
from workbench.workflows.gate.judging import GateLook
from workbench.workflows.looking import Look
from workbench.workflows.steps.awaiting import STARTING_MS
from workbench.workflows.steps.preparing import Prepared, Preparing
from workbench.workflows.steps.seeing import to_its_end

MINUTES: Final = 5.0
"""So long a judge may take."""
_PAUSE_S: Final = 0.1


class Judge:
    """The model behind the gates of a library's skills."""

    def __init__(
        self, library: Library, preparing: Preparing, pool: Callable[[], Pool], minutes: float = MINUTES
    ) -> None:
        self._library = library
        self._preparing = preparing
        self._pool = pool
        self._minutes = minutes

    async def ask(self, look: Look, at: GateLook, prepared: Prepared) -> GateDraft | None:
        """What a model says of the answers; None when it could not be asked, or said nothing of use. Raises NoRecording."""
        claim = await self._claimed(look, at, prepared)
        if claim is None or claim.session is None:
            return None
        draft = None
        try:
            draft = await self._heard(claim, claim.session, prepared)
        except WorkbenchError as error:
            if _is_full(error):
                raise
        if draft is None:
            await asyncio.to_thread(self._drop, look.skill.id, claim.run)
        return draft

    # -- who judges

    async def _claimed(self, look: Look, at: GateLook, prepared: Prepared) -> Claim | None:
        """The run that judges, once it is under way; None when none can be, or may be paid."""
        mine = Claim(prepared.step.key, at.digest, self._library.clock.new_id(), self._library.clock.now_ms())
        while True:
            claim = await asyncio.to_thread(self._claim, look, mine, prepared)
            if claim is None:
                return None
            if claim.run == mine.run:
                return await self._sent(look, at, mine, prepared)
            if await asyncio.to_thread(self._is_known, claim):
                return claim
            await asyncio.sleep(_PAUSE_S)  # it is just being sent

    def _claim(self, look: Look, mine: Claim, prepared: Prepared) -> Claim | None:
        """Who judges: somebody already, or this host from now on, unless nothing may be paid. Raises NoRecording."""
        skill, database = look.skill.id, self._library.database
        found = database.read(lambda connection: claims.find(connection, skill, mine.step, mine.digest))
        if found is not None and not self._is_given_up(found):
            return found
        if prepared.params.get("maxBudgetUsd") == 0:
            return None
        self._preparing.play(look, prepared, "")  # before anything is made
        return database.write(lambda connection: claims.take(connection, skill, mine, instead_of=found))

    def _is_given_up(self, claim: Claim) -> bool:
        """Whether the host died before it had sent it."""
        return self._library.clock.now_ms() - claim.at > STARTING_MS and not self._is_known(claim)

    def _is_known(self, claim: Claim) -> bool:
        """Whether the transcript tells of it."""
        if claim.session is None:
            return False
        try:
            said(self._library.home, claim.session, claim.run)
        except NotFound:
            return False
        return True

    def _drop(self, skill: int, run: str) -> None:
        self._library.database.write(lambda connection: claims.drop(connection, skill, run))

    # -- asking and hearing

    async def _sent(self, look: Look, at: GateLook, mine: Claim, prepared: Prepared) -> Claim | None:
        """The claim with its session, once the judge has been asked; None when that could not be."""
        try:
            return await self._send(look, at, mine, prepared)
        except BaseException as error:
            await asyncio.to_thread(self._drop, look.skill.id, mine.run)
            if _is_full(error) or not isinstance(error, WorkbenchError):
                raise
            return None

    async def _send(self, look: Look, at: GateLook, mine: Claim, prepared: Prepared) -> Claim | None:
        title = f"gate {1 if at.first else 2}"
        session = (await self._pool().create(prepared.session(look, title))).id
        options, _ = await asyncio.to_thread(self._preparing.play, look, prepared, session)
        params = {**prepared.params, **({"options": options} if options else {})}
        write = self._library.database.write
        if not await asyncio.to_thread(write, lambda c: claims.sending(c, look.skill.id, mine.run, session)):
            return None  # it took so long that another was asked
        await self._pool().send(session, prepared.prompt.text, run_id=mine.run, **params)
        now = await asyncio.to_thread(
            self._library.database.read, lambda c: claims.find(c, look.skill.id, mine.step, mine.digest)
        )
        if now is None or now.run != mine.run:
            await self._pool().stop(session, mine.run)  # another was asked meanwhile
            return None
        return replace(mine, session=session)

    async def _heard(self, claim: Claim, session: str, prepared: Prepared) -> GateDraft | None:
        """What the judge has said, once its turn is over; its process is needed no more then."""
        limits = replace(await asyncio.to_thread(self._preparing.limits, prepared, session), minutes=self._minutes)
        await to_its_end(self._pool(), session, claim.run, limits)
        told = await asyncio.to_thread(said, self._library.home, session, claim.run)
        with contextlib.suppress(WorkbenchError):
            await self._pool().close(session)
        if told.status != "completed":
            return None
        return drafted(GateDraft, extracting.extract(told.structured, told.texts))[0]


def _is_full(error: BaseException) -> bool:
    return isinstance(error, Refused) and error.reason == "disk_full"
