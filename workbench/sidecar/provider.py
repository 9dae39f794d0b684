"""The one protocol behind which every vendor stands, and the flags that say what a vendor can do.

A provider is an object that lives in the sidecar's loop and serves one session. It starts turns, reports events
through the `Turn` it is given, and never writes to stdout itself. What it cannot do, its capabilities say; nobody asks
for the lowest common denominator.
"""

from __future__ import annotations

import importlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, Protocol

from workbench.errors import UnknownProvider
from workbench.protocol import wire


@dataclass(frozen=True)
class Capabilities:
    """What a provider can do; the views show only what is true here."""

    thinking: bool = False
    tools: bool = False
    permissions: bool = False
    questions: bool = False
    steer: bool = False
    interrupt: bool = True
    resume: bool = False
    model_switch: bool = False
    budgets: bool = False
    skills: bool = False
    structured_output: bool = False
    cost: bool = False
    offline: bool = False

    def to_dict(self) -> dict[str, bool]:
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """A person's (or the time limit's) answer to a permission or a question."""

    behavior: Literal["allow", "deny"]
    by: Literal["user", "timeout", "policy"]
    message: str = ""
    content: dict[str, Any] | None = None
    """A permission's changed input, or a question's answers by question text."""
    remember: bool = False


class Turn(Protocol):
    """What a provider may do to the outside while a turn is open. The sidecar's main loop implements it."""

    id: str
    request: wire.SendMessage

    def emit(self, kind: str, /, **fields: Any) -> None:
        """Sends one event of this turn: `emit("agent_message_chunk", content=..., raw=...)`. Never blocks."""
        ...

    async def drain(self) -> None:
        """Waits until the host has taken most of what was emitted; await it now and then, or memory holds the rest."""
        ...

    async def ask_permission(self, permission_id: str, tool: str, tool_input: dict[str, Any], **fields: Any) -> Answer:
        """Sends a permissionRequest, waits for its answer (a late or lost one is a denial), sends permissionResolved."""
        ...

    async def ask_input(self, input_id: str, questions: list[wire.Question], **fields: Any) -> Answer:
        """Sends a userInputRequest, waits for its answer, sends userInputResolved; `content` holds the answers."""
        ...


@dataclass(frozen=True)
class Outcome:
    """How a turn ended: the one terminal event, without its id. `fields` go out as they are."""

    type: Literal["end", "aborted", "error"]
    fields: dict[str, Any]


class Provider(Protocol):
    """One vendor, one session. All methods run on the sidecar's loop; any may raise WorkbenchError."""

    name: str
    capabilities: Capabilities

    async def run(self, turn: Turn) -> Outcome:
        """Plays one turn to its end. Raising is an `error` outcome; being cancelled is an `aborted` one."""
        ...

    async def interrupt(self) -> None:
        """Asks the running turn to stop and keep what it has; `run` then returns an `aborted` outcome."""
        ...

    async def steer(self, prompt: str) -> bool:
        """Guidance for the running turn; False when there is none, or the provider cannot."""
        ...

    async def update(self, config: wire.UpdateConfig) -> None:
        """Changes the model or permission mode for the turns to come (or at once, where the vendor can)."""
        ...

    async def models(self) -> list[dict[str, Any]]:
        """`[{id, label, description?, default?}]`, the default one first."""
        ...

    async def commands(self) -> list[dict[str, Any]]:
        """`[{name, description, argumentHint?, source}]` of the vendor's slash commands."""
        ...

    async def title(self, text: str) -> str:
        """A short title for a session that begins with `text`."""
        ...

    async def context_usage(self) -> dict[str, Any]:
        """How full the context is: `{used, size, categories?}`; empty when nothing is known."""
        ...

    async def close(self) -> None:
        """Ends the vendor's processes; bounded by two seconds by the caller."""
        ...


@dataclass(frozen=True)
class Listing:
    """A provider as it is listed without loading it."""

    name: str
    label: str
    module: str
    extra: str | None
    """The extra that installs it: `pip install 'jupyter-workbench[claude]'`."""
    package: str | None
    """The import name whose presence says that the extra is installed."""
    secrets: tuple[str, ...] = ()
    """Environment variables that hold its keys: allowed into the child, masked everywhere."""
    environment: tuple[str, ...] = ()
    """Other variables that it reads, each by its name or, with a trailing `_`, by its beginning."""


PROVIDERS: Final[dict[str, Listing]] = {
    "replay": Listing("replay", "Replay (offline)", "workbench.sidecar.replay", None, None),
    "claude": Listing(
        "claude",
        "Claude Code",
        "workbench.sidecar.claude",
        "claude",
        "claude_agent_sdk",
        ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "CLAUDE_CODE_OAUTH_TOKEN"),
        ("ANTHROPIC_", "CLAUDE_CONFIG_DIR", "CLAUDE_CODE_", "DISABLE_"),
    ),
}
"""Every provider that can be named, in the order in which they are offered."""


@dataclass(frozen=True)
class KeyQuestion:
    """The cheapest question that a vendor's service answers to a good key alone. A provider that knows one has a
    function `key_question(name, key, environ)` at its door.
    """

    base: str
    """Where the vendor's own program would take the key."""
    path: str
    headers: dict[str, str]
    base_from: str
    """The variable that may name another base."""


def key_question(provider: Listing, name: str, key: str, environ: Mapping[str, str]) -> KeyQuestion | None:
    """How to ask whether a key works; None when the provider knows no such question."""
    ask: Callable[[str, str, Mapping[str, str]], KeyQuestion] | None
    ask = getattr(importlib.import_module(provider.module), "key_question", None)
    return ask(name, key, environ) if ask is not None else None


Factory = Callable[[], Awaitable[Provider]]


def listing(name: str) -> Listing:
    """The listing of a provider by name; raises UnknownProvider with the known ones."""
    try:
        return PROVIDERS[name]
    except KeyError:
        known = list(PROVIDERS)
        raise UnknownProvider(
            f"There is no provider named {name!r}.", remedy=f"Use one of: {', '.join(known)}.", known=known
        ) from None


def load(name: str) -> Provider:
    """The provider itself. Raises SidecarMissing, with the pip line, when its extra or binary is not installed."""
    provider: Provider = importlib.import_module(listing(name).module).create()
    return provider
