"""From a transcript into SQLite: events a second, with everything that a commit does, beside SQLite's own speed.

`rows()` is (name, value, unit, floor): the floor is what the project promises, None where a figure is for comparison.
"""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

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
ROUNDS = 5
FLOOR = 80_000

Row = tuple[str, float, str, float | None]


def rows() -> list[Row]:
    """Medians of several rounds."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        home.make()
        found: list[Row] = []
        for name, messages_of in (("long messages", 50), ("short messages", 3)):
            lines = list(transcript(messages_of))
            committed = rate(lambda lines=lines: commit(home, lines))
            found.append((f"transcript into SQLite, {name}", committed, "events/s", FLOOR))
        path = home.root / "transcript.jsonl"
        path.write_bytes(b"".join(transcript(50)))
        found += [
            ("decoded for a viewer", rate(lambda: decode(path)), "events/s", None),
            ("decoded and folded, no database", rate(lambda: folded(path)), "events/s", None),
            ("SQLite's executemany, one row an event", rate(lambda: executemany(home)), "rows/s", None),
        ]
        return found


def transcript(chunks: int) -> Iterator[bytes]:
    """A session of one long turn: messages of `chunks` pieces, a tool call after each, raw vendor events in all."""
    raw = {"type": "stream_event", "event": {"type": "content_block_delta", "delta": {"type": "text_delta"}}}
    frames: list[tuple[str, dict[str, object]]] = [
        ("shim", {"type": "start", "pid": 1, "version": 1}),
        ("in", {"id": "r", "method": "sendMessage", "params": {"prompt": "Go."}}),
    ]
    for number in range(EVENTS):
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


def executemany(home: Home) -> float:
    with Database.open(home.root / "raw.db") as database:
        database.write(
            lambda c: c.execute("create table if not exists raw (seq integer primary key, body text) strict")
        )
        values = [("x" * 200,) for _ in range(EVENTS)]
        return timed(
            lambda: database.write(lambda c: c.executemany("insert into raw (body) values (?)", values) and None)
        )


def rate(work: Callable[[], float]) -> float:
    """Events a second of the median round."""
    return EVENTS / statistics.median(work() for _ in range(ROUNDS))


def timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    for name, value, unit, floor in rows():
        verdict = "" if floor is None else f"  (floor {floor:,.0f}: {'ok' if value >= floor else 'MISSED'})"
        print(f"{name:45} {value:12,.0f} {unit}{verdict}")


if __name__ == "__main__":
    main()
