"""What is told of a test of a skill: nothing before the vote, and then no more than was measured."""

from __future__ import annotations

import asyncio
import json

import pytest
from refined import SKILL
from trials import PROMPT, Trials, judged, through_commands

from workbench.errors import NoRecording, Refused
from workbench.workflows.recording.recordings import examples
from workbench.workflows.testing.report import remark
from workbench.workflows.testing.running import Running


async def test_before_the_vote_nothing_tells_which_answer_was_made_with_the_skill(trials: Trials) -> None:
    done = await trials.run(vote_first=True)
    told = await through_commands(trials, done)
    assert (told["status"], told["score"], told["wins"], told["cost"]) == ("voting", None, 0, None)
    (round_,) = told["rounds"]
    assert (round_["judgements"], round_["recommendations"]) == ([], [])
    for side in round_["sides"]:
        assert [side[key] for key in ("arm", "session", "run", "cost", "duration_ms", "tokens")] == [
            None, "", "", None, None, None,
        ]  # fmt: skip
    assert [side["text"] for side in round_["sides"]] == ["Said baseline it.", "Said with it."]
    voted = await trials.bench.acall("skill_test.vote", {"id": done.test.id, "round": 1, "vote": "a"})
    assert [side["arm"] for side in voted["rounds"][0]["sides"]] == ["baseline", "with"]
    assert (voted["status"], voted["wins"], voted["losses"]) == ("completed", 0, 1)  # the vote, not the comparison
    with pytest.raises(Refused, match="voted on this already"):
        await trials.bench.acall("skill_test.vote", {"id": done.test.id, "round": 1, "vote": "b"})


async def test_before_the_vote_no_list_and_no_other_word_tells_it_either(trials: Trials) -> None:
    trials.answer("baseline", 1, says="One.")
    trials.answer("with", 1, says="Two.")
    trials.answer("baseline", 2, says="Three.", slow=True)
    trials.answer("with", 2, says="Four.", slow=True)
    test, driving = await asyncio.to_thread(lambda: trials.begin(repeats=2))
    going = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    await trials.started(test, 2)
    told = await trials.bench.acall("skill_test.show", {"id": test.id})
    assert (told["status"], told["session"], told["total_cost"]) == ("running", "", None)
    assert [told[key] for key in ("wins", "losses", "ties", "score", "cost", "duration_s")] == [
        0,
        0,
        0,
        None,
        None,
        None,
    ]
    listed = (await trials.bench.acall("sessions.list"))["sessions"]
    assert sorted(each["title"] for each in listed) == [*["Test matching: an answer"] * 4, "Test matching: comparison"]
    assert {each["step"] for each in listed} == {"test"}
    for word in ("baseline", "with-skill", "without", "with it"):
        assert word not in json.dumps([told, listed])
    await trials.testing.stop(test)
    await going


async def test_while_one_agent_is_at_work_both_are_listed_and_what_the_other_one_cost_is_not_told(
    trials: Trials,
) -> None:
    trials.answer("with", 1, slow=True)
    test, driving = await asyncio.to_thread(trials.begin)
    assert (await trials.look(test)).status == "running"
    going = asyncio.ensure_future(Running(trials.testing, test, driving).run())
    baseline, with_skill = await trials.begun(test)
    await trials.ended(baseline)
    shown = await trials.look(test)
    assert [side.status for side in shown.rounds[0].sides] == ["completed", "running"]
    assert shown.total_cost is None
    await trials.at_work(with_skill)
    await trials.bench.pool.stop(*with_skill)
    await going


async def test_a_vote_needs_both_answers(trials: Trials) -> None:
    test, _ = await asyncio.to_thread(trials.begin)
    with pytest.raises(Refused, match="have to be there") as refused:
        await trials.bench.acall("skill_test.vote", {"id": test.id, "round": 1, "vote": "a"})
    assert refused.value.reason == "too_early"


async def test_repeats_show_the_difference_with_its_spread_its_cost_and_its_time(trials: Trials) -> None:
    for number, cost in ((1, 0.02), (2, 0.03), (3, 0.04)):
        trials.answer("with", number, cost=cost)
        way = "down" if number == 2 else "up"  # the second one is turned round
        trials.answer("judge", number, structured=judged(["Facts", way, "So."], ["Length", "same", "So."]))
    done = await trials.run(repeats=3, vote_first=False)
    assert (done.wins, done.losses, done.ties) == (3, 0, 0)
    told = await through_commands(trials, done)
    assert told["score"] == {"mean": "0.500", "low": None, "high": None, "n": 3}, (
        "what never varied says nothing of chance"
    )
    assert told["cost"] == {"mean": "0.020000", "low": "-0.004841", "high": "0.044841", "n": 3}


async def test_a_replayed_test_shows_its_texts_and_never_a_difference(trials: Trials) -> None:
    done = await trials.run(measured=False, repeats=5, vote_first=False)
    told = await through_commands(trials, done)
    assert len(told["rounds"]) == 1
    assert [side["text"] for side in told["rounds"][0]["sides"]] == ["Said baseline it.", "Said with it."]
    assert [told[key] for key in ("score", "cost", "duration_s", "wins", "losses", "ties")] == [
        None,
        None,
        None,
        0,
        0,
        0,
    ]
    assert {each["direction"] for each in told["rounds"][0]["judgements"]} == {None}
    assert told["replayed"]
    assert "no model was measured" in told["notice"]


async def test_a_replayed_test_of_a_skill_that_is_not_the_recorded_one_says_so(trials: Trials) -> None:
    (shown, *_) = examples()
    trials.bench.library.create(
        "other", {"SKILL.md": SKILL.replace("matching", "other").encode()}, run={"example": shown.name}
    )
    asked = {"skill": "other", "prompt": shown.prompts[0], "provider": "replay", "speed": 0}
    told = await trials.bench.acall("skill_test.run", asked)
    assert "no model was measured" in told["notice"]
    assert "Recorded example: SKILL.md" in told["notice"]
    over = await trials.bench.acall("skill_test.settle", {"id": told["id"]})
    assert (over["status"], over["notice"]) == ("voting", told["notice"])


async def test_a_prompt_that_was_not_recorded_is_refused_before_anything_is_made(trials: Trials) -> None:
    with pytest.raises(NoRecording):
        await trials.bench.acall("skill_test.run", {"skill": "matching", "prompt": PROMPT, "provider": "replay"})
    assert (await trials.bench.acall("skill_test.history", {"skill": "matching"}))["tests"] == []
    assert not (trials.bench.home.root / "workspaces" / "tests").exists()


async def test_the_history_tells_which_text_of_the_skill_was_tested(trials: Trials) -> None:
    first = await trials.run(vote_first=False)
    (trials.desk.folder / "SKILL.md").write_text(SKILL + "\nMore.\n")
    second = await trials.run(vote_first=False)
    tests = (await trials.bench.acall("skill_test.history", {"skill": "matching"}))["tests"]
    assert [each["id"] for each in tests] == [second.test.id, first.test.id]
    assert len({each["digest"] for each in tests}) == 2
    await trials.bench.acall("skills.rename", {"name": "matching", "new_name": "pairing"})
    tests = (await trials.bench.acall("skill_test.history", {"skill": "pairing"}))["tests"]
    assert [each["skill"] for each in tests] == ["pairing", "pairing"]


async def test_refine_opens_prefilled_with_prompt_answers_and_remark(trials: Trials) -> None:
    done = await trials.run(vote_first=False)
    told = await trials.bench.acall("skill_test.refine_from", {"id": done.test.id})
    assert told["skill"] == "matching"
    for text in (PROMPT, "Said with it.", "Said baseline it.", "- better, Facts: The second", "- Name the year."):
        assert text in told["message"]
    first, second = "First answer (without the skill):\n\nSaid baseline", "Second answer (with the skill):\n\nSaid with"
    assert told["message"].index(first) < told["message"].index(second), "in the order in which they were compared"
    assert remark(done) == told["message"]


async def test_what_has_no_price_is_said_beside_the_sum(trials: Trials) -> None:
    done = await trials.run()
    assert done.notice == ""
    trials.bench.database.write(lambda c: c.execute("update agent_runs set cost = null where purpose = 'judge'"))
    told = await trials.look(done.test)
    assert told.notice == "A part of it has no known price: it has cost more than is said."
    assert told.total_cost is not None
