"""How a run stands and what it said, asked by whoever comes after the host that started it."""

from __future__ import annotations

from typing import Final, Literal

from workbench.agents import process, said, table
from workbench.agents.recorder import Recorder
from workbench.agents.run import Status
from workbench.errors import NotFound
from workbench.paths import Home
from workbench.storage.database import Database

NEVER: Final = "never"
"""Of a run that the agent was never told of: its host died before."""

_ENDS: Final[dict[str, Status]] = {
    "end": "completed",
    "aborted": "aborted",
    "error": "error",
    "interrupted": "interrupted",
}


def standing(
    home: Home, database: Database, recorder: Recorder, session: str, run: str
) -> Status | Literal["never"] | None:
    """How a run ended; None: it is open. A session that was killed with its guard is settled: nobody else would."""
    if (told := _told(database, session, run)) is not None:
        return told
    recorder.commit(session)
    if _is_open(database, session, run) and not process.alive(home.session(session)):
        process.settle(home.session(session))
        recorder.commit(session)
    if _is_open(database, session, run):
        return None
    return _told(database, session, run) or NEVER


def answer(home: Home, database: Database, session: str, run: str) -> str:
    """The last thing that a run has said. The database keeps it longer than the transcript is kept; of what is still being
    said, that tells.
    """
    told = database.read(lambda connection: table.messages(connection, session, run=run))
    texts = [each.content["text"] for each in told if each.kind == "text" and "parent" not in each.content]
    if not texts:
        try:
            texts = said.said(home, session, run).texts
        except NotFound:
            return ""
    return texts[-1] if texts else ""


def _told(database: Database, session: str, run: str) -> Status | None:
    """How it ended, if the database knows that already."""
    found = database.read(lambda connection: next(table.backwards(connection, session, run=run), None))
    return None if found is None else _ENDS.get(found.kind)


def _is_open(database: Database, session: str, run: str) -> bool:
    row = database.read(lambda connection: table.get(connection, session))
    return row is not None and run in row.open_runs
