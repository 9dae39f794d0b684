"""Which installs are meant by what somebody asks for, and what is said where none is."""

from __future__ import annotations

from pathlib import Path

from clients_home import Person, tree

EVERY = ("claude", "codex", "cursor", "gemini", "copilot", "agents")


def scopes(person: Person) -> dict[str, tuple[str, str | None]]:
    rows = person.call("skills.installs", names=["charts"])["rows"]
    return {
        f"{row['client']} {Path(row['path']).relative_to(person.user)}": (row["scope"], row["project"]) for row in rows
    }


def test_a_project_that_is_the_home_folder_has_the_clients_of_the_person(person: Person) -> None:
    person.create("charts")
    where = {"scope": "project", "project": str(person.user)}
    before = tree(person.user)
    person.installed("charts")
    person.installed("charts", clients=("claude", "codex", "cursor"), **where)
    assert scopes(person) == {
        "claude .claude/skills/charts": ("user", None),
        "codex .agents/skills/charts": ("user", None),
        "cursor .agents/skills/charts": ("project", str(person.user)),
    }
    person.uninstalled("charts", scope="user")
    assert list(scopes(person)) == ["cursor .agents/skills/charts"]
    person.uninstalled("charts", **where)
    assert tree(person.user) == before


def test_what_is_for_the_person_is_found_as_the_home_folders_too(person: Person) -> None:
    person.create("charts")
    before = tree(person.user)
    person.installed("charts", clients=EVERY, scope="project", project=str(person.user))
    person.uninstalled("charts", scope="project", project=str(person.user))
    assert tree(person.user) == before


def test_what_others_have_put_there_is_said_whatever_client_is_meant(person: Person) -> None:
    person.create("charts")
    for folder in (person.user, person.project):
        theirs = folder / ".claude" / "skills" / "charts"
        theirs.mkdir(parents=True)
        (theirs / "SKILL.md").write_text("theirs\n")
    before = tree(person.user, person.project)
    for where, folder in ({}, person.user), ({"project": str(person.project)}, person.project):
        report = person.uninstall("charts", force=True, **where)
        assert report["done"] == []
        [refused] = report["refused"]
        assert refused["path"] == str(folder / ".claude" / "skills" / "charts")
        assert "leaves it" in refused["reason"]
    assert tree(person.user, person.project) == before


def test_what_is_nowhere_is_no_failure(person: Person) -> None:
    assert person.uninstall("charts") == {"done": [], "refused": []}
