"""Rows and folders that have drifted apart: what is asked, decided and caught up with, and that nothing is lost."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from drifted import found, put
from shelf import Shelf, digest, left

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.sidecar.tree import born
from workbench.skills import runs_table, table
from workbench.skills.runs_table import RunRow


def run_of(shelf: Shelf, name: str) -> RunRow:
    def read(connection: Any) -> RunRow:
        row = table.find(connection, name)
        assert row is not None
        return runs_table.runs(connection)[row.id]

    return shelf.bench.database.read(read)


def test_an_empty_library_has_nothing_to_tell(shelf: Shelf) -> None:
    assert shelf.call("workspace.reconcile") == {"findings": [], "line": None}
    shelf.create("one")
    assert shelf.call("workspace.reconcile") == {"findings": [], "line": None}
    assert shelf.call("workspace.apply_reconcile") == {"applied": [], "left": []}


def test_a_preview_changes_neither_the_disk_nor_a_row(shelf: Shelf) -> None:
    shelf.create("one")
    put(shelf, "stray")
    put(shelf, "junk", text=False)
    before = digest(shelf.root), shelf.call("skills.list")
    preview = shelf.call("workspace.reconcile")
    assert [each["scenario"] for each in preview["findings"]] == ["9a", "9c"]
    assert preview["line"] == "2 skills and folders have changed outside of Workbench; 2 of them ask for a choice."
    assert (digest(shelf.root), shelf.call("skills.list")) == before


def test_what_a_killed_process_left_is_finished_before_anything_is_compared(shelf: Shelf) -> None:
    shelf.create("one", tags=["t"])
    left(shelf, "rename", "one", new="two")
    (shelf.root / "one").rename(shelf.root / "two")
    assert found(shelf) == []
    assert [(row["name"], row["tags"]) for row in shelf.call("skills.list")["skills"]] == [("two", ["t"])]


def test_a_skill_of_which_a_change_cannot_be_finished_is_left_alone(shelf: Shelf) -> None:
    shelf.create("one")
    left(shelf, "rename", "one", new="two")
    (shelf.root / "one").rename(shelf.root / "two")
    (shelf.root / ".git" / "index.lock").write_text("")
    assert found(shelf) == [("unfinished", "one")]
    assert shelf.call("workspace.apply_reconcile")["applied"] == []
    (shelf.root / ".git" / "index.lock").unlink()
    assert found(shelf) == []
    assert shelf.names() == ["two"]


def test_what_asks_for_a_choice_is_left_until_there_is_one(shelf: Shelf) -> None:
    put(shelf, "stray")
    done = shelf.call("workspace.apply_reconcile")
    assert [each["skill"] for each in done["left"]] == ["stray"]
    assert (shelf.root / "stray").is_dir()
    for wrong in ({"stray": "keep"}, {"none": "add"}):
        with pytest.raises(InvalidRequest):
            shelf.call("workspace.apply_reconcile", choices=wrong)
    assert shelf.call("workspace.resolve_discovery", name="stray", choice="remove")["skill"] == "stray"
    assert not (shelf.root / "stray").exists()
    with pytest.raises(NotFound, match="nothing to decide"):
        shelf.call("workspace.resolve_discovery", name="stray", choice="add")


def test_what_was_left_alone_once_is_not_mentioned_again_and_may_still_be_decided(shelf: Shelf) -> None:
    put(shelf, "stray")
    put(shelf, "junk", text=False)
    shelf.call("workspace.resolve_discovery", name="stray", choice="skip")
    shelf.call("workspace.resolve_orphan", name="junk", choice="skip")
    preview = shelf.call("workspace.reconcile")
    assert preview["line"] is None
    assert [(each["skill"], each["skipped"]) for each in preview["findings"]] == [("junk", True), ("stray", True)]
    waiting = shelf.call("workspace.apply_reconcile")["left"]
    assert [each["skill"] for each in waiting] == ["junk", "stray"]
    assert (shelf.root / "junk" / "notes.md").exists()
    shelf.call("workspace.resolve_discovery", name="stray", choice="add")
    shelf.call("workspace.apply_reconcile", choices={"junk": "remove"})
    put(shelf, "junk", text=False)
    assert shelf.call("workspace.reconcile")["line"] is not None
    assert shelf.names() == ["stray"]


def test_what_was_left_alone_in_one_skills_folder_is_asked_about_in_another(shelf: Shelf, tmp_path: Path) -> None:
    put(shelf, "stray")
    shelf.call("workspace.resolve_discovery", name="stray", choice="skip")
    shelf.__init__(shelf.bench, tmp_path / "other")  # type: ignore[misc]
    put(shelf, "stray")
    assert [each["skipped"] for each in shelf.call("workspace.reconcile")["findings"]] == [False]


def test_a_skill_from_elsewhere_without_its_text_goes_to_the_trash_whole_and_comes_back(shelf: Shelf) -> None:
    put(shelf, "bare")
    shelf.call("workspace.apply_reconcile", choices={"bare": "add"})
    shelf.call("skills.update_tags", names=["bare"], tags=["t"])
    (shelf.root / "bare" / "SKILL.md").unlink()
    assert found(shelf) == [("12", "bare")]
    shelf.call("workspace.apply_reconcile")
    assert (shelf.names(), found(shelf)) == ([], [])
    shelf.bench.library.bring_back("bare")
    assert (shelf.root / "bare" / "notes.md").exists()
    (shelf.root / "bare" / "SKILL.md").write_text("---\nname: bare\ndescription: D.\n---\n")
    assert found(shelf) == []
    assert [row["tags"] for row in shelf.call("skills.list")["skills"]] == [["t"]]


@pytest.mark.parametrize("how", ["restored", "added"])
def test_a_skill_whose_folder_was_gone_is_the_same_when_that_is_back(shelf: Shelf, how: str) -> None:
    put(shelf, "bare")
    put(shelf, "other")
    shelf.call("workspace.apply_reconcile", choices={"bare": "add", "other": "add"})
    shelf.call("skills.update_tags", names=["bare"], tags=["t"])
    away = (shelf.root / "bare").rename(shelf.root.parent / "away")
    shelf.call("workspace.apply_reconcile")
    assert shelf.names() == ["other"]
    away.rename(shelf.root / "bare")
    if how == "added":
        shelf.call("workspace.apply_reconcile", choices={"bare": "add"})
    else:
        shelf.call("skills.restore_deleted", name="bare")
    assert [row["tags"] for row in shelf.call("skills.list")["skills"]] == [["t"], []]
    assert found(shelf) == []
    assert shelf.call("skills.list", deleted=True)["deleted"] == []


def test_files_ahead_of_the_database_are_caught_up_with_and_back(shelf: Shelf) -> None:
    shelf.create("one")
    context = Path(shelf.call("workspace.path", name="one")["path"]) / "context"
    for file in ("clarifications.json", "decisions.json"):
        (context / file).write_text("{}")
    assert found(shelf) == [("3", "one")]
    shelf.call("workspace.apply_reconcile")
    assert run_of(shelf, "one") == RunRow(3, "completed", frozenset(range(4)))
    text = shelf.text("one")
    (shelf.root / "one" / "SKILL.md").unlink()
    (context / "clarifications.json").unlink()
    assert found(shelf) == [("6", "one")]
    shelf.call("workspace.apply_reconcile")
    assert run_of(shelf, "one") == RunRow(0, "pending", frozenset())
    assert not (context / "decisions.json").exists()
    aside = list((context.parent.parent / ".trash").rglob("decisions.json"))
    assert len(aside) == 1
    (shelf.root / "one" / "SKILL.md").write_bytes(text)
    assert found(shelf) == []


def test_a_skill_that_an_agent_works_on_is_left_alone(shelf: Shelf) -> None:
    shelf.create("one")

    def busy(connection: Any, ended: int | None = None) -> None:
        connection.execute(
            "insert or replace into workflow_sessions values ('s', (select id from skills), ?, ?, 0, ?, null)",
            (os.getpid(), born(os.getpid()), ended),
        )
        connection.execute("update workflow_runs set current_step = 2, status = 'in_progress'")

    shelf.bench.database.write(busy)
    assert found(shelf) == [("7", "one")]
    shelf.call("workspace.apply_reconcile")
    assert run_of(shelf, "one").status == "in_progress"
    assert shelf.call("workspace.clear")["skills"] == []
    shelf.bench.database.write(lambda connection: busy(connection, 1))
    assert found(shelf) == [("4", "one")]


def test_a_missing_working_folder_is_made_again_without_a_word(shelf: Shelf) -> None:
    shelf.create("one")
    folder = Path(shelf.call("workspace.path", name="one")["path"])
    (folder / "context").rmdir()
    folder.rmdir()
    preview = shelf.call("workspace.reconcile")
    assert ([each["scenario"] for each in preview["findings"]], preview["line"]) == (["5"], None)
    shelf.call("workspace.apply_reconcile", silent_only=True)
    assert (folder / "context").is_dir()


def test_a_skills_folder_that_is_not_there_is_no_reason_to_forget_anything(shelf: Shelf) -> None:
    shelf.create("one")
    away = shelf.root.rename(shelf.root.parent / "unmounted")
    for command in ("workspace.reconcile", "workspace.apply_reconcile"):
        with pytest.raises(Refused, match="is not there"):
            shelf.call(command)
    away.rename(shelf.root)
    assert shelf.names() == ["one"]


def test_previews_applications_and_refusals_are_kept(shelf: Shelf) -> None:
    put(shelf, "stray")
    shelf.call("workspace.reconcile")
    shelf.call("workspace.reconcile", cancel=True)
    shelf.call("workspace.apply_reconcile", choices={"stray": "add"})
    rows = shelf.bench.database.read(
        lambda connection: list(connection.execute("select kind, details from reconciliation_events order by id"))
    )
    assert [(kind, json.loads(details)) for kind, details in rows] == [
        ("preview", {"found": [["9c", "stray"]]}),
        ("cancel", {"found": [["9c", "stray"]]}),
        ("resolve", {"folder": "stray", "choice": "add", "root": str(shelf.root)}),
        ("apply", {"applied": [["9c", "stray"]], "left": []}),
    ]


def events(shelf: Shelf, kind: str) -> list[dict[str, Any]]:
    return shelf.bench.database.read(lambda connection: runs_table.notes(connection, kind))


def test_every_decision_is_kept_and_so_is_an_application_that_failed_half_way_or_did_nothing(shelf: Shelf) -> None:
    for name in ("a", "b", "c"):
        put(shelf, name)
    shelf.call("workspace.resolve_discovery", name="a", choice="remove")
    assert [(each["folder"], each["choice"]) for each in events(shelf, "resolve")] == [("a", "remove")]
    shelf.call("workspace.apply_reconcile")
    (shelf.root / ".git" / "index.lock").write_text("")
    with pytest.raises(Refused):
        shelf.call("workspace.apply_reconcile", choices={"b": "skip", "c": "add"})
    assert events(shelf, "apply") == [
        {"applied": [], "left": [["9c", "b"], ["9c", "c"]]}, {"applied": [["9c", "b"]], "left": []},
    ]  # fmt: skip


def test_working_files_are_deleted_when_asked_and_skills_are_not(shelf: Shelf) -> None:
    shelf.create("one")
    folder = Path(shelf.call("workspace.path", name="one")["path"])
    (folder / "context" / "clarifications.json").write_text("{}")
    assert shelf.call("workspace.clear", preview=True) == {"skills": ["one"], "files": 1, "size": 2}
    assert (folder / "context" / "clarifications.json").exists()
    shelf.call("workspace.clear", name="one")
    assert list(folder.iterdir()) == []
    assert shelf.names() == ["one"]


def test_clearing_follows_no_link_and_leaves_what_belongs_to_deleted_skills(shelf: Shelf, tmp_path: Path) -> None:
    shelf.create("one")
    base = Path(shelf.call("workspace.path")["path"])
    (base / "one" / "context" / "clarifications.json").write_text("{}")
    shelf.call("skills.delete", name="one")
    shelf.create("two")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "kept").write_text("kept")
    (base / "link").symlink_to(tmp_path / "mine")
    (base / "two" / "link").symlink_to(tmp_path / "mine")
    assert shelf.call("workspace.clear")["skills"] == ["two"]
    assert (tmp_path / "mine" / "kept").exists()
    shelf.call("skills.restore_deleted", name="one")
    assert (base / "one" / "context" / "clarifications.json").read_text() == "{}"
