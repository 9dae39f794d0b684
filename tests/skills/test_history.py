"""Versions of one skill: their log, how any two differ, going back, and tags."""

from __future__ import annotations

from pathlib import Path

import pytest
from git import Repo
from shelf import Shelf, a_person, digest, git

from workbench.errors import InvalidRequest, NotFound, Refused


def versions(shelf: Shelf, name: str) -> list[str]:
    return [each["message"] for each in shelf.history(name)]


@pytest.fixture
def told(shelf: Shelf) -> Shelf:
    """A skill with a past: made, edited, given files, renamed, edited again; another beside it."""
    shelf.create("old-name")
    shelf.create("beside")
    shelf.call("skills.edit", name="old-name", body="Second.\n")
    shelf.call("files.write", path=str(shelf.root / "old-name" / "references" / "a.md"), text="a\n")
    shelf.call("skills.rename", name="old-name", new_name="one")
    shelf.call("skills.edit", name="one", body="Third.\n")
    return shelf


def test_the_log_is_of_one_skill_and_goes_back_beyond_its_renames(told: Shelf) -> None:
    assert versions(told, "one") == [
        "one: SKILL.md edited", "one: renamed from old-name", "old-name: references/a.md written",
        "old-name: SKILL.md edited", "old-name: created",
    ]  # fmt: skip
    assert versions(told, "beside") == ["beside: created"]
    newest, renamed = told.history("one")[:2]
    assert newest["files"] == [{"path": "SKILL.md", "change": "modified"}]
    assert {file["path"] for file in renamed["files"]} == {"SKILL.md", "references/a.md"}


def test_pages_of_a_log_join_up(told: Shelf) -> None:
    seen, cursor = [], None
    while True:
        page = told.call("git.history", name="one", limit=2, cursor=cursor)
        seen += [each["message"] for each in page["versions"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == versions(told, "one")


def test_a_rename_by_hand_is_followed_too(shelf: Shelf) -> None:
    a_person(shelf.root)
    shelf.create("one")
    git(shelf.root, "mv", "one", "two")
    git(shelf.root, "commit", "-qm", "moved by hand")
    shelf.call("workspace.apply_reconcile", choices={"two": "add"})
    assert versions(shelf, "two") == ["moved by hand", "one: created"]


def test_any_two_versions_are_compared_and_the_disk_with_the_newest(told: Shelf) -> None:
    log = told.history("one")
    found = told.call("git.diff", name="one", old=log[-1]["version"], new=log[0]["version"])
    assert [(each["path"], each["change"]) for each in found["files"]] == [
        ("SKILL.md", "modified"), ("references/a.md", "added"),
    ]  # fmt: skip
    assert "-Do it.\n+Third.\n" in found["files"][0]["patch"]
    assert (found["files"][1]["added"], found["files"][1]["removed"]) == (1, 0)
    folder = told.root / "one"
    (folder / "new.bin").write_bytes(b"\0\1")
    (folder / "references" / "a.md").rename(folder / "references" / "b.md")
    before = digest(told.root)
    found = told.call("git.diff", name="one")
    assert [(each["path"], each["old_path"], each["change"], each["binary"]) for each in found["files"]] == [
        ("new.bin", None, "added", True), ("references/b.md", "references/a.md", "renamed", False),
    ]  # fmt: skip
    assert digest(told.root) == before


def test_a_version_is_compared_with_the_one_before_it(told: Shelf) -> None:
    newest = told.history("one")[0]["version"]
    found = told.call("git.diff", name="one", new=newest)
    assert found["old"] == told.history("one")[1]["version"]
    assert (found["added"], found["removed"]) == (1, 1)
    first = told.history("one")[-1]["version"]
    found = told.call("git.diff", name="one", new=first)
    assert (found["old"], found["files"][0]["change"]) == (None, "added")


def test_restoring_makes_a_new_head_and_says_what_it_drops(told: Shelf) -> None:
    first = told.history("one")[-1]["version"]
    (told.root / "one" / "draft.md").write_text("mine\n")
    before = digest(told.root)
    preview = told.call("git.restore", name="one", version=first, preview=True)
    assert {key: preview[key] for key in ("drops", "changes", "saves", "later", "commit")} == {
        "drops": ["draft.md", "references/a.md"], "changes": ["SKILL.md"], "saves": ["draft.md"], "later": 4, "commit": None,
    }  # fmt: skip
    assert digest(told.root) == before
    done = told.call("git.restore", name="one", version=first)
    assert {**done, "commit": None} == preview
    assert versions(told, "one")[:2] == [f"one: restored to {first[:12]}", "one: changed outside of Workbench"]
    assert told.text("one") == git(told.root, "show", f"{first}:old-name/SKILL.md").encode()
    assert [each.name for each in (told.root / "one").iterdir()] == ["SKILL.md"]
    assert git(told.root, "show", "HEAD^:one/draft.md") == "mine\n"
    told.check()


def test_restoring_what_is_there_already_is_no_version(told: Shelf) -> None:
    newest = told.history("one")[0]["version"]
    assert told.call("git.restore", name="one", version=newest)["commit"] is None
    assert told.history("one")[0]["version"] == newest


def test_a_restore_can_be_restored_from(told: Shelf) -> None:
    log, text = told.history("one"), told.text("one")
    told.call("git.restore", name="one", version=log[-1]["version"])
    told.call("git.restore", name="one", version=log[0]["version"])
    assert told.text("one") == text
    assert (told.root / "one" / "references" / "a.md").read_text() == "a\n"


def test_restoring_brings_modes_and_links_back_and_a_file_in_place_of_a_folder(shelf: Shelf) -> None:
    shelf.create("one")
    folder = shelf.root / "one"
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("SKILL.md")
    (folder / "thing").write_text("a file\n")
    before = digest(folder)
    shelf.call("git.restore", name="one", version=shelf.history("one")[0]["version"])
    kept = shelf.history("one")[1]["version"]
    assert (folder / "SKILL.md").is_file()
    assert not (folder / "thing").exists()
    (folder / "thing").mkdir()
    (folder / "thing" / "inner").write_text("a folder now\n")
    shelf.call("git.restore", name="one", version=kept)
    assert digest(folder) == before
    assert (folder / "run.sh").stat().st_mode & 0o777 == 0o755
    shelf.check()


@pytest.mark.parametrize(
    "wanted",
    ["--output=x", "-b", "@{-1}", "HEAD", "main", "refs/heads/main", "refs/../../x", "HEAD~1", ":/created", "deadbeef",
     "0" * 40, "v9", "a" * 200, "\0", "x\ny"],
)  # fmt: skip
def test_a_version_is_named_by_its_commit_or_its_tag_and_nothing_else(told: Shelf, wanted: str, tmp_path: Path) -> None:
    before = digest(told.root)
    for command, key in (("git.restore", "version"), ("git.diff", "old"), ("git.diff", "new"), ("git.tag", "version")):
        params = {"tag": "t"} if command == "git.tag" else {}
        with pytest.raises(NotFound, match="has no version"):
            told.call(command, name="one", **{key: wanted}, **params)
    assert digest(told.root) == before


def test_another_skill_s_version_is_none_of_this_one(told: Shelf) -> None:
    git(told.root, "config", "user.name", "A")
    git(told.root, "config", "user.email", "a@b")
    (told.root / "README").write_text("about\n")
    git(told.root, "add", "README")
    tree = git(told.root, "mktree", given=b"").strip()
    empty = git(told.root, "commit-tree", "-m", "nothing", tree).strip()
    with pytest.raises(NotFound, match="has no version"):
        told.call("git.restore", name="one", version=empty)


def test_a_tag_names_a_version_of_one_skill_for_good(told: Shelf) -> None:
    first = told.history("one")[1]["version"]
    assert told.call("git.tag", name="one", tag="v1.0", version=first)["tags"] == ["v1.0"]
    assert told.call("git.tag", name="one", tag="v1.0", version=first)["tags"] == ["v1.0"]
    assert told.history("one")[1]["tags"] == ["v1.0"]
    with pytest.raises(Refused, match="Another version"):
        told.call("git.tag", name="one", tag="v1.0")
    told.call("git.restore", name="one", version="v1.0")
    assert b"Second." in told.text("one")
    with pytest.raises(NotFound):
        told.call("git.restore", name="beside", version="v1.0")
    for wrong in ("-x", "a b", "a..b", "x.lock", "a/b", "ü", "a\n"):
        with pytest.raises(InvalidRequest):
            told.call("git.tag", name="one", tag=wrong)


def test_a_version_that_leads_out_of_the_skill_is_not_laid_out(shelf: Shelf) -> None:
    a_person(shelf.root)
    shelf.create("one")
    folder = shelf.root / "one"
    for target in ("/etc/passwd", "../../secret", "references/../../../x"):
        (folder / "link").unlink(missing_ok=True)
        (folder / "link").symlink_to(target)
        git(shelf.root, "add", "one")
        git(shelf.root, "commit", "-qm", "link")
    (folder / "link").unlink()
    for each in shelf.history("one")[:-1]:
        with pytest.raises(Refused, match="leads out"):
            shelf.call("git.restore", name="one", version=each["version"])
    assert not (folder / "link").is_symlink()


def test_messages_and_names_of_strangers_cannot_break_the_log(shelf: Shelf) -> None:
    a_person(shelf.root)
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").write_text("---\nname: one\ndescription: x\n---\n")
    message = "\x1e\x1f<script>alert(1)</script>\x00"[:-1] + "\n\nauthor Eve <e@e> 0 +0000\n\ntree 123\n"
    git(shelf.root, "-c", "user.name=E\x1b[31mve <x", "-c", "i18n.commitEncoding=latin-1", "commit", "-qam", message)
    newest = shelf.history("one")[0]
    assert newest["message"] == message.strip()
    assert newest["email"] == "ada@example.org"
    assert len(shelf.history("one")) == 2


def test_the_history_of_a_deleted_skill_is_still_there(told: Shelf) -> None:
    told.call("skills.delete", name="one")
    assert versions(told, "one")[0] == "one: deleted"
    assert len(versions(told, "one")) == 6


def test_a_large_difference_is_cut_and_says_so(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "big.txt").write_text("line\n" * 400_000)
    found = shelf.call("git.diff", name="one")
    assert found["truncated"]
    assert found["added"] == 400_000
    assert len(found["files"][0]["patch"]) <= 1024 * 1024


def test_gitpython_finds_our_repository_sound(told: Shelf) -> None:
    with Repo(told.root) as repo:
        assert next(commit.message for commit in repo.iter_commits(paths="one")) == "one: SKILL.md edited"
        assert not repo.is_dirty(untracked_files=True)
