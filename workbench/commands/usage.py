"""What our own runs have cost. The reports themselves are in `usage_rows`; here are their shapes, and the two that write.

What all transcripts told is in `usage_reports`.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

from pydantic import AwareDatetime, Field

from workbench.commands import usage_rows
from workbench.commands.registry import command
from workbench.commands.shapes import Cursor, Id, Limit, Money, OfSession
from workbench.protocol.screen import Model
from workbench.usage import recorded

if TYPE_CHECKING:
    from workbench.app import Workbench


Status = Literal["completed", "aborted", "error", "interrupted"]
Count = Annotated[int, Field(ge=0)]


class Which(Model):
    """Which runs count: those that a reset has hidden never do."""

    since: str | None = Field(default=None, description="ISO 8601; a bare day begins at midnight UTC.")
    skill: str | None = None
    hide_cancelled: bool = Field(
        default=False, description="Leave out runs that were cancelled before they used anything."
    )


class WhichPage(Which):
    """The same, a page at a time."""

    limit: Limit = 50
    cursor: Cursor = None


class OfStep(Which):
    """Which step's runs."""

    step: str = Field(min_length=1)
    workflow: str | None = None


class Tokens(Model):
    """What was counted."""

    input_tokens: int
    output_tokens: int
    cache_creation_tokens: int
    cache_read_tokens: int


class Sums(Tokens):
    """What some runs amount to. `average_cost` is of those that have a price."""

    runs: int
    total_cost: Money
    average_cost: Money
    replayed_cost: Money = Field(description="What of it was played from a recording: nobody paid it. null: nothing.")
    unpriced: list[str] = Field(description="The models that were used and have no known price, by name.")


class Summary(Sums):
    """What all runs amount to."""

    sessions: int


class StepSums(Summary):
    """What the runs of a workflow's step amount to, its gate and its repairs included; null: outside of a workflow."""

    workflow: str | None
    step: str | None
    purposes: list[str] = Field(description="What its turns were made for (step, gate, repair ...), by name.")
    replayed: bool = Field(description="Some of it was played from a recording.")


class ModelSums(Summary):
    """What one model's part amounts to. `family` is what people call it."""

    model: str
    family: str


class RunRow(Tokens):
    """One run, all of its models together."""

    run: str
    session: str
    provider: str
    skill: str | None
    step: str | None
    workflow: str | None
    purpose: str | None
    status: Status
    reason: str | None
    started: str
    ended: str
    models: list[str] = Field(description="By name.")
    cost: Money
    duration_ms: int | None
    api_duration_ms: int | None
    turns: int | None
    tool_uses: int | None
    compactions: int | None
    stop_reason: str | None
    events: int | None
    replay: bool
    source: Literal["ledger", "recorded"]


class SessionSums(Sums):
    """What one session's runs amount to."""

    session: str
    provider: str
    skill: str | None
    workflow: str | None
    steps: list[str] = Field(description="By name.")
    models: list[str] = Field(description="By name.")
    started: str
    ended: str
    duration_ms: int | None
    turns: int | None
    tool_uses: int | None
    replay: bool


class RunPage(Model):
    """A page of runs."""

    runs: list[RunRow] = Field(description="The last started first.")
    next_cursor: str | None = None


class Runs(Model):
    """All the runs that were asked for."""

    runs: list[RunRow] = Field(description="The last started first.")


class SessionPage(Model):
    """A page of sessions."""

    sessions: list[SessionSums] = Field(description="The last started first.")
    next_cursor: str | None = None


class Steps(Model):
    """Sums by step."""

    steps: list[StepSums] = Field(description="The dearest first.")


class ModelsUsed(Model):
    """Sums by model."""

    models: list[ModelSums] = Field(description="The dearest first.")


class RecordRun(Model):
    """One model's part of a run that was made elsewhere. The same run and model again is written over."""

    run: Id
    model: str = Field(min_length=1)
    provider: str = Field(min_length=1)
    session: Id | None = Field(default=None, description="By default the run is a session of its own.")
    skill: str | None = None
    step: str | None = None
    workflow: str | None = None
    status: Status = "completed"
    started: AwareDatetime
    ended: AwareDatetime
    input_tokens: Count = 0
    output_tokens: Count = 0
    cache_read_tokens: Count = 0
    cache_creation_tokens: Count = 0
    cost: Decimal | None = Field(default=None, ge=0, description="US dollars; null when it is not known.")
    duration_ms: Count | None = None
    api_duration_ms: Count | None = None
    turns: Count | None = None
    tool_uses: Count | None = None
    compactions: Count | None = None
    stop_reason: str | None = None


class Recorded(Model):
    """What was recorded."""

    run: str
    model: str


class Reset(Model):
    """What to begin anew: one skill's count, or all."""

    skill: str | None = None


class Hidden(Model):
    """How many runs no longer count. They are kept, under this marker."""

    runs: int
    marker: str


@command("usage.record", RecordRun, Recorded)
async def record(bench: Workbench, request: RecordRun) -> Recorded:
    """Records a run that a program made elsewhere; our own runs are recorded by themselves."""
    values = request.model_dump()
    values["started"], values["ended"] = _ms(request.started), _ms(request.ended)
    await bench.write(lambda connection: recorded.record(connection, **values))
    return Recorded(run=request.run, model=request.model)


@command("usage.summary", Which, Summary)
async def summary(bench: Workbench, request: Which) -> Summary:
    """Runs, tokens and cost in all."""
    return await _report(bench, "summary", request, Summary)


@command("usage.recent_runs", WhichPage, RunPage)
async def recent_runs(bench: Workbench, request: WhichPage) -> RunPage:
    """Lists runs, the last started first."""
    return await _report(bench, "recent_runs", request, RunPage)


@command("usage.recent_sessions", WhichPage, SessionPage)
async def recent_sessions(bench: Workbench, request: WhichPage) -> SessionPage:
    """Lists sessions that have runs, the last started first."""
    return await _report(bench, "recent_sessions", request, SessionPage)


@command("usage.session_runs", OfSession, Runs)
async def session_runs(bench: Workbench, request: OfSession) -> Runs:
    """Lists the runs of a session, the last started first."""
    return await _report(bench, "session_runs", request, Runs)


@command("usage.step_runs", OfStep, Runs)
async def step_runs(bench: Workbench, request: OfStep) -> Runs:
    """Lists the runs of a workflow's step, the last started first."""
    return await _report(bench, "step_runs", request, Runs)


@command("usage.by_step", Which, Steps)
async def by_step(bench: Workbench, request: Which) -> Steps:
    """Sums by step, the dearest first."""
    return await _report(bench, "by_step", request, Steps)


@command("usage.by_model", Which, ModelsUsed)
async def by_model(bench: Workbench, request: Which) -> ModelsUsed:
    """Sums by model, the dearest first."""
    return await _report(bench, "by_model", request, ModelsUsed)


@command("usage.reset", Reset, Hidden)
async def reset(bench: Workbench, request: Reset) -> Hidden:
    """Hides what has been counted so far from reports; nothing is deleted."""
    marker, now = bench.clock.new_id(), bench.clock.now_ms()
    hidden = await bench.write(lambda connection: recorded.reset(connection, marker, now_ms=now, skill=request.skill))
    return Hidden(runs=hidden, marker=marker)


Reply = TypeVar("Reply", bound=Model)


async def _report(bench: Workbench, name: str, request: Model, reply: type[Reply]) -> Reply:
    params: dict[str, Any] = request.model_dump()
    return reply.model_validate(await bench.read(lambda connection: usage_rows.report(name, connection, params)))


def _ms(at: AwareDatetime) -> int:
    return int(at.timestamp() * 1000)
