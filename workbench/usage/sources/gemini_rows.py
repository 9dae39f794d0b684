"""A chat of Gemini CLI: one JSON object with all of its messages."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec import Struct

from workbench.usage.sampling import MAX_COUNT
from workbench.usage.sources.decoding import Count, Moment, labels, tidied

GEMINI: Final = "gemini"


class Tokens(Struct, gc=False):
    """`input` holds what was cached; `thoughts` and `tool` (the prompts of tools) stand beside output and input."""

    input: Count | None = 0
    output: Count | None = 0
    cached: Count | None = 0
    thoughts: Count | None = 0
    tool: Count | None = 0
    total: Count | None = None


class Message(Struct, gc=False):
    """One message; those of the model have counts."""

    id: str | None = None
    type: str | None = None
    timestamp: Moment | None = None
    model: str | None = None
    tokens: Tokens | None = None


_LABELS: Final = labels((Message,))


def message(value: Any) -> Message | None:
    """A message of a chat, None where it is not the model's.

    Raises msgspec's ValidationError for a count that is none.
    """
    if not isinstance(value, dict) or value.get("type") != GEMINI:
        return None
    return msgspec.convert(tidied(value, _LABELS, frozenset()), Message)


def counts(tokens: Tokens) -> tuple[int, int, int, int]:
    """Input that was not cached, output with its thoughts, cached input, thoughts.

    The prompts of tools are input too, unless the total shows that input held them already.
    """
    prompt, o, thoughts, tool = tokens.input or 0, tokens.output or 0, tokens.thoughts or 0, tokens.tool or 0
    cached = min(tokens.cached or 0, prompt)
    if tokens.total == prompt + o + thoughts:
        tool = 0
    return min(prompt - cached + tool, MAX_COUNT), min(o + thoughts, MAX_COUNT), cached, thoughts
