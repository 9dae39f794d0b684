"""What a transcript amounts to, record by record."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scribe import Scribe

from workbench.agents.fold import fold
from workbench.agents.run import ENTRIES, FinishedRun, Message, Output, State
from workbench.agents.transcript import decode_block


def folded(scribe: Scribe, state: State | None = None) -> tuple[list[Message], list[FinishedRun], State]:
    """Everything that the scribe's records make final, the messages by number."""
    state = state or State()
    outputs = run_through(state, scribe.bytes)
    messages = sorted((one for one in outputs if isinstance(one, Message)), key=lambda one: one.seq)
    return messages, [one for one in outputs if isinstance(one, FinishedRun)], state


def run_through(state: State, block: bytes) -> list[Output]:
    records, skipped = decode_block(block, ENTRIES)
    state.bad += skipped
    return [output for record in records for output in fold(state, record)]


def told(messages: list[Message]) -> list[tuple[str, Any]]:
    """Kind and text (or the whole content) of each message."""
    return [(one.kind, one.content.get("text", one.content)) for one in messages]


@pytest.fixture
def scribe() -> Scribe:
    made = Scribe()
    made.start()
    made.event("ready", None, version=1)
    return made


# -- what was said ----------------------------------------------------------------------------------------------------


def test_chunks_of_one_message_are_one_text(scribe: Scribe) -> None:
    scribe.prompt("r", "Say hello.")
    begun = scribe.say("r", "Hel", messageId="m1")
    scribe.say("r", "lo.", messageId="m1")
    scribe.end("r")
    messages, _, _ = folded(scribe)
    assert told(messages) == [("prompt", "Say hello."), ("text", "Hello."), ("end", {"stopReason": "end_turn"})]
    assert messages[1].seq == begun


def test_another_message_id_another_kind_and_a_tool_each_finish_a_text(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.think("r", "Hm.", messageId="m1")
    scribe.say("r", "One.", messageId="m1")
    scribe.say("r", "Two.", messageId="m2")
    scribe.tool("r", "t1")
    scribe.say("r", "Three.", messageId="m2")
    messages, _, state = folded(scribe)
    assert told(messages)[1:] == [("thought", "Hm."), ("text", "One."), ("text", "Two.")]
    assert list(state.runs["r"].tools) == ["t1"]


def test_a_sub_agents_text_does_not_cut_the_agents_own(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.say("r", "I am ", messageId="m1")
    scribe.say("r", "sub", messageId="s1", parent="task")
    scribe.say("r", "whole.", messageId="m1")
    scribe.say("r", "way", messageId="s1", parent="task")
    scribe.end("r")
    messages, _, _ = folded(scribe)
    assert told(messages)[1:3] == [("text", "I am whole."), ("text", "subway")]
    assert messages[2].content["parent"] == "task"


def test_a_tool_call_is_one_message_with_its_last_state_and_result(scribe: Scribe) -> None:
    scribe.prompt("r")
    begun = scribe.tool("r", "t1")
    scribe.say("r", "Meanwhile.")
    scribe.event("tool_call_update", "r", toolCallId="t1", status="in_progress", title="Reading")
    result = [{"type": "content", "content": {"type": "text", "text": "42"}}]
    scribe.event("tool_call_update", "r", toolCallId="t1", status="completed", content=result)
    scribe.event("tool_call_update", "r", toolCallId="t1", status="failed")
    messages, _, _ = folded(scribe)
    tool = messages[1]
    assert (tool.seq, tool.kind) == (begun, "tool")
    assert tool.content == {
        "toolCallId": "t1",
        "title": "Reading",
        "name": "Read",
        "kind": "read",
        "status": "completed",
        "rawInput": {"path": "t1"},
        "content": result,
    }


def test_only_the_plan_that_stands_at_the_end_is_kept(scribe: Scribe) -> None:
    scribe.prompt("r")
    begun = scribe.event("plan", "r", entries=[{"content": "a", "priority": "low", "status": "pending"}])
    last = [{"content": "a", "priority": "low", "status": "completed"}]
    scribe.event("plan", "r", entries=last)
    scribe.end("r")
    messages, _, _ = folded(scribe)
    assert [(one.seq, one.content) for one in messages if one.kind == "plan"] == [(begun, {"entries": last})]


def test_a_permission_is_kept_with_its_answer_and_its_words(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.event("permissionRequest", "r", permissionId="p1", toolName="Bash", toolInput={"command": "ls"})
    scribe.request("permissionResponse", "perm:p1", permissionId="p1", behavior="deny", message="Not here.")
    scribe.event("permissionResolved", "r", permissionId="p1", behavior="deny", by="user")
    messages, _, _ = folded(scribe)
    assert messages[1].content == {
        "permissionId": "p1",
        "toolName": "Bash",
        "toolInput": {"command": "ls"},
        "answer": {"behavior": "deny", "by": "user", "message": "Not here."},
    }


def test_a_question_is_kept_with_what_was_chosen(scribe: Scribe) -> None:
    scribe.prompt("r")
    questions = [{"question": "Which?", "options": [{"label": "This"}]}]
    scribe.event("userInputRequest", "r", userInputId="u1", questions=questions)
    scribe.request("userInputResponse", "input:u1", userInputId="u1", action="submit", content={"Which?": "This"})
    scribe.event("userInputResolved", "r", userInputId="u1", action="submit", by="user")
    messages, _, _ = folded(scribe)
    assert messages[1].content["answer"] == {"action": "submit", "by": "user", "content": {"Which?": "This"}}


def test_a_steer_is_a_message_once_the_agent_has_taken_or_refused_it(scribe: Scribe) -> None:
    scribe.prompt("r")
    begun = scribe.request("steerSession", "s1", prompt="Shorter.")
    assert [one.kind for one in folded(scribe)[0]] == ["prompt"]
    scribe.event("steered", "s1", accepted=True, run="r")
    steer = folded(scribe)[0][1]
    assert (steer.seq, steer.role, steer.run, steer.content) == (
        begun,
        "user",
        "r",
        {"text": "Shorter.", "accepted": True},
    )


def test_a_notice_is_a_message_and_a_compaction_is_counted(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.event("notice", "r", severity="info", message="Summarised.", code="compacted")
    scribe.event("error", None, kind="invalid_request", message="That line was no JSON.")
    scribe.end("r")
    messages, runs, _ = folded(scribe)
    assert [one.kind for one in messages] == ["prompt", "notice", "notice", "end"]
    assert messages[2].run is None
    assert runs[0].compactions == 1


def test_a_switch_counts_once_the_agent_has_made_it(scribe: Scribe) -> None:
    scribe.request("updateConfig", "u1", model="second")
    assert folded(scribe)[2].model is None
    scribe.event("configUpdated", "u1")
    scribe.request("updateConfig", "u2", model="third")
    scribe.event("error", "u2", kind="refused", message="There is no such model.")
    scribe.request("updateConfig", "u3", permissionMode="plan")
    scribe.event("configUpdated", "u3")
    assert folded(scribe)[2].model == "second"


def test_a_switch_that_a_process_did_not_live_to_make_is_forgotten(scribe: Scribe) -> None:
    scribe.request("updateConfig", "u1", model="second")
    scribe.exit("killed:9")
    scribe.start()
    scribe.event("configUpdated", "u1")
    assert folded(scribe)[2].model is None


# -- how a run ends ---------------------------------------------------------------------------------------------------


def test_a_run_that_ended_is_handed_out_with_its_counts(scribe: Scribe) -> None:
    scribe.prompt("r", model="opus", purpose="gate")
    scribe.event("session_info_update", "r", providerSessionId="abc", model="claude-opus-5", title="A greeting")
    scribe.tool("r", "t1", status="completed")
    scribe.usage("r", inputTokens=10, outputTokens=1)
    scribe.usage("r", inputTokens=10, outputTokens=5, costUSD=0.1)
    ended = scribe.end("r", turns=2, durationMs=4000, apiDurationMs=3000)
    _, runs, state = folded(scribe)
    assert runs == [
        FinishedRun(
            run="r",
            model="claude-opus-5",
            purpose="gate",
            status="completed",
            reason="end_turn",
            stop_reason="end_turn",
            started=1_003_000,
            ended=1_000_000 + ended * 1000,
            usage={"opus": {"inputTokens": 10, "outputTokens": 5, "costUSD": 0.1}},
            cumulative=True,
            responses=[],
            told={},
            fresh=True,
            provider_session="abc",
            duration_ms=4000,
            api_duration_ms=3000,
            turns=2,
            tool_uses=1,
            compactions=0,
            events=5,
        )
    ]
    assert (state.provider_session, state.model, state.title) == ("abc", "claude-opus-5", "A greeting")
    assert (state.standing, state.runs) == ("live", {})


@pytest.mark.parametrize(
    ("finish", "status", "reason", "kind"),
    [
        (lambda scribe: scribe.event("aborted", "r", reason="user"), "aborted", "user", "aborted"),
        (lambda scribe: scribe.event("error", "r", kind="api", message="No."), "error", "api", "error"),
        (lambda scribe: scribe.exit("killed:9", "r"), "interrupted", "killed:9", "interrupted"),
        (lambda scribe: scribe.exit("shim:-9"), "interrupted", "shim:-9", "interrupted"),
        (lambda scribe: scribe.start(), "interrupted", "lost", "interrupted"),
    ],
)
def test_what_was_said_stands_and_what_was_being_done_is_marked(
    scribe: Scribe, finish: Any, status: str, reason: str, kind: str
) -> None:
    scribe.prompt("r")
    scribe.say("r", "Partial te")
    scribe.tool("r", "t1", status="in_progress", parent="task")
    scribe.event("permissionRequest", "r", permissionId="p1", toolName="Bash", toolInput={})
    last = finish(scribe)
    messages, runs, state = folded(scribe)
    assert [one.kind for one in messages] == ["prompt", "text", "tool", "permission", kind]
    assert messages[1].content["text"] == "Partial te"
    assert messages[2].content["status"] == "aborted"
    assert messages[3].content["answer"] is None
    assert messages[4].seq == last
    assert [(run.status, run.reason) for run in runs] == [(status, reason)]
    assert state.runs == {}


def test_an_exit_without_an_open_run_ends_the_session_and_nothing_else(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.end("r")
    scribe.request("steerSession", "s1", prompt="Too late.")
    scribe.exit("idle")
    messages, runs, state = folded(scribe)
    assert [one.kind for one in messages] == ["prompt", "end", "steer"]
    assert messages[2].content["accepted"] is False
    assert (len(runs), state.standing, state.exit_reason) == (1, "ended", "idle")


def test_events_after_the_end_of_their_run_are_passed_over(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.end("r")
    scribe.say("r", "late")
    scribe.end("r")
    scribe.event("error", "r", kind="late", message="late")
    scribe.event("something_new", "nobody")
    messages, runs, state = folded(scribe)
    assert [one.kind for one in messages] == ["prompt", "end"]
    assert (len(runs), runs[0].status, state.bad) == (1, "completed", 0)


def test_a_turn_whose_end_nobody_could_read_is_over_when_the_next_begins(scribe: Scribe) -> None:
    scribe.prompt("r1")
    scribe.say("r1", "One.")
    scribe.raw(b'{"seq":5,"t":1,"d":"out","f":{"type":"end","id":"r1","stopReason":NaN}}\n')
    scribe.seq += 1
    scribe.prompt("r2")
    scribe.end("r2")
    messages, runs, state = folded(scribe)
    assert [(one.seq, one.kind) for one in messages] == [(3, "prompt"), (4, "text"), (6, "prompt"), (7, "end")]
    assert [(run.run, run.status) for run in runs] == [("r1", "interrupted"), ("r2", "completed")]
    assert (state.bad, state.missing) == (1, 1)


def test_the_next_incarnation_goes_on_in_the_same_state(scribe: Scribe) -> None:
    scribe.prompt("r1")
    scribe.event("session_info_update", "r1", providerSessionId="abc")
    scribe.exit("killed:9", "r1")
    assert folded(scribe)[2].standing == "ended"
    scribe.start()
    scribe.prompt("r2", resume="abc")
    messages, runs, state = folded(scribe)
    assert (state.incarnations, state.standing, state.provider_session) == (2, "busy", "abc")
    assert [run.run for run in runs] == ["r1"]
    assert messages[-1].run == "r2"


def test_a_session_that_fell_silent_is_not_resumed_at_its_provider(scribe: Scribe) -> None:
    scribe.prompt("r1")
    scribe.event("session_info_update", "r1", providerSessionId="abc")
    scribe.exit("silent", "r1")
    _, (run,), state = folded(scribe)
    assert (run.provider_session, state.provider_session) == ("abc", None)


def test_only_the_first_turn_of_a_process_that_was_not_resumed_begins_anew(scribe: Scribe) -> None:
    for incarnation, resume in enumerate((None, "abc", None)):
        if incarnation:
            scribe.start()
        for turn in range(2):
            run = f"r{incarnation}{turn}"
            scribe.prompt(run, **({"resume": resume} if resume else {}))
            scribe.end(run)
        scribe.exit("idle")
    assert [run.fresh for run in folded(scribe)[1]] == [True, False, False, False, True, False]


# -- what a provider may get wrong ------------------------------------------------------------------------------------


def test_odd_values_cost_nothing_but_themselves(scribe: Scribe) -> None:
    scribe.prompt("r", model=7)
    for odd in (None, 7, "text", [], {"text": 7}, {"type": "image"}):
        scribe.event("agent_message_chunk", "r", content=odd)
        scribe.event("plan", "r", entries=odd)
        scribe.event("usage_update", "r", modelUsage=odd, cumulative=odd)
        scribe.event("tool_call", "r", toolCallId=odd)
        scribe.event("permissionRequest", "r", permissionId=odd)
        scribe.event("session_info_update", "r", providerSessionId=odd, model=odd, title=odd)
    scribe.event("tool_call", "r", toolCallId="t1", rawInput="no object", status=3, title=None)
    scribe.event("tool_call_update", "r", toolCallId="t1", status="completed", content="no list")
    scribe.end("r", turns="many", durationMs=-1, apiDurationMs=True)
    messages, runs, state = folded(scribe)
    assert state.bad == 0
    assert [one.kind for one in messages if one.kind in {"prompt", "end"}] == ["prompt", "end"]
    assert (runs[0].turns, runs[0].duration_ms, runs[0].api_duration_ms) == (None, None, None)


def test_records_that_come_twice_are_counted_and_passed_over(scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.say("r", "once")
    scribe.raw(scribe.lines[-1])
    scribe.raw(scribe.lines[0])
    scribe.end("r")
    messages, _, state = folded(scribe)
    assert told(messages)[1] == ("text", "once")
    assert state.bad == 2


def test_bad_records_are_counted(scribe: Scribe) -> None:
    scribe.record("out", bad={"why": "long", "bytes": 17_000_000, "sha256": "0", "head": ""})
    assert folded(scribe)[2].bad == 1


# -- however it is cut ------------------------------------------------------------------------------------------------

KINDS = st.sampled_from(["say", "think", "tool", "update", "plan", "notice", "ask", "answer", "steer", "usage", "bad"])


def write(scribe: Scribe, kind: str, run: str, number: int) -> None:
    """One record of a kind; the numbers make some of them belong together."""
    match kind:
        case "say" | "think":
            getattr(scribe, kind)(
                run, f"{number} ", messageId=f"m{number % 3}", **({"parent": "p"} if number % 4 == 0 else {})
            )
        case "tool":
            scribe.tool(run, f"t{number % 5}")
        case "update":
            scribe.event(
                "tool_call_update", run, toolCallId=f"t{number % 5}", status="completed" if number % 2 else "x"
            )
        case "plan":
            scribe.event("plan", run, entries=[{"content": str(number)}])
        case "notice":
            scribe.event("notice", run, severity="info", message=str(number), code="compacted")
        case "ask":
            scribe.event("permissionRequest", run, permissionId=f"p{number % 3}", toolName="T", toolInput={})
        case "answer":
            scribe.request("permissionResponse", f"perm:p{number % 3}", message="so")
            scribe.event("permissionResolved", run, permissionId=f"p{number % 3}", behavior="allow", by="user")
        case "steer":
            scribe.request("steerSession", f"s{number}", prompt="left")
            if number % 2:
                scribe.event("steered", f"s{number}", accepted=True, run=run)
        case "usage":
            scribe.usage(run, f"model{number % 2}", outputTokens=number, costUSD=number / 7)
        case "bad":
            scribe.raw(b"no record\n")


@st.composite
def sessions(draw: st.DrawFn) -> Scribe:
    """A whole session: incarnations, turns and everything that may happen in them."""
    scribe = Scribe()
    for incarnation in range(draw(st.integers(1, 3))):
        scribe.start()
        for turn in range(draw(st.integers(0, 2))):
            run = f"r{incarnation}{turn}"
            scribe.prompt(run)
            for number, kind in enumerate(draw(st.lists(KINDS, max_size=25))):
                write(scribe, kind, run, number)
            end = draw(st.sampled_from(["end", "aborted", "error", "none"]))
            if end == "none":
                break
            scribe.event(end, run, reason="r", kind="k", message="m", stopReason="s")
        if draw(st.booleans()):
            scribe.exit("killed:9")
    return scribe


@settings(max_examples=150)
@given(scribe=sessions(), data=st.data())
def test_rows_do_not_depend_on_how_the_reading_was_cut(scribe: Scribe, data: st.DataObject) -> None:
    whole_state = State()
    whole = run_through(whole_state, scribe.bytes)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(scribe.lines)), max_size=8)))
    state, pieces = State(), []
    for begin, end in zip([0, *cuts], [*cuts, len(scribe.lines)], strict=True):
        pieces += run_through(state, b"".join(scribe.lines[begin:end]))
        state = msgspec.json.decode(msgspec.json.encode(state), type=State)
    assert pieces == whole
    assert state == whole_state


@settings(max_examples=150)
@given(scribe=sessions())
def test_a_number_begins_one_message_and_a_run_ends_once(scribe: Scribe) -> None:
    messages, runs, state = folded(scribe)
    assert len({one.seq for one in messages}) == len(messages)
    assert len({run.run for run in runs}) == len(runs)
    begun = {one.run for one in messages if one.kind == "prompt"}
    assert begun == {run.run for run in runs} | set(state.runs)
    assert state.missing == 0


@settings(max_examples=100)
@given(scribe=sessions(), lines=st.lists(st.binary(max_size=40), max_size=5), data=st.data())
def test_no_bytes_stop_the_fold(scribe: Scribe, lines: list[bytes], data: st.DataObject) -> None:
    for line in lines:
        scribe.lines.insert(data.draw(st.integers(0, len(scribe.lines))), line + b"\n")
    folded(scribe)
