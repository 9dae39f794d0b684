"""The replay provider: plays recorded runs through the real sidecar, so that everything works without a key.

The n-th run of a session plays the n-th run of its recording (`options.recording`, by default the tour), at
`options.speed` times the recorded pace (0: as fast as it is read). `flood` is made up instead: `options.events` words at
`options.rate` a second. The same requests and answers give the same events; nothing but the ids of runs and questions
differs.

A recording cannot change course. A permission and a question are really asked; where the answer differs from the recorded
one, the play goes on as recorded and says so in a notice. A denied tool fails, and what the recording says of its
doings is left out. A stop ends the run where it is; a steer is acknowledged in a notice.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from workbench.errors import InvalidRequest, NoRecording
from workbench.protocol import wire
from workbench.sidecar.provider import Answer, Capabilities, Outcome, Turn
from workbench.sidecar.recording import DEFAULT, RecordedRun, Recording, find, flood

FLOOD: Final = "flood"
FLOOD_EVENTS: Final = 1000

_PREFIX: Final = "replay:"
_BURST: Final = 64
_EDITS: Final = frozenset({"Edit", "MultiEdit", "NotebookEdit", "Write"})
_TITLE_LENGTH: Final = 60


def create() -> Replay:
    """The provider, as `provider.load` makes it."""
    return Replay()


class Replay:
    """One session that is played; implements `provider.Provider`."""

    name = "replay"
    capabilities = Capabilities(
        thinking=True,
        tools=True,
        permissions=True,
        questions=True,
        steer=True,
        resume=True,
        skills=True,
        cost=True,
        offline=True,
    )

    def __init__(self) -> None:
        self._recording: Recording | None = None
        self._name = DEFAULT
        self._played = 0
        self._performance: Performance | None = None
        self._permission_mode: str | None = None
        self._context: dict[str, Any] = {}

    async def run(self, turn: Turn) -> Outcome:
        """Plays the next recorded run."""
        options = turn.request.get("options") or {}
        self._go_to(turn.request.get("resume"), options.get("recording"))
        recorded = self._next(options)
        self._played += 1
        performance = Performance(
            turn,
            recorded,
            speed=_number(options, "speed", 1.0),
            provider_session=f"{_PREFIX}{self._name}:{self._played}",
            permission_mode=turn.request.get("permissionMode") or self._permission_mode,
        )
        self._performance = performance
        try:
            return await performance.play()
        finally:
            self._performance = None
            self._context = performance.context

    async def interrupt(self) -> None:
        """The run ends where it is."""
        if self._performance:
            self._performance.stop.set()

    async def steer(self, prompt: str) -> bool:
        """Acknowledged with a notice."""
        if self._performance:
            self._performance.note(f"Heard: “{prompt}”. This is a recording, so the agent goes on as it did then.")
        return self._performance is not None

    async def update(self, config: wire.UpdateConfig) -> None:
        """The permission mode holds from the next question on; the model stays the recorded one."""
        if "permissionMode" in config:
            self._permission_mode = config["permissionMode"]
            if self._performance:
                self._performance.permission_mode = self._permission_mode

    async def models(self) -> list[dict[str, Any]]:
        """One: whatever was recorded."""
        return [{"id": "recorded", "label": "As recorded", "description": "Plays a recorded run.", "default": True}]

    async def commands(self) -> list[dict[str, Any]]:
        """None."""
        return []

    async def title(self, text: str) -> str:
        """The beginning of the text, cut at a word."""
        line = " ".join(text.split())
        return line if len(line) <= _TITLE_LENGTH else line[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"

    async def context_usage(self) -> dict[str, Any]:
        """As the recording said last."""
        return self._context

    async def close(self) -> None:
        """Nothing is held."""

    def _go_to(self, resume: str | None, named: object) -> None:
        """Where the session stands: where `resume` says, in the recording that the options name, else at the beginning."""
        if resume and self._recording is None and not self._played:
            self._name, self._played = _place(resume)
        if named is not None and named != self._name:
            self._name, self._played, self._recording = str(named), 0, None

    def _next(self, options: dict[str, Any]) -> RecordedRun:
        if self._name == FLOOD:
            return flood(int(_number(options, "events", FLOOD_EVENTS)), _number(options, "rate", 0.0))
        if self._recording is None:
            self._recording = find(self._name)
        runs = self._recording.runs
        if self._played >= len(runs):
            raise NoRecording(
                f"The recording {self._name!r} has {len(runs)} {'run' if len(runs) == 1 else 'runs'}, and all have been played.",
                remedy="Start a new session to see it again, or choose another provider.",
                recording=self._name,
                runs=len(runs),
            )
        return runs[self._played]


class Performance:
    """One recorded run on its way out."""

    def __init__(
        self, turn: Turn, recorded: RecordedRun, *, speed: float, provider_session: str, permission_mode: str | None
    ) -> None:
        self.stop = asyncio.Event()
        self.context: dict[str, Any] = {}
        self.permission_mode = permission_mode
        self._turn = turn
        self._recorded = recorded
        self._speed = speed
        self._info = {"provider": "replay", "providerSessionId": provider_session}
        self._introduced = False
        self._questions = 0
        self._denied: set[str] = set()

    def note(self, message: str) -> None:
        """A sentence of the player, not of the agent."""
        self._turn.emit("notice", severity="info", code="replay", message=message)

    async def play(self) -> Outcome:
        """Emits every step when it is due; ends with the recorded outcome, or at a stop."""
        now = asyncio.get_running_loop().time
        due = now()
        for number, step in enumerate(self._recorded.steps):
            if self._speed:
                due += step.gap_ms / 1000 / self._speed
            if due > now():
                await self._until(due)
            elif number % _BURST == 0:
                await asyncio.sleep(0)
                await self._turn.drain()
            if self.stop.is_set():
                return Outcome("aborted", {"reason": "stopped"})
            fields = {key: value for key, value in step.event.items() if key not in ("type", "id")}
            kind = step.event["type"]
            if kind in wire.TERMINAL:
                return Outcome(kind, fields)
            if kind in ("permissionRequest", "userInputRequest"):
                await self._ask(kind, fields)
                due = now()
            else:
                self._show(kind, fields)
        return Outcome("aborted", {"reason": "recording_ends"})

    async def _until(self, due: float) -> None:
        try:
            async with asyncio.timeout_at(due):
                await self.stop.wait()
        except TimeoutError:
            pass

    def _show(self, kind: str, fields: dict[str, Any]) -> None:
        if not self._introduced and kind != "session_info_update":
            self._turn.emit("session_info_update", **self._info)
            self._introduced = True
        if kind == "session_info_update":
            self._introduce(fields)
        elif kind == "usage_update":
            self.context = {name: fields[key] for name, key in _CONTEXT.items() if key in fields}
            self._turn.emit(kind, **fields)
        elif self._denied.isdisjoint((fields.get("toolCallId"), fields.get("parent"))):
            self._turn.emit(kind, **fields)

    def _introduce(self, fields: dict[str, Any]) -> None:
        self._turn.emit("session_info_update", **{**fields, **self._info})
        wanted, recorded = self._turn.request.get("model"), fields.get("model")
        if not self._introduced and wanted not in (None, "", "recorded", recorded):
            self.note(f"This is a recording made with {recorded}; {wanted} was not asked.")
        self._introduced = True

    async def _ask(self, kind: str, fields: dict[str, Any]) -> None:
        self._questions += 1
        if kind == "permissionRequest":
            await self._ask_permission(f"{self._turn.id}-p{self._questions}", fields)
        else:
            await self._ask_input(f"{self._turn.id}-q{self._questions}", fields)

    async def _ask_permission(self, permission: str, fields: dict[str, Any]) -> None:
        recorded = self._recorded.answers.get(str(fields.pop("permissionId", "")), {}).get("behavior", "allow")
        tool, tool_input = str(fields.pop("toolName", "")), fields.pop("toolInput", {})
        if self._goes_without_asking(tool):
            return
        answer = await self._turn.ask_permission(permission, tool, tool_input, **fields)
        if answer.behavior == recorded or self.stop.is_set():
            return
        if answer.behavior == "deny":
            self._fail(fields.get("toolCallId"), answer)
            self.note(
                f"{tool} was denied. When this was recorded it was allowed, and the agent goes on as it did then."
            )
        else:
            self.note(
                f"{tool} was allowed. When this was recorded it was denied, and the agent goes on as it did then."
            )

    def _goes_without_asking(self, tool: str) -> bool:
        mode, allowed = self.permission_mode, self._turn.request.get("allowedTools") or ()
        return mode == "bypass" or tool in allowed or (mode == "accept_edits" and tool in _EDITS)

    def _fail(self, call: object, answer: Answer) -> None:
        if isinstance(call, str):
            self._denied.add(call)
            text = {"type": "text", "text": answer.message or "The person denied this."}
            content = [{"type": "content", "content": text}]
            self._turn.emit("tool_call_update", toolCallId=call, status="failed", content=content)

    async def _ask_input(self, question: str, fields: dict[str, Any]) -> None:
        recorded = self._recorded.answers.get(str(fields.pop("userInputId", "")), {}).get("content")
        answer = await self._turn.ask_input(question, fields.pop("questions", []), **fields)
        if self.stop.is_set() or recorded is None or answer.content == recorded:
            return
        then = "; ".join(str(value) for value in recorded.values())
        self.note(f"When this was recorded the answer was “{then}”, and the agent goes on as it did then.")


_CONTEXT: Final = {"used": "contextUsed", "size": "contextSize"}


def _place(resume: str) -> tuple[str, int]:
    """The recording and the number of runs played, of what `session_info_update` gave as `providerSessionId`."""
    name, _, played = resume.removeprefix(_PREFIX).rpartition(":")
    if not resume.startswith(_PREFIX) or not name or not played.isdecimal():
        raise InvalidRequest(
            f"{resume!r} is not a session that replay can go on with.",
            remedy="Start a new session, or choose the provider that made this one.",
        )
    return name, int(played)


def _number(options: dict[str, Any], key: str, default: float) -> float:
    value = options.get(key)
    if value is None:
        return default
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise InvalidRequest(
            f"options.{key} is {value!r}.", remedy=f"Give options.{key} as a number that is zero or more."
        )
    return value
