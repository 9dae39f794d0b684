"""Cut short at any write, rename and commit of Python, SQLite or git: disk, git, database and ledger agree when three other
hosts look, one after the other; answers typed before are there, and nothing is paid twice.

Some steps of each change are tried, other ones for each. With `WORKBENCH_EVERY_KILL=1` in the environment every one is, which
takes half an hour.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import cutting
import pytest

sys.path.append(str(Path(__file__).parents[1] / "skills"))

from agreed import answers
from journey import Journey, refinements, research

from workbench.app import Workbench
from workbench.workflows.documents import saving

HERE = Path(__file__).parent
EVERY = os.environ.get("WORKBENCH_EVERY_KILL") == "1"

CHANGES = ("create", "research", "detail", "generate", "answer", "fill", "skip", "reset", "back", "rename", "delete")
COMPLETING = ("research", "detail", "generate")
"""Changes that whoever looks makes, so that they always have happened."""
TYPING = ("answer", "fill", "detail")
"""Changes of what was typed: that is saved, and becomes a version when a step is completed."""
QUESTIONS = "demo/context/clarifications.json"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600 if EVERY else 300)]


def lived(
    folder: Path, operation: str, how: str, count: int, program: str = "killed_writes.py"
) -> list[dict[str, Any]]:
    """What became of the change that nobody cut short, and of those that somebody did."""
    try:
        preloaded = cutting.built(folder)
    except LookupError as error:
        pytest.skip(str(error))
    env = {
        **os.environ,
        "HOME": str(folder),
        "GIT_CONFIG_GLOBAL": str(folder / "gitconfig"),
        "GIT_CONFIG_NOSYSTEM": "1",
    }
    words = [sys.executable, str(HERE / program), str(folder / "base"), operation, how]
    done = subprocess.run(
        [*words, "0" if EVERY else str(count)], env=env | preloaded, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(operation: str, lives: list[dict[str, Any]]) -> None:
    """Each has happened or has not, is told alike by everybody, and can be made after all."""
    whole, *others = lives
    before = set()
    for life in lives:
        where = f"{operation}, step {life['step']} of {life['steps']}: {life['what']}, then {life['second']}"
        found = life["found"]
        assert found["wrong"] == [], where
        assert life["unstable"] == [], where
        assert set(life["unversioned"]) <= ({QUESTIONS} if operation in TYPING else set()), where
        assert found["fsck"] == "", where
        assert len(found["log"]) == len(set(found["log"])), f"{where}: a version was made twice"
        assert (found["paid"], found["asked"]) == (whole["found"]["paid"], whole["found"]["asked"]), where
        assert life["again"] == whole["again"], where
        if found["summary"] != whole["found"]["summary"]:
            before.add(json.dumps(found["summary"]))
    assert len(before) <= (0 if operation in COMPLETING else 1), "it has happened, or it has not"
    assert others
    assert typed(operation, lives), "what was typed before is there"


def typed(operation: str, lives: list[dict[str, Any]]) -> bool:
    if operation in ("create", *COMPLETING[::2]):
        return True  # nothing had been asked yet
    return all(one[2].get("Q1", "A") == "A" for life in lives for one in life["found"]["summary"])


@pytest.mark.parametrize("operation", CHANGES)
def test_a_host_that_is_killed_with_its_git_leaves_a_change_done_or_not_begun(operation: str, tmp_path: Path) -> None:
    lives = lived(tmp_path, operation, "all", 2)
    check(operation, lives)
    assert all(life["died"] for life in lives[1:])


@pytest.mark.parametrize("operation", ["detail", "reset", "rename"])
def test_a_git_that_goes_on_after_its_host_was_killed_is_no_harm(operation: str, tmp_path: Path) -> None:
    check(operation, lived(tmp_path, operation, "host", 2))


@pytest.mark.parametrize("operation", ["answer", "generate", "reset"])
def test_a_full_disk_is_told_and_costs_nothing_once_there_is_space(operation: str, tmp_path: Path) -> None:
    lives = lived(tmp_path, operation, "full", 2)
    check(operation, lives)
    for life in lives[1:]:
        if operation not in COMPLETING:
            assert life["failed"] is not None, life["what"]
        if life["failed"] is not None:
            assert "space" in life["failed"]["remedy"], life["failed"]


def test_an_answer_is_there_as_soon_as_the_person_was_told_that_it_is_saved(tmp_path: Path) -> None:
    """Before its commit it is not; from there on nothing takes it away."""
    lives = lived(tmp_path, "answer", "all", 5)
    kept = [life["found"]["summary"][0][2]["Q2"] for life in lives[1:]]
    assert kept == sorted(kept, key=lambda each: each is not None)
    assert lives[0]["found"]["summary"][0][2]["Q2"] == "B"


@pytest.mark.parametrize(("operation", "before"), [("start", 0), ("judge", 1)])
def test_a_host_that_is_killed_while_it_sends_an_agent_pays_it_once(
    operation: str, before: int, tmp_path: Path
) -> None:
    """The agent was sent and comes to its end, or it was never paid; whoever looks pays nothing."""
    whole, *lives = lived(tmp_path, operation, "all", 3, "killed_starting.py")
    assert len(whole["found"]["paid"]) == before + 1
    for life in lives:
        where = f"step {life['step']} of {life['steps']}: {life['what']}, then {life['second']}"
        found = life["found"]
        assert (found["wrong"], life["unstable"], life["unversioned"], found["fsck"]) == ([], [], [], ""), where
        assert len(found["log"]) == len(set(found["log"])), where
        assert sum(found["asked"].values()) == len(found["paid"]), where
        assert len(found["paid"]) in (before, before + 1), where
        assert life["again"] == whole["again"], where
    assert {len(life["found"]["paid"]) for life in lives} == {before, before + 1}


async def test_an_older_text_that_a_person_puts_back_after_a_kill_is_not_written_over(
    bench: Workbench, tmp_path: Path
) -> None:
    """The kill fell when the file was written, and nobody had noted that yet."""
    journey = Journey(bench, tmp_path)
    journey.make()
    await journey.step(research())
    journey.answer("Q1", choice="A")
    file = journey.folder / "context" / "clarifications.json"
    older = file.read_bytes()
    journey.answer("Q1", rev=1, choice="B")
    left = (saving.digest(older), "context/clarifications.json")
    bench.database.write(lambda c: c.execute("update workflow_documents set before = ? where path = ?", left))
    assert answers(journey.state()) == {"Q1": "B", "Q2": None, "Q3": None}
    file.write_bytes(older)
    assert answers(journey.state()) == {"Q1": "A", "Q2": None, "Q3": None}


async def test_what_a_step_has_written_is_not_taken_for_a_persons_while_git_is_locked(
    bench: Workbench, tmp_path: Path
) -> None:
    """A git that was killed has left its lock: the files of the step lie there, and its rows follow once the lock is gone."""
    journey = Journey(bench, tmp_path)
    journey.make()
    await journey.step(research())
    journey.answer("Q1", choice="A")
    journey.call("workflow.autofill_clarifications")
    await journey.gate("continue")
    lock = journey.root / ".git" / "index.lock"
    lock.touch()
    await journey.step(refinements("Q1"))
    journey.state()
    lock.unlink()
    assert [step["status"] for step in journey.state()["steps"]][:2] == ["completed"] * 2
    assert answers(journey.state()) == {"Q1": "A", "Q2": "B", "Q3": "B", "R1.1": None}
    assert [*(journey.folder / "context").glob("*saved*")] == []
