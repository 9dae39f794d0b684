"""Skills given away: what is exported and brought in again elsewhere has the same digest, and nothing is written over."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from clients_home import Person, tree

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, PathEscapes, Refused
from workbench.settings import Settings
from workbench.skills.tree.digest import computed_hash, digest

CATALOGUES = {
    "claude": ".claude-plugin/marketplace.json",
    "codex": ".agents/plugins/marketplace.json",
    "copilot": ".github/plugin/marketplace.json",
}


def exported(person: Person, *names: str, target: Path, **more: Any) -> dict[str, Any]:
    return person.call("skills.export", names=list(names), target=str(target), **more)


def brought_in(base: Path, source: Path) -> dict[str, str]:
    """The digests of skills that came into another home, by name."""
    with Workbench.open(base / "other") as bench:
        bench.save_settings(Settings(skills_path=str(base / "others skills")))
        plan = bench.call("skills.plan_import", source=str(source))
        rows = [{"path": row["path"], "digest": row["digest"]} for row in plan["rows"]]
        done = bench.call("skills.apply_import", source=str(source), plan=plan["plan"], rows=rows)["rows"]
        assert {row["status"] for row in done} == {"imported"}
        return {row["name"]: digest(base / "others skills" / row["name"]) for row in done}


def stuffed(person: Person, name: str) -> Path:
    """A skill with all that others have no use for."""
    skill = person.create(name)
    for path in ("evals/evals.json", "context/notes.md", "node_modules/x/index.js", "scripts/__pycache__/run.pyc",
                 "scripts/old.pyc", ".DS_Store", "references/.DS_Store", ".git/config"):  # fmt: skip
        (skill / path).parent.mkdir(parents=True, exist_ok=True)
        (skill / path).write_text("not for others\n")
    for path in ("references/evals/kept.md", "references/caf\u00e9.md", "empty"):
        (skill / path).parent.mkdir(parents=True, exist_ok=True)
        (skill / path).write_text("kept\n" if path != "empty" else "")
    return skill


@pytest.mark.parametrize("form", ["skill", "zip"])
def test_a_package_that_is_brought_in_elsewhere_is_the_same_skill(person: Person, tmp_path: Path, form: str) -> None:
    skill = person.create("charts")
    reply = exported(person, "charts", target=tmp_path / f"out.{form}", format=form)
    assert reply["digests"] == {"charts": digest(skill)}
    assert reply["files"] == 1
    assert brought_in(tmp_path, tmp_path / f"out.{form}") == reply["digests"]
    assert os.access(tmp_path / "others skills" / "charts" / "scripts" / "run.sh", os.X_OK)


def test_what_others_have_no_use_for_stays_at_home(person: Person, tmp_path: Path) -> None:
    stuffed(person, "charts")
    reply = exported(person, "charts", target=tmp_path / "out.skill")
    with zipfile.ZipFile(reply["path"]) as archive:
        assert archive.namelist() == [
            "charts/SKILL.md",
            "charts/empty",
            "charts/references/caf\u00e9.md",
            "charts/references/evals/kept.md",
            "charts/scripts/run.sh",
        ]
    assert brought_in(tmp_path, tmp_path / "out.skill") == reply["digests"]


def test_the_same_skill_makes_the_same_bytes(person: Person, tmp_path: Path) -> None:
    skill = stuffed(person, "charts")
    first = Path(exported(person, "charts", target=tmp_path / "a.skill")["path"]).read_bytes()
    for path in skill.rglob("*"):
        os.utime(path, (1, 1))
    (skill / "evals" / "more.json").write_text("{}")
    (skill / "SKILL.md").chmod(0o600)
    assert Path(exported(person, "charts", target=tmp_path / "b.skill")["path"]).read_bytes() == first


def test_several_packages_go_into_a_folder(person: Person, tmp_path: Path) -> None:
    for name in ("charts", "tables"):
        person.create(name)
    reply = exported(person, "charts", "tables", target=tmp_path / "out", format="zip")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["charts.zip", "tables.zip"]
    assert (reply["files"], reply["path"]) == (2, str(tmp_path / "out"))
    reply = exported(person, "charts", target=tmp_path / "out")
    assert reply["path"] == str(tmp_path / "out" / "charts.skill")


@pytest.mark.parametrize("what", ["link", "twins", "backslash", "turned", "git", "large", "many"])
def test_what_could_not_be_taken_in_again_is_not_packed(person: Person, tmp_path: Path, what: str) -> None:
    skill = person.create("charts")
    if what == "link":
        (skill / "link.md").symlink_to("SKILL.md")
    elif what == "twins":
        (skill / "a.md").write_text("a")
        (skill / "A.md").write_text("A")
    elif what == "large":
        (skill / "large").write_bytes(bytes(11 * 1024 * 1024))
    elif what == "many":
        for number in range(2_001):
            (skill / str(number)).write_text("")
    else:
        (skill / {"backslash": "a\\b", "turned": "a\u202eb", "git": ".git"}[what]).write_text("x")
    before = tree(tmp_path)
    with pytest.raises(Refused) as refused:
        exported(person, "charts", target=tmp_path / "out.skill")
    assert refused.value.reason in ("unfit", "too_large")
    assert refused.value.remedy
    left = {
        path: what
        for path, what in tree(tmp_path).items()
        if "workbench.db" not in path and "installs.lock" not in path
    }
    assert {path: what for path, what in left.items() if before.get(path) != what} == {
        str(tmp_path / "home" / "exporting"): "40700 "
    }


def test_what_is_there_and_differs_is_a_question(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    target = tmp_path / "out.skill"
    target.write_text("mine\n")
    with pytest.raises(Refused) as refused:
        exported(person, "charts", target=target)
    assert refused.value.reason == "exists"
    assert target.read_text() == "mine\n"
    exported(person, "charts", target=target, replace=True)
    assert person.trash == ["out.skill"]
    made = target.read_bytes()
    assert exported(person, "charts", target=target)["drift"] == []
    assert target.read_bytes() == made
    assert person.trash == ["out.skill"]


def test_a_package_can_be_checked(person: Person, tmp_path: Path) -> None:
    skill = person.create("charts")
    target = tmp_path / "out.skill"
    assert exported(person, "charts", target=target, check=True)["drift"] == [""]
    assert not target.exists()
    exported(person, "charts", target=target)
    assert exported(person, "charts", target=target, check=True)["drift"] == []
    (skill / "new.md").write_text("new\n")
    before = tree(tmp_path / "skills")
    assert exported(person, "charts", target=target, check=True)["drift"] == [""]
    assert tree(tmp_path / "skills") == before


@pytest.mark.parametrize("form", list(CATALOGUES))
def test_a_catalogue_that_is_brought_in_elsewhere_has_the_same_skills(
    person: Person, tmp_path: Path, form: str
) -> None:
    skills = {name: person.create(name) for name in ("charts", "tables", "zones")}
    (skills["tables"] / "references").mkdir(exist_ok=True)
    (skills["tables"] / "references" / "link.md").symlink_to("../SKILL.md")
    reply = exported(person, *skills, target=tmp_path / "out", format=form)
    assert reply["digests"] == {name: digest(folder) for name, folder in skills.items()}
    plan = person.call("skills.plan_import", source=str(tmp_path / "out"))
    assert plan["by"] == "catalogue"
    [catalogue] = plan["catalogues"]
    assert (catalogue["path"], catalogue["entries"], catalogue["skills"]) == (CATALOGUES[form], 3, 3)
    assert {row["name"]: row["digest"] for row in plan["rows"]} == reply["digests"]
    assert {row["place"] for row in plan["rows"]} == {"offered"}
    assert plan["notes"] == []
    assert brought_in(tmp_path, tmp_path / "out") == reply["digests"]


@pytest.mark.parametrize("form", list(CATALOGUES))
def test_what_has_drifted_in_a_catalogue_is_told_and_mended(person: Person, tmp_path: Path, form: str) -> None:
    skills = {name: person.create(name) for name in ("charts", "tables")}
    target = tmp_path / "out"
    check = {"target": target, "format": form, "check": True}
    assert CATALOGUES[form] in exported(person, *skills, **check)["drift"]
    exported(person, *skills, target=target, format=form)
    assert exported(person, *skills, **check)["drift"] == []
    (skills["charts"] / "new.md").write_text("new\n")
    (target / "plugins" / "tables" / "skills" / "tables" / "mine.md").write_text("mine\n")
    (target / "README.md").write_text("mine, and not of the catalogue\n")
    drift = exported(person, *skills, **check)["drift"]
    assert drift == ["plugins/charts/skills/charts/new.md", "plugins/tables/skills/tables/mine.md"]
    with pytest.raises(Refused, match="differs"):
        exported(person, *skills, target=target, format=form)
    assert exported(person, *skills, target=target, format=form, replace=True)["drift"] == drift
    assert exported(person, *skills, **check)["drift"] == []
    assert (target / "README.md").is_file()
    [kept] = (person.bench.home.root / "trash").glob("*/out/plugins/tables/skills/tables/mine.md")
    assert kept.read_text() == "mine\n"


def test_catalogues_for_all_clients_lie_in_one_folder(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    target = tmp_path / "out"
    (target / ".git").mkdir(parents=True)
    (target / ".git" / "config").write_text("[core]\n")
    for form in CATALOGUES:
        exported(person, "charts", target=target, format=form)
    for form in CATALOGUES:
        assert exported(person, "charts", target=target, format=form, check=True)["drift"] == []
    plan = person.call("skills.plan_import", source=str(target))
    assert [row["path"] for row in plan["rows"]] == ["plugins/charts/skills/charts/SKILL.md"]
    assert len(plan["catalogues"]) == 3
    assert person.trash == []
    assert (target / ".git" / "config").is_file()


def test_a_catalogue_says_what_its_clients_ask_for(person: Person, tmp_path: Path) -> None:
    person.call(
        "skills.create", name="charts", description="Draws charts: all\nkinds.", body="Do.\n",
        fields={"license": "MIT", "metadata": {"version": "1.2.3"}},
    )  # fmt: skip
    told = {}
    for form, path in CATALOGUES.items():
        exported(person, "charts", target=tmp_path / "My Skills", format=form)
        told[form] = json.loads((tmp_path / "My Skills" / path).read_text())
    assert {each["name"] for each in told.values()} == {"my-skills"}
    assert set(told["claude"]) == {"name", "owner", "plugins"}
    assert told["claude"]["plugins"] == [
        {"name": "charts", "description": "Draws charts: all kinds.", "version": "1.2.3", "source": "./plugins/charts"}
    ]
    assert told["codex"]["plugins"][0]["source"] == {"source": "local", "path": "./plugins/charts"}
    assert set(told["codex"]["plugins"][0]["policy"]) == {"installation", "authentication"}
    plugin = tmp_path / "My Skills" / "plugins" / "charts"
    manifests = [json.loads(path.read_text()) for path in sorted(plugin.glob(".*/plugin.json"))]
    assert [each["name"] for each in manifests] == ["charts"] * 2
    assert json.loads((plugin / ".github" / "plugin" / "plugin.json").read_text())["license"] == "MIT"


@pytest.mark.parametrize(
    ("found", "made"),
    [
        (None, "policy:\n  allow_implicit_invocation: false\n"),
        ("interface:\n  display_name: Charts", "interface:\n  display_name: Charts\npolicy:\n  allow_implicit_invocation: false\n"),
        ("policy:\n    products: [x]\n", "policy:\n    allow_implicit_invocation: false\n    products: [x]\n"),
        ("policy:\n  allow_implicit_invocation: true\n", "policy:\n  allow_implicit_invocation: true\n"),
        ("policy: {products: [x]}\n", "policy: {products: [x]}\n"),
        ("no: [yaml\n", "no: [yaml\n"),
    ],
)  # fmt: skip
def test_codex_is_told_that_a_skill_waits_to_be_asked_for(
    person: Person, tmp_path: Path, found: str | None, made: str
) -> None:
    skill = person.create("charts")
    person.call("skills.edit", name="charts", edits=[{"key": "disable-model-invocation", "value": True}])
    if found is not None:
        (skill / "agents").mkdir()
        (skill / "agents" / "openai.yaml").write_text(found)
    reply = exported(person, "charts", target=tmp_path / "out", format="codex")
    there = tmp_path / "out" / "plugins" / "charts" / "skills" / "charts"
    assert (there / "agents" / "openai.yaml").read_text() == made
    assert digest(there) == reply["digests"]["charts"]
    assert {row["digest"] for row in person.call("skills.plan_import", source=str(tmp_path / "out"))["rows"]} == {
        reply["digests"]["charts"]
    }
    assert brought_in(tmp_path, tmp_path / "out") == reply["digests"]
    assert exported(person, "charts", target=tmp_path / "claude", format="claude")["digests"] == {
        "charts": digest(skill)
    }


def test_nothing_is_written_into_our_own_folders_or_where_there_is_none(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    (tmp_path / "way").symlink_to(person.skills)
    (tmp_path / "link").symlink_to(person.bench.home.root / "new")
    before = tree(person.skills)
    for target in (
        person.skills / "out",
        person.bench.home.root / "out",
        person.skills,
        tmp_path / "way" / "out",
        tmp_path / "link",
    ):
        for form in ("skill", "claude", "lock"):
            with pytest.raises(PathEscapes):
                exported(person, "charts", target=target, format=form)
    with pytest.raises(NotFound):
        exported(person, "charts", target=tmp_path / "none" / "out")
    with pytest.raises(NotFound):
        exported(person, "none", target=tmp_path / "out")
    with pytest.raises(InvalidRequest):
        person.call("skills.export", names=["charts"], target="out\0.skill")
    with pytest.raises(NotFound):
        person.call("skills.lockfile", path=str(tmp_path / "none"))
    (tmp_path / "a file").write_text("x")
    with pytest.raises(InvalidRequest):
        exported(person, "charts", target=tmp_path / "a file", format="claude")
    assert tree(person.skills) == before


def test_names_that_are_one_on_some_systems_are_given_away_apart(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    person.adopt("Charts")
    with pytest.raises(Refused, match="one name"):
        exported(person, "charts", "Charts", target=tmp_path / "out", format="claude")
    person.create("foo-bar")
    person.adopt("foo_bar", said="foo_bar")
    with pytest.raises(Refused, match="'foo-bar' and 'foo_bar' are one name"):
        exported(person, "foo-bar", "foo_bar", target=tmp_path / "out", format="claude")
    assert exported(person, "foo-bar", "foo_bar", target=tmp_path / "packages", format="zip")["files"] == 2
    person.adopt("a:b")
    with pytest.raises(Refused, match="folder's name"):
        exported(person, "a:b", target=tmp_path / "out", format="claude")


def test_an_adopted_skill_with_an_odd_name_keeps_its_bytes(person: Person, tmp_path: Path) -> None:
    skill = person.adopt("My Charts", said="My Charts")
    for form in CATALOGUES:
        reply = exported(person, "My Charts", target=tmp_path / "out", format=form)
        assert reply["digests"] == {"My Charts": digest(skill)}
    [row] = person.call("skills.plan_import", source=str(tmp_path / "out"))["rows"]
    assert row["digest"] == digest(skill)
    assert json.loads((tmp_path / "out" / CATALOGUES["claude"]).read_text())["plugins"][0]["name"] == "my-charts"


def test_a_lock_file_is_written_and_read(person: Person, tmp_path: Path) -> None:
    own = person.create("charts")
    source = tmp_path / "source" / "theirs"
    source.mkdir(parents=True)
    (source / "SKILL.md").write_text("---\nname: theirs\ndescription: D.\n---\n\nDo.\n")
    person.call("skills.apply_import", source=str(tmp_path / "source"), rows=[{"path": "theirs/SKILL.md"}])
    exported(person, "theirs", "charts", target=person.project, format="lock")
    text = (person.project / "skills-lock.json").read_text()
    assert json.loads(text) == {
        "version": 1,
        "skills": {
            "charts": {
                "source": "../skills/charts",
                "sourceType": "local",
                "skillPath": "SKILL.md",
                "computedHash": computed_hash(own),
            },
            "theirs": {
                "source": str(tmp_path / "source"),
                "sourceType": "local",
                "skillPath": "theirs/SKILL.md",
                "computedHash": computed_hash(source),
            },
        },
    }
    assert list(json.loads(text)["skills"]) == ["charts", "theirs"]
    assert exported(person, "theirs", "charts", target=person.project, format="lock", check=True)["drift"] == []
    (own / "new.md").write_text("new\n")
    person.call("skills.delete", name="theirs")
    found = person.call("skills.lockfile", path=str(person.project))
    assert {row["name"]: row["state"] for row in found["skills"]} == {"charts": "differs", "theirs": "absent"}
    assert {row["name"]: row["address"] for row in found["skills"]} == {
        "charts": str(own),
        "theirs": str(source.parent),
    }


def test_locking_one_more_skill_keeps_those_that_are_locked(person: Person) -> None:
    for name in ("charts", "tables"):
        person.create(name)
    exported(person, "charts", target=person.project, format="lock")
    with pytest.raises(Refused):
        exported(person, "tables", target=person.project, format="lock")
    exported(person, "tables", target=person.project, format="lock", replace=True)
    found = person.call("skills.lockfile", path=str(person.project))
    assert {row["name"]: row["state"] for row in found["skills"]} == {"charts": "current", "tables": "current"}
    assert exported(person, "charts", target=person.project, format="lock", check=True)["drift"] == []


def test_a_folder_above_ours_may_be_written_into(person: Person, tmp_path: Path) -> None:
    for name in ("charts", "skills"):
        person.create(name)
    before = tree(person.skills)
    assert exported(person, "charts", target=tmp_path)["path"] == str(tmp_path / "charts.skill")
    exported(person, "charts", "skills", target=tmp_path, format="zip")
    exported(person, "charts", target=tmp_path, format="codex")
    assert (tmp_path / "plugins" / "charts").is_dir()
    assert tree(person.skills) == before


def test_a_catalogue_never_takes_the_place_of_what_is_ours(person: Person, tmp_path: Path) -> None:
    inside = tmp_path / "out" / "plugins" / "charts" / "skills" / "charts"
    inside.mkdir(parents=True)
    person.bench.save_settings(Settings(skills_path=str(inside / "skills")))
    person.skills = inside / "skills"
    person.create("charts")
    before = tree(person.skills)
    with pytest.raises(PathEscapes):
        exported(person, "charts", target=tmp_path / "out", format="claude", replace=True)
    assert tree(person.skills) == before
