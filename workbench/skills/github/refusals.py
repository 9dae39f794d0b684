"""What GitHub means when it says no, for a person: which limit, and until when; whose token; what would help.

Invariant: no sentence holds a token, or what follows the ? of an address. Where GitHub hides whether a repository is private or
not there (404), so do we.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urlsplit

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.sources.refused import failure

TokenFrom = Literal["environment", "file"] | None
FORGET: Final = "workbench settings secret GITHUB_TOKEN --forget"
_SSO: Final = re.compile(r"url=(https://[^\s;,]+)")
_PAUSE_S: Final = 60
"""What GitHub asks for where it asks for a pause and does not say how long."""
_HOUR_S: Final = 3600


@dataclass(frozen=True)
class Asker:
    """Who asks, and when: where the token comes from, if there is one."""

    token_from: TokenFrom
    now_ms: int


def refusal(asker: Asker, url: str, status: int, headers: Mapping[str, str], said: bytes) -> WorkbenchError:
    """An answer of the API that is none, in words."""
    match status:
        case 401:
            return invalid_token(asker)
        case 403 | 429:
            return _not_now(asker, headers, _message(said))
        case 404 | 410:
            return missing(asker, _name(url))
        case 451:
            return Refused("closed", "GitHub has closed it for legal reasons.", remedy="Use another source.")
        case _:
            return failure(url, status, headers)


def invalid_token(asker: Asker) -> Refused:
    """The token is not one any more."""
    if asker.token_from is None:
        return Refused("sign_in", "GitHub tells this only to who is signed in.", remedy="Sign in to GitHub first.")
    if asker.token_from == "environment":  # noqa: S105 - where it comes from
        remedy = "Put another GITHUB_TOKEN into the environment, or none."
    else:
        remedy = f"Sign in again, or forget it with: {FORGET}."
    return Refused("token", "GitHub no longer accepts the token GITHUB_TOKEN.", remedy=remedy, source=asker.token_from)


def missing(asker: Asker, name: str) -> NotFound:
    """Not there, or not for us: GitHub does not tell."""
    if asker.token_from is None:
        remedy = "See how it is spelt. If it is private, sign in to GitHub first."
    else:
        remedy = "See how it is spelt, and whether your token may read it."
    return NotFound(f"GitHub has no {name}, or it is private.", remedy=remedy, repository=name)


def _not_now(asker: Asker, headers: Mapping[str, str], message: str) -> Refused:
    """One status for three things: the hour is used up, too much at once, not allowed."""
    if headers.get("x-ratelimit-remaining") == "0":
        return _limited(asker, headers)
    if "retry-after" in headers or "rate limit" in message.lower():
        return _paused(headers)
    return _forbidden(asker, headers, message)


def _limited(asker: Asker, headers: Mapping[str, str]) -> Refused:
    """All requests of this hour are used up."""
    limit, reset_s = _number(headers, "x-ratelimit-limit"), _number(headers, "x-ratelimit-reset")
    if reset_s is None:
        reset_s = asker.now_ms // 1000 + (_number(headers, "retry-after") or _HOUR_S)
    until = datetime.fromtimestamp(reset_s).astimezone()
    wait = _span(reset_s - asker.now_ms / 1000)
    allowed = f" It allows {limit:,} an hour." if limit else ""
    signed = asker.token_from is not None
    return Refused(
        "rate_limited",
        f"GitHub takes no more requests from {'you' if signed else 'here'} for now: "
        f"its limit resets in {wait}, at {until:%H:%M}.{allowed}",
        remedy="Try again then."
        if signed
        else "Try again then, or sign in to GitHub: that raises the limit to 5,000 an hour.",
        reset_ms=reset_s * 1000,
        limit=limit,
        signed_in=signed,
    )


def _paused(headers: Mapping[str, str]) -> Refused:
    """Too many requests in a short time; signing in does not help."""
    seconds = _number(headers, "retry-after") or _PAUSE_S
    return Refused(
        "rate_limited",
        f"GitHub asks for a pause of {_span(seconds)}: it was asked for too much at once.",
        remedy="Try again after that.",
        retry_after_s=seconds,
    )


def _forbidden(asker: Asker, headers: Mapping[str, str], message: str) -> Refused:
    """Known and signed in, and still not allowed."""
    if (sso := _SSO.search(headers.get("x-github-sso", ""))) is not None:
        return Refused(
            "sso",
            "The organisation wants your token to be authorised for its single sign-on.",
            remedy=f"Authorise it at {sso[1]}, and try again.",
        )
    why = f": {message}" if message else "."
    remedy = "Sign in to GitHub." if asker.token_from is None else "Use a token that has more permissions."
    return Refused("forbidden", f"GitHub does not allow this{why}", remedy=remedy)


def _message(said: bytes) -> str:
    """The sentence in an answer's JSON, if it has one that can be shown."""
    try:
        told = json.loads(said)
    except (ValueError, RecursionError):
        return ""
    text = told.get("message") if isinstance(told, dict) else None
    return text[:200] if isinstance(text, str) and text.isprintable() else ""


def _name(url: str) -> str:
    """The repository that an address of the API is about."""
    found = re.search(r"/repos/([^/]+/[^/]+)", urlsplit(url).path)
    return found[1] if found else "such page"


def _number(headers: Mapping[str, str], name: str) -> int | None:
    value = headers.get(name, "")
    return int(value) if value.isdecimal() and len(value) <= 11 else None  # noqa: PLR2004 - more is no time


def _span(seconds: float) -> str:
    """A span of time as one says it; never none at all."""
    whole = max(1, round(seconds))
    if whole < 2 * 60:
        return f"{whole} second{'' if whole == 1 else 's'}"
    return f"{-(-whole // 60)} minutes"
