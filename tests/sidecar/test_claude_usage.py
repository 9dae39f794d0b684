"""What each response has used, as Claude Code's stream tells it."""

from __future__ import annotations

from typing import Any

from claude_agent_sdk import AssistantMessage, Message, StreamEvent, TextBlock

from workbench.sidecar.claude_events import Translator
from workbench.sidecar.claude_tools import Checklist

MODEL = "claude-sonnet-5"


def told(*messages: Message) -> list[dict[str, Any]]:
    """The updates that are of one response, in order, without the vendor's own words."""
    by = Translator(Checklist())
    events = [event for message in messages for event in by.feed(message)]
    assert all(fields["raw"] for kind, fields in events if kind == "usage_update")
    return [
        {name: value for name, value in fields.items() if name != "raw"}
        for kind, fields in events
        if kind == "usage_update"
    ]


def stream(event: dict[str, Any], parent: str | None = None) -> StreamEvent:
    return StreamEvent(uuid="u", session_id="s", event=event, parent_tool_use_id=parent)


def begins(message_id: str, parent: str | None = None, **usage: Any) -> StreamEvent:
    message = {"id": message_id, "model": MODEL, "usage": usage}
    return stream({"type": "message_start", "message": message}, parent)


def ends(parent: str | None = None, **usage: Any) -> StreamEvent:
    return stream({"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage}, parent)


def says(message_id: str, parent: str | None = None, model: str = MODEL, **usage: Any) -> AssistantMessage:
    blocks: list[Any] = [TextBlock("So.")]
    return AssistantMessage(
        content=blocks, model=model, message_id=message_id, parent_tool_use_id=parent, usage=usage or None
    )


def of(message_id: str, **counts: Any) -> dict[str, Any]:
    return {"cumulative": False, "messageId": message_id, "modelUsage": {MODEL: counts}}


BEGUN = {"input_tokens": 10, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 3, "output_tokens": 1}


def test_a_response_is_told_once_when_it_is_over_with_what_came_out_of_it() -> None:
    updates = told(begins("m1", **BEGUN), says("m1", **BEGUN), says("m1", **BEGUN), ends(output_tokens=40))
    counts = {"inputTokens": 10, "cacheReadInputTokens": 5, "cacheCreationInputTokens": 3, "outputTokens": 40}
    assert updates == [of("m1", **counts)]


def test_a_response_that_is_not_over_is_not_told() -> None:
    assert told(begins("m1", **BEGUN), says("m1", **BEGUN)) == []


def test_the_last_word_on_what_went_in_counts_unless_it_is_nothing() -> None:
    (update,) = told(
        begins("m1", **BEGUN),
        ends(input_tokens=12, cache_read_input_tokens=0, cache_creation_input_tokens=None, output_tokens=0),
    )
    counts = {"inputTokens": 12, "cacheReadInputTokens": 5, "cacheCreationInputTokens": 3, "outputTokens": 0}
    assert update["modelUsage"][MODEL] == counts


def test_what_a_price_depends_on_is_told_with_it() -> None:
    how = {
        "cache_creation": {"ephemeral_5m_input_tokens": 1, "ephemeral_1h_input_tokens": 2},
        "server_tool_use": {"web_search_requests": 4},
        "service_tier": "priority",
        "speed": "fast",
        "inference_geo": "us",
    }
    (update,) = told(begins("m1", **BEGUN, **how), ends(output_tokens=2))
    assert update["modelUsage"][MODEL] | {
        "cacheCreationEphemeral1hInputTokens": 2,
        "webSearchRequests": 4,
        "serviceTier": "priority",
        "speed": "fast",
        "inferenceGeo": "us",
    } == update["modelUsage"][MODEL]  # fmt: skip


def test_a_message_that_comes_whole_is_told_with_its_first_block_and_whose_it_is() -> None:
    updates = told(says("m2", "task", **BEGUN), says("m2", "task", **BEGUN), says("m3", "task", **BEGUN))
    assert [(update["messageId"], update["parent"]) for update in updates] == [("m2", "task"), ("m3", "task")]
    assert updates[0]["modelUsage"][MODEL]["outputTokens"] == 1


def test_streams_of_an_agent_and_its_sub_agent_do_not_mix() -> None:
    updates = told(
        begins("m1", **BEGUN), begins("m2", "task", **BEGUN), ends(output_tokens=7), ends("task", output_tokens=9)
    )
    assert [(each["messageId"], each["modelUsage"][MODEL]["outputTokens"]) for each in updates] == [
        ("m1", 7),
        ("m2", 9),
    ]


def test_what_claude_code_says_itself_has_used_nothing() -> None:
    assert told(says("m1", model="<synthetic>", **BEGUN), says("m2")) == []


def test_numbers_of_no_response_are_passed_over() -> None:
    assert told(ends(output_tokens=3)) == []
