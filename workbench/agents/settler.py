"""Settling what other hosts left: sessions whose process was killed whole, and transcripts that nobody committed.

Invariant: any number of hosts may do this at once, and doing it twice changes nothing; one damaged session keeps none of
the others from being settled.
"""

from __future__ import annotations

import logging

from workbench.agents import process, session
from workbench.agents.attachment import has_ended
from workbench.agents.recorder import Recorder
from workbench.errors import WorkbenchError
from workbench.paths import Home

log = logging.getLogger(__name__)


def settle_lost(home: Home, recorder: Recorder) -> list[str]:
    """Settles and commits all sessions that nobody runs; the ids of those that were lost."""
    return [session_id for session_id in session.ids(home) if _settle(home, recorder, session_id)]


def _settle(home: Home, recorder: Recorder, session_id: str) -> bool:
    folder = home.session(session_id)
    try:
        if process.alive(folder):
            return False
        lost = not has_ended(folder / session.TRANSCRIPT) and process.settle(folder).recorded
        recorder.commit(session_id)
    except (WorkbenchError, OSError) as error:
        log.warning("Session %s was left as it is: %s", session_id, error)
        return False
    return lost
