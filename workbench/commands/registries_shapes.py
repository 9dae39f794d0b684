"""The shapes of marketplaces: which there are, what they offer, and what is newer there than here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from workbench.commands.skills_import_shapes import Choice, ImportPlan, PlanId
from workbench.protocol.screen import Model

RegistryName = Annotated[str, Field(min_length=1, max_length=100, description="The name of a marketplace.")]
MarketStatus = Literal["not_installed", "up_to_date", "update_available", "customised"]


class Registry(Model):
    """A marketplace to browse. The built-in one can be disabled, not removed."""

    name: str
    url: str
    enabled: bool
    builtin: bool


class ListRegistries(Model):
    """Which marketplaces; those that are disabled are left out unless `all`."""

    all: bool = True


class Registries(Model):
    """The marketplaces."""

    registries: list[Registry] = Field(description="The built-in one first, then by name.")


class AddRegistry(Model):
    """A source that has a catalogue of skills. Without `name`, it is called as its catalogue says, or as its address."""

    url: Annotated[str, Field(min_length=1, max_length=1000, description="Any source of skills that has a catalogue.")]
    name: RegistryName | None = None
    id: PlanId | None = Field(default=None, description="As with skills.plan_import, to follow and to cancel it.")


class AddedRegistry(Model):
    """A marketplace that was added, and how much it offers."""

    registry: Registry
    catalogues: int
    entries: int
    skills: int


class OfRegistry(Model):
    """One marketplace."""

    name: RegistryName


class EnableRegistry(OfRegistry):
    """Whether a marketplace is browsed."""

    enabled: bool


class AskRegistries(Model):
    """Which marketplaces to try; none named: all that are enabled."""

    names: Annotated[list[RegistryName], Field(max_length=100)] = Field(default_factory=list)


class Tried(Model):
    """Whether a marketplace can be reached and has a catalogue that lists something."""

    name: str
    ok: bool
    message: str
    remedy: str
    entries: int | None
    duration_ms: int


class TriedRegistries(Model):
    """How each marketplace answered."""

    rows: list[Tried] = Field(description="As `registries.list` has them.")


class BrowseRegistry(OfRegistry):
    """A marketplace to look into. `id` is the caller's own name for this look, as with skills.plan_import."""

    id: PlanId | None = None


class MarketRow(Model):
    """What a row of the plan is to the library; known by where it came from, not by its name."""

    path: str
    status: MarketStatus
    version: str | None = Field(description="As it says there.")
    installed: str | None = Field(description="What it is called here.")
    installed_version: str | None


class Market(Model):
    """What a marketplace offers: a plan, as of skills.plan_import, and what the library has of each row."""

    registry: Registry
    plan: ImportPlan
    rows: list[MarketRow] = Field(description="One for each row of the plan, in the same order.")


class ImportFromRegistry(OfRegistry):
    """Brings chosen rows in. Without `plan`, the marketplace is fetched again; a name that is taken is a question."""

    plan: PlanId | None = None
    rows: Annotated[list[Choice], Field(min_length=1, max_length=20_000)]
    id: PlanId | None = None


class CheckUpdates(Model):
    """Looks whether skills that came from somewhere are other there by now, by their digests."""

    names: Annotated[list[str], Field(max_length=10_000)] = Field(
        default_factory=list, description="Only these; empty: all that came from somewhere."
    )
    apply: bool = Field(default=False, description="Take what is newer, of skills that were not changed here.")
    automatic: bool = Field(
        default=False, description="As at the start of a server: nothing is looked at unless auto_update is on."
    )
    id: PlanId | None = None


class NewFinding(Model):
    """What a scan finds in the newer version, and did not in the one that is here."""

    rule: str
    severity: str
    file: str
    message: str


class Update(Model):
    """A skill that came from somewhere. `gone`: its source has it no more; `unreachable`: `reason` says why."""

    name: str
    registry: Literal["library", "workspace"]
    source: str
    path: str = Field(description="In its source.")
    status: Literal["up_to_date", "update_available", "customised", "gone", "unreachable"]
    update: bool = Field(description="Whether the source has another version; of a customised one, too.")
    installed_version: str | None
    version: str | None
    new_findings: list[NewFinding] = Field(description="By file; empty where there is no other version.")
    applied: bool
    reason: str | None


class Updates(Model):
    """What is newer elsewhere."""

    rows: list[Update] = Field(description="The library's, by name, then the agents' own.")
    commit: str | None = Field(description="The version of the library that has what was applied.")
