"""One host's side of one session: its connection, its commits, shared by all who watch or speak to it here.

Idea: viewers and senders of a pool meet in one `Attachment`, so a session costs a host one socket, one bell and one
commit however many look at it. Invariants: "is it over?" is asked of the lock, never remembered; only one commit of a
session runs here at a time, and `committed` returns when the ledger holds what the caller has seen; once a second while
the file grows, and once when the process has ended, it is committed though nobody looks.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

from workbench.agents.channel import Channel, Opening, connect
from workbench.agents.session import TRANSCRIPT
from workbench.agents.transcript import Transcript
from workbench.errors import Refused, SessionGone

log = logging.getLogger(__name__)

COMMIT_S: Final = 1.0
_LAST_TRIES: Final = 3
"""So often the end of a session is committed; after that it is left to whoever opens the home next."""
_LOOK_S: Final = 0.02
"""How often the lock is probed while a process is going away."""
_NEWS_S: Final = 0.5
"""How often a viewer of an ended session looks whether another host has started it again."""


class Attachment:
    """See the module. Lives on the pool's loop; `alive`, `commit` and `settle` are the pool's, for this one session."""

    def __init__(
        self,
        folder: Path,
        *,
        alive: Callable[[], bool],
        commit: Callable[[], Awaitable[int]],
        settle: Callable[[], Awaitable[None]],
        on_change: Callable[[], None],
    ) -> None:
        self.folder = folder
        self.path = folder / TRANSCRIPT
        self.starting = asyncio.Lock()
        self.users = 0
        self._alive = alive
        self._commit = commit
        self._settle = settle
        self._on_change = on_change
        self._channel: Channel | None = None
        self._connecting = asyncio.Lock()
        self._news = asyncio.Event()
        self._offset = 0
        self._trouble = ""
        self._committing: asyncio.Task[None] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """True when nobody here needs it any more, and it holds nothing."""
        connected = self._channel is not None and not self._channel.gone
        return not (self.users or self.starting.locked() or self._kept or connected)

    @property
    def _kept(self) -> bool:
        return self._keeper is not None and not self._keeper.done()

    # -- the connection

    async def channel(self) -> Channel | None:
        """The connection to the session's process, made if need be; None when the lock is free.

        While the lock is held and nobody listens, a process is starting or going away: that is waited for.
        """
        if self._channel is not None and not self._channel.gone:
            return self._channel
        async with self._connecting:
            if self._channel is not None and not self._channel.gone:
                return self._channel
            while self._alive():
                try:
                    self._channel, _ = await connect(self.folder, alive=self._alive)
                except SessionGone:
                    await asyncio.sleep(_LOOK_S)
                    continue
                if not self._kept:
                    self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.folder.name}")
                self._tell()
                return self._channel
        return None

    async def ready(self) -> bool:
        """Waits until the sidecar has said `ready`; False when it ended first."""
        return await self._until(lambda opening: opening.ready)

    async def runs_over(self, run_ids: set[str]) -> None:
        """Waits until none of these runs is open, or the process has ended."""
        await self._until(lambda opening: not run_ids.intersection(opening.open))

    async def _until(self, true_of: Callable[[Opening], bool]) -> bool:
        """Asks at every bell until the answer satisfies; False when the process has ended."""
        while (channel := await self.channel()) is not None:
            with contextlib.suppress(SessionGone):
                opening = await channel.ping()
                if true_of(opening):
                    return True
                await channel.rung(opening.size)
        return False

    async def deliver(self, frame: dict[str, Any], *, again: bool = False, mask: tuple[str, ...] = ()) -> int | None:
        """Sends one frame, once: a lost answer is asked for again under the same id, and `duplicate` is then its
        answer (`again` says that it has been sent before). `mask` is hidden from here on. None when the process ended
        before it answered. Raises Unanswered when it stands still.
        """
        while (channel := await self.channel()) is not None:
            try:
                seq = await channel.send(frame, mask=mask)
            except SessionGone:
                again = True
                continue
            except Refused as refusal:
                if refusal.reason == "closing":
                    await channel.ended()
                    continue
                if refusal.reason == "duplicate" and again:
                    return 0
                raise
            self._tell()
            return seq
        return None

    async def over(self, channel: Channel) -> None:
        """Waits until the process at the other end has ended, its end is in the transcript, and the keeper has committed
        it; the keeper may have gone on to a process that another host has started since, and that is not waited for.
        """
        await channel.ended()
        while self._kept and not begun_again(self.path, channel.size):  # noqa: ASYNC110 - a file has no event
            await asyncio.sleep(_LOOK_S)
        await self.settled()

    async def settled(self) -> None:
        """Sees that a process that is gone has its end in the transcript."""
        if not has_ended(self.path):
            await self._settle()

    # -- what a viewer asks (follow.Watch)

    async def grown(self, known: int) -> bool:
        while True:
            while (channel := await self.channel()) is not None:
                if await channel.rung(known):
                    return True
            if has_ended(self.path):
                break
            await self._settle()
            if not self._alive():  # else somebody settles it, or has started it again
                break
        return self._longer_than(known)

    async def committed(self, offset: int) -> None:
        while self._offset < offset:
            try:
                await asyncio.shield(self._committing or self._begin_commit())
            except Refused as refusal:
                if refusal.reason != "busy":
                    raise
                await asyncio.sleep(_NEWS_S)  # another process writes for long; the viewer waits as the ledger does

    async def resumed(self, known: int) -> None:
        while not self._longer_than(known) and not self._alive():
            self._news.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_NEWS_S):
                    await self._news.wait()

    def _longer_than(self, known: int) -> bool:
        return self.size() > known

    def size(self) -> int:
        """How long the transcript is; 0 as long as there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    # -- commits

    async def catch_up(self) -> None:
        """Commits all whole lines that the file holds now."""
        if self._committing is not None:
            await asyncio.wait([self._committing])  # it may have begun before the last lines were written
        await asyncio.shield(self._committing or self._begin_commit())

    def _begin_commit(self) -> asyncio.Task[None]:
        self._committing = asyncio.create_task(self._commit_once(), name=f"commit {self.folder.name}")
        return self._committing

    async def _commit_once(self) -> None:
        before = self._offset
        try:
            self._offset = await self._commit()
        finally:
            self._committing = None
        if self._offset != before:
            self._tell()

    async def _keep(self) -> None:
        """Commits while the session lives, whoever looks; then settles its end. A supervision loop: a failing
        commit (a full disk, a locked database) is logged and tried again, because the transcript has it all.
        """
        while (channel := await self.channel()) is not None:
            while not channel.gone and await channel.rung(self._offset):
                await self._try(self.catch_up)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(COMMIT_S):
                        await channel.ended()
        await self._try(self.settled)
        for _ in range(_LAST_TRIES - 1):
            if await self._try(self.catch_up):
                break
            await asyncio.sleep(COMMIT_S)
        else:
            await self._try(self.catch_up)
        self._tell()

    async def _try(self, work: Callable[[], Awaitable[None]]) -> bool:
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the supervision loop: whatever failed, the session stays followed
            if str(error) != self._trouble:
                log.warning("Session %s is not in the ledger yet; trying again: %s", self.folder.name, error)
            self._trouble = str(error)
            return False
        return True

    def _tell(self) -> None:
        self._news.set()
        self._on_change()

    async def aclose(self) -> None:
        """Leaves; the session goes on."""
        tasks = [task for task in (self._keeper, self._committing) if task is not None]
        if self._keeper is not None:
            self._keeper.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._channel is not None:
            await self._channel.aclose()


def has_ended(path: Path) -> bool:
    """Whether a transcript's last word is an exit, or nothing has been said at all."""
    with Transcript(path) as tape:
        last = tape.tail(1)
    return not last or (last[0].d == "shim" and (last[0].f or {}).get("type") == "exit")


def begun_again(path: Path, offset: int) -> bool:
    """Whether a process was started after `offset`, which is as far as an earlier one has told of its transcript."""
    with Transcript(path) as tape:
        while (page := tape.read(offset)).offset > offset:
            if any(record.d == "shim" and (record.f or {}).get("type") == "start" for record in page.records):
                return True
            offset = page.offset
    return False
