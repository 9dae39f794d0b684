"""Codex: `sessions/Y/M/D/rollout-*.jsonl` and `archived_sessions/` below its home, and saved `codex exec --json` streams.

Idea: a rollout counts over its whole thread and says so again and again, so a sampling is what the total moved by; a
total that fell has begun anew. A request's own counts speak only where no total is given. Each event that moved the
total has a number in its thread: a copy of the thread in the archive tells of the same samplings.

A fork begins with a copy of its parent's events, with times of its own. Which of its events those are shows when both
files are known, in either order. Therefore the state of a file holds every total that it went through:

    {"thread": id, "parent": id or null, "stream": bool, "totals": [[input, cached, written, output, reasoning], ...],
     and what its next rows are made with (see `codex_thread.Thread`)}

`totals[n]` belongs to the candidate with the mid `event_id(thread, n)`, and `replayed(child, parent)` says how many of
a child's first events are its parent's. A saved stream tells again what the rollout of its thread tells, all of it.

Invariant: cached and written input are carved out of the input, reasoning stays in the output, and nothing is negative.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.usage.sampling import MAX_COUNT, MOST_USED, TURN, UNKNOWN_MODEL, LimitRow, Parsed
from workbench.usage.sources.gathered import Gathered
from workbench.usage.sources.lines import (
    TOO_DEEP,
    TOO_LONG,
    Chunk,
    Note,
    Unreadable,
    chunks,
    last_line_with,
    lines_with,
    opened,
    silent,
)
from workbench.usage.sources.source import Found, Rates, existing, home, walk

if TYPE_CHECKING:  # what a report with nothing new does not need
    from workbench.usage.sources.codex_rows import Line, Payload, RateLimits, Window
    from workbench.usage.sources.codex_thread import Totals

USAGE: Final = b'usage"'
"""Ends the names of all objects with counts: `total_token_usage`, `last_token_usage`, `usage`."""
TURN_CONTEXT: Final = b'"turn_context"'
RATE_LIMITS: Final = b'"rate_limits"'
BEGINNINGS: Final = (b'"session_meta"', b'"thread.started"')
NO_TIME: Final = "has no timestamp"
LATEST: Final = 1 << 36
"""In seconds: a time beyond this is none."""

ID_LENGTH: Final = 36
"""Of the UUID that ends a rollout's name."""


class Codex:
    """The reader of Codex's rollouts."""

    name = "codex"

    def roots(self, environment: Mapping[str, str], given: Sequence[Path] | None = None) -> list[Path]:
        """The folders of rollouts: of `given`, or of CODEX_HOME, by default `~/.codex`."""
        if given is not None:
            return list(dict.fromkeys(folder for each in given for folder in _folders(each)))
        named = environment.get("CODEX_HOME")
        return existing(_folders(Path(named).expanduser() if named else home(environment) / ".codex"))

    def discover(self, root: Path) -> Iterator[Found]:
        """Rollouts and streams, at any depth."""
        return walk(root, _is_rollout)

    def read(self, path: str, offset: int, state: str | None, prices: Rates, note: Note = silent) -> Parsed:
        """The samplings behind `offset`. The state is described above."""
        piece = _Piece(path, state, prices)
        with opened(path) as descriptor:
            piece.written = os.fstat(descriptor).st_mtime_ns // 1_000_000
            for chunk in chunks(descriptor, offset, note):
                piece.look(chunk)
                offset = chunk.after
        return piece.parsed(offset)


def event_id(thread: str, number: int) -> str:
    """The message id of a thread's sampling."""
    return f"{thread}#{number}"


def parent_of(state: str | None) -> str | None:
    """The thread whose events a file may begin with."""
    parent = json.loads(state)["parent"] if state else None
    return parent if isinstance(parent, str) else None


def common_prefix(child: Sequence[Any], parent: Sequence[Any]) -> int:
    """How many totals two threads went through together, from their beginning."""
    alike = 0
    for ours, theirs in zip(child, parent, strict=False):
        if ours != theirs:
            break
        alike += 1
    return alike


def replayed(child: str | None, parent: str | None) -> int:
    """How many of a child's first events are its parent's own, by the states of both. The rest is new."""
    if not child or not parent:
        return 0
    ours, theirs = json.loads(child), json.loads(parent)
    if ours["stream"]:
        return len(ours["totals"])
    return common_prefix(ours["totals"], theirs["totals"])


class _Piece:
    """One reading of one file."""

    def __init__(self, path: str, state: str | None, prices: Rates) -> None:
        from workbench.usage.sources import codex_rows, decoding
        from workbench.usage.sources.codex_thread import Thread

        self.rows = codex_rows
        self.decoding = decoding
        self.gathered = Gathered(prices)
        self.thread = Thread.after(state, _thread_of(path))
        self.written = 0
        """When the file was changed, in ms: the time of a stream's rows, which have none."""
        self.windows: dict[int, LimitRow] = {}

    def look(self, chunk: Chunk) -> None:
        """The samplings of a chunk, in the order of its lines."""
        base, data, end, _ = chunk
        if not end:
            self.gathered.skip(base, TOO_LONG)
        needles = (USAGE, TURN_CONTEXT) if self.thread.known else (USAGE, TURN_CONTEXT, *BEGINNINGS)
        wanted = {line for needle in needles for line in lines_with(needle, data, end)}
        wanted.update(last_line_with(RATE_LIMITS, data, end))
        for start, after in sorted(wanted):
            line = self._decoded(data[start:after], base + start)
            if line is not None:
                self._tell(line, base + start)

    def parsed(self, offset: int) -> Parsed:
        """All that was found."""
        self.gathered.limits.extend(sorted(self.windows.values()))
        return self.gathered.parsed(offset, self.thread.state(), self.thread.thread)

    def _decoded(self, line: bytes, offset: int) -> Line | None:
        """A row, None (and perhaps a skip) where it is none."""
        try:
            try:
                return self.rows.LINE.decode(line)
            except self.decoding.REFUSED:
                return self.rows.repaired(line)
        except Unreadable as error:
            self.gathered.skip(offset, str(error))
        except RecursionError:
            self.gathered.skip(offset, TOO_DEEP)
        except self.decoding.REFUSED as error:
            self.gathered.skip(offset, self.decoding.reason(error))
        return None

    def _tell(self, line: Line, offset: int) -> None:
        """One row, by its kind."""
        payload = line.payload
        if line.type == "thread.started" and line.thread_id:
            self.thread.stream_of(line.thread_id)
        elif line.type == "turn.completed" and line.usage:
            self.thread.model = line.model or self.thread.model
            self._count(self.rows.counts(line.usage), line, offset)
        elif payload is None:
            return
        elif line.type == "session_meta":
            self.thread.begin(payload)
        elif line.type == "turn_context":
            self.thread.turn(payload)
        elif line.type == "event_msg" and payload.type == "token_count":
            self._token_count(payload, line, offset)

    def _token_count(self, payload: Payload, line: Line, offset: int) -> None:
        """The totals so far, and what is used of the limits."""
        if payload.rate_limits is not None and line.timestamp is not None and self.decoding.taken(line.timestamp):
            self._limits(payload.rate_limits, self.decoding.milliseconds(line.timestamp))
        info = payload.info
        if info is None:
            return
        self.thread.model = info.model or payload.model or self.thread.model
        request = None if info.last_token_usage is None else self.rows.counts(info.last_token_usage)
        if info.total_token_usage is not None:
            self._count(self.rows.counts(info.total_token_usage), line, offset, request)
        elif request is not None:
            self._count(self.thread.plus(request), line, offset)

    def _count(self, total: Totals, line: Line, offset: int, request: Totals | None = None) -> None:
        """A sampling, if the total has moved. It may tell of several requests: the price of a long one is the last's."""
        thread, gathered = self.thread, self.gathered
        if line.timestamp is not None and not self.decoding.taken(line.timestamp):
            gathered.skip(offset, self.decoding.FAR_TIME)
            return
        if line.timestamp is not None:
            ts = self.decoding.milliseconds(line.timestamp)
        elif thread.stream:
            ts = self.written
        else:
            gathered.skip(offset, NO_TIME)
            return
        gathered.lines += 1
        used = thread.moved(total, request)
        if used is None:
            return
        prompt, cached, written, o, reason = used
        cached = min(cached, prompt)
        written = min(written, prompt - cached)
        mid = event_id(thread.thread, len(thread.totals) - 1)
        context = gathered.context(thread.context())
        longest = min(prompt, request[0]) if request is not None and request[0] else prompt
        rate = gathered.rate(thread.provider, thread.model or UNKNOWN_MODEL, ts, longest, (None, thread.tier, None))
        i = prompt - cached - written
        gathered.rows.append(
            (mid, None, 0, 0, o, ts, context, rate, TURN, i, o, written, 0, cached, min(reason, o), 0, None, offset, ts)
        )

    def _limits(self, limits: RateLimits, ts: int) -> None:
        """The newest word on each window."""
        for window in (limits.primary, limits.secondary):
            if window is None or window.window_minutes is None or window.used_percent is None:
                continue
            if 0 <= window.used_percent <= MOST_USED and 0 < window.window_minutes <= MAX_COUNT:
                resets = _resets(window, ts)
                self.windows[window.window_minutes] = (
                    *(ts, self.thread.provider, window.window_minutes, window.used_percent, resets),
                    limits.plan_type,
                )


def _resets(window: Window, ts: int) -> int | None:
    """When a window begins anew, in ms."""
    seconds = window.resets_at
    if seconds is None and window.resets_in_seconds is not None:
        seconds = ts / 1000 + window.resets_in_seconds
    return int(seconds * 1000) if seconds is not None and 0 < seconds < LATEST else None


def _folders(folder: Path) -> list[Path]:
    """The folders of rollouts in a home of Codex; a folder without them may be one of them itself."""
    inner = existing([folder / "sessions", folder / "archived_sessions"])
    return inner or [folder]


def _is_rollout(name: str) -> bool:
    return name.endswith(".jsonl")


def _thread_of(path: str) -> str:
    """The thread that a rollout's name ends with, or the name."""
    stem = Path(path).stem
    return stem[-ID_LENGTH:] if stem.startswith("rollout-") else stem
