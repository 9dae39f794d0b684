"""What a rollout has told so far: whose thread it is, how it is served, and every total that it went through."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from workbench.usage.sampling import ContextRow
from workbench.usage.sources.lines import text

if TYPE_CHECKING:
    from workbench.usage.sources.codex_rows import Payload

Totals: TypeAlias = tuple[int, int, int, int, int]
"""Input, of it cached, of it written to the cache, output, of it reasoning."""

NOTHING: Final[Totals] = (0, 0, 0, 0, 0)
STREAM: Final = "exec:"
"""Before the id of a saved stream: it is not the rollout of its thread, but tells of the same."""


@dataclass
class Thread:
    """The state of a file, kept between two readings of it."""

    thread: str
    known: bool = False
    stream: bool = False
    parent: str | None = None
    cwd: str | None = None
    branch: str | None = None
    provider: str = "openai"
    model: str | None = None
    effort: str | None = None
    tier: str | None = None
    agent: str | None = None
    last: Totals = NOTHING
    totals: list[Totals] = field(default_factory=list)

    @classmethod
    def after(cls, state: str | None, thread: str) -> Thread:
        """As the last reading left it, or a new one."""
        if state is None:
            return cls(thread)
        kept: dict[str, Any] = json.loads(state)
        kept["last"] = tuple(kept["last"])
        return cls(**kept)

    def state(self) -> str:
        """What the next reading is given."""
        return json.dumps(vars(self), separators=(",", ":"))

    def begin(self, meta: Payload) -> None:
        """The first session_meta is the file's own; those that follow were copied from the parent."""
        if self.known:
            return
        self.known = True
        self.thread = meta.id or self.thread
        self.cwd = meta.cwd
        self.branch = meta.git.branch if meta.git else None
        self.provider = meta.model_provider or self.provider
        spawned = meta.source.get("subagent") if isinstance(meta.source, dict) else None
        if spawned is not None:
            self.agent, self.parent = _subagent(spawned)
        self.parent = meta.forked_from_id or self.parent

    def stream_of(self, thread: str) -> None:
        """A saved stream begins, or goes on with another thread."""
        if self.known and self.parent != thread:
            self.last = NOTHING
        if not self.known:
            self.known = self.stream = True
            self.thread, self.parent = STREAM + thread, thread

    def turn(self, context: Payload) -> None:
        """A turn begins: the newest word on how it is served."""
        self.cwd = context.cwd or self.cwd
        self.model = context.model or self.model
        self.effort = context.effort or self.effort
        self.tier = context.service_tier

    def moved(self, total: Totals, request: Totals | None = None) -> Totals | None:
        """What was used since the last total, None where that is told again. A total that fell has begun anew, and so has
        one that is all its last request's.
        """
        last = self.last
        if total == last:
            return None
        self.last = total
        self.totals.append(total)
        if total[0] < last[0] or total[3] < last[3] or total == request:
            return total
        return (
            total[0] - last[0],
            max(0, total[1] - last[1]),
            max(0, total[2] - last[2]),
            total[3] - last[3],
            max(0, total[4] - last[4]),
        )

    def plus(self, request: Totals) -> Totals:
        """The total behind a request that tells of itself only."""
        a, b, c, d, e = self.last
        return a + request[0], b + request[1], c + request[2], d + request[3], e + request[4]

    def context(self) -> ContextRow:
        """Where the next sampling is made."""
        session = self.parent if self.stream else self.thread
        side = 1 if self.agent else 0
        agent_id = self.thread if side else None
        return (
            *(self.provider, session, self.cwd, self.cwd, self.branch, agent_id, None, None, self.agent),
            *(None, None, self.effort, None, self.tier, None, side, None),
        )


def _subagent(spawned: Any) -> tuple[str | None, str | None]:
    """The kind of a subagent and its parent's thread, of `"review"` or `{"thread_spawn": {"parent_thread_id": ...}}`."""
    if not isinstance(spawned, dict):
        return text(spawned), None
    for kind, details in spawned.items():
        if isinstance(details, dict):
            return text(details.get("agent_role")) or text(kind), text(details.get("parent_thread_id"))
        return text(kind), None
    return None, None
