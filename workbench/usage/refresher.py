"""Imports for a process that lives on: one at a time, in a thread, shared by all who wait.

Idea: who asks wants to see what was on the disk when they asked, so an import that is under way is no answer to them; they
wait for the next, and all who ask meanwhile share that one. Invariant: at most one import runs and one waits, whoever
asks and how often; `close` ends the running one, which then has imported nothing, and fails those who wait.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from workbench.errors import Refused
from workbench.usage.importer import Options, Progress, Report, refresh
from workbench.usage.store import Store


class Refresher:
    """Brings a store up to date when asked. Methods may be called from any thread."""

    def __init__(self, store: Store, options: Callable[[], Options]) -> None:
        self._store, self._options = store, options
        self._lock = threading.Lock()
        self._running = False
        self._waiting: Future[Report] | None = None
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()
        self._progress: Progress | None = None
        self._asked = -math.inf

    def refresh(self) -> Future[Report]:
        """An import that begins after this call; its failure is the future's."""
        with self._lock:
            if self._closed.is_set():
                raise Refused("closing", "Workbench is being closed.", remedy="Open it again.")
            if self._waiting is None:
                self._waiting = Future()
                # It is shared: one who stops waiting must not cancel it for the others.
                self._waiting.set_running_or_notify_cancel()
            wanted = self._waiting
            self._asked = time.monotonic()
            if not self._running:
                self._running = True
                self._thread = threading.Thread(target=self._run, name="workbench-import", daemon=True)
                self._thread.start()
        return wanted

    def freshen(self, seconds: float) -> None:
        """Asks for an import that nobody waits for, unless one was asked for within so many seconds."""
        if not self._closed.is_set() and time.monotonic() - self._asked > seconds:
            self.refresh()

    def state(self) -> dict[str, Any]:
        """How the import under way goes; `idle` when there is none."""
        now = self._progress
        state = "idle" if now is None else now.state
        _, done, total, files = now or ("", 0, 0, 0)
        return {"state": state, "done_bytes": done, "total_bytes": total, "files": files}

    def close(self) -> None:
        """Ends the import under way and waits for its thread. Harmless twice."""
        self._closed.set()
        thread = self._thread
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _run(self) -> None:
        while True:
            with self._lock:
                wanted, self._waiting = self._waiting, None
                if wanted is None:
                    self._running = False
                    return
            self._serve(wanted)

    def _serve(self, wanted: Future[Report]) -> None:
        try:
            report = refresh(self._store, self._options(), progress=self._note, cancelled=self._closed.is_set)
        except BaseException as error:  # noqa: BLE001 - it is raised again where it is waited for
            self._progress = None
            wanted.set_exception(error)
        else:
            self._progress = None
            wanted.set_result(report)

    def _note(self, progress: Progress) -> None:
        self._progress = progress
