"""What a cell may wait for: by `await`, or by a call that returns at the end.

Invariant: the work goes on, on the pool's thread, whoever stops waiting for it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Generator
from typing import Any, ClassVar, Self

from workbench.errors import WorkbenchError


class Awaited:
    """A handle on something at work."""

    _subject: ClassVar[str] = "It"
    """What has not ended, in a sentence."""
    _done: concurrent.futures.Future[Any]
    """Its end."""

    def result(self, timeout: float | None = None) -> Self:
        """Waits for the end and returns the handle; raises what failed. What a person has stopped is no failure.

        Interrupting the wait, or its timeout (TimeoutError), leaves it at work.
        """
        try:
            self._done.result(timeout)
        except concurrent.futures.CancelledError:
            raise self._closed() from None
        except TimeoutError:
            raise TimeoutError(f"{self._subject} has not ended within {timeout} s; it goes on.") from None
        return self._told()

    def __await__(self) -> Generator[Any, None, Self]:
        return self._wait().__await__()

    async def _wait(self) -> Self:
        # Shielded: who stops waiting stops nothing.
        try:
            await asyncio.shield(asyncio.wrap_future(self._done))
        except asyncio.CancelledError:
            if self._done.cancelled():
                raise self._closed() from None
            raise
        return self._told()

    def _told(self) -> Self:
        """The end, told to who waited for it."""
        return self

    def _closed(self) -> WorkbenchError:
        """The Workbench was closed before the end."""
        raise NotImplementedError
