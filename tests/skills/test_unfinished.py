"""A change that cannot be finished now holds up the skill that it is about, and nothing else; and a folder that is away is
missed, and not made again.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf, a_person, git, left

from workbench.errors import NotFound, Refused, WorkbenchError
from workbench.skills import table


def unfinished(shelf: Shelf) -> list[str]:
    return [intent.name for intent in shelf.bench.database.read(table.intents)]


@pytest.fixture
def stuck(shelf: Shelf) -> Shelf:
    """A library in which the change of one skill cannot be finished: a folder lies where a file belongs."""
    version = shelf.create("one")["commit"]
    shelf.create("two")
    version = shelf.call("files.write", path=str(shelf.root / "one" / "build"), text="file\n")["commit"]
    (shelf.root / "one" / "build").unlink()
    (shelf.root / "one" / "build").mkdir()
    (shelf.root / "one" / "build" / "kept").write_text("kept")
    (shelf.root / ".gitignore").write_text("build/\n")
    left(shelf, "restore", "one", version=version, path="one", message="one: restored", drops=[])
    return shelf


def test_a_change_that_cannot_be_finished_stops_no_other_skill(stuck: Shelf) -> None:
    stuck.create("three")
    stuck.call("skills.edit", name="two", body="Otherwise.\n")
    stuck.call("skills.rename", name="two", new_name="second")
    stuck.call("skills.delete", name="three")
    assert stuck.names() == ["one", "second"]
    stuck.call("workspace.reconcile")


def test_the_skill_that_it_is_about_is_not_changed_and_says_why(stuck: Shelf) -> None:
    for command, more in (
        ("skills.edit", {"body": "x"}), ("skills.delete", {}), ("skills.rename", {"new_name": "x"}),
        ("git.restore", {"version": "HEAD"}),
    ):  # fmt: skip
        with pytest.raises(WorkbenchError, match="could not be finished"):
            stuck.call(command, name="one", **more)
    assert unfinished(stuck) == ["one"]
    assert (stuck.root / "one" / "build" / "kept").read_text() == "kept"


def test_it_is_finished_as_soon_as_it_can_be(stuck: Shelf) -> None:
    assert stuck.names() == ["one", "two"]
    (stuck.root / "one" / "build").rename(stuck.root.parent / "mine")
    assert stuck.names() == ["one", "two"]
    assert unfinished(stuck) == []
    assert (stuck.root / "one" / "build").read_text() == "file\n"
    stuck.call("skills.edit", name="one", body="Otherwise.\n")


def test_a_change_left_in_a_folder_that_is_away_waits_until_it_is_back(shelf: Shelf, tmp_path: Path) -> None:
    shelf.create("one")
    (shelf.root / ".git" / "index.lock").write_text("")
    with pytest.raises(Refused):
        shelf.call("skills.edit", name="one", body="Otherwise.\n")
    away = shelf.root.rename(tmp_path / "away")
    shelf.call("settings.save", changes={"skills_path": str(tmp_path / "new")})
    shelf.create("two")
    assert git(tmp_path / "new", "log", "--format=%s").strip() == "two: created"
    assert unfinished(shelf) == ["one"]
    away.rename(shelf.root)
    (shelf.root / ".git" / "index.lock").unlink()
    shelf.call("skills.list")
    assert unfinished(shelf) == []
    assert shelf.log()[0] == "one: SKILL.md edited"


# -- a folder that is away --------------------------------------------------------------------------------------------

ASKING: list[tuple[str, dict[str, Any]]] = [
    ("skills.create", {"name": "two", "description": "D."}), ("skills.edit", {"name": "one", "body": "x"}),
    ("skills.delete", {"name": "one"}), ("skills.rename", {"name": "one", "new_name": "x"}),
    ("git.restore", {"name": "one", "version": "v1"}), ("git.history", {"name": "one"}), ("git.diff", {"name": "one"}),
    ("git.tag", {"name": "one", "tag": "v1"}), ("skills.restore_deleted", {"name": "gone"}),
    ("workspace.reconcile", {}), ("workspace.apply_reconcile", {}), ("files.list", {"path": "{skills}"}),
    ("files.write", {"path": "{skills}/README.md", "text": "x"}),
    ("files.write", {"path": "{skills}/one/SKILL.md", "text": "x"}),
]  # fmt: skip


@pytest.mark.parametrize("mounted", ["nothing", "an empty folder"])
def test_a_skills_folder_that_is_away_is_never_made_and_no_skill_is_forgotten(shelf: Shelf, mounted: str) -> None:
    for name in ("one", "gone"):
        shelf.create(name, tags=["t"])
    shelf.call("skills.delete", name="gone")
    shelf.bench.database.write(lambda connection: connection.execute("update skills set skill_source = 'imported'"))
    away = shelf.root.rename(shelf.root.parent / "away")
    if mounted == "an empty folder":
        shelf.root.mkdir()
    for command, params in ASKING:
        given = {key: value.replace("{skills}", str(shelf.root)) for key, value in params.items()}
        try:
            shelf.call(command, **given)
        except WorkbenchError:
            pass
        else:
            assert (command, mounted) == ("files.list", "an empty folder")
        assert not shelf.root.exists() or not list(shelf.root.iterdir()), command
    assert [(row["name"], row["present"]) for row in shelf.call("skills.list")["skills"]] == [("one", False)]
    if mounted == "an empty folder":
        shelf.root.rmdir()
    away.rename(shelf.root)
    shelf.call("skills.restore_deleted", name="gone")
    assert [row["tags"] for row in shelf.call("skills.list")["skills"]] == [["t"], ["t"]]
    shelf.check()


def test_a_folder_that_was_emptied_is_chosen_anew_and_used_again(shelf: Shelf) -> None:
    shelf.create("one")
    shelf.root.rename(shelf.root.parent / "away")
    with pytest.raises(Refused, match="is not there"):
        shelf.create("two")
    shelf.call("settings.save", changes={"skills_path": str(shelf.root)})
    shelf.create("two")
    assert [row["present"] for row in shelf.call("skills.list")["skills"]] == [False, True]


def test_a_folder_that_was_chosen_without_its_skills_is_used_and_may_be_moved_into_later(
    shelf: Shelf, tmp_path: Path
) -> None:
    shelf.create("one")
    old, new = shelf.root, tmp_path / "new"
    shelf.call("settings.save", changes={"skills_path": str(new)}, move_skills=False)
    shelf.call("files.write", path=str(new / "README.md"), text="x")
    shutil.rmtree(new / ".git")
    shelf.call("settings.save", changes={"skills_path": str(old)}, move_skills=False)
    shelf.call("settings.save", changes={"skills_path": str(new)}, move_skills=True)
    assert [row["present"] for row in shelf.call("skills.list")["skills"]] == [True]
    shelf.root = new
    shelf.check()


def test_an_edit_of_a_skill_whose_text_is_gone_writes_none(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").unlink()
    with pytest.raises(NotFound, match=r"no SKILL\.md any more"):
        shelf.call("skills.edit", name="one", edits=[{"key": "license", "value": "MIT"}])
    assert not (shelf.root / "one" / "SKILL.md").exists()
    shelf.call("files.write", path=str(shelf.root / "one" / "SKILL.md"), text="---\nname: one\ndescription: D.\n---\n")
    shelf.check()


def test_a_repository_that_is_damaged_is_left_as_it_is(shelf: Shelf) -> None:
    a_person(shelf.root)
    (shelf.root / "mine.txt").write_text("mine")
    git(shelf.root, "add", "mine.txt")
    git(shelf.root, "commit", "-qm", "mine")
    head = (shelf.root / ".git" / "HEAD").rename(shelf.root / "HEAD")
    with pytest.raises(Refused, match="damaged"):
        shelf.create("one")
    assert not (shelf.root / ".git" / "HEAD").exists()
    assert "workbench" not in (shelf.root / ".git" / "config").read_text()
    head.rename(shelf.root / ".git" / "HEAD")
    shelf.create("one")
    assert shelf.log() == ["one: created", "mine"]
