"""Killed at the steps of what refining does to files: the next host finds it done or not begun, three times over.

The first and the last moment of each kind are tried, and with `WORKBENCH_EVERY_KILL=1` every step; see `killing`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "skills"))

from killed_refine import AFTER
from killing import PATIENCE_S, lived
from refined import LONG

pytestmark = [pytest.mark.slow, pytest.mark.timeout(PATIENCE_S + 20)]

# SKILL.md, the reference, the new file, and SKILL.md's last version, before and after.
BEFORE = (AFTER, "# Laws\n", True, LONG)
STATES = {
    "settle": [(AFTER, "# Rules\n", False, LONG)] * 2,
    "accept": [BEFORE, (AFTER, "# Laws\n", True, AFTER)],
    "reject": [BEFORE, (LONG, "# Rules\n", False, LONG)],
    "anew": [BEFORE, (LONG, "# Rules\n", False, LONG)],
    "hunk": [BEFORE, (AFTER, "# Laws\n", True, LONG.replace("the number", "the numbers"))],
    "undo": [BEFORE, (LONG, "# Rules\n", False, LONG)],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("lives")


@pytest.mark.parametrize("operation", [*STATES])
def test_killed_at_any_step_it_is_done_or_not_begun_and_nothing_is_paid_twice(folder: Path, operation: str) -> None:
    lives = lived(Path(__file__).with_name("killed_refine.py"), folder, operation)
    assert [life["killed"] for life in lives] == [True] * (len(lives) - 1) + [False]
    assert len(lives) > 1
    for life in lives:
        found = (life["skill"], life["rules"], life["new"], life["head"])
        assert found in STATES[operation], life["step"]
        assert (life["left"], life["stable"], life["staged"], life["fsck"]) == ([], True, [], "")
        assert life["runs"] == 1
        assert life["undoable"] == (operation != "anew" and (operation != "undo" or found == BEFORE))
        assert len(life["log"]) == len(set(life["log"])), "no version is made twice"
    last = lives[-1]
    assert (last["skill"], last["rules"], last["new"], last["head"]) == STATES[operation][1]
