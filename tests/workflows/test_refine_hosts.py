"""Refining over hosts that come and go, and under a skill that is renamed, reset or deleted meanwhile."""

from __future__ import annotations

import os
import signal

import pytest
from refined import SKILL, Bench

from workbench.agents import process
from workbench.app import Workbench
from workbench.errors import Refused
from workbench.paths import Home
from workbench.workflows.refining.driving import Driving
from workbench.workflows.refining.message import understood
from workbench.workflows.refining.refine import Refining

REPLAY = Driving("replay")


def kill(home: Home, session: str) -> None:
    """The session's processes, all of them, as a power cut would."""
    held = process.holder(home.session(session))
    for pid in (held["guard"], held["shim"]):
        os.kill(pid, signal.SIGKILL)
    while process.alive(home.session(session)):
        pass


async def test_a_turn_goes_on_when_its_host_leaves_and_another_one_settles_it(skill: Bench, home: Home) -> None:
    sent = await skill.send("In @rules.md", skill.recordings.turn(asks=True, shell=True), shell=True)
    waiting = await skill.asks(sent.session)
    (skill.folder / "SKILL.md").write_text("Gone.\n")
    with Workbench.open(home) as other:
        skill.bench.close()
        assert (await other.acall("refine.content", {"skill": "matching"}))["run"] == sent.run
        await other.pool.respond_input(sent.session, waiting, "submit", content={"Go on?": "Yes"})
        told = await other.acall("refine.settle", {"skill": "matching", "run": sent.run})
        assert (told["status"], told["put_back"]) == ("completed", ["SKILL.md"])
        assert skill.read() == SKILL
        await other.acall("agents.shutdown")


async def test_a_turn_that_was_killed_is_settled_by_another_host_and_the_session_goes_on(
    skill: Bench, home: Home
) -> None:
    sent = await skill.send("In @SKILL.md", skill.recordings.turn(asks=True, shell=True), shell=True)
    await skill.asks(sent.session)
    (skill.folder / "SKILL.md").write_text(SKILL.replace("the number", "the nu"))
    (skill.folder / "references" / "rules.md").write_text("Half of i")
    kill(home, sent.session)
    skill.bench.close()
    with Workbench.open(home) as other:
        desk = Bench(other, skill.root.parent)
        desk.recordings = skill.recordings
        started = await desk.refining.start("matching", REPLAY)
        assert (started.session, started.resumed) == (sent.session, True)
        assert "was cut off" in started.notice
        diff = await other.acall("refine.diff", {"skill": "matching"})
        assert [file["path"] for file in diff["files"]] == ["SKILL.md"]
        assert desk.read("references/rules.md").endswith("Two eyes.\n")
        assert diff["undoable"] == sent.run
        assert (await desk.say("Go on.")).turn.session == sent.session
        await other.acall("refine.undo", {"skill": "matching", "run": sent.run})
        assert desk.read() == SKILL
        await other.acall("agents.shutdown")


async def test_a_message_that_its_host_wrote_down_and_never_sent_is_no_turn(skill: Bench, home: Home) -> None:
    started = await skill.refining.start("matching", REPLAY)
    await skill.say("Go on.")
    with skill.bench.library.alone() as site:  # and here it is killed, before the agent has heard of it
        asked = understood("Go on.", ["SKILL.md"])
        skill.refining.turns.begin(site, "matching", asked, message="Go on.", session=started.session, run="never-sent")
    with Workbench.open(home) as other:
        assert (await other.acall("refine.content", {"skill": "matching"}))["run"] is None
        assert (await Refining(other.library, other.recorder, lambda: other.pool).look("matching")).turns[
            -1
        ].run != "never-sent"


async def test_a_skill_that_was_renamed_keeps_its_turns_and_begins_a_session_in_its_new_folder(skill: Bench) -> None:
    turn = (await skill.edit("the number", "the numbers")).turn
    await skill.bench.pool.close(turn.session)
    await skill.acall("skills.rename", name="matching", new_name="pairing")
    assert (await skill.acall("refine.diff", skill="pairing"))["undoable"] == turn.run
    await skill.acall("refine.undo", skill="pairing")
    assert "the number." in (skill.root / "pairing" / "SKILL.md").read_text()
    started = await skill.refining.start("pairing", REPLAY)
    assert (started.resumed, started.session != turn.session) == (False, True)


async def test_nothing_of_its_workflow_is_done_under_the_agent_that_refines(desk: Bench) -> None:
    desk.call("workflow.create", skill="matching", example="invoice-matching")
    desk.call("workflow.run", skill="matching", provider="replay", autofill=True, speed=0)
    before = desk.read()
    sent = await desk.send("Mend it.", desk.recordings.turn(asks=True))
    await desk.asks(sent.session)
    assert (await desk.acall("workflow.preview_reset", skill="matching", step="generate"))["running"]
    for command, params in (
        ("workflow.reset", {"step": "generate"}),
        ("workflow.run_step", {"step": "generate", "provider": "replay"}),
        ("skill_test.run", {"prompt": "Go on.", "provider": "replay"}),
    ):
        with pytest.raises(Refused, match="is at work") as refused:
            await desk.acall(command, skill="matching", **params)
        assert refused.value.reason == "busy"
    assert desk.read() == before
    await desk.acall("workflow.reset", skill="matching", step="generate", stop=True)
    assert not (desk.folder / "SKILL.md").exists()
    assert (await desk.refining.settle("matching", sent.run)).turn.status == "aborted"
    assert not await desk.refining.at_work("matching")


async def test_a_skill_is_not_renamed_or_deleted_under_the_agent_unless_that_may_be_stopped(skill: Bench) -> None:
    sent = await skill.send("In @SKILL.md", skill.recordings.turn(asks=True, shell=True), shell=True)
    await skill.asks(sent.session)
    (skill.folder / "references" / "rules.md").write_text("Half of i")
    for command, params in (("skills.rename", {"new_name": "pairing"}), ("skills.delete", {})):
        with pytest.raises(Refused, match="is at work") as refused:
            await skill.acall(command, name="matching", **params)
        assert refused.value.reason == "busy"
    await skill.acall("skills.rename", name="matching", new_name="pairing", stop=True)
    assert (skill.root / "pairing" / "references" / "rules.md").read_text().endswith("Two eyes.\n")
    turn = (await skill.refining.settle("pairing", sent.run)).turn
    assert (turn.status, turn.put_back) == ("aborted", ("references/rules.md",))
