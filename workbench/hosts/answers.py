"""One call, one reply, whoever carries it: the server's POST and the kernel's comm differ only in how they send it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from logging import Logger
from typing import Any

from workbench.app import Workbench
from workbench.errors import WorkbenchError, failure_of
from workbench.protocol.screen import Call


async def answer(opening: Callable[[], Awaitable[Workbench]], call: Call, log: Logger) -> dict[str, Any]:
    """The reply to a call, whatever becomes of it."""
    try:
        bench = await opening()
        return {"id": call.id, "result": await bench.acall(call.call, call.params)}
    except Exception as error:  # noqa: BLE001 - the host's outermost frame: the page gets a sentence, the log the trace
        return refusal(call, error, log)


def refusal(call: Call, error: Exception, log: Logger) -> dict[str, Any]:
    """The reply to a call that has failed; what nobody foresaw goes to the log with its trace."""
    if not isinstance(error, WorkbenchError):
        log.error("The command %s failed", call.call, exc_info=error)
    return {"id": call.id, "failure": failure_of(error)}
