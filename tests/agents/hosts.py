"""A nest of hosts for tests: forks a host that follows and commits one session, kills it at a random moment, and again.

`hosts.py HOME SESSION SEED` says when it begins, and runs until the session's run is in the ledger; prints how many hosts it
has killed. The nest itself opens nothing, so each fork is a fresh host without the price of its imports.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from workbench.agents.pool import Pool
from workbench.agents.recorder import Recorder
from workbench.paths import Home
from workbench.storage import files
from workbench.storage.database import Database
from workbench.usage import ledger

DONE = 7


def main(home: Home, session: str, seed: int) -> int:
    files.BUSY_MS = 60_000  # type: ignore[misc] # another host may stand still for long while it writes
    chance = random.Random(seed)
    killed = 0
    print("begun", flush=True)
    while True:
        host = os.fork()
        if not host:
            follow_and_commit(home, session)
        time.sleep(chance.uniform(0.01, 0.4) * (1 + killed / 100))  # on a slow machine too, one comes to the end
        os.kill(host, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(os.waitpid(host, 0)[1])
        if code == DONE:
            print(killed, flush=True)
            return 0
        assert code == -signal.SIGKILL, f"a host failed by itself: {code}"
        killed += 1


def follow_and_commit(home: Home, session: str) -> NoReturn:
    database = Database.open(home.database)
    recorder = Recorder(database, home, ledger.record)
    pool = Pool(home, database, recorder, lambda _: None)  # type: ignore[arg-type, return-value]

    async def follow() -> None:
        async for batch in pool.follow(session):
            await asyncio.to_thread(recorder.commit, session)
            if any(record.get("f", {}).get("type") == "end" for record in batch.records):
                os._exit(DONE)

    asyncio.run(follow())
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main(Home(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])))
