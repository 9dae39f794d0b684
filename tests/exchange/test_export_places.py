"""Where skills are given away to: a folder that somebody else has filled, on another disk, or where writing fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from clients_home import Person, tree

from workbench.errors import PathEscapes, WorkbenchError

CATALOGUES = {
    "claude": ".claude-plugin/marketplace.json",
    "codex": ".agents/plugins/marketplace.json",
    "copilot": ".github/plugin/marketplace.json",
}


def exported(person: Person, *names: str, target: Path, **more: Any) -> dict[str, Any]:
    return person.call("skills.export", names=list(names), target=str(target), **more)


@pytest.mark.parametrize("replace", [False, True])
@pytest.mark.parametrize("link", [".claude-plugin", "plugins", "plugins/charts", "plugins/charts/skills/charts"])
def test_a_link_in_a_catalogue_leads_an_export_nowhere_else(
    person: Person, tmp_path: Path, link: str, replace: bool
) -> None:
    person.create("charts")
    target, elsewhere = tmp_path / "market", tmp_path / "elsewhere"
    (target / link).parent.mkdir(parents=True)
    (elsewhere / ".claude-plugin").mkdir(parents=True)
    (elsewhere / ".claude-plugin" / "plugin.json").write_text("precious\n")
    (target / link).symlink_to(elsewhere)
    before = tree(target, elsewhere, person.skills)
    for check in (True, False):
        with pytest.raises(PathEscapes, match=link):
            exported(person, "charts", target=target, format="claude", replace=replace, check=check)
    assert tree(target, elsewhere, person.skills) == before
    assert person.trash == []


def test_a_link_to_the_library_in_a_catalogue_is_refused(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    (tmp_path / "market").mkdir()
    (tmp_path / "market" / "plugins").symlink_to(person.skills)
    before = tree(person.skills)
    with pytest.raises(PathEscapes):
        exported(person, "charts", target=tmp_path / "market", format="codex")
    assert tree(person.skills) == before


def test_a_link_that_a_person_names_is_followed(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    (tmp_path / "market").mkdir()
    (tmp_path / "link").symlink_to("market")
    assert exported(person, "charts", target=tmp_path / "link", format="claude")["path"] == str(tmp_path / "market")
    assert (tmp_path / "market" / "plugins" / "charts").is_dir()
    assert (tmp_path / "link").is_symlink()


@pytest.fixture
def halfway(person: Person, tmp_path: Path) -> Path:
    """A catalogue with a file where its manifest's folder shall lie, which is found out when the rest lies there."""
    person.create("charts")
    target = tmp_path / "market"
    skill = target / "plugins" / "charts" / "skills" / "charts" / "SKILL.md"
    skill.parent.mkdir(parents=True)
    skill.write_text("mine\n")
    (target / ".claude-plugin").write_text("in the way\n")
    return target


def notes(person: Person) -> list[Path]:
    return list((person.bench.home.root / "exporting").iterdir())


def test_an_export_that_fails_halfway_leaves_all_as_it_was(person: Person, halfway: Path) -> None:
    before = tree(halfway.parent / "market")
    with pytest.raises(WorkbenchError):
        exported(person, "charts", target=halfway, format="claude", replace=True)
    assert tree(halfway) == before
    assert list(halfway.parent.rglob(".workbench-*")) == []
    assert notes(person) == []
    assert person.trash == []


def test_an_export_that_was_refused_does_not_happen_later(person: Person, halfway: Path) -> None:
    with pytest.raises(WorkbenchError):
        exported(person, "charts", target=halfway, format="claude", replace=True)
    (halfway / ".claude-plugin").unlink()
    (halfway / ".claude-plugin").mkdir()
    (halfway / ".claude-plugin" / "marketplace.json").write_text("written by hand since\n")
    before = tree(halfway)
    person.call("skills.installs")
    assert tree(halfway) == before


def test_what_a_person_changed_since_an_export_was_killed_is_left(person: Person, tmp_path: Path) -> None:
    """Killed when the skill lay there, and its plugin's manifest and the catalogue did not yet."""
    skill = person.create("charts")
    target = tmp_path / "market"
    exported(person, "charts", target=target, format="claude")
    (skill / "SKILL.md").write_text("---\nname: charts\ndescription: Newer.\n---\n\nDo.\n")
    there = target / "plugins" / "charts" / "skills" / "charts" / "SKILL.md"
    old = there.read_text()
    code = (
        "import os, sys\n"
        "from workbench.app import Workbench\n"
        "def die(event, args):\n"
        "    if event == 'os.rename' and str(args[1]) == 'plugin.json': os._exit(9)\n"
        "with Workbench.open() as bench:\n"
        "    sys.addaudithook(die)\n"
        "    bench.call('skills.export', names=['charts'], target=sys.argv[1], format='claude', replace=True)\n"
    )
    env = {**os.environ, "WORKBENCH_HOME": str(person.bench.home.root)}
    assert subprocess.run([sys.executable, "-c", code, str(target)], env=env, check=False).returncode == 9
    assert there.read_text() != old
    there.write_text("written by hand since\n")
    manifest = target / ".claude-plugin" / "marketplace.json"
    manifest.write_text("this too\n")
    person.call("skills.installs")
    assert (there.read_text(), manifest.read_text()) == ("written by hand since\n", "this too\n")
    kept = [path.read_text() for path in (person.bench.home.root / "trash").rglob("SKILL.md")]
    assert kept == [old]
    assert list(tmp_path.rglob(".workbench-*")) == []
    assert notes(person) == []


def test_a_catalogue_may_lie_on_another_disk_than_the_link_to_it(
    person: Person, elsewhere: Path, tmp_path: Path
) -> None:
    person.create("charts")
    (tmp_path / "market").symlink_to(elsewhere)
    exported(person, "charts", target=tmp_path / "market", format="claude")
    assert exported(person, "charts", target=elsewhere, format="claude", check=True)["drift"] == []
    assert sorted(path.name for path in elsewhere.iterdir()) == [".claude-plugin", "plugins"]
    assert notes(person) == []


def test_a_folder_may_lie_in_one_that_cannot_be_written(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    target = tmp_path / "volumes" / "market"
    target.mkdir(parents=True)
    target.parent.chmod(0o555)
    try:
        if os.access(target.parent, os.W_OK):
            pytest.skip("this person may write everywhere")
        exported(person, "charts", target=target, format="claude")
        assert sorted(path.name for path in target.iterdir()) == [".claude-plugin", "plugins"]
    finally:
        target.parent.chmod(0o755)


@pytest.mark.parametrize("form", list(CATALOGUES))
def test_a_catalogue_that_another_checks_elsewhere_keeps_its_name_and_owner(
    person: Person, tmp_path: Path, form: str
) -> None:
    person.create("charts")
    exported(person, "charts", target=tmp_path / "market", format=form)
    (tmp_path / "market").rename(tmp_path / "ci")
    (tmp_path / "gitconfig").write_text("[user]\n\tname = Someone Else\n\temail = else@example.org\n")
    again = {"target": tmp_path / "ci", "format": form}
    assert exported(person, "charts", **again, check=True)["drift"] == []
    manifest = tmp_path / "ci" / CATALOGUES[form]
    told = json.loads(manifest.read_text())
    if "owner" in told:
        told["owner"]["email"] = "skills@example.org"
    manifest.write_text(json.dumps({**told, "name": "ours"}))
    exported(person, "charts", **again, replace=True)
    kept = json.loads(manifest.read_text())
    assert (kept["name"], kept.get("owner")) == ("ours", told.get("owner"))


@pytest.mark.parametrize("text", ["{", "[]", '{"name": 1, "owner": {}}', '{"name": "", "owner": {"name": ""}}', "\x00"])
def test_a_catalogue_that_cannot_be_read_is_made_anew(person: Person, tmp_path: Path, text: str) -> None:
    person.create("charts")
    manifest = tmp_path / "market" / CATALOGUES["claude"]
    exported(person, "charts", target=tmp_path / "market", format="claude")
    made = manifest.read_text()
    manifest.write_text(text)
    exported(person, "charts", target=tmp_path / "market", format="claude", replace=True)
    assert manifest.read_text() == made
