"""A working folder is cleared while others take files out of it themselves: what is gone by then is no failure."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from shelf import Shelf

from workbench.skills.changes import scratch_of


@pytest.fixture
def place(shelf: Shelf) -> Path:
    shelf.create("one")
    made = scratch_of(shelf.bench.home) / "one"
    for path in ("context/a.md", "context/b.md", ".pack-1/one.skill", "notes.md"):
        (made / path).parent.mkdir(exist_ok=True)
        (made / path).write_text("four")
    return made


def test_what_another_is_quicker_to_delete_keeps_nothing_else_there(
    shelf: Shelf, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = []

    def quicker(call: Any) -> Any:
        def twice(path: Any, **more: Any) -> None:
            if Path(os.fspath(path)).name in ("b.md", "notes.md", "one.skill", ".pack-1"):
                taken.append(Path(os.fspath(path)).name)
                call(path, **more)
            call(path, **more)

        return twice

    monkeypatch.setattr(os, "unlink", quicker(os.unlink))
    monkeypatch.setattr(os, "rmdir", quicker(os.rmdir))
    assert shelf.call("workspace.clear", name="one") == {"skills": ["one"], "files": 4, "size": 16}
    assert sorted(taken) == [".pack-1", "b.md", "notes.md", "one.skill"]
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(("when", "files"), [("before it is looked at", 3), ("after that", 4)])
def test_a_file_that_goes_while_they_are_counted_is_no_failure(
    shelf: Shelf, place: Path, monkeypatch: pytest.MonkeyPatch, when: str, files: int
) -> None:
    look = os.stat

    def gone(path: Any, **more: Any) -> os.stat_result:
        if isinstance(path, int) or Path(os.fspath(path)).name != "notes.md":
            return look(path, **more)
        if when == "before it is looked at":
            (place / "notes.md").unlink(missing_ok=True)
        seen = look(path, **more)
        (place / "notes.md").unlink()
        return seen

    monkeypatch.setattr(os, "stat", gone)
    told = shelf.call("workspace.clear", name="one", preview=True)
    assert told == {"skills": ["one"], "files": files, "size": 4 * files}


def test_a_folder_that_goes_before_it_is_looked_into_holds_nothing(
    shelf: Shelf, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = os.scandir

    def moved(path: Any) -> Any:
        if path == place:
            place.rename(place.with_name(".away"))
        return look(path)

    monkeypatch.setattr(os, "scandir", moved)
    shelf.call("workspace.clear", name="one")
    assert not place.exists()
