"""A session: who it is, how it stands, and when its process may be started again.

Idea: a session is a folder. `session.json` says who it is, is written once by its creator and never changes; all that
changes is in the transcript, and how it stands follows from three facts (is there a transcript, is the lock held, is
the last word an `exit`). Invariant: `state_of` and `Restarts` are pure, so every host comes to the same answer.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from workbench.clock import Clock
from workbench.errors import HomeUnusable, NotFound
from workbench.paths import Home, write_atomic

VERSION: Final = 1
ABOUT: Final = "session.json"
TRANSCRIPT: Final = "transcript.jsonl"

State = Literal["created", "live", "busy", "ended", "lost"]


class SessionSpec(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a caller says of a session that is to be made."""

    provider: str
    model: str | None = None
    cwd: str | None = None
    """Where the agent works; by default where its creator works."""
    title: str | None = None
    skill: str | None = None
    step: str | None = None
    workflow: str | None = None
    counted_in: str | None = None
    """Another session, which this one's runs are a part of in every account of usage."""


class Session(SessionSpec, frozen=True, kw_only=True, omit_defaults=True):
    """What `session.json` holds."""

    id: str
    created: int
    """Milliseconds since 1970."""
    version: int


def make(home: Home, spec: SessionSpec, clock: Clock) -> Session:
    """Makes a session's folder in one step: staged beside its place, then renamed into it."""
    session = Session(
        id=clock.new_id(),
        created=clock.now_ms(),
        version=VERSION,
        **{**msgspec.structs.asdict(spec), "cwd": spec.cwd or os.getcwd()},  # noqa: PTH109 - a string is what is kept
    )
    staging = home.sessions / f".{session.id}"
    try:
        staging.mkdir(mode=0o700)
        write_atomic(staging / ABOUT, msgspec.json.encode(session) + b"\n")
        staging.replace(home.session(session.id))
    except OSError as error:
        shutil.rmtree(staging, ignore_errors=True)
        raise HomeUnusable(
            f"The session could not be created in {home.sessions}: {error.strerror or error}.",
            remedy="Free some space, or set WORKBENCH_HOME to a folder that you can write.",
            path=str(home.sessions),
            errno=error.errno,
        ) from error
    return session


def load(home: Home, session_id: str) -> Session:
    """The session of an id; raises NotFound for an id, a file or a folder that is not one."""
    path = home.session(session_id) / ABOUT
    try:
        return msgspec.json.decode(path.read_bytes(), type=Session)
    except (OSError, msgspec.MsgspecError) as error:
        raise NotFound(
            f"There is no session {session_id}.",
            remedy="List them with: workbench sessions list.",
            session=session_id,
            cause=str(error),
        ) from error


def ids(home: Home) -> list[str]:
    """The ids of all sessions in a home, the oldest first; staged folders and foreign files are passed over."""
    try:
        with os.scandir(home.sessions) as entries:
            names = [entry.name for entry in entries if not entry.name.startswith(".")]
    except FileNotFoundError:
        return []
    return sorted(name for name in names if (home.sessions / name / ABOUT).is_file())


def state_of(*, written: bool, held: bool, exited: bool, busy: bool) -> State:
    """How a session stands: `written` = it has a transcript, `held` = its lock is held, `exited` = the transcript's
    last word is an exit record, `busy` = a turn is open.
    """
    if held:
        return "busy" if busy else "live"
    if not written:
        return "created"
    return "ended" if exited else "lost"


# -- when to start again ----------------------------------------------------------------------------------------------

BACK_OFF_S: Final = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
JITTER: Final = 0.2
HEALTHY_MS: Final = 60_000
"""An incarnation that was up this long clears the failures before it."""
GIVE_UP: Final = 5
GIVE_UP_MS: Final = 300_000

_MEANT: Final = frozenset({"closed", "idle", "exit:0"})
_PERMANENT: Final = frozenset({"exit:126", "exit:127", "exit:78", "ready_timeout"})


class Incarnation(msgspec.Struct, frozen=True):
    """One life of a session's process, from its `start` to its `exit` record (milliseconds, and the exit's reason)."""

    started: int
    ended: int
    reason: str

    @property
    def failed(self) -> bool:
        return self.reason not in _MEANT

    @property
    def permanent(self) -> bool:
        """Starting it again the same way cannot help: not found, not executable, bad configuration, never ready."""
        return self.reason in _PERMANENT


class Restarts(msgspec.Struct, frozen=True):
    """What the exits so far allow: wait `delay_s` before the next start, or give up until `given_up_s` have passed."""

    failures: int
    delay_s: float
    given_up_s: float

    @classmethod
    def after(cls, lives: Iterable[Incarnation], now_ms: int, chance: float) -> Restarts:
        """The rule: failures in a row back off, five in five minutes end it, a minute up forgets them.

        `chance` in [0, 1) spreads the delay by 20 %. A permanent failure is not retried by us, so it does not count
        against a person who mends the cause and tries again.
        """
        row: list[Incarnation] = []
        for life in lives:
            if not life.failed or life.ended - life.started >= HEALTHY_MS:
                row.clear()
            if life.failed and not life.permanent:
                row.append(life)
        if not row:
            return cls(0, 0.0, 0.0)
        recent = [life for life in row if now_ms - life.ended < GIVE_UP_MS]
        given_up = 0.0
        if len(recent) >= GIVE_UP:
            given_up = (recent[-GIVE_UP].ended + GIVE_UP_MS - now_ms) / 1000
        step = BACK_OFF_S[min(len(row), len(BACK_OFF_S)) - 1] * (1 + JITTER * (2 * chance - 1))
        waited = max(0.0, (now_ms - row[-1].ended) / 1000)
        return cls(len(row), max(0.0, step - waited), given_up)
