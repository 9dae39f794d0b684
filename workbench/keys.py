"""Whether a provider's key works: the cheapest authenticated question, asked of the provider itself.

Invariant: a key goes to the address that the provider's own program would use and to no other (redirects are not
followed), and never into a message.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.client import HTTPException
from typing import Final

from workbench.errors import InvalidRequest, Refused
from workbench.sidecar.provider import Listing, key_question

TIMEOUT_S: Final = 15.0
_REFUSED: Final = frozenset({401, 403})


def try_key(provider: Listing, keys: Mapping[str, str]) -> None:
    """Returns if the key is taken, or none is needed. Raises Refused: `key_missing`, `key_refused`, `unreachable`,
    or `untested` where the provider knows no such question.
    """
    if not provider.secrets:
        return
    name = next((name for name in provider.secrets if name in keys), None)
    if name is None:
        raise Refused(
            "key_missing",
            f"No key is set for {provider.label}; only a login of its own could still work.",
            remedy=f"Set one of {', '.join(provider.secrets)} in the environment or the settings.",
            provider=provider.name,
        )
    question = key_question(provider, name, keys[name], os.environ)
    if question is None:
        raise Refused(
            "untested",
            f"{provider.label} has no way to try a key without paying for it.",
            remedy="Start an agent: its first turn tells.",
            provider=provider.name,
        )
    base = question.base
    if not base.startswith(("https://", "http://")):
        raise InvalidRequest(f"{question.base_from} is no web address.", remedy="Begin it with https://, or unset it.")
    request = urllib.request.Request(base.rstrip("/") + question.path, headers=question.headers)  # noqa: S310 - the scheme was checked
    try:
        with _opener().open(request, timeout=TIMEOUT_S):
            return
    except urllib.error.HTTPError as error:
        error.close()
        raise _answered(provider, name, base, error.code) from None
    except (OSError, HTTPException) as error:
        raise Refused(
            "unreachable",
            f"{base} cannot be reached: {getattr(error, 'reason', error)}.",
            remedy=f"Check the network, the proxy settings and {question.base_from}.",
            provider=provider.name,
        ) from error


def _answered(provider: Listing, name: str, base: str, status: int) -> Refused:
    if status in _REFUSED:
        return Refused(
            "key_refused",
            f"{base} does not accept {name} (HTTP {status}).",
            remedy="Paste the key again, or make a new one.",
            provider=provider.name,
            status=status,
        )
    return Refused(
        "unreachable",
        f"{base} could not say whether {name} is good (HTTP {status}).",
        remedy="Try again in a minute.",
        provider=provider.name,
        status=status,
    )


def _opener() -> urllib.request.OpenerDirector:
    """What Python would use, but for the handler that follows redirects: the key stays where it was sent."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        opener.add_handler(handler)
    return opener
