"""Workflows are data: those that ship, a person's own, and one that is broken with the place where it is."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from workbench.errors import NotFound, WorkbenchError
from workbench.paths import Home
from workbench.workflows.definition.definitions import SHIPPED, find, listing, load
from workbench.workflows.definition.pinned import BrokenDefinition, Pinned

STEP = '[[steps]]\nkey = "one"\ntitle = "One"\nprompt = "one.md"\n'
DOCUMENT = '[[steps.outputs]]\npath = "context/clarifications.json"\nschema = "clarifications"\nevidence = true\n'


def written(home: Home, toml: str, *, name: str = "mine", **files: str) -> Path:
    """A definition of a person's own."""
    folder = home.root / "workflows" / name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "workflow.toml").write_text(toml)
    for key, text in {"one": "Do it.\n", **files}.items():
        (folder / f"{key}.md").write_text(text)
    return folder


def head(name: str = "mine") -> str:
    return f'version = "1"\nname = "{name}"\ntitle = "Mine"\n\n'


def problems(folder: Path) -> dict[str, str]:
    with pytest.raises(BrokenDefinition) as caught:
        load(folder)
    assert caught.value.remedy
    return {each["path"]: each["message"] for each in caught.value.facts["problems"]}


def test_the_skill_builder_comes_first_and_then_the_quick_one(home: Home) -> None:
    found = listing(home)
    assert [each.name for each in found] == ["skill-builder", "quick-skill"]
    assert all(each.shipped and each.failure is None for each in found)
    steps = found[0].pinned.workflow.steps  # type: ignore[union-attr]
    assert [step.title for step in steps] == ["Research", "Detailed Research", "Confirm Decisions", "Generate Skill"]
    assert [step.max_turns for step in steps] == [50, 50, 100, 120]
    assert [step.thinking for step in steps] == [8000, 8000, 32000, 16000]


def test_the_first_three_steps_have_no_tool_that_writes_and_none_has_a_shell(home: Home) -> None:
    steps = find(home, "skill-builder").workflow.steps
    assert [set(step.tools) & {"Write", "Edit"} for step in steps] == [set(), set(), set(), {"Write", "Edit"}]
    assert not any("Bash" in step.tools for step in steps)


def test_a_person_s_own_workflow_is_listed_after_the_shipped_ones_and_can_be_run(home: Home) -> None:
    folder = written(home, head() + STEP)
    own = listing(home)[-1]
    assert (own.name, own.shipped, own.folder, own.failure) == ("mine", False, folder, None)
    assert find(home, "mine").workflow.steps[0].key == "one"


def test_a_broken_workflow_is_listed_with_what_is_wrong_beside_those_that_can_be_run(home: Home) -> None:
    written(home, "version = 1 2\n", name="broken")
    written(home, head() + STEP)
    by_name = {each.name: each for each in listing(home)}
    failure = by_name["broken"].failure
    assert failure is not None
    assert "line 1" in failure.message
    assert by_name["mine"].failure is None
    with pytest.raises(BrokenDefinition):
        find(home, "broken")


def test_a_broken_workflow_says_where_it_lies_and_is_offered_to_nobody(home: Home) -> None:
    folder = written(home, head("broken") + "steps = []\n", name="broken")
    with pytest.raises(BrokenDefinition) as caught:
        find(home, "broken")
    assert caught.value.message == "steps: 0 given, at least 1 needed."
    assert caught.value.remedy == f"Mend it in {folder}."
    with pytest.raises(NotFound) as unknown:
        find(home, "nothing")
    assert "broken" not in unknown.value.facts["known"]


@pytest.mark.parametrize(
    ("toml", "path", "said"),
    [
        (
            STEP.replace('"one.md"', '"../../../../etc/passwd"'),
            "steps[0].prompt",
            "lies outside of the workflow's folder",
        ),
        (STEP + 'tools = "Write"\n', "steps[0].tools", "a list is needed, not 'Write'"),
        (STEP + 'max_turns = "many"\n', "steps[0].max_turns", "a whole number is needed, not 'many'"),
        ("deep = " + "[" * 5000 + "]" * 5000 + "\n", "workflow.toml", "it has too many levels"),
    ],
)
def test_what_a_definition_needs_is_said_in_plain_words(home: Home, toml: str, path: str, said: str) -> None:
    assert said in problems(written(home, head() + toml))[path]


def test_a_workflow_that_is_not_there_is_named_with_those_that_are(home: Home) -> None:
    with pytest.raises(NotFound) as caught:
        find(home, "nothing")
    assert caught.value.facts["known"] == ["skill-builder", "quick-skill"]


def test_a_name_that_ships_cannot_be_taken(home: Home) -> None:
    written(home, head("quick-skill") + STEP, name="quick-skill")
    found = [each for each in listing(home) if each.name == "quick-skill"]
    assert [each.failure is None for each in found] == [True, False]
    assert find(home, "quick-skill").workflow.title == "Quick skill"


def test_toml_that_cannot_be_read_is_told_with_its_line(home: Home) -> None:
    assert "line 6" in problems(written(home, head() + "steps = [\n"))["workflow.toml"]


@pytest.mark.parametrize(
    ("toml", "path", "said"),
    [
        ("", "steps", "missing"),
        (STEP + 'colour = "red"\n', "steps[0].colour", "no such key"),
        (STEP + "max_turns = 401\n", "steps[0].max_turns", "400"),
        (STEP + 'tools = ["Write"]\n', "steps[0].tools[0]", "files = true"),
        (STEP + 'tools = ["mcp__shop__order"]\n', "steps[0].tools[0]", "files = true"),
        (STEP + 'tools = ["a tool"]\n', "steps[0].tools[0]", "no tool's name"),
        (STEP + STEP, "steps[1].key", "already"),
        (STEP + 'inputs = ["context/decisions.json"]\n', "steps[0].inputs[0]", "no earlier step"),
        (STEP + '[[steps.outputs]]\npath = "../up.md"\n', "steps[0].outputs[0].path", "no path"),
        (STEP + '[[steps.outputs]]\npath = "/etc/passwd"\n', "steps[0].outputs[0].path", "no path"),
        (STEP + '[[steps.outputs]]\npath = "a/*/b.md"\n', "steps[0].outputs[0].path", "no path"),
        (STEP + '[[steps.outputs]]\npath = ".git/config"\n', "steps[0].outputs[0].path", "no path"),
        (STEP + '[[steps.outputs]]\npath = "a.md"\nchanges = true\n', "steps[0].outputs[0].changes", "no earlier step"),
        (STEP + '[[steps.outputs]]\npath = "context/intake.json"\n', "steps[0].outputs[0].path", "a person has said"),
        (STEP + '[[steps.outputs]]\npath = "q.json"\nschema = "decisions"\n', "steps[0].outputs[0].path", "lie in"),
        (STEP + DOCUMENT + "files = true\n", "steps[0].outputs[0].files", "returned"),
        (STEP + DOCUMENT + '[[steps.outputs]]\npath = "a.md"\nfiles = true\n', "steps[0].outputs", "or its agent"),
        (STEP + 2 * '[[steps.outputs]]\npath = "a.md"\n', "steps[0].outputs", "named twice"),
        (
            STEP
            + '[[steps.outputs]]\npath = "a.md"\nevidence = true\n[[steps.outputs]]\npath = "b.md"\nevidence = true\n',
            "steps[0].outputs",
            "only one",
        ),
        (
            STEP + '[steps.gate_after]\nprompt = "one.md"\nreads = "a.json"\n',
            "steps[0].gate_after.reads",
            "no questions",
        ),
        (
            STEP
            + DOCUMENT
            + '[steps.gate_after]\nprompt = "one.md"\nreads = "context/clarifications.json"\nmixed = 0.9\n',
            "steps[0].gate_after.mixed",
            "more than sufficient",
        ),
        (
            STEP
            + DOCUMENT
            + '[steps.gate_after]\nprompt = "one.md"\nreads = "context/clarifications.json"\nskip_to = "two"\n'
            + STEP.replace("one", "two"),
            "steps[0].gate_after.skip_to",
            "beyond the next",
        ),
        ('variables = [{key = "a", label = "A"}, {key = "a", label = "B"}]\n' + STEP, "variables[1].key", "already"),
        (
            'variables = [{key = "a", label = "A", default = "x", choices = ["y"]}]\n' + STEP,
            "variables[0].default",
            "none of its choices",
        ),
        (STEP.replace("one.md", "../one.md"), "path", ""),
        (STEP.replace("one.md", "none.md"), "steps[0].prompt", "cannot be read"),
    ],
)
def test_what_a_definition_must_hold_is_told_with_the_path_of_its_key(
    home: Home, toml: str, path: str, said: str
) -> None:
    folder = written(home, head() + toml, two="Do two.\n")
    if path == "path":  # a file outside of the folder is refused like any path that escapes
        with pytest.raises(WorkbenchError):
            load(folder)
        assert listing(home)[-1].failure is not None
        return
    found = problems(folder)
    assert path in found, found
    assert said in found[path]


def test_a_word_in_braces_that_is_no_variable_breaks_the_definition_at_its_line(home: Home) -> None:
    toml = head() + 'variables = [{key = "audience", label = "Who reads it"}]\n' + STEP
    found = problems(written(home, toml, one="For\n{{audiance}}: write.\n"))
    assert "'audience'" in found["one.md:2"]
    load(written(home, toml, one="For {{ audience }}: write.\n"))


def test_an_included_file_is_part_of_what_is_pinned_and_one_within_itself_is_refused(home: Home) -> None:
    folder = written(home, head() + STEP, one="Before.\n\n{{> two.md}}\n\nAfter.\n", two="Between.\n")
    load(folder)
    pinned = find(home, "mine")
    assert pinned.instructions("one.md") == "Before.\n\nBetween.\n\nAfter.\n"
    (folder / "two.md").write_text("{{> one.md}}\n")
    assert any("within itself" in said for said in problems(folder).values())
    (folder / "two.md").write_text("{{> gone.md}}\n")
    assert "cannot be read" in problems(folder)["two.md"]


def test_a_run_goes_by_the_text_that_it_started_with(home: Home) -> None:
    folder = written(home, head() + STEP)
    before = find(home, "mine")
    (folder / "one.md").write_text("Do something else.\n")
    after = find(home, "mine")
    kept = Pinned.of_text(before.text)
    assert (kept.digest, kept.workflow, kept.instructions("one.md")) == (before.digest, before.workflow, "Do it.\n")
    assert after.digest != before.digest


@pytest.mark.parametrize("odd", ["folder", "pipe", "huge", "bytes", "link", "empty"])
def test_files_that_are_no_text_of_a_definition_are_refused_and_nothing_waits_for_them(home: Home, odd: str) -> None:
    folder = written(home, head() + STEP)
    prompt = folder / "one.md"
    prompt.unlink()
    if odd == "folder":
        prompt.mkdir()
    elif odd == "pipe":
        os.mkfifo(prompt)
    elif odd == "link":
        prompt.symlink_to("/etc/hostname")
    else:
        prompt.write_bytes({"huge": b"x" * 300_000, "bytes": b"\xff\xfe\x00", "empty": b" \n"}[odd])
    assert listing(home)[-1].failure is not None


def test_a_folder_that_is_called_otherwise_than_its_workflow_is_refused(home: Home) -> None:
    assert "'other'" in problems(written(home, head() + STEP, name="other"))["name"]


def test_no_line_of_a_shipped_prompt_is_left_from_another_tool_or_names_a_place() -> None:
    for path in sorted(SHIPPED.rglob("*.md")):
        text = path.read_text()
        assert not re.search(r"https?://|TODO|FIXME|/home/|\t", text), path
        assert all(len(line) <= 160 for line in text.splitlines()), path
        assert text.endswith("\n"), path


@pytest.mark.parametrize("name", ["skill-builder", "quick-skill"])
def test_every_file_of_a_shipped_workflow_is_used(home: Home, name: str) -> None:
    held: dict[str, Any] = dict(find(home, name).files)
    assert {*held, "workflow.toml"} == {path.name for path in (SHIPPED / name).iterdir()}


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ('default = "five"', "variables[0].default"),
        ('default = "0"', "variables[0].default"),
        ('default = "3"\nchoices = ["3", "19"]', "variables[0].choices[1]"),
    ],
)
def test_how_many_dimensions_are_researched_is_a_number_from_1_to_18(home: Home, words: str, path: str) -> None:
    variable = f'[[variables]]\nkey = "max-dimensions"\nlabel = "Dimensions"\n{words}\n'
    assert problems(written(home, head() + variable + STEP)) == {path: "a number from 1 to 18 is needed"}
