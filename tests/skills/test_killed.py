"""Killed at the steps of every change: disk, git and database agree when the next process looks, three times over.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from killing import PATIENCE_S, lived

PROGRAM = Path(__file__).with_name("killed.py")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]

# What there is before a change and after it: nothing else may be found, wherever the kill fell.
NAMES = {
    "create": (["one", "user"], ["new", "one", "user"]),
    "edit": (["one", "user"], ["one", "user"]),
    "write": (["one", "user"], ["one", "user"]),
    "rename": (["one", "user"], ["moved", "user"]),
    "delete": (["one", "user"], ["user"]),
    "restore_deleted": (["one", "user"], ["gone", "one", "user"]),
    "restore": (["one", "user"], ["one", "user"]),
    "reconcile": (["one", "user"], ["one", "stray", "user"]),
    "import": (["one", "theirs", "user"], ["alpha", "beta", "one", "theirs", "user"]),
}


Lives = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Lives:
    """Lives each change once, whichever test asks."""
    folder = tmp_path_factory.mktemp("lives")
    known: dict[tuple[str, ...], list[dict[str, Any]]] = {}

    def live(*words: str) -> list[dict[str, Any]]:
        if words not in known:
            known[words] = lived(PROGRAM, folder, *words)
        return known[words]

    return live


@pytest.mark.parametrize("operation", list(NAMES))
def test_a_change_that_is_killed_has_happened_or_has_not(lives: Lives, operation: str) -> None:
    check(operation, lives(operation))


@pytest.mark.parametrize(("operation", "second"), [("rename", 6), ("restore", 16), ("delete", 12), ("create", 9)])
def test_a_repair_that_is_killed_is_repaired(lives: Lives, operation: str, second: int) -> None:
    check(operation, lives(operation, str(second)))


def check(operation: str, reports: list[dict[str, Any]]) -> None:
    assert reports[-1]["step"] > 30  # the shortest change has more
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    outcomes = set()
    for report in reports:
        where = f"{operation}, killed at step {report['step']}"
        assert report["wrong"] == [], where
        assert report["stable"], where
        assert report["user"] == [], where
        assert report["index"] == "half\n", where
        assert report["unversioned"] == [], where
        assert report["fsck"] == "", where
        assert set(report["status"]) <= {"MM project.txt", "A  staged.txt", *changed(report)}, where
        assert all(tags == ["kept"] for tags in report["tags"]), where
        assert report["sessions"] == ["moved" if "moved" in report["names"] else "one"], where
        outcomes.add(tuple(report["names"]))
    allowed = {tuple(names) for names in NAMES[operation]}
    if operation == "reconcile":  # several changes, one after the other
        assert outcomes >= allowed
    else:
        assert outcomes == allowed


def changed(report: dict[str, Any]) -> set[str]:
    """The file that was changed outside before all this, wherever it lies now."""
    return {f" M {name}/references/a.md" for name in report["names"]}


def test_a_killed_edit_leaves_the_text_before_or_the_text_after(lives: Lives) -> None:
    reports = lives("edit")
    assert len({report["files"]["one/SKILL.md"] for report in reports}) == 2
    assert len({json.dumps(sorted(set(report["files"]) - {"one/SKILL.md"})) for report in reports}) == 1


def test_a_killed_import_has_brought_in_all_that_was_chosen_or_nothing(lives: Lives) -> None:
    seen = {("alpha" in report["names"], report["files"]["theirs/SKILL.md"]) for report in lives("import")}
    assert len(seen) == 2
    assert {came for came, _ in seen} == {False, True}


def test_a_killed_restore_leaves_the_version_before_or_the_one_wanted_and_no_mixture(lives: Lives) -> None:
    reports = lives("restore")
    states = {
        json.dumps(
            {path: digest for path, digest in report["files"].items() if path.startswith("one/")}, sort_keys=True
        )
        for report in reports
    }
    assert len(states) == 2
    assert "one: changed outside of Workbench" in reports[-1]["versions"]
