"""The sidecar's main loop: requests in, events out, and nothing that a provider does can stop it.

Every request is served by a task of its own, so a stop or a steer never waits for the turn it is about. Invariants: every
line in has its answer (a reply, an error, or for a run its one terminal event); an error in a provider ends at most the
request that it belongs to; the id of a run is never used for anything else.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec

from workbench.errors import InvalidRequest, NotFound, Refused, WorkbenchError, failure_of
from workbench.protocol import wire
from workbench.protocol.frames import LineFramer, Oversize
from workbench.sidecar.emitter import Emitter
from workbench.sidecar.provider import Answer, Outcome, Provider
from workbench.sidecar.turns import OpenTurn, Questions

log = logging.getLogger("workbench.sidecar")

_STOP_SECONDS: Final = 0.6
_CLOSE_SECONDS: Final = 5.0
"""Leaving takes 6.8 s at most, of the 8 that the ladder gives before it kills. A vendor's program dies when we leave: it has
all of this time to write its own records, the ladder's SIGTERM after 3 s included.
"""
_SHOWN_CHARACTERS: Final = 200
_decode: Final = msgspec.json.Decoder().decode

_Handler = Callable[[str, dict[str, Any]], Awaitable[None]]


class Dispatcher:
    """One provider, one session, at most one open turn."""

    def __init__(self, provider: Provider, emitter: Emitter, *, heartbeat_s: float) -> None:
        self.finished = asyncio.Event()
        """Set when the process should leave: after a shutdown request, or when stdin has ended."""
        self._provider = provider
        self._emitter = emitter
        self._heartbeat_s = heartbeat_s
        self._ending: asyncio.Task[None] | None = None
        self._framer = LineFramer()
        self._questions = Questions()
        self._turn: OpenTurn | None = None
        self._turn_task: asyncio.Task[None] | None = None
        self._runs: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._handlers: dict[str, _Handler] = {
            "generateTitle": self._generate_title,
            "listModels": self._list_models,
            "listCommands": self._list_commands,
            "contextUsage": self._context_usage,
            "stopSession": self._stop,
            "steerSession": self._steer,
            "updateConfig": self._update,
            "permissionResponse": self._permission_response,
            "userInputResponse": self._input_response,
            "shutdown": self._shutdown,
            "ping": self._ping,
        }

    # -- lines in ---------------------------------------------------------------------------------------------------

    def feed(self, chunk: bytes) -> None:
        """Takes what stdin gave, and serves the requests that it completes."""
        for line in self._framer.feed(chunk):
            self._take(line)

    def eof(self) -> None:
        """Stdin has ended: the host is gone or wants us gone."""
        torn = self._framer.close()
        if torn is not None:
            self._take(torn)
        self._start(self._leave())

    def _take(self, line: bytes | Oversize) -> None:
        head = line.head if isinstance(line, Oversize) else line
        try:
            if isinstance(line, Oversize):
                raise InvalidRequest(f"A line of {line.size} bytes is too long.", remedy="Send at most 16 MiB a line.")
            if line.strip():
                self._route(*_parse(line))
        except WorkbenchError as error:
            shown = head.decode("utf-8", "replace")[:_SHOWN_CHARACTERS]
            failure = error.to_dict()
            self._emitter.emit("error", None, {**failure, "facts": {**failure["facts"], "line": shown}})

    def _route(self, request: str, method: str, params: Any) -> None:
        if request in self._runs:
            raise Refused(
                "duplicate",
                f"The id {request!r} belongs to a run.",
                remedy="Give every request an id of its own.",
                id=request,
            )
        if not isinstance(params, dict):
            self._refuse(request, InvalidRequest("'params' is not an object.", remedy="Give the parameters by name."))
        elif method == "sendMessage":
            self._open(request, params)
        elif method in self._handlers:
            self._start(self._serve(request, method, params))
        else:
            known = ", ".join(sorted(wire.METHODS))
            self._refuse(
                request, InvalidRequest(f"There is no method named {method!r}.", remedy=f"Use one of: {known}.")
            )

    def _refuse(self, request: str, problem: WorkbenchError) -> None:
        self._emitter.emit("error", request, {**problem.to_dict()})

    async def _serve(self, request: str, method: str, params: dict[str, Any]) -> None:
        """One request that is not a run: it ends in its reply, or in an error with its id."""
        try:
            await self._handlers[method](request, params)
        except Exception as error:  # noqa: BLE001 - supervision: a provider's failure must not end the process
            self._report(error, f"{method} failed")
            self._emitter.emit("error", request, {**failure_of(error)})

    # -- runs -------------------------------------------------------------------------------------------------------

    def _open(self, run: str, params: dict[str, Any]) -> None:
        self._runs.add(run)
        turn = OpenTurn(run, params, self._emitter, self._questions)  # type: ignore[arg-type] # checked just below
        try:
            _text(params, "prompt")
            if self._turn is not None:
                raise Refused("busy", "A run is still open.", remedy="Stop it, or wait for its end.", run=self._turn.id)
            if self._ending is not None:
                raise Refused("closing", "The sidecar is leaving.", remedy="Start the session again.")
        except WorkbenchError as error:
            turn.end(Outcome("error", {**error.to_dict()}))
            return
        self._turn = turn
        self._turn_task = self._start(self._play(turn))

    async def _play(self, turn: OpenTurn) -> None:
        """Runs a turn to its one terminal event, whatever its provider does."""
        heart = asyncio.create_task(self._beat(turn))
        try:
            outcome = await self._provider.run(turn)
        except asyncio.CancelledError:
            outcome = Outcome("aborted", {"reason": "cancelled"})
        except (Exception, SystemExit) as error:  # noqa: BLE001 - supervision: the run fails, the process lives
            self._report(error, f"Run {turn.id} failed")
            outcome = Outcome("error", {**failure_of(error)})
        finally:
            heart.cancel()
        self._turn = None
        turn.end(outcome)

    async def _beat(self, turn: OpenTurn) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_s)
            turn.emit("heartbeat")

    async def _stop(self, request: str, _params: dict[str, Any]) -> None:
        turn = self._turn
        if turn is not None:
            turn.dismiss("user")
            await self._provider.interrupt()
        self._reply("stopped", request, {"run": turn.id if turn else None})

    async def _steer(self, request: str, params: dict[str, Any]) -> None:
        prompt = _text(params, "prompt")
        turn = self._turn
        if turn is None:
            self._emitter.emit("steered", request, {"accepted": False, "reason": "No run is open."})
        elif await self._provider.steer(prompt):
            self._emitter.emit("steered", request, {"accepted": True, "run": turn.id})
        else:
            reason = f"{self._provider.name} cannot take guidance now."
            self._emitter.emit("steered", request, {"accepted": False, "run": turn.id, "reason": reason})

    # -- answers ----------------------------------------------------------------------------------------------------

    async def _permission_response(self, _request: str, params: dict[str, Any]) -> None:
        permission = _text(params, "permissionId")
        behavior = params.get("behavior")
        if behavior not in ("allow", "deny"):
            raise InvalidRequest("An answer is 'allow' or 'deny'.", remedy="Set behavior to one of them.")
        answer = Answer(
            behavior,
            "user",
            str(params.get("message") or ""),
            params.get("updatedInput"),
            remember=bool(params.get("remember")),
        )
        self._answer(wire.PERMISSION_PREFIX + permission, answer)

    async def _input_response(self, _request: str, params: dict[str, Any]) -> None:
        question = _text(params, "userInputId")
        action = params.get("action")
        if action not in ("submit", "decline", "cancel"):
            raise InvalidRequest("An action is 'submit', 'decline' or 'cancel'.", remedy="Set action to one of them.")
        content = params.get("content")
        answer = Answer("allow", "user", "", content or {}) if action == "submit" else Answer("deny", "user", action)
        self._answer(wire.INPUT_PREFIX + question, answer)

    def _answer(self, question: str, answer: Answer) -> None:
        """The resolution is an event of the run, and this request's reply; an answer that nobody awaits is an error."""
        if not self._questions.answer(question, answer):
            raise NotFound(
                "Nobody waits for this answer: it was given before, the time was up, or the run has ended.",
                remedy="Look at the run's last events.",
                question=question,
            )

    # -- what the provider knows ------------------------------------------------------------------------------------

    async def _generate_title(self, request: str, params: dict[str, Any]) -> None:
        self._reply("titleGenerated", request, await self._provider.title(_text(params, "text")))

    async def _list_models(self, request: str, _params: dict[str, Any]) -> None:
        self._reply("modelsListed", request, await self._provider.models())

    async def _list_commands(self, request: str, _params: dict[str, Any]) -> None:
        self._reply("commandsListed", request, await self._provider.commands())

    async def _context_usage(self, request: str, _params: dict[str, Any]) -> None:
        self._reply("contextUsageResult", request, await self._provider.context_usage())

    async def _update(self, request: str, params: dict[str, Any]) -> None:
        await self._provider.update(params)  # type: ignore[arg-type] # a TypedDict without required keys; read with .get
        self._reply("configUpdated", request, None)

    async def _ping(self, request: str, _params: dict[str, Any]) -> None:
        self._reply("pong", request, None)

    def _reply(self, kind: str, request: str, result: Any) -> None:
        self._emitter.emit(kind, request, {} if result is None else {"result": result})

    # -- leaving ----------------------------------------------------------------------------------------------------

    async def _shutdown(self, request: str, _params: dict[str, Any]) -> None:
        await self._end_all()
        self._reply("pong", request, None)
        self.finished.set()

    async def _leave(self) -> None:
        await self._end_all()
        self.finished.set()

    async def _end_all(self) -> None:
        """Ends everything, once: who asks again (stdin ends while a shutdown is under way) waits for the same end."""
        if self._ending is None:
            self._ending = self._start(self._end())
        await asyncio.shield(self._ending)

    async def _end(self) -> None:
        """Ends the open turn, then the provider, each within its seconds."""
        if self._turn is not None and self._turn_task is not None:
            self._turn.dismiss("policy")
            await self._bounded(self._provider.interrupt(), _STOP_SECONDS, "Interrupting the run")
            await asyncio.wait([self._turn_task], timeout=_STOP_SECONDS)
            self._turn_task.cancel()
            await asyncio.wait([self._turn_task], timeout=_STOP_SECONDS)
            if self._turn is not None:  # it refuses to be cancelled
                self._turn.end(Outcome("aborted", {"reason": "cancelled"}))
        await self._bounded(self._provider.close(), _CLOSE_SECONDS, "Closing the provider")

    async def _bounded(self, work: Awaitable[None], seconds: float, what: str) -> None:
        try:
            async with asyncio.timeout(seconds):
                await work
        except TimeoutError:
            log.warning("%s took more than %g s; it is left.", what, seconds)
        except Exception as error:  # noqa: BLE001 - supervision: leaving goes on whatever a provider does
            self._report(error, f"{what} failed")

    def _start(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)  # the loop itself keeps only weak references
        task.add_done_callback(self._tasks.discard)
        return task

    def _report(self, error: BaseException, what: str) -> None:
        """To the log: a failure that we name is one line, any other comes with its trace."""
        if isinstance(error, WorkbenchError):
            log.warning("%s: %s", what, error)
        else:
            log.error(what, exc_info=error)


def _parse(line: bytes) -> tuple[str, str, Any]:
    """A request's id, method and params; raises InvalidRequest for a line that names nobody to answer."""
    try:
        value = _decode(line)
    except (msgspec.DecodeError, RecursionError) as error:
        raise InvalidRequest(f"A line is not JSON: {error}.", remedy="Send one JSON object a line.") from error
    match value:
        case {"id": str(request), "method": str(method)} if request:
            return request, method, value.get("params", {})
    raise InvalidRequest(
        "A line is not a request.", remedy='Send {"id": text, "method": text, "params": object} on one line.'
    )


def _text(params: dict[str, Any], key: str) -> str:
    value = params.get(key)
    if not isinstance(value, str) or not value:
        raise InvalidRequest(f"{key!r} is missing.", remedy=f"Give it as text in params.{key}.")
    return value
