"""The shapes of setting a workflow right: going back, and states and outputs by hand."""

from __future__ import annotations

from pydantic import Field

from workbench.commands.workflow_shapes import ChangeRun, OfSkill, RunState, StoredState
from workbench.protocol.screen import Model


class SaveState(ChangeRun):
    """States of steps as a page has them; only legal changes are taken."""

    steps: dict[str, StoredState] = Field(description="By the step's key or number.")
    current_step: int | None = None


class SubmitOutput(ChangeRun):
    """A step's output as a person has written or mended it."""

    step: str | int
    text: str = Field(max_length=4_000_000)


class Verify(OfSkill):
    """Which step's files."""

    step: str | int


class Verified(Model):
    """Whether the step left at least one of the files that it should (always, of a step without its own)."""

    verified: bool
    expected: list[str]
    missing: list[str]


class Disabled(Model):
    """The numbers of the steps that what was found makes pointless."""

    disabled: list[int]
    reason: str


class ResetTo(OfSkill):
    """From which step on. `keep`: that step itself is kept, what comes behind it goes (back)."""

    step: str | int
    keep: bool = False


class Reset(ResetTo, ChangeRun):
    """`stop`: end a running agent first. `adopt`: take the definition as it is now (step 0 only)."""

    stop: bool = False
    adopt: bool = False


class ResetFile(Model):
    """A file that goes to the trash."""

    path: str
    size: int
    changed: bool = Field(
        description="Somebody changed it by hand since the step ended; answers that were saved do not count."
    )


class ResetStep(Model):
    """What goes of one step."""

    number: int
    key: str
    title: str
    files: list[ResetFile]


class ResetPlan(Model):
    """All that goes. `running`: an agent is at work, and is stopped first."""

    steps: list[ResetStep] = Field(description="In their order, those of which nothing goes included.")
    running: bool
    importable: bool = Field(
        default=False,
        description="A SKILL.md that is as it should be would go, though a step before it has lost its files: the skill "
        "can be kept as imported instead.",
    )


class KeptImported(Model):
    """What the workflow kept beside the skill went, where it lies, and the checkpoint before it."""

    skill: str
    removed: list[str]
    trash: str | None
    checkpoint: str | None


class WasReset(Model):
    """What went, where it lies, and the checkpoint before it."""

    removed: list[str]
    trash: str | None
    checkpoint: str | None
    state: RunState
