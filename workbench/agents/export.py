"""A run's transcript as a file of its own: `<step>-<timestamp>.jsonl`, its configuration first, then its events.

Idea: the session's folder holds the truth; an export is a copy for people and other tools, made when it is asked for.
Invariant: what looks like a secret is taken out of every line, and failing to write an export never fails a run.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.agents import session as sessions
from workbench.agents.session import TRANSCRIPT, Session
from workbench.agents.transcript import Record, Transcript
from workbench.errors import NotFound
from workbench.paths import Home, write_atomic
from workbench.redact import scrub

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True)
class Exported:
    """A file's name and what belongs in it."""

    name: str
    text: str


def export(home: Home, session_id: str, run: str | None = None) -> Exported:
    """The transcript of a run, or of a whole session. Raises NotFound for a run that the session does not have."""
    about = sessions.load(home, session_id)
    with Transcript(home.session(session_id) / TRANSCRIPT) as transcript:
        config, events = _of_run(about, _records(transcript), run)
    if run is not None and "run" not in config:
        raise NotFound(
            f"Session {session_id} has no run {run}, or its transcript was pruned.",
            remedy="List its runs with: workbench usage session-runs.",
            session=session_id,
            run=run,
        )
    text = "".join(f"{msgspec.json.encode(scrub(line)).decode()}\n" for line in (config, *events))
    return Exported(_name(about, int(config["started"])), text)


def write(folder: Path, exported: Exported) -> Path | None:
    """Puts an export into `folder`; where that cannot be done, the log says why, and there is none."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / exported.name
        write_atomic(path, exported.text.encode())
    except OSError as error:
        _LOG.warning("The transcript could not be exported to %s: %s", folder, error)
        return None
    return path


def _records(transcript: Transcript) -> Iterator[Record]:
    offset, end = 0, transcript.end()
    while offset < end:
        page = transcript.read(offset)
        yield from page.records
        offset = page.offset


def _of_run(about: Session, records: Iterator[Record], run: str | None) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The configuration, and the agent's events as they came, the vendor's own within them."""
    config: dict[str, Any] = {"type": "config", "started": about.created, **msgspec.to_builtins(about)}
    events: list[dict[str, Any]] = []
    for record in records:
        frame = record.f
        if frame is None or record.d == "shim" or run not in {None, frame.get("id")}:
            continue
        if record.d == "out":
            events.append(frame)
        elif frame.get("method") == "sendMessage" and run is None:
            events.append({"type": "request", "id": frame.get("id"), "params": frame.get("params")})
        elif frame.get("method") == "sendMessage":
            config |= {"started": record.t, "run": run, "request": frame.get("params")}
    return config, events


def _name(about: Session, started: int) -> str:
    step = re.sub(r"[^A-Za-z0-9._-]+", "-", about.step or "run").strip(".-") or "run"
    return f"{step}-{datetime.fromtimestamp(started / 1000, UTC).strftime('%Y-%m-%dT%H-%M-%S')}.jsonl"
