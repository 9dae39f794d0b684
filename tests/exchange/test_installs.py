"""Skills put where clients look, and taken away again: what was there before is there afterwards, and nothing else."""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import apsw
import pytest
from clients_home import Person, tree

from workbench.app import Workbench
from workbench.errors import InvalidRequest, NotFound, PathEscapes, Refused, WorkbenchError
from workbench.skills.handout.installed import Spot
from workbench.skills.tree.digest import digest

EVERY = ("claude", "codex", "cursor", "gemini", "copilot", "agents")
OF_USER = {
    "claude": ".claude/skills",
    "codex": ".codex/skills",
    "cursor": ".cursor/skills",
    "gemini": ".gemini/skills",
    "copilot": ".copilot/skills",
    "agents": ".agents/skills",
}
IN_PROJECT = {
    "claude": ".claude/skills",
    "codex": ".agents/skills",
    "cursor": ".agents/skills",
    "gemini": ".gemini/skills",
    "copilot": ".agents/skills",
    "agents": ".agents/skills",
}


@pytest.mark.parametrize("client", EVERY)
def test_a_skill_lies_where_its_client_looks(person: Person, client: str) -> None:
    skill = person.create("charts")
    [row] = person.installed("charts", clients=(client,))
    assert Path(row["path"]) == person.user / OF_USER[client] / "charts"
    assert row["state"] == "current"
    assert row["ours"]
    assert row["installed_at"]
    assert digest(Path(row["path"])) == digest(skill)
    [row] = person.installed("charts", clients=(client,), scope="project", project=str(person.project))
    assert Path(row["path"]) == person.project / IN_PROJECT[client] / "charts"
    assert os.access(Path(row["path"]) / "scripts" / "run.sh", os.X_OK)


def test_clients_that_live_elsewhere_are_followed(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.create("charts")
    (person.user / "configs").mkdir()
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(person.user / "configs" / "claude"))
    monkeypatch.setenv("CODEX_HOME", str(person.user / "configs" / "codex"))
    rows = person.installed("charts", clients=("claude", "codex"))
    assert [Path(row["path"]).relative_to(person.user).as_posix() for row in rows] == [
        "configs/claude/skills/charts",
        "configs/codex/skills/charts",
    ]
    monkeypatch.setenv("CODEX_HOME", str(person.user / "nowhere" / "codex"))
    with pytest.raises(NotFound, match="nowhere"):
        person.install("charts", clients=("codex",))


@pytest.mark.parametrize("method", ["copy", "link"])
def test_installing_and_taking_away_leaves_the_clients_as_they_were(person: Person, method: str) -> None:
    for name in ("charts", "tables"):
        person.create(name)
    theirs = person.user / ".claude" / "skills" / "theirs"
    theirs.mkdir(parents=True)
    (theirs / "SKILL.md").write_text("---\nname: theirs\n---\n")
    (person.project / ".agents").mkdir()
    before = tree(person.user, person.project)
    person.installed("charts", "tables", clients=EVERY, method=method)
    person.installed("charts", "tables", clients=EVERY, method=method, scope="project", project=str(person.project))
    assert tree(person.user, person.project) != before
    person.uninstalled("charts")
    person.uninstalled("tables")
    assert tree(person.user, person.project) == before
    assert person.call("skills.installs", names=["charts", "tables"])["rows"] == []
    assert person.trash == []


def test_a_link_is_relative_and_shows_each_change(person: Person) -> None:
    skill = person.create("charts")
    [row] = person.installed("charts", method="link")
    path = Path(row["path"])
    assert path.readlink() == Path("../../../skills/charts")
    (skill / "new.md").write_text("new\n")
    assert (path / "new.md").read_text() == "new\n"
    assert person.states("charts") == {"claude user/.claude/skills/charts": "current"}


def test_what_has_drifted_is_told(person: Person) -> None:
    for name in ("same", "older", "changed", "gone", "deleted"):
        person.create(name)
        person.installed(name)
    there = person.user / ".claude" / "skills"
    (person.skills / "older" / "SKILL.md").write_text("---\nname: older\ndescription: Newer.\n---\n\nDo.\n")
    (there / "changed" / "SKILL.md").write_text("mine\n")
    shutil.rmtree(there / "gone")
    person.call("skills.delete", name="deleted")
    (there / "theirs").mkdir()
    (there / "theirs" / "SKILL.md").write_text("theirs\n")
    (there / "no skill").mkdir()
    assert person.states() == {
        "claude user/.claude/skills/changed": "changed",
        "claude user/.claude/skills/deleted": "outdated",
        "claude user/.claude/skills/gone": "missing",
        "claude user/.claude/skills/older": "outdated",
        "claude user/.claude/skills/same": "current",
        "claude user/.claude/skills/theirs": "foreign",
    }


def test_what_a_client_leaves_behind_is_no_change(person: Person) -> None:
    person.create("charts")
    [row] = person.installed("charts")
    cache = Path(row["path"]) / "scripts" / "__pycache__"
    cache.mkdir()
    (Path(row["path"]) / ".DS_Store").write_bytes(b"x")
    assert person.states("charts") == {"claude user/.claude/skills/charts": "current"}
    person.uninstalled("charts")
    assert not (person.user / ".claude").exists()


def test_a_name_that_is_there_is_a_question(person: Person) -> None:
    person.create("charts")
    theirs = person.user / ".claude" / "skills" / "charts"
    theirs.mkdir(parents=True)
    (theirs / "SKILL.md").write_text("theirs\n")
    before = tree(person.user)
    report = person.install("charts", clients=("claude", "codex"))
    [refused] = report["refused"]
    assert (refused["state"], refused["ours"]) == ("foreign", False)
    assert "already" in refused["reason"]
    assert [row["client"] for row in report["done"]] == ["codex"]
    person.uninstalled("charts")
    assert tree(person.user) == before

    [row] = person.installed("charts", replace=True)
    assert row["state"] == "current"
    assert person.trash == ["charts"]
    [kept] = (person.bench.home.root / "trash").glob("*/charts/SKILL.md")
    assert kept.read_text() == "theirs\n"


@pytest.mark.parametrize("what", ["an empty folder", "a file", "a link", "a link that leads nowhere"])
def test_whatever_is_there_is_a_question(person: Person, what: str) -> None:
    person.create("charts")
    there = person.user / ".claude" / "skills" / "charts"
    there.parent.mkdir(parents=True)
    if what == "an empty folder":
        there.mkdir()
    elif what == "a file":
        there.write_text("mine\n")
    else:
        there.symlink_to(person.skills / "charts" if what == "a link" else person.skills / "none")
    before = tree(person.user)
    assert [row["state"] for row in person.install("charts")["refused"]] == ["foreign"]
    assert tree(person.user) == before
    person.installed("charts", replace=True)
    assert person.trash == ["charts"]
    person.uninstalled("charts")
    assert not there.exists()


@pytest.mark.parametrize("method", ["copy", "link"])
def test_what_somebody_has_changed_stays(person: Person, method: str) -> None:
    person.create("charts")
    [row] = person.installed("charts", method=method)
    path = Path(row["path"])
    if method == "link":
        path.unlink()
        path.mkdir()
    (path / "SKILL.md").write_text("mine\n")
    before = tree(person.user)
    for report in (person.uninstall("charts"), person.install("charts")):
        [refused] = report["refused"]
        assert refused["state"] == "changed"
        assert "changed" in refused["reason"] or "no longer" in refused["reason"]
    assert tree(person.user) == before
    assert person.trash == []
    person.uninstalled("charts", force=True)
    assert person.trash == ["charts"]
    assert list(person.user.iterdir()) == []


def test_a_repository_in_an_installed_skill_is_a_change(person: Person) -> None:
    person.create("charts")
    [row] = person.installed("charts")
    (Path(row["path"]) / ".git").mkdir()
    assert person.states("charts") == {"claude user/.claude/skills/charts": "changed"}
    assert person.uninstall("charts")["done"] == []
    assert (Path(row["path"]) / ".git").is_dir()


def test_installing_again_brings_the_newest_and_keeps_nothing_of_ours(person: Person) -> None:
    skill = person.create("charts")
    person.installed("charts")
    (skill / "new.md").write_text("new\n")
    (skill / "scripts" / "run.sh").unlink()
    [row] = person.installed("charts")
    assert row["state"] == "current"
    assert digest(Path(row["path"])) == digest(skill)
    [row] = person.installed("charts", method="link")
    assert Path(row["path"]).is_symlink()
    [row] = person.installed("charts")
    assert not Path(row["path"]).is_symlink()
    assert person.trash == []
    person.uninstalled("charts")
    assert list(person.user.iterdir()) == []


def test_a_folder_for_several_clients_stays_until_the_last_has_left(person: Person) -> None:
    person.create("charts")
    where = {"scope": "project", "project": str(person.project)}
    rows = person.installed("charts", clients=("codex", "cursor", "agents"), **where)
    assert len({row["path"] for row in rows}) == 1
    path = Path(rows[0]["path"])
    for client in ("codex", "agents"):
        person.uninstalled("charts", clients=[client])
        assert path.is_dir()
    person.uninstalled("charts", clients=["cursor"])
    assert list(person.project.iterdir()) == []


def test_folders_that_were_made_go_with_the_last_skill_in_them(person: Person) -> None:
    for name in ("one", "two", "three"):
        person.create(name)
        person.installed(name)
    person.uninstalled("one")
    person.uninstalled("three")
    assert (person.user / ".claude" / "skills" / "two").is_dir()
    person.uninstalled("two")
    assert list(person.user.iterdir()) == []


def test_what_somebody_puts_into_a_folder_that_was_made_stays(person: Person) -> None:
    person.create("charts")
    person.installed("charts")
    (person.user / ".claude" / "settings.json").write_text("{}")
    person.uninstalled("charts")
    assert [path.name for path in (person.user / ".claude").iterdir()] == ["settings.json"]


@pytest.mark.parametrize("method", ["copy", "link"])
def test_a_renamed_skill_is_followed(person: Person, method: str) -> None:
    person.create("charts")
    person.installed("charts", clients=("claude", "codex"), method=method)
    person.call("skills.rename", name="charts", new_name="graphs")
    assert person.states() == {
        "claude user/.claude/skills/charts": "outdated",
        "codex user/.codex/skills/charts": "outdated",
    }
    person.installed("graphs", method=method)
    assert person.states() == {
        "claude user/.claude/skills/graphs": "current",
        "codex user/.codex/skills/charts": "outdated",
    }
    person.uninstalled("graphs")
    assert list(person.user.iterdir()) == []


def test_a_deleted_skill_can_still_be_taken_away(person: Person) -> None:
    person.create("charts")
    [row] = person.installed("charts")
    assert person.call("skills.delete", name="charts")["installed"] == [row["path"]]
    person.uninstalled("charts")
    assert list(person.user.iterdir()) == []


def test_what_was_never_installed_is_left(person: Person) -> None:
    person.create("charts")
    theirs = person.user / ".claude" / "skills" / "charts"
    theirs.mkdir(parents=True)
    (theirs / "SKILL.md").write_text("theirs\n")
    report = person.uninstall("charts", clients=["claude"], force=True)
    assert report["done"] == []
    assert [row["state"] for row in report["refused"]] == ["foreign"]
    assert theirs.is_dir()


def test_odd_names_are_installed_only_where_every_system_can_have_them(person: Person) -> None:
    person.create("charts")
    person.adopt("My Charts")
    assert [row["state"] for row in person.installed("My Charts")] == ["current"]
    for name in ("a:b", "ends.", "aux", "back\\slash", "tab\there", "\u202eturned"):
        person.adopt(name)
        [refused] = person.install(name)["refused"]
        assert "folder's name" in refused["reason"]
    assert sorted(path.name for path in (person.user / ".claude" / "skills").iterdir()) == ["My Charts"]


def test_a_skill_that_reaches_out_of_itself_is_not_copied(person: Person) -> None:
    skill = person.create("charts")
    (skill / "secret").symlink_to("/etc/passwd")
    [refused] = person.install("charts")["refused"]
    assert "leads out" in refused["reason"]
    assert list(person.user.iterdir()) == []
    assert person.call("skills.installs", names=["charts"])["rows"] == []


def test_nothing_is_installed_into_our_own_folders(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.create("charts")
    home = person.bench.home.root
    before = tree(person.skills)
    for ours in (home, person.skills, home / "trash", person.skills / "charts"):
        with pytest.raises(PathEscapes):
            person.install("charts", scope="project", project=str(ours))
        monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(ours))
        with pytest.raises(PathEscapes):
            person.install("charts")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(person.user / "config"))
    (person.user / "config").mkdir()
    (person.user / "config" / "skills").symlink_to(person.skills)
    with pytest.raises(PathEscapes):
        person.install("charts")
    assert tree(person.skills) == before


def test_a_project_does_not_lead_us_out_of_itself(person: Person) -> None:
    person.create("charts")
    (person.user / "elsewhere").mkdir()
    (person.project / ".claude").symlink_to(person.user / "elsewhere")
    with pytest.raises(PathEscapes):
        person.install("charts", scope="project", project=str(person.project))
    assert list((person.user / "elsewhere").iterdir()) == []


def test_a_folder_that_holds_ours_is_not_replaced(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.create("skills")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(person.user / "config"))
    (person.user / "config").mkdir()
    (person.user / "config" / "skills").symlink_to(person.skills.parent)
    with pytest.raises(PathEscapes):
        person.install("skills", replace=True)


def test_a_project_is_a_folder(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    person.create("charts")
    monkeypatch.chdir(person.project.parent)
    [row] = person.installed("charts", scope="project", project="project")
    assert row["project"] == str(person.project)
    for project, error in (
        ("a\0b", InvalidRequest),
        ("~no-such-person/x", InvalidRequest),
        (str(person.user / "none"), NotFound),
        (None, InvalidRequest),
    ):
        with pytest.raises(error):
            person.install("charts", scope="project", project=project)
    with pytest.raises(InvalidRequest):
        person.install("charts", project=str(person.project))
    with pytest.raises(NotFound):
        person.install("none")


def test_a_folder_that_cannot_be_written_is_said(person: Person) -> None:
    person.create("charts")
    (person.user / ".claude").write_text("a file\n")
    with pytest.raises(Refused, match="no folder"):
        person.install("charts")
    assert (person.user / ".claude").read_text() == "a file\n"


def test_the_folders_of_clients_are_listed(person: Person) -> None:
    person.create("charts")
    person.installed("charts", clients=("gemini",), scope="project", project=str(person.project))
    found = person.call("skills.installs")["places"]
    first = {(each["client"], each["scope"]): each["path"] for each in found if each["first"]}
    assert first["gemini", "user"] == str(person.user / ".gemini" / "skills")
    assert first["gemini", "project"] == str(person.project / ".gemini" / "skills")
    assert {each["path"] for each in found if each["exists"]} == {str(person.project / ".gemini" / "skills")}


def test_what_others_have_put_there_is_listed_whatever_it_is_called(person: Person) -> None:
    there = person.user / ".claude" / "skills"
    for name in (b"caf\xe9", "a\u202eb".encode(), b"two\nlines"):
        folder = Path(os.fsdecode(os.fsencode(there) + b"/" + name))
        folder.mkdir(parents=True)
        (folder / "SKILL.md").write_text("theirs\n")
    (there / "loop").symlink_to("loop")
    rows = person.call("skills.installs")["rows"]
    assert [row["name"] for row in rows] == ["a\u202eb", "caf\\udce9", "two\nlines"]
    assert {row["state"] for row in rows} == {"foreign"}
    json.dumps(rows, ensure_ascii=False).encode()


@pytest.mark.parametrize("method", ["copy", "link"])
def test_what_lies_in_our_way_is_left(person: Person, method: str) -> None:
    person.create("charts")
    [row] = person.installed("charts", method=method)
    path = Path(row["path"])
    staging = Spot.of(person.bench.home, path).staging
    person.uninstalled("charts")
    for target in (person.user / "mine", person.user / "none"):
        (person.user / "mine").mkdir(exist_ok=True)
        (person.user / "mine" / "old").write_text("mine\n")
        staging.parent.mkdir(parents=True)
        staging.symlink_to(target)
        [refused] = person.install("charts", method=method)["refused"]
        assert "in the way" in refused["reason"]
        assert (person.user / "mine" / "old").read_text() == "mine\n"
        assert staging.is_symlink()
        staging.unlink()
        person.installed("charts", method=method)
        staging.symlink_to(target)
        [refused] = person.uninstall("charts")["refused"]
        assert "in the way" in refused["reason"]
        assert os.path.lexists(path)
        staging.unlink()
        person.uninstalled("charts")
        shutil.rmtree(person.user / ".claude", ignore_errors=True)


def test_two_processes_may_install_the_same_at_once(person: Person) -> None:
    for name in ("one", "two", "three"):
        person.create(name)
    before = tree(person.user)
    with Workbench.open(person.bench.home) as other, ThreadPoolExecutor(4) as threads:
        for _ in range(3):
            asked = {"names": ["one", "two", "three"], "clients": ["claude", "agents"]}
            each = [threads.submit(bench.call, "skills.install", asked) for bench in (person.bench, other) * 2]
            assert [done.result()["refused"] for done in each] == [[]] * 4
            assert set(person.states().values()) == {"current"}
            gone = {"names": asked["names"]}
            each = [threads.submit(bench.call, "skills.uninstall", gone) for bench in (person.bench, other) * 2]
            assert [done.result()["refused"] for done in each] == [[]] * 4
            assert tree(person.user) == before


def test_compiled_code_without_its_source_comes_along(person: Person) -> None:
    skill = person.create("charts")
    for path in (
        "scripts/__pycache__/lost.cpython-311.pyc",
        "scripts/__pycache__/kept.cpython-311.pyc",
        "scripts/kept.py",
    ):
        (skill / path).parent.mkdir(exist_ok=True)
        (skill / path).write_text("x")
    (skill / "references" / ".DS_Store").symlink_to("../SKILL.md")
    [row] = person.installed("charts")
    assert row["state"] == "current"
    assert [path.name for path in (Path(row["path"]) / "scripts" / "__pycache__").iterdir()] == ["lost.cpython-311.pyc"]


def test_a_skill_that_took_the_name_of_a_renamed_one_takes_its_place(person: Person) -> None:
    person.create("charts")
    [row] = person.installed("charts", method="link")
    person.call("skills.rename", name="charts", new_name="graphs")
    person.create("charts", text="Another.\n")
    person.installed("charts", method="link")
    assert person.states() == {"claude user/.claude/skills/charts": "current"}
    assert person.call("skills.installs", names=["graphs"])["rows"] == []
    person.uninstalled("charts")
    assert list(person.user.iterdir()) == []
    assert not os.path.lexists(row["path"])


def test_what_the_system_refuses_leaves_nothing_behind(person: Person) -> None:
    skill = person.create("charts")
    (skill / ("d" * 200)).mkdir()
    (skill / ("d" * 200) / ("f" * 200)).write_text("x")
    project = person.project
    while len(str(project)) < 3_700:
        project = project / ("p" * 100)
    project.mkdir(parents=True)
    before = tree(person.project)
    [refused] = person.install("charts", scope="project", project=str(project))["refused"]
    assert "was left as it is: File name too long" in refused["reason"]
    assert tree(person.project) == before
    assert person.call("skills.installs", names=["charts"])["rows"] == []


def test_what_goes_to_the_trash_on_another_disk_is_copied_there(
    person: Person, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    person.create("charts")
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(elsewhere))
    theirs = elsewhere / "skills" / "charts"
    (theirs / "scripts").mkdir(parents=True)
    (theirs / "scripts" / "run.sh").write_text("theirs\n")
    (theirs / "scripts" / "run.sh").chmod(0o755)
    (theirs / "link").symlink_to("/none")
    kept = [line.rpartition("charts")[2] for line in tree(theirs)]
    person.installed("charts", replace=True)
    person.uninstalled("charts")
    assert not theirs.exists()
    [trash] = (person.bench.home.root / "trash").glob("*/charts")
    assert [line.rpartition("charts")[2] for line in tree(trash)] == kept
    assert os.access(trash / "scripts" / "run.sh", os.X_OK)
    assert (trash / "link").readlink() == Path("/none")


def test_nothing_is_installed_that_cannot_be_noted(person: Person) -> None:
    person.create("charts")
    person.installed("charts")
    before = tree(person.user)
    connection = apsw.Connection(str(person.bench.home.database))
    version = connection.execute("pragma user_version").get
    connection.execute(f"pragma user_version = {version + 1}")
    try:
        with Workbench.open(person.bench.home) as newer:
            for command in ("skills.install", "skills.uninstall"):
                with pytest.raises(WorkbenchError):
                    newer.call(command, names=["charts"], clients=["claude", "codex"])
            assert [row["state"] for row in newer.call("skills.installs", names=["charts"])["rows"]] == ["current"]
    finally:
        connection.execute(f"pragma user_version = {version}")
        connection.close()
    assert tree(person.user) == before


def test_links_follow_the_skills_folder_when_they_are_made_again(person: Person, tmp_path: Path) -> None:
    person.create("charts")
    person.installed("charts", method="link")
    person.call("settings.save", changes={"skills_path": str(tmp_path / "moved")}, move_skills=True)
    assert person.states() == {"claude user/.claude/skills/charts": "outdated"}
    [row] = person.installed("charts", method="link")
    assert row["state"] == "current"
    assert (Path(row["path"]) / "SKILL.md").is_file()
    person.uninstalled("charts")
    assert list(person.user.iterdir()) == []


def test_clients_that_share_a_folder_by_a_link_share_the_skill(person: Person) -> None:
    person.create("charts")
    (person.user / ".agents" / "skills").mkdir(parents=True)
    (person.user / ".claude").mkdir()
    (person.user / ".claude" / "skills").symlink_to("../.agents/skills")
    before = tree(person.user)
    rows = person.installed("charts", clients=("claude", "agents"))
    assert len({row["path"] for row in rows}) == 1
    person.uninstalled("charts", clients=["claude"])
    assert (person.user / ".agents" / "skills" / "charts").is_dir()
    person.uninstalled("charts", clients=["agents"])
    assert tree(person.user) == before


def test_what_was_installed_in_a_project_that_is_gone_is_forgotten(person: Person) -> None:
    person.create("charts")
    where = {"scope": "project", "project": str(person.project)}
    person.installed("charts", **where)
    shutil.rmtree(person.project)
    assert set(person.states().values()) == {"missing"}
    person.uninstalled("charts", **where)
    assert person.states() == {}
    assert not person.project.exists()
