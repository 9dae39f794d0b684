"""Transcripts are listed from any folder, however it looks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from telling import write

from workbench.usage.sources import SOURCES
from workbench.usage.sources.source import existing, found, home, walk


def listed(root: Path) -> list[str]:
    return sorted(each.path for each in walk(root, lambda name: name.endswith(".jsonl")))


def test_a_loop_of_links_ends_and_a_file_is_told_by_its_real_path(tmp_path: Path) -> None:
    path = write(tmp_path / "root" / "zz" / "a.jsonl")
    (path.parent / "loop").symlink_to(tmp_path / "root")
    (tmp_path / "root" / "aa").symlink_to(path.parent)
    (tmp_path / "root" / "self").symlink_to("self")
    assert listed(tmp_path / "root") == [str(path)]


def test_a_linked_folder_and_a_linked_file_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "elsewhere" / "a.jsonl", data=b"12345")
    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "proj").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "root" / "b.jsonl").symlink_to(tmp_path / "elsewhere" / "a.jsonl")
    assert listed(tmp_path / "root") == [str(tmp_path / "root" / each) for each in ("b.jsonl", "proj/a.jsonl")]
    assert {each.size for each in walk(tmp_path / "root", lambda name: name.endswith(".jsonl"))} == {5}


def test_what_cannot_be_read_is_told_with_the_reason_and_the_rest_is_listed(tmp_path: Path) -> None:
    good = write(tmp_path / "root" / "a.jsonl")
    (tmp_path / "root" / "gone.jsonl").symlink_to(tmp_path / "nowhere")
    (tmp_path / "root" / "loop.jsonl").symlink_to("loop.jsonl")
    told = {Path(each.path).name: each.why for each in walk(tmp_path / "root", lambda name: name.endswith(".jsonl"))}
    assert told == {
        good.name: "",
        "gone.jsonl": "cannot be read: No such file or directory",
        "loop.jsonl": "cannot be read: Too many levels of symbolic links",
    }


def test_a_root_that_is_no_folder_is_told(tmp_path: Path) -> None:
    for root, why in (
        (tmp_path / "nowhere", "cannot be read: No such file or directory"),
        (write(tmp_path / "file"), "cannot be read: Not a directory"),
        (tmp_path / ("x" * 300), "cannot be read: File name too long"),
    ):
        assert [(each.path, each.why) for each in walk(root, str.isprintable)] == [(str(root), why)]


def test_folders_deeper_than_the_stack_are_listed(tmp_path: Path) -> None:
    path = tmp_path
    for _ in range(800):
        path /= "d"
    path.mkdir(parents=True)
    write(path / "a.jsonl")
    assert len(listed(tmp_path)) == 1


def test_one_file_at_a_known_place_is_told_if_it_is_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.db", data=b"123")
    assert [each.size for each in found(path)] == [3]
    assert list(found(tmp_path / "b.db")) == []
    assert list(found(tmp_path)) == []
    (tmp_path / "loop").symlink_to("loop")
    assert [each.why for each in found(tmp_path / "loop")] == ["cannot be read: Too many levels of symbolic links"]


def test_home_is_the_environments(tmp_path: Path) -> None:
    assert home({"HOME": str(tmp_path)}) == tmp_path
    assert home({}) == Path.home()
    assert existing([tmp_path, tmp_path / "no", tmp_path]) == [tmp_path]


def test_listing_loads_no_decoder() -> None:
    """A report with nothing new lists and stops there; what it imports is most of what it takes."""
    heavy = ["msgspec", "apsw", "pydantic", "click", "duckdb", "genai_prices", "dataclasses"]
    code = f"import sys, workbench.usage.sources as s; print([m for m in {heavy} if m in sys.modules])"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PATH": os.environ["PATH"]}
    )
    assert run.stdout.strip() == "[]"


def test_sources_without_any_folder_have_no_roots(tmp_path: Path) -> None:
    assert {name: source.roots({"HOME": str(tmp_path)}) for name, source in SOURCES.items()} == {
        "claude": [],
        "codex": [],
        "opencode": [],
        "gemini": [],
    }
