"""A test of a skill that fails, is stopped, or whose host is gone."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest
from refined import SKILL
from trials import Halting, Trials, Unheard

from workbench.agents.pool import Pool
from workbench.app import Workbench
from workbench.errors import NotFound
from workbench.paths import Home
from workbench.workflows.recording.recordings import examples
from workbench.workflows.testing import folders as testing_folders
from workbench.workflows.testing import running
from workbench.workflows.testing.running import Running, settled
from workbench.workflows.testing.testing import LET_GO_S


async def test_an_agent_without_an_answer_ends_the_test_with_the_reason_and_the_rest_is_not_paid(
    trials: Trials,
) -> None:
    trials.answer("with", 1, events=[{"type": "error", "kind": "overloaded", "message": "Too many requests."}])
    done = await trials.run(repeats=3)
    assert done.status == "error"
    assert "The agent with the skill gave no answer: Too many requests." in str(done.rounds[0].failure)
    assert [len(each.sides) for each in done.rounds] == [2, 0, 0]
    assert all(each.failure for each in done.rounds)


async def test_a_comparison_that_cannot_be_read_costs_its_round_alone(trials: Trials) -> None:
    trials.answer("judge", 1, says="Both are fine.")
    done = await trials.run(repeats=2, vote_first=False)
    assert "no JSON object" in str(done.rounds[0].failure)
    assert (done.status, done.losses, done.score.n if done.score else 0) == ("completed", 1, 1)


async def test_a_test_stops_at_what_it_may_cost(trials: Trials) -> None:
    for number in (1, 2):
        trials.answer("with", number, cost=0.5)
    done = await trials.run(repeats=2, vote_first=False, budget_usd=0.4)
    assert [each.failure is None for each in done.rounds] == [True, False]
    assert "that it may" in str(done.rounds[1].failure)


async def test_a_test_that_is_stopped_keeps_what_was_measured(trials: Trials) -> None:
    trials.answer("baseline", 2, slow=True)
    trials.answer("with", 2, slow=True)
    test, driving = await asyncio.to_thread(lambda: trials.begin(repeats=2, vote_first=False))
    running = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    await trials.started(test, 2)
    stopped = await trials.bench.acall("skill_test.stop", {"id": test.id})
    await running
    assert stopped["rounds"][1]["failure"] == "It was stopped."
    done = await trials.look(test)
    assert (done.status, done.wins) == ("completed", 1)


async def test_who_stops_a_test_is_answered_when_its_agents_have_ended_and_its_folders_are_gone(
    trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    close = Pool.close

    async def slowly(pool: Pool, session: str) -> None:
        await asyncio.sleep(0.5)
        await close(pool, session)

    monkeypatch.setattr(Pool, "close", slowly)
    for arm in ("baseline", "with"):
        trials.answer(arm, 1, slow=True)
    test, driving = await asyncio.to_thread(trials.begin)
    running.start(trials.testing, test, driving)
    await trials.started(test, 1)
    await trials.bench.acall("skill_test.stop", {"id": test.id})
    states = [row["state"] for row in (await trials.bench.acall("sessions.list"))["sessions"]]
    assert states == ["ended", "ended"]
    assert not testing_folders.folders(trials.bench.home, test.id).root.exists()


async def test_a_host_that_goes_while_it_clears_up_has_let_go_of_its_test(
    trials: Trials, monkeypatch: pytest.MonkeyPatch
) -> None:
    clearing, cleanup = threading.Event(), testing_folders.cleanup
    went = threading.Event()

    def late(home: Home, test: str) -> bool:
        clearing.set()
        assert went.wait(60)
        return cleanup(home, test)

    monkeypatch.setattr(testing_folders, "cleanup", late)
    test, driving = await asyncio.to_thread(lambda: trials.begin(repeats=1, vote_first=False))
    driving_it = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    assert await asyncio.to_thread(clearing.wait, 60)
    driving_it.cancel()  # as a host that is closed cancels it
    went.set()
    with pytest.raises(asyncio.CancelledError):
        await driving_it
    assert (await asyncio.to_thread(trials.testing.find, test.id)).pid == 0


@pytest.mark.parametrize("moment", range(24))
async def test_a_test_that_is_stopped_at_any_moment_pays_nothing_more(trials: Trials, moment: int) -> None:
    test, driving = await asyncio.to_thread(lambda: trials.begin(repeats=2))
    agents = Halting(trials.bench.pool, moment, lambda: trials.testing.stop(test))
    async with asyncio.timeout(60):
        await Running(trials.on(trials.bench, lambda: agents), test, driving).run()
    assert agents.halted
    rounds = trials.testing.rounds(test.id)
    assert [row.failure for row in rounds] == ["It was stopped."] * 2
    assert [row.judged for row in rounds] == [None] * 2
    assert rounds[1].runs == []
    assert {trials.testing.standing(run) for run in agents.sent_after} <= {"aborted"}
    assert all(trials.testing.standing(run) is not None for row in rounds for run in row.runs)
    assert (await trials.look(test)).status == "error"


async def test_a_test_that_its_host_has_left_is_gone_on_with_by_who_settles_it_and_nothing_is_asked_twice(
    trials: Trials,
) -> None:
    test, driving = await asyncio.to_thread(lambda: trials.begin(vote_first=False))
    agents = Unheard(trials.bench.pool, 2)
    left = asyncio.ensure_future(Running(trials.on(trials.bench, lambda: agents), test, driving).run())
    await agents.asked.wait()
    runs = trials.testing.rounds(test.id)[0].runs
    left.cancel()
    with pytest.raises(asyncio.CancelledError):
        await left
    cut = await trials.look(test)
    assert cut.left
    assert f"Go on with it: workbench workflow test matching --resume {test.id}." in cut.notice
    assert cut.rounds[0].failure is None
    async with asyncio.timeout(60):
        both = (settled(trials.testing, test, driving), settled(trials.testing, test, driving))
        await asyncio.gather(*both)
    done = await trials.look(test)
    assert (done.status, done.wins, done.notice, done.left) == ("completed", 1, "", False)
    assert [(side.session, side.run) for side in done.rounds[0].sides] == runs
    assert len((await trials.bench.acall("sessions.list"))["sessions"]) == 3
    assert not testing_folders.folders(trials.bench.home, test.id).root.exists()


async def test_a_test_may_be_begun_by_a_program_that_ends_at_once_and_settled_by_another(
    trials: Trials, home: Home
) -> None:
    (shown, *_) = examples()
    trials.bench.library.create(
        "other", {"SKILL.md": SKILL.replace("matching", "other").encode()}, run={"example": shown.name}
    )
    asked = {"skill": "other", "prompt": shown.prompts[0], "provider": "replay", "speed": 0, "vote_first": False}
    with Workbench.open(home) as short:
        begun = await short.acall("skill_test.run", asked)
    async with asyncio.timeout(2 * LET_GO_S):  # the first host may have been cut off when all was done but to leave it
        told = await trials.bench.acall("skill_test.settle", {"id": begun["id"]})
    assert (told["status"], told["rounds"][0]["failure"]) == ("completed", None)
    assert len(told["rounds"][0]["judgements"]) > 0


async def test_a_test_that_was_left_and_is_stopped_leaves_no_folders(trials: Trials, home: Home) -> None:
    with Workbench.open(home) as short:
        test, driving = await asyncio.to_thread(lambda: trials.begin(repeats=2))
        for arm in ("baseline", "with"):
            trials.answer(arm, 1, slow=True)
        running.start(trials.on(short), test, driving)
        await trials.begun(test)
    stopped = await trials.bench.acall("skill_test.stop", {"id": test.id})
    assert [each["failure"] for each in stopped["rounds"]] == ["It was stopped."] * 2
    assert not testing_folders.folders(home, test.id).root.exists()


async def test_folders_that_killed_hosts_have_left_go_when_the_next_test_begins(trials: Trials) -> None:
    done = await trials.run()
    home, every = trials.bench.home, trials.bench.home.root / "workspaces" / "tests"
    by_hand = trials.testing.prepare("matching")
    cut, *others = await asyncio.to_thread(lambda: [trials.begin()[0] for _ in range(2)])
    names = (done.test.id, "01unknown", ".01staging", ".01making")
    await asyncio.to_thread(lambda: [_left(every / name, old=name != ".01making") for name in names])
    await asyncio.to_thread(trials.begin)
    there = await asyncio.to_thread(lambda: {path.name for path in every.iterdir()})
    assert not there & {done.test.id, "01unknown", ".01staging"}
    assert {by_hand.id, cut.id, ".01making", *(each.id for each in others)} <= there, "somebody needs them"
    assert testing_folders.folders(home, by_hand.id).baseline.is_dir()


def _left(folder: Path, *, old: bool) -> None:
    (folder / "0a1b" / ".claude").mkdir(parents=True)
    if old:
        os.utime(folder, (1, 1))


async def test_settling_waits_for_a_test_that_goes_on(trials: Trials) -> None:
    trials.answer("with", 1, speed=0.01)
    test, driving = await asyncio.to_thread(lambda: trials.begin(vote_first=False))
    going = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    told = await trials.bench.acall("skill_test.settle", {"id": test.id})
    assert told["status"] == "completed"
    await going


async def test_an_answer_without_words_fails_its_test_and_says_so(trials: Trials) -> None:
    trials.answer("with", 1, says="", structured={"a": 1})
    done = await trials.run()
    assert "The agent with the skill gave no answer" in str(done.rounds[0].failure)


async def test_a_test_whose_host_was_killed_is_told_as_cut_off_and_nothing_is_paid_again(
    trials: Trials, home: Home
) -> None:
    test, _ = await asyncio.to_thread(lambda: trials.begin(repeats=2))
    gone = await asyncio.create_subprocess_exec(sys.executable, "-c", "")
    await gone.wait()
    trials.bench.database.write(
        lambda c: c.execute("update skill_tests set pid = ?, born = 1 where id = ?", (gone.pid, test.id)).fetchall()
    )
    with Workbench.open(home) as other:
        told = await other.acall("skill_test.show", {"id": test.id})
        assert (told["status"], told["rounds"][0]["sides"]) == ("error", [])
        assert "was cut off" in told["notice"]
        assert (await other.acall("skill_test.cleanup", {"id": test.id}))["removed"]


async def test_a_test_that_is_not_there_is_said(trials: Trials) -> None:
    with pytest.raises(NotFound):
        await trials.bench.acall("skill_test.show", {"id": "nothing"})
