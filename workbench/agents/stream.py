"""The events of one request to a plain child, handed over in batches.

Invariant: putting never waits. A stream that is not read is bounded: past its cap it fails, alone, and forgets what it
holds.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from workbench.agents.transcript import decode_block
from workbench.errors import Refused, WorkbenchError

STREAM_BYTES: Final = 32 * 1024 * 1024
"""The most that one request may have waiting: two of the longest lines."""

Event = dict[str, Any]


_EVENTS: Final = msgspec.json.Decoder(Event)


class Stream:
    """One request's events: `take` them as they come; it ends with the child, and fails when it overflows."""

    def __init__(self, request_id: str | None, limit: int = STREAM_BYTES) -> None:
        self._id = request_id
        self._limit = limit
        self._size = 0
        self._blocks: list[bytes] = []
        self._end: WorkbenchError | None = None
        self._news = asyncio.Event()

    def put(self, block: bytes) -> None:
        """Hands over whole lines; past the cap the stream fails and forgets what it holds."""
        if self._end is not None:
            return
        self._blocks.append(block)
        self._size += len(block)
        if self._size > self._limit:
            self._blocks.clear()
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
        """The request's events that have arrived. Raises what ended the stream once there are no more."""
        while True:
            block = await self.take_block()
            events = [event for event in decode_block(block, _EVENTS)[0] if event.get("id") == self._id]
            if events:
                return events

    async def take_block(self) -> bytes:
        """As `take`, in whole lines as they came: other requests' among them, and what is no event."""
        while not self._blocks:
            if self._end is not None:
                raise self._end
            self._news.clear()
            await self._news.wait()
        blocks, self._blocks, self._size = self._blocks, [], 0
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)
