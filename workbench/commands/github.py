"""GitHub: repositories to bring skills in from. Signing in is in `github_sign_in`."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.commands.github_shapes import (
    CheckedMarketplace,
    CheckMarketplace,
    ImportChosen,
    ImportForAgents,
    LookInto,
    MarketplaceCatalogue,
    MarketplacePlugin,
    ParsedUrl,
    ParseUrl,
    TakenSkill,
    TakenSkills,
)
from workbench.commands.github_sign_in import asker as asker_of
from workbench.commands.registry import command
from workbench.commands.skills_import import applied, shown
from workbench.commands.skills_import_shapes import AppliedImport, ImportPlan
from workbench.errors import Refused, WorkbenchError
from workbench.skills.github.api import Api, absent, no_catalogue, repository_named
from workbench.skills.intake.choosing import Choice, reason
from workbench.skills.intake.origin import joined
from workbench.skills.roles.registry import Roles
from workbench.skills.roles.role_rows import digest_of
from workbench.skills.sources.watch import Watch

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.github.api import Market
    from workbench.skills.intake.catalog import Entry
    from workbench.skills.intake.imports import Look
    from workbench.skills.intake.plan import Row
    from workbench.skills.roles.registry import Known
    from workbench.skills.roles.role import Purpose
    from workbench.skills.sources.address import GitHub


@command("github.parse_url", ParseUrl, ParsedUrl)
async def parse_url(bench: Workbench, request: ParseUrl) -> ParsedUrl:
    """What a text names on GitHub, by its spelling alone; another text is an error that names the forms."""
    found = repository_named(request.source, await asyncio.to_thread(bench.network))
    alone = len(found.tail) == 1
    return ParsedUrl(
        owner=found.owner,
        repo=found.repo,
        ref=found.tail[0] if alone else found.ref,
        path="/".join(found.path),
        tree="/".join(found.tail) if found.tail and not alone else None,
        skill=found.skill,
        url=found.url,
        origin=found.origin,
        notes=list(found.notes),
    )


@command("github.check_marketplace", CheckMarketplace, CheckedMarketplace)
async def check_marketplace(bench: Workbench, request: CheckMarketplace) -> CheckedMarketplace:
    """Whether a repository is a marketplace, and what it lists; without a catalogue it is an error. Nothing is fetched."""
    return await asyncio.to_thread(_check, bench, request.source)


@command("github.list_skills", LookInto, ImportPlan)
async def list_skills(bench: Workbench, request: LookInto) -> ImportPlan:
    """Looks into a repository and says what could be brought in from it; nothing is changed."""
    return shown(await asyncio.to_thread(_look, bench, request.source, request.id))


@command("github.import_skills", ImportForAgents, TakenSkills)
async def import_skills(bench: Workbench, request: ImportForAgents) -> TakenSkills:
    """Brings skills of a repository in for the agents, beside the library. A name taken is a question.

    One rests where another of its purpose is active.
    """
    return await asyncio.to_thread(_import_skills, bench, request)


@command("github.import_marketplace", ImportChosen, AppliedImport)
async def import_marketplace(bench: Workbench, request: ImportChosen) -> AppliedImport:
    """Brings skills of a marketplace into the library, whatever of them has no open question. A name taken is one."""
    return await asyncio.to_thread(_import_marketplace, bench, request)


def _check(bench: Workbench, source: str) -> CheckedMarketplace:
    network = bench.network()
    named = repository_named(source, network)
    api = Api.of(network, asker_of(bench), Watch(), github=named.bases.github)
    with bench.imports.incoming.open() as parcel:
        return _market(api.market(named, parcel.folder))


def _market(found: Market) -> CheckedMarketplace:
    catalogues = [
        MarketplaceCatalogue(
            path=each.path,
            dialect=each.dialect,
            name=each.name,
            plugins=[_plugin(entry) for entry in each.entries],
            problems=list(each.problems),
        )
        for each in found.manifests
    ]
    return CheckedMarketplace(
        repository=found.repository.full_name,
        description=found.repository.description,
        private=found.repository.private,
        ref=found.ref,
        path=found.path,
        name=next((each.name for each in catalogues if each.name), None),
        catalogues=catalogues,
        plugins=len({plugin.name for each in catalogues for plugin in each.plugins}),
    )


def _plugin(entry: Entry) -> MarketplacePlugin:
    if isinstance(entry.source, str):
        return MarketplacePlugin(name=entry.name, source=entry.source, elsewhere=False, reachable=True)
    there = entry.source
    return MarketplacePlugin(name=entry.name, source=there.address, elsewhere=True, reachable=there.reachable)


def _look(bench: Workbench, source: str, work: str | None) -> Look:
    named = repository_named(source, bench.network())
    with _explained(bench, named):
        return bench.imports.look(source, work=work)


def _import_marketplace(bench: Workbench, request: ImportChosen) -> AppliedImport:
    look, choices = _chosen(bench, request)
    if not any(each.entries for each in look.plan.catalogues):
        bench.imports.forget(look.id)
        named = repository_named(request.source, bench.network())
        raise no_catalogue(f"{named.owner}/{named.repo}", list(look.plan.notes))
    return applied(*bench.imports.bring(look.source, choices, look=look.id, work=request.id, kind="marketplace"))


def _import_skills(bench: Workbench, request: ImportForAgents) -> TakenSkills:
    look, choices = _chosen(bench, request, for_agents=True)
    try:
        roles = Roles(bench.database, bench.home, bench.clock)
        known = {each.role.origin: each for each in roles.every()}
        return TakenSkills(rows=[_take_in(roles, known, look, choice, request.purpose) for choice in choices])
    finally:
        bench.imports.forget(look.id)


def _take_in(
    roles: Roles, known: Mapping[str | None, Known], look: Look, choice: Choice, purpose: Purpose | None
) -> TakenSkill:
    """One row; why it stays out is for it alone."""
    row, before = look.plan.row(choice.path), known.get(joined(look.plan.origin, choice.path))
    if row is not None and before is not None and _is_just_so(before, row, choice, purpose):
        return TakenSkill(path=choice.path, name=before.role.name, status="unchanged", active=before.role.active)
    try:
        taken = roles.take_in(look.fetched.root, look.plan, choice, purpose=purpose, commit=look.fetched.commit)
    except WorkbenchError as error:
        return TakenSkill(path=choice.path, name=row.name if row else None, status="refused", reason=reason(error))
    return TakenSkill(
        path=choice.path,
        name=taken.role.name,
        status="updated" if taken.updated else "imported",
        active=taken.role.active,
        held_back_by=taken.held_back,
    )


def _is_just_so(here: Known, row: Row, choice: Choice, purpose: Purpose | None) -> bool:
    """Whether bringing it in again would change nothing: neither there nor here anything is other than when it came, and no
    answer asks for more.
    """
    role = here.role
    return (
        role.source_digest == row.digest
        and digest_of(here.folder) == role.digest
        and purpose in (None, role.purpose)
        and (choice.name, choice.description, choice.version) == (None, None, None)
    )


def _chosen(bench: Workbench, request: ImportChosen, *, for_agents: bool = False) -> tuple[Look, list[Choice]]:
    """The look that a request goes on with, or a new one, and the rows of it that were chosen."""
    look = bench.imports.seen(request.plan, request.source) if request.plan else None
    look = look or _look(bench, request.source, request.id)
    if request.rows is not None:
        return look, [Choice(**row.model_dump()) for row in request.rows]
    return look, [
        Choice(row.path, row.digest) for row in look.plan.rows if row.ticked or (for_agents and _asked_by_library(row))
    ]


def _asked_by_library(row: Row) -> bool:
    """Whether a row would come in, had the library not something of its name or from its origin."""
    return row.place == "offered" and row.duplicate_of is None and row.state in {"taken", "customised"}


@contextmanager
def _explained(bench: Workbench, named: GitHub) -> Iterator[None]:
    """Git says no without saying why: the API tells a token that is none from a repository that is not there."""
    try:
        yield
    except Refused as error:
        if error.reason != "sign_in":
            raise
        api = Api.of(bench.network(), asker_of(bench), Watch(), github=named.bases.github)
        api.check_token()
        raise absent(named, api.asker) from error
