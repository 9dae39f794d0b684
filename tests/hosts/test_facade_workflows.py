"""`bench.workflows` in a notebook: a skill from its first word to its test, by recordings through the real sidecar."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
from leftovers import end_sessions

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.hosts import kernel
from workbench.hosts.facade_workflows import Workflows
from workbench.hosts.kernel import Bench
from workbench.paths import Home
from workbench.protocol.screen import VIEW_MIME
from workbench.settings import Settings

EXAMPLE = "invoice-matching"
FAST = {"provider": "replay", "speed": 0}


@pytest.fixture
def bench(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("HOME", str(tmp_path))
    opened = kernel.open(home.root)
    opened.core.save_settings(Settings(skills_path=str(tmp_path / "skills")))
    yield opened
    opened.close()
    end_sessions(home)


@pytest.fixture
def workflows(bench: Bench) -> Workflows:
    return bench.workflows


def test_workflows_and_examples_are_frames(workflows: Workflows) -> None:
    definitions = workflows.definitions().set_index("name")
    assert definitions.loc["skill-builder", "steps"] == ["research", "detail", "decisions", "generate"]
    assert definitions["shipped"].all()
    assert definitions["failure"].isna().all()
    examples = workflows.examples().set_index("name")
    assert examples.loc[EXAMPLE, "refine"]
    assert examples.loc[EXAMPLE, "tests"]


def test_a_skill_is_begun_with_what_is_said_of_it(workflows: Workflows) -> None:
    state = workflows.create(
        "notes", "Write release notes.", serves=["Write the notes for 4.2.7."], good="Short.", workflow="quick-skill"
    )
    assert (state.skill, state.workflow, state.next) == ("notes", "quick-skill", "run")
    assert state.intake.interview.serves == ["Write the notes for 4.2.7."]
    assert workflows.say("notes", context="Three lines a change.").intake.context == "Three lines a change."
    assert list(workflows.steps("notes")["key"]) == ["draft"]
    assert list(workflows.questions("notes").columns)[:2] == ["title", "text"]
    assert len(workflows.decisions("notes")) == 0


async def test_a_run_is_waited_for_and_told_until_a_person_is_needed(workflows: Workflows) -> None:
    workflows.create("invoices", example=EXAMPLE)
    building = workflows.run("invoices", **FAST)
    told = [state.next async for state in building]
    assert told[-1] == "answer"
    assert (await building).reason == "needs_person"
    assert building.failure is not None
    assert building.failure.remedy
    assert "needs person" in repr(building)
    assert workflows.steps("invoices", money="decimal")["cost"][0] > Decimal(0)


async def test_questions_are_answered_one_by_one_and_the_rest_at_once(workflows: Workflows) -> None:
    workflows.create("invoices", example=EXAMPLE)
    await workflows.run("invoices", until="research", **FAST)
    questions = workflows.questions("invoices")
    first = questions.index[0]
    assert questions.loc[first, "must_answer"] in {True, False}
    saved = workflows.answer("invoices", first, choice="A")
    assert (saved.rev, saved.choice) == (1, "A")
    assert workflows.answer("invoices", first, "In our own words.").rev == 2
    assert workflows.questions("invoices").loc[first, "answer_text"] == "In our own words."
    filled = workflows.answer_rest("invoices")
    assert first not in filled
    assert not workflows.questions("invoices")["answer_text"].isna().any()
    assert workflows.evaluate("invoices", rules_only=True).evaluation.empty_count == 0


async def test_what_was_typed_after_the_changes_were_looked_at_is_not_decided_unseen(
    workflows: Workflows, tmp_path: Path
) -> None:
    workflows.create("invoices", example=EXAMPLE)
    await workflows.run("invoices", autofill=True, **FAST)
    text, rules = (tmp_path / "skills" / "invoices" / name for name in ("SKILL.md", "references/rules.md"))
    refining = workflows.refine("invoices")
    await asyncio.to_thread(_add, rules, "A rule.\n")
    await asyncio.to_thread(_add, text, "First.\n")
    assert list(refining.diff()["path"].unique()) == ["SKILL.md", "references/rules.md"]
    await asyncio.to_thread(_add, text, "Typed since.\n")
    for decide in (refining.reject, refining.accept):
        with pytest.raises(Refused, match="changed since you saw it"):
            decide()
        with pytest.raises(Refused, match="changed since you saw it"):
            decide("SKILL.md")
    # A decision about another file makes nothing seen that was not.
    assert refining.accept("references/rules.md")
    with pytest.raises(Refused, match="changed since you saw it"):
        refining.reject()
    assert "Typed since." in await asyncio.to_thread(text.read_text)
    assert "Typed since." in refining.patch()
    assert refining.reject().files == []
    assert "First." not in await asyncio.to_thread(text.read_text)


def _add(path: Path, line: str) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write(line)


@pytest.mark.slow
async def test_a_skill_is_built_refined_tested_and_packed(workflows: Workflows, tmp_path: Path) -> None:
    workflows.create("invoices", example=EXAMPLE)
    building = await workflows.run("invoices", autofill=True, **FAST)
    assert building.reason == "completed"
    assert building.state.next == "done"
    decisions = workflows.decisions("invoices")
    confirmed = workflows.decide("invoices", decisions.index[0])
    assert confirmed.rev == 1
    assert (await asyncio.to_thread((tmp_path / "skills" / "invoices" / "SKILL.md").read_text)).startswith("---")

    refining = workflows.refine("invoices")
    run = await refining.say(refining.content().suggestions[0], **FAST)
    assert run.status == "completed"
    outcome = refining.outcome()
    assert outcome.changed
    parts = refining.diff()
    assert list(parts["path"].unique()) == outcome.changed
    assert parts.attrs["undoable"] == run.id
    assert "+" in refining.patch()
    assert refining.undo().restored == outcome.changed
    assert len(refining.diff()) == 0
    with pytest.raises(NotFound, match="no part"):
        refining.accept(hunks=["gone-1"])

    prompt = workflows.examples().set_index("name").loc[EXAMPLE, "tests"][0]
    test = await workflows.test("invoices", prompt, **FAST)
    assert (test.state.status, test.state.replayed, test.state.score) == ("completed", True, None)
    assert set(test.answers()) == {"with", "baseline"}
    assert prompt[:40] in test.remark()
    history = workflows.tests("invoices")
    assert list(history["id"]) == [test.id]
    assert isinstance(history["created_at"].dtype, pd.DatetimeTZDtype)

    assert workflows.package("invoices", anyway=True).path.endswith(".skill")
    preview = workflows.preview_reset("invoices", "generate")
    assert "SKILL.md" in list(preview["path"])
    assert workflows.reset("invoices", "generate").removed == list(preview["path"])


async def test_a_blind_test_waits_for_the_vote_and_then_tells(workflows: Workflows, tmp_path: Path) -> None:
    workflows.create("invoices", example=EXAMPLE)
    await workflows.run("invoices", autofill=True, **FAST)
    prompt = workflows.examples().set_index("name").loc[EXAMPLE, "tests"][0]
    test = await workflows.test("invoices", prompt, vote_first=True, **FAST)
    assert test.state.status == "voting"
    assert set(test.answers()) == {"a", "b"}
    assert test.vote("a").rounds[0].vote == "a"
    assert set(workflows.find_test(test.id).answers()) == {"with", "baseline"}
    with pytest.raises(NotFound, match="no round 2"):
        test.answers(2)


async def test_one_step_is_run_like_any_agent(workflows: Workflows) -> None:
    workflows.create("invoices", example=EXAMPLE)
    run = workflows.run_step("invoices", **FAST)
    assert run is not None
    assert (await run).status == "completed"
    assert workflows.estimate("invoices", "detail", provider="replay").basis == "free"


def test_what_a_workflow_is_shown_by_is_a_view_with_its_ids(workflows: Workflows) -> None:
    workflows.create("invoices", example=EXAMPLE)
    shown = [workflows.open("invoices"), workflows.open("invoices", step="detail"), workflows.refine("invoices")]
    views = [each._repr_mimebundle_()[VIEW_MIME] for each in shown]
    assert [(view["view"], view["params"]) for view in views] == [
        ("workflow", {"skill": "invoices"}),
        ("workflow", {"skill": "invoices", "step": "detail"}),
        ("refine", {"skill": "invoices"}),
    ]


def test_what_is_not_there_is_said_at_once(workflows: Workflows, bench: Bench) -> None:
    with pytest.raises(NotFound):
        workflows.run("nothing")
    with pytest.raises(NotFound):
        workflows.test("nothing", "x")
    with pytest.raises(Refused, match="Nothing has been said"):
        workflows.refine("nothing").outcome()
    with pytest.raises(InvalidRequest, match="needs skill"):
        bench.view("workflow")
