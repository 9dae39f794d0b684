"""The shapes of `skills.*`, apart from the commands: the lists and the page of one skill."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from workbench.commands.shapes import Limit
from workbench.protocol.screen import Model


def _one_folder(name: str) -> str:
    """Whatever a folder may be called; a skill that was found may have any such name."""
    if name in {".", ".."} or "/" in name or "\0" in name:
        raise PydanticCustomError("skill_name", "is the name of a folder, not a path")
    return name


SkillName = Annotated[
    str,
    Field(min_length=1, max_length=255, description="The name of a skill: its folder's."),
    AfterValidator(_one_folder),
]
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
    verdict: Verdict | None = Field(description="What the last scan said, if the skill is still as it was then.")
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
    """What is known of a skill that is to be. With `ask` a cheap model proposes, which costs a little and takes up to
    fifteen seconds; without it the words alone do, at once.
    """

    text: str = Field(min_length=1, max_length=10_000, description="What it is to do, in the person's own words.")
    ask: bool = Field(default=False, description="Ask a cheap model.")
    fields: list[Literal["name", "purpose", "description", "tags", "context"]] = Field(
        default_factory=list, description="Those to propose; by default all."
    )
    current: dict[str, Any] = Field(default_factory=dict, description="What the form holds so far.")
    provider: str | None = Field(default=None, description="Instead of the one of the settings.")
    model: str | None = None


class Suggestions(Model):
    """Proposals. Those that only a model can make are null without one; `notice` says why there was none."""

    name: str
    purpose: Purpose
    tags: list[str] = Field(description="The likeliest first.")
    description: str | None = None
    context: str | None = None
    by: Literal["model", "rules"] = "rules"
    notice: str = ""
