"""Transcripts as a shim writes them, made by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.agents.session import TRANSCRIPT, Session, SessionSpec, make
from workbench.clock import SystemClock
from workbench.paths import Home


class Scribe:
    """Writes records with running numbers, a second apart, and remembers the bytes."""

    def __init__(self) -> None:
        self.seq = 0
        self.lines: list[bytes] = []

    @property
    def bytes(self) -> bytes:
        return b"".join(self.lines)

    def record(self, direction: str, /, **body: Any) -> int:
        self.seq += 1
        line = {"seq": self.seq, "t": 1_000_000 + self.seq * 1000, "d": direction, **body}
        self.lines.append(json.dumps(line, separators=(",", ":")).encode() + b"\n")
        return self.seq

    def raw(self, line: bytes) -> None:
        self.lines.append(line)

    def start(self) -> int:
        return self.record("shim", f={"type": "start", "pid": 1, "version": 1})

    def exit(self, reason: str = "closed", *open_runs: str) -> int:
        return self.record("shim", f={"type": "exit", "reason": reason, "code": None, "open": list(open_runs)})

    def request(self, method: str, request: str, /, **params: Any) -> int:
        return self.record("in", f={"id": request, "method": method, "params": params})

    def prompt(self, run: str, prompt: str = "Do it.", **params: Any) -> int:
        return self.request("sendMessage", run, prompt=prompt, **params)

    def event(self, kind: str, run: str | None, /, **fields: Any) -> int:
        known = {"id": run} if run is not None else {}
        return self.record("out", f={"type": kind, **known, **fields})

    def say(self, run: str, text: str, **fields: Any) -> int:
        return self.event("agent_message_chunk", run, content={"type": "text", "text": text}, **fields)

    def think(self, run: str, text: str, **fields: Any) -> int:
        return self.event("agent_thought_chunk", run, content={"type": "text", "text": text}, **fields)

    def tool(self, run: str, call: str, **fields: Any) -> int:
        shape = {
            "title": f"Read {call}",
            "name": "Read",
            "kind": "read",
            "status": "pending",
            "rawInput": {"path": call},
        }
        return self.event("tool_call", run, toolCallId=call, **{**shape, **fields})

    def usage(self, run: str, model: str = "opus", *, cumulative: bool = True, **counted: Any) -> int:
        return self.event("usage_update", run, cumulative=cumulative, modelUsage={model: counted})

    def end(self, run: str, **fields: Any) -> int:
        return self.event("end", run, stopReason="end_turn", **fields)


def written(home: Home, scribe: Scribe, **spec: Any) -> Session:
    """A session whose transcript is the scribe's."""
    session = make(home, SessionSpec(**{"provider": "claude", **spec}), SystemClock())
    (home.session(session.id) / TRANSCRIPT).write_bytes(scribe.bytes)
    return session


def transcript(home: Home, session: Session) -> Path:
    return home.session(session.id) / TRANSCRIPT
