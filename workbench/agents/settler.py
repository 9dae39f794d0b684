"""Settling what other hosts left: sessions whose process was killed whole, and transcripts that nobody committed.

Idea: one look through the folders. Nearly all sessions are over and wholly in the database, which costs each of them the
question how long its transcript is. Invariant: any number of hosts may do this at once, and doing it twice changes
nothing; one damaged session keeps none of the others from being settled.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from workbench.agents import process, session
from workbench.agents.attachment import has_ended
from workbench.agents.recorder import Recorder
from workbench.errors import WorkbenchError
from workbench.paths import Home


@dataclass
class Found:
    """What a look through the sessions folder found: the sessions that were lost, and a note on each thing that could
    not be settled or is no session; that is left alone.
    """

    lost: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def settle_all(home: Home, recorder: Recorder) -> Found:
    """Settles the sessions that were lost, and commits all that is in no database yet."""
    found, over = Found(), recorder.over()
    for name in sorted(os.listdir(home.sessions)):  # noqa: PTH208 - names are what is compared, thousands of them
        staged = name.startswith(".")
        if staged or over.get(name) == _size(f"{home.sessions}/{name}/{session.TRANSCRIPT}"):
            continue
        try:
            if _settle(home, recorder, name):
                found.lost.append(name)
        except (WorkbenchError, OSError) as error:
            found.notes.append(f"{home.sessions / name} was passed over: {error}")
    return found


def _settle(home: Home, recorder: Recorder, session_id: str) -> bool:
    folder = home.session(session_id)
    lost = not process.alive(folder) and not has_ended(folder / session.TRANSCRIPT) and process.settle(folder).recorded
    recorder.commit(session_id)
    return lost


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - as above
    except OSError:
        return 0
