"""The shapes of what a turn would cost, and of the end of a workflow."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.shapes import Money
from workbench.commands.workflow_runs_shapes import Driving
from workbench.commands.workflow_shapes import ChangeRun, OfSkill
from workbench.protocol.screen import Model


class EstimateOf(OfSkill, Driving):
    """What a step, gate, refinement or test would cost."""

    step: str | int | None = None
    what: Literal["step", "gate", "repair", "refine", "test", "run"] = "step"
    repeats: int = Field(default=1, ge=1, le=50)


class Estimate(Model):
    """A range in US dollars, and what it is based on. Null when no price is known."""

    low: Money
    high: Money
    basis: Literal["history", "prompt", "free"]
    text: str


class Packaged(Model):
    """The package of a skill."""

    path: str
    size: int
    digest: str
    warnings: list[str] = Field(description="For example that a part is a recording made with other answers.")


class PackageSkill(ChangeRun):
    """`anyway`: although a part was recorded with other answers."""

    anyway: bool = False


class UsedNow(Model):
    """What to put into a new cell, and where the skill was installed."""

    cell: str
    installed: list[str]


class UseNow(OfSkill):
    """`install`: for the clients that were found on this machine."""

    install: bool = True
