"""Jupyter Server as a host: one POST for calls, one WebSocket for events, one GET for the version.

Idea: the handlers translate and never decide; a command's own failure is an answer (200), only what is no call at all is
an HTTP error. Invariants: every handler asks who you are, whether you may, and where you come from; no GET changes
anything; what one slow screen does not read holds up nobody else; agents outlive the server.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any, Final

from jupyter_core.utils import ensure_async
from jupyter_server.auth.decorator import authorized, ws_authenticated
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.serverapp import ServerApp
from pydantic import ValidationError
from tornado import web, websocket
from traitlets import Unicode

from workbench import __version__
from workbench.app import Workbench
from workbench.commands.registry import invalid
from workbench.errors import FailureDict, Refused
from workbench.hosts import topics
from workbench.hosts.answers import answer
from workbench.hosts.pages import Pages
from workbench.hosts.upkeep import UpdateCheck
from workbench.protocol.screen import Batch, Call, Subscribe, Unsubscribe

RESOURCE: Final = "workbench"
"""What an authorizer is asked about: `execute` for calls, `read` for events and the version."""

MAX_BODY: Final = 10 * 1024 * 1024
"""As much as the kernel's socket takes in one message: a file sent along is the largest that a call carries."""

MAX_MESSAGE: Final = 64 * 1024
MAX_SUBSCRIPTIONS: Final = 100
"""A page has one subscription a view; more than this is a fault."""


class Opener:
    """One open home a server, opened by the first request that needs it; a failure to open is tried again next time.

    What the server does by itself begins with the opening and ends before the closing.
    """

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._bench: Workbench | None = None
        self._updates: UpdateCheck | None = None

    async def __call__(self) -> Workbench:
        async with self._lock:
            if self._bench is None:
                self._bench = await asyncio.to_thread(Workbench.open)
                self._updates = UpdateCheck(self._bench)
                self._updates.start()
            return self._bench

    async def page_left(self, page: str) -> None:
        """Gives back what a page locked that is gone without a word."""
        bench = self._bench
        if bench is not None:
            await asyncio.to_thread(bench.library.locks.release_all, page)

    async def close(self) -> None:
        """Leaves; running agents go on."""
        async with self._lock:
            bench, self._bench = self._bench, None
            updates, self._updates = self._updates, None
        if updates is not None:
            await asyncio.to_thread(updates.stop)
        if bench is not None:
            await asyncio.to_thread(bench.close)


class CallHandler(APIHandler):
    """POST /workbench/call: a `Call` gets its `Reply`."""

    auth_resource = RESOURCE

    def initialize(self, opening: Opener) -> None:
        self._opening = opening

    @web.authenticated
    @authorized("execute", RESOURCE)  # type: ignore[untyped-decorator]
    async def post(self) -> None:
        """Runs one command."""
        # After it was read: to refuse it before, tornado must cut the connection, and the page would see no answer.
        if len(self.request.body) > MAX_BODY:
            raise web.HTTPError(413, f"A call is at most {MAX_BODY} bytes.")
        try:
            call = Call.model_validate_json(self.request.body)
        except ValidationError as error:
            self.set_status(400)
            self.finish({"failure": invalid("call", error).to_dict()})
            return
        self.finish(await answer(self._opening, call, self.log))

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """What Jupyter Server refuses, in our shape beside its own."""
        error = kwargs.get("exc_info", (None, None, None))[1]
        message = getattr(error, "log_message", None) or f"Jupyter Server answered {status_code}."
        self.finish({"message": message, "failure": _refusal(status_code, message)})


class VersionHandler(APIHandler):
    """GET /workbench/version: what the page compares its own version with."""

    auth_resource = RESOURCE

    @web.authenticated
    @authorized("read", RESOURCE)  # type: ignore[untyped-decorator]
    async def get(self) -> None:
        self.finish({"version": __version__})


class EventsHandler(WebSocketMixin, websocket.WebSocketHandler, JupyterHandler):
    """GET /workbench/events, a WebSocket: `Subscribe` and `Unsubscribe` in, `Batch` out, many subscriptions a page.

    `?page=` is the name under which the page locks skills: what it locked goes with it.
    """

    auth_resource = RESOURCE

    def initialize(self, opening: Opener, pages: Pages) -> None:
        self._opening = opening
        self._pages = pages
        self._page = ""
        self._connected = False
        self._gone = False
        self._subscriptions: dict[str, asyncio.Task[None]] = {}

    @property
    def max_message_size(self) -> int:
        return MAX_MESSAGE

    @ws_authenticated
    async def get(self, *args: Any, **kwargs: Any) -> None:
        if not await ensure_async(self.authorizer.is_authorized(self, self.current_user, "read", RESOURCE)):
            raise web.HTTPError(403)
        self._page = self.get_query_argument("page", "")
        await self._pages.settled(self._page)
        await super().get(*args, **kwargs)

    def open(self, *args: Any, **kwargs: Any) -> None:
        super().open(*args, **kwargs)
        if self._page and not self._gone:  # one that went while it was being let in is told of the other way round
            self._connected = True
            self._pages.came(self._page)

    def on_message(self, message: str | bytes) -> None:
        request = _request(message)
        if request is None:
            self.close(1007, "not a subscription")
        elif isinstance(request, Unsubscribe):
            self._drop(request.unsubscribe)
        else:
            self._drop(request.sub)
            self._subscriptions[request.sub] = asyncio.create_task(self._follow(request))

    def on_close(self) -> None:
        self._gone = True
        for sub in list(self._subscriptions):
            self._drop(sub)
        if self._connected:
            self._pages.went(self._page)

    def _drop(self, sub: str) -> None:
        task = self._subscriptions.pop(sub, None)
        if task is not None:
            task.cancel()

    async def _follow(self, request: Subscribe) -> None:
        try:
            await topics.serve(self._admitted, request, self._send)
        except websocket.WebSocketClosedError:
            pass  # the page has left; it asks again from its last number
        finally:
            if self._subscriptions.get(request.sub) is asyncio.current_task():
                del self._subscriptions[request.sub]

    async def _admitted(self) -> Workbench:
        if len(self._subscriptions) > MAX_SUBSCRIPTIONS:
            raise Refused(
                "too_many", f"A page may follow {MAX_SUBSCRIPTIONS} topics at once.", remedy="Close some views."
            )
        return await self._opening()

    async def _send(self, batch: Batch) -> None:
        # Returns when the socket has taken it: a page that does not read holds up only itself.
        await self.write_message(batch.model_dump_json())


class WorkbenchServer(ExtensionApp):
    """The server extension: the handlers, and one open home that is closed with the server."""

    name = "workbench"
    description = Unicode("Agents, their sessions and what they cost.")

    def initialize_settings(self) -> None:
        # A kernel of this server has our front end beside it, so it opens no widgets.
        os.environ["WORKBENCH_SERVER"] = "1"
        self.opening = Opener()
        self.pages = Pages(self.opening.page_left)

    def initialize_handlers(self) -> None:
        with_home = {"opening": self.opening}
        self.handlers.extend(
            [
                (r"/workbench/call", CallHandler, with_home),
                (r"/workbench/events", EventsHandler, {**with_home, "pages": self.pages}),
                (r"/workbench/version", VersionHandler),
            ]
        )

    async def stop_extension(self) -> None:
        await self.pages.close()
        await self.opening.close()


def server_extension_points() -> list[dict[str, Any]]:
    """What Jupyter Server loads."""
    return [{"module": "workbench", "app": WorkbenchServer}]


def load_server_extension(server: ServerApp) -> None:
    """The same for a server that asks the module and not its extension points."""
    WorkbenchServer._load_jupyter_server_extension(server)  # type: ignore[no-untyped-call] # noqa: SLF001 - Jupyter's own name


def labextension_paths() -> list[dict[str, str]]:
    """What JupyterLab loads."""
    return [{"src": "labextension", "dest": "@jupyter-workbench/lab"}]


def _request(message: str | bytes) -> Subscribe | Unsubscribe | None:
    for shape in (Subscribe, Unsubscribe):
        try:
            return shape.model_validate_json(message)
        except ValidationError:
            continue
    return None


def _refusal(status: int, message: str) -> FailureDict:
    if status == 413:  # noqa: PLR2004 - the HTTP status
        remedy = "Send less, or put it into a file."
        return {"kind": "too_large", "message": message, "remedy": remedy, "facts": {"limit": MAX_BODY}}
    remedy = (
        "Reload the page to log in again." if status in (401, 403) else "The log of Jupyter Server has the details."
    )
    return {"kind": "http", "message": message, "remedy": remedy, "facts": {"status": status}}
