"""What a transcript says of itself: where it stands, whom it has heard, and whether its last incarnation is over.

Frames are not decoded, only recognised: by the record's prefix, and by the few kinds that a shim must know. A line whose
prefix is whole has its number even if its frame is torn or no JSON; a reader that skips it must count it.

Standard library only.
"""

from __future__ import annotations

import json
import os
import re

PREFIX = re.compile(rb'\{"seq":(\d+),"t":\d+,"d":"(?:in|out|shim)","(?:f|bad)":')
TERMINAL = ("end", "aborted", "error")
_EVENT = re.compile(rb'\{"type": ?"(\w+)"(?:, ?"id": ?("(?:[^"\\]|\\.)*"))?')
_LANDMARK = re.compile(rb'\n(\{"seq":\d+,"t":\d+,"d":"(?:in"|shim"|out","f":\{"type": ?"(?:end|aborted|error)").*)')
_TAIL = 64 * 1024


class Past:
    """What a transcript says of itself: last seq, ids given to the agent, and the state of its last incarnation."""

    def __init__(self, path: str) -> None:
        self.seq = 0
        self.seen: set[str] = set()
        self.open: dict[str, None] = {}
        self.live = False
        self.torn = False
        rest = b""
        with open(path, "rb", buffering=0) as file:
            while chunk := file.read(4 * 1024 * 1024):
                block, newline, rest = (rest + chunk).rpartition(b"\n")
                if newline:
                    self._read(b"\n" + block)
        if rest:
            self.torn = True
            self._read(b"\n" + rest)

    def _read(self, block: bytes) -> None:
        for line in reversed(block.split(b"\n")):
            if found := PREFIX.match(line):
                self.seq = int(found[1])
                break
        for found in _LANDMARK.finditer(block):
            try:
                record = json.loads(found[1])
            except (ValueError, RecursionError):
                continue
            if isinstance(frame := record.get("f"), dict):
                self._note(record["d"], frame)

    def _note(self, direction: str, frame: dict[str, object]) -> None:
        name = str(frame.get("id"))
        if direction == "in":
            self.seen.add(name)
            if frame.get("method") == "sendMessage":
                self.open[name] = None
        elif direction == "out":
            self.open.pop(name, None)
        else:
            self.live = frame.get("type") == "start"
            self.open.clear()


def event(line: bytes) -> tuple[str, str]:
    """Type and id of an agent's line, each empty if it has none where it should."""
    found = _EVENT.match(line)
    if not found:
        return "", ""
    try:
        return found[1].decode(), json.loads(found[2] or b'""')
    except ValueError:
        return found[1].decode(), ""


def ended(path: str) -> bool:
    """Whether there is nothing to settle, read from the file's end alone."""
    try:
        with open(path, "rb", buffering=0) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            last = file.read()
    except FileNotFoundError:
        return True
    found = PREFIX.match(last, last.rfind(b"\n", 0, -1) + 1)
    return last[-1:] == b"\n" and found is not None and last.startswith(b'{"type":"exit"', found.end())
