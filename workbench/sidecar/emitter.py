"""Events to lines, secrets masked, and lines to the wire without ever stopping the loop.

`Emitter` is the one place where an event becomes bytes: `type` is its first key and `id` its second, whatever the fields
say. Invariant: events of one run leave in the order in which they were emitted, except that text which may begin a
secret waits for what follows it (50 ms at most, unless it already shows eight characters of one).

`Outbox` writes with a thread on a blocking descriptor. The other choice, a non-blocking descriptor with the loop's own
writer, would set O_NONBLOCK on a pipe that others may share (a terminal, `2>&1`) and make their prints fail; and a
thread lets a 10 MB line go out while the loop serves a stop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import os
import queue
import select
import threading
from collections.abc import Callable, Iterable
from typing import Any, Final

import msgspec

from workbench.protocol import wire
from workbench.redact import TextMask, mask

log = logging.getLogger("workbench.sidecar")

HOLD_SECONDS: Final = 0.05
"""How long text waits that may be the beginning of a secret."""

HIGH_WATER: Final = 1024 * 1024
"""How many bytes may wait for the host before `drain` waits too."""

_BATCH: Final = 256 * 1024
_END: Final = b""
_DEPTH: Final = 100
_TEXT: Final = frozenset({"agent_message_chunk", "agent_thought_chunk"})
_encoder: Final = msgspec.json.Encoder(enc_hook=repr)

_Stream = tuple[str | None, str, str | None, str | None]
"""Whose text it is: run, kind, message, sub-agent."""


class Outbox:
    """Lines on their way to the host. `put` never blocks; `drain` is for those who can wait."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._loop = asyncio.get_running_loop()
        self._lines: list[bytes] = []
        self._waiting = 0
        self._room = asyncio.Event()
        self._room.set()
        self._gone = asyncio.Event()
        self._batches: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="wire", daemon=True)
        self._thread.start()
        self.broken = False
        """The host no longer reads: what is put is dropped."""

    def put(self, line: bytes) -> None:
        """Sends a line; those of one turn of the loop go to the thread together."""
        if not self._lines:
            self._loop.call_soon(self._hand_over)
        self._lines.append(line)
        self._waiting += len(line) + 1
        if self._waiting > HIGH_WATER:
            self._room.clear()

    async def drain(self) -> None:
        """Waits until less than `HIGH_WATER` is unread."""
        await self._room.wait()

    async def close(self, seconds: float) -> None:
        """Sends what is left; gives up on a host that takes nothing, seen after `seconds` or so many again."""
        self._hand_over()
        self._batches.put(_END)
        while self._thread.is_alive() and not self._gone.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._gone.wait()
            if not self._has_room():  # else it is our own thread that stands still, and its words would be lost
                break

    def _hand_over(self) -> None:
        if self._lines:
            self._lines.append(b"")
            self._batches.put(b"\n".join(self._lines))
            self._lines = []

    def _has_room(self) -> bool:
        """Whether the host could be written to at this moment."""
        poll = select.poll()
        poll.register(self._descriptor, select.POLLOUT)
        return bool(poll.poll(0))

    def _written(self, size: int) -> None:
        self._waiting -= size
        if self._waiting <= HIGH_WATER:
            self._room.set()

    def _write_all(self) -> None:
        ended = False
        while not ended:
            batch = self._batches.get()
            ended = batch == _END
            while not ended and len(batch) < _BATCH and not self._batches.empty():
                more = self._batches.get()
                batch, ended = batch + more, more == _END
            self._write(batch)
            self._tell(self._written, len(batch))
        self._tell(self._gone.set)

    def _tell(self, what: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has been closed: nobody waits any more
            self._loop.call_soon_threadsafe(what, *arguments)

    def _write(self, batch: bytes) -> None:
        rest = memoryview(batch)
        while rest and not self.broken:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except OSError as error:
                self.broken = True
                log.warning("The host no longer reads (%s); what follows is dropped.", error)


class Emitter:
    """Makes events of fields, masks secrets in them, and puts them into the outbox."""

    def __init__(self, outbox: Outbox, needles: Iterable[bytes] = ()) -> None:
        self._outbox = outbox
        self._needles = tuple(needles)
        self._streams: dict[_Stream, TextMask] = {}
        self._timer: asyncio.TimerHandle | None = None

    def emit(self, kind: str, run: str | None, fields: dict[str, Any]) -> None:
        """Sends one event; a run's terminal one after all of its text."""
        if self._needles:
            if kind in _TEXT:
                held = self._hold_back(kind, run, fields)
                if held is None:
                    return
                fields = held
            else:
                self._let_go(run, ending=kind in wire.TERMINAL)
        self._put(kind, run, fields)

    async def drain(self) -> None:
        """Waits until the host has taken most of what was sent."""
        await self._outbox.drain()

    def _put(self, kind: str, run: str | None, fields: dict[str, Any]) -> None:
        line = encode(event(kind, run, fields))
        self._outbox.put(mask(line, self._needles) if self._needles else line)

    def _hold_back(self, kind: str, run: str | None, fields: dict[str, Any]) -> dict[str, Any] | None:
        """The chunk as it may be shown now, without the vendor's event where that says more; None if all of it waits."""
        content = fields.get("content")
        if not isinstance(content, dict) or not isinstance(text := content.get("text"), str):
            return fields
        key = (run, kind, fields.get("messageId"), fields.get("parent"))
        self._let_go(run, other_than=key)
        stream = self._streams.get(key) or self._streams.setdefault(key, TextMask(self._needles))
        shown = stream.feed(text)
        if stream.holding and self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, self._time_is_up)
        if shown == text:
            return fields
        changed = {name: value for name, value in fields.items() if name != "raw"}
        return {**changed, "content": {**content, "text": shown}} if shown else None

    def _time_is_up(self) -> None:
        self._timer = None
        for run in {key[0] for key in self._streams}:
            self._let_go(run)

    def _let_go(self, run: str | None, *, ending: bool = False, other_than: _Stream | None = None) -> None:
        """Sends what a run's streams hold: all of it at the end, before that only what is too short to be a secret."""
        for key in [key for key in self._streams if key[0] == run and key != other_than]:
            stream = self._streams[key]
            text = stream.flush() if ending else stream.release()
            if ending or stream.idle:
                del self._streams[key]
            if text:
                names = {"messageId": key[2], "parent": key[3]}
                told = {name: value for name, value in names.items() if value is not None}
                self._put(key[1], run, {"content": {"type": "text", "text": text}, **told})


def event(kind: str, run: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """The event with its first two keys in their places, even if `fields` has them too."""
    head = {"type": kind} if run is None else {"type": kind, "id": run}
    return {**head, **fields, **head}


def encode(value: dict[str, Any]) -> bytes:
    """Compact JSON, whatever a vendor put into it: what JSON cannot say becomes its `repr`."""
    try:
        return _encoder.encode(value)
    except (TypeError, ValueError, OverflowError, RecursionError):
        return _encoder.encode(_plain(value, _DEPTH))


def _plain(value: Any, depth: int) -> Any:
    if depth == 0:
        return "..."
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {str(_plain(str(key), 1)): _plain(item, depth - 1) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item, depth - 1) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, bool | int) else _plain(repr(value), 1)
