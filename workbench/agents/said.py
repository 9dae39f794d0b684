"""What one run said and did, read from its session's transcript: for whoever must make something of its answer.

Idea: the answer of a run is where everything else is, in the transcript, and any host may ask for it at any time: while
the run is open, after its end, after the death of who started it. Invariant: the same bytes give the same answer, and
reading changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from workbench.agents.fold import fold
from workbench.agents.run import ENTRIES, Entry, FinishedRun, Message, Output, State, Status
from workbench.agents.session import TRANSCRIPT
from workbench.agents.transcript import READ_BYTES, Transcript
from workbench.errors import NotFound
from workbench.paths import Home

_ENDS: Final = frozenset({"end", "aborted", "error", "interrupted"})


@dataclass
class Said:
    """A run as it stands. What a sub-agent said is not among the `texts`; its tool calls are among the `tools`."""

    run: str
    prompt: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    """What the request had for its provider alone."""
    purpose: str | None = None
    structured: Any = None
    """What the provider returned to the request's `outputSchema`, unchecked; None where it returned nothing."""
    texts: list[str] = field(default_factory=list)
    """The agent's messages, each whole, in order; of an open run also what has been said of the last."""
    tools: list[Message] = field(default_factory=list)
    """The calls that are over: `content` has name, title, rawInput, status and what came back, diffs included."""
    asked: list[Message] = field(default_factory=list)
    """Permissions and questions that wait for a person, the oldest first."""
    end: Message | None = None
    """The terminal message (`kind`: end, aborted, error, interrupted), None while the run is open."""
    status: Status | None = None
    """None while the run is open."""
    reason: str | None = None
    turns: int | None = None
    duration_ms: int | None = None

    @property
    def failure(self) -> dict[str, Any] | None:
        """`{kind, message, remedy, facts}` of a run that ended in an error."""
        return dict(self.end.content) if self.end is not None and self.end.kind == "error" else None


def said(home: Home, session: str, run: str, *, since: int = 0) -> Said:
    """What `run` said. `since`: a number below its first record (`Pool.before`), to read no more than is needed.

    Raises NotFound where the transcript does not know the run, or is no more (pruned).
    """
    with Transcript(home.session(session) / TRANSCRIPT) as transcript:
        told = read(run, _entries(transcript, transcript.offset_of(since) if since else 0))
    if told is None:
        raise NotFound(
            f"The transcript of session {session} does not tell of run {run}.",
            remedy="List the session's runs; a transcript that was pruned tells of none.",
            session=session,
            run=run,
        )
    return told


def read(run: str, entries: Iterable[Entry]) -> Said | None:
    """What the records tell of `run`, up to its end; None where they do not begin it."""
    state, told = State(), None
    for entry in entries:
        if entry.seq <= state.seq:
            continue  # it came twice
        if told is None and not _begins(entry, run):
            state.seq = entry.seq
            continue
        told = told or Said(run, options=_options(entry))
        for output in fold(state, entry):
            _take(told, output)
        if told.status is not None:
            if entry.d == "out" and entry.f is not None:
                told.structured = entry.f.structured
            return told
    if told is not None:
        _take_open(told, state)
    return told


def _entries(transcript: Transcript, offset: int) -> Iterable[Entry]:
    while (page := transcript.decode(offset, ENTRIES, READ_BYTES)).offset > offset:
        yield from page.records
        offset = page.offset


def _begins(entry: Entry, run: str) -> bool:
    frame = entry.f
    return entry.d == "in" and frame is not None and frame.method == "sendMessage" and frame.id == run


def _options(entry: Entry) -> dict[str, Any]:
    params = entry.f.params if entry.f is not None else None
    options = params.get("options") if isinstance(params, dict) else None
    return dict(options) if isinstance(options, dict) else {}


def _take(told: Said, output: Output) -> None:
    if output.run != told.run:
        return
    if isinstance(output, FinishedRun):
        told.status, told.reason, told.purpose = output.status, output.reason, output.purpose
        told.turns, told.duration_ms = output.turns, output.duration_ms
    elif output.kind == "prompt":
        told.prompt = output.content["text"]
    elif output.kind == "text" and "parent" not in output.content:
        told.texts.append(output.content["text"])
    elif output.kind == "tool":
        told.tools.append(output)
    elif output.kind in _ENDS:
        told.end = output


def _take_open(told: Said, state: State) -> None:
    """Of a run that is not over: what is being said, and what waits for a person."""
    run = state.runs.get(told.run)
    if run is None:
        return
    told.purpose = run.purpose
    told.asked = sorted(run.asked.values(), key=lambda asked: asked.seq)
    own = run.texts.get("")
    if own is not None and own.kind == "text":
        told.texts.append("".join(own.parts))
