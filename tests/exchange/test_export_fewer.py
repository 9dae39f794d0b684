"""A catalogue that is made again of fewer skills: what was put there and is as it was goes, what somebody did there stays."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from clients_home import Person, tree

from workbench.errors import Refused
from workbench.skills.handout import catalogues_out

FORMS = list(catalogues_out.DIALECTS)


def exported(person: Person, *names: str, target: Path, form: str = "claude", **more: Any) -> dict[str, Any]:
    return person.call("skills.export", names=list(names), target=str(target), format=form, **more)


@pytest.fixture
def market(person: Person, tmp_path: Path) -> Path:
    """A catalogue for Claude with two skills."""
    for name in ("charts", "tables"):
        person.create(name)
    exported(person, "charts", "tables", target=tmp_path / "market")
    return tmp_path / "market"


@pytest.mark.parametrize("form", FORMS)
def test_a_skill_that_is_given_away_no_more_leaves_the_catalogue_with_its_folder(
    person: Person, tmp_path: Path, form: str
) -> None:
    for name in ("charts", "tables"):
        person.create(name)
    target, fresh = tmp_path / "market", tmp_path / "fresh" / "market"
    fresh.parent.mkdir()
    exported(person, "charts", "tables", target=target, form=form)
    reply = exported(person, "charts", target=target, form=form, replace=True)
    assert reply["kept"] == []
    exported(person, "charts", target=fresh, form=form)
    assert {path.relative_to(target) for path in target.rglob("*")} == {
        path.relative_to(fresh) for path in fresh.rglob("*")
    }
    assert [row["name"] for row in person.call("skills.plan_import", source=str(target))["rows"]] == ["charts"]
    assert exported(person, "charts", target=target, form=form, check=True)["drift"] == []
    [kept] = (person.bench.home.root / "trash").glob("*/market/plugins/tables/skills/tables/SKILL.md")
    assert kept.is_file()


def test_what_would_go_is_told_by_the_check_and_asked_before(person: Person, market: Path) -> None:
    before = tree(market)
    drift = exported(person, "charts", target=market, check=True)["drift"]
    assert "plugins/tables/skills/tables/SKILL.md" in drift
    assert "plugins/tables/.claude-plugin/plugin.json" in drift
    assert ".claude-plugin/marketplace.json" in drift
    with pytest.raises(Refused, match="differs") as refused:
        exported(person, "charts", target=market)
    assert refused.value.facts["drift"] == drift
    assert tree(market) == before


def test_a_skill_that_the_library_has_no_more_or_has_otherwise_by_now_leaves_it_too(
    person: Person, market: Path
) -> None:
    exported(person, *(person.create(name).name for name in ("zones", "maps")), "charts", target=market, replace=True)
    person.call("skills.delete", name="zones")
    person.call("skills.edit", name="maps", body="Newer.\n")
    assert exported(person, "charts", target=market, replace=True)["kept"] == []
    assert [each.name for each in (market / "plugins").iterdir()] == ["charts"]


@pytest.mark.parametrize("what", ["changed", "added", "beside", "taken away", "can be run", "linked"])
def test_what_somebody_has_changed_or_added_stays_and_is_said(person: Person, market: Path, what: str) -> None:
    skill = market / "plugins" / "tables" / "skills" / "tables"
    if what == "changed":
        (skill / "SKILL.md").write_text("mine\n")
    elif what == "added":
        (skill / "mine.md").write_text("mine\n")
    elif what == "beside":
        (market / "plugins" / "tables" / "README.md").write_text("mine\n")
    elif what == "taken away":
        (skill / "SKILL.md").unlink()
    elif what == "can be run":
        (skill / "SKILL.md").chmod(0o755)
    else:
        moved = shutil.move(skill.parent, market / "elsewhere")
        skill.parent.symlink_to(moved)
    before = tree(market / "plugins" / "tables")
    assert exported(person, "charts", target=market, check=True)["kept"] == ["plugins/tables"]
    reply = exported(person, "charts", target=market, replace=True)
    assert reply["kept"] == ["plugins/tables"]
    assert not any(path.startswith("plugins/tables") for path in reply["drift"])
    assert tree(market / "plugins" / "tables") == before
    again = exported(person, "charts", target=market, check=True)
    assert (again["drift"], again["kept"]) == ([], ["plugins/tables"])


def test_what_a_tool_has_left_there_by_itself_keeps_nothing(person: Person, market: Path) -> None:
    (market / "plugins" / "tables" / "skills" / "tables" / ".DS_Store").write_text("x")
    assert exported(person, "charts", target=market, replace=True)["kept"] == []
    assert not (market / "plugins" / "tables").exists()


def test_a_skill_that_another_client_s_catalogue_lists_still_stays_for_it(person: Person, market: Path) -> None:
    exported(person, "charts", "tables", target=market, form="copilot")
    exported(person, "charts", target=market, replace=True)
    assert not (market / "plugins" / "tables" / ".claude-plugin" / "plugin.json").exists()
    told = exported(person, "charts", "tables", target=market, form="copilot", check=True)
    assert (told["drift"], told["kept"]) == ([], [])
    exported(person, "charts", target=market, form="copilot", replace=True)
    assert [each.name for each in (market / "plugins").iterdir()] == ["charts"]


def test_a_plugin_that_was_not_put_there_from_here_stays_and_is_said(person: Person, market: Path) -> None:
    theirs = market / "plugins" / "theirs" / ".claude-plugin" / "plugin.json"
    theirs.parent.mkdir(parents=True)
    theirs.write_text(json.dumps({"name": "theirs"}))
    (market / "plugins" / "notes").mkdir()
    (market / "plugins" / "notes" / "README.md").write_text("mine\n")
    reply = exported(person, "charts", "tables", target=market, check=True)
    assert (reply["drift"], reply["kept"]) == ([], ["plugins/theirs"])


@pytest.mark.parametrize("note", ["lost", "spoiled"])
def test_where_it_is_not_known_any_more_who_put_it_there_it_stays(person: Person, market: Path, note: str) -> None:
    [file] = (person.bench.home.root / "exported").iterdir()
    file.unlink() if note == "lost" else file.write_text("[1]")
    assert exported(person, "charts", target=market, replace=True)["kept"] == ["plugins/tables"]
    exported(person, "charts", "tables", target=market, replace=True)
    assert exported(person, "charts", target=market, replace=True)["kept"] == []
