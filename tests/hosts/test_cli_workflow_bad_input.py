"""What can be wrong with a workflow's files, words and disk, as a person at the command line meets it: a sentence with a way
forward each, and nothing lost.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from fresh import Fresh
from small_disk import WORDS

from workbench.workflows.recording import recordings

EXAMPLE = "release-notes"
REPLAY = ("--provider", "replay", "--example", EXAMPLE)
KEY = "sk-ant-api03-abcdefghijklmnop"
HERE = Path(__file__).parent


def research(fresh: Fresh) -> Path:
    """The file of the questions of a skill that is being built."""
    fresh.build(*REPLAY, "--until", "research")
    return fresh.skills / "demo" / "context" / "clarifications.json"


# -- words ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "words",
    [
        ("run", "quick-skill", "--skill", "demo", "--budget", "-1"),
        ("run", "quick-skill", "--skill", "demo", "--budget", "nan"),
        ("run", "quick-skill", "--skill", "demo", "--speed", "fast"),
        ("start", "demo", "--speed", "-1"),
        ("test", "demo", "--prompt", "x", "--repeats", "0"),
        ("test", "demo", "--prompt", "x", "--repeats", "many"),
        ("test", "demo"),
        ("test", "demo", "--prompt", "x", "--resume"),
    ],
)
def test_words_that_do_not_fit_are_told_before_anything_is_made(fresh: Fresh, words: tuple[str, ...]) -> None:
    done = fresh.run("workflow", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("usage: ")
    assert not fresh.home.exists()


def test_a_step_that_there_is_not_is_told_before_a_skill_is_made(fresh: Fresh) -> None:
    done = fresh.run("workflow", "run", "quick-skill", "--skill", "demo", *REPLAY, "--until", "nope")
    assert done.stderr == "workbench: There is no step 'nope'.\n  The steps are draft.\n"
    assert not (fresh.skills / "demo").exists()


def test_an_agent_that_nobody_knows_leaves_no_session(fresh: Fresh) -> None:
    done = fresh.run("workflow", "run", "quick-skill", "--skill", "demo", "--about", "Count.", "--provider", "nobody")
    assert (done.returncode, "There is no provider named 'nobody'" in done.stderr) == (1, True)
    assert fresh.reply("sessions", "list", "--json")["sessions"] == []


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"base_rev": "x"}, "base_rev: a whole number is needed"),
        ({"text": 5}, "text: text is needed"),
        ({"text": "x" * 50_001}, "text: at most 50,000 characters are taken"),
        ({"colour": 1}, "colour: there is no such key"),
    ],
)
def test_what_a_command_needs_is_said_in_plain_words(fresh: Fresh, request_: dict[str, Any], said: str) -> None:
    whole = {"skill": "demo", "question_id": "Q1", "base_rev": 0, "edit_id": "e", **request_}
    done = fresh.run("call", "workflow.answer", json.dumps(whole))
    assert json.loads(done.stderr)["message"] == f"workflow.answer does not accept this: {said}."


def test_a_key_that_is_set_here_is_in_no_file_of_what_was_said(fresh: Fresh) -> None:
    fresh.reply("call", "settings.save", json.dumps({"secrets": {"ANTHROPIC_API_KEY": "hunter2hunter2"}}))
    cell = {"source": "connect('hunter2hunter2')", "outputs": f"key {KEY}"}
    said = {"skill": "demo", "description": "Use hunter2hunter2.", "evidence": [cell]}
    fresh.reply("call", "workflow.create", json.dumps(said))
    fresh.reply("call", "workflow.save_intake", json.dumps({"skill": "demo", "context": "It is hunter2hunter2"}))
    kept = (fresh.skills / "demo" / "context" / "intake.json").read_text()
    assert kept.count("[REDACTED]") == 4
    assert not any(secret in kept for secret in ("hunter2", KEY))
    assert (
        "hunter2"
        not in subprocess.run(
            ["git", "-C", str(fresh.skills), "log", "-p"], capture_output=True, text=True, check=True
        ).stdout
    )


# -- files ------------------------------------------------------------------------------------------------------------


def test_a_broken_workflow_is_listed_with_its_place_and_refused_with_where_it_lies(fresh: Fresh) -> None:
    fresh.reply("workflow", "list", "--json")
    folder = fresh.home / "workflows" / "mine"
    folder.mkdir(parents=True)
    (folder / "workflow.toml").write_text('version = "1"\nname = "mine"\ntitle = "M"\nsteps = "none"\n')
    listed = fresh.run("workflow", "list")
    assert listed.returncode == 0
    assert f"mine: steps: a list is needed, not 'none'. ({folder})" in listed.stdout
    made = fresh.run("workflow", "new", "demo", "--about", "Count words.", "--workflow", "mine")
    assert made.stderr == f"workbench: steps: a list is needed, not 'none'.\n  Mend it in {folder}.\n"
    assert not (fresh.skills / "demo").exists()


def test_words_that_can_be_read_no_more_are_told_beside_how_the_skill_stands(fresh: Fresh) -> None:
    fresh.reply("workflow", "new", "demo", "--about", "Count words.", "--json")
    (fresh.skills / "demo" / "context" / "intake.json").write_text('{"description": "x"')
    told = fresh.run("workflow", "status", "demo").stdout.splitlines()
    at = told.index(
        "context/intake.json cannot be read: it is not JSON: line 1, column 20: a comma or a closing bracket is missing"
        " (it ends in the middle)."
    )
    assert told[at + 1] == "  Mend the file, restore a version of it, or say it anew."


@pytest.mark.slow
@pytest.mark.parametrize("spoiled", ['{"metadata": ', None])
def test_a_spoiled_document_says_which_lines_to_type_and_comes_back_with_what_was_typed(
    fresh: Fresh, spoiled: str | None
) -> None:
    file = research(fresh)
    assert fresh.run("workflow", "answer", "demo", "Q1", "--text", WORDS).returncode == 0
    file.unlink()
    if spoiled is not None:
        file.write_text(spoiled)
    told = fresh.run("workflow", "status", "demo").stdout.splitlines()
    assert told[-5:-1] == [
        told[-5],
        "  workbench skills history demo",
        "  workbench skills restore demo VERSION",
        "  workbench workflow reset demo research",
    ]
    assert "in its place (what was saved last)" in told[-5]
    run = fresh.run("workflow", "run", "skill-builder", "--skill", "demo", *REPLAY)
    assert (run.returncode, "Research has stopped" in run.stderr) == (1, True)
    (beside,) = file.parent.glob("clarifications.saved-*.json")
    shutil.copy(beside, file)
    state = fresh.reply("workflow", "status", "demo", "--json")
    assert (state["next"], state["clarifications"]["sections"][0]["questions"][0]["answer_text"]) == ("answer", WORDS)


@pytest.mark.slow
def test_an_output_that_is_no_json_is_told_with_its_line_and_another_one_is_taken(fresh: Fresh, tmp_path: Path) -> None:
    research(fresh)
    fresh.reply("workflow", "reset", "demo", "research", "--json")
    output = tmp_path / "output.json"
    for text, said in (
        ("", "it is empty"),
        ('{"title": "T",\n "sections" []}', "line 2, column 13: a colon is missing"),
        ('{"a": ' * 100_000, "it has more than 32 levels"),
        ('{"title": "' + "x" * 2_000_000 + '"}', "it is over 1024 kB"),
    ):
        output.write_text(text)
        done = fresh.run("workflow", "submit", "demo", "research", str(output))
        assert done.stderr.splitlines() == [
            f"workbench: This output cannot be used: {said}.",
            "  Mend it, and hand it in again. Nothing was changed.",
        ]
    assert fresh.reply("workflow", "status", "demo", "--json")["next"] == "run"


@pytest.mark.slow
def test_a_skill_that_is_deleted_while_it_is_built_ends_the_run_and_comes_back_whole(fresh: Fresh) -> None:
    words = ("run", "skill-builder", "--skill", "demo", *REPLAY, "--autofill", "--speed", "1")
    process = fresh.start("workflow", *words)
    try:
        while not fresh.is_at_work():
            assert process.poll() is None
        deleted = fresh.reply("call", "skills.delete", '{"name": "demo", "stop": true}')
        _, told = process.communicate(timeout=110)
    finally:
        process.kill()
        process.communicate()
    assert (process.returncode, told.startswith("workbench: "), "Traceback" in told) == (1, True, False)
    assert not os.path.lexists(fresh.skills / "demo")
    assert fresh.run("workflow", "status", "demo").stderr.startswith("workbench: There is no skill named 'demo'.")
    assert deleted["trash"]
    fresh.reply("call", "skills.restore_deleted", '{"name": "demo"}')
    resumed = fresh.run("workflow", "run", *words[1:6], "--until", "research", "--speed", "0")
    assert resumed.returncode == 0, resumed.stderr


# -- the disk ---------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_disk_that_is_full_is_told_at_each_step_and_nothing_is_lost_or_paid_again(tmp_path: Path) -> None:
    """At an answer, a gate, a new skill, the end of a step, and a decision on what was refined."""
    alone = ("unshare", *(() if os.geteuid() == 0 else ("--map-root-user",)), "--mount")
    proof = subprocess.run([*alone, "mount", "-t", "tmpfs", "none", "/mnt"], capture_output=True, text=True)
    if proof.returncode:
        pytest.skip(f"this machine lets nobody make mounts, so a full disk cannot be had: {proof.stderr.strip()}")
    root = tmp_path / "life"
    (root / "small").mkdir(parents=True)
    script = f"mount -t tmpfs -o size=30m none '{root}/small'; exec \"$@\""
    words = [*alone, "sh", "-ec", script, "sh", sys.executable, str(HERE / "small_disk.py"), str(root)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    for name in ("answer", "gate", "create", "complete", "accept"):
        status, _, said = told[name]
        assert (status, "space" in said, "Traceback" in said) == (1, True, False), name
    assert "What was saved is kept" in told["answer"][2]
    assert WORDS in told["answered"][1]
    assert "The step is completed as soon as it can be." in told["waits"][1]
    assert {step["status"] for step in json.loads(told["completed"][1])["steps"]} == {"completed"}
    assert "upgrade now, upgrade soon" in told["skill"], "what was accepted is there"
    assert "The change was begun, and is finished as soon as it can be." in told["accept"][2]
    assert told["accepted"][1] == "There is no change to decide.\n"
    paid = [(run["step"], run["purpose"]) for run in told["runs"]]
    assert len(paid) == len(set(paid)), "each turn is there once"
    assert told["git"] == ["", ""]


# -- a test that was left ---------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_test_whose_host_was_killed_is_gone_on_with_and_nothing_is_asked_again(fresh: Fresh) -> None:
    assert fresh.run("workflow", "run", "quick-skill", "--skill", "demo", *REPLAY).returncode == 0
    none = fresh.run("workflow", "test", "demo", "--resume")
    assert none.stderr.splitlines()[0] == "workbench: No test was left of 'demo'."
    prompt = recordings.find(EXAMPLE).prompts[0]
    asked = {"skill": "demo", "prompt": prompt, "provider": "replay", "speed": 0, "vote_first": False}
    left = fresh.reply("call", "skill_test.run", json.dumps(asked))  # its process ends, and nobody compares
    done = fresh.run("workflow", "test", "demo", "--resume", left["id"], "--json")
    assert done.returncode == 0, done.stderr
    test = json.loads(done.stdout)
    assert (test["id"], test["status"], test["left"]) == (left["id"], "completed", False)
    again = fresh.run("workflow", "test", "demo", "--resume", left["id"])
    assert (again.returncode, "-- 1. With the skill: completed" in again.stdout) == (0, True)
    assert "There is no test 'x' of 'demo'." in fresh.run("workflow", "test", "demo", "--resume", "x").stderr
    tests = [row for row in fresh.reply("call", "usage.recent_runs")["runs"] if row["purpose"] in ("test", "judge")]
    assert len(tests) == 3


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_test_that_waits_for_a_vote_tells_how_to_vote_and_not_which_answer_is_which(fresh: Fresh) -> None:
    assert fresh.run("workflow", "run", "quick-skill", "--skill", "demo", *REPLAY).returncode == 0
    prompt = recordings.find(EXAMPLE).prompts[0]
    asked = {"skill": "demo", "prompt": prompt, "provider": "replay", "speed": 0}
    left = fresh.reply("call", "skill_test.run", json.dumps(asked))
    done = fresh.run("workflow", "test", "demo", "--resume")
    assert done.returncode == 0, done.stderr
    assert "-- 1. Answer A: completed" in done.stdout
    assert "With the skill" not in done.stdout
    vote = json.dumps({"id": left["id"], "round": 1, "vote": "a"})
    assert f"  workbench call skill_test.vote '{vote}'  (or b, or tie)" in done.stdout.splitlines()
    assert fresh.reply("call", "skill_test.vote", vote)["status"] == "completed"
