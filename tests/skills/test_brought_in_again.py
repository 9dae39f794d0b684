"""What comes again: nothing that was changed here is written over unasked, and what is said is what has happened."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf

from workbench.app import Workbench
from workbench.errors import HomeUnusable, NotFound, Refused
from workbench.paths import Home
from workbench.skills.changes import Outcome
from workbench.skills.intake import origins_table
from workbench.skills.intake.bringing import AT_ONCE, Bringing
from workbench.skills.intake.choosing import Choice
from workbench.skills.sources.watch import Progress, Watch

FOO = {"path": "foo/SKILL.md"}


def put(root: Path, name: str, body: str = "Do it.") -> Path:
    (root / name).mkdir(parents=True, exist_ok=True)
    (root / name / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Does it.\n---\n{body}\n")
    return root


@pytest.fixture
def source(shelf: Shelf, tmp_path: Path) -> Path:
    """It holds `foo`, which has come in."""
    root = put(tmp_path / "source", "foo")
    assert apply(shelf, root, FOO) == [("imported", "foo")]
    return root


def look(shelf: Shelf, source: Path) -> dict[str, Any]:
    found: dict[str, Any] = shelf.call("skills.plan_import", source=str(source))
    return found


def state(shelf: Shelf, source: Path) -> tuple[str, str | None]:
    row = look(shelf, source)["rows"][0]
    return row["state"], row["proposed"]


def apply(shelf: Shelf, source: Path, *rows: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    reply = shelf.call("skills.apply_import", source=str(source), rows=list(rows), **more)
    return [(row["status"], row["name"] if row["status"] != "refused" else row["reason"]) for row in reply["rows"]]


def test_an_edit_that_was_made_after_the_look_is_a_question(shelf: Shelf, source: Path):
    put(source, "foo", "Newer.")
    plan = look(shelf, source)
    assert plan["rows"][0]["state"] == "update"
    put(shelf.root, "foo", "My own words.")
    [(status, why)] = apply(shelf, source, FOO, plan=plan["plan"])
    assert (status, "changed here" in (why or "")) == ("refused", True)
    assert b"My own words." in shelf.text("foo")


def test_what_was_deleted_after_the_look_comes_in_again(shelf: Shelf, source: Path):
    plan = look(shelf, source)
    assert plan["rows"][0]["state"] == "same"
    shelf.call("skills.delete", name="foo")
    assert apply(shelf, source, FOO, plan=plan["plan"]) == [("imported", "foo")]
    assert b"Do it." in shelf.text("foo")


def test_a_skill_that_is_just_being_replaced_is_not_told_as_gone(
    shelf: Shelf, source: Path, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(source, "foo", "Newer.")
    away, go_on, rename = threading.Event(), threading.Event(), Path.rename

    def stands_still(self: Path, target: Path) -> Path:
        moved = rename(self, target)
        if self == shelf.root / "foo":
            away.set()
            assert go_on.wait(60)
        return moved

    monkeypatch.setattr(Path, "rename", stands_still)
    monkeypatch.setattr("workbench.skills.holdings.READER_PATIENCE_S", 0)
    updating = threading.Thread(target=apply, args=(shelf, source, FOO))
    updating.start()
    with Workbench.open(home) as reader, ThreadPoolExecutor() as threads:
        assert away.wait(60)
        asked = threads.submit(reader.call, "skills.get", name="foo")
        wait([asked], 0.2)  # it has looked by then, as a rule
        go_on.set()
        assert "Newer." in asked.result(60)["text"]
    updating.join()


@pytest.mark.parametrize("body", ["Do it.", "Newer."])
def test_a_folder_that_is_gone_is_put_back(shelf: Shelf, source: Path, body: str):
    shutil.rmtree(shelf.root / "foo")
    put(source, "foo", body)
    assert state(shelf, source) == ("update", None)
    assert apply(shelf, source, FOO) == [("updated", "foo")]
    assert body.encode() in shelf.text("foo")
    assert state(shelf, source) == ("same", None)
    shelf.check()


def test_a_rename_is_no_change_of_what_came(shelf: Shelf, source: Path):
    shelf.call("skills.rename", name="foo", new_name="bar")
    assert state(shelf, source) == ("same", "bar")
    put(source, "foo", "Newer.")
    assert state(shelf, source) == ("update", "bar")
    assert apply(shelf, source, FOO) == [("updated", "bar")]
    assert shelf.names() == ["bar"]


def test_a_rename_of_what_was_changed_here_leaves_it_changed(shelf: Shelf, source: Path):
    put(shelf.root, "foo", "My own words.")
    shelf.call("skills.rename", name="foo", new_name="bar")
    put(source, "foo", "Newer.")
    assert state(shelf, source) == ("customised", "bar")


def test_both_are_kept_under_a_name_that_is_free(shelf: Shelf, source: Path):
    put(shelf.root, "foo", "My own words.")
    shelf.call("skills.rename", name="foo", new_name="bar")
    put(source, "foo", "Newer.")
    assert apply(shelf, source, {**FOO, "taken": "keep_both"}) == [("imported", "foo")]
    assert shelf.names() == ["bar", "foo"]


def test_what_keeps_every_skill_out_is_tried_and_said_once(shelf: Shelf, source: Path, tmp_path: Path):
    for number in range(3):
        put(source, f"more-{number}")
    shelf.root.rename(tmp_path / "away")
    with pytest.raises(Refused, match="is not there"):
        apply(shelf, source, *({"path": f"more-{number}/SKILL.md"} for number in range(3)))


def test_a_look_that_is_brought_in_without_one_takes_no_other_away(shelf: Shelf, source: Path, tmp_path: Path):
    archives = [shutil.make_archive(str(tmp_path / f"a{number}"), "zip", source) for number in range(8)]
    looks = [(shelf.call("skills.plan_import", source=each)["plan"], each) for each in archives]
    assert apply(shelf, source, FOO) == [("unchanged", "foo")]
    assert all(shelf.bench.imports.seen(*each) for each in looks)


def test_what_is_being_brought_in_is_not_taken_away_by_other_looks(shelf: Shelf, source: Path, tmp_path: Path):
    put(source, "bar")
    archive = Path(shutil.make_archive(str(tmp_path / "some"), "zip", source))
    plan = look(shelf, archive)
    told: list[list[tuple[str, str | None]]] = []

    def bring() -> None:
        told.append(apply(shelf, archive, {"path": "bar/SKILL.md"}, plan=plan["plan"], id="bring"))

    with shelf.bench.library.alone():
        working = threading.Thread(target=bring)
        working.start()
        waited = threading.Event()
        while not any(progress.stage == "writing" for _, progress in shelf.bench.imports.progress()):
            waited.wait(0.01)
        for _ in range(9):
            look(shelf, archive)
        shelf.bench.imports.forget(plan["plan"])
    working.join()
    assert told == [[("imported", "bar")]]


def test_what_came_in_before_it_was_cancelled_is_told_of(shelf: Shelf, tmp_path: Path):
    root = tmp_path / "many"
    names = [f"skill-{number}" for number in range(AT_ONCE + 5)]
    for name in names:
        put(root, name)
    bench = shelf.bench
    seen = bench.imports.look(str(root), scans=False)

    def cancels(at: int) -> Callable[[Progress], None]:
        return lambda now: watch.cancel() if now.stage == "writing" and now.done >= at else None

    watch = Watch(cancels(AT_ONCE))
    results = Bringing(bench.library, seen, [Choice(f"{name}/SKILL.md") for name in names], watch).run()
    assert [result.status for result in results] == ["imported"] * AT_ONCE + ["refused"] * 5
    assert results[-1].reason == "It was cancelled before this one came in."
    assert len(shelf.names()) == len(bench.database.read(origins_table.everywhere)) == AT_ONCE


def test_rows_that_were_not_scanned_are_when_they_are_asked_for(shelf: Shelf, source: Path):
    plan = shelf.bench.imports.look(str(source), scans=False)
    rows = shelf.call("skills.scan_import", plan=plan.id, source=str(source), paths=["foo/SKILL.md"])["rows"]
    assert [(row["path"], row["scan"]["verdict"]) for row in rows] == [("foo/SKILL.md", "clean")]
    again = shelf.bench.imports.seen(plan.id, str(source))
    assert again is not None
    assert again.plan.rows[0].scan is not None


def test_rows_of_a_look_that_is_gone_cannot_be_scanned(shelf: Shelf, source: Path):
    with pytest.raises(NotFound, match="not kept any more"):
        shelf.call("skills.scan_import", plan="gone", source=str(source), paths=["foo/SKILL.md"])


def test_a_file_that_its_skill_md_is_a_link_to_comes_too(shelf: Shelf, tmp_path: Path):
    root = put(tmp_path / "linked", "foo")
    (root / "foo" / "SKILL.md").rename(root / "foo" / "README.md")
    (root / "foo" / "SKILL.md").symlink_to("README.md")
    assert apply(shelf, root, FOO) == [("imported", "foo")]
    assert {path.name for path in (shelf.root / "foo").iterdir()} == {"README.md", "SKILL.md"}
    assert not (shelf.root / "foo" / "SKILL.md").is_symlink()
    assert shelf.text("foo") == (shelf.root / "foo" / "README.md").read_bytes()
    assert state(shelf, root) == ("same", None)


def test_a_look_after_a_kill_knows_what_has_come_in(shelf: Shelf, source: Path, monkeypatch: pytest.MonkeyPatch):
    put(source, "bar")
    changes = shelf.bench.library.changes

    def dies(*_given: object) -> Outcome:
        raise OSError("the process is gone")

    with monkeypatch.context() as killed:
        killed.setitem(changes.kinds, "import", dies)
        with pytest.raises(HomeUnusable):
            apply(shelf, source, {"path": "bar/SKILL.md"})
    rows = {row["path"]: row["state"] for row in look(shelf, source)["rows"]}
    assert rows == {"foo/SKILL.md": "same", "bar/SKILL.md": "same"}


def test_of_two_that_came_from_one_place_the_one_that_nobody_changed_is_kept_up_to_date(shelf: Shelf, source: Path):
    put(shelf.root, "foo", "My own words.")
    put(source, "foo", "Newer.")
    assert apply(shelf, source, {**FOO, "name": "another"}) == [("imported", "another")]
    put(source, "foo", "Newest.")
    assert state(shelf, source) == ("update", "another")
    assert apply(shelf, source, FOO) == [("updated", "another")]
    assert b"My own words." in shelf.text("foo")
