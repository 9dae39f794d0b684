"""A document that a person has broken or taken away: what they had saved lies beside it, and one step brings it back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from journey import Journey, files, research
from refined import git

from workbench.agents import session as sessions
from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills.tree import beneath
from workbench.workflows.state import actions_of
from workbench.workflows.steps.turning import Driving

WORDS = "These are my very own words of it"


@pytest.fixture
async def answered(journey: Journey) -> Path:
    """The file of the questions, one of which a person has answered."""
    journey.make()
    await journey.step(research())
    journey.answer("Q1", text=WORDS)
    return journey.folder / "context" / "clarifications.json"


def kept(journey: Journey) -> list[Path]:
    return sorted((journey.folder / "context").glob("*.saved-*.json"))


def spoil(file: Path) -> None:
    file.write_text("{")


def cwd_of(journey: Journey, session: str) -> Path:
    return Path(sessions.load(journey.bench.home, session).cwd or "")


# -- broken or gone ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spoiled", "said"),
    [
        (b'{"metadata": ', "is not JSON: line 1, column 14: a value is missing (it ends in the middle)"),
        (b"\xff\xfe\x00", "is not JSON: "),
        (b"[" * 100_000, "is not JSON: it has too many levels"),
        (b'["' + b"x" * 9_000_000 + b'"]', "an object is needed"),
        (b'{"sections": []}', "metadata: it is missing"),
        (None, "is gone"),
    ],
)
def test_a_document_that_is_spoiled_says_how_and_comes_back_with_every_answer(
    journey: Journey, answered: Path, spoiled: bytes | None, said: str
) -> None:
    whole = answered.read_bytes()
    answered.unlink()
    if spoiled is not None:
        answered.write_bytes(spoiled)
    step = journey.state()["steps"][0]
    assert (step["status"], step["actions"]) == ("error", ["reset"])
    assert said in step["error"]["message"]
    (beside,) = kept(journey)
    assert f"Put context/{beside.name}".lower() in step["error"]["remedy"].lower().replace("mend it, ", "")
    assert beside.read_bytes() == whole
    with pytest.raises(WorkbenchError):
        journey.answer("Q2", choice="A")
    shutil.copy(beside, answered)
    state = journey.state()
    assert (state["next"], state["steps"][0]["status"]) == ("answer", "completed")
    assert WORDS in json.dumps(state["clarifications"])


def test_looking_at_a_spoiled_document_again_changes_nothing_more(journey: Journey, answered: Path) -> None:
    answered.write_text("{")
    journey.state()
    (beside,) = kept(journey)
    before = beside.stat().st_mtime_ns
    journey.state()
    assert [(each, each.stat().st_mtime_ns) for each in kept(journey)] == [(beside, before)]


def test_nothing_is_laid_into_a_skill_whose_whole_folder_was_taken_away(journey: Journey, answered: Path) -> None:
    shutil.rmtree(journey.folder)
    assert journey.state()["steps"][0]["status"] == "error"
    assert not journey.folder.exists()


def test_only_the_last_copy_stays_once_the_others_are_in_a_version(journey: Journey, answered: Path) -> None:
    for number in range(3):
        document = json.loads(answered.read_text())
        document["sections"][0]["title"] = f"By hand, time {number}"
        answered.write_text(json.dumps(document))
        journey.state()
        with journey.bench.library.alone() as site:
            copies = {f"demo/context/{each.name}": beneath.blob(site.root, each) for each in kept(journey)}
            site.repository.commit("kept", {**copies})
    assert len(kept(journey)) == 1, "the one of the last edit"
    assert WORDS in kept(journey)[0].read_text()


async def test_a_copy_of_before_a_reset_goes_with_it_and_is_never_named_as_what_was_saved_last(
    journey: Journey, answered: Path
) -> None:
    spoil(answered)
    journey.state()
    (stale,) = kept(journey)
    words = stale.read_bytes()
    plan = journey.call("workflow.preview_reset", step=0)["steps"][0]["files"]
    assert [(each["path"].split("/")[1], each["changed"]) for each in plan] == [
        ("clarifications.json", True),
        (stale.name, False),
    ]
    journey.call("workflow.reset", step=0)
    assert kept(journey) == []
    await journey.step(research())
    journey.answer("Q1", text="My second answer, all new", edit="second", rev=1)
    stale.write_bytes(words)  # somebody has put it back
    spoil(answered)
    with journey.bench.library.alone():
        behind = journey.bench.engine.documents.look(journey.bench.library.row("demo"), "context/clarifications.json")
    assert behind is not None
    assert not behind.copied
    assert stale.name not in str(behind.problem)
    assert stale.name in journey.state()["steps"][0]["error"]["remedy"]
    shutil.copy(stale, answered)
    told = json.dumps(journey.state()["clarifications"])
    assert ("all new" in told, WORDS in told) == (True, False)
    found = git(journey.root, "log", "--all", "--format=%s", "-S", WORDS, "--", f"demo/context/{stale.name}")
    assert found.splitlines(), "the other words are in a version"


def test_a_skills_folder_that_is_away_is_said_to_be_and_no_step_is_to_be_reset_for_it(
    journey: Journey, answered: Path
) -> None:
    journey.root.rename(journey.root.with_name("away"))
    step = journey.state()["steps"][0]
    assert (step["error"]["facts"]["reason"], step["actions"]) == ("no_folder", [])
    assert "Mount it" in step["error"]["remedy"]
    journey.root.with_name("away").rename(journey.root)
    assert journey.state()["steps"][0]["status"] == "completed"


async def test_a_document_that_is_gone_makes_no_step_pointless(journey: Journey) -> None:
    journey.make()
    stopped = {"code": "scope_guard_triggered", "message": "It is two skills."}
    await journey.step(research(warning=stopped, sections=[]))
    assert journey.state()["disabled"]
    (journey.folder / "context" / "clarifications.json").unlink()
    assert journey.state()["disabled"] == []


# -- a skill that goes meanwhile --------------------------------------------------------------------------------------


async def test_a_judge_that_comes_to_its_end_writes_nothing_under_the_name_of_a_skill_that_is_gone(
    journey: Journey, answered: Path
) -> None:
    look = journey.look()
    journey.bench.call("skills.delete", name="demo")
    with pytest.raises(NotFound, match="was deleted"):
        await journey.bench.engine.gates.judge(look, None, Driving(), rules_only=True)
    assert not journey.folder.exists()
    journey.bench.call("skills.restore_deleted", name="demo")
    assert WORDS in json.dumps(journey.state()["clarifications"])


async def test_a_judge_that_comes_to_its_end_notes_it_under_the_name_that_the_skill_has_by_then(
    journey: Journey, answered: Path
) -> None:
    look = journey.look()
    journey.bench.call("skills.rename", name="demo", new_name="other")
    await journey.bench.engine.gates.judge(look, None, Driving(), rules_only=True)
    assert not journey.folder.exists()
    assert journey.bench.call("workflow.state", skill="other")["gate"] is not None


async def test_a_skill_is_not_refined_while_a_step_of_it_is_at_work(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    text = journey.read("SKILL.md")
    journey.call("workflow.reset", step=0)
    (journey.folder / "SKILL.md").write_text(text)
    await journey.bench.engine.start("demo", driving=journey.driving(edits=files(), asks=True))
    await journey.waits("question")
    with pytest.raises(Refused, match="An agent is at work on 'demo'"):
        await journey.bench.acall("refine.send", skill="demo", message="Say more.")
    assert journey.call("refine.content")["session"] is None, "none was begun"
    await journey.bench.engine.stop("demo")


# -- what a person types, and what they are told ----------------------------------------------------------------------


def test_an_answer_is_kept_without_what_nobody_sees(journey: Journey, answered: Path) -> None:
    saved = journey.answer("Q2", text="red\x1b[31m \x00and\r\n\tblue <script>alert(1)</script> ")
    assert saved["text"] == "red[31m and\n\tblue <script>alert(1)</script> "
    assert journey.answer("Q3", text="\x00\x1b")["text"] is None


def test_an_output_that_a_person_hands_in_is_told_as_theirs(journey: Journey) -> None:
    journey.make()
    for text, said in (
        ("", "it is empty"),
        ('{"a": 1,}', "line 1, column 9: a key in double quotes is missing, or a comma is too many"),
        ("{}", "title: it is missing (and 2 more)"),
        ("words", "there is no JSON object in it"),
    ):
        with pytest.raises(WorkbenchError) as refused:
            journey.call("workflow.submit_output", step="research", text=text)
        assert refused.value.message == f"This output cannot be used: {said}."
        assert refused.value.remedy.startswith("Mend it, and hand it in again.")


def test_what_needs_the_skill_says_that_it_is_to_be_built_first(journey: Journey) -> None:
    journey.make()
    for command, more in (
        ("workflow.package", {}),
        ("skill_test.run", {"prompt": "x", "provider": "replay"}),
        ("refine.send", {"message": "x", "provider": "replay"}),
    ):
        with pytest.raises(NotFound) as refused:
            journey.call(command, **more)
        assert refused.value.message == "'demo' has no SKILL.md yet.", command
        with pytest.raises(NotFound, match=r"has no SKILL\.md yet"):
            journey.bench.call("skills.get", name="demo")
        assert refused.value.remedy == "Build it first: workbench workflow status demo."


async def test_a_skill_whose_text_was_taken_away_says_that_it_was(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    (journey.folder / "SKILL.md").unlink()
    with pytest.raises(WorkbenchError, match=r"has no SKILL\.md any more"):
        journey.call("workflow.package")


async def test_the_next_step_is_not_started_where_a_person_is_needed_first(journey: Journey, answered: Path) -> None:
    with pytest.raises(Refused) as refused:
        await journey.bench.engine.start("demo", driving=journey.driving(research()))
    assert (refused.value.reason, refused.value.message) == ("answer", "Questions wait for your answers.")
    assert refused.value.remedy == "See what waits for you: workbench workflow status demo."


async def test_a_run_that_cannot_go_on_says_what_to_type_to_see_what_can_be_done(journey: Journey) -> None:
    journey.make()
    stopped = {"code": "scope_guard_triggered", "message": "It is two skills."}
    await journey.step(research(warning=stopped, sections=[]))
    failure = (await journey.run(journey.driving(research()))).failure
    assert failure is not None
    assert failure.facts["what"] == "mend"
    assert failure.remedy == "See what can be done: workbench workflow status demo."


async def test_a_step_that_waits_for_space_offers_no_start_that_would_be_refused(journey: Journey) -> None:
    journey.make()
    look = journey.look()
    await journey.bench.engine.start("demo", driving=journey.driving(research(), asks=True))
    await journey.waits("question")
    told = journey.look().with_trouble(Refused("full", "There is no space.", remedy="Free some."))
    assert look.now.steps[0].error is None
    assert actions_of(told.now, 0) == ["reset"]
    await journey.bench.engine.stop("demo")


async def test_what_an_agent_has_written_is_not_kept_twice_once_it_is_in_its_place(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    assert journey.state()["status"] == "completed"
    staged = journey.bench.home.root / "workspaces" / "skills" / ".steps"
    assert [path for path in staged.rglob("*") if path.is_file()] == []
    session = journey.state()["steps"][0]["session"]
    assert cwd_of(journey, session).is_dir(), "it can be gone on with"
