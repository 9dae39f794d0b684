"""Files from the web: so many bytes, so long, from public addresses, and nothing is left of one that did not come whole.

Idea: each step of a redirect is a request of its own, on a way that was found and judged for it (`hosts.route`). The
request goes to an address and not to a name, with the name in `Host` and in TLS, so that the certificate is judged as ever.
Bodies are taken as they are sent, never decoded: a small answer stays small. Invariant: whatever the server does, this ends
within the bounds of the network, and within a second of being cancelled.
"""

from __future__ import annotations

import asyncio
import errno
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import urljoin

from workbench.errors import Refused, WorkbenchError
from workbench.skills.sources import hosts
from workbench.skills.sources.hosts import Network, Route
from workbench.skills.sources.refused import broken, failure, large, shown, slow
from workbench.skills.sources.watch import Watch

if TYPE_CHECKING:
    import httpx

POLL_S: Final = 0.1
_AGENT: Final = "jupyter-workbench"
_OK: Final = 200
_SENTENCE: Final = 16 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

Sink = Callable[[bytes], object]
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Landed:
    """Where a request ended after its redirects, and what the server said of what it sent."""

    url: str
    headers: Mapping[str, str]


def _failure(url: str, status: int, headers: Mapping[str, str], said: bytes) -> WorkbenchError:
    del said
    return failure(url, status, headers)


@dataclass(frozen=True)
class Ask:
    """What is asked, and which answers are none; by default a file is fetched."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = field(default=b"", repr=False)
    """Sent to the one address alone: what has a body is not redirected."""
    accepted: frozenset[int] = frozenset({_OK})
    refusal: Callable[[str, int, Mapping[str, str], bytes], WorkbenchError] = _failure
    """From address, status, headers and the beginning of the body to why it is no answer."""


FETCH: Final = Ask()


def download(url: str, file: Path, *, watch: Watch, network: Network, sent: bool = False) -> Landed:
    """Brings a file; `sent` says that somebody else named the address. On any failure the file is not there."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as opened:
            return request(url, opened.write, watch=watch, network=network, sent=sent)
    except BaseException as error:
        file.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise unwritable(error) from error
        raise


def read(
    url: str, *, limit: int, watch: Watch, network: Network, sent: bool = False, ask: Ask = FETCH
) -> tuple[Landed, bytes]:
    """Brings a small answer into memory."""
    parts: list[bytes] = []
    landed = request(url, parts.append, limit=limit, watch=watch, network=network, sent=sent, ask=ask)
    return landed, b"".join(parts)


def request(
    url: str,
    sink: Sink | None,
    *,
    watch: Watch,
    network: Network,
    limit: int | None = None,
    sent: bool = False,
    ask: Ask = FETCH,
) -> Landed:
    """Asks for an address and follows it to where it leads; without a sink, only to see where that is, as git would.

    It blocks, on an event loop of its own: call it from a thread that runs none.
    """
    deadline = time.monotonic() + network.bounds.total_s
    first, now = url, url
    with asyncio.Runner() as runner:
        for _ in range(network.bounds.redirects + 1):
            watch.step("resolving", 0)
            named = sent or hosts.site(now) != hosts.site(first)
            way = hosts.route(now, network=network, watch=watch, sent=named)
            hop = _Hop(now, way, sink, limit or network.bounds.download, network, watch, ask)
            landed, then = runner.run(_watched(hop.run(), watch, deadline, network))
            if then is None:
                return landed
            now = _next(now, then)
    raise Refused(
        "redirects",
        f"{shown(first)} leads from one address to the next, more than {network.bounds.redirects} times.",
        remedy="Give the address that it ends at.",
        url=shown(first),
    )


def unwritable(error: OSError) -> Refused:
    if error.errno == errno.ENAMETOOLONG:
        return Refused(
            "name_too_long",
            "It holds a name that is too long for this disk.",
            remedy="Ask its author for a shorter one.",
        )
    return Refused(
        "disk", f"What came could not be written: {error.strerror or error}.", remedy="Free some space, and try again."
    )


async def _watched(work: Coroutine[Any, Any, Answer], watch: Watch, deadline: float, network: Network) -> Answer:
    """A coroutine's result, unless it is cancelled or takes too long meanwhile."""
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=POLL_S))[0]:
            watch.check()
            if time.monotonic() > deadline:
                raise slow(f"It was not done within {network.bounds.total_s:g} seconds.")
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})


def _next(now: str, then: str) -> str:
    """Where a redirect leads. From https it never leads back to http."""
    try:
        url = urljoin(now, then)
    except ValueError:
        url = ""
    if not hosts.on_the_web(url):
        raise Refused(
            "redirects", f"{shown(now)} leads to what is no web address.", remedy="Give the address that it ends at."
        )
    if url.startswith("http:") and now.startswith("https:"):
        raise hosts.not_https(url)
    return url


@dataclass
class _Hop:
    """One request on one way."""

    url: str
    way: Route
    sink: Sink | None
    limit: int
    network: Network
    watch: Watch
    ask: Ask

    async def run(self) -> tuple[Landed, str | None]:
        """Where it landed, and where it is sent on to, if it is. The next address is tried when one cannot be reached."""
        import httpx  # here, for a start that asks for nothing does not wait for it

        bounds = self.network.bounds
        failed: httpx.HTTPError = httpx.ConnectError("no address")
        until = time.monotonic() + bounds.stalled_s
        # The transport itself: a client of httpx would build the next request of a redirect, and fail on an odd one.
        async with httpx.AsyncHTTPTransport(verify=httpx.create_ssl_context(), proxy=self.way.proxy) as transport:
            for address in self.way.addresses or ("",):
                try:
                    return await self._ask(transport, address)
                except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                    failed = error
                    if time.monotonic() > until:
                        break
                except (httpx.HTTPError, httpx.InvalidURL) as error:
                    raise broken(self.url, error, bounds.stalled_s) from error
        raise broken(self.url, failed, bounds.connect_s) from failed

    async def _ask(self, transport: httpx.AsyncHTTPTransport, address: str) -> tuple[Landed, str | None]:
        response = await transport.handle_async_request(self._request(address))
        try:
            landed = Landed(self.url, dict(response.headers))
            if response.status_code in _REDIRECTS and "location" in response.headers and not self.ask.body:
                return landed, response.headers["location"]
            if response.status_code not in self.ask.accepted:
                said = await _beginning(response)
                raise self.ask.refusal(self.url, response.status_code, response.headers, said)
            if self.sink is not None:
                await self._take(response, self.sink)
            return landed, None
        finally:
            await response.aclose()

    def _request(self, address: str) -> httpx.Request:
        """To an address, by the name of its host."""
        import httpx

        url, bounds = httpx.URL(self.url), self.network.bounds
        headers = {
            "Host": url.netloc.decode(),
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "User-Agent": _AGENT,
            **self.ask.headers,
        }
        if (login := self.network.authorization(self.url, git=self.sink is None)) is not None:
            headers["Authorization"] = login
        timeout = httpx.Timeout(bounds.stalled_s, connect=bounds.connect_s)
        extensions: dict[str, Any] = {"timeout": timeout.as_dict()}
        if address and url.scheme == "https":
            extensions["sni_hostname"] = url.host
        to = url.copy_with(host=address.partition("%")[0]) if address else url
        body = self.ask.body or None
        return httpx.Request(self.ask.method, to, headers=headers, content=body, extensions=extensions)

    async def _take(self, response: httpx.Response, sink: Sink) -> None:
        length = response.headers.get("content-length", "")
        total = int(length) if length.isdecimal() else None
        if total is not None and total > self.limit:
            raise large(self.url, self.limit)
        done = 0
        async for piece in response.aiter_raw():
            done += len(piece)
            if done > self.limit:
                raise large(self.url, self.limit)
            sink(piece)
            self.watch.step("downloading", done, total)


async def _beginning(response: httpx.Response) -> bytes:
    """As much of a refusal as a sentence can need."""
    said = b""
    async for piece in response.aiter_raw():
        said += piece
        if len(said) > _SENTENCE:
            break
    return said[:_SENTENCE]
