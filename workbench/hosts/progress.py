"""What a run amounts to so far: a small fold over the records of its session, for the handle in a notebook.

Pure, and tolerant of what it does not know: the ledger has its own, complete fold (`agents/run.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Literal

from workbench.errors import SessionGone, WorkbenchError, error_of
from workbench.protocol.wire import TERMINAL

Status = Literal["running", "completed", "aborted", "error", "interrupted"]

_STATUS: Final[dict[str, Status]] = {"end": "completed", "aborted": "aborted", "error": "error", "exit": "interrupted"}
_ASKED: Final = {
    "permissionRequest": "permissionId",
    "permissionResolved": "permissionId",
    "userInputRequest": "userInputId",
    "userInputResolved": "userInputId",
}


class Progress:
    """Feed it all records of the session, in order; it picks those of its run."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._texts: dict[str, list[str]] = {}
        self._began = 0
        self._last = 0
        self.tools = 0
        self.answered: set[str] = set()
        """Which permissions and questions have their answer: from here perhaps before the record of it has come."""
        self._asked: dict[str, dict[str, Any]] = {}
        self.terminal: dict[str, Any] | None = None
        """The event that ended it: its own, or its process's `exit`."""

    def feed(self, records: Iterable[Mapping[str, Any]]) -> None:
        for record in records:
            frame = record.get("f") or {}
            if self.terminal is None and self.concerns(frame):
                self._began = self._began or record["t"]
                self._last = record["t"]
                if record["d"] != "in":
                    self._take(frame)

    def concerns(self, frame: Mapping[str, Any]) -> bool:
        """Whether a frame belongs to this run, or tells that its process has died under it."""
        return frame.get("id") == self._run or (frame.get("type") == "exit" and self._run in (frame.get("open") or ()))

    @staticmethod
    def ends(frame: Mapping[str, Any]) -> bool:
        """Whether a frame that concerns the run is its last."""
        return frame.get("type") in TERMINAL or frame.get("type") == "exit"

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The unanswered permissions and questions, the oldest first."""
        return [frame for asked, frame in list(self._asked.items()) if asked not in self.answered]

    @property
    def over(self) -> bool:
        return self.terminal is not None

    @property
    def status(self) -> Status:
        return _STATUS[self.terminal["type"]] if self.terminal is not None else "running"

    @property
    def text(self) -> str:
        """What the agent itself said; its messages are apart by an empty line."""
        return "\n\n".join("".join(parts) for parts in list(self._texts.values()))

    @property
    def summary(self) -> str:
        calls = f"{self.tools} tool call{'' if self.tools == 1 else 's'}"
        waits = f", {len(waiting)} waiting for you" if (waiting := self.waiting) and not self.over else ""
        return f"{(self._last - self._began) / 1000:.1f} s, {calls}, {len(self.text):,} characters{waits}"

    @property
    def failure(self) -> WorkbenchError | None:
        """Why it failed; None while it runs, and when it ended as the agent or the person meant it."""
        if self.terminal is None or self.status in ("completed", "aborted"):
            return None
        if self.status == "error":
            return error_of(self.terminal)
        return SessionGone(
            f"The agent's process ended in mid-run ({self.terminal.get('reason')}).",
            remedy="What it said is kept. Send another message to the session to resume it.",
            reason=self.terminal.get("reason"),
            run=self._run,
        )

    def _take(self, frame: dict[str, Any]) -> None:
        kind = str(frame.get("type"))
        if kind in _ASKED:
            self._ask(kind, frame)
        elif kind == "tool_call":
            self.tools += 1
        elif kind == "agent_message_chunk" and not frame.get("parent"):
            content = frame.get("content")
            if isinstance(content, dict):
                self._texts.setdefault(str(frame.get("messageId")), []).append(str(content.get("text") or ""))
        elif self.ends(frame):
            self.terminal = frame

    def _ask(self, kind: str, frame: dict[str, Any]) -> None:
        asked = str(frame.get(_ASKED[kind]))
        if kind.endswith("Request"):
            self._asked[asked] = frame
        else:
            self.answered.add(asked)
