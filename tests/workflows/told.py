"""A model that says what a test wants: one recorded turn, played by the real replay provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.workflows.intake.asking_once import Asker
from workbench.workflows.steps.turning import Driving


def turn(path: Path, *texts: str, structured: Any = None, after_ms: int = 10, end: str = "end") -> str:
    """A recording of one turn that says these messages, then ends."""
    frames: list[dict[str, Any]] = [
        {"type": "agent_message_chunk", "messageId": f"m{place}", "content": {"type": "text", "text": text}}
        for place, text in enumerate(texts)
    ]
    last = {"type": "end", "stopReason": "end_turn", **({"structured": structured} if structured is not None else {})}
    broken = {"type": "error", "kind": "provider_error", "message": "The model is overloaded.", "remedy": "Wait."}
    frames.append(last if end == "end" else broken)
    lines: list[dict[str, Any]] = [
        {"seq": 1, "t": 0, "d": "in", "f": {"id": "r", "method": "sendMessage", "params": {"prompt": "p"}}}
    ]
    lines += [
        {"seq": seq, "t": after_ms * seq, "d": "out", "f": {"type": frame.pop("type"), "id": "r", **frame}}
        for seq, frame in enumerate(frames, 2)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return str(path)


def asker(bench: Workbench, recording: str | None, *, speed: float = 0, seconds: float = 120) -> Asker:
    """Who asks that model."""
    options = {"recording": recording, "speed": speed} if recording else {}
    return Asker(bench.pool, bench.home, bench.settings, Driving(provider="replay", options=options), seconds)
