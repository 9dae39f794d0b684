"""Refining: a conversation about a skill, its commands, and when there is none."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from refined import SKILL, Bench

from workbench.agents import process
from workbench.app import Workbench
from workbench.errors import InvalidRequest, NoRecording, NotFound, Refused
from workbench.paths import Home
from workbench.workflows.refining.driving import Driving

REPLAY = Driving("replay")


async def test_content_start_send_close_and_diff_work_at_any_time(skill: Bench) -> None:
    content = await skill.acall("refine.content", skill="matching")
    assert [file["path"] for file in content["files"]] == ["SKILL.md", "references/rules.md"]
    assert (content["session"], content["refusal"]) == (None, None)
    assert (await skill.acall("refine.diff", skill="matching"))["files"] == []
    started = await skill.acall("refine.start", skill="matching", provider="replay")
    sent = await skill.send("Go on.", skill.recordings.turn({"SKILL.md": (SKILL, SKILL + "\nMore.\n")}, asks=True))
    assert sent.session == started["session"]
    assert (await skill.acall("refine.diff", skill="matching"))["files"] == []  # the agent waits for a person
    content = await skill.acall("refine.content", skill="matching")
    assert (content["session"], content["run"]) == (sent.session, sent.run)
    assert (await skill.acall("refine.close", skill="matching"))["closed"]
    assert not (await skill.acall("refine.close", skill="matching"))["closed"]


async def test_start_gives_the_session_and_no_process_is_started_before_the_first_message(skill: Bench) -> None:
    started = await skill.acall("refine.start", skill="matching", provider="replay")
    assert not process.alive(skill.bench.home.session(started["session"]))
    sent = await skill.send("Go on.")
    assert sent.session == started["session"]
    assert (await skill.refining.settle("matching", sent.run)).turn.status == "completed"


async def test_a_skill_has_one_live_session_whoever_asks_for_it(skill: Bench, home: Home) -> None:
    with Workbench.open(home) as other:
        first, second = await asyncio.gather(
            skill.acall("refine.start", skill="matching", provider="replay"),
            other.acall("refine.start", {"skill": "matching", "provider": "replay"}),
        )
    assert first["session"] == second["session"]
    assert {first["resumed"], second["resumed"]} == {True, False}


async def test_a_skill_without_a_skill_md_cannot_be_refined(skill: Bench) -> None:
    (skill.folder / "SKILL.md").unlink()
    with pytest.raises(NotFound, match=r"has no SKILL\.md"):
        await skill.refining.start("matching", REPLAY)
    assert "SKILL.md" in (await skill.acall("refine.content", skill="matching"))["refusal"]


async def test_after_400_turns_the_session_is_exhausted_until_the_skill_is_selected_again(skill: Bench) -> None:
    first = await skill.say("Go on.", skill.recordings.turn(turns=399))
    assert skill.told(first.turn.session)["maxTurns"] == 100
    last = await skill.say("And on.", skill.recordings.turn(turns=1))
    assert skill.told(last.turn.session)["maxTurns"] == 1
    with pytest.raises(Refused, match="has had its 400 turns") as refused:
        await skill.refining.send("matching", "And on.", REPLAY)
    assert refused.value.reason == "session_exhausted"
    again = await skill.refining.start("matching", REPLAY)
    assert (again.session != first.turn.session, again.resumed, again.turns) == (True, False, 0)


async def test_two_messages_at_once_are_one_turn_and_a_refusal(skill: Bench) -> None:
    await skill.send("Go on.", skill.recordings.turn(asks=True))
    with pytest.raises(Refused, match="is at work") as refused:
        await skill.send("And this.")
    assert refused.value.reason == "busy"


async def test_what_a_turn_cost_is_booked_as_refining_and_carries_the_skill(skill: Bench) -> None:
    turn = (await skill.edit("the number", "the numbers")).turn
    row = skill.bench.database.read(
        lambda connection: connection.execute(
            "select purpose, step, skill, provider, replay from agent_runs where run = ?", (turn.run,)
        ).fetchone()
    )
    assert row == ("refine", "refine", "matching", "replay", 1)
    [step] = (await skill.acall("usage.by_step"))["steps"]
    assert (step["step"], step["runs"]) == ("refine", 1)
    assert (await skill.acall("refine.content", skill="matching"))["cost"] == "0.01"


async def test_what_is_said_of_a_skill_that_is_no_example_has_no_recording(skill: Bench) -> None:
    with pytest.raises(NoRecording, match="this skill is none of them"):
        await skill.acall("refine.send", skill="matching", message="Make it shorter.", provider="replay")
    assert (await skill.acall("refine.content", skill="matching"))["run"] is None


async def test_the_thinking_budget_is_16000_tokens_where_nothing_else_is_chosen(skill: Bench) -> None:
    assert skill.told((await skill.say("Go on.")).turn.session)["thinking"] == 16_000


@pytest.mark.parametrize("message", ["In @nowhere.md", "/fix it", "In @../other/SKILL.md", "In @context/intake.json"])
async def test_a_message_out_of_scope_is_refused_before_anything_is_paid(skill: Bench, message: str) -> None:
    with pytest.raises(InvalidRequest):
        await skill.send(message)
    assert (await skill.acall("refine.content", skill="matching"))["run"] is None


async def test_rewrite_keeps_what_is_known_then_validates(skill: Bench) -> None:
    report = {"validation_log": "note: fine", "test_report": "5 of 5", "companions": []}
    new = SKILL.replace("Compare the number.", "Compare numbers.")
    result = await skill.say("/rewrite", skill.recordings.turn({"SKILL.md": (SKILL, new)}, structured=report))
    told = skill.told(result.turn.session)
    assert "This list is what must survive." in told["prompt"]
    assert (told["writes"], told["outputSchema"]["type"]) == ([str(skill.folder)], "object")
    assert result.validation is not None
    assert result.validation.test_report == "5 of 5"
    assert result.turn.changed == ["SKILL.md"]


async def test_rewrite_with_a_file_rewrites_that_file_only(skill: Bench) -> None:
    rules = skill.read("references/rules.md")
    edits = {"references/rules.md": (rules, "# Rules\n"), "SKILL.md": (SKILL, "Gone.\n")}
    result = await skill.say("/rewrite @references/rules.md", skill.recordings.turn(edits))
    assert (result.turn.changed, skill.read()) == (["references/rules.md"], SKILL)


async def test_validate_changes_nothing_and_returns_three_texts(skill: Bench) -> None:
    companion = {
        "slug": "orders",
        "type": "source",
        "dimension": "orders in the ERP",
        "score": 4,
        "priority": "high",
        "reason": "Most requests need the order.",
        "trigger": "Find the order of this invoice.",
    }
    report = {
        "validation_log": "- warning SKILL.md: no exception for credit notes",
        "test_report": "1. pass",
        "companions": [companion, {"slug": "half"}],
    }
    result = await skill.say("/validate", skill.recordings.turn(structured=report))
    assert skill.told(result.turn.session)["writes"] == []
    told = await skill.acall("refine.settle", skill="matching", run=result.turn.run)
    assert told["validation"] == {**report, "companions": [companion]}
    assert told["changed"] == []


async def test_a_check_that_answers_in_words_is_its_own_log(skill: Bench) -> None:
    result = await skill.say("/validate", skill.recordings.turn(says="All is well."))
    assert result.validation is not None
    assert (result.validation.validation_log, result.validation.companions) == ("All is well.", [])


async def test_a_check_cannot_write(skill: Bench) -> None:
    result = await skill.say("/validate", skill.recordings.turn({"SKILL.md": (SKILL, "Gone.\n")}))
    assert (result.turn.status, skill.read()) == ("error", SKILL)


@pytest.mark.parametrize(
    ("file", "metadata", "said_"),
    [
        ("clarifications.json", {"scope_recommendation": True, "scope_reason": "Too broad."}, "Too broad."),
        ("decisions.json", {"decision_count": 2, "contradictory_inputs": True}, "contradict each other"),
    ],
)
async def test_refining_is_blocked_while_scope_or_a_contradiction_is_open(
    skill: Bench, file: str, metadata: dict[str, Any], said_: str
) -> None:
    started = await skill.acall("refine.start", skill="matching", provider="replay")
    (skill.folder / "context").mkdir()
    (skill.folder / "context" / file).write_text(json.dumps({"metadata": metadata}))
    with pytest.raises(Refused, match=said_) as refused:
        await skill.refining.send("matching", "Go on.", REPLAY)
    assert refused.value.reason == "blocked"
    with pytest.raises(Refused, match=said_):
        await skill.refining.start("matching", REPLAY)
    content = await skill.acall("refine.content", skill="matching")
    assert said_ in content["refusal"]
    assert content["session"] == started["session"]


async def test_a_revised_contradiction_blocks_nothing(skill: Bench) -> None:
    (skill.folder / "context").mkdir()
    metadata = {"decision_count": 2, "contradictory_inputs": "revised"}
    (skill.folder / "context" / "decisions.json").write_text(json.dumps({"metadata": metadata}))
    assert (await skill.say("Go on.")).turn.status == "completed"


async def test_another_instance_that_edits_the_skill_keeps_it_from_being_refined(skill: Bench, home: Home) -> None:
    with Workbench.open(home) as other:
        other.library.locks.acquire("matching", "their-page")
        for work in (skill.refining.start("matching", REPLAY), skill.refining.decide("matching", accept=True)):
            with pytest.raises(Refused) as refused:
                await work
            assert refused.value.reason == "locked"
