"""A child that speaks the sidecar's wire and costs next to nothing: its events are made before they are written.

A request's method says what to play: `flood` (`events` of them, as fast as they are taken), `pace` (`events`, one each
`every` seconds, each with the monotonic nanosecond `at` which it was written), `long` (one line with `bytes` of text).
Started as `python -S -E`: standard library only.
"""

from __future__ import annotations

import json
import os
import sys
import time

BLOCK_LINES = 340  # about 64 KiB


def main() -> None:
    write(line("ready", "", version=1).replace(b'"id":"",', b""))
    for text in sys.stdin:
        request = json.loads(text)
        name, method, params = request["id"], request["method"], request["params"]
        play = json.loads(params["prompt"]) if method == "sendMessage" else {"play": method, **params}
        if play["play"] == "flood":
            flood(name, play["events"])
        elif play["play"] == "pace":
            pace(name, play["events"], play["every"])
        elif play["play"] == "long":
            write((b"x" * play["bytes"]).join(chunk(name, text="|").split(b"|")))
        if method == "shutdown":
            return
        write(line("end", name, stopReason="end_turn"))


def flood(name: str, events: int) -> None:
    one = chunk(name)
    block = one * BLOCK_LINES
    for _ in range(events // BLOCK_LINES):
        write(block)
    write(one * (events % BLOCK_LINES))


def pace(name: str, events: int, every: float) -> None:
    due = time.monotonic()
    for _ in range(events):
        due += every
        if (wait := due - time.monotonic()) > 0:
            time.sleep(wait)
        write(chunk(name, at=time.monotonic_ns()))


def chunk(name: str, text: str = "some twenty letters ", **fields: object) -> bytes:
    """About 200 bytes, the vendor's raw event among them."""
    raw = {"type": "content_block_delta", "index": 0}
    content = {"type": "text", "text": text}
    return line("agent_message_chunk", name, messageId="m1", content=content, raw=raw, **fields)


def line(kind: str, name: str, **fields: object) -> bytes:
    return json.dumps({"type": kind, "id": name, **fields}, separators=(",", ":")).encode() + b"\n"


def write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]


if __name__ == "__main__":
    main()
