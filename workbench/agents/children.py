"""The plain children of a host: one a provider, started when asked for, ended when nobody has asked for a while.

Invariant: a child belongs to its host and ends with it; nothing that must survive is done here.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from workbench.agents.pipe import Pipe

IDLE_S: Final = 60.0


class Children:
    """Asks a provider something that belongs to no session. `open_pipe` starts a provider's child."""

    def __init__(self, open_pipe: Callable[[str], Awaitable[Pipe]], *, idle_s: float = IDLE_S) -> None:
        self._open_pipe = open_pipe
        self._idle_s = idle_s
        self._pipes: dict[str, Pipe] = {}
        self._locks: dict[str, asyncio.Lock] = {}
        self._closers: dict[str, asyncio.Task[None]] = {}
        self._ending: set[Pipe] = set()

    async def ask(self, provider: str, method: str, params: Mapping[str, Any] | None, *, within_s: float) -> Any:
        """The `result` of one request."""
        pipe = await self._pipe(provider)
        try:
            event = await pipe.ask(method, params, within_s=within_s)
        finally:
            self._close_later(provider)
        return event.get("result")

    async def aclose(self) -> None:
        """Ends them all, at once; those too whose ending was begun."""
        closers, self._closers = list(self._closers.values()), {}
        for closer in closers:
            closer.cancel()
        await asyncio.gather(*closers, return_exceptions=True)
        pipes, self._pipes = [*self._pipes.values(), *self._ending], {}
        await asyncio.gather(*(pipe.aclose() for pipe in pipes))

    async def _pipe(self, provider: str) -> Pipe:
        async with self._locks.setdefault(provider, asyncio.Lock()):
            if (closer := self._closers.pop(provider, None)) is not None:
                closer.cancel()
                await asyncio.gather(closer, return_exceptions=True)
            pipe = self._pipes.pop(provider, None)
            if pipe is not None and not pipe.alive:
                await pipe.aclose()
                pipe = None
            if pipe is None:
                pipe = await self._open_pipe(provider)
            self._pipes[provider] = pipe
            return pipe

    def _close_later(self, provider: str) -> None:
        if (closer := self._closers.pop(provider, None)) is not None:
            closer.cancel()
        self._closers[provider] = asyncio.create_task(self._close_idle(provider), name=f"idle {provider}")

    async def _close_idle(self, provider: str) -> None:
        while True:
            await asyncio.sleep(self._idle_s)
            pipe = self._pipes.get(provider)
            if pipe is None or not pipe.busy:
                break
        self._pipes.pop(provider, None)
        # From here on it is no longer found, so not cancelled: a new question gets a new child.
        self._closers.pop(provider)
        if pipe is not None:
            self._ending.add(pipe)
            await pipe.aclose()
            self._ending.discard(pipe)
