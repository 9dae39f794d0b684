"""What Claude Code says, in the words of the wire: no process, no network, only messages in and events out."""

from __future__ import annotations

from typing import Any

import pytest
from claude_agent_sdk import (
    AssistantMessage,
    ContentBlock,
    Message,
    RateLimitEvent,
    RateLimitInfo,
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

from workbench.sidecar.claude_events import RAW_LIMIT, Event, Translator
from workbench.sidecar.claude_outcome import outcome_of
from workbench.sidecar.claude_tools import TITLE_LIMIT, Checklist, kind_of, title_of

MODEL = "claude-sonnet-5"


def translator() -> Translator:
    return Translator(Checklist())


def told(by: Translator, *messages: Message) -> list[Event]:
    return [event for message in messages for event in by.feed(message)]


def stream(event: dict[str, Any], parent: str | None = None) -> StreamEvent:
    return StreamEvent(uuid="u", session_id="s", event=event, parent_tool_use_id=parent)


def starts(message_id: str, parent: str | None = None, **usage: int) -> StreamEvent:
    return stream({"type": "message_start", "message": {"id": message_id, "usage": usage}}, parent)


def delta(parent: str | None = None, **delta: str) -> StreamEvent:
    return stream({"type": "content_block_delta", "index": 0, "delta": delta}, parent)


def says(*blocks: ContentBlock, message_id: str = "m1", **more: Any) -> AssistantMessage:
    return AssistantMessage(content=list(blocks), model=more.pop("model", MODEL), message_id=message_id, **more)


def answers(call: str, content: Any, *, is_error: bool | None = None, result: Any = None) -> UserMessage:
    block = ToolResultBlock(tool_use_id=call, content=content, is_error=is_error)
    return UserMessage(content=[block], tool_use_result=result)


def system(subtype: str, **data: Any) -> SystemMessage:
    return SystemMessage(subtype=subtype, data={"subtype": subtype, **data})


def result(**changes: Any) -> ResultMessage:
    fields: dict[str, Any] = {
        "subtype": "success",
        "duration_ms": 20,
        "duration_api_ms": 10,
        "is_error": False,
        "num_turns": 1,
        "session_id": "s",
        "stop_reason": "end_turn",
        "terminal_reason": "completed",
        "model_usage": {},
    }
    return ResultMessage(**{**fields, **changes})


def chunk(event: Event) -> tuple[str, str]:
    kind, fields = event
    return kind, fields["content"]["text"]


# -- text --------------------------------------------------------------------------------------------------------------


def test_streamed_text_and_thinking_are_not_said_again_when_their_message_is_whole() -> None:
    events = told(
        translator(),
        starts("m1"),
        delta(type="thinking_delta", thinking="Hm."),
        delta(type="signature_delta", signature="c2ln"),
        says(ThinkingBlock("Hm.", "c2ln")),
        delta(type="text_delta", text="Hel"),
        delta(type="text_delta", text="lo"),
        says(TextBlock("Hello")),
    )
    assert [chunk(event) for event in events] == [
        ("agent_thought_chunk", "Hm."),
        ("agent_message_chunk", "Hel"),
        ("agent_message_chunk", "lo"),
    ]
    assert {fields["messageId"] for _, fields in events} == {"m1"}
    assert events[1][1]["raw"]["delta"] == {"type": "text_delta", "text": "Hel"}


def test_text_that_was_not_streamed_is_said_whole_with_its_parent() -> None:
    (event,) = told(translator(), says(TextBlock("I look."), message_id="m2", parent_tool_use_id="agent"))
    assert chunk(event) == ("agent_message_chunk", "I look.")
    assert event[1]["parent"] == "agent"


def test_streams_of_a_sub_agent_and_its_master_do_not_mix() -> None:
    by = translator()
    events = told(by, starts("m1", input_tokens=10), starts("m2", "agent", input_tokens=99), delta(text="x"))
    assert events[0][1]["messageId"] == "m1"
    assert by.context_used == 10


def test_the_words_of_a_command_of_claude_code_s_own_are_said() -> None:
    events = told(translator(), says(TextBlock("Context: 3 %"), model="<synthetic>"), result(result="Context: 3 %"))
    assert chunk(events[0]) == ("agent_message_chunk", "Context: 3 %")
    assert [kind for kind, _ in events] == ["agent_message_chunk", "usage_update"]


def test_a_result_that_nobody_has_said_is_said() -> None:
    events = told(translator(), result(result="Forgotten."))
    assert chunk(events[0]) == ("agent_message_chunk", "Forgotten.")


def test_the_sentence_of_an_error_is_left_to_the_terminal_event() -> None:
    by = translator()
    failed = says(TextBlock("API Error: 529"), model="<synthetic>", error="server_error")
    assert told(by, failed) == []
    assert by.failure == "server_error"


# -- tools -------------------------------------------------------------------------------------------------------------


def test_a_tool_call_appears_while_its_input_is_still_written_and_is_told_in_full_after() -> None:
    by = translator()
    block = {"type": "tool_use", "id": "t1", "name": "Read", "input": {}}
    events = told(
        by,
        system("init", session_id="s", cwd="/home/ada", model=MODEL),
        starts("m1"),
        stream({"type": "content_block_start", "index": 0, "content_block": block}),
        delta(type="input_json_delta", partial_json='{"file_path": '),
        says(ToolUseBlock("t1", "Read", {"file_path": "/home/ada/notes/a.md"})),
        answers("t1", "1\ttext", result={"type": "text"}),
    )
    _, (begun, call), (changed, full), (ended, done) = events
    assert (begun, call["status"], call["rawInput"], call["kind"]) == ("tool_call", "pending", {}, "read")
    assert (changed, full["status"], full["title"]) == ("tool_call_update", "in_progress", "Read notes/a.md")
    assert full["rawInput"] == {"file_path": "/home/ada/notes/a.md"} == by.input_of("t1")
    assert (ended, done["status"]) == ("tool_call_update", "completed")
    assert done["content"] == [{"type": "content", "content": {"type": "text", "text": "1\ttext"}}]
    assert done["raw"] == {"tool_use_result": {"type": "text"}}


def test_a_call_that_was_not_streamed_is_told_once_in_full() -> None:
    (event,) = told(translator(), says(ToolUseBlock("t1", "Bash", {"command": "ls"}), parent_tool_use_id="agent"))
    assert event[0] == "tool_call"
    assert (event[1]["status"], event[1]["title"], event[1]["parent"]) == ("in_progress", "ls", "agent")


def test_a_failed_tool_says_so() -> None:
    (event,) = told(translator(), answers("t1", "No such file.", is_error=True))
    assert event[1]["status"] == "failed"


def test_calls_without_a_result_are_abandoned_at_the_end_once() -> None:
    by = translator()
    told(by, says(ToolUseBlock("t1", "Bash", {})), answers("t1", "ok"), says(ToolUseBlock("t2", "Bash", {})))
    told(by, says(ServerToolUseBlock("t3", "web_search", {"query": "oak"})))
    assert list(by.abandon()) == [("tool_call_update", {"toolCallId": "t2", "status": "failed"})]
    assert list(by.abandon()) == []


def test_what_is_not_text_in_a_result_is_named() -> None:
    picture = {"type": "image", "source": {"data": "aGVsbG8="}}
    (event,) = told(translator(), answers("t1", [{"type": "text", "text": "Look:"}, picture]))
    assert [part["content"]["text"] for part in event[1]["content"]] == ["Look:", "[image]"]


def test_a_vendor_s_record_that_repeats_a_long_file_is_left_out() -> None:
    (event,) = told(translator(), answers("t1", "ok", result={"originalFile": "x" * RAW_LIMIT}))
    assert event[1]["raw"]["omitted"] > RAW_LIMIT


@pytest.mark.parametrize(
    ("name", "tool_input", "kind", "title"),
    [
        ("Write", {"file_path": "/w/a.txt"}, "edit", "Write a.txt"),
        ("Grep", {"pattern": "TODO"}, "search", "Search TODO"),
        ("Bash", {"command": "make\nmake test"}, "execute", "make"),
        ("WebFetch", {"url": "http://127.0.0.1/"}, "fetch", "Fetch http://127.0.0.1/"),
        ("Agent", {"description": "find it"}, "think", "Sub-agent: find it"),
        ("mcp__garden__water", {"plant": "oak"}, "other", "mcp__garden__water"),
        ("Bash", {}, "execute", "Bash"),
    ],
)
def test_tools_have_a_kind_and_a_title(name: str, tool_input: dict[str, Any], kind: str, title: str) -> None:
    assert (kind_of(name), title_of(name, tool_input, "/w")) == (kind, title)


def test_a_title_is_one_line_of_bounded_length() -> None:
    assert len(title_of("Bash", {"command": "x" * 1000}, "")) == TITLE_LIMIT


# -- plans -------------------------------------------------------------------------------------------------------------


def entries(events: list[Event]) -> list[list[tuple[str, str]]]:
    plans = [fields["entries"] for kind, fields in events if kind == "plan"]
    return [[(entry["content"], entry["status"]) for entry in plan] for plan in plans]


def test_a_list_that_is_written_at_once_is_the_plan() -> None:
    todos = [{"content": "Dig", "status": "completed"}, {"content": "Plant", "status": "odd"}]
    events = told(translator(), says(ToolUseBlock("t1", "TodoWrite", {"todos": todos})))
    assert entries(events) == [[("Dig", "completed"), ("Plant", "pending")]]


def test_a_list_that_is_kept_task_by_task_is_the_plan_across_turns() -> None:
    checklist = Checklist()
    first = told(
        Translator(checklist),
        says(ToolUseBlock("t1", "TaskCreate", {"subject": "Dig"})),
        answers("t1", "Task #7 created", result={"task": {"id": "7", "subject": "Dig"}}),
    )
    second = told(
        Translator(checklist),
        says(ToolUseBlock("t2", "TaskUpdate", {"taskId": "7", "status": "in_progress"})),
        says(ToolUseBlock("t3", "TaskUpdate", {"taskId": "7", "status": "deleted"})),
    )
    assert entries(first) == [[("Dig", "pending")]]
    assert entries(second) == [[("Dig", "in_progress")], []]


def test_a_task_of_which_nothing_is_known_and_one_that_was_refused_change_no_plan() -> None:
    events = told(
        translator(),
        says(ToolUseBlock("t1", "TaskUpdate", {"taskId": "9", "status": "completed"})),
        says(ToolUseBlock("t2", "TaskCreate", {"subject": "Dig"})),
        answers("t2", "Refused", is_error=True, result="Error: refused"),
    )
    assert entries(events) == []


# -- the session -------------------------------------------------------------------------------------------------------


def test_usage_is_passed_on_as_the_vendor_gave_it_with_how_full_the_context_is() -> None:
    usage = {MODEL: {"inputTokens": 240, "costUSD": 0.00122, "contextWindow": 1_000_000, "newKey": 1}}
    events = told(
        translator(),
        system("init", session_id="s", model=MODEL),
        starts("m1", input_tokens=120, cache_read_input_tokens=50, cache_creation_input_tokens=30, output_tokens=1),
        stream({"type": "message_delta", "usage": {"output_tokens": 7}}),
        result(model_usage=usage, total_cost_usd=0.00122),
    )
    kind, fields = events[-1]
    assert (kind, fields["cumulative"], fields["modelUsage"]) == ("usage_update", True, usage)
    assert (fields["contextUsed"], fields["contextSize"]) == (207, 1_000_000)


def test_the_final_usage_of_an_answer_may_repeat_what_went_in() -> None:
    by = translator()
    end = {"type": "message_delta", "usage": {"input_tokens": 120, "cache_read_input_tokens": 50, "output_tokens": 7}}
    told(by, starts("m1", input_tokens=120, cache_read_input_tokens=50, output_tokens=1), stream(end))
    assert by.context_used == 177


def test_a_session_is_named_with_its_model_tools_and_skills() -> None:
    (event,) = told(translator(), system("init", session_id="c1", model=MODEL, tools=["Bash"], skills=["dig"]))
    assert event[0] == "session_info_update"
    assert {key: event[1][key] for key in ("providerSessionId", "model", "tools", "skills")} == {
        "providerSessionId": "c1",
        "model": MODEL,
        "tools": ["Bash"],
        "skills": ["dig"],
    }


def test_retries_summaries_and_limits_are_notices_and_ticks_are_not() -> None:
    near = RateLimitInfo(status="allowed_warning", rate_limit_type="five_hour")
    fine = RateLimitInfo(status="allowed")
    events = told(
        translator(),
        system("api_retry", attempt=1, max_retries=10, error_status=529),
        system("compact_boundary"),
        RateLimitEvent(rate_limit_info=near, uuid="u", session_id="s"),
        RateLimitEvent(rate_limit_info=fine, uuid="u", session_id="s"),
        system("thinking_tokens", estimated_tokens=3),
        system("status", status="requesting"),
    )
    assert [(kind, fields["code"]) for kind, fields in events] == [
        ("notice", "retry"),
        ("notice", "compacted"),
        ("notice", "rate_limit"),
    ]
    assert "529" in events[0][1]["message"]
    assert "five hour limit is near" in events[2][1]["message"]


def test_what_is_not_known_is_kept_for_the_log_and_harms_nothing() -> None:
    by = translator()
    assert told(by, system("from_the_future", when="2030")) == []
    assert by.unknown == ["system/from_the_future with subtype, when"]


# -- the end -----------------------------------------------------------------------------------------------------------


def test_a_turn_that_ended_as_the_agent_meant_it() -> None:
    outcome = outcome_of([result(num_turns=3)], None, spoke=True)
    assert (outcome.type, outcome.fields["stopReason"]) == ("end", "end_turn")
    assert (outcome.fields["turns"], outcome.fields["durationMs"], outcome.fields["apiDurationMs"]) == (3, 20, 10)


def test_the_time_with_the_model_is_the_turn_s_own_or_not_told() -> None:
    assert outcome_of([result(duration_api_ms=90)], None, spoke=True, api_before=73).fields["apiDurationMs"] == 17
    assert "apiDurationMs" not in outcome_of([result(duration_api_ms=90)], None, spoke=True, api_before=None).fields


def test_guidance_that_was_answered_apart_counts_into_the_same_turn() -> None:
    outcome = outcome_of([result(num_turns=3), result(num_turns=2, stop_reason="max_tokens")], None, spoke=True)
    assert (outcome.fields["turns"], outcome.fields["stopReason"]) == (5, "max_tokens")


@pytest.mark.parametrize("reason", ["aborted_streaming", "aborted_tools"])
def test_a_stopped_turn_is_aborted_not_failed(reason: str) -> None:
    stopped = result(subtype="error_during_execution", is_error=True, terminal_reason=reason, errors=["[diagnostic]"])
    assert outcome_of([stopped], None, spoke=True).type == "aborted"


@pytest.mark.parametrize(
    ("changes", "failure", "kind", "cause"),
    [
        ({"subtype": "error_max_budget_usd", "errors": ["Reached maximum budget ($1)"]}, None, "budget", None),
        ({"subtype": "error_max_turns", "errors": ["Reached maximum number of turns (2)"]}, None, "max_turns", None),
        ({"subtype": "error_during_execution", "errors": ["It broke"]}, None, "agent_failed", None),
        ({"result": "API Error: 400", "api_error_status": 400}, "unknown", "api_error", "invalid_request"),
        ({"result": "API Error: 529", "api_error_status": 529}, None, "api_error", "server_error"),
        ({"result": "API Error: 429", "api_error_status": 429}, "rate_limit", "api_error", "rate_limit"),
        ({"result": "Connection error."}, None, "api_error", "server_error"),
        ({"result": "Credit is too low"}, "billing_error", "api_error", "billing_error"),
        ({"result": "Invalid key", "api_error_status": 401}, None, "auth", "authentication_failed"),
        ({"result": "Not logged in"}, "authentication_failed", "auth", "authentication_failed"),
    ],
)
def test_failures_are_told_apart_and_each_has_a_remedy(
    changes: dict[str, Any], failure: str | None, kind: str, cause: str | None
) -> None:
    outcome = outcome_of([result(is_error=True, **changes)], failure, spoke=False)
    assert (outcome.type, outcome.fields["kind"]) == ("error", kind)
    assert outcome.fields["facts"].get("cause") == cause
    assert outcome.fields["remedy"]
    assert outcome.fields["message"]


def test_an_answer_of_nothing_is_an_error_but_a_silent_command_is_not() -> None:
    assert outcome_of([result(num_turns=1)], None, spoke=False).fields["kind"] == "empty_answer"
    assert outcome_of([result(num_turns=0)], None, spoke=False).type == "end"
