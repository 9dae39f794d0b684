"""The gate, autofill, disabled steps and the intake of a skill that is really being built: A3.33, A3.36 to A3.41."""

from __future__ import annotations

import json
from typing import Any

import pytest
from journey import Journey, decided, files, judged, refinements, research

from workbench.errors import Refused
from workbench.paths import Home
from workbench.settings import Settings
from workbench.workflows.definition import definitions
from workbench.workflows.definition.prompting import portable, prompt_of
from workbench.workflows.documents.drafts import GateDraft
from workbench.workflows.gate import claims
from workbench.workflows.gate.asking import Judge
from workbench.workflows.steps.turning import Driving, gate_params, model_of

GOOD = "Every difference above ten euros is approved by finance"


async def researched(journey: Journey, **answers: str) -> None:
    """The first step is done, and these questions are answered in words."""
    journey.make()
    await journey.step(research())
    for name, text in answers.items():
        journey.answer(name, text=text)


async def judge(journey: Journey, said: Any = None, **turn: Any) -> Any:
    return await journey.bench.engine.judge("demo", driving=journey.driving(said, **turn))


def against(name: str, other: str) -> dict[str, Any]:
    said = {"question_id": name, "verdict": "contradictory", "reason": f"{other} says otherwise.", "contradicts": other}
    return {"reasoning": "Two answers clash.", "per_question": [said]}


def choices(journey: Journey) -> list[str]:
    return list(journey.state()["gate"]["choices"])


def log(journey: Journey) -> list[tuple[Any, ...]]:
    asked = "select step, verdict, dialog, decision from workflow_gate_log order by id"
    return journey.bench.database.read(lambda connection: list(connection.execute(asked)))


def test_a_gate_follows_each_of_the_first_two_steps_with_the_cheapest_model_and_cannot_write(home: Home) -> None:
    pinned = definitions.find(home, "skill-builder")
    gates = [step.gate_after for step in pinned.workflow.steps]
    assert [gate is not None for gate in gates] == [True, True, False, False]
    for gate in filter(None, gates):
        assert model_of(gate.model, "claude", Driving(), Settings()) == "haiku"
        params = gate_params(prompt_of(pinned, gate, data={}), Settings())
        assert (params["writes"], params["allowedTools"], params["outputSchema"]) == ([], [], portable(GateDraft))


async def test_a_judge_that_fails_leaves_what_counting_says_and_the_workflow_goes_on(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    found = await judge(journey, {"nonsense": True})
    assert (found.judged_by, found.verdict) == ("rules", "sufficient")
    gate = journey.state()["gate"]
    assert (gate["dialog"], gate["choices"]) == ("unavailable", ["answer", "continue"])
    assert journey.call("workflow.log_gate_decision", decision="continue")["next_step"] == "detail"
    assert log(journey) == [("research", "unavailable", "unavailable", "continue")]
    assert journey.state()["steps"][1]["may_start"]


async def test_a_contradiction_is_not_passed_when_the_judge_fails_on_the_same_answers(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    await judge(journey, against("Q1", "Q2"))
    await judge(journey, {"nonsense": True})
    assert choices(journey) == ["answer"]
    with pytest.raises(Refused, match="not possible here"):
        journey.call("workflow.log_gate_decision", decision="continue")
    journey.answer("Q2", rev=1, text="They are all approved by the board itself")
    await judge(journey, judged())
    assert choices(journey) == ["answer", "continue", "skip"]


async def test_a_gate_that_is_passed_pays_no_judge(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    journey.call("workflow.evaluate_answers", rules_only=True)
    journey.call("workflow.log_gate_decision", decision="continue")
    with pytest.raises(Refused, match="chosen to go on"):
        await judge(journey, judged())
    assert [each["purpose"] for each in journey.bench.call("usage.recent_runs")["runs"]] == ["step"]


async def test_who_chooses_to_answer_after_all_has_closed_the_gate_again(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    await journey.gate("continue")
    journey.call("workflow.log_gate_decision", decision="answer")
    assert (journey.state()["next"], journey.state()["steps"][1]["may_start"]) == ("gate", False)


async def test_a_judge_that_takes_too_long_is_stopped_with_its_process_and_another_may_be_asked(
    journey: Journey,
) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    engine, look = journey.bench.engine, journey.look()
    assert look.gate is not None
    options = {**journey.driving(judged()).options, "speed": 0.0001}
    prepared = engine.preparing.gate(look, 0, "[]", Driving("replay", options=options))
    judge = Judge(journey.bench.library, engine.preparing, lambda: journey.bench.pool, minutes=0.02)
    assert await judge.ask(look, look.gate, prepared) is None
    run = journey.bench.call("usage.recent_runs")["runs"][0]
    assert (run["purpose"], run["status"]) == ("gate", "aborted")
    states = {row["title"]: row["state"] for row in journey.bench.call("sessions.list")["sessions"]}
    assert states["demo: gate 1"] == "ended"
    assert journey.bench.database.read(lambda c: claims.find(c, look.skill.id, "research", look.gate.digest)) is None


async def test_after_a_reset_the_same_questions_wait_for_answers_and_the_same_answers_for_a_choice(
    journey: Journey,
) -> None:
    await researched(journey)
    journey.call("workflow.evaluate_answers", rules_only=True)
    journey.call("workflow.autofill_clarifications")
    await journey.gate("continue")
    assert journey.state()["next"] == "run"
    journey.call("workflow.reset", step=0)
    await journey.step(research())
    assert journey.state()["next"] == "answer"
    journey.call("workflow.autofill_clarifications")
    assert (journey.state()["next"], journey.state()["gate"]["evaluation"]["judged_by"]) == ("gate", "model")


async def test_a_choice_that_was_made_while_two_judges_were_asked_does_not_pass_a_contradiction(
    journey: Journey,
) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    before = journey.look()
    await judge(journey, {"nonsense": True})
    journey.call("workflow.log_gate_decision", decision="continue")
    await journey.bench.engine.gates.judge(before, None, journey.driving(against("Q1", "Q2")))
    assert (journey.state()["next"], choices(journey)) == ("gate", ["answer"])


async def test_what_a_person_chooses_is_recorded_with_the_verdict(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2="TBD")
    await judge(journey, judged(Q1="needs_refinement"))
    journey.call("workflow.log_gate_decision", decision="answer")
    journey.call("workflow.log_gate_decision", decision="continue")
    assert log(journey) == [
        ("research", "insufficient", "unanswered", "answer"),
        ("research", "insufficient", "unanswered", "continue"),
    ]


async def test_an_answer_that_changes_after_the_judgement_makes_it_stale(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    await judge(journey, judged())
    journey.answer("Q1", rev=1, text="Every difference above twenty euros is approved by finance")
    assert journey.state()["gate"]["stale"]
    with pytest.raises(Refused, match="not been judged"):
        journey.call("workflow.log_gate_decision", decision="continue")


async def test_the_reasons_stand_beside_the_questions_in_the_document(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2="TBD")
    await judge(journey, judged(Q1="needs_refinement"))
    notes = journey.read("context/clarifications.json")["answer_evaluator_notes"]
    assert [(note["question_id"], note["type"]) for note in notes] == [
        ("Q1", "needs_refinement"), ("Q2", "vague"), ("Q3", "not_answered"),
    ]  # fmt: skip


async def test_both_autofills_return_the_number_filled_and_keep_to_their_own(journey: Journey) -> None:
    await researched(journey, Q1=GOOD)
    assert journey.call("workflow.autofill_refinements")["filled"] == 0
    assert journey.call("workflow.autofill_clarifications") == {"filled": 2, "question_ids": ["Q2", "Q3"]}
    await journey.gate(Q1="needs_refinement")
    await journey.step(refinements("Q1", "Q3"))
    assert journey.call("workflow.autofill_clarifications")["filled"] == 0
    assert journey.call("workflow.autofill_refinements") == {"filled": 2, "question_ids": ["R1.1", "R3.1"]}


async def test_disabled_steps_are_read_from_disk_each_time_and_broken_files_disable_nothing(journey: Journey) -> None:
    await researched(journey)
    path = journey.folder / "context" / "clarifications.json"
    whole = path.read_text()
    raw = json.loads(whole)
    raw["metadata"] |= {"scope_recommendation": True, "scope_reason": "It is three skills."}
    path.write_text(json.dumps(raw))
    assert journey.call("workflow.disabled_steps") == {"disabled": [1, 2, 3], "reason": "It is three skills."}
    path.write_text(whole[:100])
    assert journey.call("workflow.disabled_steps")["disabled"] == []


async def test_a_scope_that_is_too_wide_disables_the_rest_until_the_first_step_is_reset(journey: Journey) -> None:
    journey.make()
    code = {"code": "scope_guard_triggered", "message": "These are three skills."}
    await journey.step(research(warning=code))
    state = journey.state()
    assert (state["disabled"], state["gate"], state["next"]) == ([1, 2, 3], None, "mend")
    assert "three skills" in state["steps"][1]["refusal"]
    journey.call("workflow.reset", step=0)
    assert (journey.state()["disabled"], journey.state()["next"]) == ([], "run")


async def test_a_reset_of_the_second_step_keeps_questions_and_refinements_byte_for_byte(journey: Journey) -> None:
    await researched(journey, Q1=GOOD, Q2=GOOD, Q3=GOOD)
    await journey.gate(Q1="needs_refinement")
    await journey.step(refinements("Q1", "Q2"))
    journey.answer("R1.1", text="The limit is always the lower one")
    path = journey.folder / "context" / "clarifications.json"
    before = path.read_bytes()
    journey.call("workflow.reset", step=1)
    assert path.read_bytes() == before
    found = await judge(journey, judged(Q1="needs_refinement"))
    assert [each.question_id for each in found.per_question] == ["Q1", "R1.1", "Q2", "Q3"]
    journey.call("workflow.log_gate_decision", decision="continue")
    await journey.step(refinements("Q2"))
    questions = journey.read("context/clarifications.json")["sections"][0]["questions"]
    assert [[each["id"] for each in question["refinements"]] for question in questions] == [["R1.1"], ["R2.2"], []]


async def test_what_a_person_says_while_it_researches_becomes_scenarios_with_their_own_requests_first(
    journey: Journey,
) -> None:
    journey.make()
    said = {"serves": ["Match tonight's invoices"], "refuses": ["Pay them"], "good": "- names both values"}
    journey.call("workflow.save_intake", interview=said)
    turns = journey.turns(
        research__main=research(), research__gate=judged(), detail__main=refinements(), decisions__main=decided(),
        generate__main=files(),
    )  # fmt: skip
    assert (await journey.run(turns, autofill=True)).reason == "completed"
    evals = journey.read("evals/evals.json")["evals"]
    assert (evals[0]["prompt"], evals[0]["expectations"]) == ("Match tonight's invoices", ["names both values"])
    assert evals[-1]["prompt"] == "Pay them"
    assert len(evals) == 5
