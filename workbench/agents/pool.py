"""The one door to agents: starts sessions, speaks to them, follows them, and leaves them alive when it goes.

Idea: a pool is a thread with a loop. It keeps nothing that another host could not find out: who a session is stands in
its folder, whether it lives is its lock, what was said is its transcript, and what it cost is the ledger, which any pool
commits from the stored offset. Invariants: the callers' code never runs on this loop, and a stalled viewer, a slow
commit or a dying process holds up nobody else; `aclose` ends what belongs to this host and no session.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping
from typing import Any, Final, TypeVar, cast

import apsw

from workbench.agents import conversation, process, session, table
from workbench.agents.attachment import Attachment
from workbench.agents.channel import Unanswered
from workbench.agents.children import Children
from workbench.agents.follow import Batch, follow
from workbench.agents.loop import Across, LoopThread, through
from workbench.agents.pipe import Pipe
from workbench.agents.process import Timers
from workbench.agents.recorder import Recorder
from workbench.agents.session import Session, SessionSpec
from workbench.agents.settler import Found, settle_all
from workbench.agents.starter import Launch, hidden, start, start_line
from workbench.clock import Clock, SystemClock
from workbench.errors import WorkbenchError
from workbench.paths import Home
from workbench.protocol.wire import INPUT_PREFIX, PERMISSION_PREFIX, RESOLVED, Steered
from workbench.redact import needles
from workbench.storage.database import Database

T = TypeVar("T")

_TRIES: Final = 3
_DAY_MS: Final = 24 * 3600 * 1000
_CALLED_BACK_S: Final = 25.0
"""So long a turn that is given up is called back: two answers of its process, and the time that it has to stop."""

log = logging.getLogger(__name__)


class Pool:
    """See the module. The coroutine methods may be awaited on any loop; `submit` is for threads without one."""

    def __init__(
        self,
        home: Home,
        database: Database,
        recorder: Recorder,
        provide: Callable[[str], Launch],
        *,
        clock: Clock | None = None,
        timers: Callable[[], Timers] = Timers,
        on_change: Callable[[str], None] = lambda _session: None,
    ) -> None:
        """`provide` says how a provider's sidecar is started, `timers` which limits a process that starts now is given;
        both are asked each time, in a thread. `on_change` is called on the pool's thread with the id of
        a session whose row may have changed.
        """
        self._home = home
        self._database = database
        self._recorder = recorder
        self._provide = provide
        self._clock = clock or SystemClock()
        self._timers = timers
        self._on_change = on_change
        self._attachments: dict[str, Attachment] = {}
        self._children = Children(self._open_pipe)
        self._thread = LoopThread("workbench-pool")

    # -- making and reading

    async def create(self, spec: SessionSpec) -> Session:
        """Makes a session: its folder and its row. Nothing is started."""
        return await self._thread.hop(self._create(spec))

    def follow(
        self, session_id: str, since_seq: int = 0, *, keep_open: bool = False, join: bool = True
    ) -> Across[Batch]:
        """The session's batches above `since_seq`, past and to come. Ends when its process has ended and all has been
        told; `keep_open` waits for the next one.
        """
        return Across(self._thread, self._follow(session_id, since_seq, keep_open=keep_open, join=join))

    async def wait(self, session_id: str, run_id: str) -> dict[str, Any]:
        """The terminal event of a run, once it is in the ledger; of a run that was cut off, the process's exit record."""
        since = await self.before(session_id, run_id)
        return await self._with(session_id, lambda attachment: conversation.outcome(attachment, run_id, since))

    async def before(self, session_id: str, run_id: str) -> int:
        """From where to follow a session for a run alone: a number below its first record."""
        return await asyncio.to_thread(self._database.read, lambda connection: _before(connection, session_id, run_id))

    # -- speaking

    async def send(self, session_id: str, prompt: str, *, run_id: str | None = None, **params: Any) -> str:
        """Starts a turn, and the session's process if it does not live; returns the run's id.

        `params` are those of `wire.SendMessage`. Raises Refused (`busy`: a turn is open), SidecarFailed; whenever it raises,
        the turn does not go on.
        """
        run = run_id or self._clock.new_id()
        try:
            return await self._thread.hop(self._send(session_id, prompt, run, params))
        except (asyncio.CancelledError, Unanswered):
            # It may have been heard, or may lie in the socket yet. What is sent now comes behind it. A host that leaves
            # looks after nothing: its agents work on.
            if not self._thread.stopped:
                with contextlib.suppress(WorkbenchError, OSError):
                    async with asyncio.timeout(_CALLED_BACK_S):
                        await self.stop(session_id, run)
            raise

    async def steer(self, session_id: str, prompt: str) -> Steered:
        """Guidance for the running turn; the answer says whether it was taken."""
        return cast(Steered, await self._ask(session_id, "steerSession", {"prompt": prompt}))

    async def stop(self, session_id: str, run_id: str | None = None) -> None:
        """Stops the running turn, or `run_id` if it is that; a turn that does not end in 2 s takes its process with it."""
        await self._with(session_id, lambda attachment: conversation.stop(attachment, self._clock.new_id(), run_id))

    async def respond_permission(self, session_id: str, permission_id: str, behavior: str, **fields: Any) -> None:
        """Answers a permission. Raises Refused (`duplicate`) when somebody has, NotFound when nobody asks any more."""
        params = {"permissionId": permission_id, "behavior": behavior, **fields}
        await self._respond(session_id, PERMISSION_PREFIX, "permissionId", "permissionResponse", params)

    async def respond_input(self, session_id: str, input_id: str, action: str, **fields: Any) -> None:
        """Answers a question; as `respond_permission`."""
        params = {"userInputId": input_id, "action": action, **fields}
        await self._respond(session_id, INPUT_PREFIX, "userInputId", "userInputResponse", params)

    async def update(self, session_id: str, **config: Any) -> None:
        """Changes the model or the permission mode of a live session for the turns to come."""
        await self._ask(session_id, "updateConfig", config)

    async def ask(self, session_id: str, method: str, params: Mapping[str, Any] | None = None) -> Any:
        """The `result` of any other request to a live session (`contextUsage`, `listCommands`)."""
        return (await self._ask(session_id, method, params or {})).get("result")

    async def close(self, session_id: str, reason: str = "closed") -> None:
        """Ends the session's process; returns when its exit is in the transcript and in the ledger."""
        await self._with(session_id, lambda attachment: conversation.close(attachment, reason))

    async def request(
        self, provider: str, method: str, params: Mapping[str, Any] | None = None, *, within_s: float = 60.0
    ) -> Any:
        """The `result` of a request that belongs to no session (`listModels`, `generateTitle`)."""
        return await self._thread.hop(self._children.ask(provider, method, params, within_s=within_s))

    # -- all of them

    async def settle_lost(self) -> Found:
        """Settles every session whose process and guard were killed, and commits what no host has."""
        found = await asyncio.to_thread(settle_all, self._home, self._recorder)
        for session_id in found.lost:
            await self._thread.hop(self._told(session_id))
        return found

    async def prune(self, days: float) -> list[str]:
        """Deletes the transcripts of sessions that ended so long ago and are wholly in the ledger; their ids."""
        after_ms = round(days * _DAY_MS)
        return await asyncio.to_thread(self._recorder.prune, self._clock.now_ms(), after_ms=after_ms)

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Runs a coroutine on the pool's loop, from any thread."""
        return self._thread.submit(work)

    async def aclose(self) -> None:
        """Leaves: closes connections and plain children, ends the thread. Sessions live on."""
        await asyncio.to_thread(self.shutdown)

    def shutdown(self) -> None:
        """`aclose` for a thread without a loop; not for the pool's own."""
        self._thread.stop(self._leave)

    # -- on the loop: sessions

    async def _create(self, spec: SessionSpec) -> Session:
        made = await asyncio.to_thread(session.make, self._home, spec, self._clock)
        await asyncio.to_thread(self._recorder.register, made)
        self._changed(made.id)
        return made

    @contextlib.contextmanager
    def _attached(self, session_id: str) -> Iterator[Attachment]:
        """The attachment of a session, kept as long as anybody here uses it or its process lives."""
        session.load(self._home, session_id)
        attachment = self._attachments.get(session_id)
        if attachment is None:
            attachment = self._attachments[session_id] = self._new_attachment(session_id)
        attachment.users += 1
        try:
            yield attachment
        finally:
            attachment.users -= 1
            self._forget_idle(session_id)

    def _new_attachment(self, session_id: str) -> Attachment:
        folder = self._home.session(session_id)
        return Attachment(
            folder,
            alive=lambda: process.alive(folder),
            commit=lambda: self._commit(session_id),
            settle=lambda: self._settle(session_id),
            on_change=lambda: self._changed(session_id),
        )

    def _forget_idle(self, session_id: str) -> None:
        attachment = self._attachments.get(session_id)
        if attachment is not None and attachment.idle:
            del self._attachments[session_id]

    def _changed(self, session_id: str) -> None:
        self._forget_idle(session_id)
        try:
            self._on_change(session_id)
        except Exception:  # the host's own code: what is wrong with it must not end the session's supervision
            log.exception("A host failed to take the news of session %s.", session_id)

    async def _commit(self, session_id: str) -> int:
        cursor = await asyncio.to_thread(self._recorder.commit, session_id)
        return cursor.offset

    async def _settle(self, session_id: str) -> None:
        await asyncio.to_thread(process.settle, self._home.session(session_id))

    async def _follow(self, session_id: str, since: int, *, keep_open: bool, join: bool) -> AsyncGenerator[Batch]:
        with self._attached(session_id) as attachment:
            batches = follow(attachment.path, attachment, since=since, keep_open=keep_open, join=join)
            async with contextlib.aclosing(batches):
                async for batch in batches:
                    yield batch

    # -- on the loop: requests

    async def _send(self, session_id: str, prompt: str, run_id: str, params: dict[str, Any]) -> str:
        about = session.load(self._home, session_id)
        await asyncio.to_thread(self._recorder.check_resumable, session_id)
        with self._attached(session_id) as attachment:
            for attempt in range(_TRIES):
                fresh = await start(attachment, lambda: self._spawn(about), self._clock)
                await attachment.catch_up()
                row = await asyncio.to_thread(self._database.read, lambda c: table.get(c, session_id))
                if row is not None and row.pruned:  # since it was looked at, before its process lived
                    await conversation.close(attachment, "closed")
                    await asyncio.to_thread(self._recorder.check_resumable, session_id)
                frame = {
                    "id": run_id,
                    "method": "sendMessage",
                    "params": {"prompt": prompt, **_known(row, fresh=fresh), **params},
                }
                mask = () if fresh else await self._masked(about)
                if await attachment.deliver(frame, again=attempt > 0, mask=mask) is not None:
                    return run_id
            raise conversation.gone(attachment)

    async def _masked(self, about: Session) -> tuple[str, ...]:
        """What a process that lives must hide from now on: a key may have been saved since it was started."""
        return hidden(await asyncio.to_thread(self._provide, about.provider))

    async def _spawn(self, about: Session) -> None:
        launch = await asyncio.to_thread(self._provide, about.provider)
        line = start_line(about, launch, await asyncio.to_thread(self._timers))
        await through(process.spawn, self._home.session(about.id), line)

    # -- from any loop

    async def _with(self, session_id: str, work: Callable[[Attachment], Coroutine[Any, Any, T]]) -> T:
        """Runs `work` on the pool's loop with the session's attachment."""

        async def there() -> T:
            with self._attached(session_id) as attachment:
                return await work(attachment)

        return await self._thread.hop(there())

    async def _ask(self, session_id: str, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
        return await self._with(session_id, lambda each: conversation.ask(each, self._clock.new_id(), method, params))

    async def _respond(self, session_id: str, prefix: str, key: str, method: str, params: dict[str, Any]) -> None:
        """The resolution is an event of the run; an answer that nobody awaits is an error with the answer's id."""
        question = params[key]

        def resolves(frame: dict[str, Any]) -> bool:
            return frame.get("type") in RESOLVED and frame.get(key) == question

        await self._with(session_id, lambda each: conversation.ask(each, prefix + question, method, params, resolves))

    # -- the rest

    async def _told(self, session_id: str) -> None:
        self._changed(session_id)

    async def _open_pipe(self, provider: str) -> Pipe:
        launch = await asyncio.to_thread(self._provide, provider)
        masked = needles(launch.secrets)
        timers = await asyncio.to_thread(self._timers)
        return await Pipe.open(launch.argv, launch.env, needles=masked, ready_s=timers.ready_s)

    async def _leave(self) -> None:
        await self._children.aclose()
        attachments = list(self._attachments.values())
        self._attachments.clear()
        await asyncio.gather(*(attachment.aclose() for attachment in attachments))


def _known(row: table.SessionRow | None, *, fresh: bool) -> dict[str, str]:
    """What a turn need not be told, because the session knows it. A process that lives knows its model, which may have
    been changed since; a new one must be told.
    """
    if row is None:
        return {}
    known = {"cwd": row.cwd, "model": row.model if fresh else None, "resume": row.provider_session}
    return {key: value for key, value in known.items() if value is not None}


def _before(connection: apsw.Connection, session_id: str, run_id: str) -> int:
    """A number below the run's first record: its prompt's, or, if the ledger has not seen it, the last one it has."""
    prompt = table.messages(connection, session_id, run=run_id, limit=1)
    if prompt:
        return prompt[0].seq - 1
    row = table.get(connection, session_id)
    return row.seq if row else 0
