"""A turn on a terminal, event by event, the odd ones included."""

from __future__ import annotations

import asyncio
import io
import os
import pty
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from workbench.hosts.cli_stream import JsonLines, Person, Printer


def shown(*events: dict[str, Any]) -> tuple[str, str]:
    """What a person gets on stdout and on stderr."""
    out, err = io.StringIO(), io.StringIO()
    printer = Printer(out, err)
    for event in events:
        printer.event({"id": "run", **event})
    return out.getvalue(), err.getvalue()


def chunk(kind: str, text: str) -> dict[str, Any]:
    return {"type": f"agent_{kind}_chunk", "content": {"type": "text", "text": text}}


def test_text_goes_to_stdout_and_thinking_to_stderr_each_from_a_fresh_line() -> None:
    out, err = shown(
        chunk("thought", "Hm."), chunk("message", "So"), chunk("message", " it is."), chunk("thought", "Ah.")
    )
    assert out == "So it is.\n"
    assert err == "Hm.\nAh."


def test_a_tool_is_one_line_and_only_its_failure_another() -> None:
    call = {"type": "tool_call", "toolCallId": "1", "title": "Run\n make", "name": "Bash"}
    fine = {"type": "tool_call_update", "toolCallId": "1", "status": "completed"}
    assert shown(call, fine)[1] == "• Run make\n"
    assert shown(call, {**fine, "status": "failed"})[1] == "• Run make\n  failed: Run make\n"


def test_an_error_is_a_sentence_and_its_remedy() -> None:
    event = {"type": "error", "kind": "api", "message": "The model is busy.", "remedy": "Try again."}
    assert shown(event)[1] == "workbench: The model is busy.\n  Try again.\n"


@pytest.mark.parametrize(
    "event",
    [
        {"type": "agent_message_chunk"},
        {"type": "agent_message_chunk", "content": {"type": "image"}},
        {"type": "agent_thought_chunk", "content": "text"},
        {"type": "tool_call"},
        {"type": "tool_call_update", "status": "failed"},
        {"type": "notice"},
        {"type": "permissionResolved"},
        {"type": "error"},
        {"type": "aborted"},
        {"type": "from_the_future"},
    ],
)
def test_an_event_that_lacks_something_is_no_fault(event: dict[str, Any]) -> None:
    shown(event)


def test_json_leaves_out_heartbeats_and_nothing_else() -> None:
    out = io.StringIO()
    lines = JsonLines(out)
    lines.event({"type": "heartbeat", "id": "run"})
    lines.event({"type": "from_the_future", "id": "run"})
    assert out.getvalue() == '{"type": "from_the_future", "id": "run"}\n'


# -- questions --------------------------------------------------------------------------------------------------------


@pytest.fixture
def keyboard(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """What is written to it is typed at the terminal that is this process's stdin."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as stdin, os.fdopen(ours, "wb", buffering=0):
        monkeypatch.setattr(sys, "stdin", stdin)
        yield ours


def wants(tool: str) -> dict[str, Any]:
    return {"type": "permissionRequest", "permissionId": tool, "toolName": tool, "toolInput": {}}


async def asked(capsys: pytest.CaptureFixture[str], tool: str) -> str:
    """What is on the screen, once it asks for this tool."""
    shown = ""
    async with asyncio.timeout(60):
        while f"{tool} wants" not in shown or not shown.endswith("session: "):
            shown += capsys.readouterr().err
            await asyncio.sleep(0.01)
    return shown


async def test_two_questions_at_once_are_asked_one_after_the_other(
    keyboard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person()
    first, second = (asyncio.create_task(person.permission(wants(tool))) for tool in ("Read", "Bash"))
    assert "Bash" not in await asked(capsys, "Read")
    os.write(keyboard, b"a\n")
    assert await first == ("allow", True)
    await asked(capsys, "Bash")
    os.write(keyboard, b"no\n")
    assert await second == ("deny", False)


async def test_a_question_that_is_answered_elsewhere_makes_room_for_the_next(
    keyboard: int, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person()
    first, second = (asyncio.create_task(person.permission(wants(tool))) for tool in ("Read", "Bash"))
    await asked(capsys, "Read")
    first.cancel()
    await asked(capsys, "Bash")
    os.write(keyboard, b"y\n")
    assert await second == ("allow", False)


async def test_the_end_of_the_keyboard_is_a_no(keyboard: int, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asyncio.create_task(Person().permission(wants("Read")))
    await asked(capsys, "Read")
    os.write(keyboard, b"\x04")
    assert await answer == ("deny", False)


async def test_a_question_is_answered_by_the_number_of_a_choice_or_in_words(keyboard: int) -> None:
    options = [{"label": "red"}, {"label": "green"}]
    event = {"questions": [{"question": "Which?", "options": options}, {"question": "Why?"}, {"question": "When?"}]}
    answer = asyncio.create_task(Person().input(event))
    os.write(keyboard, b"2\nbecause\n\n")
    assert await answer == {"Which?": "green", "Why?": "because"}
