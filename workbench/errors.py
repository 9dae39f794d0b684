"""Every failure is a sentence with facts and a remedy.

One tree, mirrored on the wire as `{kind, message, remedy, facts}`. A class is a cause that a caller may want to
tell apart; its `kind` is that cause's name everywhere (CLI, HTTP, comm, logs).

    WorkbenchError
      InvalidRequest        the caller's words are off (bad usage)
        UnknownCommand  UnknownProvider
      NotFound              the id names nothing here
      PathEscapes           a path leaves its root
      Refused               not now: busy, duplicate, stalled, closing, disk_full, read_only ...
      NoRecording           replay has nothing for this request
      ReplayDiverged        replay cannot go on as recorded: what is here is not what was there
      SidecarError          the agent's process
        SidecarMissing  SidecarFailed  SessionGone
      HomeUnusable          the home folder cannot be read or written
      DatabaseUnusable      the database is damaged, or not ours
        DatabaseNewer       written by a newer Workbench
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, TypedDict


class FailureDict(TypedDict):
    """A failure as it travels: the same four keys on every wire."""

    kind: str
    message: str
    remedy: str
    facts: dict[str, Any]


class WorkbenchError(Exception):
    """A failure that a person can act on.

    `message` says what happened, `remedy` what to do about it; `facts` are JSON values for programs to branch on.
    """

    kind: ClassVar[str] = "error"

    def __init__(self, message: str, *, remedy: str = "", **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.facts = facts

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()

    def to_dict(self) -> FailureDict:
        """The failure as it travels on every wire."""
        return {"kind": self.kind, "message": self.message, "remedy": self.remedy, "facts": self.facts}


class InvalidRequest(WorkbenchError):
    """A request that does not fit its schema; `facts["problems"]` lists `{path, message}`."""

    kind = "invalid_request"


class UnknownCommand(InvalidRequest):
    """No command has this name; `facts["near"]` names the closest ones."""

    kind = "unknown_command"


class UnknownProvider(InvalidRequest):
    """No provider has this name; `facts["known"]` lists those that exist."""

    kind = "unknown_provider"


class NotFound(WorkbenchError):
    """An id that names nothing in this home; `facts` holds the id under its noun (`session`, `run`, ...)."""

    kind = "not_found"


class PathEscapes(WorkbenchError):
    """A path that leaves the folder it must stay in; nothing was read or written."""

    kind = "path_escapes"


class Refused(WorkbenchError):
    """The request is sound and cannot be served now; `facts["reason"]` is one word (`busy`, `duplicate`, ...)."""

    kind = "refused"

    def __init__(self, reason: str, message: str, *, remedy: str = "", **facts: Any) -> None:
        super().__init__(message, remedy=remedy, reason=reason, **facts)
        self.reason = reason


class NoRecording(WorkbenchError):
    """The replay provider has nothing recorded for this request."""

    kind = "no_recording"


class ReplayDiverged(WorkbenchError):
    """A recording cannot be played on, because a tool was denied that was allowed, or a file is not what it was."""

    kind = "replay_diverged"


class SidecarError(WorkbenchError):
    """The agent's process could not be started or kept."""

    kind = "sidecar_error"


class SidecarMissing(SidecarError):
    """A provider's package or binary is not installed; the remedy is the exact install command."""

    kind = "sidecar_missing"


class SidecarFailed(SidecarError):
    """The agent's process did not become ready; `facts["stderr"]` holds its last lines."""

    kind = "sidecar_failed"


class SessionGone(SidecarError):
    """The session's process ended before the request was answered; the transcript is kept and can be resumed."""

    kind = "session_gone"


class HomeUnusable(WorkbenchError):
    """The home folder cannot be created, read or written."""

    kind = "home_unusable"


class DatabaseUnusable(WorkbenchError):
    """The database file is damaged or is not a Workbench database; it is left as it is."""

    kind = "database_unusable"


class DatabaseNewer(DatabaseUnusable):
    """The database was written by a newer Workbench; it can be read and not written."""

    kind = "database_newer"


def failure_of(error: BaseException) -> FailureDict:
    """Any exception as a failure: ours keep their kind; others become `internal` with their type as a fact."""
    if isinstance(error, WorkbenchError):
        return error.to_dict()
    return {
        "kind": "internal",
        "message": f"{type(error).__name__}: {error}" if str(error) else type(error).__name__,
        "remedy": "This is a fault in Workbench; the log has the details.",
        "facts": {"type": type(error).__name__},
    }


def error_of(failure: Mapping[str, Any]) -> WorkbenchError:
    """A failure that travelled, as the exception it was; a kind of somebody else's stays as `facts["kind"]`."""
    kind, told = str(failure.get("kind", "")), failure.get("facts")
    facts = {str(name): fact for name, fact in told.items()} if isinstance(told, Mapping) else {}
    known = {cls.kind: cls for cls in _descendants(WorkbenchError)}
    if kind not in known:
        facts.setdefault("kind", kind)
    cls = known.get(kind, SidecarError)
    error = cls.__new__(cls)  # Refused's own constructor asks for its reason apart
    WorkbenchError.__init__(error, str(failure.get("message", kind)), remedy=str(failure.get("remedy") or ""))
    error.facts = facts  # whatever they are called: a fact named `message` is no second message
    if isinstance(error, Refused):
        error.reason = str(facts.get("reason", "refused"))
    return error


def _descendants(cls: type[WorkbenchError]) -> Iterator[type[WorkbenchError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _descendants(child)
