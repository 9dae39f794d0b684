"""The pool's thread: what comes too late is refused in one word, whenever it comes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from workbench.agents.loop import LoopThread
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
