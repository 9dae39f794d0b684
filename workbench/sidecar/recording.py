"""Recordings: a transcript is one, so any real run can be replayed.

`find` turns a name (a recording that the package ships) or a path (a transcript, plain or `.gz`, or a session's folder)
into its runs; `filled` puts what is so here in the place of what a recording leaves open, as `${CWD}`.
Only differences of the recorded times matter, and of the recorded counters: a run's events tell what it used itself, so
it counts the same wherever and however often it is played, and after a run that was cut short. What belongs to the process and not to the agent is left out: heartbeats,
replies, and the time that a person took to answer. A line that cannot be read is skipped, as every reader does.
"""

from __future__ import annotations

import gzip
import math
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.errors import NoRecording
from workbench.protocol import wire

SHIPPED: Final = Path(__file__).parent / "recordings"
DEFAULT: Final = "tour"

_COUNTED: Final = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "costUSD")
_decode: Final = msgspec.json.Decoder().decode


@dataclass(frozen=True)
class Step:
    """One event of a run, and how many milliseconds after the one before it."""

    gap_ms: int
    event: dict[str, Any]


@dataclass(frozen=True)
class RecordedRun:
    """One run: what came, and how each question of the transcript was answered then (by the question's id)."""

    steps: Iterable[Step]
    answers: dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Recording:
    """The runs of one transcript, in order. `name` finds it again."""

    name: str
    runs: tuple[RecordedRun, ...]


def shipped() -> list[str]:
    """The names of the recordings that the package brings."""
    return sorted(path.stem for path in SHIPPED.glob("*.jsonl"))


def find(name: str) -> Recording:
    """The recording called `name`, or the transcript at that path; raises NoRecording."""
    path = SHIPPED / f"{name}.jsonl" if name in shipped() else Path(name).expanduser()
    if path.is_dir():
        path /= "transcript.jsonl"
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, ValueError, EOFError, zlib.error) as error:
        raise _missing(name, f"There is no recording named {name!r}.") from error
    recording = Recording(name, tuple(parse(data.splitlines())))
    if not recording.runs:
        raise _missing(name, f"{name!r} holds no recorded run.")
    return recording


def _missing(name: str, message: str) -> NoRecording:
    known = shipped()
    return NoRecording(
        message,
        remedy=f"Use one of {', '.join(known)}, or the path of a session's transcript.jsonl.",
        recording=name,
        known=known,
    )


def filled(run: RecordedRun, places: Mapping[str, str]) -> RecordedRun:
    """The run with each of `places` in its strings replaced by its value, once, however the values read."""
    if not places:
        return run
    longest_first = sorted(places, key=lambda place: (-len(place), place))
    pattern = re.compile("|".join(map(re.escape, longest_first)))

    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return pattern.sub(lambda found: places[found[0]], value)
        if isinstance(value, dict):
            return {fill(key): fill(item) for key, item in value.items()}
        return [fill(item) for item in value] if isinstance(value, list) else value

    return RecordedRun([Step(step.gap_ms, fill(step.event)) for step in run.steps], fill(run.answers))


def parse(lines: Iterable[bytes]) -> list[RecordedRun]:
    """The runs of a transcript's lines, in the order in which they were started."""
    runs: dict[str, list[Step]] = {}
    times: dict[str, int] = {}
    answers: dict[str, dict[str, Any]] = {}
    counters = _Counters()
    for line in lines:
        match _record(line):
            case {"d": "in", "t": int(t), "f": {"id": str(run), "method": "sendMessage"}}:
                runs.setdefault(run, [])
                times[run] = t
                counters.begin()
            case {"d": "in", "f": {"method": "userInputResponse", "params": {"userInputId": str(asked)} as answer}}:
                answers.setdefault(asked, {}).update(answer)
            case {"d": "out", "t": int(t), "f": {"type": str(kind), "id": str(run)} as event} if run in runs:
                if kind in wire.RESOLVED:
                    answers.setdefault(str(event.get("permissionId") or event.get("userInputId")), {}).update(event)
                elif kind != "heartbeat":
                    own = counters.own(event) if kind == "usage_update" else event
                    runs[run].append(Step(max(0, t - times[run]), own))
                times[run] = t if kind != "heartbeat" else times[run]
    return [RecordedRun(steps, answers) for steps in runs.values()]


class _Counters:
    """A provider's running totals as what each run used. One that fell has begun anew, as in the ledger."""

    def __init__(self) -> None:
        self._last: dict[str, Any] = {}
        self._before: dict[str, Any] = {}

    def begin(self) -> None:
        """A run begins: what has been counted so far is not its own."""
        self._before = dict(self._last)

    def own(self, event: dict[str, Any]) -> dict[str, Any]:
        """A `usage_update` with this run's own counters."""
        totals = event.get("modelUsage")
        if event.get("cumulative") is False or not isinstance(totals, dict):
            return event
        self._last.update(totals)
        usage = {model: _since(now, self._before.get(model)) for model, now in totals.items()}
        return {**event, "cumulative": False, "modelUsage": usage}


def _since(now: Any, before: Any) -> Any:
    if not isinstance(now, dict) or not isinstance(before, dict):
        return now
    counted = {
        key: (now[key], before[key]) for key in _COUNTED if _is_count(now.get(key)) and _is_count(before.get(key))
    }
    if any(new < old for new, old in counted.values()):
        return now
    # Through their shortest decimals: the difference of two prices is a price again, not a float's rounding error.
    return now | {key: type(new)(Decimal(repr(new)) - Decimal(repr(old))) for key, (new, old) in counted.items()}


def _is_count(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _record(line: bytes) -> Any:
    try:
        return _decode(line)
    except (msgspec.MsgspecError, RecursionError):
        return None


def flood(events: int, rate: float) -> RecordedRun:
    """A made-up run of `events` words `w1 w2 ...` at `rate` a second (0: as fast as they are read)."""
    return RecordedRun(_flood(events, rate), {})


def _flood(events: int, rate: float) -> Iterator[Step]:
    model = "replay-flood"
    yield Step(0, {"type": "session_info_update", "model": model})
    for number in range(1, events + 1):
        before, due = (int(n * 1000 / rate) if rate else 0 for n in (number - 1, number))
        content = {"type": "text", "text": f"w{number} "}
        yield Step(due - before, {"type": "agent_message_chunk", "content": content, "messageId": "flood"})
    usage: wire.ModelUsage = {"inputTokens": 10, "outputTokens": events, "costUSD": events / 100_000}
    yield Step(0, {"type": "usage_update", "cumulative": False, "modelUsage": {model: usage}})
    yield Step(0, {"type": "end", "stopReason": "end_turn", "turns": 1})
