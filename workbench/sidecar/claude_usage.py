"""What each response of the model has used, as Claude Code tells it: so that a run that is killed is not for nothing.

Idea: the totals come with the result alone, and a process that is killed says none. But the stream of a response tells
its numbers when it is over, and a sub-agent's message the first ones of its own: all that went in, and of what came out
no more than had come by then. The numbers of the stream are read as Claude Code reads them: what its last word leaves
out, or has as nothing, is as it began.

Invariant: a response is known by its message id, and what is told later of one takes the place of what was told before.
"""

from __future__ import annotations

from typing import Any, Final

from claude_agent_sdk import AssistantMessage

Counted = dict[str, Any]
"""The fields of a `usage_update` of one response."""

SYNTHETIC: Final = "<synthetic>"
"""The model that Claude Code names for what it says itself."""

_WENT_IN: Final = {
    "input_tokens": "inputTokens",
    "cache_read_input_tokens": "cacheReadInputTokens",
    "cache_creation_input_tokens": "cacheCreationInputTokens",
}
_SERVED: Final = {"service_tier": "serviceTier", "speed": "speed", "inference_geo": "inferenceGeo"}


class Responses:
    """The responses of one turn; those that are streaming are known by whose they are, None for the agent's own."""

    def __init__(self) -> None:
        self._streaming: dict[str | None, dict[str, Any]] = {}
        self._told: set[str] = set()

    def begin(self, message: dict[str, Any], parent: str | None) -> None:
        """A response begins to stream; what it tells then is a first guess."""
        self._streaming[parent] = message
        self._told.add(message["id"])

    def over(self, usage: dict[str, Any], parent: str | None) -> Counted | None:
        """The last numbers of a response that was streaming."""
        message = self._streaming.get(parent)
        if message is None or not usage:
            return None
        first = message.get("usage") or {}
        last = {name: count for name, count in usage.items() if count is not None and (count or name not in _WENT_IN)}
        return counted(message["id"], message.get("model"), {**first, **last}, parent)

    def whole(self, message: AssistantMessage) -> Counted | None:
        """A message that comes whole, as a sub-agent's do, block by block: the first of them tells."""
        if not message.message_id or message.message_id in self._told or not message.usage:
            return None
        self._told.add(message.message_id)
        return counted(message.message_id, message.model, message.usage, message.parent_tool_use_id)


def counted(message_id: str, model: str | None, usage: dict[str, Any], parent: str | None) -> Counted | None:
    """One response's numbers in the words of the wire; None where no model has said it."""
    if not model or model == SYNTHETIC:
        return None
    written, served = usage.get("cache_creation") or {}, usage.get("server_tool_use") or {}
    numbers = {ours: usage.get(name) for name, ours in _WENT_IN.items()}
    numbers["outputTokens"] = usage.get("output_tokens")
    numbers["cacheCreationEphemeral1hInputTokens"] = written.get("ephemeral_1h_input_tokens")
    numbers["webSearchRequests"] = served.get("web_search_requests")
    numbers |= {ours: usage.get(name) for name, ours in _SERVED.items()}
    known = {name: value for name, value in numbers.items() if value not in (None, "")}
    of = {"parent": parent} if parent else {}
    return {"cumulative": False, "messageId": message_id, **of, "modelUsage": {model: known}, "raw": {"usage": usage}}
