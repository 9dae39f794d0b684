"""Transcripts into the database, by any host, from where the last one stopped.

Idea: no committer is elected. A commit is one transaction that reads the stored offset, folds the whole lines from
there and moves the offset; whoever comes second finds nothing to do. A host that is killed in the middle has done
nothing, and another goes on from the same byte.

Invariant: what is in the database of a session is a function of its transcript up to the stored offset, and a run that
the database calls finished is on the disk: the file is flushed before the commit that says so.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import apsw
import msgspec

from workbench.agents import session as sessions
from workbench.agents import table
from workbench.agents.fold import fold
from workbench.agents.run import ENTRIES, FinishedRun, Message
from workbench.agents.session import TRANSCRIPT, Session
from workbench.agents.transcript import Transcript
from workbench.errors import Refused
from workbench.paths import Home
from workbench.storage.database import Database

log = logging.getLogger(__name__)

COMMIT_BYTES: Final = 4 * 1024 * 1024
"""How much of a transcript one transaction takes: a fifth of a second of somebody else's waiting."""


class RecordedRun(FinishedRun, frozen=True, kw_only=True):
    """A finished run with what its session's folder says of it."""

    session: str
    provider: str
    skill: str | None
    step: str | None
    workflow: str | None
    counted_in: str | None


RecordRun = Callable[[apsw.Connection, RecordedRun], None]
ForgetRuns = Callable[[apsw.Connection, str], None]


@dataclass(frozen=True)
class Cursor:
    """How far a session has been committed, and what this commit made final."""

    offset: int
    seq: int
    state: str
    open_runs: tuple[str, ...]
    bad: int
    missing: int
    finished: tuple[RecordedRun, ...] = ()

    @classmethod
    def of(cls, kept: table.Kept, finished: Iterable[RecordedRun]) -> Cursor:
        state = kept.state
        return cls(kept.offset, state.seq, state.standing, tuple(state.runs), state.bad, state.missing, tuple(finished))


class Recorder:
    """Commits transcripts; `record_run` is called inside the transaction for each run that is over."""

    def __init__(self, database: Database, home: Home, record_run: RecordRun) -> None:
        self._database = database
        self._home = home
        self._record_run = record_run

    def commit(self, session_id: str) -> Cursor:
        """Folds what has been written so far. Registers the session if it is not known yet.

        Raises NotFound for what is no session, Refused when the transcript is shorter than what was read of it.
        """
        about = sessions.load(self._home, session_id)
        finished: list[RecordedRun] = []
        with Transcript(self._home.session(session_id) / TRANSCRIPT) as transcript:
            end = transcript.end()
            while True:
                kept = self._database.read(lambda connection: table.kept(connection, session_id))
                if kept is not None and (kept.offset >= end or kept.pruned):
                    _same_file(kept, transcript)
                    return Cursor.of(kept, finished)
                finished += self._database.write(lambda connection: self._step(connection, about, transcript))

    def register(self, session: Session) -> bool:
        """A row for a session; whether it was new."""
        return self._database.write(lambda connection: table.add(connection, session))

    def rebuild(self, session_id: str, forget_runs: ForgetRuns) -> Cursor:
        """Drops what was derived from a transcript and derives it again, in one transaction. `forget_runs` takes the
        ledger back to before this session's first run.
        """
        about = sessions.load(self._home, session_id)

        def work(connection: apsw.Connection) -> tuple[table.Kept, list[RecordedRun]]:
            table.add(connection, about)
            before = table.known(connection, session_id)
            if before.pruned:
                raise _pruned(session_id)
            table.forget(connection, session_id)
            forget_runs(connection, session_id)
            finished: list[RecordedRun] = []
            while table.known(connection, session_id).offset < end:
                finished += self._step(connection, about, transcript)
            return table.known(connection, session_id), finished

        with Transcript(self._home.session(session_id) / TRANSCRIPT) as transcript:
            end = transcript.end()
            return Cursor.of(*self._database.write(work))

    def over(self) -> dict[str, int]:
        """The sessions without a process, when they were last committed, and how long their transcripts were then."""
        return self._database.read(table.over)

    def check_resumable(self, session_id: str) -> None:
        """Raises Refused for a session whose transcript was pruned: another would begin at the same numbers again."""
        kept = self._database.read(lambda connection: table.kept(connection, session_id))
        if kept is not None and kept.pruned:
            raise _pruned(session_id)

    def prune(self, now_ms: int, *, after_ms: int) -> list[str]:
        """Deletes the transcripts of sessions that ended long ago and are wholly committed; returns their ids."""
        rows = self._database.read(lambda connection: table.old(connection, now_ms - after_ms))
        return [row.id for row in rows if self._prune(row)]

    def _prune(self, row: table.SessionRow) -> bool:
        """Marked first, so that a host killed in between leaves a file that is deleted by the next one, never a row
        that misses its file.
        """
        folder = self._home.session(row.id)
        path = folder / TRANSCRIPT
        try:
            with _locked(folder / "lock") as alone, Transcript(path) as transcript:
                whole = row.pruned or (path.exists() and transcript.size() == row.offset)
                if not (alone and whole):
                    return False
                self._database.write(lambda connection: table.mark_pruned(connection, row.id, deleted=False))
                path.unlink(missing_ok=True)
                self._database.write(lambda connection: table.mark_pruned(connection, row.id, deleted=True))
                return True
        except (
            OSError
        ) as error:  # a person has deleted the folder, or it cannot be written: the others have no part in it
            log.debug("Session %s is not pruned: %s", row.id, error)
            return False

    def _step(self, connection: apsw.Connection, about: Session, transcript: Transcript) -> list[RecordedRun]:
        """One page of a transcript into the database, inside the caller's transaction."""
        table.add(connection, about)
        kept = table.known(connection, about.id)
        _same_file(kept, transcript)
        page = transcript.decode(kept.offset, ENTRIES, COMMIT_BYTES)
        state = kept.state
        state.bad += page.skipped
        outputs = [output for entry in page.records for output in fold(state, entry)]
        table.add_messages(connection, about.id, (one for one in outputs if isinstance(one, Message)))
        skill = table.skill_of(connection, about.id)
        runs = [_with_session(one, about, skill) for one in outputs if isinstance(one, FinishedRun)]
        for run in runs:
            self._record_run(connection, run)
        if runs:
            transcript.sync()
        table.advance(connection, about.id, page.offset, state)
        return runs


def _with_session(run: FinishedRun, about: Session, skill: str | None) -> RecordedRun:
    """`skill`: by the name that it has now; the folder has the one that it had when the session was made."""
    return RecordedRun(
        **msgspec.structs.asdict(run),
        session=about.id,
        provider=about.provider,
        skill=skill,
        step=about.step,
        workflow=about.workflow,
        counted_in=about.counted_in,
    )


def _same_file(kept: table.Kept, transcript: Transcript) -> None:
    if kept.offset > transcript.size() and not kept.pruned:
        raise Refused(
            "transcript_damaged",
            f"The transcript {transcript.path} is shorter than what has been recorded of it.",
            remedy="Put the file back from a copy; what was recorded of it is kept.",
            path=str(transcript.path),
            recorded=kept.offset,
        )


def _pruned(session_id: str) -> Refused:
    return Refused(
        "pruned",
        f"The transcript of session {session_id} was pruned; its recorded messages and costs are kept.",
        remedy="Start a new session.",
        session=session_id,
    )


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether nobody lives in the session; while the block runs, nobody can begin to."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield _claimed(descriptor)
    finally:
        os.close(descriptor)


def _claimed(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
