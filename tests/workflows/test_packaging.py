"""A skill as one file: whole, valid, and without what it was made from."""

from __future__ import annotations

import zipfile
from pathlib import Path

import apsw
import pytest

from workbench.app import Workbench
from workbench.errors import NotFound, Refused
from workbench.settings import Settings
from workbench.skills import runs_table
from workbench.skills.changes import scratch_of
from workbench.skills.library import Library
from workbench.workflows import table
from workbench.workflows.steps.packaging import package
from workbench.workflows.table import ArtifactRow

GOOD = b"---\nname: demo\ndescription: Does a thing. Use when a thing is to be done.\n---\n\nDo it.\n"


@pytest.fixture
def library(bench: Workbench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Library:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    bench.save_settings(Settings(skills_path=str(tmp_path / "skills")))
    files = {
        "SKILL.md": GOOD,
        "references/a.md": b"a\n",
        "context/clarifications.json": b"{}",
        "evals/evals.json": b"{}",
    }
    bench.library.create("demo", files)
    return bench.library


def noted(library: Library, note: str) -> None:
    skill = library.row("demo").id

    def rows(connection: apsw.Connection) -> None:
        runs_table.start_run(connection, skill, 1)
        table.put_artifacts(connection, skill, [ArtifactRow(3, "SKILL.md", "", 0, note)], 1)

    library.database.write(rows)


def test_a_package_holds_the_skill_and_neither_answers_nor_evaluations(library: Library) -> None:
    made = package(library, "demo")
    assert made.path == scratch_of(library.home) / "demo" / "demo.skill"
    assert made.size == made.path.stat().st_size
    with zipfile.ZipFile(made.path) as archive:
        assert sorted(archive.namelist()) == ["demo/SKILL.md", "demo/references/a.md"]


def test_packed_again_it_is_the_same_file_and_nothing_else_is_left_lying_about(library: Library) -> None:
    first = package(library, "demo").path.read_bytes()
    again = package(library, "demo")
    assert again.path.read_bytes() == first
    assert [path.name for path in again.path.parent.iterdir() if path.is_file()] == ["demo.skill"]
    assert not list(again.path.parent.glob(".pack-*"))


def test_after_a_rename_the_package_is_made_under_the_new_name_and_the_old_one_goes(library: Library) -> None:
    package(library, "demo")
    library.rename("demo", "other")
    made = package(library, "other")
    assert [path.name for path in made.path.parent.glob("*.skill")] == ["other.skill"]


def test_a_skill_that_clients_would_not_load_is_not_packed(library: Library) -> None:
    library.edit("demo", lambda before: before.replace(b"name: demo", b"name: Demo Skill"))
    with pytest.raises(Refused) as caught:
        package(library, "demo")
    assert caught.value.reason == "invalid"
    assert "line 2" in caught.value.message


def test_a_part_that_was_recorded_for_other_answers_is_asked_about_again(library: Library) -> None:
    noted(library, "Recorded for other answers to Q3.")
    with pytest.raises(Refused) as caught:
        package(library, "demo")
    assert caught.value.reason == "recorded"
    assert package(library, "demo", anyway=True).warnings == ("Recorded for other answers to Q3.",)


def test_a_skill_that_is_not_written_yet_or_not_there_cannot_be_packed(library: Library) -> None:
    library.create("bare", {"context/intake.json": b"{}"})
    for name in ("bare", "nobody"):
        with pytest.raises(NotFound):
            package(library, name)
