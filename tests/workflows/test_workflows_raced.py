"""Several hosts at the same skill at the same moment, each a process of its own: what one of them does is done once."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[1] / "skills"))

import agreed
import shelf as looking
from journey import Journey, judged, question, refinements, research
from leftovers import end_sessions

from workbench.agents.said import said
from workbench.app import Workbench
from workbench.paths import Home as Place

HOSTS = Path(__file__).with_name("raced_hosts.py")
ROUNDS = 3
BUILT = ["completed", "pending", "pending", "pending"]
REFINED = ["completed", "completed", "pending", "pending"]
FRESH = ["pending"] * 4
SLOWLY = 0.002
"""A turn that takes some seconds."""
NEVER = 0.00002
"""One that takes minutes: it does not end by itself."""

pytestmark = pytest.mark.slow


class Home:
    """A home that many open, and how it was when they began."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.run = folder / "run"
        self.root = self.run / "skills"
        looking.a_person(self.root)
        self._hosts: subprocess.Popen[str] | None = None

    @contextmanager
    def journey(self) -> Iterator[Journey]:
        with Workbench.open(self.run / "home") as bench:
            yield Journey(bench, self.run)

    @contextmanager
    def ended(self) -> Iterator[Journey]:
        """The same; its agents are gone afterwards."""
        with self.journey() as journey:
            yield journey
            journey.bench.call("agents.shutdown")

    def rounds(self) -> Iterator[int]:
        """The same beginning, again and again."""
        shutil.copytree(self.run, self.folder / "template", symlinks=True)
        for number in range(ROUNDS):
            shutil.rmtree(self.run)
            shutil.copytree(self.folder / "template", self.run, symlinks=True)
            yield number

    def at_once(self, *wishes: dict[str, Any]) -> list[list[dict[str, Any]]]:
        """What hosts say that are told these things at the same moment."""
        if self._hosts is None:
            words = [sys.executable, str(HOSTS), str(self.run / "home")]
            self._hosts = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._hosts.stdin is not None
        assert self._hosts.stdout is not None
        print(json.dumps(wishes), file=self._hosts.stdin, flush=True)
        found: list[list[dict[str, Any]]] = json.loads(self._hosts.stdout.readline())
        return found

    def close(self) -> None:
        if self._hosts is not None:
            self._hosts.communicate()
        end_sessions(Place(self.run / "home"))

    def check(self, *, paid: int) -> list[str]:
        """Disk, git and rows agree, and so much was paid; the versions."""
        with Workbench.open(self.run / "home") as bench:
            assert agreed.disagreement(bench, self.root, agreed.states(bench)) == []
            assert len(agreed.paid(bench)) == paid
        assert sum(agreed.asked(self.run / "home").values()) == paid
        return looking.git(self.root, "log", "--format=%s").splitlines()


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    made = Home(tmp_path)
    yield made
    made.close()


def called(command: str, **params: Any) -> dict[str, Any]:
    return {"call": command, "params": {"skill": "demo", **params}}


LOOK = called("workflow.state")


def statuses(state: dict[str, Any]) -> list[str]:
    return [step["status"] for step in state["steps"]]


async def researched(journey: Journey) -> None:
    journey.make()
    await journey.step(research(question("Tolerance"), question("Currency"), question("Approval", must=False)))


async def waiting(journey: Journey, **turn: Any) -> tuple[str, str]:
    """A turn whose agent waits for an answer."""
    started = await journey.bench.engine.start("demo", driving=journey.driving(asks=True, **turn))
    await journey.waits("question")
    return started.session or "", started.run or ""


async def answered(journey: Journey, session: str, run: str) -> None:
    """Somebody who knows nothing of workflows answers it, and the turn comes to its end."""
    asked = said(journey.bench.home, session, run).asked[0].content["userInputId"]
    await journey.bench.pool.respond_input(session, asked, "submit", content={"Go on?": "Yes"})
    await journey.bench.pool.wait(session, run)


async def test_three_hosts_that_see_the_end_of_a_turn_at_once_complete_its_step_once(shared: Home) -> None:
    with shared.journey() as journey:
        journey.make()
        turn = await waiting(journey, structured=research())
    with shared.ended() as journey:
        await answered(journey, *turn)
    for _ in shared.rounds():
        for (state,) in shared.at_once(LOOK, LOOK, LOOK):
            assert statuses(state) == BUILT
            assert state["steps"][0]["attempt"] == 1
        assert shared.check(paid=1).count("demo: step 0 completed") == 1


async def test_an_answer_that_is_typed_while_a_step_is_completed_is_in_what_comes_of_it(shared: Home) -> None:
    with shared.journey() as journey:
        await researched(journey)
        journey.answer("Q1", choice="A")
        journey.call("workflow.autofill_clarifications")
        await journey.gate("continue")
        turn = await waiting(journey, structured=refinements("Q1"))
    with shared.ended() as journey:
        await answered(journey, *turn)
    typed = called(
        "workflow.answer", question_id="Q2", base_rev=1, edit_id="now", choice=None, text="Euro and nothing else"
    )
    for _ in shared.rounds():
        _, (saved,) = shared.at_once(LOOK, typed)
        assert saved["rev"] == 2, saved
        with shared.journey() as journey:
            state = journey.state()
        asked = state["clarifications"]["sections"][0]["questions"]
        assert asked[1]["answer_text"] == "Euro and nothing else"
        assert [one["id"] for one in asked[0]["refinements"]] == ["R1.1"]
        assert statuses(state) == REFINED
        shared.check(paid=3)


async def test_two_hosts_answer_two_questions_at_once_and_both_answers_are_there(shared: Home) -> None:
    with shared.ended() as journey:
        await researched(journey)
    wishes = [
        called("workflow.answer", question_id=name, base_rev=0, edit_id=name, choice="B") for name in ("Q1", "Q2", "Q3")
    ]
    for _ in shared.rounds():
        assert [saved["rev"] for (saved,) in shared.at_once(*wishes)] == [1, 1, 1]
        with shared.journey() as journey:
            assert agreed.answers(journey.state()) == {"Q1": "B", "Q2": "B", "Q3": "B"}
        shared.check(paid=1)


async def test_of_two_hosts_that_answer_the_same_question_one_is_shown_theirs_and_its_own(shared: Home) -> None:
    with shared.ended() as journey:
        await researched(journey)
    wishes = [called("workflow.answer", question_id="Q1", base_rev=0, edit_id=each, choice=each) for each in ("A", "B")]
    for _ in shared.rounds():
        said_of = dict(zip("AB", (said for (said,) in shared.at_once(*wishes)), strict=True))
        won = [each for each in "AB" if "failure" not in said_of[each]]
        lost = [each for each in "AB" if each not in won]
        assert len(won) == len(lost) == 1
        failure = said_of[lost[0]]["failure"]
        assert failure["facts"]["reason"] == "conflict"
        assert (failure["facts"]["theirs"][0], failure["facts"]["yours"][0]) == (won[0], lost[0])
        with shared.journey() as journey:
            assert agreed.answers(journey.state())["Q1"] == won[0]
        shared.check(paid=1)


async def test_who_looks_while_a_reset_runs_sees_the_time_before_or_the_time_after(shared: Home) -> None:
    with shared.ended() as journey:
        await researched(journey)
        journey.answer("Q1", choice="A")
        journey.call("workflow.autofill_clarifications")
        await journey.gate("continue")
        await journey.step(refinements("Q1"))
    for number in shared.rounds():
        looked, again, (reset,) = shared.at_once(
            {**LOOK, "times": 6}, {**LOOK, "times": 6}, called("workflow.reset", step=0)
        )
        assert "failure" not in reset, reset
        for state in [*looked, *again]:
            assert "failure" not in state, (number, state["failure"])
            assert statuses(state) in (REFINED, FRESH)
            assert (state["clarifications"] is None) == (statuses(state) == FRESH)
            assert [each for step in state["steps"] for each in step["artifacts"] if not each["present"]] == []
            assert [step["error"] for step in state["steps"]] == [None] * 4
        assert shared.check(paid=3).count("demo: reset to step 0") == 1


async def test_two_hosts_that_start_the_same_step_at_once_pay_for_one_turn(shared: Home) -> None:
    with shared.ended() as journey:
        journey.make()
        recording = journey.recordings.turn(structured=research())
    for _ in shared.rounds():
        told = [one for (one, *_) in shared.at_once({"start": str(recording)}, {"start": str(recording)})]
        assert sorted("failure" in each for each in told) == [False, True], told
        failure = next(each["failure"] for each in told if "failure" in each)
        # Who comes when the other's turn is over is told that its questions wait.
        assert failure["facts"]["reason"] in ("busy", "completed", "too_early", "answer"), failure
        with shared.ended() as journey:
            assert statuses(journey.state()) == BUILT
        assert shared.check(paid=1).count("demo: step 0 completed") == 1


async def test_a_host_that_dies_while_its_agent_works_has_its_step_completed_by_others_once(shared: Home) -> None:
    with shared.ended() as journey:
        journey.make()
        recording = journey.recordings.turn(structured=research(), asks=True)
    ((started,),) = shared.at_once({"start": str(recording), "dies": True})
    with shared.ended() as journey:
        await answered(journey, started["session"], started["run"])
    for (state,) in shared.at_once(LOOK, LOOK):
        assert statuses(state) == BUILT
    assert shared.check(paid=1).count("demo: step 0 completed") == 1


async def to_be_judged(journey: Journey) -> dict[str, Any]:
    """Questions that are answered, and a host's wish to have that judged."""
    await researched(journey)
    journey.call("workflow.autofill_clarifications")
    return {"judge": str(journey.recordings.turn(structured=judged(Q1="needs_refinement")))}


async def test_three_hosts_that_have_the_same_answers_judged_at_once_pay_one_judge(shared: Home) -> None:
    with shared.ended() as journey:
        wish = await to_be_judged(journey)
    for _ in shared.rounds():
        told = shared.at_once(wish, wish, wish)
        assert [one.get("judged_by") for (one,) in told] == ["model"] * 3, told
        with shared.journey() as journey:
            gates = [row for row in journey.bench.call("sessions.list")["sessions"] if ": gate" in row["title"]]
        assert [row["state"] for row in gates] == ["ended"], "its process is needed no more"
        shared.check(paid=2)


async def test_a_judge_whose_host_died_is_heard_by_the_next_one_and_not_paid_again(shared: Home) -> None:
    with shared.ended() as journey:
        wish = await to_be_judged(journey)
    assert shared.at_once({**wish, "speed": SLOWLY, "dies": True}) == [[]]
    ((found,),) = shared.at_once(wish)
    assert (found["judged_by"], found["per_question"][0]["verdict"]) == ("model", "needs_refinement")
    shared.check(paid=2)


async def test_a_judge_that_was_killed_at_work_may_be_followed_by_another(shared: Home) -> None:
    with shared.ended() as journey:
        wish = await to_be_judged(journey)
    assert shared.at_once({**wish, "speed": NEVER, "dies": True}) == [[]]
    with shared.ended():
        pass  # which ends all agents
    found = [shared.at_once(wish)[0][0]["judged_by"] for _ in range(2)]
    assert found == ["rules", "model"]
