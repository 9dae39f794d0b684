"""Going back to a version: what is in no version is never written over, and nothing is written elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from shelf import Shelf, digest, git, left

from workbench.errors import Refused, WorkbenchError


@pytest.fixture
def version(shelf: Shelf) -> str:
    """A version of a skill with one file more than it has now."""
    first = shelf.create("one")["commit"]
    made = shelf.call("files.write", path=str(shelf.root / "one" / "build"), text="file\n")["commit"]
    shelf.call("git.restore", name="one", version=first)
    return str(made)


def an_ignored_folder(skill: Path) -> None:
    (skill / "build").mkdir()
    (skill / "build" / "x").write_text("kept")
    (skill / ".gitignore").write_text("build/\n")


def an_ignored_file(skill: Path) -> None:
    (skill / "build").write_text("kept")
    (skill / ".gitignore").write_text("build\n")


def a_pipe(skill: Path) -> None:
    os.mkfifo(skill / "build")


def a_repository(skill: Path) -> None:
    (skill / "build" / ".git").mkdir(parents=True)
    (skill / "build" / ".git" / "HEAD").write_text("kept")


@pytest.mark.parametrize("there", [an_ignored_folder, an_ignored_file, a_pipe, a_repository])
def test_a_version_for_which_there_is_no_room_is_refused_and_nothing_is_changed(
    shelf: Shelf, version: str, there: Callable[[Path], None]
) -> None:
    there(shelf.root / "one")
    before = digest(shelf.root)
    with pytest.raises(Refused, match="is in no version") as refused:
        shelf.call("git.restore", name="one", version=version)
    assert refused.value.reason == "in_the_way"
    assert digest(shelf.root) == before
    shelf.create("two")


def test_what_becomes_a_version_makes_room_and_can_be_had_again(shelf: Shelf, version: str) -> None:
    folder = shelf.root / "one" / "build"
    for path in ("deep/a.md", "b.md"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(f"{path}\n")
    shelf.call("git.restore", name="one", version=version)
    assert folder.read_text() == "file\n"
    shelf.check()
    saved = next(each for each in shelf.history("one") if each["message"].endswith("changed outside of Workbench"))
    shelf.call("git.restore", name="one", version=saved["version"])
    assert digest(folder).keys() == {"deep/a.md", "b.md"}
    shelf.check()


@pytest.mark.parametrize("interrupted", [False, True])
def test_a_skill_s_folder_that_became_a_link_is_not_written_through(
    shelf: Shelf, version: str, tmp_path: Path, interrupted: bool
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep.txt").write_text("mine")
    (shelf.root / "one").rename(tmp_path / "moved")
    (shelf.root / "one").symlink_to(outside)
    if interrupted:
        left(shelf, "restore", "one", version=version, path="one", message="one: restored", drops=["keep.txt"])
        shelf.call("skills.list")
    with pytest.raises(WorkbenchError, match="is a link"):
        shelf.call("git.restore", name="one", version=version)
    assert digest(outside).keys() == {"keep.txt"}


@pytest.mark.parametrize("gone", [False, True])
def test_an_interrupted_restore_leaves_ignored_files_out_of_every_version_and_on_the_disk(
    shelf: Shelf, gone: bool
) -> None:
    version = shelf.create("one")["commit"]
    shelf.call("files.write", path=str(shelf.root / "one" / ".gitignore"), text=".env\n")
    (shelf.root / "one" / ".env").write_text("KEY=secret\n")
    left(shelf, "restore", "one", version=version, path="one", message="one: restored", drops=[".gitignore"])
    if gone:
        (shelf.root / "one" / ".gitignore").unlink()
    shelf.call("skills.list")
    assert shelf.log()[0] == "one: restored"
    assert not (shelf.root / "one" / ".gitignore").exists()
    assert (shelf.root / "one" / ".env").read_text() == "KEY=secret\n"
    assert "KEY=secret" not in git(shelf.root, "log", "-p")


def test_a_file_whose_name_is_no_text_is_taken_away_and_brought_back(shelf: Shelf) -> None:
    before = shelf.create("one")["commit"]
    odd = os.fsencode(shelf.root / "one") + b"/caf\xe9.md"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(b"odd\n")
    shelf.call("git.restore", name="one", version=before)
    assert not os.path.lexists(odd)
    saved = shelf.history("one")[1]["version"]
    shelf.call("git.restore", name="one", version=saved)
    assert os.path.lexists(odd)


def test_a_skill_whose_folder_became_a_link_to_nowhere_is_deleted_with_the_link(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one").rename(shelf.root.parent / "moved")
    (shelf.root / "one").symlink_to("nowhere")
    shelf.call("skills.delete", name="one")
    assert not os.path.lexists(shelf.root / "one")
    shelf.create("one")
    shelf.call("skills.delete", name="one")
    trash = shelf.call("skills.list", deleted=True)["deleted"][1]["trash"]
    assert (shelf.root / ".trash" / trash / "one").is_symlink()


def test_a_restored_link_takes_the_place_of_the_file_and_not_of_what_it_leads_to(shelf: Shelf) -> None:
    shelf.create("one")
    skill = shelf.root / "one"
    (skill / "target.md").write_text("target\n")
    (skill / "alias.md").symlink_to("target.md")
    shelf.call("skills.delete", name="one")
    version = shelf.call("skills.restore_deleted", name="one")["commit"]
    (skill / "alias.md").unlink()
    (skill / "alias.md").write_text("a file\n")
    shelf.call("git.restore", name="one", version=version)
    assert (skill / "alias.md").is_symlink()
    assert (skill / "target.md").read_text() == "target\n"
    shelf.check()
