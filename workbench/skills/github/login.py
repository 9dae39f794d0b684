"""Signing in to GitHub with a code: a person types it on GitHub's page, and we ask until GitHub gives a token.

Idea: nothing is kept between the two steps; whoever began holds the device code, and any host can go on with it. Invariant:
the token leaves this module in one field that is not shown, and no message holds it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.github.api import hasty, odd_answer, shaped
from workbench.skills.sources.download import Ask, read
from workbench.skills.sources.hosts import Network, on_the_web
from workbench.skills.sources.refused import failure
from workbench.skills.sources.watch import Watch

Status = Literal["pending", "slow_down", "success", "expired", "denied"]
GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
SCOPES: Final = "read:user"
PRIVATE: Final = "repo"
"""GitHub has no smaller scope that lets an app read private repositories."""
_SLOWER_S: Final = 5
_LARGEST: Final = 64 * 1024
_WAITING: Final[Mapping[str, Status]] = {
    "authorization_pending": "pending",
    "slow_down": "slow_down",
    "expired_token": "expired",
    "access_denied": "denied",
}


class Started(BaseModel):
    """A sign-in that waits for a person."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    device_code: str = Field(min_length=1, repr=False)
    user_code: str
    verification_uri: str
    expires_in: int = Field(gt=0)
    interval: int = Field(default=_SLOWER_S, ge=0)


@dataclass(frozen=True)
class Polled:
    """How far a sign-in is; `interval` is how long to wait before asking again, where GitHub has changed it."""

    status: Status
    interval: int | None = None
    token: str | None = field(default=None, repr=False)


def start(network: Network, client_id: str, watch: Watch, *, private: bool) -> Started:
    """Begins a sign-in; with `private`, one that may read private repositories."""
    if not client_id:
        raise no_client_id(network.bases.github)
    form = {"client_id": client_id, "scope": f"{SCOPES} {PRIVATE}" if private else SCOPES}
    said = _posted("/login/device/code", form, network, watch)
    if (error := _object(said, network).get("error")) is not None:
        raise _refused(str(error), network.bases.github)
    started = shaped(Started, said, network.bases.github)
    if not on_the_web(started.verification_uri):
        raise odd_answer(network.bases.github)
    return started


def poll(network: Network, client_id: str, device_code: str, watch: Watch) -> Polled:
    """Asks once whether the person has typed the code."""
    if not client_id:
        raise no_client_id(network.bases.github)
    form = {"client_id": client_id, "device_code": device_code, "grant_type": GRANT}
    told = _object(_posted("/login/oauth/access_token", form, network, watch), network)
    if (error := told.get("error")) is not None:
        interval = told.get("interval")
        status = _WAITING.get(str(error))
        if status is None:
            raise _refused(str(error), network.bases.github)
        return Polled(status, interval if isinstance(interval, int) and interval > 0 else None)
    token = told.get("access_token")
    if not isinstance(token, str) or not token:
        raise odd_answer(network.bases.github)
    return Polled("success", token=token)


def no_client_id(github: str) -> Refused:
    """The settings name no app to sign in with; a token does as well."""
    return Refused(
        "no_client_id",
        "Signing in with a code needs an OAuth app on GitHub, and the settings name none.",
        remedy=f"Make a personal access token at {github.rstrip('/')}/settings/tokens and save it in the settings as "
        "GITHUB_TOKEN (workbench settings secret GITHUB_TOKEN), or set github_client_id to the client id of an app.",
    )


def _posted(path: str, form: Mapping[str, str], network: Network, watch: Watch) -> bytes:
    """The answer to a form, which is sent without the token that there may be."""
    url = f"{network.bases.github.rstrip('/')}{path}"
    ask = Ask(
        method="POST",
        body=urlencode(form).encode(),
        headers={"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"},
        accepted=frozenset({200, 400}),  # errors come with the one from GitHub, with the other by the standard
        refusal=_said_no,
    )
    nobody = replace(hasty(network), github_token=None)
    return read(url, limit=_LARGEST, watch=watch, network=nobody, ask=ask)[1]


def _said_no(url: str, status: int, headers: Mapping[str, str], said: bytes) -> WorkbenchError:
    del said
    return _unknown_app(url) if status in {401, 404} else failure(url, status, headers)


def _refused(error: str, github: str) -> WorkbenchError:
    if error in {"incorrect_device_code", "invalid_grant", "bad_verification_code"}:
        return NotFound("GitHub knows of no such sign-in.", remedy="Start again.")
    return _unknown_app(github, error)


def _unknown_app(url: str, error: str | None = None) -> Refused:
    shown = f" ({error})" if error and error.isprintable() else ""
    return Refused(
        "client_id",
        f"GitHub does not let this app sign anybody in with a code{shown}.",
        remedy="See whether github_client_id in the settings is right, and whether the app has its device flow enabled.",
        url=url,
    )


def _object(said: bytes, network: Network) -> Mapping[str, Any]:
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise odd_answer(network.bases.github)
    return told
