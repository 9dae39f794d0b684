"""Recorded turns that change files: one file a turn, places filled in, edits done again under the turn's own guard."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from spoken import Sidecar

from workbench.protocol import wire

Event = dict[str, Any]


def recorded(path: Path, *frames: Event) -> str:
    """One turn as a transcript has it, its time counted from its beginning."""
    begin = {"id": "main", "method": "sendMessage", "params": {"prompt": "p"}}
    lines = [{"seq": 1, "t": 0, "d": "in", "f": begin}]
    for seq, frame in enumerate(frames, 2):
        kind = frame.pop("type")
        direction = "in" if kind == "in" else "out"
        body = frame if kind == "in" else {"type": kind, "id": "main", **frame}
        lines.append({"seq": seq, "t": seq * 10, "d": direction, "f": body})
    data = "".join(json.dumps(line) + "\n" for line in lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return str(path)


def wrote(path: str, old: str | None, new: str, *, call: str = "t1", tool: str = "Write") -> list[Event]:
    diff = {"type": "diff", "path": path, "oldText": old, "newText": new}
    return [
        {"type": "tool_call", "toolCallId": call, "title": tool, "name": tool, "kind": "edit", "status": "pending",
         "rawInput": {}},
        {"type": "tool_call_update", "toolCallId": call, "status": "in_progress", "rawInput": {"file_path": path}},
        {"type": "tool_call_update", "toolCallId": call, "status": "completed", "content": [diff]},
    ]  # fmt: skip


def said(text: str) -> Event:
    return {"type": "agent_message_chunk", "messageId": "m", "content": {"type": "text", "text": text}}


def end(**fields: Any) -> Event:
    return {"type": "end", "stopReason": "end_turn", **fields}


def asked(tool: str, tool_input: dict[str, Any], *, call: str = "t1") -> list[Event]:
    return [
        {"type": "permissionRequest", "permissionId": "p1", "toolName": tool, "toolInput": tool_input,
         "toolCallId": call},
        {"type": "permissionResolved", "permissionId": "p1", "behavior": "allow", "by": "user"},
    ]  # fmt: skip


class Played:
    """A turn that is played to its end, with `answer` to every permission."""

    def __init__(self, sidecar: Sidecar, options: dict[str, Any], *, answer: str = "allow", **params: Any) -> None:
        run = sidecar.send("go", options={"speed": 0, **options}, **params)
        self.events: list[Event] = []
        while not self.events or self.events[-1]["type"] not in wire.TERMINAL:
            event = sidecar.next()
            if event.get("id") == run:
                self.events.append(event)
            if event["type"] == "permissionRequest":
                sidecar.ask("permissionResponse", permissionId=event["permissionId"], behavior=answer)

    @property
    def end(self) -> Event:
        return self.events[-1]

    @property
    def text(self) -> str:
        return "".join(each["content"]["text"] for each in self.of("agent_message_chunk"))

    def of(self, kind: str) -> list[Event]:
        return [event for event in self.events if event["type"] == kind]


@pytest.fixture
def cwd(tmp_path: Path) -> Path:
    made = tmp_path / "skill"
    made.mkdir()
    return made


def play(tmp_path: Path, cwd: Path, *frames: Event, answer: str = "allow", **options: Any) -> Played:
    """One turn that may write in `cwd`."""
    path = recorded(tmp_path / "main.jsonl.gz", *frames)
    with Sidecar("replay") as sidecar:
        return Played(
            sidecar,
            {"recording": path, "substitutions": {"${CWD}": str(cwd)}, **options},
            answer=answer,
            cwd=str(cwd),
            writes=[str(cwd)],
        )


# -- one file a turn ----------------------------------------------------------------------------------------------------


def test_a_session_plays_the_file_that_each_turn_names(tmp_path: Path) -> None:
    files = [recorded(tmp_path / f"{n}.jsonl.gz", said(f"turn {n}"), end(structured={"n": n})) for n in range(3)]
    files[1] = recorded(tmp_path / "plain.jsonl", said("turn 1"), end(structured={"n": 1}))
    with Sidecar("replay") as sidecar:
        played = [Played(sidecar, {"recording": file}) for file in (*files, files[0], files[0])]
    assert [each.text for each in played] == ["turn 0", "turn 1", "turn 2", "turn 0", "turn 0"]
    assert [each.end["structured"]["n"] for each in played] == [0, 1, 2, 0, 0]


def test_a_resumed_session_goes_on_with_the_file_that_the_turn_names(tmp_path: Path) -> None:
    first, second = (recorded(tmp_path / f"{n}.jsonl", said(str(n)), end()) for n in (1, 2))
    with Sidecar("replay") as sidecar:
        resume = Played(sidecar, {"recording": first}).of("session_info_update")[0]["providerSessionId"]
    for file, text in ((second, "2"), (first, "1")):
        with Sidecar("replay") as sidecar:
            assert Played(sidecar, {"recording": file}, resume=resume).text == text


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"{}" * 9, mtime=0)[:-4], gzip.compress(b"no record\n", mtime=0)],
    ids=["empty", "plain", "torn", "foreign"],
)
def test_a_file_that_is_no_recording_is_said(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "main.jsonl.gz"
    path.write_bytes(data)
    with Sidecar("replay") as sidecar:
        assert Played(sidecar, {"recording": str(path)}).end["kind"] == "no_recording"


def test_places_are_filled_once_in_every_string_the_longest_first(tmp_path: Path) -> None:
    places = {"${SKILL}": "demo ${CWD}", "${SKILL}-x": "longer", "${CWD}": "/here"}
    call = {"type": "tool_call", "toolCallId": "t", "title": "Read ${CWD}/a", "name": "Read", "kind": "read",
            "status": "completed", "rawInput": {"files": ["${CWD}/a", 1, None]}}  # fmt: skip
    path = recorded(tmp_path / "a.jsonl", call, said("${SKILL} ${SKILL}-x ${OTHER}"), end(structured={"${CWD}": 1}))
    with Sidecar("replay") as sidecar:
        played = Played(sidecar, {"recording": path, "substitutions": places})
    assert played.text == "demo ${CWD} longer ${OTHER}"
    (shown,) = played.of("tool_call")
    assert (shown["title"], shown["rawInput"]) == ("Read /here/a", {"files": ["/here/a", 1, None]})
    assert played.end["structured"] == {"/here": 1}


@pytest.mark.parametrize(
    "options",
    [{"substitutions": ["a"]}, {"substitutions": {"": "x"}}, {"branches": {"deny": 1}}, {"effects": {"a": "b"}}],
)
def test_options_of_another_shape_are_refused(tmp_path: Path, options: dict[str, Any]) -> None:
    path = recorded(tmp_path / "a.jsonl", end())
    with Sidecar("replay") as sidecar:
        played = Played(sidecar, {"recording": path, **options})
    assert (played.end["type"], played.end["kind"]) == ("error", "invalid_request")


# -- edits are done again -----------------------------------------------------------------------------------------------


def test_edits_are_done_again_where_the_turn_may_write(tmp_path: Path, cwd: Path) -> None:
    (cwd / "notes.md").write_text("one\ntwo\n")
    played = play(
        tmp_path, cwd,
        *wrote("${CWD}/SKILL.md", None, "# Skill\r\nin ${CWD}\n"),
        *wrote("${CWD}/references/deep/a.md", None, "deep\n", call="t2"),
        *wrote("notes.md", "one\ntwo\n", "1\ntwo\n", call="t3", tool="Edit"),
        end(),
    )  # fmt: skip
    assert played.end["type"] == "end"
    assert (cwd / "SKILL.md").read_bytes() == f"# Skill\r\nin {cwd}\n".encode()
    assert (cwd / "references" / "deep" / "a.md").read_text() == "deep\n"
    assert (cwd / "notes.md").read_text() == "1\ntwo\n"
    assert played.of("permissionRequest") == []


def test_a_request_that_does_not_say_where_to_write_writes_nothing(tmp_path: Path, cwd: Path) -> None:
    path = recorded(tmp_path / "a.jsonl", *wrote(str(cwd / "a.md"), None, "text"), end())
    blob = tmp_path / "blob"
    blob.write_bytes(b"x")
    with Sidecar("replay") as sidecar:
        played = Played(sidecar, {"recording": path, "effects": {str(cwd / "b"): str(blob)}}, cwd=str(cwd))
    assert (played.end["type"], list(cwd.iterdir())) == ("end", [])


@pytest.mark.parametrize("path", ["${CWD}/../a.md", "/nowhere/a.md", "link/a.md", ".git/hooks/pre-commit"])
def test_an_edit_elsewhere_is_not_done_and_the_run_ends(tmp_path: Path, cwd: Path, path: str) -> None:
    (tmp_path / "other").mkdir()
    (cwd / "link").symlink_to(tmp_path / "other")
    played = play(tmp_path, cwd, *wrote(path, None, "text"), said("Goes on."), end())
    assert (played.end["type"], played.end["kind"], played.end["facts"]["cause"]) == (
        "error",
        "replay_diverged",
        "denied",
    )
    assert (played.of("tool_call_update")[-1]["status"], played.text) == ("failed", "")
    assert not list(tmp_path.rglob("a.md"))


@pytest.mark.parametrize("there", [None, "another text", b"\xff"])
def test_a_text_that_the_recording_does_not_know_is_not_written_over(
    tmp_path: Path, cwd: Path, there: str | bytes | None
) -> None:
    file = cwd / "a.md"
    if there is not None:
        file.write_bytes(there if isinstance(there, bytes) else there.encode())
    played = play(tmp_path, cwd, *wrote("a.md", "the old text", "new", tool="Edit"), end())
    assert (played.end["kind"], played.end["facts"]["cause"]) == ("replay_diverged", "file")
    assert (file.read_bytes() if file.exists() else None) == (there.encode() if isinstance(there, str) else there)


def test_a_file_that_should_not_be_there_yet_is_left_alone(tmp_path: Path, cwd: Path) -> None:
    (cwd / "a.md").write_text("mine")
    played = play(tmp_path, cwd, *wrote("a.md", None, "theirs"), end())
    assert (played.end["kind"], (cwd / "a.md").read_text()) == ("replay_diverged", "mine")


def test_a_tool_whose_doings_nobody_knows_is_denied_again(tmp_path: Path, cwd: Path) -> None:
    call = {"type": "tool_call", "toolCallId": "t", "title": "", "name": "Bash", "kind": "execute",
            "status": "in_progress", "rawInput": {"command": "touch a"}}  # fmt: skip
    done = {"type": "tool_call_update", "toolCallId": "t", "status": "completed", "content": []}
    assert play(tmp_path, cwd, call, done, end()).end["kind"] == "replay_diverged"


def test_a_call_that_failed_then_fails_again_and_does_nothing(tmp_path: Path, cwd: Path) -> None:
    begun, going, done = wrote("/elsewhere/a.md", None, "x")
    played = play(tmp_path, cwd, begun, going, {**done, "status": "failed", "content": []}, said("I see."), end())
    assert (played.end["type"], played.text) == ("end", "I see.")


# -- permissions are asked again ----------------------------------------------------------------------------------------

SHELL = [
    {"type": "tool_call", "toolCallId": "t1", "title": "", "name": "Bash", "kind": "execute", "status": "pending",
     "rawInput": {"command": "make"}},
    *asked("Bash", {"command": "make"}),
    {"type": "tool_call_update", "toolCallId": "t1", "status": "completed", "content": []},
]  # fmt: skip


def shell(tmp_path: Path, cwd: Path, answer: str, **options: Any) -> Played:
    frames = json.loads(json.dumps([*SHELL, said("Made."), end()]))
    path = recorded(tmp_path / "main.jsonl.gz", *frames)
    with Sidecar("replay") as sidecar:
        asks = {"cwd": str(cwd), "writes": [str(cwd)], "askedTools": ["Bash"]}
        return Played(sidecar, {"recording": path, **options}, answer=answer, **asks)


def test_a_recorded_permission_is_asked_again_and_its_late_effects_are_done_before_the_end(
    tmp_path: Path, cwd: Path
) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"\x89PNG")
    (cwd / "old.md").write_text("gone")
    played = shell(tmp_path, cwd, "allow", effects={"pictures/a.png": str(blob), "old.md": None})
    assert ((cwd / "pictures" / "a.png").read_bytes(), (cwd / "old.md").exists()) == (b"\x89PNG", False)
    assert (len(played.of("permissionRequest")), played.end["type"]) == (1, "end")


def test_a_permission_that_is_denied_now_ends_the_run_without_its_effects(tmp_path: Path, cwd: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"x")
    played = shell(tmp_path, cwd, "deny", effects={"a.png": str(blob)})
    assert (played.end["kind"], played.end["facts"]) == ("replay_diverged", {"cause": "denied", "tool": "Bash"})
    assert (list(cwd.iterdir()), played.text) == ([], "")


def test_a_denial_that_was_recorded_as_well_goes_on_by_its_branch(tmp_path: Path, cwd: Path) -> None:
    branch = recorded(tmp_path / "deny.jsonl", said("Then without."), *wrote("a.md", None, "A", call="t9"), end())
    played = shell(tmp_path, cwd, "deny", branches={"deny": branch})
    assert (played.end["type"], played.text, (cwd / "a.md").read_text()) == ("end", "Then without.", "A")
    assert played.of("tool_call_update")[0]["status"] == "failed"


def test_late_effects_stay_below_the_folder(tmp_path: Path, cwd: Path) -> None:
    blob = tmp_path / "blob"
    blob.write_bytes(b"x")
    played = play(tmp_path, cwd, said("Done."), end(), effects={"../a.png": str(blob)})
    assert (played.end["kind"], (tmp_path / "a.png").exists()) == ("replay_diverged", False)


def test_a_disk_that_does_not_take_an_edit_is_said(tmp_path: Path, cwd: Path) -> None:
    (cwd / "a").write_text("a file, where a folder should be")
    played = play(tmp_path, cwd, *wrote("a/b.md", None, "x"), end())
    assert (played.end["type"], played.end["kind"], played.end["facts"]["reason"]) == ("error", "refused", "file")
