"""The part of CLAUDE.md that Workbench makes, while somebody else saves that file."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from workbench.skills.roles import briefing


@dataclass
class SavedMeanwhile:
    """The active skills; a person saves a line each of the first `times` that somebody asks for them."""

    file: Path
    times: int

    def __iter__(self) -> Iterator[tuple[str, str]]:
        if self.times:
            self.times -= 1
            with self.file.open("ab") as opened:
                opened.write(b"mine %d\n" % self.times)
        yield "charts", "Draws charts."


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "CLAUDE.md"


def test_a_line_that_is_saved_meanwhile_is_kept_beside_the_part(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"first\n")
    briefing.keep(file, tmp_path / "made", SavedMeanwhile(file, times=1))
    after = file.read_bytes()
    assert after.startswith(b"first\nmine 0\n")
    assert b"**charts**" in after
    assert not (tmp_path / "made").exists()


def test_a_file_that_a_person_makes_meanwhile_is_kept(file: Path, tmp_path: Path) -> None:
    briefing.keep(file, tmp_path / "made", SavedMeanwhile(file, times=1))
    assert file.read_bytes().startswith(b"mine 0\n")


def test_who_saves_without_end_has_the_file_left_alone(
    file: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, logger="workbench"):
        briefing.keep(file, tmp_path / "made", SavedMeanwhile(file, times=9))
    assert file.read_bytes() == b"mine 8\nmine 7\nmine 6\n"
    assert "another program" in caplog.text
    assert not (tmp_path / "made").exists()
