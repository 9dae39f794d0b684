"""What the remedies of a workflow name, typed: stop, resume, submit, and what follows once a skill is built."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest
from fresh import Fresh
from shell import environment

from workbench.agents.pool import Pool
from workbench.hosts.cli import main
from workbench.workflows.recording import recordings

EXAMPLE = "release-notes"
SLOW = ("run", "skill-builder", "--skill", "demo", "--provider", "replay", "--example", EXAMPLE, "--speed", "0.01")
QUICK = ("run", "quick-skill", "--skill", "demo", "--provider", "replay", "--example", EXAMPLE)
URGENT = "Begin the notes with one sentence that says how urgent the upgrade is."


def status(fresh: Fresh) -> Any:
    return fresh.reply("workflow", "status", "demo", "--json")


def live(fresh: Fresh) -> set[str]:
    """The states of sessions that are not over."""
    return {row["state"] for row in fresh.reply("sessions", "list", "--json")["sessions"]} - {"ended"}


# -- beginning --------------------------------------------------------------------------------------------------------


def test_a_skill_is_begun_with_what_is_said_of_it_and_nothing_is_run(fresh: Fresh) -> None:
    words = ("demo", "--about", "Count words.", "--tag", "text", "--purpose", "platform", "--variable")
    state = fresh.reply("workflow", "new", *words, "max-dimensions=3", "--json")
    said = state["intake"]
    assert (said["description"], said["tags"], said["purpose"]) == ("Count words.", ["text"], "platform")
    assert said["variables"] == {"max-dimensions": "3"}
    assert {step["status"] for step in state["steps"]} == {"pending"}
    assert "workbench workflow run skill-builder --skill demo" in fresh.run("workflow", "status", "demo").stdout
    assert fresh.run("workflow", "new", "demo", "--about", "Again.").returncode == 1


@pytest.mark.parametrize(
    ("variable", "said"), [("zz=1", "has no such variable"), ("max-dimensions=abc", "is none of: 1, 2")]
)
def test_a_variable_that_cannot_be_is_refused_before_anything_is_made(fresh: Fresh, variable: str, said: str) -> None:
    done = fresh.run("workflow", "new", "demo", "--about", "Count words.", "--variable", variable)
    assert (done.returncode, said in done.stderr) == (1, True)
    assert not (fresh.skills / "demo").exists()
    assert fresh.run("workflow", "new", "demo", "--about", "Count words.", "--variable", "zz").returncode == 2


def test_variables_of_a_skill_that_is_begun_can_be_changed_and_are_held_to_the_same_rules(fresh: Fresh) -> None:
    fresh.reply("workflow", "new", "demo", "--about", "Count words.", "--json")
    run = ("workflow", "run", "skill-builder", "--skill", "demo", "--provider", "replay", "--variable")
    assert "is none of" in fresh.run(*run, "max-dimensions=99").stderr
    assert status(fresh)["intake"]["variables"] == {}
    fresh.run(*run, "max-dimensions=2")  # nothing was recorded of it, but what was said is kept
    assert status(fresh)["intake"]["variables"] == {"max-dimensions": "2"}


# -- a step in trouble ------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_step_that_is_stopped_says_how_to_go_on_and_goes_on(fresh: Fresh) -> None:
    process = fresh.start("workflow", *SLOW, "--json")
    try:
        fresh.until_at_work()
        stopped = fresh.run("workflow", "stop", "demo")
        process.communicate(timeout=110)
    finally:
        process.kill()
        process.communicate()
    assert (stopped.returncode, process.returncode) == (0, 1)
    assert "  workbench workflow resume demo research" in stopped.stdout.splitlines()
    told = fresh.run("workflow", "status", "demo").stdout.splitlines()
    assert "  Resume it where it stopped, or reset the step." in told
    assert "  workbench workflow resume demo research" in told
    resumed = fresh.run("workflow", "resume", "demo", "--provider", "replay", "research")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stdout.startswith("Research: context/clarifications.json, $0.")
    assert status(fresh)["steps"][0]["status"] == "completed"
    assert not live(fresh)
    again = fresh.run("workflow", "resume", "demo", "research")
    assert (again.returncode, len(again.stderr.splitlines())) == (1, 2)


@pytest.mark.slow
def test_an_output_is_handed_in_and_held_to_the_same_rules_as_an_agents(fresh: Fresh, tmp_path: Path) -> None:
    fresh.build("--provider", "replay", "--example", EXAMPLE, "--autofill", "--until", "research")
    written = tmp_path / "output.json"
    written.write_text(json.dumps(_structured(fresh, status(fresh)["steps"][0]["session"])))
    fresh.reply("workflow", "reset", "demo", "research", "--json")
    (tmp_path / "wrong.json").write_text('{"sections": 1}')
    wrong = fresh.run("workflow", "submit", "demo", "research", str(tmp_path / "wrong.json"))
    assert (wrong.returncode, len(wrong.stderr.strip().splitlines())) == (1, 2)
    assert fresh.run("workflow", "submit", "demo", "research", str(tmp_path / "none.json")).returncode == 1
    done = fresh.run("workflow", "submit", "demo", "research", str(written))
    assert done.stdout.startswith("demo: Questions wait for your answers.\n")
    assert status(fresh)["steps"][0]["status"] == "completed"


def test_a_step_is_started_alone_and_what_went_well_is_not_asked_again(fresh: Fresh) -> None:
    fresh.reply("call", "workflow.create", json.dumps({"skill": "demo", "workflow": "quick-skill", "example": EXAMPLE}))
    done = fresh.run("workflow", "start", "demo", "--provider", "replay", "--json")
    assert done.returncode == 0, done.stderr
    assert [step["status"] for step in json.loads(done.stdout)["steps"]] == ["completed"]
    assert not live(fresh)
    again = fresh.run("workflow", "ask-again", "demo", "draft")
    assert "has no output that could be mended" in again.stderr
    assert again.returncode == 1


# -- at a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_at_a_terminal_a_run_shows_what_the_agent_says_unless_it_is_to_be_quiet(fresh: Fresh) -> None:
    screen = fresh.at_terminal("workflow", *QUICK)
    assert "\nDraft\n" in screen
    assert "• Write" in screen
    assert screen.index("• Write") < screen.index("  Draft: SKILL.md")
    fresh.reply("workflow", "reset", "demo", "draft", "--json")
    quiet = fresh.at_terminal("workflow", *QUICK, "--quiet")
    assert "• Write" not in quiet
    assert "  Draft: SKILL.md" in quiet


# -- a skill that is built --------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_skill_is_refined_looked_at_undone_and_accepted(fresh: Fresh) -> None:
    fresh.build("--provider", "replay", "--example", EXAMPLE, "--autofill")
    refine = ("workflow", "refine", "demo")
    said = fresh.run(*refine, "--provider", "replay", URGENT)
    assert said.returncode == 0, said.stderr
    assert said.stdout.splitlines()[-3:] == [
        "Changed: SKILL.md.",
        "  modified SKILL.md: +1 -1",
        "Look and decide with: workbench workflow refine demo --diff|--accept|--reject|--undo",
    ]
    assert not live(fresh)
    assert "+6. **Hand over.**" in fresh.run(*refine, "--diff").stdout
    assert fresh.run(*refine, "--diff", "--file", "references/style.md").stdout == "There is no change to decide.\n"
    assert fresh.run(*refine, "--undo").stdout == "As before the turn: SKILL.md.\n"
    assert fresh.run(*refine, "--accept").returncode == 1
    reply = fresh.reply(*refine, "--json", "--provider", "replay", URGENT)
    assert (reply["outcome"]["status"], [file["path"] for file in reply["diff"]["files"]]) == (
        "completed",
        ["SKILL.md"],
    )
    assert fresh.run(*refine, "--accept").stdout.startswith("Accepted: version ")
    assert fresh.run(*refine, URGENT, "--accept").returncode == 1
    unknown = fresh.run(*refine, "Something else.", "--provider", "replay")
    assert (unknown.returncode, "Replay has no answer" in unknown.stderr) == (1, True)


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["refine", "test"])
def test_ctrl_c_while_a_message_or_a_test_is_being_sent_stops_it(
    fresh: Fresh, verb: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    fresh.build("--provider", "replay", "--example", EXAMPLE, "--autofill")
    words = [URGENT] if verb == "refine" else ["--prompt", recordings.find(EXAMPLE).prompts[0]]
    for name, value in environment(fresh.home, HOME=str(fresh.person)).items():
        monkeypatch.setenv(name, value)
    send = Pool.send

    async def interrupted(pool: Pool, *args: Any, **more: Any) -> str:
        if not asked:
            asked.append(True)
            os.kill(os.getpid(), signal.SIGINT)
            await asyncio.sleep(0.3)  # what is told nothing in this time could not be stopped
        return await send(pool, *args, **more)

    async def slowly(pool: Pool, *args: Any) -> None:
        await asyncio.sleep(1)  # who leaves without waiting for it leaves processes
        await close(pool, *args)

    asked: list[bool] = []
    close = Pool.close
    monkeypatch.setattr(Pool, "send", interrupted)
    monkeypatch.setattr(Pool, "close", slowly)
    assert main(["workflow", verb, "demo", "--provider", "replay", *words, "--speed", "0.0001"]) == 130
    assert "Stopping. Press Ctrl-C again to leave at once." in capfd.readouterr().err
    assert not live(fresh) - {"created"}  # an arm of the test that was not sent to any more


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_test_is_waited_for_and_a_skill_that_was_renamed_keeps_it(fresh: Fresh) -> None:
    assert fresh.run("workflow", *QUICK).returncode == 0
    prompt = recordings.find(EXAMPLE).prompts[0]
    test = fresh.reply("workflow", "test", "demo", "--provider", "replay", "--prompt", prompt, "--json")
    assert (test["status"], [side["status"] for side in test["rounds"][0]["sides"]]) == ("completed", ["completed"] * 2)
    assert not live(fresh)
    renamed = fresh.run("skills", "rename", "demo", "notes")
    assert renamed.stdout == f"demo is notes now, in {fresh.skills / 'notes'}.\n"
    told = fresh.run("workflow", "test", "notes", "--provider", "replay", "--prompt", prompt)
    assert told.returncode == 0, told.stderr
    assert "-- 1. With the skill: completed, $0." in told.stdout
    assert "no model was measured" in told.stdout
    done = fresh.reply("call", "skill_test.history", '{"skill": "notes"}')["tests"]
    assert [each["status"] for each in done] == ["completed", "completed"]
    assert fresh.run("workflow", "test", "notes", "--prompt", " ").returncode == 1
    assert fresh.run("skills", "rename", "demo", "other").returncode == 1


def _structured(fresh: Fresh, session: str) -> Any:
    """What a session's last turn has given."""
    lines = (fresh.home / "sessions" / session / "transcript.jsonl").read_text().splitlines()
    frames = [json.loads(line).get("f") or {} for line in lines]
    return [frame["structured"] for frame in frames if frame.get("type") == "end"][-1]
