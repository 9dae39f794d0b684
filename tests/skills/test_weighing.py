"""Folders that hold too much for a skill, and whoever waits for their digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.skills.intake.planning import plan
from workbench.skills.intake.weighing import MOST_BYTES, weighed
from workbench.skills.sources.watch import Cancelled, Watch
from workbench.skills.tree.digest import BLOCK, digest, manifest


def sparse(path: Path, size: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(size)


def test_a_file_that_is_too_large_is_not_opened(tmp_path: Path) -> None:
    sparse(tmp_path / "skill/film.bin", 1 << 40)
    weight = weighed(tmp_path, ["skill"], Watch())["skill"]
    assert weight.digest is None
    assert "200 MB" in weight.why


def test_many_files_that_are_too_large_together_are_not_read_on(tmp_path: Path) -> None:
    for number in range(4):
        sparse(tmp_path / f"skill/{number}.bin", MOST_BYTES // 2 if number < 2 else 1 << 40)
    assert weighed(tmp_path, ["skill"], Watch())["skill"].digest is None


def test_as_much_as_may_be_has_its_digest(tmp_path: Path) -> None:
    sparse(tmp_path / "skill/whole.bin", MOST_BYTES)
    weight = weighed(tmp_path, ["skill"], Watch())["skill"]
    assert (weight.digest, weight.bytes) == (digest(tmp_path / "skill"), MOST_BYTES)


def test_hashing_ends_within_a_file_when_it_is_cancelled(tmp_path: Path) -> None:
    sparse(tmp_path / "skill/whole.bin", MOST_BYTES)
    watch, read = Watch(), []

    def cancelled_at_the_second_block(size: int) -> None:
        read.append(size)
        if len(read) == 3:
            watch.cancel()
        watch.check()

    with pytest.raises(Cancelled):
        list(manifest(tmp_path / "skill", cancelled_at_the_second_block))
    assert read == [MOST_BYTES, BLOCK, 2 * BLOCK]
    with pytest.raises(Cancelled):
        weighed(tmp_path, ["skill"], watch)


def test_archives_in_a_skill_are_named_and_not_opened(tmp_path: Path) -> None:
    skill = tmp_path / "skill"
    (skill / "data").mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: skill\ndescription: D.\n---\n")
    for number in range(7):
        (skill / "data" / f"{number}.ZIP").write_bytes(b"no archive at all")
    row = plan(tmp_path, origin="here", watch=Watch()).row("skill/SKILL.md")
    assert row is not None
    assert row.status == "ready"
    assert row.reasons == (
        "Archives in it are kept unopened: 'data/0.ZIP', 'data/1.ZIP', 'data/2.ZIP', 'data/3.ZIP', 'data/4.ZIP' and 2 more.",
    )
