"""A turn seen to its end by whoever started it: no longer than its step may take, and no dearer than it may be.

Idea: a provider is told the limit, and may know of none; so what it says to have used is added up after each response, and a
turn that has gone beyond is stopped. Invariant: every turn that is waited for here ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from workbench.agents.pool import Pool
from workbench.errors import Refused, WorkbenchError
from workbench.usage.ledger import Counters, dollars

End = Literal["ended", "late", "dear"]


@dataclass(frozen=True)
class Limits:
    """How long a turn may take, and what it may cost. `before`: what the session had cost before it."""

    minutes: float
    usd: Decimal | None = None
    before: Decimal = Decimal(0)

    def exceeded(self, frame: Mapping[str, Any]) -> bool:
        """Whether a report of what was used says that the turn is too dear."""
        if self.usd is None or frame.get("type") != "usage_update":
            return False
        usage = frame.get("modelUsage")
        counted = [Counters.parse(each) for each in usage.values()] if isinstance(usage, Mapping) else []
        used = sum((dollars(each.cost) or Decimal(0) for each in counted), Decimal(0))
        return used - (self.before if frame.get("cumulative", True) else 0) > self.usd

    def refusal(self, end: End) -> WorkbenchError | None:
        """Why a turn was stopped."""
        if end == "late":
            return Refused(
                "timeout", f"It took more than {self.minutes:g} minutes.", remedy="Resume it where it stopped."
            )
        if end == "dear":
            return Refused(
                "budget", f"It cost more than ${self.usd}.", remedy="Resume it with a higher budget, or reset the step."
            )
        return None


async def to_its_end(pool: Pool, session: str, run: str, limits: Limits) -> End:
    """Waits until a turn is over and in the ledger; stops one that goes beyond its limits."""
    since = await pool.before(session, run)
    watching = asyncio.create_task(_dear(pool, session, since, limits)) if limits.usd is not None else None
    waiting = asyncio.create_task(pool.wait(session, run))
    tasks = {waiting} if watching is None else {waiting, watching}
    try:
        async with asyncio.timeout(limits.minutes * 60):
            while not waiting.done():
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                if watching is not None and watching.done() and watching.result():
                    await pool.stop(session, run)
                    await waiting
                    return "dear"
                tasks = {waiting}
            waiting.result()
            return "ended"
    except TimeoutError:
        await pool.stop(session, run)
        return "late"
    finally:
        for task in (waiting, watching):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(task for task in (waiting, watching) if task is not None), return_exceptions=True)


async def _dear(pool: Pool, session: str, since: int, limits: Limits) -> bool:
    """Returns as soon as a turn is too dear; or when its process has ended."""
    async with aclosing(pool.follow(session, since)) as batches:
        async for batch in batches:
            if any(limits.exceeded(record.get("f") or {}) for record in batch.records):
                return True
    return False
