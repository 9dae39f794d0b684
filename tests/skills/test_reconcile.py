"""Rows and folders that have drifted apart: the twelve scenarios, what is asked, and that nothing is lost."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf, a_person, digest, git
from test_unfinished import left

from workbench.errors import InvalidRequest, NotFound, Refused
from workbench.settings import Settings
from workbench.sidecar.tree import born
from workbench.skills import drift, runs_table, table
from workbench.skills.drift import Evidence
from workbench.skills.reconcile import Reconciler
from workbench.skills.runs_table import RunRow


def evidence(*, skill: bool = True, questions: bool = True, decisions: bool = True, scratch: bool = True) -> Evidence:
    return Evidence(True, skill, questions, decisions, scratch)


def run(step: int, status: str = "pending", *done: int) -> RunRow:
    return RunRow(step, status, frozenset(done))


FINISHED = evidence()
ASKED = evidence(skill=False, decisions=False)
DECIDED = evidence(skill=False)
NOTHING = evidence(skill=False, questions=False, decisions=False)
WRITTEN = evidence(questions=False, decisions=False)

SCENARIOS: list[tuple[str, str, RunRow | None, Evidence, bool, RunRow | None]] = [
    # scenario, source, the run in the database, what lies there, silent, the run afterwards
    ("1", "skill-builder", run(1, "pending", 0, 1), ASKED, True, run(2, "pending", 0, 1)),
    ("1", "skill-builder", run(3, "completed", 3), FINISHED, True, run(3, "completed", 0, 2, 3)),
    ("2", "skill-builder", run(3, "pending", 0, 1, 2), ASKED, False, run(2, "pending", 0, 1)),
    ("3", "skill-builder", run(0), ASKED, False, run(1, "pending", 0)),
    ("3", "skill-builder", run(0), DECIDED, False, run(3, "pending", 0, 2)),
    ("3", "skill-builder", run(1, "pending", 0), FINISHED, False, run(3, "completed", 0, 2, 3)),
    ("4", "skill-builder", run(2, "pending", 0, 1), NOTHING, False, run(0)),
    ("6", "skill-builder", run(3, "completed", 0, 1, 2, 3), DECIDED, False, run(3, "pending", 0, 1, 2)),
    ("6", "skill-builder", run(3, "completed", 0, 1, 2, 3), NOTHING, False, run(0)),
    ("8", "skill-builder", run(0, "pending", 1), NOTHING, True, run(0)),
    ("10", "skill-builder", None, FINISHED, True, run(3, "completed", 0, 2, 3)),
    ("10", "skill-builder", None, WRITTEN, True, run(0)),
    ("pending", "skill-builder", run(1, "in_progress", 0), ASKED, True, run(1, "pending", 0)),
    ("12", "marketplace", None, NOTHING, False, None),
    ("12", "imported", None, NOTHING, False, None),
]


@pytest.mark.parametrize("case", SCENARIOS)
def test_a_drift_is_told_and_judging_what_it_asks_for_finds_no_more(
    case: tuple[str, str, RunRow | None, Evidence, bool, RunRow | None],
) -> None:
    scenario, source, before, seen, silent, after = case
    (found,) = drift.judge("one", source, before, seen, live=False)
    assert (found.scenario, found.silent, found.run) == (scenario, silent, after)
    if after is not None:
        assert drift.judge("one", source, after, seen, live=False) == []


@pytest.mark.parametrize(
    ("source", "before", "seen"),
    [
        ("skill-builder", run(0), NOTHING), ("skill-builder", run(0), WRITTEN), ("marketplace", None, WRITTEN),
        ("skill-builder", run(3, "completed", 0, 2, 3), FINISHED), ("skill-builder", run(2, "pending", 0, 1), ASKED),
        ("skill-builder", run(3, "completed", 0, 2, 3), WRITTEN), ("skill-builder", run(1, "waiting_for_user", 0), ASKED),
    ],
)  # fmt: skip
def test_what_agrees_is_not_mentioned(source: str, before: RunRow | None, seen: Evidence) -> None:
    assert drift.judge("one", source, before, seen, live=False) == []


def test_every_run_and_every_evidence_is_judged_once_and_then_at_rest() -> None:
    flags = (False, True)
    for step in range(4):
        for status in ("pending", "in_progress", "waiting_for_user", "completed", "error"):
            for bits in range(16):
                before = RunRow(step, status, frozenset(each for each in range(4) if bits >> each & 1))
                for seen in (Evidence(True, s, q, d, True) for s in flags for q in flags for d in flags):
                    found = drift.judge("one", "skill-builder", before, seen, live=False)
                    assert len(found) <= 1
                    if found:
                        assert found[0].run is not None
                        assert drift.judge("one", "skill-builder", found[0].run, seen, live=False) == []


# -- on a disk --------------------------------------------------------------------------------------------------------


def put(shelf: Shelf, name: str, *, questions: bool = False, decisions: bool = False, text: bool = True) -> Path:
    folder = shelf.root / name
    folder.mkdir(parents=True)
    (folder / "notes.md").write_text(f"{name}\n")
    if text:
        (folder / "SKILL.md").write_text(f"---\nname: {name}\ndescription: D.\n---\n\nDo.\n")
    for wanted, file in ((questions, "clarifications.json"), (decisions, "decisions.json")):
        if wanted:
            (folder / "context").mkdir(exist_ok=True)
            (folder / "context" / file).write_text("{}")
    return folder


def found(shelf: Shelf) -> list[tuple[str, str]]:
    return [(each["scenario"], each["skill"]) for each in shelf.call("workspace.reconcile")["findings"]]


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
    assert run_of(shelf, "one") == run(3, "completed", 0, 2, 3)
    text = shelf.text("one")
    (shelf.root / "one" / "SKILL.md").unlink()
    (context / "clarifications.json").unlink()
    assert found(shelf) == [("6", "one")]
    shelf.call("workspace.apply_reconcile")
    assert run_of(shelf, "one") == run(0)
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
