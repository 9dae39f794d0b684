"""Hostile and odd skills of the library: each is handed out whole, or refused with a sentence; nothing else changes."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from clients_home import Person, tree
from skills.hostile import CASES, FOLDER, Case, lay

from workbench.app import Workbench
from workbench.errors import WorkbenchError
from workbench.settings import Settings
from workbench.skills.tree.digest import digest

ADOPTED = [case for case in CASES if case.number not in (21, 22)]
"""The others have no SKILL.md at their root."""


@pytest.fixture
def adopted(person: Person, request: pytest.FixtureRequest) -> Path:
    case: Case = request.param
    folder = lay(person.skills / FOLDER, case.tree)
    person.call("workspace.apply_reconcile", choices={FOLDER: "add"})
    return folder


def refused(report: dict[str, Any]) -> bool:
    assert len(report["refused"]) + len(report["done"]) == 1
    assert all(row["reason"] for row in report["refused"])
    return bool(report["refused"])


@pytest.mark.parametrize("adopted", ADOPTED, indirect=True, ids=str)
def test_a_hostile_skill_is_handed_out_as_it_is_or_refused(person: Person, adopted: Path, tmp_path: Path) -> None:
    skills, clients = tree(adopted), tree(person.user)
    for method in ("copy", "link"):
        if not refused(person.install(FOLDER, method=method)):
            assert person.states(FOLDER) == {f"claude user/.claude/skills/{FOLDER}": "current"}
            assert digest((person.user / ".claude" / "skills" / FOLDER).resolve()) == digest(adopted)
            person.uninstalled(FOLDER)
        assert tree(person.user) == clients
    assert person.call("skills.installs", names=[FOLDER])["rows"] == []
    for form in ("skill", "zip", "claude", "codex", "copilot"):
        export_or_refuse(person, tmp_path / f"out.{form}", form)
    assert list(tmp_path.glob(".workbench-*")) == []
    assert tree(adopted) == skills


def export_or_refuse(person: Person, target: Path, form: str) -> None:
    """It is there with the digest that was told, or not at all."""
    try:
        reply = person.call("skills.export", names=[FOLDER], format=form, target=str(target))
    except WorkbenchError:
        assert not target.exists()
        return
    rows = person.call("skills.plan_import", source=str(target))["rows"]
    assert reply["digests"][FOLDER] in {row["digest"] for row in rows}


def test_a_skill_whose_folder_is_gone_is_said(person: Person) -> None:
    person.create("charts")
    person.create("other")
    person.installed("charts")
    before = tree(person.user)
    shutil.rmtree(person.skills / "charts")
    [row] = person.install("charts", clients=("codex",))["refused"]
    assert "cannot be read" in row["reason"]
    assert person.states("charts") == {"claude user/.claude/skills/charts": "outdated"}
    assert tree(person.user) == before


def test_another_home_asks_before_it_touches_what_this_one_has_installed(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    person.installed("charts")
    before = tree(person.user)
    with Workbench.open(tmp_path / "other") as other:
        other.save_settings(Settings(skills_path=str(tmp_path / "others skills")))
        other.call("skills.create", name="charts", description="Another.")
        asked = {"names": ["charts"], "clients": ["claude"]}
        for command in ("skills.install", "skills.uninstall"):
            [row] = other.call(command, asked)["refused"]
            assert row["state"] == "foreign"
    assert tree(person.user) == before
    assert person.states() == {"claude user/.claude/skills/charts": "current"}
