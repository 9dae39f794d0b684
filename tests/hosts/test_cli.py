"""The command line as a person and a program use it: through the real process."""

from __future__ import annotations

import argparse
import json
import os
import pty
import re
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from shell import WORKBENCH, environment, reply, sentence, workbench

from workbench.app import Workbench
from workbench.errors import SidecarFailed
from workbench.hosts import cli_run
from workbench.hosts.cli import main, report
from workbench.hosts.cli_lab import defaults
from workbench.hosts.cli_text import money, safe, table
from workbench.paths import Home

REPLAY = ("--provider", "replay", "--speed", "0")


def played(home: Home, *words: str) -> list[dict[str, Any]]:
    done = workbench(home.root, "run", "Review it.", *REPLAY, "--json", *words)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


# -- run --------------------------------------------------------------------------------------------------------------


def test_a_run_prints_one_event_a_line_the_last_of_them_its_end_and_is_counted_once(home: Home) -> None:
    events = played(home)
    assert events[0]["type"] == "started"
    assert events[-1]["type"] == "end"
    assert {event["id"] for event in events} == {events[0]["id"]}
    assert not {"heartbeat"} & {event["type"] for event in events}
    summary = reply(home.root, "usage", "summary", "--json")
    assert (summary["runs"], summary["output_tokens"], summary["total_cost"]) == (1, 704, "0.045352")


def test_for_a_person_the_text_is_on_stdout_and_all_else_on_stderr(home: Home) -> None:
    done = workbench(home.root, "run", "Review it.", *REPLAY)
    assert done.returncode == 0
    assert "Review of `haiku-commit`" in done.stdout
    assert "Session" not in done.stdout
    assert "• Read skills/haiku-commit/SKILL.md" in done.stderr
    assert "replay (replay), claude-sonnet-5: 2,510 in, 704 out, $0.0454" in done.stderr
    assert "\x1b" not in done.stdout + done.stderr


def test_without_a_terminal_a_permission_is_denied_with_a_notice(home: Home) -> None:
    done = workbench(home.root, "run", "Review it.", *REPLAY)
    assert "denied: nobody was there to ask" in done.stderr


def test_a_run_leaves_no_process_unless_it_is_told_to(home: Home) -> None:
    played(home)
    assert reply(home.root, "sessions", "list", "--json")["sessions"][0]["state"] == "ended"
    played(home, "--keep")
    assert reply(home.root, "sessions", "list", "--json")["sessions"][0]["state"] == "live"
    assert len(reply(home.root, "call", "agents.shutdown")["closed"]) == 1


def test_a_prompt_can_come_from_stdin(home: Home) -> None:
    done = workbench(home.root, "run", "-", *REPLAY, "--json", stdin="Review it.")
    session = json.loads(done.stdout.splitlines()[0])["session"]
    assert "Review it." in workbench(home.root, "sessions", "markdown", session).stdout


def test_a_session_goes_on_where_it_stopped(home: Home) -> None:
    session = played(home)[0]["session"]
    for words in (("run", "Fix it.", "--session", session), ("sessions", "resume", session, "What did it cost?")):
        done = workbench(home.root, *words, "--speed", "0", "--json")
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout.splitlines()[0])["session"] == session
    runs = reply(home.root, "usage", "session-runs", session, "--json")["runs"]
    assert [run["status"] for run in runs] == ["completed"] * 3
    assert sum(run["output_tokens"] for run in runs) == 1218


def test_a_session_that_another_host_keeps_alive_is_not_closed_behind_its_back(home: Home) -> None:
    session = played(home, "--keep")[0]["session"]
    done = workbench(home.root, "sessions", "resume", session, "Fix it.", "--speed", "0", "--json")
    assert done.returncode == 0, done.stderr
    assert reply(home.root, "sessions", "show", session, "--json")["state"] == "live"
    reply(home.root, "sessions", "end", session, "--json")


def test_a_session_keeps_its_provider(home: Home) -> None:
    session = played(home)[0]["session"]
    done = workbench(home.root, "run", "Go on.", "--session", session, "--provider", "claude")
    assert "keeps its provider" in sentence(done)


def test_a_turn_that_fails_exits_1_and_says_why(home: Home) -> None:
    done = workbench(home.root, "run", "Go.", "--provider", "replay", "--recording", "no-such", "--json")
    last = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, last["type"], last["kind"]) == (1, "error", "no_recording")
    assert last["remedy"]
    done = workbench(home.root, "run", "Go.", "--provider", "replay", "--recording", "no-such")
    assert done.returncode == 1
    assert "There is no recording named 'no-such'" in done.stderr


def test_a_transcript_of_ours_is_a_recording_by_its_path(home: Home, tmp_path: Path) -> None:
    first = played(home)
    path = home.session(first[0]["session"]) / "transcript.jsonl"
    again = played(home, "--recording", os.path.relpath(path))
    said = ["".join(e["content"]["text"] for e in run if e["type"] == "agent_message_chunk") for run in (first, again)]
    assert said[0] == said[1]


def test_ctrl_c_stops_the_turn_keeps_what_was_said_and_exits_130(home: Home) -> None:
    events, status = _interrupted(home, times=1)
    assert (events[-1]["type"], status) == ("aborted", 130)
    session = events[0]["session"]
    (run,) = reply(home.root, "usage", "session-runs", session, "--json")["runs"]
    assert run["status"] == "aborted"
    assert "I'll" in workbench(home.root, "sessions", "markdown", session).stdout


def test_a_second_ctrl_c_leaves_at_once(home: Home) -> None:
    _, status = _interrupted(home, times=2)
    assert status == 130
    reply(home.root, "call", "agents.shutdown")


def _interrupted(home: Home, times: int) -> tuple[list[dict[str, Any]], int]:
    """A run at its recorded pace that is interrupted when the agent begins to speak."""
    with subprocess.Popen(
        [*WORKBENCH, "run", "Review it.", "--provider", "replay", "--json"],
        stdout=subprocess.PIPE, text=True, env=environment(home.root),
    ) as process:  # fmt: skip
        assert process.stdout is not None
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if times and events[-1]["type"] == "agent_message_chunk":
                for _ in range(times):
                    process.send_signal(signal.SIGINT)
                times = 0
    return events, process.returncode


def test_nothing_that_an_agent_says_reaches_a_terminal_as_an_escape(home: Home) -> None:
    done = workbench(home.root, "run", "Go.", "--provider", "replay", "--recording", "hostile", "--speed", "0")
    assert done.returncode == 0
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", done.stdout + done.stderr)


def test_a_failure_that_an_agent_has_worded_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    report(SidecarFailed("It \x1b[2J said so.", remedy="Go \x1b]0;there\x07."), as_json=False)
    assert capsys.readouterr().err == "workbench: It \\x1b[2J said so.\n  Go \\x1b]0;there\\x07.\n"


def test_on_a_terminal_a_permission_is_asked_and_a_yes_allows_it(home: Home) -> None:
    screen = _on_a_terminal(home, {"Allow? [y]es": b"y\n"})
    assert "  allowed" in screen
    assert "failed:" not in screen


def test_on_a_terminal_anything_but_a_yes_denies(home: Home) -> None:
    screen = _on_a_terminal(home, {"Allow? [y]es": b"maybe\n"})
    assert "  denied" in screen


def test_who_types_the_prompt_at_a_terminal_is_asked_there_too(home: Home) -> None:
    screen = _on_a_terminal(home, {"Allow? [y]es": b"y\n"}, typed=b"Review it.\n\x04")
    assert "  allowed" in screen


def test_a_question_that_waits_for_somebody_elsewhere_is_told(home: Home) -> None:
    done = workbench(home.root, "run", "Review it.", *REPLAY, "--wait", "0.2")
    assert "The agent waits for an answer." in done.stderr


async def test_an_answer_that_nobody_awaits_any_more_is_no_fault(home: Home) -> None:
    session = played(home, "--keep")[0]["session"]
    with Workbench.open(home) as bench:
        run = cli_run._Run(bench, argparse.Namespace(json=False, keep=False))
        run._session = session
        await run._tell("respond_permission", permission="long-gone", behavior="allow")
        await bench.acall("agents.shutdown")


def _on_a_terminal(home: Home, answers: dict[str, bytes], typed: bytes = b"") -> str:
    """All that a person sees of a run, answering each prompt as it shows."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*WORKBENCH, "run", "-" if typed else "Review it.", *REPLAY],
        stdin=theirs, stdout=theirs, stderr=theirs, env=environment(home.root, TERM="xterm"), start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, typed)
    screen = b""
    try:
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # the other end is closed: it has left
                break
            screen += piece
            for prompt in [prompt for prompt in answers if prompt.encode() in screen]:
                os.write(ours, answers.pop(prompt))
        assert process.wait(60) == 0, screen.decode()
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    return screen.decode()


# -- the generic doors ------------------------------------------------------------------------------------------------


def test_commands_lists_every_command_with_its_schemas(home: Home) -> None:
    rows = reply(home.root, "commands", "--json")
    names = [row["name"] for row in rows]
    for name in ("settings.get", "agents.start", "sessions.list", "usage.summary", "dependencies.check"):
        assert name in names
    assert all({"name", "summary", "request", "reply"} <= set(row) for row in rows)


def test_call_reaches_any_command_and_reads_stdin(home: Home) -> None:
    assert reply(home.root, "call", "sessions.list") == {"sessions": [], "next_cursor": None}
    done = workbench(home.root, "call", "settings.save", "-", stdin='{"changes": {"max_turns": 9}}')
    assert json.loads(done.stdout)["settings"]["max_turns"] == 9


@pytest.mark.parametrize(
    "words",
    [[], ["nonsense"], ["run"], ["usage"], ["run", "x", "--speed", "fast"], ["run", "x", "--permission", "all"]],
)
def test_words_that_do_not_fit_exit_2_and_touch_nothing(tmp_path: Path, words: list[str]) -> None:
    done = workbench(tmp_path / "home", *words)
    assert done.returncode == 2
    assert "usage:" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_reader_that_leaves_early_sees_no_traceback(home: Home) -> None:
    process = subprocess.Popen(
        [*WORKBENCH, "commands", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(home.root)
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait(60)


def test_a_fault_of_ours_is_one_sentence_and_the_log_says_where(
    home: Home, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fault(args: object) -> int:
        raise ZeroDivisionError("ours")

    monkeypatch.setitem(sys.modules, "workbench.hosts.cli_tools", SimpleNamespace(run=fault))
    assert main(["doctor"]) == 1
    assert capsys.readouterr().err.startswith("workbench: ZeroDivisionError: ours\n  This is a fault in Workbench")
    assert "in fault" in (home.logs / "workbench.log").read_text()


# -- reports, sessions, settings --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("report", "command", "words", "params"),
    [
        ("summary", "usage.summary", [], {}),
        ("recent-runs", "usage.recent_runs", ["--limit", "1"], {"limit": 1}),
        ("recent-sessions", "usage.recent_sessions", ["--limit", "1"], {"limit": 1}),
        ("by-step", "usage.by_step", ["--since", "2020-01-01"], {"since": "2020-01-01"}),
        ("steps", "usage.by_step", ["--skill", "none"], {"skill": "none"}),
        ("by-model", "usage.by_model", ["--skill", "none"], {"skill": "none"}),
        ("step-runs", "usage.step_runs", ["1"], {"step": "1"}),
    ],
)
def test_a_report_prints_what_its_command_replies(
    home: Home, report: str, command: str, words: list[str], params: dict[str, Any]
) -> None:
    for run in ("a", "b"):
        request = {"run": run, "model": "m", "provider": "p", "step": "1", "cost": "0.5", "output_tokens": 3,
                   "started": "2026-11-20T10:00:00Z", "ended": "2026-11-20T10:01:00Z"}  # fmt: skip
        reply(home.root, "call", "usage.record", json.dumps(request))
    printed = reply(home.root, "usage", report, *words, "--json")
    assert printed == reply(home.root, "call", command, json.dumps(params))
    assert workbench(home.root, "usage", report, *words).returncode == 0


def test_a_reset_asks_first_and_hides_only_then(home: Home) -> None:
    played(home)
    assert "Nothing was reset" in sentence(workbench(home.root, "usage", "reset"))
    assert reply(home.root, "usage", "summary", "--json")["runs"] == 1
    said = workbench(home.root, "usage", "reset", "--yes").stdout
    assert said == "1 runs no longer count; what agents wrote of them into their own transcripts does.\n"
    assert reply(home.root, "usage", "summary", "--json")["runs"] == 0


def test_sessions_are_listed_shown_read_and_ended(home: Home) -> None:
    session = played(home, "--keep")[0]["session"]
    assert session in workbench(home.root, "sessions", "list").stdout
    assert "live" in workbench(home.root, "sessions", "show", session).stdout
    assert "ended" in workbench(home.root, "sessions", "end", session).stdout
    assert "Review of" in workbench(home.root, "sessions", "markdown", session).stdout


def test_settings_are_changed_by_name_and_value(home: Home) -> None:
    assert workbench(home.root, "settings", "set", "max_turns=12", "model=opus").returncode == 0
    assert reply(home.root, "settings", "get", "max_turns") == 12
    assert reply(home.root, "settings", "get", "model") == "opus"
    assert "max_turns" in sentence(workbench(home.root, "settings", "set", "max_turns=lots"))
    assert "'colour'" in sentence(workbench(home.root, "settings", "get", "colour"))


def test_a_secret_is_read_from_stdin_and_never_shown(home: Home) -> None:
    key = "sk-ant-a-key-that-nobody-else-has-1234"
    done = workbench(home.root, "settings", "secret", "ANTHROPIC_API_KEY", stdin=f"{key}\n")
    assert "[REDACTED] (ends in 1234), from the file" in done.stdout
    assert key not in done.stdout + done.stderr
    done = workbench(home.root, "settings", "secret", "ANTHROPIC_API_KEY", "--forget")
    assert "ANTHROPIC_API_KEY: not set" in done.stdout


def test_the_doctor_works_where_nothing_else_does(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("not a folder")
    done = workbench(tmp_path / "home", "doctor", "--json")
    found = {each["code"]: each for each in json.loads(done.stdout)["checks"]}
    assert done.returncode == 1
    assert found["home"]["ok"] is False
    assert found["home"]["remediation"]
    assert "MISSING  home" in workbench(tmp_path / "home", "doctor").stdout


# -- lab --------------------------------------------------------------------------------------------------------------


def test_lab_becomes_jupyterlab_and_passes_on_what_it_was_given(tmp_path: Path) -> None:
    (tmp_path / "jupyterlab").mkdir()
    (tmp_path / "jupyterlab" / "__init__.py").touch()
    (tmp_path / "jupyterlab" / "__main__.py").write_text("import json, sys; print(json.dumps(sys.argv[1:]))")
    done = workbench(tmp_path, "lab", "--no-browser", "tour.ipynb", "--port=1", env={"PYTHONPATH": str(tmp_path)})
    assert json.loads(done.stdout)[-3:] == ["--no-browser", "tour.ipynb", "--port=1"]


def test_root_is_allowed_because_in_a_container_everybody_is() -> None:
    assert defaults(["a.ipynb"], user=0) == ["--allow-root", "a.ipynb"]
    assert defaults(["--allow-root=False"], user=0) == ["--allow-root=False"]
    assert defaults(["a.ipynb"], user=1000) == ["a.ipynb"]


def test_without_a_browser_lab_prints_the_address_of_the_notebook() -> None:
    words = ["--no-browser", "notebooks/a tour.ipynb"]

    assert defaults(words, user=1000) == ["--LabApp.default_url=/lab/tree/a%20tour.ipynb", *words]


# -- the text ---------------------------------------------------------------------------------------------------------


def test_control_characters_are_shown_and_not_obeyed() -> None:
    assert safe("a\x1b]0;title\x07\u202egpj\nb\tc") == "a\\x1b]0;title\\x07\\u202egpj\nb\tc"


@pytest.mark.parametrize(
    ("cost", "shown"), [(None, "no price"), ("0", "$0.00"), ("0.045352", "$0.0454"), ("1234.5", "$1,234.50")]
)
def test_money_is_short_and_what_has_no_price_says_so(cost: str | None, shown: str) -> None:
    assert money(cost) == shown


def test_a_table_aligns_numbers_to_the_right_and_says_when_it_is_empty() -> None:
    assert table([], {"a": "A"}) == "Nothing yet."
    rows = [{"name": "x", "runs": 1200, "cost": "2"}, {"name": "longer", "runs": 3, "cost": None}]
    assert table(rows, {"name": "NAME", "runs": "RUNS", "cost": "COST"}).splitlines() == [
        "NAME     RUNS      COST",
        "x       1,200     $2.00",
        "longer      3  no price",
    ]
