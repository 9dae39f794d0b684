"""One list of two registries: the library's skills and the agents' own, of which neither knows the other."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf


@pytest.fixture
def both(shelf: Shelf) -> Shelf:
    """A library of two, and three skills of the agents' own, of which one is called as one of the library's."""
    for name in ("mine", "twin"):
        shelf.create(name)
    for name, purpose, active, bundled in (
        ("twin", "research", 1, 0),
        ("off", "general-purpose", 0, 1),
        ("gone", "validate", 1, 0),
    ):
        values = (name, f"Kept: {name}.", purpose, active, bundled)
        shelf.bench.database.write(
            lambda connection, values=values: connection.execute(
                "insert into workspace_skills (name, description, purpose, active, bundled, created, updated)"
                " values (?, ?, ?, ?, ?, 1, 2)", values,
            ).fetchall()
        )  # fmt: skip
    for path in ("twin", ".inactive/off"):
        write(folder(shelf) / path)
    return shelf


def folder(shelf: Shelf) -> Path:
    return Path(shelf.bench.home.root) / "workspaces" / "skills" / ".claude" / "skills"


def write(place: Path, text: str = "Said by its file.") -> None:
    place.mkdir(parents=True)
    (place / "SKILL.md").write_text(f"---\nname: {place.name}\ndescription: {text}\n---\n\nDo.\n")


def of_workspace(shelf: Shelf) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in shelf.call("skills.list", source=["workspace"])["skills"]}


def registry(shelf: Shelf) -> list[tuple[Any, ...]]:
    return shelf.bench.database.read(lambda connection: connection.execute("select * from workspace_skills").fetchall())


def test_the_list_has_both_with_a_facet_of_where_each_is_from(both: Shelf) -> None:
    found = both.call("skills.list")
    assert [(row["name"], row["source"]) for row in found["skills"]] == [
        ("gone", "workspace"), ("mine", "skill-builder"), ("off", "workspace"),
        ("twin", "skill-builder"), ("twin", "workspace"),
    ]  # fmt: skip
    assert found["facets"]["source"] == {"workspace": 3, "skill-builder": 2}
    assert found["total"] == 5


def test_an_agent_s_skill_is_shown_as_its_file_says_or_else_as_the_registry_does(both: Shelf) -> None:
    rows = of_workspace(both)
    assert (rows["twin"]["description"], rows["twin"]["present"]) == ("Said by its file.", True)
    assert (rows["twin"]["purpose"], rows["twin"]["trust"]) == ("research", "untrusted")
    assert rows["twin"]["badge"]["colour"] == "green"
    assert rows["off"]["path"] == str(folder(both) / ".inactive" / "off")
    assert rows["off"]["trust"] == "own"
    assert (rows["gone"]["description"], rows["gone"]["present"], rows["gone"]["valid"]) == (
        "Kept: gone.",
        False,
        False,
    )


def test_what_is_no_file_is_not_read(both: Shelf) -> None:
    file = folder(both) / "twin" / "SKILL.md"
    file.unlink()
    os.mkfifo(file)
    assert of_workspace(both)["twin"]["valid"] is False


@pytest.mark.parametrize("sort", ["name", "-updated", "-created", "source", "status"])
def test_pages_of_one_bring_each_once_two_of_one_name_too(both: Shelf, sort: str) -> None:
    whole = [(row["name"], row["source"]) for row in both.call("skills.list", sort=sort)["skills"]]
    found, cursor = [], None
    while True:
        page = both.call("skills.list", sort=sort, limit=1, cursor=cursor)
        found += [(row["name"], row["source"]) for row in page["skills"]]
        if (cursor := page["next_cursor"]) is None:
            break
    assert found == whole


def test_nothing_that_is_done_to_the_library_touches_the_other_registry(both: Shelf) -> None:
    before = registry(both)
    both.call("skills.rename", name="twin", new_name="other")
    both.call("skills.delete", name="other")
    both.call("workspace.clear")
    both.call("workspace.apply_reconcile")
    assert registry(both) == before
    assert (folder(both) / "twin" / "SKILL.md").is_file()
    assert [row["name"] for row in both.call("skills.refinable")["skills"]] == ["mine"]
