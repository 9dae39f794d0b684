"""What one run said, read from its session's transcript."""

from __future__ import annotations

import pytest
from scribe import Scribe, transcript, written

from workbench.agents.said import said
from workbench.errors import NotFound
from workbench.paths import Home


@pytest.fixture
def scribe() -> Scribe:
    made = Scribe()
    made.start()
    made.event("ready", None, version=1)
    return made


def test_a_run_is_read_with_its_texts_its_tools_and_what_it_returned(home: Home, scribe: Scribe) -> None:
    scribe.prompt("r0")
    scribe.say("r0", "Another run.")
    scribe.end("r0", structured={"not": "this"})
    scribe.prompt("r1", "Decide.", purpose="gate")
    scribe.say("r1", "Let me ", messageId="m1")
    scribe.say("r1", "see.", messageId="m1")
    scribe.say("r1", "I am the sub-agent.", messageId="s1", parent="task")
    diff = {"type": "diff", "path": "/a.md", "oldText": None, "newText": "A"}
    scribe.tool("r1", "t1")
    scribe.event("tool_call_update", "r1", toolCallId="t1", status="completed", content=[diff])
    scribe.say("r1", "Done.", messageId="m2")
    scribe.end("r1", structured={"decisions": []}, turns=2, durationMs=40)
    scribe.prompt("r2")
    told = said(home, written(home, scribe).id, "r1")
    assert (told.prompt, told.purpose, told.texts) == ("Decide.", "gate", ["Let me see.", "Done."])
    assert [tool.content["content"] for tool in told.tools] == [[diff]]
    assert (told.structured, told.status, told.reason) == ({"decisions": []}, "completed", "end_turn")
    assert told.end is not None
    assert (told.end.kind, told.turns, told.duration_ms, told.asked, told.failure) == ("end", 2, 40, [], None)


def test_an_open_run_shows_what_waits_for_a_person_and_what_is_being_said(home: Home, scribe: Scribe) -> None:
    scribe.prompt("r", purpose="step")
    scribe.event("permissionRequest", "r", permissionId="p1", toolName="Bash", toolInput={})
    scribe.event("userInputRequest", "r", userInputId="q1", questions=[{"question": "Which?"}])
    scribe.event("permissionResolved", "r", permissionId="p1", behavior="deny", by="user")
    scribe.say("r", "I wai")
    told = said(home, written(home, scribe).id, "r")
    assert [(one.kind, one.content["userInputId"]) for one in told.asked] == [("question", "q1")]
    assert (told.texts, told.purpose, told.status, told.end) == (["I wai"], "step", None, None)


def test_a_run_that_failed_tells_why(home: Home, scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.event("error", "r", kind="budget", message="Spent.", remedy="Raise it.", facts={"usd": 1})
    told = said(home, written(home, scribe).id, "r")
    assert (told.status, told.reason, told.structured) == ("error", "budget", None)
    assert told.failure == {"kind": "budget", "message": "Spent.", "remedy": "Raise it.", "facts": {"usd": 1}}


def test_a_run_that_was_cut_off_is_interrupted_and_keeps_what_it_said(home: Home, scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.say("r", "Partial te")
    scribe.exit("killed:9", "r")
    told = said(home, written(home, scribe).id, "r")
    assert (told.texts, told.status, told.reason, told.failure) == (["Partial te"], "interrupted", "killed:9", None)


def test_reading_from_a_number_below_the_run_tells_the_same(home: Home, scribe: Scribe) -> None:
    for run in ("r0", "r1"):
        begun = scribe.prompt(run)
        scribe.say(run, run)
        scribe.end(run)
    session = written(home, scribe).id
    whole, part = said(home, session, "r1"), said(home, session, "r1", since=begun - 1)
    assert (whole.texts, whole.end) == (part.texts, part.end)


def test_a_torn_line_and_a_record_that_came_twice_cost_nothing_else(home: Home, scribe: Scribe) -> None:
    scribe.prompt("r")
    scribe.say("r", "Once.")
    scribe.raw(scribe.lines[-1])
    scribe.raw(b'{"seq":99,"t":1,"d":"out","f":{"type"\n')
    scribe.end("r")
    assert said(home, written(home, scribe).id, "r").texts == ["Once."]


def test_a_run_that_the_transcript_does_not_know_is_said(home: Home, scribe: Scribe) -> None:
    session = written(home, scribe)
    with pytest.raises(NotFound, match="does not tell of run r9"):
        said(home, session.id, "r9")
    transcript(home, session).unlink()
    with pytest.raises(NotFound):
        said(home, session.id, "r9")
