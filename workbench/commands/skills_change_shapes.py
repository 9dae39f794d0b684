"""The shapes of what changes a skill: making, editing, mending, naming, locking and deleting it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workbench.commands.skills_shapes import (
    Badge,
    ChangeSkill,
    ClientAnswer,
    Diagnostic,
    InstanceId,
    LastScan,
    OfSkill,
    Purpose,
    Skill,
    SkillName,
    Tags,
)
from workbench.protocol.screen import Model

Digest = Annotated[
    str | None, Field(description="The digest of SKILL.md as you saw it: with another one, nothing is written.")
]
Path = Annotated[str | list[str], Field(description="A key of the front matter; a list reaches into a map.")]


class NewSkill(Model):
    """A new skill: either its whole SKILL.md, or what to write into one."""

    name: Annotated[str, Field(max_length=255)]
    description: str = Field(default="", max_length=10_000)
    body: str | None = Field(default=None, description="What stands below the front matter; by default a heading.")
    text: str | None = Field(default=None, description="The whole SKILL.md instead.")
    purpose: Purpose = "domain"
    tags: Tags = Field(default_factory=list)
    fields: dict[str, Any] = Field(default_factory=dict, description="More keys of the front matter.")


class Edit(Model):
    """One key of the front matter. A value of null takes it out."""

    key: Path
    value: Any = None


class EditSkill(ChangeSkill):
    """Keys to change, a new body, or a new text; only the lines of what is named change."""

    edits: list[Edit] = Field(default_factory=list, max_length=1000)
    body: str | None = None
    text: str | None = None
    base: Digest = None


class Changed(Model):
    """The skill after a change, and the version that it made; null when nothing had to change."""

    skill: Skill
    commit: str | None


class UpdateMetadata(ChangeSkill):
    """What a form says of a skill. Only what is named changes; null takes a key out of SKILL.md."""

    description: str | None = None
    version: str | None = None
    model: str | None = None
    argument_hint: str | None = None
    user_invocable: bool | None = None
    disable_model_invocation: bool | None = None
    license: str | None = None
    compatibility: str | None = None
    purpose: Purpose | None = None
    base: Digest = None


class RenameSkill(ChangeSkill):
    """The new name."""

    new_name: Annotated[str, Field(max_length=255)]
    stop: bool = Field(default=False, description="End an agent that is building the skill first.")


class DeleteSkill(ChangeSkill):
    """Which one."""

    stop: bool = Field(default=False, description="End an agent that is building the skill first.")


class DeletedSkill(Model):
    """Where it lies now."""

    name: str
    trash: str | None
    commit: str | None
    installed: list[str] = Field(default_factory=list, description="Where it is still installed for clients.")


class TakenBack(Model):
    """What was taken out of the trash."""

    skill: Skill | None = Field(description="null: it is a folder that the library knows nothing of.")
    commit: str | None


class RestoreDeleted(OfSkill):
    """Which skill of the trash; of several with that name the last deleted, or that of the entry."""

    trash: str | None = None


class UpdateTags(Model):
    """Tags for one skill or several: exactly `tags`, or those that each has with some added and some taken out."""

    names: list[SkillName] = Field(min_length=1, max_length=10_000)
    tags: Tags | None = None
    add: Tags = Field(default_factory=list)
    remove: Tags = Field(default_factory=list)
    instance: InstanceId = None


class TaggedSkills(Model):
    """The tags that each skill has now."""

    tags: dict[str, list[str]]


class LockSkill(OfSkill):
    """Who wants to edit it, or is done."""

    instance: InstanceId = None


class LockState(Model):
    """Who edits a skill. `mine`: the instance that asks."""

    skill: str
    locked: bool
    mine: bool
    instance: str | None = None
    pid: int | None = None
    acquired_at: str | None = None


class LockStates(Model):
    """All locks whose owner lives."""

    locks: list[LockState] = Field(description="By skill.")


class LintSkills(Model):
    """Which skills to look at (by default all), or a text that is not saved yet."""

    names: list[SkillName] = Field(default_factory=list, max_length=10_000)
    text: str | None = None
    folder: str | None = Field(default=None, max_length=255, description="With `text`: the folder that it is for.")


class Linted(Model):
    """What is wrong with one SKILL.md. `fixable`: how many of the findings bring their mending."""

    name: str | None
    valid: bool
    diagnostics: list[Diagnostic] = Field(description="In the order of the file.")
    fixable: int
    clients: dict[str, ClientAnswer]
    badge: Badge
    scan: LastScan | None = Field(description="null: it has never been scanned, or is a text.")


class LintReport(Model):
    """What is wrong with each."""

    skills: list[Linted] = Field(description="By name.")
    errors: int
    warnings: int


class FixSkills(Model):
    """Mends findings: of one rule or all that can be, of one place or all. A diff first: nothing is written but with
    `apply`, and then only to files that are as they were shown, if `bases` says how that was.
    """

    names: list[SkillName] = Field(min_length=1, max_length=10_000)
    rule: str | None = None
    line: int | None = Field(default=None, ge=1, description="Only the finding of this line.")
    apply: bool = False
    bases: dict[str, str] = Field(default_factory=dict, description="The digest of each SKILL.md as it was shown.")
    instance: InstanceId = None


class Fixed(Model):
    """What mending one file does, or did."""

    name: str
    rules: list[str] = Field(description="Those that were mended, in the order of the file.")
    diff: str
    base: str = Field(description="The digest of the file before.")
    commit: str | None = None
    failure: str | None = Field(default=None, description="Why it was not written.")


class FixReport(Model):
    """What mending does to each file that it changes."""

    skills: list[Fixed] = Field(description="By name.")
    applied: bool
