"""The shapes of bringing skills in and handing them out: sources, plans, registries, and where skills are installed."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.commands.skills_shapes import SkillName, Verdict
from workbench.protocol.problems import form
from workbench.protocol.screen import Model

SourceText = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        description="A folder, a .zip, .skill or .tar.gz file, owner/repo[#ref], a git or https address, or a site with a skill index.",
    ),
]
Place = Literal["offered", "not-in-catalogue", "inside", "set-aside", "alias", "remote"]
Status = Literal["ready", "repair", "ask", "refuse"]
State = Literal["new", "same", "update", "customised", "taken"]
Kind = Literal["folder", "archive", "git", "github", "index"]
PlanId = Annotated[
    str, Field(min_length=1, max_length=64, pattern=form(r"^[A-Za-z0-9_-]+$", "an id of letters, digits, _ and -"))
]


class UploadedFile(Model):
    """A .skill, .zip or .tar.gz file of up to 7 MiB that a page sends along; a larger one is imported by its path."""

    name: str = Field(min_length=1, max_length=200)
    data: str = Field(max_length=10 * 1024 * 1024, description="Its bytes in base64.")


class PlanImport(Model):
    """Where to look. `id` is the caller's own name for this look: its progress and its cancelling go by it."""

    source: SourceText
    upload: UploadedFile | None = Field(default=None, description="Look into this; `source` is only what it is called.")
    id: PlanId | None = None


class Catalogue(Model):
    """A manifest that lists skills: where it lies, which dialect it speaks, and how many skills it led to."""

    path: str
    dialect: Literal["claude", "agents", "copilot", "cursor", "index"]
    name: str | None
    entries: int
    skills: int


class FoundFindings(Model):
    """What a scan says of a skill that is not here yet: how many findings of each severity."""

    verdict: Verdict
    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0


class PlanRow(Model):
    """One SKILL.md of a source, or one entry of a catalogue that lies elsewhere. Identity is the source and the path."""

    path: str = Field(description="Of its SKILL.md, below the source; of a remote entry, its address.")
    name: str | None = Field(description="As it says; null: it does not say one that can be used.")
    description: str | None
    place: Place
    status: Status
    reasons: list[str]
    repairs: list[str] = Field(description="What would be changed in it, so that it can be used.")
    digest: str | None = Field(description="Of the whole folder; null: it could not be read, or is not here.")
    duplicate_of: str | None = Field(description="The path of the row with the same digest that comes first.")
    found_by: list[str] = Field(description="The catalogues that name it, or `tree`.")
    state: State = Field(description="What the library has under its origin, or its name.")
    proposed: str | None = Field(description="A name that could be taken, where it has none or its own is taken.")
    plugin: str | None = Field(description="The plugin that it belongs to.")
    files: int
    bytes: int
    scan: FoundFindings | None = Field(description="null: nobody has looked yet.")
    ticked: bool = Field(description="Whether it comes in unless somebody says otherwise, or `state` does.")


class PlanSums(Model):
    """How many rows there are of each place and status; both add up to `rows`."""

    rows: int
    offered: int
    not_in_catalogue: int
    inside: int
    set_aside: int
    alias: int
    remote: int
    ready: int
    repair: int
    ask: int
    refuse: int


class ImportPlan(Model):
    """What a source holds. Nothing has been brought in. `plan` names what was fetched, which is kept for an hour."""

    plan: str
    source: str
    kind: Kind
    origin: str = Field(description="The source in its one canonical form, without credentials.")
    commit: str | None
    by: Literal["catalogue", "tree"]
    notes: list[str] = Field(description="What a person should know of the source as a whole.")
    catalogues: list[Catalogue] = Field(description="By dialect: claude, agents, copilot, cursor.")
    rows: list[PlanRow] = Field(description="By path.")
    sums: PlanSums


class ScanImport(Model):
    """Rows of a plan that nobody has looked at yet: a plan of many skills comes with the first 300 scanned."""

    plan: PlanId
    source: SourceText
    paths: Annotated[list[str], Field(min_length=1, max_length=20_000)]
    id: PlanId | None = None


class ScannedImportRow(Model):
    """What a scan says of a row."""

    path: str
    scan: FoundFindings | None = Field(description="null: it lies elsewhere, or cannot be read.")


class ScannedImport(Model):
    """What a scan says of the rows that were asked for."""

    rows: list[ScannedImportRow] = Field(description="By path.")


class CancelImport(Model):
    """Which look to give up, by the `id` that it was given."""

    id: PlanId


class Cancelled(Model):
    """Whether there was one."""

    cancelled: bool


class Choice(Model):
    """A row that shall come in, as it was seen. `taken` answers the question of a name that is taken."""

    path: str
    digest: str | None = Field(default=None, description="As planned; with another one, the row is refused.")
    name: SkillName | None = Field(default=None, description="The name to give it, where the plan asks or it is taken.")
    description: str | None = Field(default=None, max_length=20_000)
    version: str | None = Field(default=None, max_length=100)
    taken: Literal["replace", "keep_both"] | None = None


class ApplyImport(Model):
    """Brings the chosen rows in, all as one version of the library. Without `plan`, the source is fetched again."""

    source: SourceText
    plan: str | None = None
    rows: Annotated[list[Choice], Field(min_length=1, max_length=20_000)]
    id: PlanId | None = None


class AppliedRow(Model):
    """What became of one chosen row."""

    path: str
    name: str | None
    status: Literal["imported", "updated", "unchanged", "refused"]
    reason: str | None
    digest: str | None


class AppliedImport(Model):
    """What has come in."""

    rows: list[AppliedRow] = Field(description="As they were chosen.")
    commit: str | None


class ImportProgress(Model):
    """How far a look or an import is; the event of the topic `imports`. `total` is null while nobody knows it."""

    id: str
    stage: Literal["resolving", "downloading", "cloning", "extracting", "reading", "scanning", "writing"]
    done: int
    total: int | None
    unit: Literal["bytes", "files", "skills"]
