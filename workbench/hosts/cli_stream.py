"""A turn on a terminal: what the agent says on stdout, all that is about it on stderr, and questions to the person.

`Printer` writes for people, `JsonLines` one event a line for programs; both take the same events. Invariant: nothing that
an agent says reaches the terminal with a control character in it.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO

from workbench.hosts.cli_text import Style, money, one_line, safe

if TYPE_CHECKING:
    from workbench.agents.pool import Pool

Event = dict[str, Any]


async def turn_events(pool: Pool, session: str, run: str, since: int) -> AsyncGenerator[Event, None]:
    """A turn's own events above a record. A process that ends in its middle is the turn's error."""
    async for batch in pool.follow(session, since):
        for record in batch.records:
            frame = record.get("f") or {}
            if record["d"] == "out" and frame.get("id") == run:
                yield frame
            elif record["d"] == "shim" and run in (frame.get("open") or ()):
                yield _cut_off(run, str(frame.get("reason")))


class JsonLines:
    """One JSON event a line, the first `started`, the last the turn's terminal one. Heartbeats are left out."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def begin(self, session: str, run: str) -> None:
        self.event({"type": "started", "id": run, "session": session})

    def event(self, event: Event) -> None:
        if event["type"] != "heartbeat":
            print(json.dumps(event, ensure_ascii=False), file=self._out, flush=True)

    def note(self, text: str) -> None:
        del text

    def footer(self, session: str, rows: Sequence[dict[str, Any]]) -> None:
        del session, rows


class Printer:
    """Text as it comes, thinking dim, a tool one line, and at the end what it cost."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._style = Style(err)
        self._at_start = True
        self._thinking = False
        self._tools: dict[str, str] = {}

    def begin(self, session: str, run: str) -> None:
        del run
        self.note(f"Session {session}")

    def event(self, event: Event) -> None:
        """Shows one event; those that a person need not see are passed over."""
        match event["type"]:
            case "agent_message_chunk":
                self._say(_text(event))
            case "agent_thought_chunk":
                self._think(_text(event))
            case "tool_call":
                title = str(event.get("title") or event.get("name") or "A tool")
                self._tools[str(event.get("toolCallId"))] = title
                self._line(self._style("cyan", "• ") + one_line(title))
            case "tool_call_update" if event.get("status") == "failed":
                self._line(
                    self._style("red", "  failed: ") + one_line(self._tools.get(str(event.get("toolCallId")), ""))
                )
            case "notice":
                self._line(self._style("yellow", safe(str(event.get("message")))))
            case "permissionResolved" | "userInputResolved":
                self._line(self._style("dim", _resolved(event)))
            case "error":
                self._line(f"workbench: {safe(str(event.get('message')))}")
                if event.get("remedy"):
                    self._line(f"  {safe(str(event['remedy']))}")
            case "aborted":
                self._line(self._style("yellow", f"Stopped ({one_line(str(event.get('reason')))})."))

    def note(self, text: str) -> None:
        self._line(self._style("dim", text))

    def end(self) -> None:
        """What is printed next, by whomever, begins a line."""
        self._fresh_line(self._err if self._thinking else self._out)
        self._thinking = False

    def footer(self, session: str, rows: Sequence[dict[str, Any]]) -> None:
        """What the turn used, one part a model."""
        for row in rows:
            tokens = f"{row['input_tokens']:,} in, {row['output_tokens']:,} out"
            replay = " (replay)" if row["replay"] else ""
            took = f", {row['duration_ms'] / 1000:.1f} s" if row["duration_ms"] is not None else ""
            self.note(
                f"{row['provider']}{replay}, {one_line(', '.join(row['models']))}: {tokens}, {money(row['cost'])}{took}"
            )
        self.note(f'Go on with: workbench sessions resume {session} "..."')

    def _say(self, text: str) -> None:
        if self._thinking:
            self._fresh_line(self._err)
        self._thinking = False
        self._write(self._out, safe(text))

    def _think(self, text: str) -> None:
        if not self._thinking:
            self._fresh_line(self._out)
        self._thinking = True
        self._write(self._err, safe(text), dim=True)

    def _write(self, stream: TextIO, text: str, *, dim: bool = False) -> None:
        if text:
            self._at_start = text.endswith("\n")
            stream.write(self._style("dim", text) if dim else text)
            stream.flush()

    def _line(self, text: str) -> None:
        self.end()
        print(text, file=self._err, flush=True)

    def _fresh_line(self, stream: TextIO) -> None:
        if not self._at_start:
            stream.write("\n")
            stream.flush()
            self._at_start = True


def _text(event: Event) -> str:
    """A chunk's text; a chunk that holds something else has none."""
    content = event.get("content")
    text = content.get("text") if isinstance(content, dict) else None
    return text if isinstance(text, str) else ""


def _cut_off(run: str, reason: str) -> Event:
    return {
        "type": "error",
        "id": run,
        "kind": "session_gone",
        "message": f"The agent's process ended in the middle of the turn ({reason}).",
        "remedy": "What it said is kept. Go on with: workbench sessions resume.",
        "facts": {"reason": reason},
    }


def _resolved(event: Event) -> str:
    decision = event.get("behavior") or event.get("action")
    words = {"allow": "allowed", "deny": "denied", "submit": "answered", "decline": "declined", "cancel": "declined"}
    by = {"timeout": ": nobody was there to ask (--wait SECONDS, or --permission)", "policy": " by the rules"}
    return f"  {words.get(str(decision), str(decision))}{by.get(str(event.get('by')), '')}"


# -- questions to the person ------------------------------------------------------------------------------------------


class Person:
    """Whoever sits at this terminal. One question has it at a time, from its first line to its answer."""

    def __init__(self) -> None:
        self._terminal = asyncio.Lock()

    async def permission(self, event: Event) -> tuple[Literal["allow", "deny"], bool]:
        """Yes, no, or always; anything but a yes is a no."""
        async with self._terminal:
            print(f"{safe(str(event.get('toolName')))} wants to run:", file=sys.stderr)
            print(safe(json.dumps(event.get("toolInput"), indent=2, ensure_ascii=False)), file=sys.stderr)
            answer = (await _line_from_terminal("Allow? [y]es, [n]o, [a]lways in this session: ")).lower()
        return ("allow" if answer in {"y", "yes", "a", "always"} else "deny"), answer in {"a", "always"}

    async def input(self, event: Event) -> dict[str, Any]:
        """The answers by question: the number of a choice, or words. An empty answer to all of them is none."""
        content: dict[str, Any] = {}
        async with self._terminal:
            for question in event.get("questions") or []:
                print(safe(question["question"]), file=sys.stderr)
                labels = [option["label"] for option in question.get("options") or []]
                for number, label in enumerate(labels, 1):
                    print(f"  {number}. {safe(label)}", file=sys.stderr)
                answer = await _line_from_terminal("> ")
                if answer:
                    chosen = labels[int(answer) - 1] if answer.isdigit() and 1 <= int(answer) <= len(labels) else answer
                    content[question["question"]] = chosen
        return content


async def _line_from_terminal(prompt: str) -> str:
    """One line, without a thread that would wait for it for ever: whoever answers elsewhere ends the wait. A terminal
    that has ended, or gone away, says nothing.
    """
    print(prompt, end="", file=sys.stderr, flush=True)
    loop = asyncio.get_running_loop()
    line: asyncio.Future[bytes] = loop.create_future()
    descriptor = sys.stdin.fileno()

    def ready() -> None:
        try:
            said = os.read(descriptor, 4096)
        except OSError:
            said = b""
        if not line.done():
            line.set_result(said)

    loop.add_reader(descriptor, ready)
    try:
        return (await line).decode("utf-8", "replace").strip()
    finally:
        loop.remove_reader(descriptor)
