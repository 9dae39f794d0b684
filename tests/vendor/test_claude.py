"""The real Claude Code behind the sidecar, in front of a model that says what the prompt tells it to."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.model_server import USAGE, ModelServer, output_tokens, script, text_tokens
from sidecar_host import PATIENCE, Run, Start

from workbench.sidecar import tree

pytestmark = pytest.mark.vendor

SONNET = "claude-sonnet-5"
TOUCH = {"tool": "Bash", "input": {"command": "touch made; echo done", "description": "Make a file"}}
SAY = {"text": "That is all."}


def spent(run: Run, model: str = SONNET) -> tuple[int, int]:
    counters = run.usage[model]
    return counters["inputTokens"], counters["outputTokens"]


async def test_text_comes_in_pieces_and_is_said_once(claude: Start) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn("Greet. " + script({"text": "Hello to the whole world", "chunk": 6}))
    chunks = run.of("agent_message_chunk")
    assert run.text == "Hello to the whole world"
    assert len(chunks) == 4
    assert len({chunk["messageId"] for chunk in chunks}) == 1
    assert all(chunk["raw"]["delta"]["text"] == chunk["content"]["text"] for chunk in chunks)
    assert (run.end["type"], run.end["stopReason"], run.end["turns"]) == ("end", "end_turn", 1)


async def test_the_first_events_name_the_conversation_the_model_and_the_tools(claude: Start) -> None:
    async with claude() as sidecar:
        first = await sidecar.turn(script(SAY))
        second = await sidecar.turn(script(SAY))
    (told,) = first.of("session_info_update")
    assert told["model"] == SONNET
    assert "Bash" in told["tools"]
    assert "AskUserQuestion" in told["tools"]
    assert second.of("session_info_update")[0]["providerSessionId"] == told["providerSessionId"]


async def test_thinking_is_shown_and_has_its_budget(claude: Start, model_server: ModelServer) -> None:
    wanted = script({"thinking": "Let me see.", "text": "Seen."})
    async with claude() as sidecar:
        run = await sidecar.turn(wanted, thinking=True, model="claude-sonnet-4-5")
        await sidecar.turn(wanted, thinking=False, model="claude-sonnet-4-5", effort="low")
    assert "".join(event["content"]["text"] for event in run.of("agent_thought_chunk")) == "Let me see."
    on, off = (request.body for request in model_server.answered)
    assert on["thinking"]["budget_tokens"] == 16_000
    assert off.get("thinking", {"type": "disabled"})["type"] == "disabled"


async def test_a_tool_that_is_allowed_runs(claude: Start) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script(TOUCH, SAY))
        asked = await run.until("permissionRequest")
        assert not (sidecar.cwd / "made").exists()
        await sidecar.answer(asked, behavior="allow")
        await run.over()
        assert (sidecar.cwd / "made").exists()
    assert (asked["toolName"], asked["toolInput"]["command"]) == ("Bash", "touch made; echo done")
    (call,) = run.of("tool_call")
    assert (call["kind"], call["status"], call["toolCallId"]) == ("execute", "pending", asked["toolCallId"])
    begun, done = run.of("tool_call_update")
    assert (begun["status"], begun["title"]) == ("in_progress", "touch made; echo done")
    assert (done["status"], done["content"][0]["content"]["text"]) == ("completed", "done")
    assert run.text == "That is all."
    assert run.end["turns"] == 2


async def test_a_tool_that_is_denied_does_not_run_and_the_model_is_told_why(
    claude: Start, model_server: ModelServer
) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script(TOUCH, SAY))
        await sidecar.answer(await run.until("permissionRequest"), behavior="deny", message="Not in this folder.")
        assert (await run.over())["type"] == "end"
        assert not (sidecar.cwd / "made").exists()
    assert run.of("permissionResolved")[0]["behavior"] == "deny"
    assert run.of("tool_call_update")[-1]["status"] == "failed"
    assert model_server.answered[-1].said("Not in this folder.")


async def test_modes_decide_without_asking_and_what_is_disallowed_stays_so(
    claude: Start, model_server: ModelServer
) -> None:
    write = {"tool": "Write", "input": {"file_path": "note.txt", "content": "x"}}
    async with claude() as sidecar:
        write["input"]["file_path"] = str(sidecar.cwd / "note.txt")  # type: ignore[index]
        edits = await sidecar.turn(script(write, SAY), permissionMode="accept_edits")
        bypass = await sidecar.turn(script(TOUCH, SAY), permissionMode="bypass")
        assert (sidecar.cwd / "note.txt").exists()
        assert (sidecar.cwd / "made").exists()
        barred = await sidecar.turn(script(TOUCH, SAY), permissionMode="bypass", disallowedTools=["Bash"])
    assert edits.of("permissionRequest") == bypass.of("permissionRequest") == barred.of("permissionRequest") == []
    assert "Bash" not in model_server.answered[-1].tools
    assert barred.of("tool_call_update")[-1]["status"] == "failed"


async def test_a_plan_is_shown_for_approval_and_approving_it_begins_the_work(claude: Start) -> None:
    propose = {"tool": "ExitPlanMode", "input": {"plan": "# First dig, then plant"}}
    async with claude() as sidecar:
        run = await sidecar.send(script(propose, TOUCH, SAY), permissionMode="plan")
        asked = await run.until("permissionRequest")
        await sidecar.answer(asked, behavior="allow")
        await sidecar.answer(await run.until("permissionRequest", 2), behavior="allow")
        await run.over()
        assert (sidecar.cwd / "made").exists()
    assert (asked["toolName"], asked["toolInput"]["plan"]) == ("ExitPlanMode", "# First dig, then plant")


async def test_a_question_is_answered_by_the_person(claude: Start, model_server: ModelServer) -> None:
    options = [{"label": "Red", "description": "warm"}, {"label": "Blue", "description": "cold"}]
    question = {"question": "Which colours?", "header": "Colour", "multiSelect": True, "options": options}
    ask = {"tool": "AskUserQuestion", "input": {"questions": [question]}}
    async with claude() as sidecar:
        run = await sidecar.send(script(ask, SAY))
        asked = await run.until("userInputRequest")
        await sidecar.answer(asked, action="submit", content={"Which colours?": ["Red", "Blue"]})
        await run.over()
        assert model_server.answered[-1].said("Red, Blue")
        declined = await sidecar.send(script(ask, SAY))
        await sidecar.answer(await declined.until("userInputRequest"), action="decline")
        assert (await declined.over())["type"] == "end"
    assert asked["questions"] == [question]
    assert run.of("userInputResolved")[0]["action"] == "submit"
    assert model_server.answered[-1].said("did not answer")


async def test_the_to_do_list_is_a_plan(claude: Start) -> None:
    steps = (
        {"tool": "TaskCreate", "input": {"subject": "Dig", "description": "a hole"}},
        {"tool": "TaskCreate", "input": {"subject": "Plant", "description": "a tree"}},
        {"tool": "TaskUpdate", "input": {"taskId": "1", "status": "completed"}},
        SAY,
    )
    async with claude() as sidecar:
        run = await sidecar.turn(script(*steps))
    plans = [[(entry["content"], entry["status"]) for entry in plan["entries"]] for plan in run.of("plan")]
    assert plans == [
        [("Dig", "pending")],
        [("Dig", "pending"), ("Plant", "pending")],
        [("Dig", "completed"), ("Plant", "pending")],
    ]


async def test_a_sub_agent_s_work_names_the_call_that_started_it(claude: Start) -> None:
    orders = "Look. " + script(
        {"text": "I look.", "tool": "Bash", "input": {"command": "echo seen"}}, {"text": "Seen."}
    )
    agent = {"description": "look", "subagent_type": "general-purpose", "prompt": orders}
    async with claude() as sidecar:
        run = await sidecar.turn(script({"tool": "Agent", "input": agent}, SAY))
    call, inner = run.of("tool_call")
    assert (call["name"], inner["name"], inner["parent"]) == ("Agent", "Bash", call["toolCallId"])
    said = [(event["content"]["text"], event.get("parent")) for event in run.of("agent_message_chunk")]
    assert said[:2] == [("I look.", call["toolCallId"]), ("Seen.", call["toolCallId"])]
    assert "".join(text for text, parent in said if parent is None) == "That is all."
    assert run.usage[SONNET]["inputTokens"] == 4 * 120


async def test_stopping_keeps_what_was_said_and_the_next_turn_goes_on(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script({"text": "word " * 200, "chunk": 5, "delay": 0.2}))
        await run.until("agent_message_chunk", 3)
        await sidecar.request("stopSession")
        assert (await run.over())["type"] == "aborted"
        again = await sidecar.turn("Go on. " + script({"text": "Gladly."}))
    assert run.text.startswith("word word word ")
    assert len(run.text) < 1000
    assert again.text == "Gladly."
    assert model_server.answered[-1].said("word word word ")


async def test_stopping_at_once_stops_a_turn_that_has_not_begun(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script(SAY))
        await sidecar.request("stopSession")
        assert (await run.over())["type"] == "aborted"
        assert model_server.answered == []
        again = await sidecar.turn(script(SAY))
    assert again.text == "That is all."


async def test_stopping_while_a_permission_waits_ends_the_turn(claude: Start) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script(TOUCH, SAY))
        await run.until("permissionRequest")
        await sidecar.request("stopSession")
        assert (await run.over())["type"] == "aborted"
        assert not (sidecar.cwd / "made").exists()
    assert run.of("permissionResolved")[0]["behavior"] == "deny"
    assert run.of("tool_call_update")[-1]["status"] == "failed"


def taken_in(person: Path, guidance: str) -> bool:
    """Whether Claude Code has taken this up, by its own records."""
    told = b"".join(path.read_bytes() for path in (person / "home" / ".claude" / "projects").rglob("*.jsonl"))
    return any(b'"enqueue"' in line and guidance.encode() in line for line in told.splitlines())


async def until(met: Callable[[], bool]) -> None:
    """Waits for what no event announces."""
    async with asyncio.timeout(PATIENCE):
        while not met():  # noqa: ASYNC110 - it is another process's doing: there is no event
            await asyncio.sleep(0.02)


async def test_guidance_reaches_the_running_turn(claude: Start, model_server: ModelServer, tmp_path: Path) -> None:
    wait = {"tool": "Bash", "input": {"command": "until [ -e told ]; do sleep 0.1; done"}}
    async with claude() as sidecar:
        run = await sidecar.send(script(wait, SAY), permissionMode="bypass")
        await run.until("tool_call")
        steered = await sidecar.request("steerSession", prompt="Mind the gap.")
        await until(lambda: taken_in(tmp_path, "Mind the gap."))  # written to its stdin, it is not read yet
        (sidecar.cwd / "told").touch()
        await run.over()
        idle = await sidecar.request("steerSession", prompt="Anyone?")
    assert (steered["accepted"], steered["run"]) == (True, run.name)
    assert model_server.answered[-1].said("Mind the gap.")
    assert (run.end["type"], run.end["turns"]) == ("end", 2)
    assert not idle["accepted"]


async def test_guidance_that_is_too_late_for_the_answer_is_answered_in_the_same_run(
    claude: Start, model_server: ModelServer, tmp_path: Path
) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script({"text": "A long way round.", "chunk": 1, "held": True}))
        await run.until("agent_message_chunk")
        await sidecar.request("steerSession", prompt="Also: " + script({"text": " And home."}))
        await until(lambda: taken_in(tmp_path, "And home."))
        model_server.go_on.set()
        await run.over()
        after = await sidecar.turn(script(SAY))
    assert run.text == "A long way round. And home."
    assert run.end["turns"] == 2
    assert after.text == "That is all."


async def test_stopping_stops_the_guidance_that_waits_as_well(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        run = await sidecar.send(script({"text": "word " * 200, "chunk": 5, "delay": 0.2}))
        await run.until("agent_message_chunk")
        await sidecar.request("steerSession", prompt=script({"text": "steered " * 200, "chunk": 8, "delay": 0.2}))
        await sidecar.request("stopSession")
        assert (await run.over())["type"] == "aborted"
        after = await sidecar.turn(script(SAY))
    assert after.text == "That is all."


async def test_a_conversation_goes_on_in_a_new_process(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        first = await sidecar.turn("My name is Ada. " + script({"text": "Noted."}))
    conversation = first.of("session_info_update")[0]["providerSessionId"]
    async with claude() as sidecar:
        second = await sidecar.turn("Who am I? " + script({"text": "Ada."}), resume=conversation)
    assert second.of("session_info_update")[0]["providerSessionId"] == conversation
    assert model_server.answered[-1].said("My name is Ada.")
    assert first.end["apiDurationMs"] <= first.end["durationMs"]
    assert "apiDurationMs" not in second.end  # counted with the first turn's, which this process has not seen
    assert spent(second) == (2 * 120, text_tokens("Noted.") + text_tokens("Ada."))


async def test_a_conversation_that_is_not_there_is_a_clear_error(claude: Start) -> None:
    missing = "00000000-0000-4000-8000-000000000000"
    async with claude() as sidecar:
        run = await sidecar.turn(script(SAY), resume=missing)
    assert (run.end["type"], run.end["kind"]) == ("error", "not_found")
    assert run.end["facts"]["providerSession"] == missing


async def test_the_model_is_switched_between_turns(claude: Start, model_server: ModelServer) -> None:
    async with claude() as sidecar:
        await sidecar.turn(script(SAY))
        await sidecar.request("updateConfig", model="claude-opus-5")
        updated = await sidecar.turn(script(SAY), model=None)
        sent = await sidecar.turn(script(SAY), model="claude-haiku-4-5")
    assert [request.body["model"] for request in model_server.answered] == [SONNET, "claude-opus-5", "claude-haiku-4-5"]
    assert updated.usage["claude-opus-5"]["outputTokens"] == text_tokens("That is all.")
    assert sent.of("session_info_update")[0]["model"] == "claude-haiku-4-5"


async def test_a_budget_stops_its_own_turn_and_no_other(claude: Start) -> None:
    steps = [{"tool": "Bash", "input": {"command": f"echo {n}"}} for n in range(5)]
    async with claude() as sidecar:
        before = await sidecar.turn(script(SAY))
        stopped = await sidecar.turn(script(*steps, SAY), maxBudgetUsd=0.001)
        after = await sidecar.turn(script(SAY), maxBudgetUsd=0.001)
    assert before.end["type"] == "end"
    assert (stopped.end["type"], stopped.end["kind"]) == ("error", "budget")
    assert stopped.end["remedy"]
    assert 0.001 < cost(stopped) - cost(before) < 0.002
    # Claude Code begins a call before its response is over: it may even have come to its end.
    assert stopped.of("tool_call_update")[-1]["status"] in ("completed", "failed")
    assert after.end["type"] == "end"


def cost(run: Run) -> float:
    return sum(counters["costUSD"] for counters in run.usage.values())


async def test_a_limit_on_model_calls_is_told_apart(claude: Start) -> None:
    steps = [{"tool": "Bash", "input": {"command": f"echo {n}"}} for n in range(5)]
    async with claude() as sidecar:
        run = await sidecar.turn(script(*steps, SAY), maxTurns=2)
    assert (run.end["type"], run.end["kind"]) == ("error", "max_turns")
    assert len(run.of("tool_call")) == 2


@pytest.mark.parametrize(
    ("step", "kind", "cause"),
    [
        ({"status": 400, "error": "invalid_request_error"}, "api_error", "invalid_request"),
        ({"status": 529}, "api_error", "server_error"),
        ({"status": 401, "error": "authentication_error"}, "auth", "authentication_failed"),
    ],
)
async def test_a_failure_of_the_model_s_service_is_an_error_although_it_comes_as_success(
    claude: Start, step: dict[str, Any], kind: str, cause: str
) -> None:
    async with claude() as sidecar:
        run = await sidecar.turn(script(step))
        after = await sidecar.turn(script(SAY))
    assert (run.end["type"], run.end["kind"]) == ("error", kind)
    assert (run.end["facts"]["status"], run.end["facts"]["cause"]) == (step["status"], cause)
    assert str(step["status"]) in run.end["message"]
    assert run.end["remedy"]
    assert run.text == ""
    assert after.end["type"] == "end"


async def test_without_a_key_the_remedy_says_which_variable_to_set(claude: Start) -> None:
    async with claude(ANTHROPIC_API_KEY="") as sidecar:
        run = await sidecar.turn(script(SAY))
    assert (run.end["type"], run.end["kind"]) == ("error", "auth")
    assert "ANTHROPIC_API_KEY" in run.end["remedy"]


async def test_tokens_and_cost_of_each_turn_are_exact_also_of_one_that_was_stopped(claude: Start) -> None:
    async with claude() as sidecar:
        plain = await sidecar.turn(script({"text": "Twelve words."}))
        tools = await sidecar.turn(script(TOUCH, SAY), permissionMode="bypass")
        stopped = await sidecar.send(script({"text": "word " * 200, "chunk": 5, "delay": 0.2}))
        await stopped.until("agent_message_chunk", 3)
        await sidecar.request("stopSession")
        await stopped.over()
    call = {"type": "tool_use", "id": "toolu_" + "0" * 20, "name": "Bash", "input": TOUCH["input"]}
    expect(turn_of(plain, None), calls=1, out=text_tokens("Twelve words."))
    expect(turn_of(tools, plain), calls=2, out=output_tokens(call) + text_tokens("That is all."))
    partial = turn_of(stopped, tools)
    assert 0 < partial["outputTokens"] < text_tokens("word " * 200)
    expect(partial, calls=1, out=int(partial["outputTokens"]))
    assert all(run.of("usage_update")[-1]["cumulative"] for run in (plain, tools, stopped))
    assert plain.of("usage_update")[-1]["contextUsed"] == sum(USAGE.values()) + text_tokens("Twelve words.")


COUNTERS = ("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens", "costUSD")


def turn_of(run: Run, before: Run | None) -> dict[str, float]:
    """What one turn added to the cumulative counters."""
    start = before.usage[SONNET] if before else dict.fromkeys(COUNTERS, 0)
    return {counter: run.usage[SONNET][counter] - start[counter] for counter in COUNTERS}


def expect(turn: dict[str, float], *, calls: int, out: int) -> None:
    """Dollars for a million tokens: 2 in, 10 out, 0.20 from the cache, 2.50 into it."""
    tokens = {"inputTokens": 120 * calls, "cacheReadInputTokens": 50 * calls, "cacheCreationInputTokens": 30 * calls}
    assert {counter: turn[counter] for counter in tokens} == tokens
    assert turn["outputTokens"] == out
    assert turn["costUSD"] * 1e6 == pytest.approx(calls * (120 * 2 + 50 * 0.2 + 30 * 2.5) + out * 10)


async def test_a_skill_from_a_folder_is_used_without_asking_and_its_files_are_read(
    claude: Start, model_server: ModelServer, tmp_path: Path
) -> None:
    skill = tmp_path / "my skills" / "gardening"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: gardening\ndescription: Grows things.\n---\nWater the $ARGUMENTS.\n")
    (skill / "trees.md").write_text("An oak is a tree.")
    use = {"tool": "Skill", "input": {"skill": "workbench:gardening", "args": "roses"}}
    read = {"tool": "Read", "input": {"file_path": str(skill / "trees.md")}}
    async with claude() as sidecar:
        run = await sidecar.turn(script(use, read, SAY), skills=[str(skill)])
        bare = await sidecar.turn(script(SAY))
    assert "workbench:gardening" in run.of("session_info_update")[0]["skills"]
    assert model_server.answered[1].said("Water the roses.")
    assert model_server.answered[2].said("An oak is a tree.")
    assert run.of("permissionRequest") == []
    assert "workbench:gardening" not in bare.of("session_info_update")[0]["skills"]
    assert (
        bare.of("session_info_update")[0]["providerSessionId"] == run.of("session_info_update")[0]["providerSessionId"]
    )


async def test_the_system_prompt_is_claude_code_s_own_with_ours_after_it(
    claude: Start, model_server: ModelServer
) -> None:
    async with claude() as sidecar:
        (sidecar.cwd / "CLAUDE.md").write_text("Always shout.")
        await sidecar.turn(script(SAY), systemPrompt="Answer like a gardener.")
    prompt = str(model_server.answered[0].body["system"])
    assert "Claude Code" in prompt
    assert "Answer like a gardener." in prompt
    assert "Always shout." not in str(model_server.answered[0].body)


async def test_claude_code_sees_named_variables_only_and_talks_to_nobody_but_the_model(
    claude: Start, model_server: ModelServer
) -> None:
    async with claude(
        SERVER_TOKEN="jupyter-secret", JUPYTER_TOKEN="t", PYTHONPATH=os.environ.get("PYTHONPATH", "")
    ) as sidecar:
        run = await sidecar.send(script({"text": "word " * 200, "chunk": 5, "delay": 0.2}))
        await run.until("agent_message_chunk", 3)
        (child,) = children(sidecar.process.pid)
        names = variables(child)
        peers = {peer for process in [child, *children(child)] for peer in connections(process)}
        await sidecar.request("stopSession")
        await run.over()
    assert names >= {"WORKBENCH_SESSION", "ANTHROPIC_API_KEY", "HOME", "PATH"}
    assert names.isdisjoint({"SERVER_TOKEN", "JUPYTER_TOKEN", "PYTHONPATH"})
    port = int(model_server.url.rpartition(":")[2])
    assert peers == {("127.0.0.1", port)}


def variables(pid: int) -> set[str]:
    return {line.partition("=")[0] for line in Path(f"/proc/{pid}/environ").read_text().split("\0")}


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with contextlib.suppress(OSError):  # a thread may have ended since
            found += task.read_text().split()
    return [int(child) for child in found]


def connections(pid: int) -> set[tuple[str, int]]:
    """The other ends of a process's TCP connections, from the kernel's own table."""
    files = []
    with contextlib.suppress(OSError):  # the process may have ended since
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):  # or closed the file
                files.append(str(link.readlink()))
    inodes = {name.removeprefix("socket:[").removesuffix("]") for name in files if name.startswith("socket:[")}
    peers = set()
    for table in ("tcp", "tcp6"):
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = row.split()
            address, _, port = columns[2].partition(":")
            if columns[9] in inodes and int(port, 16):
                octets = bytes.fromhex(address[-8:])[::-1]
                peers.add((".".join(map(str, octets)), int(port, 16)))
    return peers


async def test_a_killed_claude_code_fails_the_turn_and_the_next_one_goes_on(
    claude: Start, model_server: ModelServer
) -> None:
    async with claude() as sidecar:
        await sidecar.turn("My name is Ada. " + script(SAY))
        run = await sidecar.send(script({"text": "word " * 200, "chunk": 5, "delay": 0.2}))
        await run.until("agent_message_chunk", 3)
        (child,) = children(sidecar.process.pid)
        os.kill(child, signal.SIGKILL)
        await run.over()
        again = await sidecar.turn(script({"text": "Back."}))
    assert (run.end["type"], run.end["kind"]) == ("error", "sidecar_failed")
    assert run.text.startswith("word word word ")
    assert again.text == "Back."
    assert model_server.answered[-1].said("My name is Ada.")


async def test_it_lists_models_and_commands_knows_its_context_and_names_a_conversation(claude: Start) -> None:
    async with claude() as sidecar:
        empty = await sidecar.request("contextUsage")
        models = (await sidecar.request("listModels"))["result"]
        commands = (await sidecar.request("listCommands"))["result"]
        context = (await sidecar.request("contextUsage"))["result"]
        title = await sidecar.request("generateTitle", text="Please fix the login page. It is slow.")
    assert empty["result"] == {}
    assert models[0]["default"]
    assert {"id", "label", "description"} <= models[0].keys()
    assert "compact" in {command["name"] for command in commands}
    assert 0 < context["used"] < context["size"]
    assert title["result"] == "OK"


async def test_leaving_takes_claude_code_along(claude: Start) -> None:
    async with claude() as sidecar:
        await sidecar.turn(script(SAY))
        (child,) = children(sidecar.process.pid)
        born = tree.born(child)
        assert tree.runs(child, born)
        assert await sidecar.close() == 0
        assert not tree.runs(child, born)
