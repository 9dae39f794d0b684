"""Long works by the names that their callers gave them: how far each is, and ending it.

Invariant: a name is one work's at a time, and free again when that is over, however it ends; once closed, every work ends at
its next step, one that begins only now too.
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
        self._watches: set[Watch] = set()
        self._named: dict[str, tuple[Watch, Progress]] = {}
        self._closed = False

    @contextmanager
    def watched(self, work: str | None) -> Iterator[Watch]:
        """The watch of a work that begins; one without a name nobody sees. Raises Refused for a name that is in use."""
        watch = Watch() if work is None else Watch(lambda progress: self._tell(work, watch, progress))
        self._begin(work, watch)
        try:
            yield watch
        finally:
            with self._lock:
                self._watches.remove(watch)
                if work is not None:
                    del self._named[work]

    def _begin(self, work: str | None, watch: Watch) -> None:
        with self._lock:
            if work in self._named:
                raise Refused("busy", f"{work!r} is under way already.", remedy="Wait for it, or use another id.")
            if work is not None:
                self._named[work] = (watch, Progress("resolving", 0, None, "bytes"))
            self._watches.add(watch)
            if self._closed:
                watch.cancel()

    def _tell(self, work: str, watch: Watch, progress: Progress) -> None:
        with self._lock:
            self._named[work] = (watch, progress)

    def progress(self) -> list[tuple[str, Progress]]:
        """How far each named work is."""
        with self._lock:
            return [(work, progress) for work, (_, progress) in self._named.items()]

    def cancel(self, work: str) -> bool:
        """Ends a work; whether there was one."""
        with self._lock:
            found = self._named.get(work)
        if found is None:
            return False
        found[0].cancel()
        return True

    def close(self) -> None:
        """Ends all of them, and those that begin from now on."""
        with self._lock:
            self._closed = True
            under_way = list(self._watches)
        for watch in under_way:
            watch.cancel()
