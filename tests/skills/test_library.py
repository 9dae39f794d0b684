"""The library: every change is one commit of that skill's paths, and nobody's work is touched."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from shelf import Shelf, a_person, digest, git

from workbench.app import Workbench
from workbench.errors import HomeUnusable, InvalidRequest, NotFound, Refused, WorkbenchError
from workbench.paths import Home
from workbench.skills import locks_table
from workbench.skills.versions import index

# -- each verb --------------------------------------------------------------------------------------------------------


def test_a_new_skill_is_a_folder_a_row_and_a_commit(shelf: Shelf) -> None:
    made = shelf.create("haiku-commit", tags=["Poetry", "GIT"])["skill"]
    assert shelf.text("haiku-commit") == b"---\nname: haiku-commit\ndescription: Does haiku-commit.\n---\n\nDo it.\n"
    assert made["valid"]
    assert made["tags"] == ["git", "poetry"]
    assert shelf.log() == ["haiku-commit: created"]
    shelf.check()


def test_what_is_made_without_a_known_person_is_by_workbench(shelf: Shelf) -> None:
    shelf.create("one")
    assert git(shelf.root, "log", "--format=%an <%ae>").strip() == "Workbench <workbench@localhost>"


def test_an_edit_changes_the_lines_of_its_key_and_is_a_version(shelf: Shelf) -> None:
    shelf.create("one")
    before = shelf.text("one").splitlines()
    done = shelf.call("skills.edit", name="one", edits=[{"key": ["metadata", "version"], "value": "1.0"}])
    after = shelf.text("one").splitlines()
    assert [line for line in after if line not in before] == [b"metadata:", b'  version: "1.0"']
    assert done["commit"] == git(shelf.root, "rev-parse", "HEAD").strip()
    shelf.check()


def test_an_edit_that_changes_nothing_is_no_version(shelf: Shelf) -> None:
    shelf.create("one")
    assert shelf.call("skills.edit", name="one", edits=[{"key": "name", "value": "one"}])["commit"] is None
    assert shelf.log() == ["one: created"]


def test_a_body_and_a_text_are_replaced_with_the_line_ends_of_the_file(shelf: Shelf) -> None:
    shelf.create("one", text="---\r\nname: one\r\ndescription: D\r\n---\r\nOld\r\n")
    shelf.call("skills.edit", name="one", body="New\nlines\n")
    assert shelf.text("one") == b"---\r\nname: one\r\ndescription: D\r\n---\r\nNew\r\nlines\r\n"
    shelf.call("skills.edit", name="one", text="---\nname: one\ndescription: E\n---\n")
    assert shelf.text("one") == b"---\r\nname: one\r\ndescription: E\r\n---\r\n"


def test_an_edit_of_what_has_changed_since_is_refused(shelf: Shelf) -> None:
    base = shelf.create("one")["skill"]["digest"]
    (shelf.root / "one" / "SKILL.md").write_text("---\nname: one\ndescription: Mine\n---\n")
    with pytest.raises(Refused, match="changed since") as refused:
        shelf.call("skills.edit", name="one", body="Theirs", base=base)
    assert refused.value.facts["reason"] == "changed"
    assert b"Mine" in shelf.text("one")


def test_what_was_changed_outside_becomes_a_version_before_an_edit(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").write_text("---\nname: one\ndescription: Mine\n---\n")
    shelf.call("skills.update_metadata", name="one", description="Ours")
    assert shelf.log() == ["one: SKILL.md described", "one: changed outside of Workbench", "one: created"]
    assert "description: Mine" in git(shelf.root, "show", "HEAD^:one/SKILL.md")


def test_a_file_that_is_no_utf8_keeps_its_bytes_through_an_edit(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one" / "SKILL.md").write_bytes(b"---\nname: one\ndescription: D\n---\n\xff\xfe\x80\n")
    shelf.call("skills.edit", name="one", edits=[{"key": "license", "value": "MIT"}])
    assert shelf.text("one") == b"---\nname: one\ndescription: D\nlicense: MIT\n---\n\xff\xfe\x80\n"
    assert not shelf.call("skills.get", name="one")["utf8"]
    with pytest.raises(Refused, match="not UTF-8"):
        shelf.call("skills.edit", name="one", text="---\n---\n")


def test_a_rename_is_of_the_folder_and_the_name_together(shelf: Shelf) -> None:
    shelf.create("one", tags=["keep"])
    shelf.call("skills.lock", name="one")
    renamed = shelf.call("skills.rename", name="one", new_name="two")["skill"]
    assert shelf.text("two").startswith(b"---\nname: two\n")
    assert (renamed["name"], renamed["tags"], renamed["locked"]) == ("two", ["keep"], True)
    assert shelf.log()[0] == "two: renamed from one"
    assert [version["name"] for version in shelf.history("two")] == ["two", "one"]
    shelf.check()


def test_a_rename_commits_no_more_than_the_rename(shelf: Shelf) -> None:
    shelf.create("one")
    folder = shelf.root / "one"
    (folder / "notes.md").write_text("kept\n")
    git(shelf.root, "add", "one/notes.md")
    git(shelf.root, "-c", "user.name=A", "-c", "user.email=a@b", "commit", "-qm", "notes")
    (folder / "notes.md").write_text("half done\n")
    (folder / "draft.md").write_text("not added\n")
    shelf.call("skills.rename", name="one", new_name="two")
    assert git(shelf.root, "show", "HEAD:two/notes.md") == "kept\n"
    assert git(shelf.root, "status", "--porcelain").splitlines() == [" M two/notes.md", "?? two/draft.md"]
    assert (shelf.root / "two" / "notes.md").read_text() == "half done\n"


def test_a_deleted_skill_comes_back_as_it_was(shelf: Shelf) -> None:
    shelf.create("one", tags=["keep"])
    (shelf.root / "one" / "draft.bin").write_bytes(b"\0untracked")
    before = digest(shelf.root / "one")
    gone = shelf.call("skills.delete", name="one")
    assert shelf.names() == []
    assert not (shelf.root / "one").exists()
    shelf.check()
    assert [row["trash"] for row in shelf.call("skills.list", deleted=True)["deleted"]] == [gone["trash"]]
    back = shelf.call("skills.restore_deleted", name="one")["skill"]
    assert digest(shelf.root / "one") == before
    assert back["tags"] == ["keep"]
    assert shelf.log() == ["one: restored from the trash", "one: deleted", "one: created"]
    shelf.check()


def test_of_two_deleted_skills_of_one_name_either_comes_back(shelf: Shelf) -> None:
    entries = []
    for text in ("First.\n", "Second.\n"):
        shelf.create("one", body=text)
        entries.append(shelf.call("skills.delete", name="one")["trash"])
    shelf.call("skills.restore_deleted", name="one", trash=entries[0])
    assert b"First." in shelf.text("one")
    with pytest.raises(Refused, match="already"):
        shelf.call("skills.restore_deleted", name="one")
    with pytest.raises(NotFound, match="trash"):
        shelf.call("skills.restore_deleted", name="two")


def test_a_name_that_is_taken_is_refused_and_says_by_what(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "folder").mkdir()
    working = shelf.bench.home.root / "workspaces" / "skills" / "worked" / "context"
    working.mkdir(parents=True)
    (working / "clarifications.json").write_text("{}")
    for name, by in (("one", "skill"), ("folder", "folder in"), ("worked", "working files")):
        with pytest.raises(Refused, match=by):
            shelf.create(name)
    shelf.create("two")
    with pytest.raises(Refused, match="skill named 'one'"):
        shelf.call("skills.rename", name="two", new_name="one")


@pytest.mark.parametrize(
    ("name", "suggested"),
    [
        ("My Skill", "my-skill"), ("a/b", "a-b"), ("../evil", "evil"), ("x" * 200, "x" * 64), ("CON", ""), ("", ""),
        ("anthropic", ""), ("-edge-", "edge"), ("two--hyphens", "two-hyphens"), (".hidden", "hidden"), ("a\0b", "a-b"),
        ("naïve", "nave"), ("a\\b", "a-b"), ("..", ""),
    ],
)  # fmt: skip
def test_a_name_that_cannot_be_is_refused_with_one_that_can(shelf: Shelf, name: str, suggested: str) -> None:
    shelf.create("one")
    before = digest(shelf.root), digest(shelf.bench.home.root, "workbench.db-wal", "workbench.db-shm", "logs")
    for call in (
        lambda: shelf.create(name),
        lambda: shelf.call("skills.rename", name="one", new_name=name),
    ):
        with pytest.raises(InvalidRequest) as refused:
            call()
        assert refused.value.facts["suggested"] == suggested
    assert (digest(shelf.root), digest(shelf.bench.home.root, "workbench.db-wal", "workbench.db-shm", "logs")) == before


def test_tags_are_lower_case_and_set_for_many_at_once_or_for_none(shelf: Shelf) -> None:
    for name in ("one", "two"):
        shelf.create(name)
    done = shelf.call("skills.update_tags", names=["one", "two"], tags=["B", "a", "b "])
    assert done["tags"] == {"one": ["a", "b"], "two": ["a", "b"]}
    shelf.call("skills.update_tags", names=["one"], add=["C"], remove=["A"])
    assert shelf.call("skills.tags")["tags"] == [
        {"tag": "a", "skills": 1}, {"tag": "b", "skills": 2}, {"tag": "c", "skills": 1},
    ]  # fmt: skip
    with pytest.raises(NotFound):
        shelf.call("skills.update_tags", names=["one", "none"], tags=[])
    assert len(shelf.call("skills.tags")["tags"]) == 3
    assert shelf.log() == ["two: created", "one: created"]


def test_what_is_not_there_is_not_found(shelf: Shelf) -> None:
    for name, params in (
        ("skills.get", {}), ("skills.edit", {"body": ""}), ("skills.delete", {}), ("skills.rename", {"new_name": "x"}),
        ("skills.lock", {}), ("git.history", {}), ("git.restore", {"version": "0" * 40}), ("skills.check_lock", {}),
    ):  # fmt: skip
        with pytest.raises(NotFound, match="no skill named 'none'"):
            shelf.call(name, **{"name": "none", **params})


# -- the person's own repository --------------------------------------------------------------------------------------


@pytest.fixture
def bigger(shelf: Shelf, tmp_path: Path) -> Path:
    """A project with a skills folder in it, half of its work staged, and hooks that would be noticed."""
    project = tmp_path / "project"
    a_person(project)
    for name, text in (
        ("app.py", "1\n"),
        ("my skills/README.md", "about\n"),
        (".gitattributes", "* text=auto filter=loud\n"),
    ):
        (project / name).parent.mkdir(exist_ok=True)
        (project / name).write_text(text)
    git(project, "config", "filter.loud.clean", f"echo filter >> {tmp_path / 'ran'}; cat")
    git(project, "-c", "filter.loud.clean=cat", "add", ".")
    git(project, "commit", "-qm", "begin")
    hooks = project / ".git" / "hooks"
    for hook in (
        "pre-commit",
        "commit-msg",
        "post-commit",
        "reference-transaction",
        "post-index-change",
        "prepare-commit-msg",
    ):
        (hooks / hook).write_text(f"#!/bin/sh\necho hook {hook} >> {tmp_path / 'ran'}\n")
        (hooks / hook).chmod(0o755)
    git(project, "config", "core.fsmonitor", f"echo fsmonitor >> {tmp_path / 'ran'}; false")
    git(project, "config", "commit.gpgsign", "true")
    (tmp_path / "ran").unlink(missing_ok=True)
    (project / "app.py").write_text("2\n")
    git(
        project,
        "-c",
        "core.fsmonitor=false",
        "-c",
        "core.hooksPath=/dev/null",
        "-c",
        "filter.loud.clean=cat",
        "add",
        "app.py",
    )
    (project / "app.py").write_text("3\n")
    shelf.__init__(shelf.bench, project / "my skills")  # type: ignore[misc]
    return project


def quiet(project: Path, *words: str) -> str:
    return git(
        project, "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "filter.loud.clean=cat", *words
    )


def test_in_a_bigger_repository_only_the_skill_s_paths_are_committed(
    shelf: Shelf, bigger: Path, tmp_path: Path
) -> None:
    shelf.create("one")
    shelf.call("skills.edit", name="one", body="Other.\n")
    shelf.call("skills.rename", name="one", new_name="two")
    shelf.call("skills.delete", name="two")
    shelf.call("skills.restore_deleted", name="two")
    shelf.call("git.restore", name="two", version=shelf.history("two")[-1]["version"])
    assert not (tmp_path / "ran").exists(), (tmp_path / "ran").read_text()
    assert quiet(bigger, "status", "--porcelain").splitlines() == ["MM app.py"]
    assert quiet(bigger, "show", ":app.py") == "2\n"
    assert (bigger / "app.py").read_text() == "3\n"
    touched = set(
        quiet(bigger, "log", "--format=", "--name-only", "HEAD", "--", ":(exclude).gitattributes").split("\n")
    ) - {""}
    assert touched == {"app.py", "my skills/README.md", "my skills/one/SKILL.md", "my skills/two/SKILL.md"}
    assert quiet(bigger, "log", "-1", "--format=%an %ae").strip() == "Ada ada@example.org"
    assert quiet(bigger, "rev-parse", "--abbrev-ref", "HEAD").strip() == "trunk"
    assert not (bigger / "my skills" / ".git").exists()


def test_a_commit_lands_on_a_detached_head_and_in_the_middle_of_a_merge(shelf: Shelf, tmp_path: Path) -> None:
    a_person(shelf.root)
    git(shelf.root, "commit", "-q", "--allow-empty", "-m", "root")
    git(shelf.root, "checkout", "-q", "--detach")
    shelf.create("one")
    assert shelf.log() == ["one: created", "root"]
    git(shelf.root, "checkout", "-q", "-b", "side")
    (shelf.root / "both").write_text("a\n")
    git(shelf.root, "add", "both")
    git(shelf.root, "commit", "-qm", "side")
    git(shelf.root, "checkout", "-q", "trunk")
    (shelf.root / "both").write_text("b\n")
    git(shelf.root, "add", "both")
    git(shelf.root, "commit", "-qm", "trunk")
    subprocess.run(["git", "merge", "-q", "side"], cwd=shelf.root, capture_output=True)
    shelf.create("two")
    assert "AA both" in git(shelf.root, "status", "--porcelain")
    assert (shelf.root / ".git" / "MERGE_HEAD").exists()


def test_what_the_person_ignores_is_not_committed_and_stays(shelf: Shelf) -> None:
    a_person(shelf.root)
    (shelf.root / ".gitignore").write_text(".env\n*.log\n")
    shelf.create("one")
    (shelf.root / "one" / ".env").write_text("KEY=1\n")
    shelf.call("files.write", path=str(shelf.root / "one" / "run.log"), text="noise")
    shelf.call("skills.delete", name="one")
    shelf.call("skills.restore_deleted", name="one")
    assert git(shelf.root, "ls-files").split() == ["one/SKILL.md"]
    shelf.call("skills.edit", name="one", body="Other.\n")
    shelf.call("git.restore", name="one", version=shelf.history("one")[-1]["version"])
    assert (shelf.root / "one" / ".env").read_text() == "KEY=1\n"
    assert (shelf.root / "one" / "run.log").read_text() == "noise"


def test_a_repository_that_ignores_the_skills_folder_is_not_ours_to_use(shelf: Shelf, tmp_path: Path) -> None:
    a_person(tmp_path)
    (tmp_path / ".gitignore").write_text("/*\n")
    shelf.create("one")
    assert (shelf.root / ".git").is_dir()
    assert shelf.call("git.history", name="one")["ours"]


def test_the_environment_of_another_git_changes_nothing(
    shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_person(tmp_path / "other")
    for name, value in (("GIT_DIR", ".git"), ("GIT_WORK_TREE", "."), ("GIT_INDEX_FILE", "index")):
        monkeypatch.setenv(name, str(tmp_path / "other" / value))
    shelf.create("one")
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(name)
    assert shelf.log() == ["one: created"]


def test_a_commit_of_somebody_else_in_between_is_built_upon(shelf: Shelf, home: Home) -> None:
    a_person(shelf.root)
    with Workbench.open(home) as other:
        for number in range(3):
            shelf.create(f"mine-{number}")
            git(shelf.root, "commit", "-q", "--allow-empty", "-m", f"theirs {number}")
            other.call("skills.create", name=f"other-{number}", description="D")
    assert len(shelf.log()) == 9
    shelf.check()


def test_odd_file_names_scripts_and_links_are_kept_as_they_are(shelf: Shelf) -> None:
    shelf.create("one")
    folder = shelf.root / "one"
    for name in ('we"ird\nname', ":(top)x", "ünï", " space ", "back\\slash", "*"):
        (folder / name).write_text(name)
    (folder / "link").symlink_to("SKILL.md")
    (folder / "out").symlink_to("/etc")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    os.mkfifo(folder / "pipe")
    before = digest(folder)
    shelf.call("skills.delete", name="one")
    shelf.call("skills.restore_deleted", name="one")
    assert digest(folder) == before
    shelf.check()
    modes = {line.split()[0] for line in git(shelf.root, "ls-files", "-s").splitlines()}
    assert modes == {"100644", "100755", "120000"}


def test_a_repository_inside_a_skill_is_left_alone(shelf: Shelf) -> None:
    shelf.create("one")
    a_person(shelf.root / "one")
    git(shelf.root / "one", "commit", "-q", "--allow-empty", "-m", "inner")
    inner = digest(shelf.root / "one" / ".git")
    shelf.call("skills.edit", name="one", body="Other.\n")
    assert digest(shelf.root / "one" / ".git") == inner
    assert git(shelf.root, "ls-tree", "-r", "--name-only", "HEAD").split() == ["one/SKILL.md"]


# -- locks ------------------------------------------------------------------------------------------------------------


def test_a_lock_is_one_instance_s_and_taking_it_again_is_harmless(shelf: Shelf) -> None:
    shelf.create("one")
    first = shelf.call("skills.lock", name="one", instance="page-1")
    assert shelf.call("skills.lock", name="one", instance="page-1") == first
    with pytest.raises(Refused, match="edited in another instance"):
        shelf.call("skills.lock", name="one", instance="page-2")
    with pytest.raises(Refused, match="edited in another instance"):
        shelf.call("skills.edit", name="one", body="Other.\n")
    shelf.call("skills.edit", name="one", body="Other.\n", instance="page-1")
    assert not shelf.call("skills.check_lock", name="one", instance="page-2")["mine"]
    assert not shelf.call("skills.unlock", name="one", instance="page-1")["locked"]
    assert shelf.call("skills.locks")["locks"] == []


def test_a_lock_of_a_dead_process_is_taken_over(shelf: Shelf, home: Home) -> None:
    shelf.create("one")
    script = (
        "import os, signal\nfrom workbench.app import Workbench\nbench = Workbench.open()\n"
        "bench.call('skills.lock', name='one')\nos.kill(os.getpid(), signal.SIGKILL)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], capture_output=True).returncode == -9
    assert shelf.bench.database.read(locks_table.locks) != []
    assert shelf.call("skills.locks")["locks"] == []
    assert shelf.call("skills.lock", name="one")["mine"]


def test_a_lock_whose_process_id_was_given_to_another_is_taken_over(shelf: Shelf) -> None:
    shelf.create("one")
    shelf.call("skills.lock", name="one", instance="gone")
    shelf.bench.database.write(lambda connection: connection.execute("update skill_locks set born = born - 1"))
    assert shelf.call("skills.lock", name="one", instance="next")["instance"] == "next"


def test_leaving_gives_every_lock_back(shelf: Shelf, home: Home) -> None:
    shelf.create("one")
    with Workbench.open(home) as other:
        other.call("skills.lock", name="one", instance="page")
        assert not shelf.call("skills.check_lock", name="one")["mine"]
    assert not shelf.call("skills.check_lock", name="one")["locked"]


# -- faults -----------------------------------------------------------------------------------------------------------


def test_a_folder_that_cannot_be_used_is_one_sentence_and_nothing_changes(shelf: Shelf) -> None:
    shelf.create("one")
    aside = shelf.root / ".trash"
    aside.rename(shelf.root.parent / "away")
    aside.write_text("in the way")
    with pytest.raises(HomeUnusable, match="cannot be used"):
        shelf.call("skills.rename", name="one", new_name="two")
    assert shelf.names() == ["one"]
    aside.unlink()
    (shelf.root.parent / "away").rename(aside)
    shelf.check()


def test_a_machine_without_git_is_told_so_before_anything_is_changed(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.create("one")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(Refused, match="Git is not installed"):
        shelf.create("two")
    assert shelf.names() == ["one"]


def test_an_index_that_another_git_holds_is_waited_for(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf.create("one")
    lock = shelf.root / ".git" / "index.lock"
    lock.touch()
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            lock.unlink()

    monkeypatch.setattr(index, "time", SimpleNamespace(sleep=sleep))
    shelf.call("skills.edit", name="one", body="Other.\n")
    assert len(pauses) == 3
    shelf.check()


def test_a_lock_that_a_killed_git_left_is_named_and_what_waits_for_it_is_finished_later(shelf: Shelf) -> None:
    shelf.create("one")
    lock = shelf.root / ".git" / "index.lock"
    lock.touch()
    with pytest.raises(Refused, match=r"index\.lock") as refused:
        shelf.call("skills.rename", name="one", new_name="two")
    assert "delete the lock file" in refused.value.remedy
    lock.unlink()
    assert shelf.names() == ["two"]
    shelf.check()


def test_a_skill_without_its_folder_can_still_be_deleted(shelf: Shelf) -> None:
    shelf.create("one")
    (shelf.root / "one").rename(shelf.root.parent / "elsewhere")
    assert [row["present"] for row in shelf.call("skills.list")["skills"]] == [False]
    with pytest.raises(NotFound, match=r"no SKILL\.md any more"):
        shelf.call("skills.get", name="one")
    assert shelf.call("skills.delete", name="one")["trash"] is None
    shelf.check()


def test_a_newer_database_lists_skills_and_changes_none(shelf: Shelf, home: Home) -> None:
    shelf.create("one")
    shelf.bench.database.write(lambda connection: connection.pragma("user_version", 999))
    with Workbench.open(home) as reader:
        assert [row["name"] for row in reader.call("skills.list")["skills"]] == ["one"]
        with pytest.raises(WorkbenchError, match="newer"):
            reader.call("skills.delete", name="one")
