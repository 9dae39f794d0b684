"""Workflows whose rows and files have drifted apart, and what reconciling makes of them: A3.44, corners 29 and 34."""

from __future__ import annotations

from journey import Journey, decided, files, judged, refinements, research


async def built(journey: Journey) -> None:
    journey.make()
    turns = journey.turns(
        research__main=research(), research__gate=judged(), detail__main=refinements(), decisions__main=decided(),
        generate__main=files(),
    )  # fmt: skip
    await journey.run(turns, autofill=True)


def standing(journey: Journey) -> tuple[str, list[str]]:
    state = journey.state()
    return state["next"], [step["status"] for step in state["steps"]]


def reconciled(journey: Journey, **choices: str) -> list[str]:
    """Which scenarios were found and dealt with."""
    return [each["scenario"] for each in journey.bench.call("workspace.apply_reconcile", choices=choices)["applied"]]


async def test_a_step_whose_files_are_gone_is_an_error_with_a_reset_until_reconciling_takes_the_run_back(
    journey: Journey,
) -> None:
    await built(journey)
    for path in ("SKILL.md", "context/decisions.json"):
        (journey.folder / path).unlink()
    assert standing(journey) == ("mend", ["completed", "completed", "error", "error"])
    assert [step["actions"] for step in journey.state()["steps"][2:]] == [["reset"], ["reset"]]
    assert reconciled(journey) == ["6"]
    word, steps = standing(journey)
    assert (word, steps) == ("run", ["completed", "completed", "pending", "pending"])
    assert reconciled(journey) == []
    assert standing(journey) == (word, steps)


async def test_a_step_that_leaves_no_file_is_done_where_the_decisions_behind_it_stand(journey: Journey) -> None:
    await built(journey)
    journey.bench.database.write(lambda connection: connection.execute("delete from skills"))
    assert reconciled(journey, demo="add") == ["9b"]
    assert standing(journey) == ("done", ["completed"] * 4)
    assert reconciled(journey) == []
    assert standing(journey) == ("done", ["completed"] * 4)


async def test_reconciling_leaves_a_workflow_alone_of_which_it_does_not_know_the_files(journey: Journey) -> None:
    journey.make("quick-skill")
    await journey.step(edits=files())
    before = journey.state()
    assert reconciled(journey) == []
    assert journey.state() == before
    assert journey.look().run.current_step == 0


async def test_a_skill_md_beyond_a_gap_is_not_taken_when_the_run_goes_back_and_may_be_kept_as_imported(
    journey: Journey,
) -> None:
    await built(journey)
    journey.call("workflow.reset", step="generate")
    text = files()["SKILL.md"][1]
    (journey.folder / "SKILL.md").write_text(text)
    (journey.folder / "context" / "decisions.json").unlink()
    assert reconciled(journey) == ["2"]
    assert standing(journey)[0] == "run"
    assert (journey.folder / "SKILL.md").read_text() == text
    assert journey.call("workflow.preview_reset", step="decisions")["importable"]
    journey.call("workflow.keep_imported")
    assert (journey.folder / "SKILL.md").read_text() == text
    assert journey.bench.call("skills.get", name="demo")["source"] == "imported"
