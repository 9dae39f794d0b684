"""A home with hosts on it, whose agents are the misbehaving sidecar of `tests/sidecar`."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

from workbench.agents.pool import Pool
from workbench.agents.process import Timers
from workbench.agents.recorder import Recorder
from workbench.paths import Home
from workbench.sidecar import tree
from workbench.storage.database import Database

FAKE = Path(__file__).parents[1] / "sidecar" / "fake_sidecar.py"
SHORT = Timers(ready_s=5, dead_s=30, idle_s=60, rpc_s=0.3, stdin_s=0.2, term_s=0.5, full_s=20, eof_s=0.5)


class Launch(NamedTuple):
    argv: list[str]
    env: dict[str, str]
    secrets: list[str]


def fake(provider: str) -> Launch:
    """The provider's name is the fake's flags, joined by `+`: `fake`, `deaf`, `mute+stubborn`."""
    flags = [flag for flag in provider.split("+") if flag != "fake"]
    return Launch([sys.executable, "-S", "-E", str(FAKE), *flags], {"PATH": os.environ["PATH"]}, ["hunter2-secret"])


class House:
    """A home with a database; pools on it are hosts, as many as a test wants."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.database = Database.open(home.database, backups=home.backups)
        self.pools: list[Pool] = []
        self.changed: list[str] = []
        self.finished: list[Any] = []

    def pool(self, provide: Callable[[str], Any] = fake, timers: Timers = SHORT, **options: Any) -> Pool:
        recorder = Recorder(self.database, self.home, lambda _connection, run: self.finished.append(run))
        pool = Pool(
            self.home, self.database, recorder, provide, timers=timers, on_change=self.changed.append, **options
        )
        self.pools.append(pool)
        return pool

    def row(self, session_id: str) -> Any:
        from workbench.agents import table

        return self.database.read(lambda connection: table.get(connection, session_id))

    def folder(self, session_id: str) -> Path:
        return self.home.session(session_id)

    def marked(self, session_id: str) -> list[int]:
        return [pid for pid, _ in tree.marked(session_id)]


async def frames(batches: AsyncIterator[Any], *, until: str | None = None) -> list[dict[str, Any]]:
    """The agent's frames of a stream, to its end or to the first of a type."""
    found = []
    try:
        async for batch in batches:
            for record in batch.records:
                if record["d"] == "out" and "f" in record:
                    found.append(record["f"])
                    if record["f"].get("type") == until:
                        return found
    finally:
        await batches.aclose()  # type: ignore[attr-defined]
    return found


async def eventually(met: Callable[[], object], seconds: float = 20) -> None:
    """Waits for what no event announces."""
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - it is another process's doing: there is no event
            await asyncio.sleep(0.005)
