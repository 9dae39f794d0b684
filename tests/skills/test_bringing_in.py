"""Bringing skills in by the commands: looked at first, chosen, answered; nothing is overwritten because of a name."""

from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from folders import hashed
from shelf import Shelf, git

from workbench.errors import NotFound, WorkbenchError


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Skills of every status."""
    root = tmp_path / "source"
    put(root / "skills" / "alpha", "name: alpha\ndescription: Does alpha.")
    put(root / "skills" / "beta", "name: beta\ndescription: Use it: always.")
    put(root / "skills" / "gamma", "description: It has no name.")
    put(root / "skills" / "delta", "name: delta")
    put(root / "old" / "alpha", "name: alpha\ndescription: An older one.")
    return root


def put(folder: Path, front: str, body: str = "Do it.\n") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "SKILL.md").write_text(f"---\n{front}\n---\n{body}")
    return folder


def look(shelf: Shelf, source: Path | str) -> dict[str, dict[str, Any]]:
    plan = shelf.call("skills.plan_import", source=str(source))
    assert len(plan["rows"]) == plan["sums"]["rows"]
    return {row["path"]: row for row in plan["rows"]}


def bring(shelf: Shelf, source: Path | str, *rows: dict[str, Any], **more: Any) -> list[tuple[str, str | None]]:
    reply = shelf.call("skills.apply_import", source=str(source), rows=list(rows), **more)
    return [(row["status"], row["name"]) for row in reply["rows"]]


def reasons(shelf: Shelf, source: Path, *rows: dict[str, Any]) -> list[str | None]:
    return [row["reason"] for row in shelf.call("skills.apply_import", source=str(source), rows=list(rows))["rows"]]


def test_looking_changes_nothing_at_all(shelf: Shelf, source: Path):
    shelf.create("mine")
    before = hashed(shelf.root), hashed(source), set(shelf.bench.home.root.iterdir())
    rows = look(shelf, source)
    assert {path: row["status"] for path, row in rows.items()} == {
        "old/alpha/SKILL.md": "ask", "skills/alpha/SKILL.md": "ready", "skills/beta/SKILL.md": "repair",
        "skills/delta/SKILL.md": "ask", "skills/gamma/SKILL.md": "ask",
    }  # fmt: skip
    assert (hashed(shelf.root), hashed(source), set(shelf.bench.home.root.iterdir())) == before


def test_what_was_chosen_comes_in_and_what_is_unanswered_says_so(shelf: Shelf, source: Path):
    paths = [{"path": f"skills/{name}/SKILL.md"} for name in ("alpha", "beta", "gamma", "delta")]
    assert bring(shelf, source, *paths) == [
        ("imported", "alpha"), ("imported", "beta"), ("refused", None), ("refused", None),
    ]  # fmt: skip
    assert shelf.names() == ["alpha", "beta"]
    assert (shelf.root / "alpha" / "SKILL.md").read_bytes() == (source / "skills/alpha/SKILL.md").read_bytes()
    assert "description: 'Use it: always.'" in (shelf.root / "beta" / "SKILL.md").read_text().replace('"', "'")
    assert git(shelf.root, "log", "--format=%s").splitlines()[0] == f"2 skills: imported from {source}"


def test_answers_are_written_into_the_skill(shelf: Shelf, source: Path):
    chosen = [
        {"path": "skills/gamma/SKILL.md", "name": "gamma"},
        {"path": "skills/delta/SKILL.md", "description": "Does delta.", "version": "1.2.0"},
    ]
    assert bring(shelf, source, *chosen) == [("imported", "gamma"), ("imported", "delta")]
    gamma, delta = (shelf.call("skills.get", name=name) for name in ("gamma", "delta"))
    assert gamma["fields"] == {"name": "gamma", "description": "It has no name."}
    assert delta["fields"] == {"name": "delta", "description": "Does delta.", "metadata": {"version": "1.2.0"}}


def test_a_name_that_is_taken_is_a_question_and_never_an_overwrite(shelf: Shelf, source: Path):
    shelf.create("alpha")
    before = hashed(shelf.root / "alpha")
    row = look(shelf, source)["skills/alpha/SKILL.md"]
    assert (row["status"], row["state"]) == ("ask", "taken")
    wanted = {"path": row["path"]}
    assert "another skill named 'alpha'" in (reasons(shelf, source, wanted)[0] or "")
    assert "was made here" in (reasons(shelf, source, {**wanted, "taken": "replace"})[0] or "")
    assert bring(shelf, source, {**wanted, "taken": "keep_both"}) == [("imported", row["proposed"])]
    assert shelf.call("skills.get", name=row["proposed"])["fields"]["name"] == row["proposed"] != "alpha"
    assert hashed(shelf.root / "alpha") == before


def test_one_that_came_from_elsewhere_may_be_replaced_and_lies_in_the_trash_then(shelf: Shelf, source: Path):
    bring(shelf, source, {"path": "skills/alpha/SKILL.md"})
    other = put(source.parent / "other" / "alpha", "name: alpha\ndescription: Another author's.").parent
    assert bring(shelf, other, {"path": "alpha/SKILL.md", "taken": "replace"}) == [("updated", "alpha")]
    assert shelf.call("skills.get", name="alpha")["description"] == "Another author's."
    assert len(list((shelf.root / ".trash").glob("*/alpha/SKILL.md"))) == 1


def test_what_comes_again_is_known_by_its_source_and_path(shelf: Shelf, source: Path):
    path = "skills/beta/SKILL.md"
    bring(shelf, source, {"path": path})
    assert look(shelf, source)[path]["state"] == "same"
    assert bring(shelf, source, {"path": path}) == [("unchanged", "beta")]
    shelf.call("skills.rename", name="beta", new_name="mine")
    put(source / "skills" / "beta", "name: beta\ndescription: A newer one.")
    assert look(shelf, source)[path]["state"] == "update"  # a new name is no other content
    put(shelf.root / "mine", "name: mine\ndescription: My own words.")
    assert look(shelf, source)[path]["state"] == "customised"
    assert "changed here" in (reasons(shelf, source, {"path": path})[0] or "")
    assert bring(shelf, source, {"path": path, "taken": "replace"}) == [("updated", "mine")]
    assert shelf.call("skills.get", name="mine")["description"] == "A newer one."
    put(source / "skills" / "beta", "name: beta\ndescription: The newest.")
    assert look(shelf, source)[path]["state"] == "update"
    assert bring(shelf, source, {"path": path}) == [("updated", "mine")]


def test_a_row_that_is_not_as_it_was_planned_stays_out(shelf: Shelf, source: Path):
    row = look(shelf, source)["skills/alpha/SKILL.md"]
    (source / "skills" / "alpha" / "more.md").write_text("new\n")
    wanted = {"path": row["path"], "digest": row["digest"]}
    assert "changed since" in (reasons(shelf, source, wanted)[0] or "")
    assert shelf.names() == []


def test_an_archive_is_fetched_once_and_gone_when_it_has_been_brought_in(shelf: Shelf, source: Path):
    archive = source.parent / "some.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for path in sorted(source.rglob("SKILL.md")):
            made.write(path, path.relative_to(source).as_posix())
    plan = shelf.call("skills.plan_import", source=str(archive))
    incoming = shelf.bench.home.root / "incoming"
    assert [path.name for path in incoming.iterdir()] == [plan["plan"]]
    archive.unlink()  # what was looked at is what comes in
    assert bring(shelf, archive, {"path": "skills/alpha/SKILL.md"}, plan=plan["plan"]) == [("imported", "alpha")]
    assert not incoming.exists()


def test_another_process_fetches_again_and_the_digests_tell_whether_it_is_the_same(shelf: Shelf, source: Path):
    archive = shutil.make_archive(str(source.parent / "some"), "zip", source)
    row = next(
        row
        for row in shelf.call("skills.plan_import", source=archive)["rows"]
        if row["path"] == "skills/alpha/SKILL.md"
    )
    wanted = {"path": row["path"], "digest": row["digest"]}
    assert bring(shelf, archive, wanted, plan="gone-long-ago") == [("imported", "alpha")]


def test_a_source_that_is_refused_leaves_nothing_behind(shelf: Shelf, tmp_path: Path):
    bad = tmp_path / "bad.zip"
    with zipfile.ZipFile(bad, "w") as made:
        made.writestr("../evil", "x")
    before = set(shelf.bench.home.root.iterdir())
    with pytest.raises(WorkbenchError, match="evil"):
        shelf.call("skills.plan_import", source=str(bad))
    with pytest.raises(NotFound):
        shelf.call("skills.plan_import", source=str(tmp_path / "nowhere"))
    assert set(shelf.bench.home.root.iterdir()) == before


def test_what_was_looked_at_and_left_is_forgotten_after_an_hour_and_gone_with_its_process(shelf: Shelf, source: Path):
    archive = shutil.make_archive(str(source.parent / "some"), "zip", source)
    for _ in range(10):
        shelf.call("skills.plan_import", source=archive)
    incoming = shelf.bench.home.root / "incoming"
    assert len(list(incoming.iterdir())) == 8
    shelf.bench.imports.close()
    assert not incoming.exists()


def test_of_many_the_one_that_cannot_come_keeps_no_other_out(shelf: Shelf, source: Path):
    for name in ("eta", "theta"):
        put(source / "skills" / name, f"name: {name}\ndescription: Does {name}.")
    (shelf.root / "eta").mkdir(parents=True)  # somebody's folder, of no skill
    paths = [{"path": f"skills/{name}/SKILL.md"} for name in ("alpha", "eta", "theta")]
    assert bring(shelf, source, *paths) == [("imported", "alpha"), ("refused", None), ("imported", "theta")]


def test_the_reply_is_plain_json(shelf: Shelf, source: Path):
    json.dumps(shelf.call("skills.plan_import", source=str(source)))
