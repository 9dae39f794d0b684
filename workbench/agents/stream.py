"""The events of one request to a plain child, handed over in batches.

Invariant: putting never waits. A stream that is not read is bounded: past its cap it fails, alone, and forgets what it
holds.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from workbench.errors import Refused, WorkbenchError

STREAM_BYTES: Final = 32 * 1024 * 1024
"""The most that one request may have waiting: two of the longest lines."""

Event = dict[str, Any]


class Stream:
    """One request's events: `take` them as they come; it ends with the child, and fails when it overflows."""

    def __init__(self, limit: int = STREAM_BYTES) -> None:
        self._limit = limit
        self._size = 0
        self._events: list[Event] = []
        self._end: WorkbenchError | None = None
        self._news = asyncio.Event()

    def put(self, events: list[Event], size: int) -> None:
        """Hands over a batch; past the cap the stream fails and forgets what it holds."""
        if self._end is not None:
            return
        self._events += events
        self._size += size
        if self._size > self._limit:
            self._events.clear()
            self._end = Refused(
                "overflow",
                "The answer arrives faster than it is read, and has been cut off.",
                remedy="Ask again, and read it as it comes.",
                limit=self._limit,
            )
        self._news.set()

    def fail(self, error: WorkbenchError) -> None:
        """Ends the stream; what arrived before is delivered first."""
        if self._end is None:
            self._end = error
        self._news.set()

    async def take(self) -> list[Event]:
        """All that has arrived, at least one event. Raises what ended the stream."""
        while not self._events:
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
        events, self._events, self._size = self._events, [], 0
        return events
