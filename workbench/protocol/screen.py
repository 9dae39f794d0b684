"""What a host and a screen say to each other, over HTTP, a WebSocket or a comm.

`{id, call, params}` gets one `{id, result}` or `{id, failure}`. `{sub, subscribe, since}` gets batches `{sub, since, seq,
events}` in order, or one `{sub, failure}`; `{unsubscribe}` ends it. `id` and `sub` are unique to the page, because a comm is
shared by all of its tabs. A batch covers the numbers above `since` up to `seq`: a screen takes it when `since` is
its own last number, ignores what lies at or below, and asks again from its last number when there is a gap.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

VIEW_MIME = "application/vnd.workbench.view+json"
VIEW_VERSION = 1

BATCH_SECONDS = 0.05
"""How long events are gathered before a batch is sent."""

BATCH_BYTES = 256 * 1024
"""The most that one batch carries; a bigger one is cut (a single bigger event travels alone)."""


class Model(BaseModel):
    """The base of everything that crosses to a screen: unknown keys are refused, values are frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Failure(Model):
    """Why a call or a subscription failed, for a person (`message`, `remedy`) and for a program (`kind`, `facts`)."""

    kind: str
    message: str
    remedy: str = ""
    facts: dict[str, Any] = Field(default_factory=dict)


class Call(Model):
    """One command to run."""

    id: str
    call: str
    params: dict[str, Any] = Field(default_factory=dict)


class Reply(Model):
    """The one answer to a call: `result` or `failure`."""

    id: str
    result: Any = None
    failure: Failure | None = None


class Subscribe(Model):
    """Asks for a topic's events above `since` (0: all). Topics: `session:<id>`, `workflow:<skill>`, `sessions`,
    `status`, `usage`, `skills`, `imports`.
    """

    sub: str
    subscribe: str
    since: int = 0


class Unsubscribe(Model):
    """Ends a subscription; there is no answer."""

    unsubscribe: str


class Record(Model):
    """One record of a session's transcript as a screen gets it: `raw` vendor events are left out, and neighbouring text
    chunks of one message may have been joined (then `seq` is the last one's).
    """

    seq: int
    t: int
    d: Literal["in", "out", "shim"]
    f: dict[str, Any] | None = None
    bad: dict[str, Any] | None = None


class Batch(Model):
    """Events of a subscription. `reset` says: forget what you had, this is the whole state (topics without history)."""

    sub: str
    since: int
    seq: int
    events: list[Any]
    reset: bool = False
    live: bool = True
    """False when the session has ended: nothing more will come unless it is resumed."""
    failure: Failure | None = None


class View(Model):
    """What a notebook stores of a view: its name and ids, nothing else."""

    version: int = VIEW_VERSION
    view: str
    params: dict[str, str] = Field(default_factory=dict)
