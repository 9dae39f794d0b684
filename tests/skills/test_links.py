"""Where links lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.skills.tree.links import MOST, landing, leads_out


@pytest.mark.parametrize(
    ("path", "target", "out"),
    [
        ("a", "b", False),
        ("a/b", "../c", False),
        ("a/b", "../../c", True),
        ("a", "b/../../c", True),
        ("a/b", "./c/../d", False),
        ("a", "/etc/passwd", True),
        ("a", "b\\..\\c", True),
        ("a", "b\0c", True),
        ("a", "", True),
        ("a", "..", True),
        ("a", "..b", False),
    ],
)
def test_a_link_is_judged_by_what_it_says(path: str, target: str, *, out: bool) -> None:
    assert leads_out(path, target) is out


def test_links_are_followed_to_where_they_end(tmp_path: Path) -> None:
    root = _tree(tmp_path)
    (root / "one").symlink_to("in/two")
    (root / "in/two").symlink_to("../in/./file")
    (root / "folder").symlink_to("in/..")
    assert landing(root, "one") == "in/file"
    assert landing(root, "folder/in/file") == "in/file"
    assert landing(root, "folder") == ""


@pytest.mark.parametrize(
    "target",
    ["absent", "../outside", "../root/in/file", "in/../../outside", "in/file/", "in/file/..", "a" * 300, "loop"],
)
def test_a_link_that_leads_out_nowhere_or_in_a_circle_ends_nowhere(target: str, tmp_path: Path) -> None:
    root = _tree(tmp_path)
    (root / "loop").symlink_to("loop")
    (root / "link").symlink_to(target)
    assert landing(root, "link") is None
    assert landing(root, f"link/{'x' * 300}") is None


def test_an_absolute_link_ends_nowhere_though_it_comes_back(tmp_path: Path) -> None:
    root = _tree(tmp_path)
    (root / "link").symlink_to(root / "in/file")
    assert landing(root, "link") is None


def test_so_many_links_are_followed_and_no_more(tmp_path: Path) -> None:
    root = _tree(tmp_path)
    for number in range(1500):
        (root / f"l{number}").symlink_to(f"l{number + 1}")
    (root / "l1500").write_text("end")
    assert landing(root, f"l{1500 - MOST}") == "l1500"
    assert landing(root, f"l{1500 - MOST - 1}") is None
    assert landing(root, "l0") is None


def _tree(folder: Path) -> Path:
    root = folder / "root"
    (root / "in").mkdir(parents=True)
    (root / "in/file").write_text("x")
    (folder / "outside").write_text("x")
    return root
