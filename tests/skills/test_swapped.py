"""A folder that somebody exchanges for a link while a command runs: nothing outside is read, listed or written.

Two ways: at each step of a command in turn that may lead there (at some of them; with `WORKBENCH_EVERY_KILL=1` at every
one, see `killing`), and at random, by a process that does nothing else.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import lay
from killing import PATIENCE_S, lived
from shelf import Shelf, digest

from workbench.errors import WorkbenchError
from workbench.skills.tree import beneath

HERE = Path(__file__).parent
INNER, SKILL = "one/folder", "one"
FILE = "{skills}/one/folder/inner/key"


LOOKS: list[Any] = [
    (INNER, 1, "files.read", {"path": FILE}),
    (INNER, 1, "files.read_base64", {"path": FILE}),
    (INNER, 2, "files.list", {"path": "{skills}/one", "deep": True}),
    (INNER, 5, "skills.scan", {"name": "one"}),
    (SKILL, 2, "skills.list", {}),
    (SKILL, 6, "skills.lint", {}),
    (SKILL, 7, "skills.budget", {}),
    (INNER, 1, "files.list", {"path": "{skills}/one/folder/inner"}),
    (INNER, 3, "skills.get", {"name": "one"}),
    (SKILL, 3, "skills.get", {"name": "one"}),
    (SKILL, 5, "skills.scan", {"name": "one"}),
]
CHANGES: list[Any] = [
    (INNER, 6, "files.write", {"path": FILE, "text": "x"}),
    (INNER, 8, "files.save_raw", {"path": FILE, "base64": "AAAA"}),
    (INNER, 8, "files.copy", {"path": FILE, "to": "{skills}/one/folder/inner/old"}),
    (INNER, 10, "skills.delete", {"name": "one"}),
    (SKILL, 10, "skills.delete", {"name": "one"}),
    (SKILL, 10, "skills.rename", {"name": "one", "new_name": "two"}),
    (SKILL, 12, "skills.fix", {"names": ["one"], "apply": True}),
    (INNER, 12, "git.diff", {"name": "one"}),
    (SKILL, 8, "skills.edit", {"name": "one", "edits": [{"key": "license", "value": "MIT"}]}),
    (INNER, 10, "git.restore", {"name": "one", "version": "first"}),
    (SKILL, 18, "git.restore", {"name": "one", "version": "first"}),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lives")


def lives(folder: Path, place: str, stride: int, command: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """What a command said and did, one life for each step at which the folder was exchanged."""
    return lived(HERE / "swapped.py", folder, place, str(stride), command, json.dumps(params))


def check(found: list[dict[str, Any]]) -> None:
    assert [each["step"] for each in found if each["leaked"]] == []
    assert [(each["step"], each["changed"]) for each in found if each["changed"]] == []
    assert not found[-1]["met"]
    assert not found[-1]["said"].startswith(("refused", "failed"))


@pytest.mark.timeout(PATIENCE_S + 20)
@pytest.mark.parametrize("case", LOOKS, ids=lambda case: f"{case[2]} {case[0]}")
def test_a_folder_is_exchanged_at_each_step_of_a_look_and_nothing_outside_is_seen(
    folder: Path, case: tuple[str, int, str, dict[str, Any]]
) -> None:
    check(lives(folder, *case))


@pytest.mark.slow
@pytest.mark.timeout(PATIENCE_S + 20)
@pytest.mark.parametrize("case", CHANGES, ids=lambda case: f"{case[2]} {case[0]}")
def test_a_folder_is_exchanged_in_the_course_of_a_change_and_nothing_outside_is_changed(
    folder: Path, case: tuple[str, int, str, dict[str, Any]]
) -> None:
    check(lives(folder, *case))


# -- at random --------------------------------------------------------------------------------------------------------


@pytest.fixture
def exchanged(shelf: Shelf, tmp_path: Path) -> Iterator[Path]:
    """A folder of a skill that is a link to the outside half of the time; nothing outside is changed."""
    shelf.create("one")
    files = {"inner/key": b"mine\n", "inner/deep/key": b"mine\n"}
    folder = lay(tmp_path / "folder", files)
    outside = lay(tmp_path / "outside", {**dict.fromkeys(files, b"topsecret\n"), "inner/topsecret": b""})
    (tmp_path / "link").symlink_to(outside)
    before = digest(outside)
    place = shelf.root / "one" / "place"
    words = [sys.executable, str(HERE / "swapping.py"), str(place), str(folder), str(tmp_path / "link")]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield place
        process.stdin.close()
        assert process.wait() == 0
    assert digest(outside) == before


def until_both(times: int, once: Callable[[int], str], *kinds: str) -> None:
    """So many times, and on until each kind has been seen: whoever exchanges may stand still for a while."""
    seen, deadline = dict.fromkeys(kinds, 0), time.monotonic() + 60
    for number in itertools.count():
        if number >= times and min(seen.values()):
            return
        assert number < times or time.monotonic() < deadline, seen
        seen[once(number)] += 1


@pytest.mark.parametrize("times", [300, pytest.param(3_000, marks=pytest.mark.slow)])
def test_a_folder_is_exchanged_all_the_time_and_no_read_ever_leaves(shelf: Shelf, exchanged: Path, times: int) -> None:
    def once(_: int) -> str:
        try:
            found = shelf.call("files.read", path=str(exchanged / "inner" / "key"))
        except (WorkbenchError, OSError):
            return "refused"
        assert found["text"] == "mine\n"
        return "read"

    until_both(times, once, "read", "refused")


@pytest.mark.slow
def test_a_folder_is_exchanged_all_the_time_and_no_write_ever_leaves(shelf: Shelf, exchanged: Path) -> None:
    def once(number: int) -> str:
        try:
            shelf.call("files.write", path=str(exchanged / "inner" / "key"), text="mine\n" * (1 + number % 2))
        except (WorkbenchError, OSError):
            return "refused"
        return "written"

    until_both(300, once, "written", "refused")


@pytest.mark.slow
def test_a_folder_is_exchanged_all_the_time_and_no_step_below_a_command_ever_leaves(
    shelf: Shelf, exchanged: Path, tmp_path: Path
) -> None:
    key, made = exchanged / "inner" / "key", tmp_path / "made"

    def once(_: int) -> str:
        try:
            data = beneath.read(shelf.root, key).data
            made.write_bytes(b"new\n")
            beneath.put(shelf.root, key, made)
        except (WorkbenchError, OSError):
            return "refused"
        assert data in (b"mine\n", b"new\n")
        return "written"

    until_both(3_000, once, "written", "refused")


# -- links that are there from the beginning --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "params"),
    [
        ("skills.edit", {"edits": [{"key": "license", "value": "MIT"}]}), ("skills.get", {}), ("skills.rename", {"new_name": "two"}),
        ("skills.delete", {}), ("skills.scan", {}), ("skills.trust", {}), ("git.diff", {}),
        ("git.restore", {"version": "first"}),
    ],
)  # fmt: skip
def test_a_skill_s_folder_that_is_a_link_to_the_outside_leads_nowhere(
    shelf: Shelf, tmp_path: Path, command: str, params: dict[str, Any]
) -> None:
    shelf.create("one")
    shelf.call("git.tag", name="one", tag="first")
    shelf.call("skills.edit", name="one", body="Otherwise.\n")
    outside = tmp_path / "outside"
    (shelf.root / "one").rename(outside)
    (outside / "SKILL.md").write_text("---\nname: one\ndescription: topsecret\n---\n\nOther.\n")
    (shelf.root / "one").symlink_to(outside)
    before = digest(outside)
    try:
        assert "topsecret" not in json.dumps(shelf.call(command, name="one", **params))
    except WorkbenchError as failure:
        assert "topsecret" not in str(failure)  # noqa: PT017 - both a refusal and a reply are well
    assert digest(outside) == before
