"""Signing in to GitHub, who that is, and signing out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench.commands.github_shapes import (
    GitHubRate,
    GitHubSignedIn,
    GitHubSignedOut,
    GitHubUser,
    LoginPoll,
    LoginPolled,
    LoginStart,
    LoginStarted,
)
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.errors import Refused, WorkbenchError
from workbench.secrets import GITHUB_TOKEN
from workbench.settings import Settings
from workbench.skills.github import login as github_login
from workbench.skills.github.api import Api
from workbench.skills.github.refusals import Asker
from workbench.skills.sources.watch import Watch

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.secrets import Secret
    from workbench.skills.github.api import User


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
    if token(bench).source == "environment":
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
    source = token(bench).source
    if source is None:
        return GitHubSignedIn(signed_in=False, source=None)
    found = Api.of(bench.network(), asker(bench), Watch()).signed_in()
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
    forgotten, source = before[GITHUB_TOKEN] is not None, token(bench).source
    note = None
    if source == "environment":
        note = "GITHUB_TOKEN is set in the environment still, and is used. Take it out there to be signed out."
    elif forgotten:
        page = f"{bench.settings.github_url.rstrip('/')}/settings/applications"
        note = f"The token is forgotten here. GitHub takes it until you revoke it at {page}."
    return GitHubSignedOut(forgotten=forgotten, source=source, note=note)


def token(bench: Workbench) -> Secret:
    """Where the token is, if there is one."""
    return next(each for each in bench.secrets.known() if each.name == GITHUB_TOKEN)


def asker(bench: Workbench) -> Asker:
    """Who asks GitHub something, and when."""
    return Asker(token(bench).source, bench.clock.now_ms())
