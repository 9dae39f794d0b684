"""The shapes of `skills.*`, apart from the commands: the lists, the page of one skill, and what changes it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from workbench.commands.shapes import Limit
from workbench.protocol.screen import Model

SkillName = Annotated[str, Field(min_length=1, max_length=255, description="The name of a skill: its folder's.")]
InstanceId = Annotated[
    str | None, Field(max_length=200, description="Who asks, where a skill is locked: a page's id; null is this host.")
]
Source = Literal["skill-builder", "marketplace", "imported"]
ListedSource = Literal["skill-builder", "marketplace", "imported", "workspace"]
"""A list has both registries: `workspace` are the agents' own skills."""
Purpose = Literal["domain", "source", "data-engineering", "platform"]
Trust = Literal["own", "trusted", "untrusted", "changed"]
Verdict = Literal["clean", "review", "dangerous"]
Status = Literal["pending", "in_progress", "waiting_for_user", "completed", "error"]
Sort = Literal["name", "-updated", "-created", "source", "status"]
Tags = Annotated[list[str], Field(max_length=100)]
Digest = Annotated[
    str | None, Field(description="The digest of SKILL.md as you saw it: with another one, nothing is written.")
]
Path = Annotated[str | list[str], Field(description="A key of the front matter; a list reaches into a map.")]


class OfSkill(Model):
    """One skill."""

    name: SkillName


class ChangeSkill(OfSkill):
    """A change of one skill. It is refused while another instance holds its lock."""

    instance: InstanceId = None


class Badge(Model):
    """Where a skill loads, in a line; red only where no client loads it."""

    colour: Literal["green", "amber", "red"]
    text: str
    loads: list[str] = Field(description="The clients that load it: claude-code, codex, copilot, gemini, api.")
    fails: list[str] = Field(description="Those that do not.")
    reduced: list[str] = Field(description="Those that load it and lose something of it.")


class SkillTokens(Model):
    """About how many tokens a skill takes: its entry in every listing, and its instructions when it is used."""

    listing: int
    body: int


class SkillRow(Model):
    """A skill in a list. `changed` trust: it was given to other bytes than these. `present` is false when its SKILL.md is gone; `written`: it holds more than a heading."""

    name: str
    source: ListedSource
    path: str
    description: str | None
    valid: bool
    written: bool
    present: bool
    trust: Trust
    tags: list[str] = Field(description="By name.")
    status: Status
    purpose: str | None
    locked: bool
    badge: Badge | None = Field(description="null: there is no SKILL.md that a client would read.")
    tokens: SkillTokens | None
    created_at: str
    updated_at: str


class ListSkills(Model):
    """Which skills: of each kind any of those named, of tags all. `deleted`: those in the trash instead."""

    query: str = Field(default="", max_length=500, description="Words of the name, description, purpose or tags.")
    source: list[ListedSource] = Field(default_factory=list)
    tags: Tags = Field(default_factory=list)
    status: list[Status] = Field(default_factory=list)
    purpose: list[str] = Field(default_factory=list)
    trust: list[Trust] = Field(default_factory=list)
    valid: bool | None = None
    deleted: bool = False
    sort: Sort = "name"
    limit: Limit = 1000
    cursor: str | None = Field(default=None, max_length=2000, description="The `next_cursor` of the page before.")


class DeletedRow(Model):
    """A skill in the trash."""

    name: str
    source: Source
    deleted_at: str
    trash: str | None = Field(description="Its entry in the trash; null: there was no folder left.")


class SkillList(Model):
    """A page of skills, with how many there are of each kind among all that fit."""

    skills: list[SkillRow] = Field(description="In the order that was asked for.")
    deleted: list[DeletedRow] = Field(default_factory=list, description="The last deleted first.")
    total: int
    facets: dict[str, dict[str, int]] = Field(description="Of each kind, the most frequent first.")
    next_cursor: str | None = None


class Skills(Model):
    """Some skills."""

    skills: list[SkillRow] = Field(description="By name.")


class Diagnostic(Model):
    """What is wrong at a place, and the change that would mend it."""

    rule: str
    level: str
    severity: str
    line: int
    column: int
    message: str
    fix: dict[str, Any] | None


class ClientAnswer(Model):
    """What one client makes of a SKILL.md, with all its reasons."""

    title: str
    loads: bool
    findings: list[Diagnostic] = Field(description="In the order of the file.")


class LastScan(Model):
    """What the last scan said. `current`: of the skill as it is now."""

    verdict: Verdict
    findings: int = Field(description="How many, those that were waived included.")
    digest: str | None
    scanned_at: str
    current: bool


class SkillFile(Model):
    """A file of a skill, by its path below the folder."""

    path: str
    size: int
    link: bool
    executable: bool


class Skill(SkillRow):
    """One skill with its text."""

    text: str = Field(description="SKILL.md; bytes that are no UTF-8 are shown as U+FFFD.")
    utf8: bool
    digest: str = Field(description="The SHA-256 of SKILL.md: name it in a change as `base`.")
    fields: dict[str, Any]
    body: str
    diagnostics: list[Diagnostic] = Field(description="In the order of the file.")
    clients: dict[str, ClientAnswer] = Field(
        description="Where it loads: Claude Code, Codex, Copilot, Gemini, the API."
    )
    scan: LastScan | None = Field(description="null: it has never been scanned.")
    files: list[SkillFile] = Field(description="By path.")


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


class DeletedSkill(Model):
    """Where it lies now."""

    name: str
    trash: str | None
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


class TaggedSkills(Model):
    """The tags that each skill has now."""

    tags: dict[str, list[str]]


class TagCount(Model):
    """A tag, and how many skills have it."""

    tag: str
    skills: int


class AllTags(Model):
    """Every tag that is in use."""

    tags: list[TagCount] = Field(description="By name.")


class Names(Model):
    """The names that are taken."""

    names: list[str] = Field(description="Of both registries, each once, by name.")
    library: list[str] = Field(description="By name.")
    workspace: list[str] = Field(description="By name.")


class Suggest(Model):
    """What is known of a skill that is to be."""

    text: str = Field(min_length=1, max_length=10_000, description="What it is to do, in the person's own words.")


class Suggestions(Model):
    """Proposals from the words alone, without a model."""

    name: str
    purpose: Purpose
    tags: list[str] = Field(description="The likeliest first.")


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
