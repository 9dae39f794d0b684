"""What a transcript amounts to: messages that are finished, runs that are over, and what is still open.

Idea: the ledger is not told what happened, it reads it. `fold` takes the records one by one into a `State` and hands
out what has become final; the state is plain data, so it is stored beside the offset and any host goes on from there.

Invariant: what is handed out is a function of the transcript's bytes alone: however the reading was cut into commits,
whoever did it, the same rows come out. A record begins at most one message, so a message is known by the `seq` that
began it; a run has exactly one terminal message, its own or the process's exit.
"""

from __future__ import annotations

from typing import Any, Final, Literal

import msgspec

from workbench.agents.transcript import Direction, Milliseconds, Seq

Role = Literal["user", "assistant", "system"]
Status = Literal["completed", "aborted", "error", "interrupted"]
Standing = Literal["created", "live", "busy", "ended"]


class Frame(msgspec.Struct, gc=False, rename="camel"):
    """What the fold looks at in a frame; the rest, the vendor's raw event above all, is passed over undecoded.

    Only what the shim itself relies on is typed: a provider's odd value in any other place must not cost the record.
    """

    type: str | None = None
    id: str | None = None
    method: str | None = None
    params: Any = None
    content: Any = None
    message_id: Any = None
    parent: Any = None
    tool_call_id: Any = None
    title: Any = None
    name: Any = None
    kind: Any = None
    status: Any = None
    raw_input: Any = None
    entries: Any = None
    cumulative: Any = None
    model_usage: Any = None
    provider_session_id: Any = None
    model: Any = None
    severity: Any = None
    message: Any = None
    code: Any = None
    permission_id: Any = None
    tool_name: Any = None
    tool_input: Any = None
    description: Any = None
    behavior: Any = None
    by: Any = None
    user_input_id: Any = None
    questions: Any = None
    action: Any = None
    accepted: Any = None
    run: Any = None
    reason: Any = None
    stop_reason: Any = None
    structured: Any = None
    turns: Any = None
    duration_ms: Any = None
    api_duration_ms: Any = None
    remedy: Any = None
    facts: Any = None


class Entry(msgspec.Struct, gc=False):
    """A record as the fold reads it."""

    seq: Seq
    t: Milliseconds
    d: Direction
    f: Frame | None = None


ENTRIES: Final = msgspec.json.Decoder(Entry)


class Message(msgspec.Struct, omit_defaults=True):
    """One message, and a row once it is finished.

    kind: prompt, steer (user); text, thought, tool, plan, permission, question (assistant); notice, and the terminal
    ones end, aborted, error, interrupted (system).
    """

    seq: int
    t: int
    run: str | None
    role: Role
    kind: str
    content: dict[str, Any]


class OpenText(msgspec.Struct, omit_defaults=True):
    """Text or thought that is still being said: by the agent, or by a sub-agent in a lane of its own."""

    seq: int
    t: int
    kind: str
    message_id: str | None
    parts: list[str]


class Response(msgspec.Struct, omit_defaults=True):
    """What one response of the model has used, by model."""

    usage: dict[str, dict[str, Any]]
    lane: str | None = None
    """The sub-agent's tool call; None for the agent's own."""
    over: bool = True
    """A sub-agent's response is told when it has begun: a total need not have counted it yet, and of what came out of it
    only a part is known.
    """


class OpenRun(msgspec.Struct, omit_defaults=True):
    """A turn without its terminal event."""

    started: int
    model: str | None = None
    purpose: str | None = None
    fresh: bool = False
    texts: dict[str, OpenText] = {}
    """By lane: "" is the agent's own, any other is the sub-agent's tool call."""
    tools: dict[str, Message] = {}
    asked: dict[str, Message] = {}
    """Permissions and questions without an answer, by id with their prefix."""
    plan: Message | None = None
    usage: dict[str, dict[str, Any]] = {}
    cumulative: bool = True
    responses: dict[str, Response] = {}
    """By message id: those that `usage` has not counted yet."""
    told: dict[str, int] = {}
    """The sum of the responses that are over and that `usage` has counted."""
    events: int = 0
    tool_uses: int = 0
    compactions: int = 0


class FinishedRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that is over, as the ledger takes it. `usage` is the provider's last word on each model, as it came:
    counters over the provider's whole session where `cumulative`, else this run's own.
    """

    run: str
    model: str | None
    purpose: str | None
    """Why it was made, as who asked for it said: step, gate, repair, refine, test, judge, suggest."""
    status: Status
    reason: str | None
    stop_reason: str | None
    started: int
    ended: int
    usage: dict[str, dict[str, Any]]
    cumulative: bool
    responses: list[dict[str, dict[str, Any]]]
    """What each response has used, by model, that `usage` has not counted: the run ended before all was told."""
    told: dict[str, int]
    """What those responses came to, at least, that `usage` has counted: it has grown by no less in this run."""
    fresh: bool
    """It began a session at the provider: whatever was counted before is not in these counters."""
    provider_session: str | None
    duration_ms: int | None
    api_duration_ms: int | None
    turns: int | None
    tool_uses: int
    compactions: int
    events: int


class State(msgspec.Struct, omit_defaults=True):
    """Where the fold stands after a record."""

    seq: int = 0
    bad: int = 0
    """Lines and records that could not be understood, or that came twice."""
    missing: int = 0
    """Numbers that no record bears."""
    incarnations: int = 0
    alive: bool = False
    turns: int = 0
    """Of this incarnation."""
    exit_reason: str | None = None
    t: int = 0
    provider_session: str | None = None
    model: str | None = None
    title: str | None = None
    runs: dict[str, OpenRun] = {}
    steers: dict[str, Message] = {}
    switches: dict[str, str] = {}
    """Models that this process was asked to switch to and has not yet, by request."""

    @property
    def standing(self) -> Standing:
        """How the session stands as far as the transcript says; only its lock knows whether it is lost."""
        if not self.incarnations:
            return "created"
        if not self.alive:
            return "ended"
        return "busy" if self.runs else "live"


Output = Message | FinishedRun
