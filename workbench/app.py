"""Workbench itself: opens the home, keeps its rooms from their first use to the end, and answers commands.

Idea: the composition root is one class; what each room is handed stands in `wiring`. Invariant: opening starts no process
and repairs nothing; what must be settled (sessions whose host and shim died, transcripts past their time) is settled in the
background when agents are first asked for, by any number of hosts at once and to the same end.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from workbench import settings as stored
from workbench import wiring
from workbench.clock import Clock, SystemClock
from workbench.errors import DatabaseNewer, HomeUnusable
from workbench.launch import Launch, launch
from workbench.logs import LogFile, set_level
from workbench.paths import Home
from workbench.redact import mask, needles
from workbench.secrets import SECRETS, Secrets
from workbench.settings import Loaded, Settings
from workbench.sidecar.provider import listing
from workbench.storage.database import Database

if TYPE_CHECKING:
    import apsw

    from workbench.agents.pool import Pool
    from workbench.agents.recorder import Recorder
    from workbench.skills.intake.imports import Imports
    from workbench.skills.library import Library
    from workbench.skills.sources.hosts import Network
    from workbench.usage.importer import Report
    from workbench.usage.refresher import Refresher
    from workbench.usage.store import Store
    from workbench.workflows.engine import Engine

T = TypeVar("T")


class Workbench:
    """An open home. One a process is enough: every method may be called from any thread.

    >>> with Workbench.open() as bench:
    ...     bench.call("sessions.list")
    """

    def __init__(self, home: Home, database: Database, *, newer: str | None = None, clock: Clock | None = None) -> None:
        self.home = home
        self.database = database
        self.newer = newer
        """Why nothing can be written: a newer Workbench wrote the database. None in the ordinary case."""
        self.clock = clock or SystemClock()
        self.usage_roots: Mapping[str, Sequence[Path]] | None = None
        """Where transcripts lie, by agent, instead of where the environment says; for a sample."""
        self.secrets = Secrets(home)
        self._lock = threading.Lock()
        self._pool: Pool | None = None
        self._recorder: Recorder | None = None
        self._library: Library | None = None
        self._imports: Imports | None = None
        self._engine: Engine | None = None
        self._settling: Future[Any] | None = None
        self._store: Store | None = None
        self._refresher: Refresher | None = None
        self._log = LogFile(home, self.loaded().settings.log_level, self._needles)

    @classmethod
    def open(cls, home: Home | str | os.PathLike[str] | None = None) -> Self:
        """Opens a home (by default the one that the environment names), making it if it is not there.

        A database that a newer Workbench wrote is opened for reading only. Raises HomeUnusable or DatabaseUnusable.
        """
        if home is None:
            home = Home.from_environment()
        elif not isinstance(home, Home):
            home = Home(Path(home).expanduser().absolute())
        home.make()
        newer = None
        try:
            database = Database.open(home.database, backups=home.backups)
        except DatabaseNewer as error:
            newer = error.message
            database = Database.open(home.database, read_only=True)
        try:
            return cls(home, database, newer=newer)
        except BaseException:
            database.close()
            raise

    # -- commands

    def call(self, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """Runs a command and waits for its reply: `bench.call("sessions.list", limit=5)`. Works in any thread, a
        running event loop's own included (which it then holds up: prefer `await bench.acall(...)` there).
        """
        coroutine = self.acall(name, params, **more)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return asyncio.run(coroutine)
        result: Future[dict[str, Any]] = Future()

        def run() -> None:
            try:
                result.set_result(asyncio.run(coroutine))
            except BaseException as error:  # noqa: BLE001 - it is raised again in the thread that asked
                result.set_exception(error)

        threading.Thread(target=run, name="workbench-call", daemon=True).start()
        return result.result()

    async def acall(self, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """Runs a command in the running loop and gives its reply as JSON values. Raises WorkbenchError."""
        from workbench.commands import registry

        return await registry.call(self, name, {**(params or {}), **more} if more else params)

    # -- what commands stand on

    async def read(self, function: Callable[[apsw.Connection], T]) -> T:
        """Reads from the database without holding up the loop."""
        return await asyncio.to_thread(self.database.read, function)

    async def write(self, function: Callable[[apsw.Connection], T]) -> T:
        """One transaction on the database's writer, without holding up the loop."""
        return await asyncio.to_thread(self.database.write, function)

    @property
    def pool(self) -> Pool:
        """The agents. The first use starts the pool's thread, and settles in the background what others left behind."""
        with self._lock:
            if self._pool is None:
                self._pool = wiring.pool(self)
                if self.newer is None:
                    self._settling = wiring.upkeep(self, self._pool)
            return self._pool

    async def settled(self) -> None:
        """Waits until what others left behind has been settled."""
        _ = self.pool
        if self._settling is not None:
            await asyncio.wrap_future(self._settling)

    @property
    def recorder(self) -> Recorder:
        """Transcripts into the database, each run priced by the ledger in the same transaction."""
        if self._recorder is None:
            self._recorder = wiring.recorder(self)
        return self._recorder

    @property
    def store(self) -> Store:
        """What transcripts told of usage, opened when it is first asked for."""
        with self._lock:
            if self._store is None:
                from workbench.usage.store import Store

                self._store = Store.open(self.home)
            return self._store

    @property
    def refresher(self) -> Refresher:
        """Imports of transcripts into `store`, one at a time."""
        store = self.store
        with self._lock:
            if self._refresher is None:
                self._refresher = wiring.refresher(self, store)
            return self._refresher

    async def refresh(self) -> Report:
        """Counts what transcripts have told until now, without holding up the loop."""
        refresher = await asyncio.to_thread(lambda: self.refresher)
        return await asyncio.wrap_future(refresher.refresh())

    @property
    def library(self) -> Library:
        """The skills."""
        with self._lock:
            if self._library is None:
                self._library = wiring.library(self)
            return self._library

    def skill_uses(self) -> Mapping[str, int]:
        """How often each skill was at work in the last 90 days, as far as the ledger and what was imported tell."""
        return wiring.skill_uses(self)

    @property
    def imports(self) -> Imports:
        """Skills that come from elsewhere."""
        library = self.library
        with self._lock:
            if self._imports is None:
                self._imports = wiring.imports(self, library)
            return self._imports

    @property
    def engine(self) -> Engine:
        """The workflows that skills are built by."""
        library = self.library
        with self._lock:
            if self._engine is None:
                self._engine = wiring.engine(self, library)
            return self._engine

    def network(self) -> Network:
        """How sources are reached, as the settings say now; what a person has typed there may lie within the house."""
        return wiring.network(self)

    def skills_path(self) -> Path:
        """The folder of the skills, as it is chosen now."""
        return stored.skills_folder(self.settings.skills_path)

    def loaded(self) -> Loaded:
        """The settings as they stand now, with a notice when the stored ones do not fit."""
        return self.database.read(stored.load)

    @property
    def settings(self) -> Settings:
        return self.loaded().settings

    def save_settings(self, changes: Settings, secrets: Mapping[str, str | None] | None = None) -> Settings:
        """Saves what is named, or nothing when any of it does not fit. Secrets go to their own file."""
        checked = self.secrets.check(secrets or {})
        before: dict[str, str | None] = {}

        def save(connection: apsw.Connection) -> Settings:
            settings = stored.save(connection, changes)
            # Inside the transaction: it keeps two hosts from writing the file over each other.
            if checked:
                before.update(self.secrets.save(checked))
            return settings

        try:
            settings = self.database.write(save)
        except BaseException:
            if before:
                self.secrets.restore(before)
            raise
        set_level(settings.log_level)
        return settings

    def provide(self, provider: str) -> Launch:
        """How a provider's child is started; asked anew each time, so that a new key needs no restart."""
        return launch(listing(provider), os.environ, self.secrets.values(SECRETS))

    def masked(self, text: str) -> str:
        """Text of a person's as it may be kept: the secrets of this home taken out. A transcript masks itself."""
        return mask(text.encode(), self._needles()).decode("utf-8", "replace")

    def _needles(self) -> tuple[bytes, ...]:
        """What the log must not show. A secrets file that cannot be read gives nobody a secret to log."""
        try:
            return needles(self.secrets.values(SECRETS).values())
        except HomeUnusable:
            return ()

    # -- the end

    def close(self) -> None:
        """Leaves: running sessions go on without us. Calling it twice is harmless."""
        with self._lock:
            pool, self._pool = self._pool, None
            imports, self._imports = self._imports, None
            self._engine = None
            library, self._library = self._library, None
            refresher, self._refresher = self._refresher, None
            store, self._store = self._store, None
        if pool is not None:
            pool.shutdown()
        if imports is not None:
            imports.close()
        if library is not None:
            library.locks.release_all()
        if refresher is not None:
            refresher.close()
        if store is not None:
            store.close()
        self.database.close()
        self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Workbench {self.home.root}>"
