"""A row of Claude Code's transcript: its shape, and the samplings that one tells of.

Idea: the shapes say which types count, so the decoder refuses what is none. A row that it refuses is looked at again,
more patiently: a byte order mark, bad UTF-8 or a strange label lose nothing, a count that is no count loses the row.

Invariant: tokens are taken as written or not at all.
"""

from __future__ import annotations

from typing import Any, Final, TypeAlias

import msgspec
from msgspec import Struct

from workbench.usage.sampling import ADVISOR, COMPACTION, MESSAGE
from workbench.usage.sources.decoding import Count, Moment, labels, tidied
from workbench.usage.sources.lines import loads


class Split(Struct, gc=False):
    """How long the written cache is kept."""

    ephemeral_5m_input_tokens: Count | None = 0
    ephemeral_1h_input_tokens: Count | None = 0


class Counts(Struct, gc=False):
    """What a response used, or an iteration of it."""

    input_tokens: Count | None = 0
    output_tokens: Count | None = 0
    cache_creation_input_tokens: Count | None = None
    cache_read_input_tokens: Count | None = 0
    cache_creation: Split | None = None


class Iteration(Counts, gc=False):
    """One of the requests that the provider made for one response."""

    type: str | None = None
    model: str | None = None


class OutputDetails(Struct, gc=False):
    thinking_tokens: Count | None = 0


class ServerTools(Struct, gc=False):
    web_search_requests: Count | None = 0


class Usage(Counts, gc=False):
    """All that is billed for one response."""

    output_tokens_details: OutputDetails | None = None
    iterations: list[Iteration] | None = None
    server_tool_use: ServerTools | None = None
    service_tier: str | None = None
    speed: str | None = None
    inference_geo: str | None = None


class Message(Struct, gc=False):
    id: str | None = None
    model: str | None = None
    stop_reason: str | None = None
    usage: Usage | None = None


class Row(Struct, gc=False):
    """One line."""

    type: str | None = None
    message: Message | None = None
    requestId: str | None = None  # noqa: N815 - the writer's spelling, here and below
    uuid: str | None = None
    timestamp: Moment | None = None
    isSidechain: bool | None = False  # noqa: N815
    sessionId: str | None = None  # noqa: N815
    cwd: str | None = None
    gitBranch: str | None = None  # noqa: N815
    agentId: str | None = None  # noqa: N815
    attributionAgent: str | None = None  # noqa: N815
    attributionSkill: str | None = None  # noqa: N815
    attributionPlugin: str | None = None  # noqa: N815
    attributionMcpServer: str | None = None  # noqa: N815
    attributionMcpTool: str | None = None  # noqa: N815
    effort: str | None = None
    costUSD: float | None = None  # noqa: N815


class Agent(Struct, gc=False):
    """What a progress row repeats: a row of the subagent's own transcript."""

    message: Row | None = None
    agentId: str | None = None  # noqa: N815
    type: str | None = None


class Progress(Row, gc=False):
    data: Agent | None = None


ROW: Final = msgspec.json.Decoder(Row)
PROGRESS: Final = msgspec.json.Decoder(Progress)

_LABELS: Final = labels((Row, Message, Usage, Iteration))
_PARTS: Final = frozenset({"message", "usage", "iterations", "data"})

EXTRA: Final = (ADVISOR, COMPACTION)
"""Kinds of iterations that are not in the sums of their response."""


Request: TypeAlias = tuple[str, str | None, int, int, int, int, int]
"""What one request used: its kind and model, then i, o, c5, c1 and cr of a sampling. A plain tuple, for there are many."""


def repaired(line: bytes) -> Row | None:
    """The row of a line that the decoder refused, None where it is of a kind that never counts.

    Raises Unreadable, or msgspec's ValidationError for a count that is none.
    """
    value = loads(line)
    kind = value.get("type") if isinstance(value, dict) else None
    if kind == "assistant":
        return msgspec.convert(_tidy(value), Row)
    if kind == "progress":
        return nested(msgspec.convert(_tidy(value), Progress))
    return None


def _tidy(value: dict[str, Any]) -> Any:
    tidy = tidied(value, _LABELS, _PARTS)
    told = tidy.get("costUSD")
    if isinstance(told, bool) or not isinstance(told, int | float):
        tidy.pop("costUSD", None)
    return tidy


def nested(row: Progress) -> Row | None:
    """The subagent's row within a progress row, as its own transcript would have it."""
    agent = row.data
    if agent is None or agent.message is None or agent.message.type != "assistant":
        return None
    inner = agent.message
    inner.isSidechain = True
    inner.timestamp = inner.timestamp or row.timestamp
    inner.agentId = inner.agentId or agent.agentId
    inner.sessionId = inner.sessionId or row.sessionId
    inner.cwd = inner.cwd or row.cwd
    inner.gitBranch = inner.gitBranch or row.gitBranch
    return inner


def requests(usage: Usage, model: str | None) -> list[Request]:
    """The requests behind one response, in their order.

    The iterations of kind message are the response itself, taken apart where they sum to it: then each has a prompt of
    its own. What an advisor or a compaction used comes on top.
    """
    whole = _request(MESSAGE, model, usage)
    iterations = usage.iterations
    if not iterations or (len(iterations) == 1 and iterations[0].type == MESSAGE):
        return [whole]
    parts = [_request(part.type or MESSAGE, part.model or model, part) for part in iterations]
    messages = [part for part in parts if part[0] not in EXTRA]
    if len(messages) > 1 and _sums(messages) == _sums([whole]):
        kept = iter(_kept_longer(messages, whole))
        return [part if part[0] in EXTRA else next(kept) for part in parts]
    return [whole, *(part for part in parts if part[0] in EXTRA)]


def _request(kind: str, model: str | None, counts: Counts) -> Request:
    c5, c1 = counts.cache_creation_input_tokens or 0, 0
    if counts.cache_creation is not None:
        c5, c1 = _written(counts.cache_creation, counts.cache_creation_input_tokens)
    return kind, model, counts.input_tokens or 0, counts.output_tokens or 0, c5, c1, counts.cache_read_input_tokens or 0


def _written(split: Split, flat: int | None) -> tuple[int, int]:
    """The cache written for five minutes and for an hour. The flat total is right where the split disagrees."""
    hour = split.ephemeral_1h_input_tokens or 0
    if flat is None:
        return split.ephemeral_5m_input_tokens or 0, hour
    hour = min(hour, flat)
    return flat - hour, hour


def _sums(parts: list[Request]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*((i, o, c5 + c1, cr) for _, _, i, o, c5, c1, cr in parts), strict=True)))


def _kept_longer(messages: list[Request], whole: Request) -> list[Request]:
    """The messages with their hour's share of the written cache, where only the response tells the split."""
    left = whole[5]
    if any(part[5] for part in messages):
        return messages
    shared = []
    for kind, model, i, o, written, _, cr in messages:
        hour = min(left, written)
        left -= hour
        shared.append((kind, model, i, o, written - hour, hour, cr))
    return shared
