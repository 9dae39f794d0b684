"""A message of OpenCode, as its database and its older files hold it."""

from __future__ import annotations

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta, Struct

from workbench.usage.sampling import LATEST, MAX_COUNT
from workbench.usage.sources.decoding import Count, labels, tidied
from workbench.usage.sources.lines import Unreadable, loads

Instant = Annotated[int, Meta(ge=0, le=LATEST)]
"""In ms UTC."""

ASSISTANT: Final = "assistant"


class Cache(Struct, gc=False):
    read: Count | None = 0
    write: Count | None = 0


class Tokens(Struct, gc=False):
    """`input` is what no cache gave or took; `reasoning` stands beside `output`, and is billed like it."""

    input: Count | None = 0
    output: Count | None = 0
    reasoning: Count | None = 0
    cache: Cache | None = None
    total: Count | None = None


class Time(Struct, gc=False):
    created: Instant | None = None
    completed: Instant | None = None


class Folder(Struct, gc=False):
    cwd: str | None = None


class Message(Struct, gc=False):
    """One message; those of the assistant have counts."""

    id: str | None = None
    sessionID: str | None = None  # noqa: N815 - the writer's spelling, here and below
    role: str | None = None
    modelID: str | None = None  # noqa: N815
    providerID: str | None = None  # noqa: N815
    agent: str | None = None
    mode: str | None = None
    variant: str | None = None
    finish: str | None = None
    cost: float | None = None
    tokens: Tokens | None = None
    time: Time | None = None
    path: Folder | None = None


MESSAGE: Final = msgspec.json.Decoder(Message)
_LABELS: Final = labels((Message, Folder))
_PARTS: Final = frozenset({"path"})


def repaired(line: bytes) -> Message | None:
    """The message that the decoder refused, None where it is not the assistant's.

    Raises Unreadable, or msgspec's ValidationError for a count that is none.
    """
    value: Any = loads(line)
    if not isinstance(value, dict):
        raise Unreadable("is no message")
    if value.get("role") != ASSISTANT:
        return None
    tidy = tidied(value, _LABELS, _PARTS)
    if not isinstance(tidy.get("cost"), int | float):
        tidy.pop("cost", None)
    return msgspec.convert(tidy, Message)


def counts(tokens: Tokens) -> tuple[int, int, int, int, int]:
    """Input, output with its reasoning, cache written and read, reasoning.

    A release that gives a total shows by it whether output held the reasoning already.
    """
    i, o, reason = tokens.input or 0, tokens.output or 0, tokens.reasoning or 0
    cache = tokens.cache or Cache()
    read, write = cache.read or 0, cache.write or 0
    inside = tokens.total == i + o + read + write
    return i, min(o if inside else o + reason, MAX_COUNT), write, read, reason
