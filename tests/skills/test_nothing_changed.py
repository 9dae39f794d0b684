"""After a refusal nothing has changed; one odd skill keeps no other from being looked at; a lock holds for all of a skill."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf, digest

from workbench.errors import InvalidRequest, PathEscapes, Refused

MUCH = "x" * (5 * 1024 * 1024)


@pytest.fixture
def two(shelf: Shelf) -> Shelf:
    shelf.create("one")
    shelf.create("two")
    return shelf


def too_large(file: Path) -> None:
    file.write_text(MUCH + "more")


def a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir()


def a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def a_link_out(file: Path) -> None:
    file.unlink()
    file.symlink_to("/etc/hostname")


ODD: list[Callable[[Path], None]] = [too_large, a_folder, a_pipe, a_link_out]


@pytest.mark.parametrize("odd", ODD)
def test_one_skill_that_cannot_be_read_keeps_no_other_from_being_looked_at_or_mended(
    two: Shelf, odd: Callable[[Path], None]
) -> None:
    two.call("files.write", path=str(two.root / "two" / "SKILL.md"), text="---\nname: Two\ndescription: D.\n---\n")
    odd(two.root / "one" / "SKILL.md")
    found = {each["name"]: each for each in two.call("skills.lint", names=["one", "two"])["skills"]}
    assert [(each["rule"], each["severity"]) for each in found["one"]["diagnostics"]] == [("unreadable", "error")]
    assert (found["one"]["valid"], found["one"]["badge"]["colour"]) == (False, "red")
    assert found["two"]["diagnostics"]
    assert "two" in [each["name"] for each in two.call("skills.lint")["skills"]]
    first, second = two.call("skills.fix", names=["one", "two"], apply=True)["skills"]
    assert (first["name"], first["rules"], first["commit"]) == ("one", [], None)
    assert first["failure"]
    assert second["commit"] is not None


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("skills.create", {"name": "new", "text": MUCH + "x"}), ("skills.create", {"name": "new", "body": MUCH}),
        ("skills.edit", {"name": "one", "text": MUCH + "x"}), ("skills.edit", {"name": "one", "body": MUCH}),
    ],
)  # fmt: skip
def test_a_text_that_could_not_be_shown_is_not_written(two: Shelf, command: str, params: dict[str, Any]) -> None:
    before = digest(two.root)
    with pytest.raises(InvalidRequest, match="larger than"):
        two.call(command, **params)
    assert digest(two.root) == before
    assert two.names() == ["one", "two"]


def test_a_purpose_is_given_with_the_rest_of_the_form_or_not_at_all(two: Shelf) -> None:
    def purpose() -> str:
        found: str = two.call("skills.get", name="one")["purpose"]
        return found

    with pytest.raises(Refused, match="changed since"):
        two.call("skills.update_metadata", name="one", purpose="platform", description="New.", base="0" * 64)
    two.call("skills.lock", name="one", instance="a page")
    with pytest.raises(Refused, match="another instance"):
        two.call("skills.update_metadata", name="one", purpose="platform")
    assert purpose() == "domain"
    two.call("skills.unlock", name="one", instance="a page")
    two.call("skills.update_metadata", name="one", purpose="platform")
    assert purpose() == "platform"
    two.call("skills.update_metadata", name="one", purpose="source", description="New.")
    assert (purpose(), two.call("skills.get", name="one")["description"]) == ("source", "New.")


def test_a_folder_that_was_set_aside_comes_back_and_is_no_skill(two: Shelf) -> None:
    (two.root / "heap").mkdir()
    (two.root / "heap" / "notes.md").write_text("mine\n")
    two.call("workspace.apply_reconcile", choices={"heap": "remove"})
    assert not (two.root / "heap").exists()
    assert two.call("skills.restore_deleted", name="heap")["skill"] is None
    assert (two.root / "heap" / "notes.md").read_text() == "mine\n"


@pytest.mark.parametrize("path", ["SKILL.md", "references/a.md"])
def test_a_skill_that_is_a_link_to_another_does_not_change_that_one(two: Shelf, path: str) -> None:
    two.call("files.write", path=str(two.root / "two" / "references" / "a.md"), text="a\n")
    (two.root / "one").rename(two.root / "elsewhere")
    (two.root / "one").symlink_to("two")
    before = digest(two.root)
    with pytest.raises((PathEscapes, Refused)):
        two.bench.library.edit("one", lambda data: data + b"more", path=path)
    assert digest(two.root) == before


def test_a_lock_keeps_tags_and_versions_names_from_others_too(two: Shelf) -> None:
    two.call("skills.lock", name="one", instance="a page")
    for command, params in (
        ("skills.update_tags", {"names": ["two", "one"], "add": ["x"]}), ("git.tag", {"name": "one", "tag": "v1"}),
    ):  # fmt: skip
        with pytest.raises(Refused, match="another instance"):
            two.call(command, **params)
    assert two.call("skills.tags")["tags"] == []
    two.call("skills.update_tags", names=["two", "one"], add=["x"], instance="a page")
    assert two.call("git.tag", name="one", tag="v1", instance="a page")["tags"] == ["v1"]


def test_a_tag_is_taken_out_and_looked_for_however_it_is_written(two: Shelf) -> None:
    two.call("skills.update_tags", names=["one", "two"], add=["Q q"])
    assert [row["name"] for row in two.call("skills.list", tags=[" q  Q "])["skills"]] == ["one", "two"]
    assert two.call("skills.update_tags", names=["one"], remove=["q  Q"])["tags"] == {"one": []}
