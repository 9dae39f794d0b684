"""What a turn may change, tool by tool and path by path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.errors import InvalidRequest
from workbench.sidecar.guard import READING, WRITING, Guard


def verdict(tool: str, tool_input: dict[str, Any], **request: Any) -> str:
    return Guard.of(request).verdict(tool, tool_input).behavior


@pytest.mark.parametrize("tool", ["Read", "Write", "Bash", "mcp__shop__buy"])
def test_without_writes_the_permission_mode_decides(tool: str) -> None:
    assert verdict(tool, {}) == verdict(tool, {}, writes=None) == "mode"


@pytest.mark.parametrize("tool", sorted(READING))
def test_a_tool_that_changes_nothing_is_left_to_the_mode(tool: str) -> None:
    assert verdict(tool, {}, writes=[]) == "mode"


@pytest.mark.parametrize("tool", [*WRITING, "Bash", "mcp__shop__buy", "SomethingNew", ""])
def test_with_no_folder_to_write_in_every_tool_that_could_change_something_is_denied(tmp_path: Path, tool: str) -> None:
    tool_input = dict.fromkeys(WRITING.values(), str(tmp_path / "a.md"))
    assert verdict(tool, tool_input, writes=[], cwd=str(tmp_path), askedTools=[tool]) == "deny"


def test_a_file_below_the_folder_is_written_without_asking(tmp_path: Path) -> None:
    for tool, key in WRITING.items():
        for path in ("a.md", "references/deep/a.md", str(tmp_path / "a.md")):
            assert verdict(tool, {key: path}, writes=[str(tmp_path)], cwd=str(tmp_path)) == "allow"


@pytest.mark.parametrize(
    "path", ["../a.md", "/etc/passwd", "sub/../../a.md", "~/a.md", "", "a\0.md", ".", ".git/hooks/x", "x/.GIT/config"]
)
def test_a_file_elsewhere_is_denied_however_it_is_named(tmp_path: Path, path: str) -> None:
    writes, cwd = [str(tmp_path / "skill")], tmp_path / "skill"
    cwd.mkdir()
    assert verdict("Write", {"file_path": path}, writes=writes, cwd=str(cwd)) == "deny"


@pytest.mark.parametrize(
    "path", ["context/a.json", "context", "x/../context/deep/a.json", "link/a.json", "~nobody-at-all/a"]
)
def test_a_folder_that_is_spared_is_not_written_below_one_that_may_be(tmp_path: Path, path: str) -> None:
    (tmp_path / "context").mkdir()
    (tmp_path / "link").symlink_to("context")
    request = {"writes": [str(tmp_path)], "spares": [str(tmp_path / "context")], "cwd": str(tmp_path)}
    assert verdict("Write", {"file_path": path}, **request) == "deny"
    assert verdict("Write", {"file_path": "contexts.md"}, **request) == "allow"


def test_what_tells_git_which_files_to_show_is_written_only_where_it_was_named_itself(tmp_path: Path) -> None:
    for path in (".gitignore", "deep/.GitIgnore", ".gitattributes"):
        assert verdict("Write", {"file_path": path}, writes=[str(tmp_path)], cwd=str(tmp_path)) == "deny"
    (tmp_path / ".gitignore").write_text("*.log")
    named = [str(tmp_path / ".gitignore")]
    assert verdict("Write", {"file_path": ".gitignore"}, writes=named, cwd=str(tmp_path)) == "allow"


def test_a_link_does_not_lead_out_of_the_folder(tmp_path: Path) -> None:
    skill, other = tmp_path / "skill", tmp_path / "other"
    skill.mkdir()
    other.mkdir()
    (skill / "out").symlink_to(other)
    (skill / "file.md").symlink_to(other / "file.md")
    for path in ("out/a.md", "file.md"):
        assert verdict("Edit", {"file_path": path}, writes=[str(skill)], cwd=str(skill)) == "deny"
    assert verdict("Edit", {"file_path": "out/a.md"}, writes=[str(skill), str(other)], cwd=str(skill)) == "allow"


def test_a_folder_that_is_reached_through_a_link_is_the_same_folder(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    path = str(tmp_path / "real" / "a.md")
    assert verdict("Write", {"file_path": path}, writes=[str(tmp_path / "link")], cwd=str(tmp_path)) == "allow"


@pytest.mark.parametrize("tool_input", [{}, {"file_path": None}, {"file_path": 3}, {"path": "a.md"}])
def test_a_write_that_names_no_file_is_denied(tmp_path: Path, tool_input: dict[str, Any]) -> None:
    assert verdict("Write", tool_input, writes=[str(tmp_path)], cwd=str(tmp_path)) == "deny"


def test_a_file_may_be_named_itself_and_is_then_all(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("a\n")
    (tmp_path / "link.md").symlink_to("/etc/hosts")
    request = {"writes": [str(tmp_path / "a.md"), str(tmp_path / "link.md")], "cwd": str(tmp_path)}
    told = {path: verdict("Write", {"file_path": path}, **request) for path in ("a.md", "b.md", "link.md", ".")}
    assert told == {"a.md": "allow", "b.md": "deny", "link.md": "deny", ".": "deny"}


def test_a_shell_is_denied_unless_it_is_to_be_asked_about(tmp_path: Path) -> None:
    assert verdict("Bash", {"command": "ls"}, writes=[str(tmp_path)]) == "deny"
    assert verdict("Bash", {"command": "ls"}, writes=[str(tmp_path)], askedTools=["Bash"]) == "ask"


def test_a_denial_says_what_may_be_written(tmp_path: Path) -> None:
    guard = Guard.of({"writes": [str(tmp_path / "skill")], "cwd": str(tmp_path)})
    said = guard.verdict("Write", {"file_path": "notes.md"}).reason
    assert said == f"notes.md must not be written: in this turn only files in {tmp_path}/skill may be."


@pytest.mark.parametrize("writes", ["/a", ["a"], [""], [3], {"/a": 1}, ["/a\0b"]])
def test_writes_that_are_no_absolute_folders_are_refused(writes: Any) -> None:
    with pytest.raises(InvalidRequest, match="writes"):
        Guard.of({"writes": writes})


@given(parts=st.lists(st.sampled_from(["..", ".", "a", "b", "/", "skill", ".git", "~"]), min_size=1, max_size=6))
def test_what_is_allowed_lies_below_the_folder(parts: list[str]) -> None:
    root, path = Path("/nowhere/skill"), "/".join(parts)
    if verdict("Write", {"file_path": path}, writes=[str(root)], cwd="/nowhere/skill/sub") == "allow":
        expanded = str(Path(path).expanduser())
        assert root in Path(os.path.normpath(Path("/nowhere/skill/sub") / expanded)).parents
