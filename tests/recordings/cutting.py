"""A recording, cut out of a transcript: one turn, with nothing in it that is of the machine or the day it was made on.

Idea: what may differ between two runs of the same script is ids, times, places and names; ids are numbered in the order of
their appearance, times follow from the length of what is said, places and names get placeholders, and what only the vendor
reads (`raw`) is left out. Invariant: the same script gives the same bytes.
"""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from workbench.protocol import wire
from workbench.sidecar.recording import RecordedRun

Json = dict[str, Any]

RUN: Final = "run"
"""The id that every recorded turn has."""

_IDS: Final = re.compile(
    r"\b(?:toolu|msg|req)_[A-Za-z0-9]{8,}\b|\ba[0-9a-f]{16}\b|\b[0-9a-f]{32}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"
)
_SPENT: Final = re.compile(r"(duration_ms|total_tokens|subagent_tokens|tool_uses): \d+")
_LEFT_OUT: Final = frozenset({"raw", "tools", "skills", "durationMs", "apiDurationMs"})
_STREAMED: Final = frozenset({"agent_message_chunk", "agent_thought_chunk"})
_PIECE: Final = 24
"""Characters."""
_PACE: Final = {"agent_message_chunk": 45, "agent_thought_chunk": 30, "tool_call": 350, "tool_call_update": 250}
"""Milliseconds before an event of a kind; whatever is not named comes at once."""


class Names:
    """What is put in the place of ids, in the order in which they are met."""

    def __init__(self, stands_for: Mapping[str, str]) -> None:
        # The longest first: one place may lie within another.
        self._stands_for = sorted(stands_for.items(), key=lambda each: -len(each[0]))
        self._ids: dict[str, str] = {}

    def plain(self, value: Any) -> Any:
        """The value with placeholders and numbered ids."""
        if isinstance(value, dict):
            return {self._text(key): self.plain(each) for key, each in value.items()}
        if isinstance(value, list):
            return [self.plain(each) for each in value]
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        for found, placeholder in self._stands_for:
            text = text.replace(found, placeholder)
        text = _IDS.sub(lambda match: self._ids.setdefault(match[0], f"id-{len(self._ids) + 1}"), text)
        return _SPENT.sub(r"\1: 0", text)


def cut(run: RecordedRun, run_id: str, stands_for: Mapping[str, str]) -> bytes:
    """The turn as a compressed transcript. `stands_for` are placeholders by what they stand for."""
    names = Names({**stands_for, run_id: RUN})
    frames = list(_evenly(names.plain(event) for event in _told(run)))
    lines = [{"seq": 1, "t": 0, "d": "in", "f": {"id": RUN, "method": "sendMessage", "params": {}}}]
    now = 0
    for frame in frames:
        now += _PACE.get(frame["type"], 0)
        if frame["type"] in wire.TERMINAL:
            frame |= {"durationMs": now, "apiDurationMs": now}
        lines.append({"seq": len(lines) + 1, "t": now, "d": "out", "f": frame})
    text = "".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in lines)
    return packed(text.encode())


def _told(run: RecordedRun) -> list[Json]:
    """The events of a turn, each question followed by how it was answered."""
    found = []
    for step in run.steps:
        if step.event["type"] == "usage_update" and "messageId" in step.event:
            continue  # what one response used: the turn came to its end, where all is told
        found.append({key: value for key, value in step.event.items() if key not in _LEFT_OUT})
        asked = step.event.get("permissionId") or step.event.get("userInputId")
        if asked is not None and str(asked) in run.answers:
            answer = {key: value for key, value in run.answers[str(asked)].items() if key not in ("type", "id")}
            kind = "permissionResolved" if "permissionId" in step.event else "userInputResolved"
            found.append({"type": kind, "id": step.event["id"], **answer})
    return found


def _evenly(frames: Iterable[Json]) -> Iterator[Json]:
    """What was streamed, in pieces of one length: how it came depended on the machine."""
    alike = groupby(frames, lambda frame: (frame["type"] in _STREAMED, frame["type"], _of(frame)))
    for (streamed, _, _), group in alike:
        if not streamed:
            yield from group
            continue
        pieces = list(group)
        text = "".join(piece["content"]["text"] for piece in pieces)
        for at in range(0, len(text), _PIECE):
            yield pieces[0] | {"content": {"type": "text", "text": text[at : at + _PIECE]}}


def _of(frame: Json) -> tuple[Any, Any]:
    return frame.get("messageId"), frame.get("parent")


def packed(data: bytes) -> bytes:
    """Compressed without a name or a time."""
    held = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=held, mtime=0, compresslevel=9) as file:
        file.write(data)
    return held.getvalue()


def unpacked(data: bytes) -> list[Json]:
    """The records of a recording."""
    return [json.loads(line) for line in gzip.decompress(data).splitlines()]
