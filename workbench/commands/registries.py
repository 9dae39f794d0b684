"""Marketplaces: which there are, what they offer, and what is newer there than here."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import apsw

from workbench.commands.registries_shapes import (
    AddedRegistry,
    AddRegistry,
    AskRegistries,
    BrowseRegistry,
    CheckUpdates,
    EnableRegistry,
    ImportFromRegistry,
    ListRegistries,
    Market,
    MarketRow,
    NewFinding,
    OfRegistry,
    Registries,
    Registry,
    Tried,
    TriedRegistries,
    Update,
    Updates,
)
from workbench.commands.registry import command
from workbench.commands.skills_import import applied, shown
from workbench.commands.skills_import_shapes import AppliedImport
from workbench.errors import Refused, WorkbenchError
from workbench.settings import MarketplaceRegistry, Settings, load, save
from workbench.skills.intake.choosing import Choice
from workbench.skills.market import browsing as market
from workbench.skills.market import registries, updates
from workbench.skills.roles.registry import Roles
from workbench.skills.sources import address

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.intake.imports import Look
    from workbench.skills.sources.hosts import Network

_AT_ONCE: Final = 4
"""So many marketplaces are tried side by side."""
_LONGEST: Final = 100


@command("registries.list", ListRegistries, Registries)
async def list_(bench: Workbench, request: ListRegistries) -> Registries:
    """Lists the marketplaces."""
    found = await asyncio.to_thread(_every, bench)
    return Registries(registries=[_shown(each) for each in found if each.enabled or request.all])


@command("registries.add", AddRegistry, AddedRegistry)
async def add(bench: Workbench, request: AddRegistry) -> AddedRegistry:
    """Adds a marketplace, after a look at its catalogue; a source without one is an error."""
    return await asyncio.to_thread(_add, bench, request)


@command("registries.remove", OfRegistry, Registries)
async def remove(bench: Workbench, request: OfRegistry) -> Registries:
    """Forgets a marketplace; what came from it stays. The built-in one cannot be removed."""

    def change() -> list[registries.Registry]:
        return _changed(bench, lambda every: registries.without(every, request.name))

    return Registries(registries=[_shown(each) for each in await asyncio.to_thread(change)])


@command("registries.enable", EnableRegistry, Registries)
async def enable(bench: Workbench, request: EnableRegistry) -> Registries:
    """Says whether a marketplace is browsed."""

    def change() -> list[registries.Registry]:
        return _changed(bench, lambda every: registries.switched(every, request.name, enabled=request.enabled))

    return Registries(registries=[_shown(each) for each in await asyncio.to_thread(change)])


@command("registries.test", AskRegistries, TriedRegistries)
async def test(bench: Workbench, request: AskRegistries) -> TriedRegistries:
    """Tries whether marketplaces can be reached and have a catalogue; one that fails keeps no other from its row."""
    every = await asyncio.to_thread(_every, bench)
    for name in request.names:
        registries.named(every, name)
    wanted = [each for each in every if (each.name in request.names if request.names else each.enabled)]
    few = asyncio.Semaphore(_AT_ONCE)

    async def one(registry: registries.Registry) -> Tried:
        async with few:
            return await asyncio.to_thread(_try, bench, registry)

    return TriedRegistries(rows=await asyncio.gather(*(one(each) for each in wanted)))


@command("registries.browse", BrowseRegistry, Market)
async def browse(bench: Workbench, request: BrowseRegistry) -> Market:
    """What a marketplace offers, and what the library has of it; nothing is changed."""
    return await asyncio.to_thread(_browse, bench, request)


@command("registries.import", ImportFromRegistry, AppliedImport)
async def import_(bench: Workbench, request: ImportFromRegistry) -> AppliedImport:
    """Brings skills of a marketplace into the library. What has a question that is not answered stays out."""
    registry = await asyncio.to_thread(lambda: _enabled(bench, request.name))
    choices = [Choice(**row.model_dump()) for row in request.rows]
    results, commit = await asyncio.to_thread(
        bench.imports.bring, registry.url, choices, look=request.plan, work=request.id, kind="marketplace"
    )
    return applied(results, commit)


@command("registries.updates", CheckUpdates, Updates)
async def updates_(bench: Workbench, request: CheckUpdates) -> Updates:
    """Which skills are other at their sources by now, and what the scan finds new in them; with `apply`, takes them in."""
    return await asyncio.to_thread(_updates, bench, request)


# -- the list, which the settings keep


def _every(bench: Workbench) -> list[registries.Registry]:
    return _listed(bench.settings)


def _listed(settings: Settings) -> list[registries.Registry]:
    kept = settings.marketplace_registries
    return registries.every(registries.Registry(each.name, each.source_url, each.enabled) for each in kept)


def _changed(
    bench: Workbench, change: Callable[[list[registries.Registry]], list[registries.Registry]]
) -> list[registries.Registry]:
    """The list after a change to what is there at that moment: two hosts change it one after the other."""

    def write(connection: apsw.Connection) -> Settings:
        kept = [each for each in change(_listed(load(connection).settings)) if not each.builtin or not each.enabled]
        rows = tuple(MarketplaceRegistry(name=each.name, source_url=each.url, enabled=each.enabled) for each in kept)
        return save(connection, Settings(marketplace_registries=rows))

    return _listed(bench.database.write(write))


def _enabled(bench: Workbench, name: str) -> registries.Registry:
    found = registries.named(_every(bench), name)
    if not found.enabled:
        raise Refused(
            "disabled", f"{name!r} is disabled.", remedy="Enable it: workbench call registries.enable.", registry=name
        )
    return found


def _shown(registry: registries.Registry) -> Registry:
    return Registry(name=registry.name, url=registry.url, enabled=registry.enabled, builtin=registry.builtin)


# -- looking


def _add(bench: Workbench, request: AddRegistry) -> AddedRegistry:
    network = _typed(bench.network(), request.url.strip())
    url = address.parse(request.url, bases=network.bases).origin
    bases = network.bases
    registries.joined(_every(bench), registries.Registry(request.name or url, url), bases)  # before anything is fetched
    look = registries.looked_into(bench.imports, url, work=request.id, network=network)
    bench.imports.forget(look.id)
    catalogues = look.plan.catalogues
    name = request.name or next((each.name for each in catalogues if each.name), None) or url
    new = registries.Registry(name.strip()[:_LONGEST], url)
    _changed(bench, lambda every: registries.joined(every, new, bases))
    return AddedRegistry(
        registry=_shown(new),
        catalogues=len(catalogues),
        entries=_entries(look),
        skills=sum(1 for row in look.plan.rows if row.place == "offered"),
    )


def _typed(network: Network, url: str) -> Network:
    """The network as it will be when this address is in the settings: what a person types may lie within the house."""
    if "://" not in url:
        return network
    return replace(network, bases=replace(network.bases, more=(*network.bases.more, url)))


def _entries(look: Look) -> int:
    return sum(each.entries for each in look.plan.catalogues)


def _try(bench: Workbench, registry: registries.Registry) -> Tried:
    begun = bench.clock.monotonic()
    message, remedy, entries = "It can be reached.", "", None
    try:
        look = registries.looked_into(bench.imports, registry.url)
        entries = _entries(look)
        bench.imports.forget(look.id)
    except WorkbenchError as error:
        message, remedy = error.message, error.remedy
    took = round((bench.clock.monotonic() - begun) * 1000)
    ok = entries is not None
    return Tried(name=registry.name, ok=ok, message=message, remedy=remedy, entries=entries, duration_ms=took)


def _browse(bench: Workbench, request: BrowseRegistry) -> Market:
    registry = _enabled(bench, request.name)
    look = registries.looked_into(bench.imports, registry.url, work=request.id, scans=True)
    rows = [
        MarketRow(
            path=each.path,
            status=each.status,
            version=each.version,
            installed=each.installed,
            installed_version=each.installed_version,
        )
        for each in market.standings(look, bench.library)
    ]
    return Market(registry=_shown(registry), plan=shown(look), rows=rows)


# -- updates


def _updates(bench: Workbench, request: CheckUpdates) -> Updates:
    if request.automatic and not bench.settings.auto_update:
        return Updates(rows=[], commit=None)
    roles = Roles(bench.database, bench.home, bench.clock)
    updater = updates.Updater(bench.library, roles, bench.imports, frozenset(request.names), request.id)
    skills = updater.tracked()
    if request.automatic:
        markets = _markets(bench)
        skills = [each for each in skills if markets.get(each.source, each.market)]
    found = updater.run(skills, apply=request.apply)
    return Updates(rows=[_update(each) for each in found], commit=updater.commit)


def _markets(bench: Workbench) -> dict[str, bool]:
    """The marketplaces by their source in its one form, and whether each is enabled."""
    bases = bench.network().bases
    return {registries.origin(each, bases): each.enabled for each in _every(bench)}


def _update(update: updates.Update) -> Update:
    return Update(
        name=update.skill.name,
        registry=update.skill.registry,
        source=update.skill.source,
        path=update.skill.path,
        status=update.status,
        update=update.differs,
        installed_version=update.skill.version,
        version=update.version,
        new_findings=[
            NewFinding(rule=each["rule"], severity=each["severity"], file=each["file"], message=each["reason"])
            for each in update.found
        ],
        applied=update.applied,
        reason=update.reason,
    )
