"""How sessions stand at this moment, whoever runs them.

A row says what was last committed; whether the process lives, its lock says. A row that could be behind is committed
first, so what is shown was true when it was asked, also of a session that another host runs or that lost its host.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.agents import process, session, table
from workbench.agents.session import State
from workbench.agents.table import SessionRow
from workbench.errors import NotFound, Refused

if TYPE_CHECKING:
    from workbench.app import Workbench


def known(bench: Workbench, session_id: str) -> SessionRow:
    """The row of a session; one that only its folder knows of is registered. Raises NotFound."""
    bench.home.session(session_id)
    row = bench.database.read(lambda connection: table.get(connection, session_id))
    if row is None and bench.newer is None:
        bench.recorder.commit(session_id)
        row = bench.database.read(lambda connection: table.get(connection, session_id))
    if row is None:
        raise NotFound(
            f"There is no session {session_id}.",
            remedy="List them with: workbench sessions list.",
            session=session_id,
        )
    return row


def standing(bench: Workbench, row: SessionRow) -> tuple[SessionRow, State]:
    """The row, brought up to its transcript where that may have grown, and how the session stands."""
    held = process.alive(bench.home.session(row.id))
    if (held or row.state in {"live", "busy"}) and not row.pruned and bench.newer is None:
        try:
            bench.recorder.commit(row.id)
        except (NotFound, Refused):
            pass  # its folder was taken away or damaged: the row is all that is known
        row = known(bench, row.id)
    state = session.state_of(written=row.seq > 0, held=held, exited=row.state == "ended", busy=bool(row.open_runs))
    return row, state


def busy(bench: Workbench) -> list[str]:
    """The sessions with an open turn, the oldest first. Asked often: only those are looked at that the database knows to
    have a process, and whoever sends a turn has told it before.
    """
    found = bench.database.read(table.running)
    living = [each for each in found if process.alive(bench.home.session(each))]
    return [each for each in living if standing(bench, known(bench, each))[1] == "busy"]


def states(bench: Workbench, sessions: Sequence[str] | None) -> dict[str, State]:
    """How the named sessions stand (each must exist), or all of this home whose process lives."""
    if sessions is None:
        sessions = [each for each in session.ids(bench.home) if process.alive(bench.home.session(each))]
    return {each: standing(bench, known(bench, each))[1] for each in sessions}
