"""Web servers on 127.0.0.1 that do what servers elsewhere do: well, oddly, slowly or never.

Idea: a `Site` is an aiohttp application on a thread of its own. Whoever wants one asks for a fixture (tests/exchange/
conftest.py) or opens `running(Site())`. `OddSite` holds the pages of a bad day; `fake_github.FakeGitHub` is a whole GitHub.

    with running(OddSite()) as site:
        site.files["/skill.zip"] = data              # GET site.url + "/skill.zip"
        site.to("http://169.254.169.254/")           # an address that redirects there
        site.hops(4, "/skill.zip")                   # four redirects to it
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.parse import quote

from aiohttp import web
from fakes.serving import served

Json = dict[str, Any]
INDEX_SCHEMA: Final = "https://schemas.agentskills.io/discovery/0.2.0/schema.json"
CHUNK: Final = 16 * 1024


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str]

    @property
    def host(self) -> str:
        return self.headers.get("Host", "")


@dataclass
class Site(ABC):
    """A running server: where it is, and what it was asked."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """The paths of answers that the client did not stay for."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Ends the answers that would never end."""

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def paths(self) -> list[str]:
        return [each.path for each in self.asked]

    def application(self) -> web.Application:
        application = web.Application(middlewares=[self._log], client_max_size=64 << 20)
        self.routes(application.router)
        return application

    @abstractmethod
    def routes(self, router: web.UrlDispatcher) -> None:
        """What it answers, by path."""

    @web.middleware
    async def _log(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.asked.append(Asked(request.method, request.path_qs, dict(request.headers)))
        try:
            return await handler(request)
        except ConnectionError:
            if request.transport is not None and not request.transport.is_closing():
                raise
            self.left.append(request.path)
            return web.Response()  # for nobody


@dataclass
class OddSite(Site):
    """Files, redirects, and answers that stall, flood, trickle or lie."""

    files: dict[str, bytes] = field(default_factory=dict)
    """What lies where; anything else is a 404."""
    redirects: dict[str, str] = field(default_factory=dict)

    def routes(self, router: web.UrlDispatcher) -> None:
        router.add_route("*", "/odd/to", self._to)
        router.add_get("/odd/loop", self._loop)
        router.add_get("/odd/hops/{left}", self._hops)
        router.add_get("/odd/bytes/{count}", self._bytes)
        router.add_get("/odd/flood", self._flood)
        router.add_get("/odd/lie/{count}", self._lie)
        router.add_get("/odd/silent", self._silent)
        router.add_get("/odd/stall/{count}", self._stall)
        router.add_get("/odd/trickle/{count}", self._trickle)
        router.add_get("/odd/status/{status}", self._status)
        router.add_get("/{path:.*}", self._file)

    # -- addresses, for tests to name

    def to(self, target: str) -> str:
        """An address that redirects to another one."""
        return f"{self.url}/odd/to?url={quote(target, safe='')}"

    def hops(self, count: int, path: str) -> str:
        """An address that leads to a path of this site by so many redirects."""
        return f"{self.url}/odd/hops/{count}?then={quote(path, safe='')}"

    def loop(self) -> str:
        return f"{self.url}/odd/loop"

    def bytes(self, count: int) -> str:
        """So many zeros, with their length."""
        return f"{self.url}/odd/bytes/{count}"

    def flood(self) -> str:
        """Zeros without end, and without a length."""
        return f"{self.url}/odd/flood"

    def lie(self, count: int) -> str:
        """Twice as many bytes as its length will ever come: the connection ends in the middle."""
        return f"{self.url}/odd/lie/{count}"

    def silent(self) -> str:
        """Takes the request and never answers."""
        return f"{self.url}/odd/silent"

    def stall(self, count: int) -> str:
        """So many bytes, then nothing more, and the connection stays open."""
        return f"{self.url}/odd/stall/{count}"

    def trickle(self, count: int) -> str:
        """So many bytes, one every 50 ms."""
        return f"{self.url}/odd/trickle/{count}"

    def status(self, status: int) -> str:
        return f"{self.url}/odd/status/{status}"

    def index(
        self, entries: list[Json], *, path: str = "/.well-known/agent-skills", schema: str = INDEX_SCHEMA
    ) -> None:
        """Publishes an index of skills; see `skill_md` and `archive` for its entries."""
        document = {"$schema": schema, "skills": entries}
        self.files[f"{path}/index.json"] = json.dumps(document).encode()

    def skill_md(self, name: str, text: bytes, **over: Any) -> Json:
        """An entry of an index: one SKILL.md, which is published too."""
        return self._entry("skill-md", name, f"/skills/{name}/SKILL.md", text, over)

    def archive(self, name: str, data: bytes, *, suffix: str = ".zip", **over: Any) -> Json:
        """An entry of an index: an archive with SKILL.md at its root, which is published too."""
        return self._entry("archive", name, f"/skills/{name}{suffix}", data, over)

    def _entry(self, kind: str, name: str, path: str, data: bytes, over: Json) -> Json:
        self.files[path] = data
        digest = f"sha256:{hashlib.sha256(data).hexdigest()}"
        return {"name": name, "type": kind, "description": f"{name}.", "url": path, "digest": digest, **over}

    # -- answers

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.path in self.redirects:
            return web.Response(status=302, headers={"Location": self.redirects[request.path]})
        if request.path not in self.files:
            raise web.HTTPNotFound
        kind = "application/json" if request.path.endswith(".json") else "application/octet-stream"
        return web.Response(body=self.files[request.path], content_type=kind)

    async def _to(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=302, headers={"Location": request.query["url"]})

    async def _loop(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPFound(request.path)

    async def _hops(self, request: web.Request) -> web.StreamResponse:
        left, then = int(request.match_info["left"]), request.query["then"]
        raise web.HTTPFound(f"/odd/hops/{left - 1}?then={quote(then, safe='')}" if left > 1 else then)

    async def _status(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=int(request.match_info["status"]), text="no")

    async def _silent(self, request: web.Request) -> web.StreamResponse:
        await self.stop.wait()
        return web.Response()

    async def _bytes(self, request: web.Request) -> web.StreamResponse:
        count = int(request.match_info["count"])
        return await self._stream(request, count, length=count)

    async def _flood(self, request: web.Request) -> web.StreamResponse:
        return await self._stream(request, 1 << 40)

    async def _lie(self, request: web.Request) -> web.StreamResponse:
        count = int(request.match_info["count"])
        response = await self._stream(request, count, length=2 * count, end=False)
        if request.transport:
            request.transport.close()
        return response

    async def _stall(self, request: web.Request) -> web.StreamResponse:
        count = int(request.match_info["count"])
        response = await self._stream(request, count, length=2 * count + 1, end=False)
        await self.stop.wait()
        return response

    async def _trickle(self, request: web.Request) -> web.StreamResponse:
        count = int(request.match_info["count"])
        return await self._stream(request, count, length=count, chunk=1, pause=0.05)

    async def _stream(
        self,
        request: web.Request,
        count: int,
        *,
        length: int | None = None,
        chunk: int = CHUNK,
        pause: float = 0,
        end: bool = True,
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "application/octet-stream"})
        response.content_length = length
        await response.prepare(request)
        left = count
        while left > 0 and not self.stop.is_set():
            await response.write(bytes(min(left, chunk)))
            left -= chunk
            await asyncio.sleep(pause)
        if end:
            await response.write_eof()
        return response


AnySite = TypeVar("AnySite", bound=Site)


@contextlib.contextmanager
def running(site: AnySite, *, tls: ssl.SSLContext | None = None) -> Iterator[AnySite]:
    """A site on a thread and a port of its own, until the block ends."""
    # Every answer ends when the site is stopped; one that is cut off instead would leave its programs to nobody.
    with served(site.application(), stop=site.stop, shutdown_s=60, tls=tls) as site.url:
        yield site


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """The address of a port that takes connections and says nothing, not even TLS."""
    with socket.create_server(("127.0.0.1", 0), backlog=16) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
