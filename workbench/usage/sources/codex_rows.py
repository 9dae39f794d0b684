"""A row of Codex's rollouts, and of the streams of `codex exec --json`: shapes, and the counts of both spellings."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from workbench.usage.sources.decoding import Count, Moment, labels, tidied
from workbench.usage.sources.lines import loads


class Tokens(Struct, gc=False):
    """Counts as OpenAI gives them: input holds what was cached, output holds the reasoning."""

    input_tokens: Count | None = None
    cached_input_tokens: Count | None = None
    cache_write_input_tokens: Count | None = None
    output_tokens: Count | None = None
    reasoning_output_tokens: Count | None = None
    prompt_tokens: Count | None = None
    cached_tokens: Count | None = None
    completion_tokens: Count | None = None
    reasoning_tokens: Count | None = None


class Info(Struct, gc=False):
    """`total_token_usage` counts over the thread, `last_token_usage` the last request."""

    total_token_usage: Tokens | None = None
    last_token_usage: Tokens | None = None
    model: str | None = None


class Window(Struct, gc=False):
    """What is used of one of the plan's limits."""

    used_percent: float | None = None
    window_minutes: int | None = None
    resets_at: int | float | None = None
    resets_in_seconds: int | float | None = None


class RateLimits(Struct, gc=False):
    primary: Window | None = None
    secondary: Window | None = None
    plan_type: str | None = None


class Git(Struct, gc=False):
    branch: str | None = None


class Payload(Struct, gc=False):
    """Of a session_meta, a turn_context or an event_msg: each has its own part of these."""

    type: str | None = None
    info: Info | None = None
    rate_limits: RateLimits | None = None
    id: str | None = None
    cwd: str | None = None
    model: str | None = None
    effort: str | None = None
    service_tier: str | None = None
    model_provider: str | None = None
    git: Git | None = None
    source: Any = None
    forked_from_id: str | None = None


class Line(Struct, gc=False):
    """One line; the last three are of a stream."""

    type: str | None = None
    timestamp: Moment | None = None
    payload: Payload | None = None
    usage: Tokens | None = None
    thread_id: str | None = None
    model: str | None = None


LINE: Final = msgspec.json.Decoder(Line)
_LABELS: Final = labels((Line, Payload, Info, RateLimits, Git))
_PARTS: Final = frozenset({"payload", "info", "rate_limits", "git"})
_KINDS: Final = frozenset({"event_msg", "turn_context", "session_meta", "turn.completed", "thread.started"})


def repaired(line: bytes) -> Line | None:
    """The row of a line that the decoder refused, None where it is of a kind that tells nothing of usage.

    Raises Unreadable, or msgspec's ValidationError for a count that is none.
    """
    value = loads(line)
    if not isinstance(value, dict) or value.get("type") not in _KINDS:
        return None
    tidy = tidied(value, _LABELS, _PARTS)
    payload = tidy.get("payload")
    if isinstance(payload, dict) and payload.get("type") != "token_count":
        payload.pop("info", None)
    return msgspec.convert(tidy, Line)


def counts(tokens: Tokens) -> tuple[int, int, int, int, int]:
    """Input, of it cached, of it written to the cache, output, of it reasoning."""
    return (
        tokens.input_tokens or tokens.prompt_tokens or 0,
        tokens.cached_input_tokens or tokens.cached_tokens or 0,
        tokens.cache_write_input_tokens or 0,
        tokens.output_tokens or tokens.completion_tokens or 0,
        tokens.reasoning_output_tokens or tokens.reasoning_tokens or 0,
    )
