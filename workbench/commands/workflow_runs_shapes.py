"""The shapes of what makes a workflow go on: steps that are run, and gates."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.workflow_shapes import ChangeRun, RunState
from workbench.protocol.screen import Failure, Model
from workbench.workflows.gate.evaluation import GateChoice


class Driving(Model):
    """By whom and how a turn is made. What is not named comes from the settings."""

    provider: str | None = None
    model: str | None = Field(default=None, description="Instead of the step's own.")
    budget_usd: float | None = Field(default=None, gt=0)
    speed: float | None = Field(default=None, ge=0, description="Of a replay: 0 is as fast as it goes.")
    permission_timeout_s: float | None = Field(
        default=None, ge=0, description="How long an agent's question waits for you; 0: it is denied at once."
    )


class RunStep(ChangeRun, Driving):
    """Which step, by its key or number; by default the next one."""

    step: str | int | None = None
    resume: bool = Field(default=False, description="Go on in the session that was interrupted.")
    repair: bool = Field(default=False, description="Ask again for an output that was not right.")


class StepStarted(Model):
    """Where to follow it. `session` is null where a step needed no agent."""

    skill: str
    step: str
    session: str | None
    run: str | None
    notice: str = Field(default="", description="For example how a recording differs from what it is played for.")


class RunAll(ChangeRun, Driving):
    """Runs steps and gates until a person is needed, or all is done."""

    autofill: bool = Field(
        default=False,
        description="Answer with each question's recommendation, and confirm decisions; what an agent asks in mid-step "
        "is denied at once, unless permission_timeout_s says how long it waits.",
    )
    until: str | int | None = Field(default=None, description="Stop behind this step.")


class RanTo(Model):
    """How far it came."""

    state: RunState
    reason: Literal["completed", "until", "needs_person"]
    failure: Failure | None = Field(default=None, description="With needs_person: what for, and what to do.")


class Evaluate(ChangeRun, Driving):
    """Judges the answers. `rules_only`: by counting, without a model."""

    step: str | int | None = Field(default=None, description="The step whose gate; by default the one that is due.")
    rules_only: bool = False


class LogGate(ChangeRun):
    """What a person chose at a gate."""

    step: str | int | None = None
    decision: GateChoice


class GateLogged(Model):
    """What was logged, and what the choice led to."""

    verdict: str
    decision: GateChoice
    next_step: str | None
