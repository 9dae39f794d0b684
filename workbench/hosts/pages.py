"""Which pages are connected, so that what a page holds goes with it: one that crashed or lost its network says nothing.

Idea: a page says its name on its socket. When no socket of that name has been open for a while, the page has left. It is
a while and not at once, because a network that drops for a moment, or a reload, is the same page again.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Final

from workbench.logs import LOGGER

GRACE_S: Final = 10.0
"""How long a page may be away; its socket tries again after half a second, a second, two and four."""

Left = Callable[[str], Awaitable[object]]


class Pages:
    """The open sockets by page; `left` is told of each page that stays away. All on one event loop."""

    def __init__(self, left: Left, grace_s: float = GRACE_S) -> None:
        self._left = left
        self._grace_s = grace_s
        self._open: Counter[str] = Counter()
        self._away: dict[str, asyncio.Task[None]] = {}

    def came(self, page: str) -> None:
        """A socket of the page has been opened."""
        self._open[page] += 1
        away = self._away.pop(page, None)
        if away is not None:
            away.cancel()

    def went(self, page: str) -> None:
        """A socket of the page has been closed."""
        self._open[page] -= 1
        if not self._open[page]:
            del self._open[page]
            self._away[page] = asyncio.create_task(self._leave(page))

    def close(self) -> None:
        """Nobody is waited for any more."""
        for away in self._away.values():
            away.cancel()
        self._away.clear()

    async def _leave(self, page: str) -> None:
        await asyncio.sleep(self._grace_s)
        # From here on it has left, even where it comes again at this moment: then it asks for what it held.
        del self._away[page]
        try:
            await self._left(page)
        except Exception:  # noqa: BLE001 - nobody asked, so there is nobody to tell but the log
            LOGGER.exception("What the page %s held was not given back", page)
