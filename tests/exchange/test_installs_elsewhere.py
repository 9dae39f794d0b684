"""What has come to lie where skills were installed, since then or in that very moment: it is somebody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from anybody import anybody
from clients_home import Person, tree

from workbench.errors import PathEscapes, Refused
from workbench.skills.handout import places
from workbench.skills.handout.installed import Spot
from workbench.skills.handout.installs import Installs
from workbench.skills.tree.digest import digest


@pytest.fixture
def there(person: Person) -> Path:
    """The folder of a project in which a skill was installed, and which is gone again."""
    person.create("charts")
    person.installed("charts", scope="project", project=str(person.project))
    folder = person.project / ".claude" / "skills"
    shutil.rmtree(folder)
    return folder


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("changed", [False, True])
def test_a_link_to_the_library_that_came_since_costs_no_skill(
    person: Person, there: Path, force: bool, changed: bool
) -> None:
    there.symlink_to(person.skills)
    if changed:
        (person.skills / "charts" / "SKILL.md").write_text("---\nname: charts\ndescription: New.\n---\n\nWork.\n")
    before = tree(person.skills, person.project)
    assert person.states("charts", projects=(person.project,)) == {"claude project/.claude/skills/charts": "missing"}
    [row] = person.uninstalled("charts", force=force)
    assert row["state"] == "missing"
    assert "link" in row["reason"]
    assert tree(person.skills, person.project) == before
    assert person.trash == []
    assert person.call("skills.installs", names=["charts"])["rows"] == []


def test_a_link_that_came_since_takes_nothing_from_a_folder_that_nobody_has_installed(
    person: Person, there: Path
) -> None:
    mine = person.user / "mine"
    shutil.copytree(person.skills / "charts", mine / "charts")
    there.symlink_to(mine)
    before = tree(mine)
    person.uninstalled("charts")
    assert tree(mine) == before


def test_a_link_to_another_project_takes_nothing_from_it(person: Person, there: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    person.installed("charts", scope="project", project=str(other))
    there.parent.rmdir()
    there.parent.symlink_to(other / ".claude")
    before = tree(other)
    person.uninstalled("charts", scope="project", project=str(person.project))
    assert tree(other) == before
    assert person.states("charts") == {"claude other/.claude/skills/charts": "current"}


def test_a_link_that_came_since_costs_no_empty_folder(person: Person, there: Path) -> None:
    there.parent.rmdir()
    mine = person.user / "mine"
    (mine / "skills").mkdir(parents=True)
    there.parent.symlink_to(mine)
    person.uninstalled("charts")
    assert (mine / "skills").is_dir()


@pytest.mark.parametrize("begun", ["coming", "going"])
def test_what_was_cut_short_is_not_ended_behind_a_link(person: Person, there: Path, begun: str) -> None:
    there.symlink_to(person.skills)
    person.bench.database.write(lambda connection: connection.execute("update skill_installs set state = ?", (begun,)))
    before = tree(person.skills)
    assert person.call("skills.installs", names=["charts"])["rows"] == []
    assert tree(person.skills) == before


def test_a_path_behind_a_link_is_ours_when_it_leads_to_ours(person: Person, there: Path) -> None:
    there.symlink_to(person.skills)
    with pytest.raises(PathEscapes):
        places.outside(there / "charts", (person.skills,))


@pytest.mark.parametrize("way", ["take", "strike"])
def test_what_somebody_saves_in_the_last_moment_stays(person: Person, way: str) -> None:
    skill = person.create("charts")
    [row] = person.installed("charts")
    spot = Spot.of(person.bench.home, Path(row["path"]))
    looked = digest(spot.path)
    spot.lay(skill, "copy")
    (spot.path / "SKILL.md").write_text("mine\n")
    with pytest.raises(Refused, match="changed just now"):
        (spot.take if way == "take" else spot.strike)(looked, allowed=False)
    assert (spot.path / "SKILL.md").read_text() == "mine\n"
    assert spot.aside() is None
    person.uninstalled("charts", force=True)
    [kept] = (person.bench.home.root / "trash").glob("*/charts/SKILL.md")
    assert kept.read_text() == "mine\n"


@pytest.mark.parametrize(("said", "aside"), [(None, "old"), ("mine\n", "trash")])
def test_what_is_put_aside_is_kept_if_it_was_changed(person: Person, said: str | None, aside: str) -> None:
    person.create("charts")
    [row] = person.installed("charts")
    spot = Spot.of(person.bench.home, Path(row["path"]))
    looked = digest(spot.path)
    if said:
        (spot.path / "SKILL.md").write_text(said)
    spot.staging.mkdir()
    spot.take(looked, allowed=True)
    assert [path.name for path in spot.staging.iterdir()] == [aside]
    shutil.rmtree(spot.staging)


@pytest.mark.parametrize("verb", ["uninstall", "update"])
def test_what_cannot_be_removed_is_out_of_the_way_all_the_same(person: Person, verb: str) -> None:
    skill = person.create("charts")
    [row] = person.installed("charts")
    locked = Path(row["path"]) / "scripts"
    locked.chmod(0o555)
    (skill / "new.md").write_text("new\n")
    verbs = Installs(person.bench.library)
    with anybody():
        done, refused = verbs.uninstall(["charts"]) if verb == "uninstall" else verbs.install(["charts"], ["claude"])
    assert (len(done), refused) == (1, [])
    there = person.user / ".claude" / "skills"
    assert [path.name for path in there.glob("*")] == ([] if verb == "uninstall" else ["charts"])
    assert person.trash == ["charts"]
    assert [row["state"] for row in person.installed("charts")] == ["current"]


@pytest.mark.parametrize("changed", [False, True])
def test_what_cannot_be_removed_from_another_disk_is_named(
    person: Person, elsewhere: Path, monkeypatch: pytest.MonkeyPatch, changed: bool
) -> None:
    person.create("charts")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(elsewhere))
    [row] = person.installed("charts")
    path = Path(row["path"])
    (path / "scripts").chmod(0o555)
    if changed:
        (path / "SKILL.md").write_text("mine\n")
    verbs = Installs(person.bench.library)
    with anybody():
        [refused] = verbs.uninstall(["charts"], force=changed)[1]
        assert verbs.listed(["charts"])[0][0].state == "missing"
    [left] = path.parent.iterdir()
    assert f"{left} is left over and cannot be removed" in str(refused.reason)
    assert not path.exists()
    assert person.trash == (["charts"] if changed else [])
    assert person.states("charts") == {}
    assert not path.parent.exists()
