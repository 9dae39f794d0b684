"""An open turn as its provider sees it, and the questions that wait for a person.

Invariants: nothing of a turn leaves after its terminal event; every question is asked once and resolved once, by a
person, by the time limit or by policy, and its resolution is an event of the turn.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any, Final, Literal

from workbench.protocol import wire
from workbench.sidecar.emitter import Emitter
from workbench.sidecar.provider import Answer, Outcome

log = logging.getLogger("workbench.sidecar")

ASK_SECONDS: Final = 1800.0
"""How long a question waits for a person when the request does not say."""

_ACTIONS: Final = ("submit", "decline", "cancel")


class Questions:
    """The questions that wait, by their wire id (`perm:...`, `input:...`), and the tools that were allowed for good."""

    def __init__(self) -> None:
        self.allowed: set[str] = set()
        self._waiting: dict[str, asyncio.Future[Answer]] = {}

    def answer(self, question: str, answer: Answer) -> bool:
        """Gives the answer to who waits for it; False when nobody does."""
        waiting = self._waiting.get(question)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(answer)
        return True

    def dismiss(self, answer: Answer) -> None:
        """Gives the same answer to all that wait."""
        for question in list(self._waiting):
            self.answer(question, answer)

    async def wait(self, question: str, seconds: float) -> Answer:
        """The answer to a question; after `seconds` without one, a denial."""
        if seconds <= 0:
            return Answer("deny", "timeout", "There is nobody to ask.")
        if question in self._waiting:
            raise ValueError(f"the question {question} has been asked before and still waits")
        waiting: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiting[question] = waiting
        try:
            async with asyncio.timeout(seconds):
                return await waiting
        except TimeoutError:
            return Answer("deny", "timeout", f"Nobody answered within {seconds:g} seconds.")
        finally:
            del self._waiting[question]


class OpenTurn:
    """One run, from its sendMessage to its terminal event; implements `provider.Turn`."""

    def __init__(self, run: str, request: wire.SendMessage, emitter: Emitter, questions: Questions) -> None:
        self.id = run
        self.request = request
        self.ended = False
        self._dismissal: Answer | None = None
        self._emitter = emitter
        self._questions = questions

    def emit(self, kind: str, /, **fields: Any) -> None:
        """Sends one event of this turn; late ones, and terminal ones that are not an Outcome, are dropped and logged."""
        if self.ended or kind in wire.TERMINAL:
            why = "after the end of" if self.ended else "which only an Outcome may send, in"
            log.warning("Dropped the %s event %s run %s.", kind, why, self.id)
            return
        self._emitter.emit(kind, self.id, fields)

    def end(self, outcome: Outcome) -> None:
        """Sends the terminal event; there is exactly one."""
        if not self.ended:
            self.ended = True
            self._emitter.emit(outcome.type, self.id, outcome.fields)

    def dismiss(self, by: Literal["user", "policy"]) -> None:
        """Denies what waits and what may still be asked: the turn is being stopped."""
        self._dismissal = Answer("deny", by, "The run was stopped.")
        self._questions.dismiss(self._dismissal)

    async def drain(self) -> None:
        """Waits until the host has taken most of what was emitted."""
        await self._emitter.drain()

    async def ask_permission(self, permission_id: str, tool: str, tool_input: dict[str, Any], **fields: Any) -> Answer:
        """Asks whether `tool` may be used; one that was allowed for good is not asked about again."""
        self.emit("permissionRequest", permissionId=permission_id, toolName=tool, toolInput=tool_input, **fields)
        answer = Answer("deny", "policy", "The turn was cancelled.")
        try:
            if tool in self._questions.allowed and not self._dismissal:
                answer = Answer("allow", "policy", "Allowed for the rest of this session.")
            else:
                answer = await self._wait(wire.PERMISSION_PREFIX + permission_id)
        finally:
            self.emit("permissionResolved", permissionId=permission_id, behavior=answer.behavior, by=answer.by)
        if answer.behavior == "allow" and answer.remember:
            self._questions.allowed.add(tool)
        return answer

    async def ask_input(self, input_id: str, questions: list[wire.Question], **fields: Any) -> Answer:
        """Asks the person; a denial's `message` is `decline` or `cancel`."""
        self.emit("userInputRequest", userInputId=input_id, questions=questions, **fields)
        answer = Answer("deny", "policy", "cancel")
        try:
            answer = await self._wait(wire.INPUT_PREFIX + input_id)
        finally:
            declined = answer.message if answer.message in _ACTIONS else "cancel"
            action = "submit" if answer.behavior == "allow" else declined
            self.emit("userInputResolved", userInputId=input_id, action=action, by=answer.by)
        return answer

    async def _wait(self, question: str) -> Answer:
        if self._dismissal:
            return self._dismissal
        return await self._questions.wait(question, self.request.get("permissionTimeoutS", ASK_SECONDS))
