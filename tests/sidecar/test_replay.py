"""The replay provider through the real sidecar: deterministic, honest about what it is, and obedient."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from spoken import Sidecar, said

from workbench.protocol import wire
from workbench.sidecar.recording import SHIPPED, find, parse, shipped

FULL = {"speed": 0}
WORD = {"content": {"type": "text", "text": "word "}}


def kinds(events):
    return [event["type"] for event in events]


def play(sidecar, prompt="go", *, answers=(), **params):
    """A run whose questions get `answers` in turn (allow, and no choice, when these are used up)."""
    answers = iter(answers)
    run = sidecar.send(prompt, **{"options": FULL, **params})
    events = []
    while True:
        event = sidecar.next()
        if event.get("id") != run or event["type"] == "heartbeat":
            continue
        events.append(event)
        if event["type"] == "permissionRequest":
            asked = event["permissionId"]
            sidecar.ask("permissionResponse", permissionId=asked, behavior=next(answers, "allow"))
        elif event["type"] == "userInputRequest":
            content = {event["questions"][0]["question"]: next(answers, "something else")}
            sidecar.ask("userInputResponse", userInputId=event["userInputId"], action="submit", content=content)
        elif event["type"] in wire.TERMINAL:
            return events


def notices(events):
    return [event["message"] for event in events if event["type"] == "notice"]


def usage(events):
    return [event for event in events if event["type"] == "usage_update"][-1]["modelUsage"]


def transcript(path: Path, *frames, step_ms=10):
    lines = []
    for number, (direction, frame) in enumerate(frames, 1):
        lines.append(json.dumps({"seq": number, "t": 1000 + number * step_ms, "d": direction, "f": frame}))
    path.write_text("\n".join(lines) + "\n")
    return path


def small(path: Path, *events, run="old", step_ms=10):
    start = {"id": run, "method": "sendMessage", "params": {"prompt": "p"}}
    frames = (("out", {"type": kind, "id": run, **fields}) for kind, fields in events)
    return transcript(path, ("in", start), *frames, step_ms=step_ms)


# -- what the package ships -------------------------------------------------------------------------------------------


def test_every_shipped_recording_is_a_transcript_whose_runs_have_ends():
    assert set(shipped()) >= {"tour", "hostile"}
    for name in shipped():
        lines = (SHIPPED / f"{name}.jsonl").read_bytes().splitlines()
        assert [json.loads(line)["seq"] for line in lines] == list(range(1, len(lines) + 1))
        for run in parse(lines):
            assert [step.event["type"] in wire.TERMINAL for step in run.steps] == [False] * (len(run.steps) - 1) + [
                True
            ]


def test_the_tour_shows_thinking_text_tools_a_permission_and_what_it_cost():
    with Sidecar("replay") as sidecar:
        events = play(sidecar)
        assert set(kinds(events)) == {
            "session_info_update",
            "agent_thought_chunk",
            "agent_message_chunk",
            "tool_call",
            "tool_call_update",
            "permissionRequest",
            "permissionResolved",
            "usage_update",
            "end",
        }
        assert [event["name"] for event in events if event["type"] == "tool_call"] == ["Read", "Grep", "Write"]
        assert events[0]["provider"] == "replay"
        assert events[0]["model"] == "claude-sonnet-5"
        (counters,) = usage(events).values()
        assert counters["costUSD"] > 0
        assert counters["costBasis"] == "recorded"


def test_the_second_turn_asks_and_says_that_a_recording_cannot_take_another_answer():
    with Sidecar("replay") as sidecar:
        play(sidecar)
        other = play(sidecar, answers=["Only when asked for a haiku"])
        assert "“For every commit message”" in notices(other)[0]
    with Sidecar("replay") as sidecar:
        play(sidecar)
        assert notices(play(sidecar, answers=["For every commit message"])) == []


# -- order and time ---------------------------------------------------------------------------------------------------


def test_the_same_requests_and_answers_give_the_same_events():
    played = []
    for _ in range(2):
        with Sidecar("replay") as sidecar:
            played.append([play(sidecar), play(sidecar), play(sidecar)])
    assert played[0] == played[1]


def test_each_run_plays_the_next_one_until_all_are_played():
    with Sidecar("replay") as sidecar:
        costs = [next(iter(usage(play(sidecar)).values()))["costUSD"] for _ in range(3)]
        assert costs == [0.045352, 0.012651, 0.004308]
        (error,) = play(sidecar)
        assert error["kind"] == "no_recording"
        assert "has 3 runs, and all have been played" in error["message"]
        assert error["remedy"]


def test_a_run_counts_what_it_used_itself_though_totals_were_recorded(tmp_path):
    totals = [{"inputTokens": 5, "costUSD": 0.1}, {"inputTokens": 7, "costUSD": 0.3}, {"inputTokens": 4}]
    frames = []
    for number, total in enumerate(totals):
        run = f"r{number}"
        frames += [
            ("in", {"id": run, "method": "sendMessage", "params": {"prompt": "p"}}),
            ("out", {"type": "usage_update", "id": run, "cumulative": True, "modelUsage": {"m": total}}),
            ("out", {"type": "end", "id": run}),
        ]
    first, second, after_a_reset = recorded(transcript(tmp_path / "t.jsonl", *frames))
    assert first == (False, {"m": {"inputTokens": 5, "costUSD": 0.1}})
    assert second == (False, {"m": {"inputTokens": 2, "costUSD": 0.2}})
    assert after_a_reset == (False, {"m": {"inputTokens": 4}})


@pytest.mark.parametrize("odd", [None, 7, {"m": 7}, {"m": {"inputTokens": True}}, {"m": {"costUSD": "much"}}])
def test_counters_that_are_none_are_played_as_they_came(tmp_path, odd):
    events = [("usage_update", {"modelUsage": {"m": {"inputTokens": 1, "costUSD": 1.0}}})]
    path = small(tmp_path / "t.jsonl", *events, ("usage_update", {"modelUsage": odd}), ("end", {}))
    assert recorded(path) == [(False if isinstance(odd, dict) else None, odd)]


def recorded(path):
    """The last word on usage of each run of a recording."""
    events = [
        [step.event for step in run.steps if step.event["type"] == "usage_update"][-1] for run in find(str(path)).runs
    ]
    return [(event.get("cumulative"), event["modelUsage"]) for event in events]


def test_a_resumed_session_goes_on_where_it_was():
    with Sidecar("replay") as sidecar:
        place = play(sidecar)[0]["providerSessionId"]
        assert place == "replay:tour:1"
        expected = play(sidecar)
    with Sidecar("replay") as sidecar:
        resumed = play(sidecar, resume=place)
        assert said(resumed) == said(expected)
        assert resumed[0]["providerSessionId"] == "replay:tour:2"
        assert usage(resumed) == usage(expected)


def test_a_session_of_another_provider_cannot_be_resumed():
    with Sidecar("replay") as sidecar:
        assert play(sidecar, resume="b1946ac9")[-1]["kind"] == "invalid_request"


@pytest.mark.parametrize("speed", [1, 2])
def test_the_pace_is_the_recorded_one_times_the_speed(tmp_path, speed):
    path = small(tmp_path / "t.jsonl", *[("agent_message_chunk", WORD)] * 5, ("end", {}), step_ms=40)
    with Sidecar("replay") as sidecar:
        sidecar.next()
        start = time.monotonic()
        play(sidecar, options={"recording": str(path), "speed": speed})
        assert time.monotonic() - start >= 6 * 0.040 / speed


def test_a_stop_does_not_wait_for_the_next_recorded_event(tmp_path):
    path = small(tmp_path / "t.jsonl", ("agent_message_chunk", WORD), ("end", {}), step_ms=3_600_000)
    with Sidecar("replay") as sidecar:
        run = sidecar.send("go", options={"recording": str(path)})
        sidecar.ask("stopSession")
        assert sidecar.until("aborted", run)[-1]["reason"] == "stopped"


def test_the_time_that_a_person_took_is_not_replayed(tmp_path):
    start = {"id": "old", "method": "sendMessage", "params": {"prompt": "p"}}
    ask = {"type": "permissionRequest", "id": "old", "permissionId": "p", "toolName": "Bash", "toolInput": {}}
    resolved = {"type": "permissionResolved", "id": "old", "permissionId": "p", "behavior": "allow", "by": "user"}
    path = transcript(
        tmp_path / "t.jsonl",
        ("in", start),
        ("out", ask),
        ("out", {"type": "heartbeat", "id": "old"}),
        ("out", resolved),
        ("out", {"type": "end", "id": "old"}),
        step_ms=3_600_000,
    )
    (run,) = parse(path.read_bytes().splitlines())
    assert [step.gap_ms for step in run.steps] == [3_600_000, 3_600_000]
    assert run.answers["p"]["behavior"] == "allow"


# -- obedience --------------------------------------------------------------------------------------------------------


def test_a_stop_keeps_what_was_said_and_the_next_run_goes_on():
    with Sidecar("replay") as sidecar:
        run = sidecar.send("go", options={"speed": 4})
        before = sidecar.until("agent_message_chunk", run)
        sidecar.ask("stopSession")
        events = sidecar.until("aborted", run)
        assert events[-1]["reason"] == "stopped"
        assert said(before)
        assert kinds(play(sidecar))[-1] == "end"


def test_a_stop_reaches_a_run_at_full_speed_and_one_that_waits_for_a_person():
    with Sidecar("replay") as sidecar:
        sidecar.send("go", options={"recording": "flood", "events": 10_000_000})
        sidecar.until("agent_message_chunk")
        sidecar.ask("stopSession")
        assert len(sidecar.until("aborted")) < 1_000_000
        run = sidecar.send("go", options={"recording": "tour", "speed": 0})
        sidecar.until("permissionRequest", run)
        sidecar.ask("stopSession")
        events = sidecar.until("aborted", run)
        assert [event["behavior"] for event in events if event["type"] == "permissionResolved"] == ["deny"]
        assert notices(events) == []


def test_a_denied_tool_fails_and_the_play_goes_on_with_a_notice():
    with Sidecar("replay") as sidecar:
        events = play(sidecar, answers=["deny"])
        news = [
            event for event in events if event.get("toolCallId") == "call_write" and event["type"] == "tool_call_update"
        ]
        assert [event["status"] for event in news] == ["failed"]
        assert "Write was denied" in notices(events)[0]
        assert events[-1]["type"] == "end"


def test_a_tool_that_was_denied_then_may_be_allowed_now(tmp_path):
    ask = {"permissionId": "p", "toolName": "Bash", "toolInput": {"command": "ls"}, "toolCallId": "c"}
    resolved = {"permissionId": "p", "behavior": "deny", "by": "user"}
    path = small(tmp_path / "t.jsonl", ("permissionRequest", ask), ("permissionResolved", resolved), ("end", {}))
    options = {"recording": str(path), "speed": 0}
    with Sidecar("replay") as sidecar:
        assert "Bash was allowed" in notices(play(sidecar, options=options))[0]
    with Sidecar("replay") as sidecar:
        assert notices(play(sidecar, answers=["deny"], options=options)) == []


@pytest.mark.parametrize(
    "params", [{"permissionMode": "bypass"}, {"permissionMode": "accept_edits"}, {"allowedTools": ["Write"]}]
)
def test_what_is_allowed_beforehand_is_not_asked_about(params):
    with Sidecar("replay") as sidecar:
        events = play(sidecar, **params)
        assert "permissionRequest" not in kinds(events)
        assert events[-1]["type"] == "end"


def test_the_permission_mode_can_be_changed_between_runs():
    with Sidecar("replay") as sidecar:
        sidecar.until("configUpdated", sidecar.ask("updateConfig", permissionMode="bypass"))
        assert "permissionRequest" not in kinds(play(sidecar))


def test_a_steer_is_acknowledged_in_a_notice_of_the_same_run():
    with Sidecar("replay") as sidecar:
        run = sidecar.send("go", options=FULL)
        sidecar.until("permissionRequest", run)
        steer = sidecar.ask("steerSession", prompt="mind the commas")
        events = sidecar.until("steered", steer)
        assert events[-1]["run"] == run
        assert "mind the commas" in notices(events)[0]


def test_another_model_than_the_recorded_one_is_not_pretended():
    with Sidecar("replay") as sidecar:
        events = play(sidecar, model="claude-opus-5")
        assert events[0]["model"] == "claude-sonnet-5"
        assert notices(events) == ["This is a recording made with claude-sonnet-5; claude-opus-5 was not asked."]
        assert notices(play(sidecar, model="claude-sonnet-5", answers=["For every commit message"])) == []


# -- any transcript is a recording ------------------------------------------------------------------------------------


def test_a_real_runs_transcript_or_its_folder_can_be_replayed(tmp_path):
    events = [
        (
            "tool_call",
            {"toolCallId": "c", "title": "t", "name": "Read", "kind": "read", "status": "pending", "rawInput": {}},
        ),
        ("agent_message_chunk", {"content": {"type": "text", "text": "hi"}, "raw": {"vendor": 1}}),
        ("heartbeat", {}),
        ("error", {"kind": "api", "message": "overloaded"}),
    ]
    path = small(tmp_path / "transcript.jsonl", *events)
    for name in (path, tmp_path):
        with Sidecar("replay") as sidecar:
            info, call, chunk, error = play(sidecar, options={"recording": str(name), "speed": 0})
            assert info["providerSessionId"] == f"replay:{name}:1"
            assert call["kind"] == "read"
            assert chunk["raw"] == {"vendor": 1}
            assert (error["type"], error["message"]) == ("error", "overloaded")
            assert {event["id"] for event in (info, call, chunk, error)} == {"r1"}


def test_damaged_lines_are_skipped_and_a_run_without_an_end_is_said_to_be_one(tmp_path):
    path = small(tmp_path / "t.jsonl", ("agent_message_chunk", {"content": {"type": "text", "text": "hi"}}))
    path.write_bytes(b'not json\n{"seq":9,"t":0,"d":"out","bad":{}}\n[1]\n' + path.read_bytes() + b'{"torn')
    with Sidecar("replay") as sidecar:
        events = play(sidecar, options={"recording": str(path), "speed": 0})
        assert said(events) == "hi"
        assert (events[-1]["type"], events[-1]["reason"]) == ("aborted", "recording_ends")


@pytest.mark.parametrize("name", ["no-such-recording", "/no/such/file.jsonl", "nul\0byte"])
def test_a_recording_that_is_not_there_is_a_sentence_with_a_remedy(name):
    with Sidecar("replay") as sidecar:
        (error,) = play(sidecar, options={"recording": name})
        assert error["kind"] == "no_recording"
        assert "tour" in error["remedy"]


def test_a_file_without_runs_is_no_recording(tmp_path):
    (tmp_path / "empty.jsonl").write_text("")
    with Sidecar("replay") as sidecar:
        (error,) = play(sidecar, options={"recording": str(tmp_path / "empty.jsonl")})
        assert "holds no recorded run" in error["message"]


@pytest.mark.parametrize("speed", ["fast", -1, True, [1]])
def test_a_speed_that_is_no_number_is_refused(speed):
    with Sidecar("replay") as sidecar:
        (error,) = play(sidecar, options={"speed": speed})
        assert error["kind"] == "invalid_request"


# -- the flood --------------------------------------------------------------------------------------------------------


def test_the_flood_says_each_of_its_words_once():
    with Sidecar("replay") as sidecar:
        for _ in range(2):
            events = play(sidecar, options={"recording": "flood", "events": 5000})
            assert said(events) == "".join(f"w{number} " for number in range(1, 5001))
            assert usage(events) == {"replay-flood": {"inputTokens": 10, "outputTokens": 5000, "costUSD": 0.05}}


def test_the_flood_keeps_its_rate():
    with Sidecar("replay") as sidecar:
        run = sidecar.send("go", options={"recording": "flood", "events": 1_000_000, "rate": 100})
        sidecar.until("agent_message_chunk", run)
        sidecar.ask("stopSession")
        assert len(sidecar.until("aborted", run)) < 100_000


# -- what it knows ----------------------------------------------------------------------------------------------------


def test_it_lists_one_model_makes_titles_and_knows_the_recorded_context():
    with Sidecar("replay") as sidecar:
        sidecar.next()
        sidecar.ask("listModels")
        assert [model["id"] for model in sidecar.next()["result"]] == ["recorded"]
        sidecar.ask("generateTitle", text="Review\n the skill " + "word " * 40)
        title = sidecar.next()["result"]
        assert title.startswith("Review the skill word")
        assert title.endswith("word…")
        assert len(title) <= 61
        play(sidecar)
        request = sidecar.ask("contextUsage")
        assert sidecar.until("contextUsageResult", request)[-1]["result"]["size"] == 200_000
