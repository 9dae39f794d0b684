"""The sidecar's main loop, as a real process: what it promises to a host, whatever its provider does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from spoken import PATIENCE_S, Sidecar, said

from workbench.protocol import wire
from workbench.sidecar import dispatch, shim


def kinds(events):
    return [event["type"] for event in events]


# -- the start --------------------------------------------------------------------------------------------------------


def test_the_first_line_out_says_who_is_speaking():
    with Sidecar("replay") as sidecar:
        ready = sidecar.next()
        assert next(iter(ready)) == "type"
        assert ready["type"] == "ready"
        assert ready["version"] == wire.VERSION
        assert ready["provider"] == "replay"
        assert ready["pid"] == sidecar.process.pid
        assert ready["capabilities"]["offline"] is True


def test_a_missing_extra_is_one_sentence_with_its_pip_line_and_a_permanent_exit():
    with Sidecar("absent") as sidecar:
        (error,) = sidecar.rest()
        assert sidecar.process.wait(timeout=PATIENCE_S) == 78
        assert error["kind"] == "sidecar_missing"
        assert "id" not in error
        assert "no_such_package" in error["message"]
        assert error["remedy"] == "Install it with: pip install 'jupyter-workbench[absent]'"


def test_an_unknown_provider_names_the_known_ones():
    with Sidecar("nobody") as sidecar:
        (error,) = sidecar.rest()
        assert sidecar.process.wait(timeout=PATIENCE_S) == 78
        assert error["kind"] == "unknown_provider"
        assert "replay" in error["facts"]["known"]


def test_the_start_loads_nothing_heavy():
    heavy = {"pydantic", "duckdb", "pandas", "sqlite3", "apsw", "IPython", "numpy"}
    code = "import sys, workbench.sidecar.__main__, workbench.sidecar.replay; print(*{m.split('.')[0] for m in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert heavy.isdisjoint(loaded)


def test_prints_and_children_can_neither_write_nor_read_the_wire():
    with Sidecar("odd") as sidecar:
        assert kinds(sidecar.run("print_things")) == ["end"]
        sidecar.until_logged("a stray print")
        sidecar.until_logged("a child ''")
        sidecar.hang_up()
        assert sidecar.rest() == []


# -- requests ---------------------------------------------------------------------------------------------------------


def test_every_method_of_the_wire_is_answered():
    params = {
        "sendMessage": {"prompt": "nothing"},
        "generateTitle": {"text": "hello there"},
        "steerSession": {"prompt": "left"},
        "permissionResponse": {"permissionId": "p", "behavior": "allow"},
        "userInputResponse": {"userInputId": "q", "action": "cancel"},
    }
    expected = {
        "sendMessage": "end",
        "generateTitle": "titleGenerated",
        "listModels": "error",
        "stopSession": "stopped",
        "steerSession": "steered",
        "updateConfig": "configUpdated",
        "permissionResponse": "error",
        "userInputResponse": "error",
        "shutdown": "pong",
        "ping": "pong",
        "listCommands": "commandsListed",
        "contextUsage": "contextUsageResult",
    }
    assert set(expected) == wire.METHODS
    with Sidecar("odd") as sidecar:
        sidecar.next()
        for method in [*sorted(wire.METHODS - {"shutdown"}), "shutdown"]:
            request = sidecar.ask(method, **params.get(method, {}))
            answer = sidecar.next()
            assert (answer["type"], answer["id"]) == (expected[method], request)
            assert list(answer)[:2] == ["type", "id"]
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0


def test_a_providers_failure_is_the_answer_to_the_request_it_belongs_to():
    with Sidecar("odd") as sidecar:
        request = sidecar.ask("listModels")
        (error,) = sidecar.until("error", request)[1:]
        assert error["kind"] == "internal"
        assert error["message"] == "ValueError: no list today"


def test_an_unknown_method_is_an_error_with_the_requests_id():
    with Sidecar("odd") as sidecar:
        request = sidecar.ask("dance")
        error = sidecar.until("error")[-1]
        assert error["id"] == request
        assert "'dance'" in error["message"]
        assert "sendMessage" in error["remedy"]


@pytest.mark.parametrize(
    "line",
    [
        b"not json at all " * 50,
        b"[1, 2]",
        b'{"id": 7, "method": "ping"}',
        b'{"method": "ping"}',
        b'{"id": "", "method": "ping"}',
        b'{"id": "x"}',
        b"\xff\xfe\x00",
        b'{"id": "x", "method": "ping", "params": {"n": 1e400}}',
        b"[" * 100_000,
    ],
)
def test_a_bad_line_is_an_error_without_an_id_that_shows_its_beginning(line):
    with Sidecar("odd") as sidecar:
        sidecar.write(line + b"\n")
        request = sidecar.ask("ping")
        _, error, pong = sidecar.until("pong", request)
        assert error["type"] == "error"
        assert "id" not in error
        assert error["kind"] == "invalid_request"
        assert error["remedy"]
        assert error["facts"]["line"] == line.decode("utf-8", "replace")[:200]
        assert pong["id"] == request


def test_a_line_over_the_cap_is_an_error_and_the_next_one_is_served():
    with Sidecar("odd") as sidecar:
        sidecar.write(b"x" * (16 * 1024 * 1024 + 1) + b"\n")
        request = sidecar.ask("ping")
        _, error, _ = sidecar.until("pong", request)
        assert "16777217 bytes" in error["message"]


def test_parameters_that_are_not_an_object_are_an_error_with_the_id():
    with Sidecar("odd") as sidecar:
        sidecar.write(b'{"id":"x","method":"ping","params":[1]}\n\n')
        assert sidecar.until("error", "x")[-1]["kind"] == "invalid_request"


@pytest.mark.parametrize("params", [{}, {"prompt": ""}, {"prompt": 7}])
def test_a_run_without_a_prompt_ends_in_an_error(params):
    with Sidecar("odd") as sidecar:
        run = sidecar.ask("sendMessage", **params)
        assert sidecar.until("error", run)[-1]["message"] == "'prompt' is missing."


# -- runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("prompt", "kind", "message"),
    [
        ("fail", "internal", "RuntimeError: the vendor fell over"),
        ("refuse", "refused", "The quota is used up."),
        ("leave", "internal", "SystemExit: 3"),
        ("no_such_deed", "internal", "AttributeError: 'Odd' object has no attribute 'no_such_deed'"),
    ],
)
def test_an_uncaught_error_ends_its_run_and_the_process_lives(prompt, kind, message):
    with Sidecar("odd") as sidecar:
        error = sidecar.run(prompt)[-1]
        assert (error["type"], error["kind"], error["message"]) == ("error", kind, message)
        assert kinds(sidecar.run("nothing")) == ["end"]


def test_errors_that_nobody_awaits_are_written_to_the_log():
    with Sidecar("odd") as sidecar:
        assert kinds(sidecar.run("forget")) == ["end"]
        assert kinds(sidecar.run("nothing")) == ["end"]
        sidecar.until_logged("ZeroDivisionError")
        sidecar.until_logged("nobody awaits me")


def test_nothing_of_a_run_follows_its_one_terminal_event():
    with Sidecar("odd") as sidecar:
        events = sidecar.run("speak_late")
        assert kinds(events) == ["end"]
        assert events[0]["stopReason"] == "end_turn"
        sidecar.until_logged("Dropped the agent_message_chunk event")
        sidecar.hang_up()
        assert sidecar.rest() == []


def test_a_second_run_is_refused_while_one_is_open():
    with Sidecar("odd") as sidecar:
        first = sidecar.send("wait")
        second = sidecar.send("nothing")
        error = sidecar.until("error", second)[-1]
        assert (error["kind"], error["facts"]) == ("refused", {"reason": "busy", "run": first})
        sidecar.ask("stopSession")
        assert sidecar.until("aborted")[-1]["id"] == first


def test_the_id_of_a_run_cannot_be_used_again():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("wait")
        sidecar.until("agent_message_chunk")
        for method in ("sendMessage", "ping", "dance"):
            sidecar.ask(method, request=run)
            error = sidecar.next()
            assert "id" not in error
            assert error["facts"]["reason"] == "duplicate"
        sidecar.ask("stopSession")
        sidecar.until("aborted", run)
        sidecar.ask("sendMessage", request=run, prompt="nothing")
        assert "id" not in sidecar.until("error")[-1]


def test_stop_and_steer_are_served_while_a_run_is_open():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("wait")
        sidecar.until("agent_message_chunk")
        sidecar.ask("steerSession", prompt="left")
        assert sidecar.next()["accepted"] is True
        sidecar.ask("steerSession", prompt="right")
        assert sidecar.next()["reason"] == "odd cannot take guidance now."
        stop = sidecar.ask("stopSession")
        events = [sidecar.next(), sidecar.next()]
        assert {(event["type"], event["id"]) for event in events} == {("stopped", stop), ("aborted", run)}
        sidecar.ask("steerSession", prompt="left")
        assert sidecar.next()["accepted"] is False


def test_events_that_json_cannot_say_still_arrive_under_their_own_name():
    with Sidecar("odd") as sidecar:
        first, second, end = sidecar.run("emit_oddities")
        assert list(first)[:2] == ["type", "id"]
        assert (first["type"], first["id"]) == ("notice", end["id"])
        assert first["message"] == "half ?"
        assert first["number"] is None
        assert second["raw"]["thing"].startswith("<object object")


def test_heartbeats_go_on_while_a_run_is_open_and_stop_with_it():
    with Sidecar("odd", WORKBENCH_HEARTBEAT_S="0.02") as sidecar:
        run = sidecar.send("ask")
        sidecar.until("permissionRequest")
        assert [sidecar.next() for _ in range(3)] == [{"type": "heartbeat", "id": run}] * 3
        sidecar.ask("stopSession")
        sidecar.until("end", run)
        sidecar.run("print_things")
        sidecar.hang_up()
        assert run not in [event.get("id") for event in sidecar.rest()]


# -- questions --------------------------------------------------------------------------------------------------------


def permission(sidecar, behavior, **fields):
    asked = sidecar.until("permissionRequest")[-1]
    sidecar.ask(
        "permissionResponse",
        request=wire.PERMISSION_PREFIX + asked["permissionId"],
        permissionId=asked["permissionId"],
        behavior=behavior,
        **fields,
    )
    return sidecar.until("permissionResolved")[-1]


def test_a_permission_is_asked_and_its_answer_is_an_event_of_the_run():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("ask")
        resolved = permission(sidecar, "allow", updatedInput={"command": "ls -a"})
        assert resolved["id"] == run
        assert (resolved["behavior"], resolved["by"]) == ("allow", "user")
        assert permission(sidecar, "deny", message="not this")["behavior"] == "deny"
        assert "deny by user: not this" in said(sidecar.until("end", run))


def test_an_allowed_tool_may_be_remembered_for_the_session():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("ask")
        permission(sidecar, "allow", remember=True)
        events = sidecar.until("end", run)
        assert [event["by"] for event in events if event["type"] == "permissionResolved"] == ["policy"]
        assert "allow by policy" in said(sidecar.run("ask"))


def test_a_permission_that_nobody_answers_is_a_denial():
    with Sidecar("odd") as sidecar:
        events = sidecar.run("ask", permissionTimeoutS=0.05)
        assert [event["by"] for event in events if event["type"] == "permissionResolved"] == ["timeout", "timeout"]
        assert "deny by timeout: Nobody answered within 0.05 seconds." in said(events)


def test_with_nobody_to_ask_a_permission_is_denied_at_once():
    with Sidecar("odd") as sidecar:
        events = sidecar.run("ask", permissionTimeoutS=0)
        assert kinds(events)[:2] == ["permissionRequest", "permissionResolved"]
        assert "There is nobody to ask." in said(events)


def test_an_answer_that_nobody_awaits_is_an_error_and_never_silence():
    with Sidecar("odd") as sidecar:
        sidecar.send("ask")
        permission(sidecar, "deny")
        asked = sidecar.until("permissionRequest")[-1]["permissionId"]
        sidecar.ask("stopSession")
        sidecar.until("end")
        late = sidecar.ask("permissionResponse", request=f"perm:{asked}", permissionId=asked, behavior="allow")
        error = sidecar.until("error", late)[-1]
        assert error["kind"] == "not_found"
        assert error["facts"]["question"] == f"perm:{asked}"


def test_an_answer_of_no_known_kind_leaves_the_question_open():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("question")
        asked = sidecar.until("userInputRequest")[-1]["userInputId"]
        wrong = sidecar.ask("userInputResponse", userInputId=asked, action="shrug")
        sidecar.until("error", wrong)
        sidecar.ask("userInputResponse", userInputId=asked, action="submit", content={"Which?": "this"})
        events = sidecar.until("end", run)
        assert events[0]["action"] == "submit"
        assert said(events) == "allow by user: {'Which?': 'this'}"


@pytest.mark.parametrize("action", ["decline", "cancel"])
def test_a_question_may_be_declined(action):
    with Sidecar("odd") as sidecar:
        run = sidecar.send("question")
        asked = sidecar.until("userInputRequest")[-1]["userInputId"]
        sidecar.ask("userInputResponse", userInputId=asked, action=action)
        events = sidecar.until("end", run)
        assert (events[0]["action"], events[0]["by"]) == (action, "user")


# -- leaving ----------------------------------------------------------------------------------------------------------


def test_shutdown_ends_the_run_then_answers_then_leaves():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("wait")
        sidecar.until("agent_message_chunk")
        shutdown = sidecar.ask("shutdown")
        assert [(event["type"], event["id"]) for event in sidecar.rest()] == [("aborted", run), ("pong", shutdown)]
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0


def test_a_run_that_ignores_the_stop_is_cancelled_at_shutdown():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("hang")
        sidecar.ask("shutdown")
        assert sidecar.rest()[1:-1] == [{"type": "aborted", "id": run, "reason": "cancelled"}]
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0


def test_a_provider_that_refuses_to_go_is_left_behind():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("refuse_to_go")
        shutdown = sidecar.ask("shutdown")
        events = sidecar.until("pong", shutdown)
        assert [event["type"] for event in events if event.get("id") == run] == ["agent_message_chunk", "aborted"]
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0


def test_the_end_of_stdin_ends_the_run_and_the_process():
    with Sidecar("odd") as sidecar:
        run = sidecar.send("ask")
        sidecar.until("permissionRequest")
        assert sidecar.hang_up() == 0
        assert [event["type"] for event in sidecar.rest() if event["id"] == run][-1] in wire.TERMINAL


def test_sigterm_is_a_request_to_leave_and_ctrl_c_is_not():
    with Sidecar("odd") as sidecar:
        sidecar.send("wait")
        sidecar.until("agent_message_chunk")
        sidecar.process.send_signal(signal.SIGINT)
        sidecar.until("pong", sidecar.ask("ping"))
        sidecar.process.send_signal(signal.SIGTERM)
        assert kinds(sidecar.rest()) == ["aborted"]
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0


def test_a_shutdown_under_way_is_not_cut_short_by_the_end_of_stdin_or_by_sigterm(tmp_path):
    may_leave = tmp_path / "may leave"
    with Sidecar("odd", ODD_STOP_S=str(PATIENCE_S), ODD_LEAVE=str(may_leave)) as sidecar:
        run = sidecar.send("take_leave")
        sidecar.until("agent_message_chunk")
        shutdown = sidecar.ask("shutdown")
        sidecar.until("agent_message_chunk")  # from here on it is under way, and does not end before it may
        sidecar.process.send_signal(signal.SIGTERM)
        sidecar.process.stdin.close()
        may_leave.touch()
        assert sidecar.process.wait(timeout=PATIENCE_S) == 0
        events = [(event["type"], event["id"]) for event in sidecar.rest()]
        assert events == [("aborted", run), ("pong", shutdown)]


def test_a_vendors_program_has_until_after_the_ladders_sigterm_for_its_records_and_we_leave_before_its_sigkill():
    sigterm = shim.TIMERS["rpc_s"] + shim.TIMERS["stdin_s"]
    sigkill = sigterm + shim.TIMERS["term_s"]
    closing = dispatch._CLOSE_SECONDS
    leaving = 3 * dispatch._STOP_SECONDS + closing
    assert sigterm < closing
    assert leaving + 1 < sigkill


def test_a_broken_stdout_is_survived_until_stdin_ends():
    with Sidecar("odd", listen=False) as sidecar:
        sidecar.process.stdout.close()
        sidecar.ask("ping")  # a turn might still be open when the next one comes, and nobody would hear of the refusal
        sidecar.until_logged("The host no longer reads")
        sidecar.send("print_things")
        sidecar.until_logged("a child")
        assert sidecar.hang_up() == 74
        assert sidecar.log().count("The host no longer reads") == 1


def test_a_host_that_does_not_read_stalls_its_run_and_not_the_stop():
    with Sidecar("replay", listen=False) as sidecar:
        run = sidecar.send("go", options={"recording": "flood", "events": 10_000_000})
        for _ in range(100):
            sidecar.process.stdout.readline()
        stop = sidecar.ask("stopSession")
        sidecar.listen()
        events = sidecar.until("aborted", run)
        assert stop in {event["id"] for event in [*events, *([] if events[-2]["id"] == stop else [sidecar.next()])]}
        assert len(events) < 1_000_000


# -- secrets ----------------------------------------------------------------------------------------------------------


def test_a_key_leaves_in_no_piece_of_text_and_in_no_event():
    key = "sk-ant-0123456789-abcdefgh"
    with Sidecar("odd", ODD_KEY=key) as sidecar:
        events = sidecar.run("leak")
        text = said(events)
        assert key not in json.dumps(events)
        assert text.startswith("the key is [REDACTED], keep it for me")
        assert [event.get("raw") for event in events if event.get("messageId") == "m1"] == [
            None,
            None,
            {"delta": " for me"},
        ]
        assert events[kinds(events).index("tool_call")]["rawInput"] == {"k": "[REDACTED]"}
        slow = [event for event in events if event.get("messageId") == "m2"]
        assert said(slow) == "sk-[REDACTED]"
        assert said([event for event in events if event.get("messageId") == "m3"]) == "begun: " + key[:12]
        assert kinds(events)[-1] == "end"


def test_what_looks_like_a_key_by_its_variables_name_is_masked_too():
    with Sidecar("odd", ODD_HEADERS="X-Auth: Bearer sk-the-header-of-somebody") as sidecar:
        assert said(sidecar.run("leak_header")) == "[REDACTED]"
