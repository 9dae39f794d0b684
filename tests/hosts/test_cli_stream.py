"""A turn on a terminal, event by event, the odd ones included."""

from __future__ import annotations

import io
from typing import Any

import pytest

from workbench.hosts.cli_stream import JsonLines, Printer


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
