"""What a step leaves: outputs that are wrong, files that are gone, and answers that come meanwhile."""

from __future__ import annotations

import json

import pytest
from journey import Journey, files, question, refinements, research

from workbench.errors import Refused
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.steps.turning import Driving


async def test_an_output_that_is_wrong_is_asked_for_once_more(journey: Journey) -> None:
    journey.make()
    wrong = research(question("Tolerance", choices=1))
    ran = await journey.run(journey.turns(research__main=wrong, research__repair=research()))
    assert ran.look.now.steps[0].shown == "completed"
    assert ran.look.now.steps[0].attempt == 2
    assert ran.look.spent["research"].tokens == 30, "the repair counts to its step"


async def test_an_output_that_stays_wrong_says_where_and_can_be_mended_by_hand(journey: Journey) -> None:
    journey.make()
    wrong = research(question("Tolerance", choices=1))
    ran = await journey.run(journey.turns(research__main=wrong, research__repair=wrong))
    assert ran.failure is not None
    assert ran.failure.facts["what"] == "mend"
    step = journey.state()["steps"][0]
    assert step["error"]["facts"]["problems"] == ["sections[0].questions[0].choices: 1 given, 2 to 4 needed"]
    assert step["actions"] == ["ask_again", "edit_output", "reset"]
    with pytest.raises(InvalidOutput):
        journey.call("workflow.submit_output", step="research", text=step["error"]["facts"]["raw"])
    done = journey.call("workflow.submit_output", step="research", text=json.dumps(research()))
    assert done["steps"][0]["status"] == "completed"


async def test_what_the_last_step_leaves_out_is_named(journey: Journey) -> None:
    journey.make("quick-skill")
    wrong = {"SKILL.md": (None, "# Matching\n")}
    ran = await journey.run(journey.turns(draft__main=wrong, draft__repair={}))
    error = ran.look.now.steps[0].error
    assert error is not None
    assert any("context/evaluations.md" in each for each in error["facts"]["problems"])
    assert not (journey.folder / "SKILL.md").exists()


async def test_files_are_mended_in_the_folder_in_which_they_were_written(journey: Journey) -> None:
    journey.make("quick-skill")
    rest = {path: each for path, each in files().items() if path != "SKILL.md"}
    first = {"SKILL.md": files()["SKILL.md"]}
    ran = await journey.run(journey.turns(draft__main=first, draft__repair=rest))
    assert (ran.reason, ran.look.now.steps[0].attempt) == ("completed", 2)
    assert (journey.folder / "SKILL.md").read_text() == first["SKILL.md"][1]


async def test_answers_that_were_typed_while_refinements_were_made_stay(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.call("workflow.autofill_clarifications")
    await journey.gate()
    driving = journey.driving(refinements("Q1"), asks=True)
    await journey.bench.engine.start("demo", driving=driving)
    await journey.waits("question")
    rev = journey.state()["revs"]["Q2"]
    journey.answer("Q2", rev, text="It is typed while the agent runs, at length.")
    await journey.say_yes()
    await journey.over("detail")
    questions = journey.read("context/clarifications.json")["sections"][0]["questions"]
    assert questions[1]["answer_text"] == "It is typed while the agent runs, at length."
    assert questions[0]["refinements"][0]["id"] == "R1.1"


async def test_a_repair_is_made_for_the_page_that_holds_the_skill(journey: Journey) -> None:
    journey.make()
    journey.bench.call("skills.lock", name="demo", instance="page")
    driving = journey.turns(research__main=research(question("Tolerance", choices=1)), research__repair=research())
    with pytest.raises(Refused, match="another instance"):
        await journey.bench.engine.start("demo", driving=driving)
    await journey.bench.engine.start("demo", driving=driving, instance="page")
    assert (await journey.over("research")).shown == "completed"


async def test_a_run_starts_a_step_anew_that_had_failed_before_and_one_that_fails_in_it_waits(journey: Journey) -> None:
    journey.make()
    failed = {
        "type": "error",
        "kind": "not_logged_in",
        "message": "Not logged in.",
        "remedy": "Set a key.",
        "facts": {},
    }
    broken = Driving("replay", options=journey.driving(research(), events=[failed]).options)
    for attempt in (1, 2):
        ran = await journey.run(broken)
        assert ran.failure is not None
        assert (ran.failure.facts["what"], ran.look.now.steps[0].attempt) == ("mend", attempt)
    ran = await journey.run(journey.driving(research()))
    assert (ran.look.now.steps[0].shown, ran.look.now.steps[0].attempt) == ("completed", 3)


async def test_a_run_asks_again_for_an_output_that_had_stayed_wrong_before(journey: Journey) -> None:
    journey.make()
    wrong = research(question("Tolerance", choices=1))
    await journey.run(journey.turns(research__main=wrong, research__repair=wrong))
    ran = await journey.run(journey.turns(research__repair=research()))
    assert ran.look.now.steps[0].shown == "completed"


async def test_a_step_whose_files_are_gone_says_so(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    (journey.folder / "SKILL.md").unlink()
    step = journey.state()["steps"][0]
    assert (step["status"], step["error"]["facts"]["reason"]) == ("error", "files_gone")


async def test_the_second_of_two_pages_that_answer_one_question_is_shown_both(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    assert journey.answer("Q1", choice="A")["rev"] == 1
    assert journey.answer("Q2", choice="A")["rev"] == 1, "another question is no conflict"
    with pytest.raises(Refused) as refused:
        journey.answer("Q1", 0, edit="other page", choice="B")
    assert refused.value.facts["theirs"] == ["A", "Tolerance by way number 1"]
    assert refused.value.facts["yours"] == ["B", "Tolerance by way number 2"]
    assert journey.answer("Q1", 0, edit="Q1-0", choice="A")["rev"] == 1, "the same edit again is harmless"
    assert journey.answer("Q1", 0, edit="third page", choice="A")["rev"] == 1, "and so is the same answer"


async def test_a_file_that_was_edited_by_hand_wins_and_what_was_saved_lies_beside_it(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.answer("Q1", choice="A")
    path = journey.folder / "context" / "clarifications.json"
    document = json.loads(path.read_text())
    document["sections"][0]["questions"][0] |= {"answer_choice": None, "answer_text": "By hand, and at some length."}
    path.write_text(json.dumps(document))
    with pytest.raises(Refused, match="has been changed"):
        journey.answer("Q1", 1, edit="late", choice="B")
    assert (
        journey.state()["clarifications"]["sections"][0]["questions"][0]["answer_text"]
        == "By hand, and at some length."
    )
    kept = json.loads((path.parent / "clarifications.saved-2.json").read_text())
    assert kept["sections"][0]["questions"][0]["answer_choice"] == "A"


async def test_a_file_that_cannot_be_read_loses_no_answer(journey: Journey) -> None:
    journey.make()
    await journey.step(research())
    journey.answer("Q1", choice="A")
    path = journey.folder / "context" / "clarifications.json"
    path.write_text("{")
    assert journey.state()["steps"][0]["status"] == "error"
    with pytest.raises(Refused):
        journey.answer("Q2", choice="A")
    assert path.read_text() == "{"
