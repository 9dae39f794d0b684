"""What was said in a session, as Markdown for a notebook that is opened where Workbench is not.

Invariant: whatever the agent wrote, the result is harmless in any front end (`defuse`), short, and says of a replay that
it is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import apsw

from workbench.agents import table
from workbench.agents.defuse import Line, blocks, clean, defuse_line, tail
from workbench.agents.table import MessageRow

LIMIT: Final = 20_000
TITLE: Final = 200
"""The most of a tool call's title that is shown."""

REPLAYED: Final = "*Replay: a recording was played, no model was asked.*"


def markdown(connection: apsw.Connection, session: str, run: str | None = None, limit: int = LIMIT) -> str:
    """The last `limit` characters of what was said in a session, or in one of its runs."""
    row = table.get(connection, session)
    footer = f"\n\n{REPLAYED}" if row is not None and row.provider == "replay" else ""
    said = _backwards(table.backwards(connection, session, run=run))
    return tail(said, limit - len(footer)).strip("\n") + footer


def _backwards(messages: Iterable[MessageRow]) -> Iterator[Line]:
    """The lines of messages that come from the last to the first, likewise, with an empty one between two messages."""
    for message in messages:
        if lines := list(_lines(message)):
            yield Line("")
            yield from reversed(lines)


def _lines(message: MessageRow) -> Iterator[Line]:
    content = message.content
    text = str(content.get("text") or "")
    if message.kind == "text":
        yield from blocks(text)
    elif message.kind in {"prompt", "steer"}:
        yield from (Line(f"> {defuse_line(line)}") for line in clean(text).split("\n"))
    elif message.kind == "tool":
        yield Line(f"- {_tool(content)}")
    elif message.kind == "plan":
        yield from (Line(_entry(entry)) for entry in content.get("entries") or [])
    elif line := _sentence(message.kind, content):
        yield Line(f"*{defuse_line(line)}*")


def _tool(content: dict[str, Any]) -> str:
    name, title = str(content.get("name") or "Tool"), str(content.get("title") or "")
    return f"**{defuse_line(name[:TITLE])}** {defuse_line(title[:TITLE])} ({defuse_line(str(content.get('status')))})"


def _entry(entry: object) -> str:
    if not isinstance(entry, dict):
        return "- "
    done = "x" if entry.get("status") == "completed" else " "
    return f"- [{done}] {defuse_line(str(entry.get('content') or '')[:TITLE])}"


def _sentence(kind: str, content: dict[str, Any]) -> str:
    """What happened, in a few words; nothing for what needs none."""
    if kind == "permission":
        behavior = (content.get("answer") or {}).get("behavior", "unanswered")
        return f"Permission for {content.get('toolName')}: {behavior}."
    if kind == "question":
        asked = [str(one.get("question")) for one in content.get("questions") or [] if isinstance(one, dict)]
        return f"Asked: {' '.join(asked)}"
    if kind in {"aborted", "interrupted"}:
        return f"{kind.capitalize()}: {content.get('reason') or 'no reason given'}."
    if kind in {"error", "notice"}:
        return f"{content.get('message') or ''} {content.get('remedy') or ''}".strip()
    return ""
