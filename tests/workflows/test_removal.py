"""What a reset takes away follows from the outputs: a file goes with the first step that makes it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.paths import Home
from workbench.workflows.definition.definitions import find
from workbench.workflows.definition.rules import faults
from workbench.workflows.steps.removal import is_made, maker_of, paths_of, removed
from workbench.workflows.workflow import Output, Step, Workflow

PRESENT = [
    "SKILL.md", "context/clarifications.json", "context/decisions.json", "context/evaluations.md",
    "context/intake.json", "evals/evals.json", "notes.txt", "references/a.md", "references/deep/b.md",
]  # fmt: skip
SKILL = ["SKILL.md", "context/evaluations.md", "references/a.md", "demo.skill"]


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Workflow:
    return find(Home(tmp_path_factory.mktemp("home")), "skill-builder").workflow


@pytest.mark.parametrize(
    ("first", "gone"),
    [
        (0, ["context/clarifications.json", "context/decisions.json", *SKILL]),
        (1, ["context/decisions.json", *SKILL]),
        (2, ["context/decisions.json", *SKILL]),
        (3, SKILL),
        (4, []),
    ],
)
def test_a_reset_to_each_step_takes_that_step_s_files_and_those_behind_it(
    builder: Workflow, first: int, gone: list[str]
) -> None:
    going = removed(builder, first, PRESENT, "demo.skill")
    assert paths_of(going) == gone
    assert [step.number for step in going] == list(range(first, 4))


def test_a_reset_to_detailed_research_keeps_the_questions_that_it_has_changed(builder: Workflow) -> None:
    assert maker_of(builder, "context/clarifications.json") == 0
    assert removed(builder, 1, PRESENT)[0].files == ()


def test_what_no_step_makes_stays(builder: Workflow) -> None:
    gone = paths_of(removed(builder, 0, PRESENT, "demo.skill"))
    assert {"context/intake.json", "evals/evals.json", "notes.txt", "references/deep/b.md"}.isdisjoint(gone)


PATHS = st.sampled_from(["a.md", "b.md", "c/*.md", "c/d.md", "c/e/*.md", "SKILL.md"])
FILES = st.sets(
    st.sampled_from(["a.md", "b.md", "c/d.md", "c/x.md", "c/e/y.md", "c/e/f/z.md", "SKILL.md", "other.txt"])
)


@st.composite
def workflows(draw: st.DrawFn) -> Workflow:
    made: list[str] = []
    steps = []
    for number in range(draw(st.integers(1, 6))):
        outputs = []
        for path in draw(st.lists(PATHS, max_size=3, unique=True)):
            changes = path in made and draw(st.booleans())
            outputs.append(Output(path=path, files=True, changes=changes, at_least=0))
        made += [output.path for output in outputs]
        steps.append(Step(key=f"s{number}", title="S", prompt="p.md", outputs=tuple(outputs)))
    return Workflow(version="1", name="any", title="Any", steps=tuple(steps))


@given(workflows(), FILES, st.data())
def test_of_any_workflow_a_reset_takes_each_file_once_with_its_maker_and_nothing_else(
    workflow: Workflow, present: set[str], data: st.DataObject
) -> None:
    assert not faults(workflow)
    first = data.draw(st.integers(0, len(workflow.steps)))
    going = removed(workflow, first, present)
    gone = paths_of(going)
    assert len(gone) == len(set(gone))
    assert set(gone) <= present
    for path in present:
        makers = [
            number
            for number, step in enumerate(workflow.steps)
            if any(is_made(output, path) and not output.changes for output in step.outputs)
        ]
        assert (path in gone) == (bool(makers) and makers[0] >= first)


@given(workflows(), FILES, st.data())
def test_a_reset_further_back_takes_at_least_as_much_and_one_after_another_takes_the_same(
    workflow: Workflow, present: set[str], data: st.DataObject
) -> None:
    later = data.draw(st.integers(0, len(workflow.steps)))
    earlier = data.draw(st.integers(0, later))
    at_once = set(paths_of(removed(workflow, earlier, present)))
    first = set(paths_of(removed(workflow, later, present)))
    assert first <= at_once
    assert first | set(paths_of(removed(workflow, earlier, present - first))) == at_once
    assert paths_of(removed(workflow, earlier, present - at_once)) == []
