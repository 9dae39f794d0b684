"""What Claude Code's SDK says, in the words of the wire. Pure: messages in, events out, no clock and no I/O.

The stream is told twice: as raw API events while it happens, and as whole messages when a block is complete. Text and
thinking are taken from the first telling, tool calls from the second, and nothing is said twice. A sub-agent's
messages come only whole; they carry `parent`, the tool call that started it. What was used is the result's
`modelUsage`, which is cumulative and passed on as it is; what each response has used until then is read in
`claude_usage`.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from typing import Any, Final

from claude_agent_sdk import (
    AssistantMessage,
    ContentBlock,
    Message,
    RateLimitEvent,
    ResultMessage,
    ServerToolUseBlock,
    StreamEvent,
    SystemMessage,
    TextBlock,
    ThinkingBlock,
    ToolResultBlock,
    ToolUseBlock,
    UserMessage,
)

from workbench.sidecar.claude_tools import Checklist, kind_of, title_of
from workbench.sidecar.claude_usage import SYNTHETIC, Counted, Responses

Event = tuple[str, dict[str, Any]]
"""The type of a wire event and its other keys."""

RAW_LIMIT: Final = 64 * 1024
"""A vendor's own record of a tool result beyond this is left out of `raw`: it repeats a whole file or picture."""

QUIET: Final = frozenset(
    {"status", "thinking_tokens", "task_started", "task_progress", "task_updated", "task_notification"}
    | {"hook_started", "hook_response", "session_state_changed", "permission_denied", "files_persisted"}
)
"""System messages that add nothing to what other events say."""


class Translator:
    """One turn's messages as events; it remembers only what a later message refers to."""

    def __init__(self, checklist: Checklist) -> None:
        self.cwd = ""
        self.model = ""
        self.context_used: int | None = None
        self.failure: str | None = None
        """Claude Code's word for what went wrong with the model, as `authentication_failed`."""
        self.spoke = False
        """Whether the agent has said or done anything."""
        self.unknown: list[str] = []
        """Kinds of message that this version does not know, for the log."""
        self._prompt_tokens: int | None = None
        self._streaming: dict[str | None, str] = {}
        self._streamed: set[str] = set()
        self._calls: dict[str, ToolUseBlock] = {}
        self._begun: dict[str, bool] = {}
        self._checklist = checklist
        self._responses = Responses()

    def feed(self, message: Message) -> Iterator[Event]:
        """The events that one message makes, in order."""
        match message:
            case StreamEvent():
                yield from self._stream(message)
            case AssistantMessage():
                yield from self._assistant(message)
            case UserMessage():
                yield from self._user(message)
            case ResultMessage():
                yield from self._result(message)
            case RateLimitEvent():
                yield from rate_limit(message)
            case SystemMessage():
                yield from self._system(message)
            case _:
                self.unknown.append(type(message).__name__)

    def input_of(self, call: str) -> dict[str, Any]:
        """What a tool was called with, as the model wrote it."""
        return self._calls[call].input if call in self._calls else {}

    def title(self, name: str, tool_input: dict[str, Any]) -> str:
        return title_of(name, tool_input, self.cwd)

    def abandon(self) -> Iterator[Event]:
        """The calls that will have no result, because the turn is over."""
        for call, finished in self._begun.items():
            if not finished:
                yield "tool_call_update", {"toolCallId": call, "status": "failed"}
        self._begun.clear()

    # -- the stream, as it happens -------------------------------------------------------------------------------------

    def _stream(self, message: StreamEvent) -> Iterator[Event]:
        event, parent = message.event, message.parent_tool_use_id
        match event.get("type"):
            case "message_start":
                start = event["message"]
                self._streaming[parent] = start["id"]
                self._streamed.add(start["id"])
                self._count(parent, start.get("usage") or {})
                self._responses.begin(start, parent)
            case "message_delta":
                self._count(parent, event.get("usage") or {})
                yield from used(self._responses.over(event.get("usage") or {}, parent))
            case "content_block_start" if event["content_block"]["type"] == "tool_use":
                block = event["content_block"]
                yield self._begin(block["id"], block["name"], {}, parent, event)
            case "content_block_delta":
                yield from self._delta(event, parent)

    def _delta(self, event: dict[str, Any], parent: str | None) -> Iterator[Event]:
        delta, message_id = event["delta"], self._streaming.get(parent, "")
        if text := delta.get("text"):
            yield self._say("agent_message_chunk", text, message_id, parent, event)
        elif thinking := delta.get("thinking"):
            yield self._say("agent_thought_chunk", thinking, message_id, parent, event)

    def _count(self, parent: str | None, usage: dict[str, Any]) -> None:
        """How full the context is after this answer: all that went in, and what came out. A sub-agent has its own."""
        if parent is not None:
            return
        if usage.get("input_tokens"):
            parts = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
            self._prompt_tokens = sum(usage.get(part) or 0 for part in parts)
        if self._prompt_tokens is not None:
            self.context_used = self._prompt_tokens + (usage.get("output_tokens") or 0)

    # -- whole messages ------------------------------------------------------------------------------------------------

    def _assistant(self, message: AssistantMessage) -> Iterator[Event]:
        self.failure = message.error
        if message.error:
            return  # the same sentence comes as the result, and is the turn's error
        parent = message.parent_tool_use_id
        if message.model != SYNTHETIC and not parent:
            self.model = message.model
        for block in message.content:
            yield from self._block(block, message.message_id or "", parent)
        yield from used(self._responses.whole(message))

    def _block(self, block: ContentBlock, message_id: str, parent: str | None) -> Iterator[Event]:
        raw = dataclasses.asdict(block)
        match block:
            case TextBlock(text) if message_id not in self._streamed and text:
                yield self._say("agent_message_chunk", text, message_id, parent, raw)
            case ThinkingBlock(thinking) if message_id not in self._streamed and thinking:
                yield self._say("agent_thought_chunk", thinking, message_id, parent, raw)
            case ToolUseBlock():
                yield from self._call(block, parent, raw)
            case ServerToolUseBlock(id=call, name=name, input=tool_input):
                # Run by the vendor's servers, without news of its result.
                yield self._begin(call, name, tool_input, parent, raw, status="completed")

    def _call(self, block: ToolUseBlock, parent: str | None, raw: dict[str, Any]) -> Iterator[Event]:
        self._calls[block.id] = block
        if block.id in self._begun:
            news = {"status": "in_progress", "rawInput": block.input, "title": self.title(block.name, block.input)}
            yield "tool_call_update", {"toolCallId": block.id, **news, "raw": raw}
        else:
            yield self._begin(block.id, block.name, block.input, parent, raw, status="in_progress")
        if (entries := self._checklist.called(block.id, block.name, block.input)) is not None:
            yield "plan", {"entries": entries, "raw": raw}

    def _begin(
        self,
        call: str,
        name: str,
        tool_input: dict[str, Any],
        parent: str | None,
        raw: dict[str, Any],
        *,
        status: str = "pending",
    ) -> Event:
        self.spoke = True
        self._begun[call] = status == "completed"
        fields = {"toolCallId": call, "title": self.title(name, tool_input), "name": name, "kind": kind_of(name)}
        return "tool_call", {**fields, "status": status, "rawInput": tool_input, **of(parent), "raw": raw}

    def _user(self, message: UserMessage) -> Iterator[Event]:
        """Tool results. What the person or Claude Code itself puts into the conversation is no news to the person."""
        for block in message.content if isinstance(message.content, list) else []:
            if not isinstance(block, ToolResultBlock):
                continue
            self._begun[block.tool_use_id] = True
            yield (
                "tool_call_update",
                {
                    "toolCallId": block.tool_use_id,
                    "status": "failed" if block.is_error else "completed",
                    "content": contents(block.content),
                    **bounded({"tool_use_result": message.tool_use_result}),
                },
            )
            if (entries := self._checklist.answered(block.tool_use_id, message.tool_use_result)) is not None:
                yield "plan", {"entries": entries, **bounded({"tool_use_result": message.tool_use_result})}

    def _say(self, kind: str, text: str, message_id: str, parent: str | None, raw: dict[str, Any]) -> Event:
        self.spoke = True
        named = {"messageId": message_id} if message_id else {}
        return kind, {"content": {"type": "text", "text": text}, **named, **of(parent), "raw": raw}

    # -- about the session ---------------------------------------------------------------------------------------------

    def _system(self, message: SystemMessage) -> Iterator[Event]:
        data = message.data
        match message.subtype:
            case "init":
                self.cwd, self.model = data.get("cwd", ""), data.get("model", "")
                about: dict[str, Any] = {key: data.get(key) for key in ("model", "tools", "skills")}
                yield "session_info_update", {"providerSessionId": data["session_id"], **about, "raw": data}
            case "api_retry":
                yield notice(retry_text(data), "retry", data, severity="warning")
            case "compact_boundary":
                yield notice("The conversation was summarised to make room.", "compacted", data)
            case subtype if subtype not in QUIET:
                self.unknown.append(f"system/{subtype} with {', '.join(data)}")

    def _result(self, message: ResultMessage) -> Iterator[Event]:
        if not self.spoke and not message.is_error and message.result:
            yield self._say("agent_message_chunk", message.result, "", None, {"result": message.result})
        usage = message.model_usage or {}
        known: dict[str, Any] = {"contextUsed": self.context_used} if self.context_used is not None else {}
        if size := dict(usage.get(self.model) or {}).get("contextWindow"):
            known["contextSize"] = size
        raw = {"usage": message.usage, "total_cost_usd": message.total_cost_usd}
        yield "usage_update", {"cumulative": True, "modelUsage": usage, **known, "raw": raw}


def used(counted: Counted | None) -> Iterator[Event]:
    if counted is not None:
        yield "usage_update", counted


def of(parent: str | None) -> dict[str, str]:
    return {"parent": parent} if parent else {}


def notice(text: str, code: str, raw: dict[str, Any], *, severity: str = "info") -> Event:
    return "notice", {"severity": severity, "message": text, "code": code, "raw": raw}


def retry_text(data: dict[str, Any]) -> str:
    cause = data.get("error_status") or data.get("error") or "no answer"
    attempt = f"{data.get('attempt', '?')} of {data.get('max_retries', '?')}"
    return f"The model could not be reached ({cause}); trying again, {attempt}."


def rate_limit(message: RateLimitEvent) -> Iterator[Event]:
    """A word when a limit is near or reached; the many that say all is well are dropped."""
    info = message.rate_limit_info
    if info.status == "allowed":
        return
    window = (info.rate_limit_type or "usage").replace("_", " ")
    state = "is reached" if info.status == "rejected" else "is near"
    yield notice(f"The account's {window} limit {state}.", "rate_limit", info.raw, severity="warning")


def contents(result: str | list[dict[str, Any]] | None) -> list[dict[str, Any]]:
    """A tool's result as the wire has it: text. What is not text is named, not sent."""
    if result is None:
        return []
    parts = [{"type": "text", "text": result}] if isinstance(result, str) else result
    texts = [part["text"] if part.get("type") == "text" else f"[{part.get('type', 'content')}]" for part in parts]
    return [{"type": "content", "content": {"type": "text", "text": text}} for text in texts]


def bounded(raw: dict[str, Any]) -> dict[str, Any]:
    """`raw`, unless there is none or it is too long to be kept twice."""
    if not any(raw.values()):
        return {}
    size = len(json.dumps(raw, default=str))
    return {"raw": raw if size <= RAW_LIMIT else {"omitted": size}}


def raw_result(message: ResultMessage) -> dict[str, Any]:
    """The result without its text and its numbers, which other events have told."""
    told = {"result", "usage", "model_usage", "total_cost_usd", "structured_output"}
    return {key: value for key, value in dataclasses.asdict(message).items() if value is not None and key not in told}
