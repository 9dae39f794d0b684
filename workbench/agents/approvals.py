"""What an agent has asked and nobody has answered yet.

Idea: a question is open from its `permissionRequest` or `userInputRequest` until its `...Resolved`, the end of its run,
or the exit of its process; all of those are records, so every host that reads the transcript lists the same questions.
Invariant: this is bookkeeping and decides nothing. Who answers first is decided by the shim, whose duplicate rule
accepts one answer a question; `answered` remembers that answer until the sidecar confirms it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from workbench.protocol.wire import INPUT_PREFIX, PERMISSION_PREFIX, TERMINAL

_ASKED: Final = {"permissionRequest": ("permission", "permissionId"), "userInputRequest": ("question", "userInputId")}
_RESOLVED: Final = {"permissionResolved": "permissionId", "userInputResolved": "userInputId"}


@dataclass(frozen=True)
class Waiting:
    """One open question: `request` is the event as the agent sent it, `answer` the answer that was sent, if any."""

    id: str
    kind: Literal["permission", "question"]
    run: str
    seq: int
    asked: int
    """Milliseconds since 1970."""
    request: dict[str, Any]
    answer: dict[str, Any] | None = None


class Approvals:
    """The open questions of one session; feed it every record, in order."""

    def __init__(self) -> None:
        self._open: dict[str, Waiting] = {}

    @property
    def waiting(self) -> list[Waiting]:
        """The questions that nobody has answered, in the order they were asked."""
        return [question for question in self._open.values() if question.answer is None]

    @property
    def answered(self) -> list[Waiting]:
        """The questions whose answer is on its way to the agent."""
        return [question for question in self._open.values() if question.answer is not None]

    def find(self, question_id: str) -> Waiting | None:
        return self._open.get(question_id)

    def feed(self, record: Mapping[str, Any]) -> bool:
        """Takes one record; True when it opened, answered or closed a question."""
        frame = record.get("f")
        if not isinstance(frame, dict):
            return False
        kind = frame.get("type")
        match record.get("d"):
            case "in":
                return self._answer(frame)
            case "shim":
                return self._drop(lambda _: True)
            case _ if kind in _ASKED:
                return self._ask(kind, frame, record)
            case _ if kind in _RESOLVED:
                return self._open.pop(str(frame.get(_RESOLVED[kind])), None) is not None
        return kind in TERMINAL and self._drop(lambda question: question.run == frame.get("id"))

    def _ask(self, kind: str, frame: dict[str, Any], record: Mapping[str, Any]) -> bool:
        name, key = _ASKED[kind]
        question_id = frame.get(key)
        if not isinstance(question_id, str):
            return False
        self._open[question_id] = Waiting(
            id=question_id,
            kind="permission" if name == "permission" else "question",
            run=str(frame.get("id", "")),
            seq=int(record.get("seq", 0)),
            asked=int(record.get("t", 0)),
            request=frame,
        )
        return True

    def _answer(self, frame: dict[str, Any]) -> bool:
        request_id = str(frame.get("id", ""))
        for prefix in (PERMISSION_PREFIX, INPUT_PREFIX):
            question = self._open.get(request_id.removeprefix(prefix)) if request_id.startswith(prefix) else None
            if question is not None and question.answer is None:
                self._open[question.id] = replace(question, answer=frame.get("params") or {})
                return True
        return False

    def _drop(self, over: Callable[[Waiting], bool]) -> bool:
        closed = [question.id for question in self._open.values() if over(question)]
        for question_id in closed:
            del self._open[question_id]
        return bool(closed)
