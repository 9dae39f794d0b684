"""Commands as methods, for people in a notebook: ask for a thing, get a model, a DataFrame or a handle.

Invariant: nothing is decided here. Each method is one command, with its reply in the form that is handy in a cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from os import PathLike, fspath
from typing import TYPE_CHECKING, Any, Final, Literal, TypeVar

from pydantic import BaseModel

from workbench.app import Workbench
from workbench.commands import agents, sessions, settings, usage
from workbench.errors import NotFound
from workbench.hosts.handles import Run
from workbench.hosts.loading import load

if TYPE_CHECKING:
    import pandas as pd

    from workbench.hosts.frames import Kind, Money

Reply = TypeVar("Reply", bound=BaseModel)

MONEY: Final = ("cost", "total_cost", "average_cost")
TIMES: Final = ("started", "ended", "created", "updated")


class Room:
    """Some methods that share an open Workbench."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def _ask(self, name: str, reply: type[Reply], /, **params: Any) -> Reply:
        return reply.model_validate(self._bench.call(name, params))


class Agents(Room):
    """Starts agents, and finds those that run."""

    last: Run | None = None
    """The run that was started last from this kernel."""

    def start(
        self,
        prompt: str,
        *,
        provider: str | None = None,
        model: str | None = None,
        skill: str | None = None,
        session: str | None = None,
        cwd: str | PathLike[str] | None = None,
        permission: Literal["ask", "plan", "accept_edits", "bypass"] | None = None,
        recording: str | None = None,
        speed: float | None = None,
        options: Mapping[str, Any] | None = None,
        **turn: Any,
    ) -> Run:
        """Starts an agent and returns its run at once; a `session` that has ended is resumed.

        `recording` and `speed` (0: as fast as it goes) are the replay provider's; `turn` takes what
        `workbench commands agents.start` lists beside these (`max_turns`, `thinking`, `allowed_tools`, ...).
        """
        played = {key: value for key, value in {"recording": recording, "speed": speed}.items() if value is not None}
        named = {
            "provider": provider,
            "model": model,
            "skill": skill,
            "session": session,
            "cwd": None if cwd is None else fspath(cwd),
            "permission_mode": permission,
            "options": {**(options or {}), **played} or None,
            **turn,
        }
        params = {key: value for key, value in named.items() if value is not None}
        # What a session has from its birth (provider, cwd, skill) `agents.send` refuses with a sentence.
        name = "agents.start" if session is None else "agents.send"
        started = self._ask(name, agents.Started, prompt=prompt, **params)
        known = provider or self._ask("sessions.get", sessions.Session, session=started.session).provider
        self.last = Run(self._bench, started.session, started.run, provider=known)
        return self.last

    def attach(self, session: str, run: str | None = None) -> Run:
        """A handle on a run of a session (by default its last one), whoever started it and when."""
        about = self._ask("sessions.get", sessions.Session, session=session)
        over = self._ask("usage.session_runs", usage.Runs, session=session)
        known = [*reversed(about.open_runs), *(each.run for each in over.runs)]
        if not known or (run is not None and run not in known):
            raise NotFound(
                f"Session {session} has no run {run}." if run else f"Session {session} has no run yet.",
                remedy=f"It has: {', '.join(known)}." if known else "Send it a prompt.",
                session=session,
            )
        return Run(self._bench, session, run or known[0], provider=about.provider)

    def running(self) -> list[str]:
        """The sessions in which an agent is at work, whichever host started it."""
        return self._ask("agents.any_running", agents.Running).sessions

    def shutdown(self) -> list[str]:
        """Ends the processes of all sessions; the sessions that had one. What was said is kept, and another prompt resumes."""
        return self._ask("agents.shutdown", agents.Closed).closed

    def providers(self) -> pd.DataFrame:
        """The providers, whether each is installed, and how to install what is missing."""
        return frame(self._ask("agents.providers", agents.Providers).providers, agents.ProviderRow)

    def models(self, provider: str | None = None) -> pd.DataFrame:
        """The models that a provider offers."""
        return frame(self._ask("agents.models", agents.Models, provider=provider).models, agents.ModelRow)


class Sessions(Room):
    """What was said, and by whom."""

    def list(self, *, limit: int = 100, skill: str | None = None) -> pd.DataFrame:
        """Sessions, the last updated first."""
        return frame(
            self._ask("sessions.list", sessions.Sessions, limit=limit, skill=skill).sessions, sessions.SessionRow
        )

    def get(self, session: str) -> sessions.Session:
        """One session as it stands, with the questions that wait for an answer."""
        return self._ask("sessions.get", sessions.Session, session=session)

    def markdown(self, session: str, run: str | None = None) -> str:
        """What was said, as Markdown that can do no harm."""
        return self._ask("sessions.markdown", sessions.Markdown, session=session, run=run).markdown

    def transcript(self, session: str, run: str | None = None) -> str:
        """All events as JSON lines, the vendor's own included."""
        return self._ask("sessions.transcript", sessions.Transcript, session=session, run=run).text

    def end(self, session: str) -> sessions.Session:
        """Ends the session's process; another prompt resumes it."""
        return self._ask("sessions.end", sessions.Session, session=session)


class Preferences(Room):
    """The settings, and the keys (which can be set and never be read)."""

    def get(self) -> settings.SettingsState:
        """All settings, and which keys are set."""
        return self._ask("settings.get", settings.SettingsState)

    def save(self, *, secrets: Mapping[str, str | None] | None = None, **changes: Any) -> settings.SettingsState:
        """Saves what is named: `save(provider="claude", secrets={"ANTHROPIC_API_KEY": "..."})`."""
        return self._ask("settings.save", settings.SettingsState, changes=changes, secrets=dict(secrets or {}))


def table(rows: Iterable[Mapping[str, Any]], kinds: Mapping[str, Kind], *, money: Money = "float") -> pd.DataFrame:
    """Rows of a reply as a DataFrame with the columns that are named, each of its kind."""
    load("workbench.hosts.frames")
    from workbench.hosts import frames

    return frames.table(rows, kinds, money=money)


def frame(rows: Sequence[BaseModel], row: type[BaseModel]) -> pd.DataFrame:
    """Rows as a DataFrame with the columns of their model, also when there are none; money exact, times with a zone."""
    load("pandas")
    import pandas as pd

    made = pd.DataFrame([each.model_dump() for each in rows], columns=list(row.model_fields))
    for name in made.columns.intersection(list(MONEY)):
        made[name] = pd.Series([_money(value) for value in made[name]], index=made.index, dtype=object)
    for name in made.columns.intersection(list(TIMES)):
        made[name] = pd.to_datetime(made[name], utc=True)
    return made


def _money(value: Any) -> Decimal | None:
    return Decimal(value) if isinstance(value, str) else None
