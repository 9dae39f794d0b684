"""A folder that somebody exchanges for a link while a command runs: nothing outside is read, listed or written.

Two ways: at each step of a command in turn, so that no moment is left out; and at random, by a process that does nothing else.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hostile import lay
from shelf import Shelf, digest

from workbench.errors import WorkbenchError

HERE = Path(__file__).parent
INNER, SKILL = "one/folder", "one"
FILE = "{skills}/one/folder/inner/key"


LOOKS: list[Any] = [
    (INNER, 1, "files.read", {"path": FILE}),
    (INNER, 1, "files.read_base64", {"path": FILE}),
    (INNER, 1, "files.list", {"path": "{skills}/one", "deep": True}),
    (INNER, 1, "skills.scan", {"name": "one"}),
    (SKILL, 1, "skills.list", {}),
    (SKILL, 2, "skills.lint", {}),
    (SKILL, 3, "skills.budget", {}),
    (INNER, 1, "files.list", {"path": "{skills}/one/folder/inner"}),
    (INNER, 1, "skills.get", {"name": "one"}),
    (SKILL, 1, "skills.get", {"name": "one"}),
    (SKILL, 1, "skills.scan", {"name": "one"}),
]
CHANGES: list[Any] = [
    (INNER, 3, "files.write", {"path": FILE, "text": "x"}),
    (INNER, 4, "files.save_raw", {"path": FILE, "base64": "AAAA"}),
    (INNER, 4, "files.copy", {"path": FILE, "to": "{skills}/one/folder/inner/old"}),
    (INNER, 5, "skills.delete", {"name": "one"}),
    (SKILL, 5, "skills.delete", {"name": "one"}),
    (SKILL, 5, "skills.rename", {"name": "one", "new_name": "two"}),
    (SKILL, 6, "skills.fix", {"names": ["one"], "apply": True}),
    (INNER, 6, "git.diff", {"name": "one"}),
    (SKILL, 4, "skills.edit", {"name": "one", "edits": [{"key": "license", "value": "MIT"}]}),
    (INNER, 5, "git.restore", {"name": "one", "version": "first"}),
    (SKILL, 9, "git.restore", {"name": "one", "version": "first"}),
]


def lives(tmp_path: Path, place: str, every: int, command: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """What a command said and did, one life for each step at which the folder was exchanged."""
    env = {**os.environ, "GIT_CONFIG_GLOBAL": str(tmp_path / "gitconfig"), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        [sys.executable, str(HERE / "swapped.py"), str(tmp_path), place, "1", str(every), command, json.dumps(params)],
        cwd=HERE, env=env, capture_output=True, text=True, timeout=110,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(found: list[dict[str, Any]]) -> None:
    assert [each["step"] for each in found if each["leaked"]] == []
    assert [(each["step"], each["changed"]) for each in found if each["changed"]] == []
    assert not found[-1]["swapped"]
    assert not found[-1]["said"].startswith(("refused", "failed"))


@pytest.mark.parametrize("case", LOOKS, ids=lambda case: f"{case[2]} {case[0]}")
def test_a_folder_is_exchanged_at_each_step_of_a_look_and_nothing_outside_is_seen(
    tmp_path: Path, case: tuple[str, int, str, dict[str, Any]]
) -> None:
    check(lives(tmp_path, *case))


@pytest.mark.slow
@pytest.mark.parametrize("case", CHANGES, ids=lambda case: f"{case[2]} {case[0]}")
def test_a_folder_is_exchanged_in_the_course_of_a_change_and_nothing_outside_is_changed(
    tmp_path: Path, case: tuple[str, int, str, dict[str, Any]]
) -> None:
    check(lives(tmp_path, *case))


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


@pytest.mark.parametrize("times", [300, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(300)])])
def test_a_folder_is_exchanged_all_the_time_and_no_read_ever_leaves(shelf: Shelf, exchanged: Path, times: int) -> None:
    seen = {"read": 0, "refused": 0}
    for _ in range(times):
        try:
            found = shelf.call("files.read", path=str(exchanged / "inner" / "key"))
            assert found["text"] == "mine\n"
            seen["read"] += 1
        except (WorkbenchError, OSError):
            seen["refused"] += 1
    assert min(seen.values()) > 0, seen


@pytest.mark.slow
def test_a_folder_is_exchanged_all_the_time_and_no_write_ever_leaves(shelf: Shelf, exchanged: Path) -> None:
    seen = {"written": 0, "refused": 0}
    for number in range(300):
        try:
            shelf.call("files.write", path=str(exchanged / "inner" / "key"), text="mine\n" * (1 + number % 2))
            seen["written"] += 1
        except (WorkbenchError, OSError):
            seen["refused"] += 1
    assert min(seen.values()) > 0, seen


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
