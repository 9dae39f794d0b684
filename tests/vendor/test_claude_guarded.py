"""The real Claude Code told where it may write and what it shall return."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.model_server import ModelServer, script
from sidecar_host import Run, Start

pytestmark = pytest.mark.vendor

SAY = {"text": "That is all."}
SCHEMA = {
    "type": "object",
    "properties": {"title": {"type": "string"}, "count": {"type": "integer"}},
    "required": ["title", "count"],
    "additionalProperties": False,
}
RIGHT = {"title": "Invoices", "count": 3}


def returned(value: dict[str, Any]) -> dict[str, Any]:
    return {"tool": "StructuredOutput", "input": value}


def write(path: Path, content: str = "text\n") -> dict[str, Any]:
    return {"tool": "Write", "input": {"file_path": str(path), "content": content}}


def edit(path: Path, old: str, new: str) -> dict[str, Any]:
    return {"tool": "Edit", "input": {"file_path": str(path), "old_string": old, "new_string": new}}


def delegate(*steps: dict[str, Any]) -> dict[str, Any]:
    about = {"description": "Look into it", "subagent_type": "general-purpose", "prompt": "Do it. " + script(*steps)}
    return {"tool": "Agent", "input": about}


def bash(command: str) -> dict[str, Any]:
    return {"tool": "Bash", "input": {"command": command, "description": "Do it"}}


def results(run: Run) -> list[tuple[str, str]]:
    """How each call of a tool ended, and the beginning of what it was told."""
    done = [each for each in run.of("tool_call_update") if each.get("status") in ("completed", "failed")]
    return [(each["status"], each["content"][0]["content"]["text"]) for each in done]


def diffs(run: Run) -> list[dict[str, Any]]:
    return [
        piece for each in run.of("tool_call_update") for piece in each.get("content", []) if piece["type"] == "diff"
    ]


# -- what a turn returns ------------------------------------------------------------------------------------------------


async def test_what_a_turn_returns_is_in_its_end(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn(script({**returned(RIGHT), "text": "Here."}), outputSchema=SCHEMA)
    assert (run.end["type"], run.end["structured"]) == ("end", RIGHT)
    assert "StructuredOutput" in model_server.answered[0].tools
    assert (run.text, run.of("permissionRequest")) == ("Here.", [])


async def test_an_answer_that_is_wrong_at_first_is_asked_for_again_within_the_turn(claude: Start) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn(script(returned({"title": 3}), returned(RIGHT)), outputSchema=SCHEMA)
    assert run.end["structured"] == RIGHT
    assert [status for status, _ in results(run)] == ["failed", "completed"]


async def test_a_right_answer_that_comes_as_plain_text_is_left_to_the_reader(claude: Start) -> None:
    said = '{"title": "Invoices", "count": 3}'
    async with claude() as sidecar:
        run = await sidecar.turn(script({"text": said}), outputSchema=SCHEMA)
    assert run.end["type"] == "end"
    assert "structured" not in run.end
    assert said in run.text


async def test_an_answer_that_stays_wrong_is_an_error_that_says_so(claude: Start) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn(script(*[returned({"title": n}) for n in range(12)]), outputSchema=SCHEMA)
    assert (run.end["type"], run.end["kind"]) == ("error", "invalid_output")


async def test_a_turn_after_one_that_returned_something_need_not(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        first = await sidecar.turn(script(returned(RIGHT)), outputSchema=SCHEMA)
        second = await sidecar.turn(script(SAY))
    assert (first.end["structured"], second.end.get("structured"), second.text) == (RIGHT, None, "That is all.")
    assert "StructuredOutput" not in model_server.answered[-1].tools


async def test_a_turn_is_offered_the_tools_that_it_names(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        await sidecar.turn(script(returned(RIGHT)), outputSchema=SCHEMA, tools=[])
        await sidecar.turn(script(returned(RIGHT)), outputSchema=SCHEMA, tools=["Read", "Grep", "AskUserQuestion"])
    none, some = model_server.answered[0].tools, model_server.answered[-1].tools
    assert none == ["StructuredOutput"]
    assert sorted(some) == ["AskUserQuestion", "Grep", "Read", "StructuredOutput"]


# -- where a turn may write ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", ["ask", "accept_edits", "bypass"])
async def test_a_turn_that_may_not_write_is_denied_every_change_and_its_sub_agents_are(
    claude: Start, model_server: ModelServer, mode: str
) -> None:
    async with claude() as sidecar:
        own, theirs, shell = sidecar.cwd / "own.md", sidecar.cwd / "sub.md", sidecar.cwd / "shell.md"
        steps = (write(own), bash(f"touch {shell}"), bash("ls"), delegate(write(theirs), {"text": "tried"}), SAY)
        run = await sidecar.turn(script(*steps), writes=[], permissionMode=mode, allowedTools=["Write", "Bash"])
        assert list(sidecar.cwd.iterdir()) == []
    assert run.of("permissionRequest") == []
    assert [status for status, _ in results(run)] == ["failed", "failed", "failed", "failed", "completed"]
    assert model_server.answered[-1].said("nothing may be changed in this turn")
    assert (run.text.endswith("That is all."), run.end["type"]) == (True, "end")


async def test_files_below_the_folder_are_written_without_asking_and_no_others(claude: Start, tmp_path: Path) -> None:
    skill = tmp_path / "skill"
    skill.mkdir()
    async with claude() as sidecar:
        inside, outside = skill / "references" / "a.md", sidecar.cwd / "a.md"
        steps = (
            write(inside, "one\r\ntwo\n"),
            delegate(edit(skill / "SKILL.md", "old", "new"), write(outside), {"text": "tried"}),
            write(outside),
            SAY,
        )
        (skill / "SKILL.md").write_text("old text\n")
        run = await sidecar.turn(
            script({"tool": "Read", "input": {"file_path": str(skill / "SKILL.md")}}, *steps),
            writes=[str(skill)],
            allowedTools=["Read"],
            permissionMode="bypass",
        )
        assert list(sidecar.cwd.iterdir()) == []
    assert run.of("permissionRequest") == []
    assert inside.read_bytes() == b"one\r\ntwo\n"
    assert [status for status, _ in results(run)].count("failed") >= 2


async def test_what_an_edit_changed_comes_with_its_result_a_sub_agents_too(claude: Start) -> None:
    async with claude() as sidecar:
        own, theirs = sidecar.cwd / "own.md", sidecar.cwd / "sub.md"
        sub = delegate(write(theirs, "sub\n"), edit(theirs, "sub", "SUB"), {"text": "done"})
        steps = (write(own, "one\ntwo\n"), edit(own, "one", "1"), edit(own, "absent", "x"), sub, SAY)
        run = await sidecar.turn(script(*steps), permissionMode="accept_edits")
        assert diffs(run) == [
            {"type": "diff", "path": str(own), "oldText": None, "newText": "one\ntwo\n"},
            {"type": "diff", "path": str(own), "oldText": "one\ntwo\n", "newText": "1\ntwo\n"},
            {"type": "diff", "path": str(theirs), "oldText": None, "newText": "sub\n"},
            {"type": "diff", "path": str(theirs), "oldText": "sub\n", "newText": "SUB\n"},
        ]
    assert [status for status, _ in results(run)].count("failed") == 1


async def test_a_shell_that_is_to_be_asked_about_is_asked_about_each_time_whatever_the_mode(claude: Start) -> None:
    async with claude() as sidecar:
        asks = {"writes": [str(sidecar.cwd)], "askedTools": ["Bash"], "permissionMode": "bypass"}
        run = await sidecar.send(script(bash("touch one"), bash("touch two"), SAY), **asks)
        await sidecar.answer(await run.until("permissionRequest"), behavior="allow")
        await sidecar.answer(await run.until("permissionRequest", 2), behavior="deny", message="Not this one.")
        await run.over()
        assert [path.name for path in sidecar.cwd.iterdir()] == ["one"]


async def test_the_next_turn_of_a_session_has_a_guard_of_its_own(claude: Start) -> None:
    async with claude() as sidecar:
        path = sidecar.cwd / "a.md"
        denied = await sidecar.turn(script(write(path), SAY), writes=[])
        allowed = await sidecar.turn(script(write(path), SAY), writes=[str(sidecar.cwd)])
        free = await sidecar.turn(script(bash("touch b"), SAY), permissionMode="bypass")
        assert sorted(each.name for each in sidecar.cwd.iterdir()) == ["a.md", "b"]
    statuses = [[status for status, _ in results(run)] for run in (denied, allowed, free)]
    assert statuses == [["failed"], ["completed"], ["completed"]]


SHELLY = """---
name: shelly
description: Holds commands.
allowed-tools: Bash(touch:*), Bash(echo:*)
hooks:
  PreToolUse:
    - matcher: "*"
      hooks:
        - type: command
          command: touch hooked
---
Now: !`touch loaded; echo hello`
"""


@pytest.mark.parametrize("words", ["", "/workbench:shelly "])
async def test_a_skill_that_holds_commands_runs_none_in_a_turn_that_may_not_write(
    claude: Start, tmp_path: Path, words: str
) -> None:
    skill = tmp_path / "shelly"
    skill.mkdir()
    (skill / "SKILL.md").write_text(SHELLY)
    use = {"tool": "Skill", "input": {"skill": "workbench:shelly"}}
    read = {"tool": "Read", "input": {"file_path": str(skill / "SKILL.md")}}
    async with claude() as sidecar:
        steps = script(*([] if words else [use]), read, bash("touch made"), SAY)
        run = await sidecar.turn(words + steps, skills=[str(skill)], writes=[], permissionMode="bypass")
        assert [path.name for path in sidecar.cwd.iterdir()] == []
    assert [status for status, _ in results(run)][-2:] == ["completed", "failed"]


async def test_a_question_to_the_person_is_no_change(claude: Start) -> None:
    options = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
    question = {"question": "Which?", "header": "Colour", "multiSelect": False, "options": options}
    async with claude() as sidecar:
        steps = script({"tool": "AskUserQuestion", "input": {"questions": [question]}}, SAY)
        run = await sidecar.send(steps, writes=[])
        await sidecar.answer(await run.until("userInputRequest"), action="submit", content={"Which?": "Red"})
        assert (await run.over())["type"] == "end"
    assert results(run)[0][0] == "completed"


async def test_writes_that_are_no_folders_are_refused_before_anything_is_said(
    claude: Start, model_server: ModelServer
) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn(script(SAY), writes=["here"])
    assert (run.end["type"], run.end["kind"], model_server.answered) == ("error", "invalid_request", [])
