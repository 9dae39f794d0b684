"""Long works by the names that their callers gave them: how far each is, and ending it.

Invariant: a name is one work's at a time, and free again when that is over, however it ends.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from workbench.errors import Refused
from workbench.skills.sources.watch import Progress, Watch


class Works:
    """The works of one process. Any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: dict[str, tuple[Watch, Progress]] = {}

    @contextmanager
    def watched(self, work: str | None) -> Iterator[Watch]:
        """The watch of a work that begins; one without a name nobody sees. Raises Refused for a name that is in use."""
        if work is None:
            yield Watch()
            return

        def tell(progress: Progress) -> None:
            with self._lock:
                self._watches[work] = (watch, progress)

        watch = Watch(tell)
        with self._lock:
            if work in self._watches:
                raise Refused("busy", f"{work!r} is under way already.", remedy="Wait for it, or use another id.")
            self._watches[work] = (watch, Progress("resolving", 0, None, "bytes"))
        try:
            yield watch
        finally:
            with self._lock:
                del self._watches[work]

    def progress(self) -> list[tuple[str, Progress]]:
        """How far each named work is."""
        with self._lock:
            return [(work, progress) for work, (_, progress) in self._watches.items()]

    def cancel(self, work: str) -> bool:
        """Ends a work; whether there was one."""
        with self._lock:
            found = self._watches.get(work)
        if found is None:
            return False
        found[0].cancel()
        return True

    def close(self) -> None:
        """Ends all of them."""
        for work, _ in self.progress():
            self.cancel(work)
