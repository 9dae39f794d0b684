"""GitHub: repositories to bring skills in from, and signing in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from workbench.commands.github_shapes import (
    CheckedMarketplace,
    CheckMarketplace,
    GitHubRate,
    GitHubSignedIn,
    GitHubSignedOut,
    GitHubUser,
    ImportChosen,
    LoginPoll,
    LoginPolled,
    LoginStart,
    LoginStarted,
    LookInto,
    MarketplaceCatalogue,
    MarketplacePlugin,
    ParsedUrl,
    ParseUrl,
)
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.commands.skills_import import applied, shown
from workbench.commands.skills_import_shapes import AppliedImport, ImportPlan
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.settings import GITHUB_TOKEN, Settings
from workbench.skills import github_login
from workbench.skills.choosing import Choice
from workbench.skills.github import Api, absent, no_catalogue, repository_named
from workbench.skills.github_refusals import Asker
from workbench.skills.sources.watch import Watch

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.settings import Secret
    from workbench.skills.catalog import Entry
    from workbench.skills.github import Market, User
    from workbench.skills.imports import Look
    from workbench.skills.sources.address import GitHub


# -- repositories


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


@command("github.import_marketplace", ImportChosen, AppliedImport)
async def import_marketplace(bench: Workbench, request: ImportChosen) -> AppliedImport:
    """Brings skills of a marketplace into the library, whatever of them has no open question. A name taken is one."""
    return await asyncio.to_thread(_import_marketplace, bench, request)


def _check(bench: Workbench, source: str) -> CheckedMarketplace:
    network = bench.network()
    named = repository_named(source, network)
    api = Api.of(network, _asker(bench), Watch(), github=named.bases.github)
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


def _chosen(bench: Workbench, request: ImportChosen) -> tuple[Look, list[Choice]]:
    """The look that a request goes on with, or a new one, and the rows of it that were chosen."""
    look = bench.imports.seen(request.plan, request.source) if request.plan else None
    look = look or _look(bench, request.source, request.id)
    if request.rows is None:
        return look, [Choice(row.path, row.digest) for row in look.plan.rows if row.ticked]
    return look, [Choice(**row.model_dump()) for row in request.rows]


@contextmanager
def _explained(bench: Workbench, named: GitHub) -> Iterator[None]:
    """Git says no without saying why: the API tells a token that is none from a repository that is not there."""
    try:
        yield
    except (Refused, NotFound) as error:
        asker = _asker(bench)
        if error.facts.get("reason") != "sign_in":
            raise
        network = bench.network()
        if asker.token_from is not None and network.authorization(named.url) is not None:
            Api.of(network, asker, Watch()).signed_in()
        raise absent(named, asker) from error


# -- signing in


@command("github.login_start", LoginStart, LoginStarted)
async def login_start(bench: Workbench, request: LoginStart) -> LoginStarted:
    """Begins to sign in: gives a code for a person to type on GitHub's page. Then poll."""
    return await asyncio.to_thread(_start, bench, request)


@command("github.login_poll", LoginPoll, LoginPolled)
async def login_poll(bench: Workbench, request: LoginPoll) -> LoginPolled:
    """Asks once whether the code was typed; when it was, the token is kept as the secret GITHUB_TOKEN."""
    return await asyncio.to_thread(_poll, bench, request.device_code)


@command("github.user", Nothing, GitHubSignedIn)
async def user(bench: Workbench, request: Nothing) -> GitHubSignedIn:
    """Who is signed in, asked of GitHub each time; without a token nobody is, and nothing is asked."""
    del request
    return await asyncio.to_thread(_user, bench)


@command("github.logout", Nothing, GitHubSignedOut)
async def logout(bench: Workbench, request: Nothing) -> GitHubSignedOut:
    """Forgets the token that is kept here."""
    del request
    return await asyncio.to_thread(_logout, bench)


def _start(bench: Workbench, request: LoginStart) -> LoginStarted:
    if _token(bench).source == "environment":
        raise Refused(
            "environment",
            "GITHUB_TOKEN is set in the environment, and what is there comes first.",
            remedy="Take it out of the environment and start Workbench anew, to sign in another way.",
        )
    bench.database.write(lambda _: None)  # nobody types a code for a token that could not be kept
    started = github_login.start(bench.network(), bench.settings.github_client_id, Watch(), private=request.private)
    return LoginStarted(**started.model_dump())


def _poll(bench: Workbench, device_code: str) -> LoginPolled:
    polled = github_login.poll(bench.network(), bench.settings.github_client_id, device_code, Watch())
    if polled.token is None:
        return LoginPolled(status=polled.status, interval=polled.interval)
    bench.save_settings(Settings(), {GITHUB_TOKEN: polled.token})
    try:
        known = _user(bench).user
    except WorkbenchError:
        known = None  # the token is kept; `user` says what is wrong
    return LoginPolled(status="success", user=known)


def _user(bench: Workbench) -> GitHubSignedIn:
    source = _token(bench).source
    if source is None:
        return GitHubSignedIn(signed_in=False, source=None)
    found = Api.of(bench.network(), _asker(bench), Watch()).signed_in()
    rate = found.rate
    return GitHubSignedIn(
        signed_in=True,
        source=source,
        user=_shown(found.user),
        scopes=list(found.scopes),
        rate=GitHubRate(limit=rate.limit, remaining=rate.remaining, reset_ms=rate.reset_ms) if rate else None,
    )


def _shown(found: User) -> GitHubUser:
    return GitHubUser(login=found.login, name=found.name, email=found.email, avatar_url=found.avatar_url)


def _logout(bench: Workbench) -> GitHubSignedOut:
    # In a transaction, which keeps two hosts from writing the file over each other.
    before = bench.database.write(lambda _: bench.secrets.save({GITHUB_TOKEN: None}))
    forgotten, source = before[GITHUB_TOKEN] is not None, _token(bench).source
    note = None
    if source == "environment":
        note = "GITHUB_TOKEN is set in the environment still, and is used. Take it out there to be signed out."
    elif forgotten:
        page = f"{bench.settings.github_url.rstrip('/')}/settings/applications"
        note = f"The token is forgotten here. GitHub takes it until you revoke it at {page}."
    return GitHubSignedOut(forgotten=forgotten, source=source, note=note)


def _token(bench: Workbench) -> Secret:
    return next(each for each in bench.secrets.known() if each.name == GITHUB_TOKEN)


def _asker(bench: Workbench) -> Asker:
    return Asker(_token(bench).source, bench.clock.now_ms())
