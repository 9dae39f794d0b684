"""How a recording is made: the scripted model's answers by address, and a turn without what differs from run to run."""

from __future__ import annotations

import json
import uuid

from hypothesis import given
from hypothesis import strategies as st
from recordings.cutting import cut, unpacked
from recordings.director import Director
from recordings.leaving import kept, told, untold
from recordings.make import differences, install
from recordings.scripts import Script

from workbench.sidecar.recording import RecordedRun, Step, find, parse
from workbench.workflows.recording.recordings import WORDS

OPEN = "01a1fe9f-6b06"
"""The id of the turn that is cut."""
TOOLS = [{"name": "Read"}]
OUTPUT = [*TOOLS, {"name": "StructuredOutput"}]


def chunk(text: str, message: str = "msg_0123456789ab"):
    return {"type": "agent_message_chunk", "id": OPEN, "messageId": message, "content": {"type": "text", "text": text}}


def run_of(*events) -> RecordedRun:
    return RecordedRun([Step(7, event) for event in events], {})


def recorded(*events, stands_for=None):
    return unpacked(cut(run_of(*events), OPEN, stands_for or {}))


def asked(*said, cwd="/somewhere/baseline", tools=TOOLS):
    told = {"role": "system", "content": f"# Environment\n - Primary working directory: {cwd}\n - Shell: bash"}
    return {"messages": [{"role": "user", "content": "Do it."}, told, *said], "tools": tools}


def answer(*blocks):
    return {"role": "assistant", "content": list(blocks)}


def director() -> Director:
    return Director({"release-notes": Script("release-notes", skill="demo", today="2026-01-02")})


@given(st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=8), st.integers(1, 20))
def test_how_text_came_in_pieces_does_not_matter(texts, size):
    whole = "".join(texts)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    end = {"type": "end", "id": OPEN, "stopReason": "end_turn", "durationMs": size}
    assert cut(run_of(*map(chunk, texts), end), OPEN, {}) == cut(run_of(*map(chunk, pieces), end), OPEN, {})


def test_ids_places_times_and_raw_events_are_not_in_it():
    call = {"type": "tool_call", "id": OPEN, "toolCallId": "toolu_abcdef123456", "raw": {"x": 1}, "tools": ["a"]}
    update = {"type": "tool_call_update", "id": OPEN, "toolCallId": "toolu_abcdef123456", "title": "/place/x is demo's"}
    *_, first, second = recorded(call, update, stands_for={"/place": "${CWD}", "demo": "${SKILL}"})
    assert first["f"] == {"type": "tool_call", "id": "run", "toolCallId": "id-1"}
    assert second["f"]["title"] == "${CWD}/x is ${SKILL}'s"
    assert second["f"]["toolCallId"] == "id-1"


def test_how_a_question_was_answered_is_in_it(tmp_path):
    ask = {"type": "permissionRequest", "id": OPEN, "permissionId": "p1", "toolName": "Write", "toolInput": {}}
    end = {"type": "end", "id": OPEN, "stopReason": "end_turn"}
    run = RecordedRun([Step(0, ask), Step(0, end)], {"p1": {"permissionId": "p1", "behavior": "deny", "by": "user"}})
    (tmp_path / "one.jsonl.gz").write_bytes(cut(run, OPEN, {}))
    (read,) = find(str(tmp_path / "one.jsonl.gz")).runs
    assert [step.event["type"] for step in read.steps] == ["permissionRequest", "end"]
    assert read.answers["p1"]["behavior"] == "deny"


def test_whatever_id_a_question_has_the_recording_is_the_same():
    def of(name):
        ask = {"type": "userInputRequest", "id": OPEN, "userInputId": name, "questions": []}
        answered = {name: {"userInputId": name, "action": "submit", "content": {"Which?": "This"}}}
        return cut(RecordedRun([Step(0, ask), Step(0, {"type": "end", "id": OPEN})], answered), OPEN, {})

    assert of(uuid.uuid4().hex) == of(uuid.uuid4().hex)


def test_a_recording_of_a_recording_is_the_same():
    events = [chunk("One and two and three and four."), {"type": "end", "id": OPEN, "stopReason": "end_turn"}]
    once = cut(run_of(*events), OPEN, {})
    (again,) = parse([json.dumps(record).encode() for record in unpacked(once)])
    assert cut(again, "run", {}) == once


def test_what_a_turn_has_left_that_no_diff_tells_is_kept_as_blobs(tmp_path):
    diff = {"type": "diff", "path": "/at/SKILL.md", "oldText": None, "newText": "Told."}
    update = {"type": "tool_call_update", "status": "completed", "content": [diff]}
    denied = {**update, "status": "failed", "content": [{**diff, "newText": "Denied."}]}
    before = {"same.md": b"s", "gone.md": b"g", "old.csv": b"1"}
    after = {"same.md": b"s", "SKILL.md": b"Told.", "old.csv": b"2", "picture.png": b"\xff"}
    found = untold(before, after, told([chunk("Hi."), update, denied], "/at"))
    assert found == {"gone.md": None, "old.csv": b"2", "picture.png": b"\xff"}
    (tmp_path / "made").mkdir()
    names = kept(found, tmp_path / "made")
    assert names["gone.md"] is None
    assert (tmp_path / "made" / "blobs" / names["picture.png"]).read_bytes() == b"\xff"


def test_what_is_made_anew_takes_the_place_of_all_but_the_persons_words(tmp_path):
    made, folder = tmp_path / "made", tmp_path / "there"
    for path, text in {made / "blobs" / "new": "n", folder / "blobs" / "old": "o", folder / WORDS: "w"}.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert differences(made, folder) == ["blobs/new", "blobs/old"]
    install(made, folder)
    assert differences(made, folder) == []
    assert (folder / WORDS).read_text() == "w"


def test_which_answer_is_due_follows_from_the_conversation():
    call = answer({"type": "tool_use", "id": "t", "name": "Agent", "input": {}})
    first, second, third, repair = (
        director()("release-notes/research.main", asked(*[call] * answers)) for answers in range(4)
    )
    assert first["tool"] == "AskUserQuestion"
    assert second["tools"][0]["tool"] == "Agent"
    assert len(third["input"]["sections"][2]["questions"][1]["choices"]) == 1
    assert len(repair["input"]["sections"][2]["questions"][1]["choices"]) == 3, "in the same session"


def test_a_message_that_the_program_adds_itself_when_it_resumes_is_no_answer():
    call = answer({"type": "tool_use", "id": "t", "name": "Agent", "input": {}})
    own = answer({"type": "text", "text": "No response requested."})
    assert director()("release-notes/research.main", asked(call, own)) == director()(
        "release-notes/research.main", asked(call)
    )


def test_a_sub_agent_gives_its_own_report():
    script = Script("release-notes", skill="demo", today="2026-01-02")
    (prompt,) = script.agents("research.main")
    body = {"messages": [{"role": "user", "content": [{"type": "text", "text": prompt}]}], "tools": TOOLS}
    assert director()("release-notes/research.main", body)["text"].startswith("1. What is breaking.")


def test_both_arms_of_a_test_and_its_judge_are_told_apart_by_what_lies_there_and_tools(tmp_path):
    for path in ("one/.claude/skills/test-context", "two/.claude/skills/test-context", "two/.claude/skills/demo"):
        (tmp_path / path).mkdir(parents=True)
    said = [
        director()("release-notes/test.1", asked(cwd=tmp_path / cwd, tools=tools))
        for cwd, tools in (("one", TOOLS), ("two", TOOLS), ("one", OUTPUT))
    ]
    assert said[0]["text"].startswith("# Release 4.2.7")
    assert said[1]["text"].startswith("Five merged changes")
    assert said[2]["input"]["recommendations"]


def test_what_an_answer_counts_as_does_not_depend_on_where_the_agent_works():
    steps = [director()("release-notes/generate.main", asked(cwd=cwd)) for cwd in ("/a", "/a/much/longer/place")]
    assert steps[0]["usage"] == steps[1]["usage"]
    assert steps[1]["input"]["file_path"] == "/a/much/longer/place/SKILL.md"
