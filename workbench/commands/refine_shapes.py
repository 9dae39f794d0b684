"""The shapes of `refine.*`, apart from the commands."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.commands.shapes import Id, Money
from workbench.commands.skills_shapes import InstanceId, SkillName
from workbench.commands.workflow_runs_shapes import Driving
from workbench.protocol.screen import Model
from workbench.workflows.refining.validation import Validation


class RefineSkill(Model):
    """The refining of one skill."""

    skill: SkillName


class RefineFile(Model):
    """A file that can be refined, with its text."""

    path: str
    text: str
    size: int


class RefineContent(Model):
    """What is refined: SKILL.md first, then by path. `session` is the open one, if any."""

    skill: str
    files: list[RefineFile] = Field(description="SKILL.md first, then by path; without what is no text.")
    session: str | None
    run: str | None
    refusal: str | None = Field(description="Why it cannot be refined now, in a sentence.")
    suggestions: list[str] = Field(description="Messages that an example has recordings for.")
    cost: Money


class Hunk(Model):
    """A part of a file's change; `id` is good for this state of the file only."""

    id: str
    header: str
    lines: list[str] = Field(description="Each begins with a blank, + or -.")


class FileDiff(Model):
    """How a file differs from its last accepted version."""

    path: str
    status: Literal["added", "modified", "deleted"]
    diff: str
    added: int
    removed: int
    hunks: list[Hunk]
    digest: str = Field(description="Of the file as it is now: what is decided is decided of this state.")
    note: str = Field(
        default="", description="What no line shows: that it can be run as a program, is empty or no text."
    )


class RefineDiff(Model):
    """All changes that nobody has decided, by path."""

    stat: str
    files: list[FileDiff] = Field(description="By path.")
    undoable: str | None = Field(description="The run that one undo takes back.")
    digest: str = Field(default="", description="Of all of it as it is now; a decision about all of it carries it.")


class StartRefine(RefineSkill):
    """Opens a session; nothing is started until the first message. Coming again gives the open one."""

    instance: InstanceId = None
    provider: str | None = None
    model: str | None = None


class RefineStarted(Model):
    """The session, and whether it had been open."""

    session: str
    resumed: bool
    turns: int
    notice: str = ""


class SendRefine(RefineSkill, Driving):
    """A message: free words, `@file` limits it, `/rewrite` and `/validate` are commands."""

    message: str = Field(min_length=1, max_length=100_000)
    instance: InstanceId = None
    bash: bool = Field(default=False, description="Let the agent ask to run commands, if the settings allow that.")


class RefineSent(Model):
    """Where to follow it, and which files it may change."""

    session: str
    run: str
    files: list[str]
    notice: str = ""


class RefineOutcome(Model):
    """What a turn came to: what changed, and strays that were put back."""

    run: str
    status: Literal["completed", "aborted", "error", "interrupted"] | None
    changed: list[str]
    put_back: list[str]
    validation: Validation | None = Field(default=None, description="What a check said; null for a plain message.")
    notice: str = ""


class SettleRefine(RefineSkill):
    """Waits for a turn's end, compares the folder with the turn's snapshot, and puts strays back."""

    run: Id


class CloseRefine(RefineSkill):
    """Ends the session's process. What is not decided stays as it is."""

    instance: InstanceId = None


class RefineClosed(Model):
    """Whether one was open."""

    closed: bool


class DecideRefine(RefineSkill):
    """Accepts or rejects a file, or some hunks of it; without `path` all that is there."""

    path: str | None = None
    hunks: list[str] = Field(default_factory=list, description="By id, with `path`; empty: the whole file.")
    accept: bool
    digest: str | None = Field(default=None, description="Of the file, or of all of it, as it was seen.")
    instance: InstanceId = None


class RefineDecided(Model):
    """What is left to decide, and the version that an acceptance made."""

    diff: RefineDiff
    commit: str | None


class UndoRefine(RefineSkill):
    """Takes back what one agent turn changed."""

    run: Id | None = Field(default=None, description="By default the last one.")
    instance: InstanceId = None


class Undone(Model):
    """What is as it was before the turn; `kept` was changed by somebody else since and stays."""

    run: str
    restored: list[str]
    kept: list[str]
    diff: RefineDiff
