"""What a host does for all sessions beside its own work: it settles what others left behind, and lets old transcripts go.

Invariant: a failure here is logged; it must not keep this host from working.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from workbench.agents.pool import Pool

log = logging.getLogger(__name__)

PRUNE_S: Final = 24 * 3600


async def settle(pool: Pool, days: Callable[[], float]) -> None:
    """What another host left behind, once; `days` are asked for when transcripts are about to go."""
    try:
        found = await pool.settle_lost()
        if found.lost:
            log.info("Settled %d sessions whose process was lost.", len(found.lost))
        for note in found.notes:
            log.warning("%s", note)
    except (WorkbenchError, OSError) as error:
        log.warning("What was left behind could not be settled: %s", error)
    await _prune(pool, days)


async def prune_daily(pool: Pool, days: Callable[[], float]) -> None:
    """A host may live for months, and the days may be changed meanwhile."""
    while True:
        await asyncio.sleep(PRUNE_S)
        await _prune(pool, days)


async def _prune(pool: Pool, days: Callable[[], float]) -> None:
    try:
        await pool.prune(await asyncio.to_thread(days))
    except (WorkbenchError, OSError) as error:
        log.warning("Old transcripts could not be pruned: %s", error)
