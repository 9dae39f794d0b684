"""What went wrong with a request, as a person reads it; no sentence holds what follows the ? of an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError

if TYPE_CHECKING:
    import httpx


def failure(url: str, status: int, headers: Mapping[str, str]) -> WorkbenchError:
    """What an HTTP status says, in words for a person."""
    facts = {"url": shown(url), "status": status}
    limited = status == 429 or (status == 403 and headers.get("x-ratelimit-remaining") == "0")  # noqa: PLR2004
    if limited:
        wait = headers.get("retry-after", "")
        when = f"in {wait} seconds" if wait.isdecimal() else "in an hour"
        return Refused(
            "rate_limited",
            f"{urlsplit(url).hostname} takes no more requests from here for now.",
            remedy=f"Try again {when}, or sign in.",
            **facts,
        )
    if status in {401, 403}:
        return Refused(
            "sign_in",
            f"{shown(url)} is not open to everybody, or is not there.",
            remedy="See how it is spelt. If it is private, sign in or give an address that you may read.",
            **facts,
        )
    if status in {404, 410}:
        return NotFound(f"There is nothing at {shown(url)}, or it is private.", remedy="See how it is spelt.", **facts)
    return Refused(
        "server", f"{shown(url)} answers with an error ({status}).", remedy="Try again in a few minutes.", **facts
    )


def broken(url: str, error: httpx.HTTPError | httpx.InvalidURL, seconds: float) -> WorkbenchError:
    """What became of a request that got no answer."""
    import httpx

    host, text = urlsplit(url).hostname, str(error)
    if isinstance(error, httpx.TimeoutException):
        return slow(f"{host} said nothing for {seconds:g} seconds.")
    if "CERTIFICATE" in text.upper():
        return Refused(
            "certificate",
            f"The certificate of {host} is not trusted: {text}",
            remedy="If a proxy of yours signs it, name its certificates in SSL_CERT_FILE.",
            host=host,
        )
    if isinstance(error, (httpx.UnsupportedProtocol, httpx.InvalidURL)):
        return InvalidRequest(f"{shown(url)} cannot be asked for.", remedy="See how it is spelt.")
    if isinstance(error, httpx.ConnectError):
        return Refused(
            "unreachable",
            f"{host} cannot be reached: {text or 'no connection'}.",
            remedy="See whether this machine is online, and try again.",
            host=host,
        )
    return Refused(
        "broken",
        f"{host} ended the connection before all had come.",
        remedy="Try again; if it stays so, the server is at fault.",
        host=host,
    )


def slow(message: str) -> Refused:
    return Refused("stalled", message, remedy="Try again when the server answers; nothing was kept.")


def large(url: str, limit: int) -> Refused:
    return Refused(
        "too_large",
        f"{shown(url)} has more than {limit:,} bytes.",
        remedy="Bring it in from a folder, where there is no such bound.",
        url=shown(url),
        limit=limit,
    )


def shown(url: str) -> str:
    """An address as a message may show it: what follows ? can be a secret, and git's own pages say nothing to a person."""
    return url.split("?", 1)[0].split("#", 1)[0].removesuffix("/info/refs")
