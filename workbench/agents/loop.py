"""A thread with a loop: where the pool's work runs, whoever asks and on whichever loop they wait.

Invariant: nothing runs on the thread but what was handed in, and after `stop` nothing is left: no task, no descriptor,
no thread.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from workbench.errors import Refused

T = TypeVar("T")


class LoopThread:
    """Starts with the first work that is handed in."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._stopped = False

    @property
    def stopped(self) -> bool:
        """Whether it takes no work any more."""
        return self._stopped

    def submit(self, work: Coroutine[Any, Any, T]) -> concurrent.futures.Future[T]:
        """Runs a coroutine there; the future may be waited for in any thread."""
        with self._lock:  # so that the last work comes behind it: a loop that has ended takes none
            if not self._stopped:
                return asyncio.run_coroutine_threadsafe(work, self._started())
        work.close()
        raise _closed()

    async def hop(self, work: Coroutine[Any, Any, T]) -> T:
        """Awaits a coroutine there, from here. Cancelling the wait cancels the work."""
        if self._loop is not None and asyncio.get_running_loop() is self._loop:
            return await work
        try:
            return await asyncio.wrap_future(self.submit(work))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if self._stopped and not (task and task.cancelling()):
                raise _closed() from None  # it was not the caller who was cancelled
            raise

    def stop(self, last: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Cancels what runs there, then runs `last`, and ends the thread. Twice is harmless."""
        with self._lock:
            thread, loop, self._stopped = self._thread, self._loop, True
            self._thread = None
        if thread is None or loop is None:
            return
        try:
            asyncio.run_coroutine_threadsafe(_wind_down(last), loop).result()
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()

    def _started(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            self._thread = threading.Thread(target=_run, args=(self._loop,), name=self._name, daemon=True)
            self._thread.start()
        return self._loop


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        loop.run_until_complete(loop.shutdown_asyncgens())
        loop.run_until_complete(loop.shutdown_default_executor())
    finally:
        asyncio.set_event_loop(None)
        loop.close()


async def _wind_down(last: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Whoever waits there is cancelled first, so that nobody opens again what `last` closes."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await last()


def _closed() -> Refused:
    return Refused("closed", "This Workbench has been closed.", remedy="Open it again: workbench.open().")


class Across(AsyncIterator[T]):
    """A stream that runs on the thread's loop and may be read on any; it ends with its loop. Close it with `aclose`."""

    def __init__(self, thread: LoopThread, stream: AsyncGenerator[T, None]) -> None:
        self._thread = thread
        self._stream = stream

    async def __anext__(self) -> T:
        try:
            return await self._thread.hop(_next(self._stream))
        except Refused as refusal:
            if refusal.reason == "closed":
                raise StopAsyncIteration from None
            raise

    async def aclose(self) -> None:
        """Leaves the stream; harmless when it is over, or when its loop is."""
        try:
            await self._thread.hop(_close(self._stream))
        except Refused as refusal:
            if refusal.reason != "closed":
                raise


async def through(work: Callable[..., T], *args: object) -> T:
    """`work` in a thread. A thread cannot be cancelled: who is, goes on when it has come back."""
    # No task: those are cancelled when the loop winds down, and the thread would be waited for no more.
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *args))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        await asyncio.wait([running])
        raise


async def _next(stream: AsyncGenerator[T, None]) -> T:
    return await anext(stream)


async def _close(stream: AsyncGenerator[Any, None]) -> None:
    await stream.aclose()
