"""Agents: start one, speak to it, answer it, stop it. What it says is read from its session."""

from __future__ import annotations

import asyncio
from textwrap import shorten
from typing import TYPE_CHECKING, Literal

from pydantic import Field, JsonValue

from workbench.agents import table
from workbench.agents.session import State
from workbench.commands.registry import command
from workbench.commands.sessions import NewSession, make_session
from workbench.commands.shapes import Id, Nothing, OfSession
from workbench.commands.standing import busy, states
from workbench.commands.turns import Turn, told
from workbench.doctor import find_provider
from workbench.errors import SidecarMissing
from workbench.protocol.screen import Model
from workbench.sidecar.provider import PROVIDERS, Listing, listing

if TYPE_CHECKING:
    from workbench.app import Workbench

_TITLE = 80


class Start(Turn, NewSession):
    """A new session and its first turn."""


class Started(Model):
    """Where to follow what was started."""

    session: str
    run: str


class Send(Turn):
    """Another turn of a session; one that has ended is resumed."""

    session: Id
    model: str | None = Field(default=None, description="Another model, from this turn on.")
    run: Id | None = Field(default=None, description="The run's id, for a caller that may ask twice.")


class SteerTurn(OfSession):
    """Guidance for the turn that runs."""

    prompt: str = Field(min_length=1)


class SteerAnswer(Model):
    """Whether the guidance reached the turn, and why not."""

    accepted: bool
    run: str | None = None
    reason: str | None = None


class StopTurn(OfSession):
    """The turn that runs."""

    run: Id | None = Field(default=None, description="Only this one; if it is over, nothing happens.")


class Running(Model):
    """Whether any turn is open, whichever host started it."""

    running: bool
    sessions: list[str] = Field(description="The sessions with an open turn, the oldest first.")


class Shutdown(Model):
    """Which sessions' processes to end; null: all of them."""

    session: Id | None = None


class Closed(Model):
    """The sessions whose process was ended. Their transcripts stay, and they can be resumed."""

    closed: list[str] = Field(description="The oldest first.")


class RespondPermission(OfSession):
    """The answer to one permission. The first answer counts, whoever gave it."""

    permission: Id
    behavior: Literal["allow", "deny"]
    message: str | None = Field(default=None, description="Why not, for the agent to read.")
    updated_input: dict[str, JsonValue] | None = Field(default=None, description="What to run instead.")
    remember: bool = Field(default=False, description="Allow this tool for the rest of the session.")


class RespondInput(OfSession):
    """The answer to one question: the chosen label or typed text by each question's text."""

    input: Id
    action: Literal["submit", "decline", "cancel"] = "submit"
    content: dict[str, JsonValue] | None = None


class Stopped(Model):
    """What became of the session."""

    session: str
    state: State


class Answered(Model):
    """The answer has reached the agent."""

    session: str
    answered: str


class OfProvider(Model):
    """A request about one provider; null: the one in the settings."""

    provider: str | None = None


class ModelRow(Model):
    """One model that a provider offers."""

    id: str
    label: str
    description: str | None = None
    default: bool = False


class Models(Model):
    """The models of a provider."""

    provider: str
    models: list[ModelRow] = Field(description="As the provider lists them, its default first.")


class ProviderRow(Model):
    """One provider. `remedy` says how to install what is missing."""

    name: str
    label: str
    installed: bool
    default: bool
    offline: bool
    secrets: list[str] = Field(description="The names of the keys it may use; any one of them will do.")
    secret_set: bool = Field(description="Whether one of them is set. Some providers have a login of their own.")
    remedy: str = ""


class Providers(Model):
    """All providers."""

    providers: list[ProviderRow] = Field(description="In the order in which they are offered.")


class OfSkill(Model):
    """A request about all sessions of one skill."""

    skill: str = Field(min_length=1)


@command("agents.start", Start, Started)
async def start(bench: Workbench, request: Start) -> Started:
    """Makes a session and starts its first turn; returns as soon as the agent has the prompt."""
    title = request.title or shorten(bench.masked(request.prompt), _TITLE, placeholder="…")
    session = await make_session(bench, request.model_copy(update={"title": title}))
    run = await bench.pool.send(session, request.prompt, **await told(bench, request))
    return Started(session=session, run=run)


@command("agents.send", Send, Started)
async def send(bench: Workbench, request: Send) -> Started:
    """Starts another turn of a session, which is resumed if its process has ended."""
    params = await told(bench, request)
    if request.model is not None:
        params["model"] = request.model
    run = await bench.pool.send(request.session, request.prompt, run_id=request.run, **params)
    return Started(session=request.session, run=run)


@command("agents.steer", SteerTurn, SteerAnswer)
async def steer(bench: Workbench, request: SteerTurn) -> SteerAnswer:
    """Gives guidance to the turn that runs."""
    answer = await bench.pool.steer(request.session, request.prompt)
    return SteerAnswer(accepted=answer["accepted"], run=answer.get("run"), reason=answer.get("reason"))


@command("agents.stop", StopTurn, Stopped)
async def stop(bench: Workbench, request: StopTurn) -> Stopped:
    """Ends the turn that runs, and keeps what was said; the session stays."""
    await bench.pool.stop(request.session, request.run)
    return Stopped(session=request.session, state=(await _states(bench, [request.session]))[request.session])


@command("agents.shutdown", Shutdown, Closed)
async def shutdown(bench: Workbench, request: Shutdown) -> Closed:
    """Ends the processes of one session or of all; nothing that was said is lost."""
    return Closed(closed=await _close(bench, await _living(bench, request.session)))


@command("agents.cleanup_skill", OfSkill, Closed)
async def cleanup_skill(bench: Workbench, request: OfSkill) -> Closed:
    """Ends the processes of all sessions of a skill, before it is deleted or reset."""
    living = await _living(bench, None)
    skills = await bench.read(lambda connection: {each: table.skill_of(connection, each) for each in living})
    return Closed(closed=await _close(bench, [each for each in living if skills[each] == request.skill]))


@command("agents.any_running", Nothing, Running)
async def any_running(bench: Workbench, request: Nothing) -> Running:
    """Whether a turn is open anywhere in this home."""
    del request
    sessions = await asyncio.to_thread(busy, bench)
    return Running(running=bool(sessions), sessions=sessions)


@command("agents.respond_permission", RespondPermission, Answered)
async def respond_permission(bench: Workbench, request: RespondPermission) -> Answered:
    """Allows or denies what an agent wants to do."""
    fields = {"message": request.message, "updatedInput": request.updated_input, "remember": request.remember or None}
    given = {key: value for key, value in fields.items() if value is not None}
    await bench.pool.respond_permission(request.session, request.permission, request.behavior, **given)
    return Answered(session=request.session, answered=request.permission)


@command("agents.respond_input", RespondInput, Answered)
async def respond_input(bench: Workbench, request: RespondInput) -> Answered:
    """Answers an agent's question, or declines to."""
    given = {"content": request.content} if request.content is not None else {}
    await bench.pool.respond_input(request.session, request.input, request.action, **given)
    return Answered(session=request.session, answered=request.input)


@command("agents.models", OfProvider, Models)
async def models(bench: Workbench, request: OfProvider) -> Models:
    """The models that a provider offers."""
    provider = listing(request.provider or bench.settings.provider).name
    rows = await bench.pool.request(provider, "listModels", {})
    known = {"id", "label", "description", "default"}
    return Models(
        provider=provider,
        models=[ModelRow.model_validate({key: row[key] for key in known & row.keys()}) for row in rows],
    )


@command("agents.providers", Nothing, Providers)
async def providers(bench: Workbench, request: Nothing) -> Providers:
    """The providers, whether each is installed, and whether its key is set."""
    del request
    default = bench.settings.provider
    return Providers(providers=[_provider_row(bench, each, default) for each in PROVIDERS.values()])


def _provider_row(bench: Workbench, each: Listing, default: str) -> ProviderRow:
    remedy = ""
    try:
        find_provider(each)
    except SidecarMissing as error:
        remedy = error.remedy
    return ProviderRow(
        name=each.name,
        label=each.label,
        installed=not remedy,
        default=each.name == default,
        offline=each.extra is None,
        secrets=list(each.secrets),
        secret_set=bool(bench.secrets.values(each.secrets)),
        remedy=remedy,
    )


async def _states(bench: Workbench, sessions: list[str] | None) -> dict[str, State]:
    return await asyncio.to_thread(states, bench, sessions)


async def _living(bench: Workbench, session: str | None) -> list[str]:
    standing = await _states(bench, None if session is None else [session])
    return sorted(each for each, state in standing.items() if state in {"live", "busy"})


async def _close(bench: Workbench, sessions: list[str]) -> list[str]:
    await asyncio.gather(*(bench.pool.close(session) for session in sessions))
    return sessions
