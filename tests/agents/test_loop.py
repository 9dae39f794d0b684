"""The pool's thread: what comes too late is refused in one word, whenever it comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from workbench.agents.loop import LoopThread, through
from workbench.errors import Refused


async def nothing() -> None:
    pass


async def for_ever() -> None:
    await asyncio.Event().wait()


async def test_work_that_is_handed_in_while_the_thread_is_stopped_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    thread = LoopThread("loop-of-a-test")
    await thread.hop(nothing())
    stopping = threading.Thread(target=thread.stop, args=[nothing])
    real = asyncio.run_coroutine_threadsafe

    def late(work: Coroutine[Any, Any, Any], loop: asyncio.AbstractEventLoop) -> Any:
        if not stopping.ident:  # the work; what comes next is the stop's own
            stopping.start()
            stopping.join(0.3)
        return real(work, loop)

    monkeypatch.setattr(asyncio, "run_coroutine_threadsafe", late)
    with pytest.raises(Refused, match="has been closed"):
        await thread.hop(for_ever())
    stopping.join()
    with pytest.raises(Refused, match="has been closed"):
        await thread.hop(nothing())


async def test_who_waits_for_a_thread_goes_on_when_it_has_come_back_though_the_loop_ends_meanwhile() -> None:
    loop = LoopThread("loop-of-a-test")
    begun, go_on = threading.Event(), threading.Event()
    seen: list[str] = []

    def work() -> None:
        begun.set()
        assert go_on.wait(60)
        seen.append("the work is done")

    async def waiting() -> None:
        try:
            await through(work)
        finally:
            seen.append("nobody waits any more")

    loop.submit(waiting())
    assert await asyncio.to_thread(begun.wait, 60)
    stopping = asyncio.create_task(asyncio.to_thread(loop.stop, nothing))
    await asyncio.sleep(0.1)
    go_on.set()
    await stopping
    assert seen == ["the work is done", "nobody waits any more"]
