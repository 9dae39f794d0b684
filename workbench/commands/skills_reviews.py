"""What skills cost and what they could do: budget, scan, and what a person decides about that."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from workbench.clock import iso
from workbench.commands.registry import command
from workbench.commands.skills_pages import shown_all
from workbench.commands.skills_shapes import OfSkill, SkillName, Trust, Verdict
from workbench.errors import InvalidRequest
from workbench.protocol.screen import Model
from workbench.skills import budget
from workbench.skills.listing import Item
from workbench.skills.review import reviews
from workbench.skills.tree.working import working_of

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.library import Library

DigestOfFile = Annotated[str, Field(min_length=1, max_length=100, description="The `digest` of the finding.")]


class Budget(Model):
    """Whose cost to tell: one skill's, or every one's. The listings are always of all that the library has, ranked by how
    often each was at work in the last 90 days.
    """

    name: SkillName | None = None
    window: int | None = Field(
        default=None, ge=1_000, le=100_000_000, description="The model's context window in tokens; 200,000 by default."
    )


class SkillCost(Model):
    """About how many tokens a skill is: in each listing, when it is used, and what else could be read."""

    name: str
    listing: int
    body: int
    resources: int
    files: dict[str, int] = Field(description="The other files, by path.")


class ListingEntry(Model):
    """What of a description a client shows to the model, in characters."""

    name: str
    fate: Literal["whole", "cut", "dropped", "omitted", "hidden"]
    full: int
    shown: int
    lost: int


class Listing(Model):
    """The listing of one client. `needed` is what it would take if nothing were cut."""

    client: str
    unit: Literal["characters", "tokens"]
    limit: int
    needed: int
    used: int
    over: int
    entries: list[ListingEntry] = Field(description="By name; of one skill where one was asked for.")


class Budgets(Model):
    """What skills cost, and whether their descriptions reach the model. `error`: the share by which it may be wrong."""

    costs: list[SkillCost] = Field(description="By name.")
    listings: list[Listing] = Field(description="One a client that publishes a budget, by its id.")
    basis: str
    error: float


class WaiverOfFinding(Model):
    """Why a finding may stand, since when and until when."""

    reason: str
    created_at: str
    expires_at: str | None = Field(description="null: until the file changes.")


class ScanFinding(Model):
    """Evidence that a rule names, in one file. `digest` is the file's."""

    rule: str
    severity: Literal["critical", "high", "medium", "low", "info"]
    confidence: Literal["high", "medium", "low"]
    file: str
    line: int
    excerpt: str
    reason: str
    remedy: str
    label: str
    digest: str
    mark: str = Field(description="Tells this evidence from any other that looks the same in the excerpt.")
    waiver: WaiverOfFinding | None = Field(
        description="Of a finding that stands, why it may; of one that counts, under what it stood until it expired."
    )


class ScanReport(Model):
    """What a scan has found; a report and advice, never a proof. `digest` is the skill's, to which trust is bound."""

    name: str
    digest: str | None = Field(description="null: a part could not be read.")
    verdict: Verdict
    advice: str
    findings: list[ScanFinding] = Field(description="The gravest first, then by file and line.")
    waived: list[ScanFinding] = Field(description="Those that a person lets stand, in the same order.")
    new: list[ScanFinding] = Field(
        description="Of the findings, in the same order, those that the version scanned before did not have."
    )
    since: str | None = Field(description="When that version was scanned; null: this is the first one, and all is new.")
    capabilities: dict[str, list[str]] = Field(description="network, secrets, exec, writes_outside: where it shows.")
    files: int
    bytes: int
    trust: Trust


class Waive(OfSkill):
    """A finding that may stand, and why; it stands until a byte of its file changes. `withdraw` takes that back."""

    rule: Annotated[str, Field(min_length=1, max_length=100)]
    digest: DigestOfFile
    reason: str = Field(default="", max_length=500)
    expires: AwareDatetime | None = None
    withdraw: bool = False


class TrustSkill(OfSkill):
    """Which skill, and the digest that its scan has shown; by default the skill as it is."""

    digest: str | None = Field(default=None, max_length=100)


class Trusted(Model):
    """How far the skill is trusted now."""

    name: str
    trust: Trust


@command("skills.budget", Budget, Budgets)
async def tell_budget(bench: Workbench, request: Budget) -> Budgets:
    """Estimates the tokens of skills, and acts out which descriptions each client would cut or drop."""
    return await asyncio.to_thread(lambda: _budgets(bench.library, bench.skill_uses(), request))


@command("skills.scan", OfSkill, ScanReport)
async def scan(bench: Workbench, request: OfSkill) -> ScanReport:
    """Reads every file of a skill to its end and reports what it could do, and what is new since the last version."""
    return await asyncio.to_thread(lambda: _report(bench.library, request.name))


@command("skills.waive", Waive, ScanReport)
async def waive(bench: Workbench, request: Waive) -> ScanReport:
    """Lets a finding stand, for a reason, as long as its file stays as it is; or takes that back."""
    name, rule, digest = request.name, request.rule, request.digest
    if request.withdraw:
        reviewed = await asyncio.to_thread(lambda: reviews.take_back(bench.library, name, rule, digest))
        return await asyncio.to_thread(lambda: _report(bench.library, name, reviewed))
    expires = int(request.expires.timestamp() * 1000) if request.expires else None
    if not request.reason.strip():
        raise InvalidRequest(
            "A waiver needs a reason.",
            remedy="Say why the finding may stand.",
            problems=[{"path": "reason", "message": "must not be empty"}],
        )
    reviewed = await asyncio.to_thread(
        lambda: reviews.let_stand(bench.library, name, rule, digest, reason=request.reason, expires=expires)
    )
    return await asyncio.to_thread(lambda: _report(bench.library, name, reviewed))


@command("skills.trust", TrustSkill, Trusted)
async def trust(bench: Workbench, request: TrustSkill) -> Trusted:
    """Trusts a skill exactly as it is; the trust ends when a file of it changes."""
    await asyncio.to_thread(lambda: reviews.give_trust(bench.library, request.name, request.digest))
    return await _trusted(bench, request.name)


@command("skills.untrust", OfSkill, Trusted)
async def untrust(bench: Workbench, request: OfSkill) -> Trusted:
    """Trusts a skill no longer."""
    await asyncio.to_thread(lambda: reviews.end_trust(bench.library, request.name))
    return await _trusted(bench, request.name)


async def _trusted(bench: Workbench, name: str) -> Trusted:
    item = await asyncio.to_thread(lambda: bench.library.item(name))
    return Trusted.model_validate({"name": name, "trust": item.trust})


def _report(library: Library, name: str, reviewed: reviews.Reviewed | None = None) -> ScanReport:
    found = reviewed or reviews.review(library, name)
    told = {
        **found.report.to_dict(),
        "name": name,
        "new": found.new,
        "since": iso(found.since) if found.since is not None else None,
        "trust": library.item(name).trust,
    }
    return ScanReport.model_validate(shown_all(told))


def _budgets(library: Library, uses: Mapping[str, int], request: Budget) -> Budgets:
    if request.name is not None:
        library.row(request.name)
    items = [item for item in library.items() if item.present]
    windows = dict.fromkeys(("claude-code", "codex"), request.window) if request.window else None
    listings = budget.simulate([_installed(item, uses.get(item.name, 0)) for item in items], windows=windows)
    asked = [item for item in items if request.name in (None, item.name)]
    names = {item.name for item in asked}
    for each in listings.values():
        each["entries"] = [entry for entry in each["entries"] if entry["name"] in names]
    return Budgets.model_validate(
        {
            "costs": [_cost(library, item) for item in asked],
            "listings": [*listings.values()],
            "basis": budget.BASIS,
            "error": budget.ERROR,
        }
    )


def _installed(item: Item, uses: int) -> budget.Installed:
    """A skill as a client finds it, from what the index knows of it."""
    known = item.indexed
    return budget.Installed(
        item.name, item.description or "", known.when_to_use, f"{item.path}/SKILL.md", uses=uses, hidden=known.hidden
    )


def _cost(library: Library, item: Item) -> dict[str, Any]:
    files = budget.resource_tokens(library.root / item.name, working_of(item.source))
    return {
        "name": item.name,
        "listing": item.indexed.listing_tokens,
        "body": item.indexed.body_tokens,
        "resources": sum(files.values()),
        "files": dict(sorted(shown_all(files).items())),
    }
