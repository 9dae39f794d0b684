"""Skills that come in: many at once, as one version, all of them or none."""

from __future__ import annotations

from pathlib import Path

import pytest
from shelf import Shelf, git

from workbench.errors import Refused, WorkbenchError
from workbench.skills.intake import origins_table
from workbench.skills.intake.arriving import Arrival, bring_in
from workbench.skills.tree.digest import digest


def skill(folder: Path, name: str, text: str = "Do it.\n", **files: str) -> Path:
    made = folder / name
    (made / "scripts").mkdir(parents=True)
    (made / "SKILL.md").write_text(f"---\nname: {name}\ndescription: Does {name}.\n---\n{text}")
    script = made / "scripts" / "run.sh"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    for path, content in files.items():
        (made / path).write_text(content)
    return made


def arrival(folder: Path, **more: object) -> Arrival:
    facts: dict[str, object] = {
        "name": folder.name, "folder": folder, "digest": digest(folder), "origin": f"{folder.parent}//{folder.name}",
        "version": "1.0.0", **more,
    }  # fmt: skip
    return Arrival(**facts)  # type: ignore[arg-type]


def test_skills_come_in_as_one_version_with_every_byte_and_where_they_are_from(shelf: Shelf, tmp_path: Path):
    folders = [skill(tmp_path / "there", name) for name in ("alpha", "beta")]
    (folders[0] / "also").symlink_to("SKILL.md")
    outcome = bring_in(
        shelf.bench.library, [arrival(each) for each in folders], source="imported", message="two skills from there"
    )
    assert shelf.names() == ["alpha", "beta"]
    assert [digest(shelf.root / each.name) for each in folders] == [digest(each) for each in folders]
    assert (shelf.root / "alpha" / "scripts" / "run.sh").stat().st_mode & 0o777 == 0o755
    assert git(shelf.root, "log", "--format=%H %s").splitlines()[0] == f"{outcome.commit} two skills from there"
    assert git(shelf.root, "status", "--porcelain") == ""
    known = dict(shelf.bench.database.read(origins_table.everywhere))
    assert known["beta"].origin.endswith("there//beta")
    assert known["beta"].source_digest == known["beta"].digest == digest(folders[1])
    assert {row["trust"] for row in shelf.call("skills.list")["skills"]} == {"untrusted"}


def test_one_that_has_changed_since_it_was_looked_at_keeps_all_of_them_out(shelf: Shelf, tmp_path: Path):
    folders = [skill(tmp_path, name) for name in ("alpha", "beta")]
    planned = [arrival(each) for each in folders]
    (folders[1] / "SKILL.md").write_text("---\nname: beta\ndescription: Another.\n---\n")
    with pytest.raises(Refused, match="has been changed since it was looked at"):
        bring_in(shelf.bench.library, planned, source="imported", message="no")
    assert shelf.names() == []
    assert [path.name for path in shelf.root.iterdir() if not path.name.startswith(".")] == []
    assert list((shelf.root / ".trash").glob("*/")) == []


def test_a_name_that_is_taken_is_refused_and_nothing_comes_in(shelf: Shelf, tmp_path: Path):
    shelf.create("beta")
    planned = [arrival(skill(tmp_path, name)) for name in ("alpha", "beta")]
    with pytest.raises(WorkbenchError, match="'beta'"):
        bring_in(shelf.bench.library, planned, source="imported", message="no")
    assert shelf.names() == ["beta"]


def test_two_that_a_file_system_may_take_for_one_are_refused(shelf: Shelf, tmp_path: Path):
    one, other = skill(tmp_path / "a", "alpha"), skill(tmp_path / "b", "alpha")
    with pytest.raises(Refused, match="Two of the skills would be named 'alpha'"):
        bring_in(shelf.bench.library, [arrival(one), arrival(other)], source="imported", message="no")


def test_what_is_replaced_lies_in_the_trash_and_in_git_with_what_nobody_had_kept(shelf: Shelf, tmp_path: Path):
    bring_in(shelf.bench.library, [arrival(skill(tmp_path / "1", "alpha"))], source="imported", message="first")
    (shelf.root / "alpha" / "notes.md").write_text("mine, in no version\n")
    newer = skill(tmp_path / "2", "alpha", "Do it better.\n")
    there = digest(shelf.root / "alpha")
    bring_in(shelf.bench.library, [arrival(newer, replaces=True, expected=there)], source="imported", message="second")
    assert digest(shelf.root / "alpha") == digest(newer)
    assert [path.read_text() for path in (shelf.root / ".trash").glob("*/alpha/notes.md")] == ["mine, in no version\n"]
    assert git(shelf.root, "log", "--format=%s").splitlines()[:3] == [
        "second", "alpha: changed outside of Workbench", "first",
    ]  # fmt: skip
    assert git(shelf.root, "status", "--porcelain") == ""


def test_the_text_that_was_shown_comes_in_and_the_file_is_called_as_clients_look_for_it(shelf: Shelf, tmp_path: Path):
    folder = skill(tmp_path, "alpha")
    (folder / "SKILL.md").rename(folder / "skill.md")
    text = b"---\nname: alpha\ndescription: Mended.\n---\n"
    bring_in(shelf.bench.library, [arrival(folder, file="skill.md", text=text)], source="imported", message="mended")
    assert [path.name for path in (shelf.root / "alpha").iterdir() if path.is_file()] == ["SKILL.md"]
    assert (shelf.root / "alpha" / "SKILL.md").read_bytes() == text
    known = dict(shelf.bench.database.read(origins_table.everywhere))["alpha"]
    assert known.source_digest == digest(folder)
    assert known.digest == digest(shelf.root / "alpha") != known.source_digest


@pytest.mark.parametrize("target", ["/etc/passwd", "../beta/SKILL.md", "scripts/../../x", "..", ".", "a\\b"])
def test_a_link_that_leads_out_of_the_skill_keeps_it_out(shelf: Shelf, tmp_path: Path, target: str):
    folder = skill(tmp_path, "alpha")
    (folder / "link").symlink_to(target)
    with pytest.raises(Refused, match="leads out of the skill"):
        bring_in(shelf.bench.library, [arrival(folder)], source="imported", message="no")
    assert shelf.names() == []
