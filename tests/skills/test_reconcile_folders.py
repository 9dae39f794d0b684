"""Folders that no row knows: what is added, asked about, taken to the trash and left."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from drifted import found, put
from shelf import Shelf, a_person, digest, git

from workbench.settings import Settings
from workbench.skills.reconcile import Reconciler


def test_a_finished_skill_is_added_as_finished_and_a_bare_one_as_imported(shelf: Shelf) -> None:
    put(shelf, "finished", questions=True, decisions=True)
    put(shelf, "bare")
    assert found(shelf) == [("9c", "bare"), ("9b", "finished")]
    done = shelf.call("workspace.apply_reconcile", choices={"finished": "add", "bare": "add"})
    assert (len(done["applied"]), done["left"]) == (2, [])
    rows = {row["name"]: (row["source"], row["status"]) for row in shelf.call("skills.list")["skills"]}
    assert rows == {"bare": ("imported", "completed"), "finished": ("skill-builder", "completed")}
    assert shelf.call("workspace.apply_reconcile", silent_only=True)["left"] == []
    assert found(shelf) == []
    shelf.check()


def versioned(shelf: Shelf, name: str) -> Path:
    """A folder that is no skill any more, and of which every file is in a version."""
    shelf.create(name)
    (shelf.root / name / "SKILL.md").rename(shelf.root / name / "notes.md")
    git(shelf.root, "add", name)
    git(shelf.root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "notes")
    shelf.bench.database.write(lambda connection: connection.execute("delete from skills where name = ?", (name,)))
    return shelf.root / name


def test_a_folder_without_a_skill_goes_to_the_trash_and_can_come_back(shelf: Shelf) -> None:
    before = digest(versioned(shelf, "junk"))
    (shelf.root / "empty").mkdir()
    assert found(shelf) == [("9a", "empty"), ("9a", "junk")]
    shelf.call("workspace.apply_reconcile")
    assert not (shelf.root / "junk").exists()
    assert not (shelf.root / "empty").exists()
    assert [row["name"] for row in shelf.call("skills.list", deleted=True)["deleted"]] == ["junk"]
    shelf.bench.library.bring_back("junk")
    assert digest(shelf.root / "junk") == before
    assert found(shelf) == [("9a", "junk")]


def changed(folder: Path) -> None:
    (folder / "notes.md").write_text("mine, in no version\n")


def ignored(folder: Path) -> None:
    (folder.parent / ".gitignore").write_text("data/\n")
    (folder / "data").mkdir()
    (folder / "data" / "x").write_text("mine, in no version\n")


def a_repository(folder: Path) -> None:
    (folder / "sub").mkdir()
    a_person(folder / "sub")


def emptied(folder: Path) -> None:
    (folder / "new").mkdir()
    (folder / "notes.md").rename(folder / "new" / "notes.md")


@pytest.mark.parametrize("work", [changed, ignored, a_repository, emptied])
def test_a_folder_that_holds_what_no_version_has_is_asked_about_and_not_taken(
    shelf: Shelf, work: Callable[[Path], None]
) -> None:
    work(versioned(shelf, "junk"))
    before = digest(shelf.root / "junk")
    assert shelf.call("workspace.reconcile")["findings"][0]["choices"] == ["remove", "skip"]
    shelf.call("workspace.apply_reconcile")
    assert digest(shelf.root / "junk") == before


def test_a_folder_of_projects_that_is_chosen_for_skills_stays_as_it_is(shelf: Shelf, tmp_path: Path) -> None:
    for path in ("projects/thesis/chapter.md", "projects/node_modules/x/index.js"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).write_text("mine\n")
    a_person(tmp_path / "projects" / "code")
    shelf.__init__(shelf.bench, tmp_path / "projects")  # type: ignore[misc]
    for _ in range(2):
        findings = shelf.call("workspace.reconcile")["findings"]
        assert [(each["skill"], each["choices"]) for each in findings] == [
            (name, ["remove", "skip"]) for name in ("code", "node_modules", "thesis")
        ]
        shelf.call("workspace.apply_reconcile")
    assert {each.name for each in shelf.root.iterdir()} >= {"code", "node_modules", "thesis"}
    assert len(shelf.call("skills.list", deleted=True)["deleted"]) == 0


def test_the_home_and_what_it_lies_in_are_never_in_question(shelf: Shelf, tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path.parent):
        shelf.bench.save_settings(Settings(skills_path=str(root)))
        named = {each.skill for each in Reconciler(shelf.bench.library).preview()}
        assert not named & {"home", tmp_path.name}


def test_a_folder_whose_name_is_no_text_is_told_and_left(shelf: Shelf) -> None:
    shelf.create("one")
    odd = os.fsencode(shelf.root) + b"/caf\xe9"
    os.mkdir(odd)  # noqa: PTH102 - a name that is no text
    (row,) = shelf.call("workspace.reconcile")["findings"]
    assert (row["scenario"], row["skill"], row["choices"]) == ("name", "caf\ufffd", [])
    assert [each["skill"] for each in shelf.call("workspace.apply_reconcile")["applied"]] == []
    assert os.path.isdir(odd)  # noqa: PTH112 - the same name


def test_a_skill_whose_folder_is_a_link_is_told_and_left(shelf: Shelf, tmp_path: Path) -> None:
    shelf.create("one")
    (shelf.root / "one").rename(tmp_path / "moved")
    (shelf.root / "one").symlink_to(tmp_path / "moved")
    assert found(shelf) == [("link", "one")]
    shelf.call("workspace.apply_reconcile")
    assert (shelf.root / "one").is_symlink()
    assert shelf.names() == ["one"]


def test_only_the_skills_folder_is_looked_at_and_no_link_or_hidden_folder_in_it(shelf: Shelf, tmp_path: Path) -> None:
    put(Shelf(shelf.bench, tmp_path / "elsewhere"), "linked")
    shelf.__init__(shelf.bench, tmp_path / "skills")  # type: ignore[misc]
    put(shelf, ".claude/skills/theirs")
    (shelf.root / "link").symlink_to(tmp_path / "elsewhere" / "linked")
    (shelf.root / "README.md").write_text("mine")
    assert found(shelf) == []


def test_in_a_person_s_repository_what_they_keep_there_is_asked_about_and_not_taken(shelf: Shelf) -> None:
    a_person(shelf.root)
    put(shelf, "docs", text=False)
    put(shelf, "group/skill-a")
    git(shelf.root, "add", "docs")
    git(shelf.root, "commit", "-qm", "docs")
    before = digest(shelf.root, ".git")
    preview = shelf.call("workspace.reconcile")["findings"]
    assert [(each["skill"], each["choices"]) for each in preview] == [
        ("docs", ["remove", "skip"]), ("group", ["remove", "skip"]),
    ]  # fmt: skip
    shelf.call("workspace.apply_reconcile")
    assert {path: each for path, each in digest(shelf.root, ".git").items() if path != ".trash/.gitignore"} == before
