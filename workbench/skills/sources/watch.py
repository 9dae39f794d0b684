"""What somebody who waits can see and do: how far a long work is, and ending it.

Idea: the worker says `step` as often as it likes and the watcher hears it at most ten times a second; whoever waits calls
`cancel`, from any thread, and the worker's next `step` or `check` raises. Invariant: nothing here is shared between works.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from workbench.errors import Refused

Stage = Literal["resolving", "downloading", "cloning", "extracting", "reading", "scanning", "writing"]
Unit = Literal["bytes", "files", "skills"]
BETWEEN_S: Final = 0.1


class Cancelled(Refused):
    """The work was given up because somebody asked for it."""

    def __init__(self) -> None:
        super().__init__("cancelled", "It was cancelled.", remedy="Nothing was changed. Start again when you like.")


@dataclass(frozen=True)
class Progress:
    """How far a work is; `total` is None while nobody knows it."""

    stage: Stage
    done: int
    total: int | None
    unit: Unit


class Watch:
    """One work that can be watched and cancelled. `tell` is called by the worker's own thread."""

    def __init__(self, tell: Callable[[Progress], None] | None = None) -> None:
        self._tell = tell
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._told: Progress | None = None
        self._told_at = 0.0

    def cancel(self) -> None:
        """Ends the work at its next step."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raises Cancelled once somebody has cancelled."""
        if self._cancelled.is_set():
            raise Cancelled

    def wait(self, seconds: float) -> None:
        """Sleeps, unless it is cancelled: then it raises at once."""
        self._cancelled.wait(seconds)
        self.check()

    def step(self, stage: Stage, done: int, total: int | None = None, unit: Unit = "bytes") -> None:
        """Says how far the work is. A new stage and the end of one are always told. Raises Cancelled."""
        self.check()
        if self._tell is None:
            return
        now, progress = time.monotonic(), Progress(stage, done, total, unit)
        with self._lock:
            new = self._told is None or self._told.stage != stage or (done == total and self._told != progress)
            if not new and now - self._told_at < BETWEEN_S:
                return
            self._told, self._told_at = progress, now
        self._tell(progress)
