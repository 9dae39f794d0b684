"""From a transcript into SQLite: events a second, with everything that a commit does, beside SQLite's own speed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from row import ROUNDS, Goal, Row, interleaved, timed

from workbench.agents.fold import fold
from workbench.agents.recorder import Recorder
from workbench.agents.run import ENTRIES, State
from workbench.agents.session import TRANSCRIPT, SessionSpec, make
from workbench.agents.transcript import RECORDS, Transcript
from workbench.clock import SystemClock
from workbench.paths import Home
from workbench.storage.database import Database
from workbench.usage import ledger

EVENTS = 200_000


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    events = max(1, int(EVENTS * scale))
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.make()
        long, short = list(transcript(50, events)), list(transcript(3, events))
        path = home.root / "transcript.jsonl"
        path.write_bytes(b"".join(long))
        works = (
            lambda: commit(home, long),
            lambda: commit(home, short),
            lambda: decode(path),
            lambda: folded(path),
            lambda: executemany(home, events),
        )
        rates = [[events / seconds for seconds in each] for each in interleaved(rounds, *works)]
    names = ("long messages", "short messages", "decoded only, for a viewer", "decoded and folded, no database")
    for name, figures in zip(names, rates, strict=False):
        goals = (Goal("value", "at least", 80_000),) if name.endswith("messages") else ()
        yield Row(f"transcript into SQLite, {name}", "events/s", figures, "executemany", rates[-1], goals)


def transcript(chunks: int, events: int) -> Iterator[bytes]:
    """A session of one long turn: messages of `chunks` pieces, a tool call after each, raw vendor events in all."""
    raw = {"type": "stream_event", "event": {"type": "content_block_delta", "delta": {"type": "text_delta"}}}
    frames: list[tuple[str, dict[str, object]]] = [
        ("shim", {"type": "start", "pid": 1, "version": 1}),
        ("in", {"id": "r", "method": "sendMessage", "params": {"prompt": "Go."}}),
    ]
    for number in range(events):
        message, part = divmod(number, chunks + 2)
        call = {"toolCallId": f"t{message}", "id": "r", "raw": raw}
        if part == 0:
            shape = {"title": "Read", "name": "Read", "kind": "read", "status": "pending", "rawInput": {"path": "a"}}
            frames.append(("out", {"type": "tool_call", **call, **shape}))
        elif part == 1:
            frames.append(("out", {"type": "tool_call_update", **call, "status": "completed"}))
        else:
            text = {"type": "text", "text": "about twenty letters "}
            chunk = {"type": "agent_message_chunk", "id": "r", "messageId": f"m{message}", "content": text, "raw": raw}
            frames.append(("out", chunk))
    frames.append(("out", {"type": "end", "id": "r", "stopReason": "end_turn"}))
    for seq, (direction, frame) in enumerate(frames, 1):
        record = {"seq": seq, "t": seq, "d": direction, "f": frame}
        yield json.dumps(record, separators=(",", ":")).encode() + b"\n"


def commit(home: Home, lines: list[bytes]) -> float:
    session = make(home, SessionSpec(provider="claude"), SystemClock())
    (home.session(session.id) / TRANSCRIPT).write_bytes(b"".join(lines))
    with Database.open(home.database) as database:
        recorder = Recorder(database, home, ledger.record)
        return timed(lambda: recorder.commit(session.id))


def decode(path: Path) -> float:
    with Transcript(path) as opened:
        end = opened.end()

        def work() -> None:
            offset = 0
            while offset < end:
                offset = opened.decode(offset, RECORDS).offset

        return timed(work)


def folded(path: Path) -> float:
    with Transcript(path) as opened:
        end = opened.end()

        def work() -> None:
            offset, state = 0, State()
            while offset < end:
                page = opened.decode(offset, ENTRIES)
                for entry in page.records:
                    list(fold(state, entry))
                offset = page.offset

        return timed(work)


def executemany(home: Home, events: int) -> float:
    """One row of 200 bytes an event, in one transaction: what SQLite can do here."""
    with Database.open(home.root / "raw.db") as database:
        database.write(
            lambda c: c.execute("create table if not exists raw (seq integer primary key, body text) strict")
        )
        values = [("x" * 200,) for _ in range(events)]
        return timed(
            lambda: database.write(lambda c: c.executemany("insert into raw (body) values (?)", values) and None)
        )
