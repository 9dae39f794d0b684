"""A recorded run on its way out: each event when it is due, each question really asked, each edit done again.

Invariant: what is shown as done is done; where that cannot be, the run ends in `replay_diverged`, or goes on by the
branch that was recorded for a denial.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from workbench.errors import ReplayDiverged
from workbench.protocol import wire
from workbench.sidecar.effects import DENIED, Effects, diverged
from workbench.sidecar.provider import Answer, Outcome, Turn
from workbench.sidecar.recording import RecordedRun, Step

_BURST: Final = 64
_EDITS: Final = frozenset({"Edit", "MultiEdit", "NotebookEdit", "Write"})
_CONTEXT: Final = {"used": "contextUsed", "size": "contextSize"}
_ASKING: Final = frozenset({"permissionRequest", "userInputRequest"})


class Performance:
    """One recorded run on its way out."""

    def __init__(
        self,
        turn: Turn,
        recorded: RecordedRun,
        effects: Effects,
        *,
        denied: RecordedRun | None,
        speed: float,
        provider_session: str,
        permission_mode: str | None,
    ) -> None:
        """`denied` is how the run goes on where a tool that changes files is denied."""
        self.stop = asyncio.Event()
        self.context: dict[str, Any] = {}
        self.permission_mode = permission_mode
        self._turn = turn
        self._recorded = recorded
        self._effects = effects
        self._branch = denied
        self._speed = speed
        self._info = {"provider": "replay", "providerSessionId": provider_session}
        self._introduced = False
        self._questions = 0
        self._denied: set[str] = set()
        self._asked: set[str] = set()

    def note(self, message: str) -> None:
        """A sentence of the player, not of the agent."""
        self._turn.emit("notice", severity="info", code="replay", message=message)

    async def play(self) -> Outcome:
        """Emits every step when it is due; ends with the recorded outcome, or at a stop."""
        now = asyncio.get_running_loop().time
        due, steps, number = now(), iter(self._recorded.steps), 0
        while (step := next(steps, None)) is not None:
            due = await self._wait(step, due, number)
            number += 1
            if self.stop.is_set():
                return Outcome("aborted", {"reason": "stopped"})
            try:
                outcome = await self._take(step)
            except ReplayDiverged as problem:
                steps = iter(self._branch_at(problem).steps)
            else:
                if outcome is not None:
                    return outcome
            if step.event["type"] in _ASKING:
                due = now()
        return Outcome("aborted", {"reason": "recording_ends"})

    def _branch_at(self, problem: ReplayDiverged) -> RecordedRun:
        """How the run goes on from here; raises the problem where that was not recorded."""
        if self._branch is None or problem.facts["cause"] != DENIED:
            raise problem
        self._recorded, self._branch = self._branch, None
        return self._recorded

    async def _wait(self, step: Step, due: float, number: int) -> float:
        """Returns when the step is due (or the run is stopped), and when that was."""
        now = asyncio.get_running_loop().time
        if self._speed:
            due += step.gap_ms / 1000 / self._speed
        if due > now():
            await self._until(due)
        elif number % _BURST == 0:
            await asyncio.sleep(0)
            await self._turn.drain()
        return due

    async def _take(self, step: Step) -> Outcome | None:
        """One event; the outcome if it is the last."""
        fields = {key: value for key, value in step.event.items() if key not in ("type", "id")}
        kind = step.event["type"]
        if kind in wire.TERMINAL:
            if kind == "end":
                self._effects.finish()
            return Outcome(kind, fields)
        if kind in _ASKING:
            await self._ask(kind, fields)
            return None
        if kind in ("tool_call", "tool_call_update") and self._effects.wanted:
            self._effects.follow(kind, fields)
            if fields.get("status") == "completed" and fields.get("toolCallId") not in self._denied:
                await self._complete(str(fields.get("toolCallId")), fields)
        self._show(kind, fields)
        return None

    async def _complete(self, call: str, fields: dict[str, Any]) -> None:
        """A call has completed in the recording: what it did is done before it is shown."""
        tool, tool_input = self._effects.call(call)
        if self._effects.verdict(tool, tool_input).behavior == "ask" and call not in self._asked:
            await self._ask("permissionRequest", {"toolName": tool, "toolInput": tool_input, "toolCallId": call})
        try:
            self._effects.perform(call, fields.get("content"))
        except ReplayDiverged as problem:
            self._fail(call, problem.message)
            raise

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
            self.context |= {name: fields[key] for name, key in _CONTEXT.items() if key in fields}
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
        verdict = self._effects.verdict(tool, tool_input)
        if verdict.behavior == "allow" or (verdict.behavior == "mode" and self._goes_without_asking(tool)):
            return
        if verdict.behavior == "deny":
            answer = Answer("deny", "policy", verdict.reason)
        else:
            self._asked.add(str(fields.get("toolCallId")))
            answer = await self._turn.ask_permission(permission, tool, tool_input, **fields)
        if answer.behavior == recorded or self.stop.is_set():
            return
        if answer.behavior == "deny":
            self._fail(fields.get("toolCallId"), answer.message)
            if verdict.behavior != "mode":
                raise diverged(f"{tool} was denied, and when this was recorded it was allowed.", DENIED, tool=tool)
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

    def _fail(self, call: object, why: str) -> None:
        if isinstance(call, str):
            self._denied.add(call)
            text = {"type": "text", "text": why or "The person denied this."}
            content = [{"type": "content", "content": text}]
            self._turn.emit("tool_call_update", toolCallId=call, status="failed", content=content)

    async def _ask_input(self, question: str, fields: dict[str, Any]) -> None:
        recorded = self._recorded.answers.get(str(fields.pop("userInputId", "")), {}).get("content")
        answer = await self._turn.ask_input(question, fields.pop("questions", []), **fields)
        if self.stop.is_set() or recorded is None or answer.content == recorded:
            return
        then = "; ".join(str(value) for value in recorded.values())
        self.note(f"When this was recorded the answer was “{then}”, and the agent goes on as it did then.")
