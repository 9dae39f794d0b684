"""A host that does nothing but commit one session until it is killed: `committer.py HOME SESSION`."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.agents.recorder import Recorder
from workbench.paths import Home
from workbench.storage import files
from workbench.storage.database import Database
from workbench.usage import ledger


def main() -> None:
    files.BUSY_MS = 60_000  # type: ignore[misc] # another host may stand still for long while it writes
    home = Home(Path(sys.argv[1]))
    with Database.open(home.database) as database:
        recorder = Recorder(database, home, ledger.record)
        print("ready", flush=True)
        while recorder.commit(sys.argv[2]).state != "ended":
            pass


if __name__ == "__main__":
    main()
