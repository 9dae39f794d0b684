"""Two hosts tidy up at the same moment: what the other one took is gone, and the rest is taken all the same."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from workbench.paths import Home
from workbench.skills.tree.folder import Blob
from workbench.workflows.refining.keep import Keep
from workbench.workflows.testing.folders import sweep


def test_a_test_s_folder_that_another_host_takes_keeps_no_other_one_there(home: Home) -> None:
    tests = home.root / "workspaces" / "tests"
    for name in ("a", "b", "c"):
        (tests / name).mkdir(parents=True)
    taken: list[str] = []

    def is_over(test: str) -> bool | None:
        if not taken:
            shutil.rmtree(tests / test)
            taken.append(test)
            return None
        return True

    sweep(home, is_over, 1e12)
    assert len(taken) == 1
    assert list(tests.iterdir()) == []


def test_a_kept_content_that_is_cleared_meanwhile_is_as_well_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep = Keep(tmp_path / "refine")
    keep.take({name: Blob("100644", name.encode()) for name in ("a", "b", "c")})
    unlink, cleared = os.unlink, []

    def cleared_first(path: Any, **more: Any) -> None:
        if not cleared:
            cleared.append(path)
            unlink(path, **more)
        unlink(path, **more)

    monkeypatch.setattr(os, "unlink", cleared_first)
    keep.forget(set())
    assert len(cleared) == 1
    assert list((tmp_path / "refine").iterdir()) == []
