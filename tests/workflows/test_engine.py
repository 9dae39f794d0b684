"""The engine: a skill is built step by step, each step's turn completed by whoever is there when it is over."""

from __future__ import annotations

import subprocess
import zipfile

import pytest
from journey import Journey, decided, files, judged, refinements, research

from workbench.errors import NoRecording, Refused, UnknownProvider


def commits(journey: Journey) -> list[str]:
    said = subprocess.run(
        ["git", "log", "--format=%s"], cwd=journey.root, capture_output=True, text=True, check=True
    ).stdout
    return said.splitlines()


async def test_a_skill_is_built_in_four_steps_with_two_gates(journey: Journey) -> None:
    journey.make()
    row = await journey.step(research())
    assert (row.shown, row.attempt) == ("completed", 1)
    assert journey.state()["next"] == "answer"

    for name in ("Q1", "Q2"):
        journey.answer(name, choice="A")
    assert journey.state()["next"] == "gate"
    await journey.gate(Q1="needs_refinement", Q2="clear")
    assert (await journey.step(refinements("Q1", "Q2"))).shown == "completed"
    assert [
        each["id"] for each in journey.read("context/clarifications.json")["sections"][0]["questions"][0]["refinements"]
    ] == ["R1.1"]

    assert journey.call("workflow.autofill_refinements")["question_ids"] == ["R1.1", "R2.1"]
    assert journey.call("workflow.autofill_clarifications")["question_ids"] == ["Q3"]
    await journey.gate()
    assert (await journey.step(decided())).shown == "completed"

    assert journey.state()["next"] == "decide"
    for name in ("D1", "D2"):
        journey.call("workflow.decide", decision_id=name, base_rev=0, edit_id=name)
    assert (await journey.step(edits=files())).shown == "completed"

    state = journey.state()
    assert (state["status"], state["next"]) == ("completed", "done")
    assert [each["status"] for each in state["steps"]] == ["completed"] * 4
    assert (journey.folder / "references" / "rules.md").is_file()
    assert commits(journey) == [
        "demo: step 3 completed",
        "demo: step 2 completed",
        "demo: step 1 completed",
        "demo: step 0 completed",
        "demo: created",
    ]
    assert [step["cost"] for step in state["steps"]] == ["0.02", "0.02", "0.01", "0.01"]
    assert (state["cost"], state["replayed_cost"]) == ("0", "0.06")


async def test_a_run_with_autofill_goes_from_nothing_to_the_skill(journey: Journey) -> None:
    journey.make()
    driving = journey.turns(
        research__main=research(),
        research__gate=judged(),
        detail__main=refinements("Q1"),
        detail__gate=judged(),
        decisions__main=decided(),
        generate__main=files(),
    )
    ran = await journey.run(driving, autofill=True)
    assert (ran.reason, ran.failure) == ("completed", None)
    assert [row.shown for row in ran.look.now.steps] == ["completed"] * 4


async def test_a_run_without_autofill_stops_where_a_person_is_needed(journey: Journey) -> None:
    journey.make()
    ran = await journey.run(journey.turns(research__main=research()))
    assert (ran.reason, ran.failure and ran.failure.kind) == ("needs_person", "needs_person")
    assert ran.failure is not None
    assert ran.failure.facts["what"] == "answer"


async def test_a_run_stops_behind_the_step_that_was_named(journey: Journey) -> None:
    journey.make()
    ran = await journey.run(journey.turns(research__main=research()), until=0)
    assert ran.reason == "until"


async def test_a_contradiction_is_not_passed_by_a_run(journey: Journey) -> None:
    journey.make()
    against = {"question_id": "Q1", "verdict": "contradictory", "reason": "Q2 says otherwise.", "contradicts": "Q2"}
    gate = {"reasoning": "Two answers clash.", "per_question": [against]}
    ran = await journey.run(journey.turns(research__main=research(), research__gate=gate), autofill=True)
    assert ran.failure is not None
    assert ran.failure.facts["what"] == "gate"
    assert [each.status for each in ran.look.now.steps] == ["completed", "pending", "pending", "pending"]
    with pytest.raises(Refused, match="Two answers clash"):
        journey.call("workflow.log_gate_decision", decision="continue")


async def test_decisions_that_contradict_each_other_wait_for_a_person(journey: Journey) -> None:
    journey.make()
    driving = journey.turns(
        research__main=research(),
        research__gate=judged(),
        detail__main=refinements(),
        decisions__main=decided("Daily and weekly cannot both be."),
    )
    ran = await journey.run(driving, autofill=True)
    assert ran.failure is not None
    assert ran.failure.facts["what"] == "decide"
    state = journey.state()
    assert (state["disabled"], state["steps"][3]["may_start"]) == ([3], False)
    for name in ("D1", "D2"):
        journey.call("workflow.decide", decision_id=name, base_rev=0, edit_id=name)
    journey.call("workflow.decide", decision_id="D4", base_rev=0, edit_id="D4", decision="Weekly.")
    assert journey.read("context/decisions.json")["metadata"]["contradictory_inputs"] == "revised"
    assert journey.state()["next"] == "run"


async def test_no_second_gate_is_paid_when_the_answers_are_the_same(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")
    await journey.gate()
    await journey.step(refinements())
    assert journey.state()["next_step"] == "decisions"


async def test_skip_completes_the_second_step_without_an_agent(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")
    logged = await journey.gate("skip")
    assert logged["next_step"] == "decisions"
    skipped = journey.state()["steps"][1]
    assert (skipped["status"], skipped["skipped"], skipped["session"], skipped["cost"]) == (
        "completed",
        True,
        None,
        None,
    )


async def test_a_skill_of_ones_own_has_no_recording_and_leaves_no_session(journey: Journey) -> None:
    journey.make()
    with pytest.raises(NoRecording, match="this skill is none of them"):
        journey.call("workflow.run_step", provider="replay")
    assert journey.bench.call("sessions.list")["sessions"] == []
    assert journey.state()["next"] == "run"


async def test_a_provider_that_nobody_knows_is_told_and_leaves_no_session(journey: Journey) -> None:
    journey.make()
    with pytest.raises(UnknownProvider, match="no provider named"):
        journey.call("workflow.run_step", provider="codex")
    assert journey.bench.call("sessions.list")["sessions"] == []
    assert journey.state()["next"] == "run"


async def test_a_step_is_not_started_while_one_before_it_is_in_error(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")
    await journey.gate()
    (journey.folder / "context" / "clarifications.json").write_text("{")
    with pytest.raises(Refused, match="has stopped"):
        await journey.bench.engine.start("demo", "detail", driving=journey.driving(refinements()))


async def test_a_step_is_not_started_when_one_before_it_is_reset_at_that_moment(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")
    await journey.gate()
    engine = journey.bench.engine
    look = journey.look()
    prepared = engine.preparing.step(look, 1, journey.driving(refinements()))
    journey.call("workflow.reset", step=0)
    with pytest.raises(Refused, match="reset meanwhile"):
        await engine.starting.begin(look, prepared)
    assert len(journey.bench.call("usage.recent_runs")["runs"]) == 2
    titles = [each["title"] for each in journey.bench.call("sessions.list")["sessions"]]
    assert not [title for title in titles if "Detail" in title], "and leaves no session"


async def test_a_reset_takes_what_it_has_shown_and_no_more(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    plan = journey.call("workflow.preview_reset", step=0)
    shown = sorted(each["path"] for step in plan["steps"] for each in step["files"])
    done = journey.call("workflow.reset", step=0)
    assert sorted(done["removed"]) == shown == ["SKILL.md", "context/evaluations.md", "references/rules.md"]
    assert (done["state"]["status"], done["state"]["next_step"]) == ("pending", "draft")
    assert (journey.folder / "context" / "intake.json").is_file()


async def test_a_price_is_told_before_anything_is_paid(journey: Journey) -> None:
    journey.make()
    free = journey.call("workflow.estimate", provider="replay")
    assert (free["basis"], free["low"], free["high"]) == ("free", "0", "0")
    priced = journey.call("workflow.estimate", provider="claude", model="claude-haiku-4-5", what="run")
    assert priced["basis"] == "prompt"
    assert 0 < float(priced["low"]) < float(priced["high"])
    unknown = journey.call("workflow.estimate", provider="claude", model="nobody-knows-it")
    assert (unknown["low"], unknown["text"]) == (
        None,
        "What it will cost is not known: there is no price of the model.",
    )


async def test_a_built_skill_is_packed_and_used(journey: Journey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(journey.root.parent / "person"))
    (journey.root.parent / "person" / ".claude").mkdir(parents=True)
    journey.make("quick-skill")
    await journey.step(edits=files())
    packed = journey.call("workflow.package")
    with zipfile.ZipFile(packed["path"]) as archive:
        assert not [name for name in archive.namelist() if "context/" in name or "evals/" in name]
    assert journey.state()["package"] == packed["path"]
    used = journey.call("workflow.use_now")
    assert used["cell"] == "%%agent --skill demo\n"
    assert [each.endswith(".claude/skills/demo") for each in used["installed"]] == [True]
