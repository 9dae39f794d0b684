"""What a host and a sidecar say to each other, one JSON object a line.

Requests go in as `{id, method, params}`; events come out as `{type, id, ...}`, `type` always the first key and `id` the
second, because the shim reads no further. A run's id is the id of its `sendMessage`. Content events take the names of
ACP's `session/update`. Unknown kinds and unknown keys are kept and logged, never fatal: read with `.get`.

The types are TypedDicts: plain dictionaries at run time, checked by mypy, and turned into TypeScript for the views.
"""

from __future__ import annotations

from typing import Any, Final, Literal, NotRequired

from typing_extensions import TypedDict

VERSION: Final = 1

METHODS: Final = frozenset(
    {
        "sendMessage",
        "generateTitle",
        "listModels",
        "stopSession",
        "steerSession",
        "updateConfig",
        "permissionResponse",
        "userInputResponse",
        "shutdown",
        "ping",
        "listCommands",
        "contextUsage",
    }
)

TERMINAL: Final = frozenset({"end", "aborted", "error"})
"""The last event of a run has one of these types; each run has exactly one."""

RESOLVED: Final = frozenset({"permissionResolved", "userInputResolved"})
"""How a question was answered; the event that asks it names it too."""

PERMISSION_PREFIX: Final = "perm:"
INPUT_PREFIX: Final = "input:"
"""An answer's request id is the prefix and the question's id, so the shim's duplicate rule makes the first answer win."""


# -- requests ---------------------------------------------------------------------------------------------------------


class Request(TypedDict):
    """Any request; `params` is one of the shapes below."""

    id: str
    method: str
    params: dict[str, Any]


class SendMessage(TypedDict):
    """Starts a turn. Everything but the prompt has a default; what a provider cannot do it ignores and says so."""

    prompt: str
    model: NotRequired[str | None]
    cwd: NotRequired[str | None]
    resume: NotRequired[str | None]
    """The provider's own session id, to go on where it stopped."""
    systemPrompt: NotRequired[str | None]
    """Text appended to the provider's preset; None leaves the preset as it is."""
    permissionMode: NotRequired[Literal["ask", "plan", "accept_edits", "bypass"] | None]
    tools: NotRequired[list[str] | None]
    """The tools that are offered at all: absent or None, the provider's own choice; none, none."""
    allowedTools: NotRequired[list[str] | None]
    disallowedTools: NotRequired[list[str]]
    maxTurns: NotRequired[int | None]
    maxBudgetUsd: NotRequired[float | None]
    thinking: NotRequired[bool | int | None]
    """False off, True on with 16,000 tokens, or a number of tokens."""
    effort: NotRequired[str | None]
    skills: NotRequired[list[str]]
    """Paths of skill folders (each holds a SKILL.md) that the agent may use."""
    trustedSkills: NotRequired[list[str]]
    """Those of them whose own commands run and that may allow themselves tools; of the others the permission mode decides."""
    writes: NotRequired[list[str] | None]
    """Absent or None: the permission mode decides. Absolute folders, or files: below them, or these, are written without
    asking, and every other tool that may change something is denied, sub-agents' included; with none, all of them are.
    """
    spares: NotRequired[list[str]]
    """Absolute folders, or files, below those of `writes` that are not written all the same: what people have answered."""
    askedTools: NotRequired[list[str]]
    """Tools that are asked about each time where `writes` would deny them for not saying what they change (a shell)."""
    outputSchema: NotRequired[dict[str, Any] | None]
    """The JSON schema of what the turn shall return; comes back as `structured` of its `end`."""
    purpose: NotRequired[str | None]
    """Why the turn is made, for the ledger: step, gate, repair, refine, test, judge, suggest."""
    permissionTimeoutS: NotRequired[float]
    """Seconds until an unanswered permission or question is a denial: 1800, or 0 where nobody can be asked."""
    options: NotRequired[dict[str, Any]]
    """What only one provider knows, for example replay's `recording` and `speed`."""


class Steer(TypedDict):
    """Guidance for the running turn."""

    prompt: str


class UpdateConfig(TypedDict, total=False):
    """Changes for the turns to come."""

    model: str | None
    permissionMode: str | None


class PermissionResponse(TypedDict):
    """The answer to one permissionRequest."""

    permissionId: str
    behavior: Literal["allow", "deny"]
    message: NotRequired[str]
    updatedInput: NotRequired[dict[str, Any]]
    remember: NotRequired[bool]
    """Allow the same tool for the rest of this session."""


class UserInputResponse(TypedDict):
    """The answer to one userInputRequest; `content` maps each question's text to the chosen label or typed text."""

    userInputId: str
    action: Literal["submit", "decline", "cancel"]
    content: NotRequired[dict[str, Any]]


# -- events -----------------------------------------------------------------------------------------------------------


class Ready(TypedDict):
    """The first line of every sidecar."""

    type: Literal["ready"]
    version: int
    provider: str
    pid: int
    capabilities: dict[str, bool]


class TextContent(TypedDict):
    """A piece of text, in ACP's shape."""

    type: Literal["text"]
    text: str


class MessageChunk(TypedDict):
    """Some of what the agent says. Chunks of one `messageId` belong together; `parent` is a sub-agent's tool call."""

    type: Literal["agent_message_chunk"]
    id: str
    content: TextContent
    messageId: NotRequired[str]
    parent: NotRequired[str]
    raw: NotRequired[Any]


class ThoughtChunk(TypedDict):
    """Some of what the agent thinks."""

    type: Literal["agent_thought_chunk"]
    id: str
    content: TextContent
    messageId: NotRequired[str]
    parent: NotRequired[str]
    raw: NotRequired[Any]


ToolStatus = Literal["pending", "in_progress", "completed", "failed"]


class ToolContent(TypedDict):
    """One piece of a tool's result."""

    type: Literal["content"]
    content: TextContent


class DiffContent(TypedDict):
    """A file that a tool writes, before and after, in ACP's shape; `oldText` is None for one that was not there."""

    type: Literal["diff"]
    path: str
    oldText: str | None
    newText: str


class ToolCall(TypedDict):
    """The agent calls a tool. `kind` is ACP's: read, edit, delete, move, search, execute, think, fetch or other."""

    type: Literal["tool_call"]
    id: str
    toolCallId: str
    title: str
    name: str
    kind: str
    status: ToolStatus
    rawInput: dict[str, Any]
    parent: NotRequired[str]
    raw: NotRequired[Any]


class ToolCallUpdate(TypedDict):
    """News of a tool call: keys that are absent have not changed."""

    type: Literal["tool_call_update"]
    id: str
    toolCallId: str
    status: NotRequired[ToolStatus]
    title: NotRequired[str]
    rawInput: NotRequired[dict[str, Any]]
    content: NotRequired[list[ToolContent | DiffContent]]
    raw: NotRequired[Any]


class PlanEntry(TypedDict):
    """One item of the agent's to-do list."""

    content: str
    priority: Literal["high", "medium", "low"]
    status: Literal["pending", "in_progress", "completed"]


class Plan(TypedDict):
    """The agent's whole to-do list, replacing the last one."""

    type: Literal["plan"]
    id: str
    entries: list[PlanEntry]
    raw: NotRequired[Any]


class ModelUsage(TypedDict, total=False):
    """Counters of one model. Tokens are whole numbers; `costUSD` is the vendor's own estimate, absent if unknown. The last
    five are what a price may depend on, where the provider tells it of one response.
    """

    inputTokens: int
    outputTokens: int
    cacheReadInputTokens: int
    cacheCreationInputTokens: int
    costUSD: float | None
    costBasis: str
    contextWindow: int
    cacheCreationEphemeral1hInputTokens: int
    webSearchRequests: int
    serviceTier: str
    speed: str
    inferenceGeo: str


class UsageUpdate(TypedDict):
    """What the provider has counted. `modelUsage` is CUMULATIVE over the provider's session where `cumulative` is true
    (the ledger differences it; a decrease is a reset), else it is this turn's own. With a `messageId` it is of that one
    response alone, and stands until an update without one, which counts all; the last word on a response is its count.
    """

    type: Literal["usage_update"]
    id: str
    cumulative: bool
    modelUsage: dict[str, ModelUsage]
    messageId: NotRequired[str]
    parent: NotRequired[str]
    """Of a sub-agent's response: the tool call that started it. What came out of it may be told in part."""
    contextUsed: NotRequired[int]
    contextSize: NotRequired[int]
    raw: NotRequired[Any]


class SessionInfo(TypedDict):
    """What the provider calls this session, and with what it runs; repeated at each turn."""

    type: Literal["session_info_update"]
    id: str
    provider: NotRequired[str]
    """`replay` where what follows is a recording, whatever model it names."""
    providerSessionId: NotRequired[str]
    model: NotRequired[str]
    title: NotRequired[str]
    tools: NotRequired[list[str]]
    skills: NotRequired[list[str]]
    raw: NotRequired[Any]


class Notice(TypedDict):
    """A sentence for the person that is neither the agent's text nor an error: a retry, a compaction, a limit."""

    type: Literal["notice"]
    id: str
    severity: Literal["info", "warning"]
    message: str
    code: NotRequired[str]
    raw: NotRequired[Any]


class Heartbeat(TypedDict):
    """Sent every 15 s while a turn is open."""

    type: Literal["heartbeat"]
    id: str


class PermissionRequest(TypedDict):
    """The agent wants to use a tool and must be told."""

    type: Literal["permissionRequest"]
    id: str
    permissionId: str
    toolName: str
    toolInput: dict[str, Any]
    toolCallId: NotRequired[str]
    title: NotRequired[str]
    description: NotRequired[str]


class PermissionResolved(TypedDict):
    """A permission has its answer, whoever gave it."""

    type: Literal["permissionResolved"]
    id: str
    permissionId: str
    behavior: Literal["allow", "deny"]
    by: Literal["user", "timeout", "policy"]


class QuestionOption(TypedDict):
    """One choice of a question."""

    label: str
    description: NotRequired[str]


class Question(TypedDict):
    """One question to the person."""

    question: str
    header: NotRequired[str]
    options: NotRequired[list[QuestionOption]]
    multiSelect: NotRequired[bool]


class UserInputRequest(TypedDict):
    """The agent asks the person."""

    type: Literal["userInputRequest"]
    id: str
    userInputId: str
    message: NotRequired[str]
    questions: list[Question]
    toolCallId: NotRequired[str]


class UserInputResolved(TypedDict):
    """A question has its answer."""

    type: Literal["userInputResolved"]
    id: str
    userInputId: str
    action: Literal["submit", "decline", "cancel"]
    by: Literal["user", "timeout", "policy"]


class Steered(TypedDict):
    """The reply to steerSession: `id` is that request's id, `run` the turn it went to."""

    type: Literal["steered"]
    id: str
    accepted: bool
    run: NotRequired[str]
    reason: NotRequired[str]


class End(TypedDict):
    """The turn is over as the agent meant it."""

    type: Literal["end"]
    id: str
    stopReason: str
    structured: NotRequired[Any]
    """What was returned to the request's `outputSchema`; absent where the provider gave none. Not checked here."""
    turns: NotRequired[int]
    durationMs: NotRequired[int]
    apiDurationMs: NotRequired[int]
    raw: NotRequired[Any]


class Aborted(TypedDict):
    """The turn was stopped; what was said stands."""

    type: Literal["aborted"]
    id: str
    reason: str
    turns: NotRequired[int]
    durationMs: NotRequired[int]
    raw: NotRequired[Any]


class ErrorEvent(TypedDict):
    """The turn failed; or, with the id of another request, that request did; or, without one, a line was unreadable."""

    type: Literal["error"]
    id: NotRequired[str]
    kind: str
    message: str
    remedy: NotRequired[str]
    facts: NotRequired[dict[str, Any]]
    turns: NotRequired[int]
    durationMs: NotRequired[int]
    raw: NotRequired[Any]


class ShimStart(TypedDict):
    """Written by the shim: a new incarnation of the session begins."""

    type: Literal["start"]
    pid: int
    version: int


class ShimExit(TypedDict):
    """Written by the shim, the guard or a settler: the incarnation is over; `open` lists the runs it cut off."""

    type: Literal["exit"]
    reason: str
    code: NotRequired[int | None]
    open: list[str]
    by: NotRequired[str]


class Reply(TypedDict):
    """The answer to a request that is not a turn (`pong`, `stopped`, `modelsListed`, `titleGenerated`, ...)."""

    type: Literal[
        "pong", "stopped", "configUpdated", "modelsListed", "titleGenerated", "commandsListed", "contextUsageResult"
    ]
    id: str
    result: NotRequired[Any]


Event = (
    Ready
    | MessageChunk
    | ThoughtChunk
    | ToolCall
    | ToolCallUpdate
    | Plan
    | UsageUpdate
    | SessionInfo
    | Notice
    | Heartbeat
    | PermissionRequest
    | PermissionResolved
    | UserInputRequest
    | UserInputResolved
    | Steered
    | End
    | Aborted
    | ErrorEvent
    | ShimStart
    | ShimExit
    | Reply
)
"""Every event that is known by name."""
