"""Versions of one skill: their log, how any two differ, going back, and tags."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from git import Repo
from shelf import Shelf, a_person, digest, git

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.skills import table


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


def test_a_name_that_is_taken_back_loses_no_version(shelf: Shelf) -> None:
    shelf.create("one")
    shelf.call("skills.rename", name="one", new_name="two")
    shelf.call("skills.edit", name="two", body="As two.\n")
    as_two = shelf.history("two")[0]["version"]
    shelf.call("skills.rename", name="two", new_name="one")
    assert versions(shelf, "one") == [
        "one: renamed from two", "two: SKILL.md edited", "two: renamed from one", "one: created",
    ]  # fmt: skip
    shelf.call("git.restore", name="one", version=as_two)
    assert b"As two." in shelf.text("one")


def test_a_new_skill_has_no_version_of_another_that_once_had_its_name(shelf: Shelf) -> None:
    shelf.create("one")
    first = shelf.history("one")[0]["version"]
    shelf.call("skills.rename", name="one", new_name="two")
    shelf.create("one", body="Something else.\n")
    assert versions(shelf, "one") == ["one: created"]
    assert versions(shelf, "two") == ["two: renamed from one", "one: created"]
    with pytest.raises(NotFound, match="has no version"):
        shelf.call("git.restore", name="one", version=first)


def test_a_skill_that_came_back_from_the_trash_has_its_past_and_not_that_of_who_had_its_name_since(
    shelf: Shelf,
) -> None:
    shelf.create("one")
    shelf.call("skills.edit", name="one", body="Second.\n")
    trash = shelf.call("skills.delete", name="one")["trash"]
    shelf.create("one", body="A stranger.\n")
    shelf.call("skills.delete", name="one")
    shelf.call("skills.restore_deleted", name="one", trash=trash)
    assert versions(shelf, "one") == [
        "one: restored from the trash", "one: deleted", "one: SKILL.md edited", "one: created",
    ]  # fmt: skip


def test_a_renamed_skill_of_a_few_words_is_followed(shelf: Shelf) -> None:
    name = "a-name-that-is-longer-than-all-that-the-skill-says"
    shelf.create(name, text=f"---\nname: {name}\n---\n")
    shelf.call("skills.rename", name=name, new_name="x")
    assert versions(shelf, "x") == [f"x: renamed from {name}", f"{name}: created"]


def test_a_tag_stays_when_the_skill_is_renamed(shelf: Shelf) -> None:
    shelf.create("one")
    first = shelf.call("git.tag", name="one", tag="v1")["version"]
    shelf.call("skills.rename", name="one", new_name="two")
    assert shelf.call("git.tag", name="two", tag="v2", version=first)["tags"] == ["v1", "v2"]
    assert shelf.history("two")[1]["tags"] == ["v1", "v2"]
    with pytest.raises(Refused, match="Another version"):
        shelf.call("git.tag", name="two", tag="v1")
    shelf.call("git.restore", name="two", version="v1")


@pytest.mark.parametrize("name", ["My Skill", "a:b", "~x^y", "star*[x]", "back\\slash", "tab\there", "new\nline", "%41", ".x", "a..b", "ü.lock", "@{"])  # fmt: skip
def test_a_skill_of_any_name_can_be_tagged(shelf: Shelf, name: str) -> None:
    shelf.create("beside")
    (shelf.root / name).mkdir()
    (shelf.root / name / "SKILL.md").write_text("---\nname: x\ndescription: y\n---\n")
    shelf.bench.library.changes.database.write(lambda db: table.add(db, name, "imported", 1))
    shelf.call("files.write", path=str(shelf.root / name / "a.md"), text="a\n") if name[0] != "." else None
    if name[0] == ".":
        git(shelf.root, "add", name)
        git(shelf.root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "by hand")
    assert shelf.call("git.tag", name=name, tag="v1")["tags"] == ["v1"]
    assert shelf.history(name)[0]["tags"] == ["v1"]
    assert shelf.call("git.diff", name=name, old="v1")["old"] is not None


def test_a_tag_of_the_person_s_own_that_is_in_the_way_is_named(shelf: Shelf) -> None:
    shelf.create("one")
    git(shelf.root, "tag", "one")
    with pytest.raises(Refused, match="tag of your own"):
        shelf.call("git.tag", name="one", tag="v1")


def test_every_version_of_the_log_can_be_compared_and_a_deletion_cannot_be_restored(told: Shelf) -> None:
    told.call("skills.delete", name="one")
    deletion = told.history("one")[0]["version"]
    newest = told.history("one")[1]["version"]
    assert told.call("git.diff", name="one")["old"] == deletion
    assert told.call("git.tag", name="one", tag="last")["version"] == newest
    told.call("skills.restore_deleted", name="one")
    log = [each["version"] for each in told.history("one")]
    found = [told.call("git.diff", name="one", new=each) for each in log]
    assert [each["old"] for each in found] == [*log[1:], None]
    assert [len(each["files"]) for each in found[:2]] == [2, 2]
    assert {file["change"] for file in found[0]["files"]} == {"added"}
    assert {file["change"] for file in found[1]["files"]} == {"deleted"}
    for command, more in (("git.restore", {}), ("git.tag", {"tag": "v1"})):
        with pytest.raises(Refused, match="was deleted"):
            told.call(command, name="one", version=deletion, **more)


def test_a_file_that_became_a_link_keeps_its_patch_to_itself(shelf: Shelf) -> None:
    shelf.create("one")
    folder = shelf.root / "one"
    (folder / "a.md").write_text("a\n")
    shelf.call("files.write", path=str(folder / "z.md"), text="z\n")
    shelf.call("files.write", path=str(folder / "a.md"), text="a.\n")
    (folder / "a.md").unlink()
    (folder / "a.md").symlink_to("SKILL.md")
    (folder / "z.md").write_text("changed\n")
    a, z = shelf.call("git.diff", name="one")["files"]
    assert (a["path"], z["path"]) == ("a.md", "z.md")
    assert "-a." in a["patch"]
    assert "+SKILL.md" in a["patch"]
    assert "+changed" in z["patch"]
    assert "a.md" not in z["patch"]


def test_a_branch_that_is_called_like_a_commit_is_not_taken_for_it(told: Shelf) -> None:
    log = told.history("one")
    git(told.root, "branch", log[0]["version"][:8], log[2]["version"])
    found = told.call("git.diff", name="one", old=log[0]["version"][:8], new=log[1]["version"])
    assert found["old"] == log[0]["version"]


def test_a_cursor_that_no_log_gave_is_refused(told: Shelf) -> None:
    for cursor in ("x", "0" * 40, told.history("beside")[0]["version"]):
        with pytest.raises(InvalidRequest, match="cursor"):
            told.call("git.history", name="one", cursor=cursor)


def test_what_lies_on_the_disk_is_compared_below_any_path_and_what_is_ignored_is_not_read(
    bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    shelf = Shelf(bench, tmp_path / 'a:b"c\\d' / "skills")
    shelf.create("one")
    folder = shelf.root / "one"
    (folder / ".gitignore").write_text("*.bin\n")
    with (folder / "huge.bin").open("wb") as huge:
        huge.truncate(1 << 40)
    for number in range(30):
        (folder / f"{number:02}.md").write_text(f"{number}\n")
    files = shelf.call("git.diff", name="one")["files"]
    assert [each["path"] for each in files] == [".gitignore", *(f"{number:02}.md" for number in range(30))]


@pytest.mark.parametrize("name", ["..", ".", "../src", "./one", "one/SKILL.md", "one/", "a\0b", "/etc"])
def test_a_name_is_one_folder_s_and_not_a_path(told: Shelf, name: str) -> None:
    for command, more in (
        ("git.history", {}),
        ("git.diff", {}),
        ("git.restore", {"version": "v1"}),
        ("skills.get", {}),
    ):
        with pytest.raises(InvalidRequest, match="folder, not a path"):
            told.call(command, name=name, **more)


def test_a_change_asks_git_for_what_a_commit_holds_once(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every process of git is a few milliseconds that a person waits for."""
    shelf.create("one")
    run, asked = subprocess.run, []

    def noted(command: list[str], **how: Any) -> subprocess.CompletedProcess[bytes]:
        asked.append([word for word in command[1:] if "=" not in word and word not in {"-c", "--no-pager"}])
        return run(command, **how)

    monkeypatch.setattr(subprocess, "run", noted)
    shelf.call("skills.edit", name="one", body="Otherwise.\n")
    trees = [words for words in asked if "ls-tree" in words]
    assert len(trees) == 2, "the commit before, and the one that was made"
    assert trees[0] != trees[1]
    assert len(asked) <= 14, asked
