"""A view where our front end is not (VS Code, Colab): the same code, brought by the kernel over a comm.

Idea: each widget carries a stub of 1 kB; the first one on a page asks for the views' code, keyed by its hash, and all others
share it. Calls and subscriptions are the frames of the server's POST and WebSocket, as custom messages.

Invariants: no handler works on the thread that received its message (that may be the one on which cells run), all of it
goes to the pool's; and because a comm reaches every tab and never says that one has left, answers carry the page's own
ids and a widget keeps a bounded number of subscriptions, the oldest making room.
"""

from __future__ import annotations

import concurrent.futures
import functools
import hashlib
import threading
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets
from pydantic import ValidationError

from workbench.app import Workbench
from workbench.errors import FailureDict, NotFound, Refused, WorkbenchError
from workbench.hosts import topics
from workbench.hosts.answers import answer, refusal
from workbench.logs import LOGGER
from workbench.protocol.screen import Batch, Call, Subscribe, Unsubscribe, View

CODE: Final = Path(__file__).parent / "static" / "widget.js"
CHARTS: Final = CODE.with_name("charts.js")
"""What draws charts: three times as big as the views, so a page asks for it when it shows its first chart."""

MAX_SUBSCRIPTIONS: Final = 16

_STUB: Final = """\
const key = Symbol.for('workbench.widget.HASH');
const load = model => (globalThis[key] ??= new Promise((resolve, reject) => {
  const settle = (then, value) => {
    clearTimeout(timer);
    model.off('msg:custom', listen);
    then(value);
  };
  const listen = content => {
    if (content?.failure && 'code' in content) {
      settle(reject, new Error(`${content.failure.message} ${content.failure.remedy}`));
    } else if (content?.code) {
      const url = URL.createObjectURL(new Blob([content.code], { type: 'text/javascript' }));
      settle(resolve, import(url).finally(() => URL.revokeObjectURL(url)));
    }
  };
  const timer = setTimeout(() => settle(reject, new Error('The kernel does not answer. Run the cell again.')), 30000);
  model.on('msg:custom', listen);
  model.send({ code: true });
}));
export default {
  async render(context) {
    try {
      const views = await load(context.model);
      return views.default.render(context);
    } catch (error) {
      delete globalThis[key];
      context.el.textContent = `Workbench could not show this view: ${error.message}`;
    }
  }
};
"""


class ViewWidget(anywidget.AnyWidget):
    """One view of an open Workbench. Closing it ends its subscriptions."""

    _esm = traitlets.Unicode().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)

    def __init__(self, bench: Workbench, view: View) -> None:
        self._bench = bench
        self._guard = threading.Lock()
        self._subscriptions: dict[str, concurrent.futures.Future[None]] = {}
        super().__init__(view=view.model_dump())
        self.on_msg(self._receive)
        if hasattr(self.comm, "_reply_subshell_for"):
            # ipykernel 7.4 routes each message to the shell that last sent on this comm. That is the cells' own, and
            # a click would wait for the running cell: let the front end's choice stand.
            self.comm._reply_subshell_for = lambda _data, default: default  # noqa: SLF001

    @traitlets.default("_esm")
    def _default_esm(self) -> str:
        return _STUB.replace("HASH", _code_hash())

    def close(self) -> None:
        with self._guard:
            subscriptions = list(self._subscriptions.values())
            self._subscriptions.clear()
        for each in subscriptions:
            each.cancel()
        super().close()

    def _receive(self, _widget: ViewWidget, content: Any, _buffers: Any) -> None:
        """One message of a page, on whatever thread the kernel received it."""
        if isinstance(content, dict) and content.get("code") is True:
            self.send(_code_reply("code", CODE))
            return
        if isinstance(content, dict) and content.get("code") == "charts":
            self.send(_code_reply("charts", CHARTS))
            return
        request = _request(content)
        if isinstance(request, Call):
            self._call(request)
        elif isinstance(request, Unsubscribe):
            self._drop(request.unsubscribe)
        elif request is not None:
            self._follow(request)
        else:
            LOGGER.warning("A widget's message was neither a call nor a subscription.")

    def _call(self, call: Call) -> None:
        """Answers once, also where the bench has been closed, or is closed while the command runs."""
        try:
            work = self._bench.pool.submit(answer(self._opened, call, LOGGER))
        except WorkbenchError as error:
            self.send(refusal(call, error, LOGGER))
            return
        work.add_done_callback(
            lambda done: self.send(done.result() if not done.cancelled() else refusal(call, _CLOSED, LOGGER))
        )

    def _follow(self, request: Subscribe) -> None:
        self._drop(request.sub)
        try:
            pool = self._bench.pool
            with self._guard:
                oldest = next(iter(self._subscriptions)) if len(self._subscriptions) >= MAX_SUBSCRIPTIONS else None
                task = pool.submit(topics.serve(self._opened, request, self._send_batch))
                self._subscriptions[request.sub] = task
        except WorkbenchError as error:
            self._fail(request.sub, error)
            return
        task.add_done_callback(lambda done: self._forget(request.sub, done))
        if oldest is not None:
            self._drop(oldest)
            self._fail(oldest, _MADE_ROOM)

    def _drop(self, sub: str) -> None:
        with self._guard:
            task = self._subscriptions.pop(sub, None)
        if task is not None:
            task.cancel()

    def _forget(self, sub: str, done: concurrent.futures.Future[None]) -> None:
        with self._guard:
            mine = self._subscriptions.get(sub) is done
            if mine:
                del self._subscriptions[sub]
        if mine and done.cancelled():  # not by the page: the bench was closed
            self._fail(sub, _CLOSED)

    def _fail(self, sub: str, error: WorkbenchError) -> None:
        self.send(topics.failed(Subscribe(sub=sub, subscribe=""), 0, error).model_dump())

    async def _opened(self) -> Workbench:
        return self._bench

    async def _send_batch(self, batch: Batch) -> None:
        self.send(batch.model_dump())


_CLOSED: Final = Refused(
    "closed", "This Workbench has been closed.", remedy="Open it again with workbench.open(), then run the cell again."
)
_MADE_ROOM: Final = Refused(
    "too_many",
    f"This output is followed in more than {MAX_SUBSCRIPTIONS} places.",
    remedy="Close some tabs, then run the cell again.",
)


@functools.cache
def _code_hash() -> str:
    try:
        return hashlib.sha256(CODE.read_bytes()).hexdigest()[:16]
    except OSError:
        return "missing"


def _code_reply(name: str, file: Path) -> dict[str, str | FailureDict | None]:
    """Code for a page, under its name; read when a page asks, so that a kernel without pages never does."""
    try:
        return {name: file.read_text("utf-8")}
    except OSError as error:
        missing = NotFound(
            f"The views' code {file} cannot be read: {error.strerror}.",
            remedy="Install jupyter-workbench again; in a checkout, run: make setup.",
            path=str(file),
        )
        return {name: None, "failure": missing.to_dict()}


def _request(content: Any) -> Call | Subscribe | Unsubscribe | None:
    for shape in (Call, Subscribe, Unsubscribe):
        try:
            return shape.model_validate(content)
        except ValidationError:
            continue
    return None
