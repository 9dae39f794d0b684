"""Another skills folder: made, asked about, moved into with every version, or refused with what can be done."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import Any

import apsw
import killing
import pytest
from shelf import Shelf, a_person, digest, git

from workbench.app import Workbench
from workbench.errors import HomeUnusable, InvalidRequest, Refused, WorkbenchError
from workbench.skills import moving


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "new"


@pytest.fixture
def lived(shelf: Shelf) -> Shelf:
    """A library with a past, and one skill in the trash."""
    for name in ("one", "gone"):
        shelf.create(name)
    shelf.call("skills.edit", name="one", body="Otherwise.\n")
    shelf.call("skills.delete", name="gone")
    (shelf.root / "notes.txt").write_text("in no version\n")
    return shelf


def choose(shelf: Shelf, folder: Path | str | None, **more: Any) -> dict[str, Any]:
    path = None if folder is None else str(folder)
    return shelf.call("settings.save", changes={"skills_path": path}, **more)


def test_a_new_folder_is_made(shelf: Shelf, new: Path) -> None:
    choose(shelf, new)
    assert new.is_dir()
    assert shelf.bench.library.root == new


def test_where_there_are_skills_it_is_asked_and_nothing_is_done(lived: Shelf, new: Path) -> None:
    before = digest(lived.root)
    with pytest.raises(Refused) as caught:
        choose(lived, new)
    assert caught.value.reason == "move_skills"
    assert caught.value.facts == {"reason": "move_skills", "skills": 1, "old": str(lived.root), "new": str(new)}
    assert lived.bench.library.root == lived.root
    assert digest(lived.root) == before
    assert not new.exists()


@pytest.mark.parametrize("there", [None, "empty", "something"])
def test_skills_move_with_every_version_and_their_trash(lived: Shelf, new: Path, there: str | None) -> None:
    before, log, head = digest(lived.root), lived.history("one"), git(lived.root, "rev-parse", "HEAD")
    if there is not None:
        new.mkdir(parents=True)
    if there == "something":
        (new / "mine.txt").write_text("mine\n")
    choose(lived, new, move_skills=True)
    assert not lived.root.exists()
    lived.root = new
    assert {path: each for path, each in digest(new).items() if path != "mine.txt"} == before
    assert (lived.names(), lived.history("one"), git(new, "rev-parse", "HEAD")) == (["one"], log, head)
    lived.call("skills.restore_deleted", name="gone")
    lived.check()
    lived.call("git.restore", name="one", version=log[-1]["version"])
    assert b"Do it." in lived.text("one")


def test_skills_that_are_to_stay_stay_and_are_there_again_when_one_goes_back(lived: Shelf, new: Path) -> None:
    before = digest(lived.root)
    choose(lived, new, move_skills=False)
    assert digest(lived.root) == before
    assert [row["present"] for row in lived.call("skills.list")["skills"]] == [False]
    choose(lived, lived.root, move_skills=False)
    assert [row["present"] for row in lived.call("skills.list")["skills"]] == [True]


@pytest.mark.parametrize("place", ["/", "home", "home/skills", ".", "link"])
def test_a_folder_that_holds_the_home_or_lies_in_it_is_refused(shelf: Shelf, tmp_path: Path, place: str) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "home")
    with pytest.raises(Refused) as caught:
        choose(shelf, tmp_path / place)
    assert caught.value.reason == "not_for_skills"
    assert shelf.bench.library.root == shelf.root
    assert not (tmp_path / ".trash").exists()


def test_the_same_folder_is_not_asked_about(lived: Shelf) -> None:
    choose(lived, lived.root)
    assert lived.names() == ["one"]


def test_a_folder_that_is_gone_is_left_without_a_question(lived: Shelf, new: Path) -> None:
    lived.root.rename(lived.root.with_name("unmounted"))
    choose(lived, new)
    assert lived.bench.library.root == new


def within(old: Path, new: Path) -> Path:
    del new
    return old / "one" / "new"


def with_a_name(old: Path, new: Path) -> Path:
    (new / "ONE").mkdir(parents=True)
    return new


def with_a_history(old: Path, new: Path) -> Path:
    a_person(new)
    return new


def a_file(old: Path, new: Path) -> Path:
    new.parent.mkdir()
    new.write_text("a file\n")
    return new


def from_a_link(old: Path, new: Path) -> Path:
    old.rename(old.with_name("real"))
    old.symlink_to(old.with_name("real"))
    return new


def by_a_link(old: Path, new: Path) -> Path:
    new.parent.mkdir()
    new.symlink_to(old / "one")
    return new


@pytest.mark.parametrize(
    ("prepare", "reason"),
    [
        (within, "inside"),
        (by_a_link, "inside"),
        (with_a_name, "exists"),
        (with_a_history, "other_history"),
        (a_file, "no_folder"),
        (from_a_link, "link"),
    ],
)
def test_a_move_that_would_lose_something_is_refused_and_nothing_is_changed(
    lived: Shelf, new: Path, tmp_path: Path, prepare: Any, reason: str
) -> None:
    target = prepare(lived.root, new)
    before = digest(tmp_path, "home")
    with pytest.raises(Refused) as caught:
        choose(lived, target, move_skills=True)
    assert caught.value.reason == reason
    assert caught.value.remedy
    assert digest(tmp_path, "home") == before
    assert lived.bench.library.root == lived.root
    assert lived.names() == ["one"]


def test_skills_in_a_bigger_repository_are_left_to_its_owner(shelf: Shelf, new: Path, tmp_path: Path) -> None:
    a_person(tmp_path / "project")
    shelf.__init__(shelf.bench, tmp_path / "project" / "skills")  # type: ignore[misc]
    shelf.create("one")
    with pytest.raises(Refused) as caught:
        choose(shelf, new, move_skills=True)
    assert caught.value.reason == "bigger_repository"
    assert not new.exists()


def test_another_disk_is_left_to_the_person(lived: Shelf, elsewhere: Path) -> None:
    with pytest.raises(Refused) as caught:
        choose(lived, elsewhere / "skills", move_skills=True)
    assert caught.value.reason == "other_disk"
    assert "mv" in caught.value.remedy


@pytest.mark.parametrize("move", [True, False])
def test_a_folder_that_cannot_be_made_is_said_and_nothing_is_saved(lived: Shelf, tmp_path: Path, move: bool) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(HomeUnusable):
        choose(lived, tmp_path / "file" / "below", move_skills=move)
    assert lived.bench.library.root == lived.root
    assert lived.names() == ["one"]
    lived.check()


def test_a_skill_that_somebody_edits_keeps_the_folder_where_it_is(lived: Shelf, new: Path) -> None:
    lived.call("skills.lock", name="one", instance="a page")
    with pytest.raises(Refused):
        choose(lived, new, move_skills=True)
    assert not new.exists()


@pytest.mark.parametrize("path", ["skills", "./x", "~nobody-has-this-name/x", "a\0b", "/a\0b"])
def test_a_path_that_means_another_folder_to_each_host_is_refused(shelf: Shelf, path: str) -> None:
    with pytest.raises(InvalidRequest):
        choose(shelf, path)


def test_nothing_moves_for_a_request_of_which_a_part_does_not_fit(lived: Shelf, new: Path) -> None:
    with pytest.raises(InvalidRequest):
        choose(lived, new, move_skills=True, secrets={"NOBODY_NEEDS_THIS": "x" * 20})
    assert lived.bench.library.root == lived.root
    assert not new.exists()


def test_where_nothing_can_be_saved_no_folder_is_made(lived: Shelf, new: Path) -> None:
    home = lived.bench.home
    lived.bench.close()
    with closing(apsw.Connection(str(home.database))) as connection:
        connection.pragma("user_version", 1000)  # as a newer Workbench leaves it
    with Workbench.open(home) as older, pytest.raises(WorkbenchError):
        older.call("settings.save", changes={"skills_path": str(new)}, move_skills=True)
    assert not new.exists()
    assert (lived.root / "one").is_dir()


def test_who_waited_while_the_folder_moved_works_in_the_new_one(lived: Shelf, new: Path) -> None:
    """Another process has asked where the skills are before they moved, and gets its turn afterwards."""
    with Workbench.open(lived.bench.home) as other:
        _ = other.library.root
        choose(lived, new, move_skills=True)
        other.call("skills.create", name="two", description="D.")
    assert (new / "two" / "SKILL.md").is_file()
    assert not lived.root.exists()


def test_what_came_to_the_new_place_meanwhile_is_not_written_over(lived: Shelf, new: Path) -> None:
    def late(intent: Any) -> None:
        moving.strike(intent)
        (new / "one").mkdir()
        (new / "one" / "SKILL.md").write_text("somebody else's\n")

    with lived.bench.library.alone() as site:
        facts = {"to": str(new), "chosen": str(new), "made": True}
        lived.bench.library.changes.relocate(site.root, facts, late)
    assert (new / "one" / "SKILL.md").read_text() == "somebody else's\n"
    [kept] = new.glob("one.*")
    assert b"Otherwise." in (kept / "SKILL.md").read_bytes()


@pytest.mark.slow
@pytest.mark.timeout(killing.PATIENCE_S + 20)
def test_a_move_that_is_killed_has_happened_or_has_not(tmp_path: Path) -> None:
    reports = killing.lived(Path(__file__).with_name("killed_move.py"), tmp_path)
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    for report in reports:
        assert report["stable"], report
        assert (report["wrong"], report["lost"], report["more"]) == ([], [], []), report
        assert (report["names"], report["versions"], report["trash"]) == (["one"], 2, ["gone"]), report
        assert report["mine"] == "mine\n", report
        assert report["other"] == (None if report["where"] == "new" else ["mine.txt"]), report
    assert {report["where"] for report in reports} == {"old", "new"}
