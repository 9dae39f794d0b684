"""A home with hosts on it, whose agents are the misbehaving sidecar of `tests/sidecar`."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, NamedTuple

from workbench.agents.pool import Pool
from workbench.agents.process import Timers
from workbench.agents.recorder import Recorder, RecordRun
from workbench.agents.session import SessionSpec
from workbench.paths import Home
from workbench.sidecar import tree
from workbench.storage.database import Database

FAKE = Path(__file__).parents[1] / "sidecar" / "fake_sidecar.py"
SHORT = Timers(ready_s=60, dead_s=30, idle_s=60, rpc_s=0.3, stdin_s=0.2, term_s=0.5, full_s=20, eof_s=60)


SECRET = "hunter2-secret"


class Launch(NamedTuple):
    argv: list[str]
    env: dict[str, str]
    secrets: list[str]


def provide(provider: str) -> Launch:
    """The replay provider as it is; any other name is the fake's flags, joined by `+`: `fake`, `deaf`, `mute+stubborn`."""
    if provider == "replay":
        argv = [sys.executable, "-m", "workbench.sidecar", "--provider", "replay"]
    else:
        argv = [sys.executable, "-S", "-E", str(FAKE), *(flag for flag in provider.split("+") if flag != "fake")]
    return Launch(argv, {"PATH": os.environ["PATH"]}, [SECRET])


class House:
    """A home with a database; pools on it are hosts, as many as a test wants."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.database = Database.open(home.database, backups=home.backups)
        self.pools: list[Pool] = []
        self.changed: list[str] = []
        self.finished: list[Any] = []

    def pool(
        self,
        provide: Callable[[str], Launch] = provide,
        timers: Timers = SHORT,
        record_run: RecordRun | None = None,
        **options: Any,
    ) -> Pool:
        record_run = record_run or (lambda _connection, run: self.finished.append(run))
        recorder = Recorder(self.database, self.home, record_run)
        pool = Pool(
            self.home, self.database, recorder, provide, timers=lambda: timers, on_change=self.changed.append, **options
        )
        self.pools.append(pool)
        return pool

    async def session(self, provider: str = "fake", **fields: Any) -> str:
        """The id of a new session."""
        return (await self.pools[0].create(SessionSpec(provider=provider, **fields))).id

    def row(self, session_id: str) -> Any:
        from workbench.agents import table

        return self.database.read(lambda connection: table.get(connection, session_id))

    def folder(self, session_id: str) -> Path:
        return self.home.session(session_id)

    def transcript(self, session_id: str) -> bytes:
        path = self.folder(session_id) / "transcript.jsonl"
        return path.read_bytes() if path.exists() else b""

    def records(self, session_id: str) -> list[dict[str, Any]]:
        """All records, checked: decodable, and numbered 1, 2, 3."""
        found = [json.loads(line) for line in self.transcript(session_id).splitlines()]
        assert [record["seq"] for record in found] == list(range(1, len(found) + 1))
        return found

    def exits(self, session_id: str) -> list[dict[str, Any]]:
        """The exit records: one for each start that is over."""
        words = [record["f"] for record in self.records(session_id) if record["d"] == "shim"]
        assert [word["type"] for word in words] == (["start", "exit"] * len(words))[: len(words)]
        return words[1::2]

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


def descriptors() -> int:
    """How many this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


async def eventually(met: Callable[[], object], seconds: float = 60) -> None:
    """Waits for what no event announces."""
    async with asyncio.timeout(seconds):
        while not met():  # noqa: ASYNC110 - it is another process's doing: there is no event
            await asyncio.sleep(0.005)
