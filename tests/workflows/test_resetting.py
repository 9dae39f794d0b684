"""Going back: what the preview lists goes to the trash after a checkpoint, and all else stays as it is."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from taken_back import KEPT, MADE, House, listed

from workbench.errors import InvalidRequest, Refused, WorkbenchError
from workbench.skills.changes import scratch_of
from workbench.workflows import table
from workbench.workflows.definition.pinned import Pinned
from workbench.workflows.table import DocumentRow


@pytest.mark.parametrize("first", range(4))
def test_what_the_preview_lists_is_what_goes_and_the_rest_stays_byte_for_byte(house: House, first: int) -> None:
    before = {path: (house.root / "demo" / path).read_bytes() for path in house.files()}
    preview = listed(house, first)
    done = house.reset(first)
    assert list(done.removed) == preview
    assert house.files() == before.keys() - set(preview)
    assert {path: (house.root / "demo" / path).read_bytes() for path in house.files()} == {
        path: data for path, data in before.items() if path not in preview
    }
    house.agrees()


def test_what_went_lies_in_the_trash_and_in_a_checkpoint_with_a_person_s_unsaved_change(house: House) -> None:
    (house.root / "demo" / "SKILL.md").write_text("changed by hand\n")
    done = house.reset(3)
    assert done.trash is not None
    assert (done.trash / "SKILL.md").read_text() == "changed by hand\n"
    assert (done.trash.parent / "demo.skill").read_bytes() == b"packed"
    assert house.git("show", f"{done.checkpoint}:demo/SKILL.md") == ["changed by hand"]
    assert house.git("log", "--format=%s")[:2] == ["demo: reset to step 3", "demo: checkpoint before reset to step 3"]


def test_steps_from_there_on_are_pending_and_those_before_are_as_they_were(house: House) -> None:
    house.reset(2)
    run = house.run()
    assert (run.current_step, run.status) == (2, "pending")
    assert sorted(run.steps) == [0, 1]
    assert all(row.status == "completed" for row in run.steps.values())
    skill = house.library.row("demo").id
    read = house.bench.database.read
    assert {each.path for each in read(lambda c: table.artifacts(c, skill))} == {"context/clarifications.json"}
    assert read(lambda c: table.document(c, skill, "context/decisions.json")) is None
    assert read(lambda c: table.document(c, skill, "context/clarifications.json")) is not None


def test_a_step_back_keeps_its_own_files_and_status_and_stays_there(house: House) -> None:
    done = house.reset(3, keep=True)
    assert "context/decisions.json" in house.files()
    assert "SKILL.md" in done.removed
    run = house.run()
    assert run.current_step == 2
    assert run.steps[2].status == "completed"
    assert house.git("log", "--format=%s", "-1") == ["demo: back to step 2"]
    house.agrees()


def test_the_preview_marks_files_that_somebody_has_changed_since_the_step(house: House) -> None:
    (house.root / "demo" / "context" / "decisions.json").write_text('{"decisions": 2}')
    (house.root / "demo" / "references" / "mine.md").write_text("mine\n")
    marks = {file.path: file.changed for step in house.resets.preview("demo", house.workflow, 0) for file in step.files}
    assert {path for path, changed in marks.items() if changed} == {"context/decisions.json", "references/mine.md"}


def test_answers_that_were_saved_are_no_change_by_hand(house: House) -> None:
    path, text = "context/clarifications.json", b'{"questions": 1, "answered": 1}'
    (house.root / "demo" / path).write_bytes(text)
    skill, sha = house.library.row("demo").id, hashlib.sha256(text).hexdigest()
    saved = DocumentRow(path, text.decode(), 2, sha, sha)
    house.bench.database.write(lambda connection: table.put_document(connection, skill, saved, 2))
    marks = {file.path: file.changed for step in house.resets.preview("demo", house.workflow, 0) for file in step.files}
    assert not any(marks.values())


def test_a_preview_of_a_step_of_which_nothing_goes_names_it_and_changes_nothing(house: House) -> None:
    before = house.git("rev-parse", "HEAD")
    assert [(step.number, len(step.files)) for step in house.resets.preview("demo", house.workflow, 1)] == [
        (1, 0), (2, 1), (3, 4),
    ]  # fmt: skip
    assert house.git("rev-parse", "HEAD") == before


def test_a_reset_of_nothing_leaves_no_folder_and_no_commit(house: House) -> None:
    house.reset(0)
    head = house.git("rev-parse", "HEAD")
    done = house.reset(0)
    assert (done.removed, done.trash, done.checkpoint) == ((), None, head[0])
    assert house.git("rev-parse", "HEAD") == head
    assert len(list((house.root / ".trash" / "resets").iterdir())) == 1
    house.agrees()


def test_a_reset_to_the_first_step_can_take_the_definition_as_it_is_now(house: House) -> None:
    newer = Pinned(house.pinned.toml.replace("Skill builder", "Newer"), house.pinned.files)
    house.reset(0, adopt=newer)
    assert house.run().definition_digest == newer.digest
    with pytest.raises(InvalidRequest):
        house.reset(1, adopt=newer)


def test_a_step_that_is_not_there_and_a_refusal_of_the_caller_change_nothing(house: House) -> None:
    before, head = house.files(), house.git("rev-parse", "HEAD")

    def busy() -> None:
        raise Refused("busy", "An agent is at work.", remedy="Stop it.")

    with pytest.raises(Refused):
        house.reset(0, check=busy)
    for first, keep in ((-1, False), (4, False), (5, True), (0, True)):
        with pytest.raises(InvalidRequest):
            house.reset(first, keep=keep)
    assert (house.files(), house.git("rev-parse", "HEAD")) == (before, head)
    house.agrees()


def test_another_instance_that_holds_the_skill_keeps_it_from_being_reset(house: House) -> None:
    house.library.locks.acquire("demo", "other")
    with pytest.raises(Refused):
        house.reset(0, instance="mine")
    assert "SKILL.md" in house.files()


def test_a_folder_that_is_a_link_by_now_is_not_followed(house: House, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    (house.root / "demo" / "references").rename(elsewhere)
    (house.root / "demo" / "references").symlink_to(elsewhere)
    done = house.reset(3)
    assert "references/a.md" not in done.removed
    assert (elsewhere / "a.md").read_text() == "a\n"


def test_where_the_trash_cannot_be_used_nothing_goes(house: House) -> None:
    (house.root / ".trash" / "resets").write_text("in the way\n")
    before = house.files()
    with pytest.raises(WorkbenchError):
        house.reset(0)
    assert house.files() == before
    assert sorted(house.run().steps) == [0, 1, 2, 3]
    house.agrees()


def test_where_git_refuses_it_lies_in_the_trash_and_is_finished_once_git_works_again(house: House) -> None:
    lock = next((house.root / ".git" / "refs" / "heads").iterdir()).with_suffix(".lock")
    lock.write_text("")
    (house.root / "demo" / "SKILL.md").write_text("changed by hand\n")
    with pytest.raises(WorkbenchError):
        house.reset(3)
    lock.unlink()
    house.library.settle()
    assert house.run().current_step == 3
    assert "SKILL.md" not in house.files()
    kept = next((house.root / ".trash" / "resets").iterdir()) / "demo" / "SKILL.md"
    assert kept.read_text() == "changed by hand\n"
    house.agrees()


@settings(max_examples=12)
@given(
    st.sets(st.sampled_from([*MADE])),
    st.sets(st.sampled_from(["references/x.md", "references/y.txt", "context/more.json", "SKILL.MD", "a/SKILL.md"])),
    st.integers(0, 3),
    st.tuples(st.booleans(), st.booleans()),
)
def test_whatever_lies_there_the_preview_equals_what_is_removed(
    house: House, missing: set[str], more: set[str], first: int, how: tuple[bool, bool]
) -> None:
    packed, keep = how
    package = scratch_of(house.bench.home) / "demo" / "demo.skill"
    package.unlink(missing_ok=True)
    if packed:
        package.write_bytes(b"packed")
    for path, text in {**{path: text for path, (_, text) in MADE.items()}, **KEPT}.items():
        file = house.root / "demo" / path
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_text(text)
    for path in missing:
        (house.root / "demo" / path).unlink()
    for path in more:
        (house.root / "demo" / path).parent.mkdir(exist_ok=True)
        (house.root / "demo" / path).write_text("x\n")
    before, preview = house.files(), listed(house, first)
    done = house.reset(first, keep=keep and first > 0)
    assert list(done.removed) == preview
    gone = before - house.files()
    assert gone == {path for path in preview if path != "demo.skill"}
    assert package.exists() == (packed and "demo.skill" not in preview)
    assert done.trash is None or all((done.trash / path).is_file() for path in gone)
    house.agrees()
