"""A run as a value in a notebook: await it, wait for it, iterate it, stop it, show it.

Idea: the handle watches its session's transcript like any other viewer, on the pool's thread, and folds what it reads into
a `Progress`. Nothing depends on the handle: interrupt the cell, restart the kernel, and the agent goes on; another handle on
the same ids knows all that this one knew.

Invariant: a handle says that a run is over only when its end is in the ledger, so its cost is there too.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from decimal import Decimal
from typing import Any, Self, cast

from workbench.agents import follow
from workbench.app import Workbench
from workbench.commands.usage import RunRow
from workbench.errors import NotFound, Refused, SessionGone
from workbench.hosts.display import Bundle, Output
from workbench.hosts.progress import Progress
from workbench.hosts.waiting import Awaited
from workbench.protocol.screen import View


class Run(Awaited):
    """One turn of an agent.

    >>> run = bench.agents.start("Write a haiku", provider="replay")
    >>> await run          # or run.result(timeout=60)
    >>> run.text, run.cost
    """

    _subject = "The run"

    def __init__(self, bench: Workbench, session: str, run: str, *, provider: str) -> None:
        self.id = run
        self.session = session
        self.provider = provider
        self.usage: RunRow | None = None
        """What it used, from the ledger; None until it is over, or when nothing was counted."""
        self._bench = bench
        self._progress = Progress(run)
        self._output = Output(bench, View(view="session", params={"session": session, "run": run}))
        self._showing = threading.Lock()
        self._over = False
        self._markdown = _AT_WORK
        self._written = False
        self._done = bench.pool.submit(self._watch())

    # -- how it stands

    @property
    def status(self) -> str:
        """`running`, then one of `completed aborted error interrupted`."""
        return self._progress.status if self._over else "running"

    @property
    def done(self) -> bool:
        return self._over

    @property
    def text(self) -> str:
        """What the agent has said so far."""
        return self._progress.text

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The permissions and questions that nobody has answered, the oldest first."""
        return self._progress.waiting

    @property
    def cost(self) -> Decimal | None:
        """US dollars, an API-equivalent estimate; None while it runs and when the price is unknown."""
        return Decimal(self.usage.cost) if self.usage is not None and self.usage.cost is not None else None

    # -- what it does

    async def __aiter__(self) -> AsyncIterator[dict[str, Any]]:
        """Its events from the first to the terminal one, as `protocol/wire.py` names them; heartbeats are left out."""
        async with contextlib.aclosing(await self._stream()) as stream:
            async for batch in stream:
                for record in batch.records:
                    frame: dict[str, Any] = record.get("f") or {}
                    if record["d"] != "in" and self._progress.concerns(frame) and frame["type"] != "heartbeat":
                        yield frame
                        if self._progress.ends(frame):
                            return

    # -- speaking to it

    def stop(self) -> None:
        """Ends the turn and keeps what was said. A turn that is over is left alone, and so is the session's next one."""
        self._bench.call("agents.stop", session=self.session, run=self.id)

    def steer(self, prompt: str) -> bool:
        """Guidance for the running turn; whether it was taken."""
        return bool(self._bench.call("agents.steer", session=self.session, prompt=prompt)["accepted"])

    def approve(self, permission: str | None = None, *, remember: bool = False) -> None:
        """Allows what the agent asks for (by default the one permission that waits)."""
        self._respond(permission, behavior="allow", remember=remember)

    def deny(self, permission: str | None = None, *, message: str | None = None) -> None:
        """Refuses what the agent asks for, and may tell it why."""
        self._respond(permission, behavior="deny", message=message)

    def answer(self, content: Mapping[str, Any], question: str | None = None) -> None:
        """Answers a question: the chosen label or typed text by each question's text."""
        chosen = self._waiting("userInputId", question)
        self._bench.call("agents.respond_input", session=self.session, input=chosen, content=dict(content))
        self._progress.answered.add(chosen)

    def _respond(self, permission: str | None, **answer: Any) -> None:
        chosen = self._waiting("permissionId", permission)
        self._bench.call("agents.respond_permission", session=self.session, permission=chosen, **answer)
        self._progress.answered.add(chosen)

    def _waiting(self, key: str, named: str | None) -> str:
        if named is not None:
            return named
        found = [str(each[key]) for each in self.waiting if key in each]
        if len(found) == 1:
            return found[0]
        raise Refused(
            "nothing_waits" if not found else "several_wait",
            "The agent has asked nothing." if not found else f"The agent waits for {len(found)} answers.",
            remedy="Look at run.waiting." if not found else "Name one by its id: see run.waiting.",
            waiting=found,
        )

    # -- showing it

    def __repr__(self) -> str:
        cost = f", ${self.cost:.4f} (API-equivalent estimate)" if self.cost is not None else ""
        return f"<Run {self.provider} {self.status}: {self._progress.summary}{cost}; session {self.session}>"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        del include, exclude
        return self._output.bundle(repr(self), self._markdown, live=not self._over)

    def _ipython_display_(self) -> None:
        with self._showing:
            self._output.show(self._repr_mimebundle_())

    # -- on the pool's thread

    async def _watch(self) -> None:
        """Follows the run to its end, then reads what the ledger and the notebook keep of it."""
        async with contextlib.aclosing(await self._stream()) as stream:
            async for batch in stream:
                self._progress.feed(batch.records)
                if self._progress.over:
                    break
        if not self._progress.over:
            raise _unknown(self.session, self.id)
        runs = (await self._bench.acall("usage.session_runs", session=self.session))["runs"]
        self.usage = next((RunRow.model_validate(row) for row in runs if row["run"] == self.id), None)
        said = await self._bench.acall("sessions.markdown", session=self.session, run=self.id)
        with self._showing:
            self._markdown, self._over = said["markdown"], True
        if self._output.in_widget:
            # A page with our extension keeps the text itself; here nobody else can, and a dead widget would hide it.
            self._write(in_cell=False)

    async def _stream(self) -> AsyncGenerator[follow.Batch]:
        """The session from this run on: what was said before it may be long."""
        pool = self._bench.pool
        since = await pool.before(self.session, self.id)
        return cast("AsyncGenerator[follow.Batch]", pool.follow(self.session, since))

    # -- in the thread that waited

    def _told(self) -> Self:
        """The end, told to who waited for it: the kernel writes the text into the output while the cell still runs."""
        self._write(in_cell=True)
        if self._progress.failure is not None:
            raise self._progress.failure
        return self

    def _closed(self) -> SessionGone:
        return SessionGone(
            "This Workbench was closed; the agent goes on.",
            remedy="Open it again and follow the run: workbench.open().agents.attach(session).",
            session=self.session,
        )

    def _write(self, *, in_cell: bool) -> None:
        with self._showing:
            if self._output.shown and not self._written:
                self._written = True
                self._output.replace(self._repr_mimebundle_(), in_cell=in_cell)


_AT_WORK = "*An agent is at work. Its text will stand here when it has ended.*"


def _unknown(session: str, run: str) -> NotFound:
    return NotFound(
        f"Session {session} has no run {run}.", remedy="See bench.sessions.get(session).", session=session, run=run
    )
