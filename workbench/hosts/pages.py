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
        self._leaving: dict[str, asyncio.Task[None]] = {}

    async def settled(self, page: str) -> None:
        """Waits until a page that comes again after all has given back what it held: it asks for it once it has come."""
        if (leaving := self._leaving.get(page)) is not None:
            await asyncio.wait([leaving])

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

    async def close(self) -> None:
        """Nobody is waited for any more; what is being given back is given back first."""
        for away in self._away.values():
            away.cancel()
        self._away.clear()
        await asyncio.gather(*self._leaving.values())

    async def _leave(self, page: str) -> None:
        await asyncio.sleep(self._grace_s)
        self._leaving[page] = self._away.pop(page)
        try:
            await self._left(page)
        except Exception:  # noqa: BLE001 - nobody asked, so there is nobody to tell but the log
            LOGGER.exception("What the page %s held was not given back", page)
        finally:
            del self._leaving[page]
