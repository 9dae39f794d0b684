"""What a person has in their index: staged work, a merge that is not done; and a repository with names of 64 digits."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelf import Shelf, a_person, git

from workbench.errors import Refused


@pytest.fixture
def guest(shelf: Shelf) -> Shelf:
    """Two skills in a repository of the person's own."""
    a_person(shelf.root)
    shelf.create("one")
    shelf.create("two")
    return shelf


def in_conflict(shelf: Shelf) -> str:
    """A merge that two texts of a skill hold up; its commit."""
    file, start = shelf.root / "one" / "SKILL.md", git(shelf.root, "rev-parse", "HEAD").strip()
    text = file.read_text()
    git(shelf.root, "checkout", "-qb", "theirs")
    file.write_text(text.replace("Do it.", "Do theirs."))
    git(shelf.root, "commit", "-qam", "theirs")
    git(shelf.root, "checkout", "-q", "trunk")
    git(shelf.root, "reset", "-q", "--hard", start)
    file.write_text(text.replace("Do it.", "Do mine."))
    git(shelf.root, "commit", "-qam", "mine")
    with pytest.raises(Exception, match="non-zero exit status 1"):
        git(shelf.root, "merge", "theirs")
    return git(shelf.root, "rev-parse", "MERGE_HEAD").strip()


def test_a_skill_in_a_merge_that_is_not_done_is_left_alone_and_others_are_not(guest: Shelf) -> None:
    git(guest.root, "tag", "base")
    theirs = in_conflict(guest)
    head, text = git(guest.root, "rev-parse", "HEAD"), guest.text("one")
    for command, more in (
        ("skills.edit", {"edits": [{"key": "license", "value": "MIT"}]}),
        ("skills.rename", {"new_name": "three"}),
        ("skills.delete", {}),
        ("git.restore", {"version": git(guest.root, "rev-parse", "base").strip()}),
    ):
        with pytest.raises(Refused, match="merge") as refused:
            guest.call(command, name="one", **more)
        assert refused.value.reason == "conflict"
    assert (git(guest.root, "rev-parse", "HEAD"), guest.text("one")) == (head, text)
    guest.call("skills.edit", name="two", body="Other.\n")
    assert git(guest.root, "ls-files", "-u", "--", "one")
    assert git(guest.root, "rev-parse", "MERGE_HEAD").strip() == theirs


def test_what_is_staged_of_the_very_file_becomes_a_version_before_it_is_edited(guest: Shelf) -> None:
    file = guest.root / "one" / "SKILL.md"
    disk = file.read_text()
    file.write_text(disk.replace("Do it.", "Staged."))
    git(guest.root, "add", "one")
    file.write_text(disk.replace("Do it.", "Written since."))
    guest.call("skills.edit", name="one", edits=[{"key": "license", "value": "MIT"}])
    assert guest.log()[:3] == [
        "one: SKILL.md edited", "one: changed outside of Workbench", "one: staged outside of Workbench",
    ]  # fmt: skip
    assert "Staged." in git(guest.root, "show", "HEAD~2:one/SKILL.md")
    assert "Written since." in git(guest.root, "show", "HEAD~1:one/SKILL.md")
    assert git(guest.root, "status", "--porcelain") == ""


def test_what_is_staged_is_kept_when_its_skill_is_renamed_or_deleted(guest: Shelf) -> None:
    for name, command, more in (("one", "skills.rename", {"new_name": "three"}), ("two", "skills.delete", {})):
        file = guest.root / name / "SKILL.md"
        disk = file.read_text()
        file.write_text(f"{disk}Staged {name}.\n")
        git(guest.root, "add", name)
        file.write_text(disk)
        guest.call(command, name=name, **more)
        assert f"Staged {name}." in git(guest.root, "show", f"HEAD~1:{name}/SKILL.md")
    assert git(guest.root, "status", "--porcelain") == ""


def test_what_an_index_lags_behind_is_not_taken_for_staged_work(guest: Shelf) -> None:
    git(guest.root, "tag", "old")
    guest.call("skills.edit", name="one", body="Second.\n")
    guest.call("skills.edit", name="one", body="Third.\n")
    git(guest.root, "reset", "-q", "old", "--", "one")
    guest.call("skills.edit", name="one", body="Fourth.\n")
    assert guest.log()[0:2] == ["one: SKILL.md edited"] * 2
    assert git(guest.root, "status", "--porcelain") == ""


def test_a_file_that_is_only_announced_to_git_is_no_staged_work(guest: Shelf) -> None:
    (guest.root / "one" / "notes.md").write_text("mine\n")
    git(guest.root, "add", "-N", "one/notes.md")
    guest.call("files.write", path=str(guest.root / "one" / "notes.md"), text="ours\n")
    assert guest.log()[:2] == ["one: notes.md written", "one: changed outside of Workbench"]


def test_a_repository_with_longer_names_of_objects_keeps_versions_too(shelf: Shelf) -> None:
    shelf.root.mkdir()
    git(shelf.root, "init", "-q", "-b", "trunk", "--object-format=sha256")
    shelf.create("one")
    shelf.create("gone")
    shelf.call("skills.edit", name="one", body="Second.\n")
    (shelf.root / "one" / "SKILL.md").write_bytes(shelf.text("one") + b"More.\n")
    assert shelf.call("git.diff", name="one")["added"] == 1
    shelf.call("skills.rename", name="one", new_name="two")
    shelf.call("skills.delete", name="gone")
    shelf.call("skills.restore_deleted", name="gone")
    versions = shelf.history("two")
    assert [len(each["version"]) for each in versions] == [64] * 3
    shelf.call("git.tag", name="two", tag="v1")
    shelf.call("git.restore", name="two", version=versions[-1]["version"])
    assert git(shelf.root, "status", "--porcelain") == ""
    shelf.check()


def test_a_damaged_repository_is_said_to_be_one_and_is_not_begun_anew(shelf: Shelf) -> None:
    a_person(shelf.root)
    shelf.create("one")
    (shelf.root / ".git" / "HEAD").unlink()
    with pytest.raises(Refused, match="damaged") as refused:
        shelf.call("skills.edit", name="one", body="x\n")
    assert "move it away" in refused.value.remedy
    assert not (shelf.root / ".git" / "HEAD").exists()


def test_a_work_tree_whose_repository_is_gone_is_said_to_be_damaged(shelf: Shelf, tmp_path: Path) -> None:
    shelf.create("one")
    (shelf.root / ".git").rename(tmp_path / "away")
    (shelf.root / ".git").write_text(f"gitdir: {tmp_path / 'nowhere'}\n")
    with pytest.raises(Refused, match="damaged") as refused:
        shelf.call("skills.edit", name="one", body="x\n")
    assert "status" not in refused.value.remedy
