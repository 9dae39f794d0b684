"""Hosts die at any moment; nothing of a run is lost, nothing is counted twice."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest
from house import House, eventually, frames

from workbench.agents.pool import Pool
from workbench.agents.process import alive
from workbench.agents.recorder import Recorder
from workbench.usage import ledger

HOSTS = Path(__file__).with_name("hosts.py")
EVENTS = 20_000


def everything(house: House, session: str) -> list[Any]:
    """All rows of a session, in every table that is derived."""

    def read(connection: Any) -> list[Any]:
        return [
            list(connection.execute(f"select * from {table} where {key} = ? order by 1, 2", (session,)))
            for table, key in (
                ("sessions", "id"),
                ("session_messages", "session"),
                ("agent_runs", "session"),
                ("usage_baseline", "session"),
            )
        ]

    return house.database.read(read)


@pytest.mark.slow
async def test_twenty_thousand_events_survive_a_hundred_killed_hosts(house: House, pool: Pool) -> None:
    session = await house.session("fake+heartbeat=5")
    seeds = [random.randrange(1 << 30) for _ in range(3)]
    print("seeds", seeds)
    run = await pool.send(session, f"ask:begin flood:{EVENTS}:1000")
    await frames(pool.follow(session), until="permissionRequest")
    nests = [
        await asyncio.create_subprocess_exec(
            sys.executable, str(HOSTS), str(house.home.root), session, str(seed), stdout=asyncio.subprocess.PIPE
        )
        for seed in seeds
    ]
    for nest in nests:
        assert nest.stdout is not None
        assert await nest.stdout.readline() == b"begun\n"
    await pool.respond_permission(session, "begin", "allow")  # not before: there are so many to be killed meanwhile
    await pool.aclose()  # from here on only the hosts that are killed commit
    killed = sum(int(out) for out, _ in await asyncio.gather(*(nest.communicate() for nest in nests)))
    assert killed >= 100, killed

    said = [record["f"] for record in house.records(session) if record["f"].get("type") == "agent_message_chunk"]
    assert len(said) == EVENTS
    rows = everything(house, session)
    _, messages, runs, _ = rows
    (text,) = [message for message in messages if message[4] == "text"]
    assert json.loads(text[5])["text"] == "".join(frame["content"]["text"] for frame in said)
    assert [row[0] for row in runs] == [run]

    recorder = Recorder(house.database, house.home, ledger.record)
    recorder.rebuild(session, ledger.forget)
    assert everything(house, session) == rows

    assert alive(house.folder(session))
    closer = house.pool()
    await closer.close(session)
    await eventually(lambda: not house.marked(session))
    assert [exit_["reason"] for exit_ in house.exits(session)] == ["closed"]
