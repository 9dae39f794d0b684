"""A reset that git refuses: until it is finished, whoever goes on with the skill is told what keeps it, and the way out."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from journey import SKILL, Journey, research

from workbench.errors import Refused, WorkbenchError
from workbench.workflows.running import NeedsPerson

WHY = "An earlier change of 'demo' could not be finished: Another git is at work in "


def git(folder: Path, *words: str) -> int:
    """How a person's own git ends."""
    person = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    return subprocess.run(["git", *person, *words], cwd=folder, capture_output=True, check=False).returncode


def delete(lock: Path) -> None:
    """As the remedy says."""
    lock.unlink()


@pytest.fixture
async def refused(journey: Journey) -> Path:
    """The lock of a git that was killed; a reset of the first step has met it."""
    journey.make()
    await journey.step(research())
    lock = journey.root / ".git" / "index.lock"
    lock.write_text("")
    with pytest.raises(WorkbenchError, match=r"index\.lock"):
        journey.call("workflow.reset", step=0)
    return lock


async def test_a_start_after_a_reset_that_git_refused_says_what_git_said_and_what_to_do(
    journey: Journey, refused: Path
) -> None:
    for step in (None, "detail"):
        with pytest.raises(Refused) as told:
            await journey.bench.engine.start("demo", step, driving=journey.driving(research()))
        assert told.value.reason == "unfinished"
        assert told.value.message.startswith(WHY)
        assert str(refused) in told.value.message
        assert "delete the lock file" in told.value.remedy
    assert len(journey.bench.call("sessions.list", {})["sessions"]) == 1


async def test_the_steps_say_it_and_not_that_their_files_are_to_be_brought_back(
    journey: Journey, refused: Path
) -> None:
    state = journey.state()
    assert state["standing"].startswith(f"Research has stopped: {WHY}{journey.root}")
    assert "delete the lock file" in state["steps"][0]["error"]["remedy"]
    assert all(WHY in step["refusal"] for step in state["steps"])
    assert str(refused) in state["standing"]


async def test_a_run_stops_there_with_the_same_words(journey: Journey, refused: Path) -> None:
    ran = await journey.run(journey.turns(research__main=research()))
    assert isinstance(ran.failure, NeedsPerson)
    assert str(refused) in ran.failure.message
    assert "delete the lock file" in ran.failure.remedy


async def test_once_the_lock_is_deleted_the_reset_is_finished_and_the_step_starts(
    journey: Journey, refused: Path
) -> None:
    delete(refused)
    assert journey.state()["standing"] == "Research can be started."
    assert (await journey.step(research())).status == "completed"


async def test_a_skill_that_git_kept_from_being_kept_as_imported_says_so_too(journey: Journey) -> None:
    journey.make()
    (journey.folder / "SKILL.md").write_text(SKILL)
    lock = journey.root / ".git" / "index.lock"
    lock.write_text("")
    with pytest.raises(WorkbenchError, match=r"index\.lock"):
        journey.call("workflow.keep_imported")
    with pytest.raises(Refused) as told:
        await journey.bench.engine.start("demo", driving=journey.driving(research()))
    assert (told.value.reason, str(lock) in told.value.message) == ("unfinished", True)
    lock.unlink()
    journey.bench.library.settle()
    assert journey.bench.library.row("demo").source == "imported"


async def test_in_a_merge_of_the_skill_nothing_is_taken_away_and_the_way_out_of_it_is_said(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    intake = journey.folder / "context" / "intake.json"
    for branch, text in (("other", "{}"), ("main", "[]")):
        git(journey.root, "checkout", "-q", "-B", branch, "main")
        intake.write_text(text)
        assert git(journey.root, "commit", "-qam", branch) == 0
    assert git(journey.root, "merge", "other") == 1
    with pytest.raises(Refused) as told:
        journey.call("workflow.reset", step=0)
    assert (told.value.reason, "git merge --abort" in told.value.remedy) == ("conflict", True)
    assert (journey.folder / "context" / "clarifications.json").is_file()
    assert git(journey.root, "merge", "--abort") == 0
    assert journey.call("workflow.reset", step=0)["state"]["standing"] == "Research can be started."
