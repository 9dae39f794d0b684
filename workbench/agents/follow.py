"""A viewer's stream of one session: the transcript from where the viewer stands, and on as it grows.

Idea: there is no live path. A viewer reads the file from its own offset to the last whole line, waits until the file is
longer, and reads again; whether that was written a year ago or now makes no difference. So "has it ended?" is asked of
the lock and the file, never awaited as an event that may have passed, and a slow viewer only lags in the file: it holds
one batch, whose neighbouring chunks of text are joined.

Invariant: batches join up (`since` is the last batch's `seq`), and a batch that says how a run or a process ended is
handed out only after its bytes have been committed to the ledger.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
from typing import Any, Final, Protocol

import msgspec

from workbench.agents import transcript
from workbench.agents.transcript import RECORDS, Transcript, decode_block
from workbench.protocol.wire import TERMINAL

BATCH_BYTES: Final = 256 * 1024
"""About how much of the transcript one batch covers; a longer record travels alone."""
AHEAD_BYTES: Final = 32 * 1024
"""What is read at a bell, which does not say how much there is; a larger buffer is a call of its own to the system."""

_JOINED: Final = frozenset({"agent_message_chunk", "agent_thought_chunk"})
_ENDS: Final = TERMINAL | {"exit"}

Record = dict[str, Any]


class Batch(msgspec.Struct, frozen=True):
    """The records above `since` up to `seq`. Not `live`: the session's process has ended and all has been told."""

    since: int
    seq: int
    records: list[Record]
    live: bool = True


class Watch(Protocol):
    """What a viewer must know of the session beside its file."""

    async def grown(self, known: int) -> bool:
        """Waits until the file is longer than `known`; False when it is not and nobody is left to write."""
        ...

    async def committed(self, offset: int) -> None:
        """Returns when the ledger holds all up to `offset`."""
        ...

    async def resumed(self, known: int) -> None:
        """Waits until the file is longer than `known`, or somebody has started the session again."""
        ...


async def follow(
    path: Path, watch: Watch, *, since: int = 0, keep_open: bool = False, join: bool = True
) -> AsyncGenerator[Batch, None]:
    """The batches of a transcript above `since`. The last one of an incarnation is empty and not `live`; `keep_open`
    goes on with the next incarnation. `join` puts neighbouring chunks of one text together.
    """
    with Transcript(path) as tape:
        seq, offset = since, tape.offset_of(since + 1)
        known, told_end = 0, False
        while True:
            block = tape.block(offset, min(BATCH_BYTES, max(AHEAD_BYTES, known - offset))) if known > offset else b""
            if block:
                batch = read_batch(block, seq, join=join)
                offset += len(block)
                if holds_end(batch.records):
                    await watch.committed(offset)
                if batch.records:
                    yield batch
                    seq, told_end = batch.seq, False
            elif known < (size := tape.size()):
                known = size
            elif await watch.grown(known):
                known += 1  # by how much it is longer, the reading shows
            else:
                if not told_end:
                    yield Batch(seq, seq, [], live=False)
                    told_end = True
                if not keep_open:
                    return
                await watch.resumed(known)


def read_batch(block: bytes, since: int, *, join: bool = True) -> Batch:
    """The records of whole lines as a viewer gets them; a line that cannot be decoded is passed over."""
    lines, _ = decode_block(block, RECORDS)
    records = [_shown(line) for line in lines if line.seq > since]
    return Batch(since, records[-1]["seq"] if records else since, list(joined(records)) if join else records)


def holds_end(records: list[Record]) -> bool:
    """Whether any of these says how a run or the process ended."""
    return any(record["d"] != "in" and "f" in record and record["f"].get("type") in _ENDS for record in records)


def joined(records: list[Record]) -> Iterator[Record]:
    """Puts neighbouring chunks of one message together; the joined record has the last one's number and time."""
    held: Record | None = None
    key: tuple[Any, ...] | None = None
    parts: list[str] = []
    for record in records:
        mine = _text_key(record)
        if held is not None and mine is not None and mine == key:
            parts.append(record["f"]["content"]["text"])
            held["seq"], held["t"] = record["seq"], record["t"]
            continue
        if held is not None:
            yield _whole(held, parts)
        held, key = record, mine
        parts = [record["f"]["content"]["text"]] if mine is not None else []
    if held is not None:
        yield _whole(held, parts)


def _shown(line: transcript.Record) -> Record:
    """A record without the vendor's raw event, which only the transcript keeps."""
    record: Record = {"seq": line.seq, "t": line.t, "d": line.d}
    if line.f is not None:
        line.f.pop("raw", None)
        record["f"] = line.f
    if line.bad is not None:
        record["bad"] = line.bad
    return record


def _text_key(record: Record) -> tuple[Any, ...] | None:
    """What makes two chunks one text; None for a record that is no chunk."""
    frame = record.get("f")
    if frame is None or record["d"] != "out" or frame.get("type") not in _JOINED:
        return None
    content = frame.get("content")
    if not isinstance(content, dict) or not isinstance(content.get("text"), str):
        return None
    return frame["type"], frame.get("id"), frame.get("messageId"), frame.get("parent")


def _whole(record: Record, parts: list[str]) -> Record:
    if len(parts) > 1:
        frame = record["f"]
        record["f"] = {**frame, "content": {**frame["content"], "text": "".join(parts)}}
    return record
