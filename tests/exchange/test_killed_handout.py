"""Killed at the steps of an install, and of the end of one: each place is as it was or as it shall be, three times over.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from killing import PATIENCE_S, lived

PROGRAM = Path(__file__).with_name("killed_handout.py")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]

PLACES = {
    "copy": {".claude/skills/charts", ".claude/skills/tables", ".codex/skills/charts", ".codex/skills/tables",
             ".agents/skills/charts", ".agents/skills/tables"},
    "link": {".claude/skills/charts", ".codex/skills/charts", ".agents/skills/charts"},
    "project": {".agents/skills/charts"},
    "replace": {".claude/skills/theirs"},
    "update": {".claude/skills/older"},
    "to_link": {".claude/skills/older", ".codex/skills/older"},
    "replace_changed": {".claude/skills/changed"},
    "uninstall": {".claude/skills/older", ".claude/skills/linked", ".gemini/skills/linked"},
    "uninstall_changed": {".claude/skills/changed"},
    "renamed": {".claude/skills/newer", ".claude/skills/old-name"},
    "catalogue": {"plugins", ".agents"},
    "again": {"plugins/charts", "plugins/older", ".claude-plugin"},
    "fewer": {"plugins/tables", ".claude-plugin"},
}  # fmt: skip
"""What each operation is about; nothing else is to change."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lives")


@pytest.mark.parametrize("operation", list(PLACES))
def test_an_install_that_is_killed_has_happened_or_has_not(folder: Path, operation: str) -> None:
    check(operation, lived(PROGRAM, folder, operation))


@pytest.mark.parametrize(
    ("operation", "second"), [("copy", 3), ("replace", 1), ("replace", 4), ("update", 2), ("uninstall", 3)]
)
def test_a_repair_of_an_install_that_is_killed_is_repaired(folder: Path, operation: str, second: int) -> None:
    check(operation, lived(PROGRAM, folder, operation, str(second)))


def check(operation: str, reports: list[dict[str, Any]]) -> None:
    assert [report["killed"] for report in reports] == [True] * (len(reports) - 1) + [False]
    assert reports[-1]["step"] > 5
    last = reports[-1]["clients"]
    states: dict[str, set[str]] = {}
    for report in reports:
        where = f"{operation}, killed at step {report['step']}"
        assert report["stable"], where
        assert report["ended"], where
        assert report["staging"] == [], where
        assert report["lost"] == [], where
        assert report["again"] == [], where
        assert report["after"] == last, where
        left = {path for path in report["none"] if path.startswith(("user/", "project/"))}
        assert {path for path in left if "linked" in path or "charts" in path} == set(), where
        assert report["none"] == reports[-1]["none"], where
        for place, what in by_place(report["clients"], operation).items():
            states.setdefault(place, set()).add(what)
        assert rest(report["clients"], operation) == rest(last, operation), where
    assert max(map(len, states.values())) == 2, "each place is as it was, or as it shall be"
    assert min(map(len, states.values())) >= 1


def by_place(clients: dict[str, str], operation: str) -> dict[str, str]:
    """What lies at each place that an operation is about."""
    found = dict.fromkeys(PLACES[operation], "")
    for path, what in sorted(clients.items()):
        for place in found:
            if f"{path}/".partition("/")[2].startswith(f"{place}/"):
                found[place] += f"{path} {what}\n"
    return found


def rest(clients: dict[str, str], operation: str) -> dict[str, str]:
    """All else, but for the folders in which those places are."""

    def about(path: str) -> bool:
        below = f"{path}/".partition("/")[2]
        return any(below.startswith(f"{place}/") or place.startswith(below) for place in PLACES[operation])

    return {path: what for path, what in clients.items() if not about(path)}
