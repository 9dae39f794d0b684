"""A skill's digest is the same everywhere, and different for anything that differs."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.skills.scan import scan
from workbench.skills.tree.digest import Line, collated, computed_hash, digest, of_contents, of_lines


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "skill"
    (made / "scripts").mkdir(parents=True)
    (made / "SKILL.md").write_bytes(b"---\nname: skill\n---\n")
    (made / "scripts" / "run.sh").write_bytes(b"#!/bin/sh\n")
    (made / "scripts" / "run.sh").chmod(0o755)
    return made


def test_the_digest_is_the_sha256_of_a_sorted_list_that_anyone_can_make(folder: Path) -> None:
    lines = [
        b"-\0SKILL.md\x0020\0" + hashlib.sha256(b"---\nname: skill\n---\n").hexdigest().encode() + b"\n",
        b"x\0scripts/run.sh\x0010\0" + hashlib.sha256(b"#!/bin/sh\n").hexdigest().encode() + b"\n",
    ]
    assert digest(folder) == "sha256:" + hashlib.sha256(b"".join(sorted(lines))).hexdigest()


def test_what_was_scanned_and_what_lies_in_a_commit_have_the_same_digest(folder: Path) -> None:
    contents = [("-", "SKILL.md", b"---\nname: skill\n---\n"), ("x", "scripts/run.sh", b"#!/bin/sh\n")]
    assert digest(folder) == scan(folder).digest == of_contents(reversed(contents))


@pytest.mark.parametrize(
    "change",
    [
        lambda f: (f / "SKILL.md").write_bytes(b"---\nname: skilL\n---\n"),
        lambda f: (f / "SKILL.md").rename(f / "skill.md"),
        lambda f: (f / "scripts" / "run.sh").chmod(0o644),
        lambda f: (f / "new").touch(),
        lambda f: (f / "link").symlink_to("SKILL.md"),
        lambda f: (f / "scripts" / "run.sh").unlink(),
    ],
)
def test_any_change_changes_the_digest(folder: Path, change: object) -> None:
    before = digest(folder)
    change(folder)  # type: ignore[operator]
    assert digest(folder) != before == digest(folder.parent / "skill") or digest(folder) != before


@pytest.mark.parametrize("path", ["scripts/__pycache__/run.cpython-311.pyc", ".DS_Store", ".git/HEAD"])
def test_what_tools_leave_behind_is_not_content(folder: Path, path: str) -> None:
    (folder / "scripts" / "run.py").write_bytes(b"print()\n")
    before = digest(folder)
    (folder / path).parent.mkdir(exist_ok=True)
    (folder / path).write_bytes(b"x")
    assert digest(folder) == before == scan(folder).digest


def test_times_owners_and_the_order_of_the_disk_do_not_matter(folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "other"
    shutil.copytree(folder, copy)
    os.utime(copy / "SKILL.md", (1, 1))
    assert digest(copy) == digest(folder)


def test_a_link_is_where_it_points_and_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("one")
    (folder / "link").symlink_to(secret)
    before = digest(folder)
    secret.write_text("two")
    assert digest(folder) == before


def test_a_name_composed_otherwise_is_the_same_name() -> None:
    composed, split = (unicodedata.normalize(form, "é.md") for form in ("NFC", "NFD"))
    assert of_contents([("-", composed, b"x")]) == of_contents([("-", split, b"x")])


@given(
    st.lists(
        st.tuples(st.sampled_from("x-l"), st.text(min_size=1).filter(lambda t: "\0" not in t), st.binary()), max_size=4
    )
)
def test_the_order_of_the_files_does_not_matter(contents: list[tuple[str, str, bytes]]) -> None:
    assert of_contents(contents) == of_contents(reversed(contents))


def test_no_two_lists_run_together() -> None:
    one = of_lines([Line("-", "a", 1, "f" * 64), Line("-", "b", 1, "f" * 64)])
    assert one != of_lines([Line("-", "a1", 1, "f" * 64), Line("-", "b", 1, "f" * 64)])


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_a_file_that_cannot_be_read_gives_no_digest_rather_than_a_wrong_one(folder: Path) -> None:
    (folder / "SKILL.md").chmod(0)
    assert scan(folder).digest is None
    with pytest.raises(OSError, match="SKILL"):
        digest(folder)


def test_the_installers_hash_is_paths_and_bytes_one_after_the_other(folder: Path) -> None:
    (folder / "node_modules").mkdir()
    (folder / "node_modules" / "x").touch()
    want = hashlib.sha256(b"scripts/run.sh#!/bin/sh\nSKILL.md---\nname: skill\n---\n").hexdigest()
    assert computed_hash(folder) == want


NAMES = [
    "SKILL.md", "skill.md", "scripts/run.sh", "scripts/a_b.py", "scripts/a-b.py", "scripts/ab.py", "references/Z.md", "references/a.md",
    "_meta.json", "-x", "1.md", "10.md", "2.md", "a b.md", "a.md", "A.md", "b.md", "é.md", "e.md", "f.md", "(x).md", "[x].md", "~x", "a+b", "a=b",
    "LICENSE.txt", "a/b", "a.b", "ab", "README.md", "readme", "ünï.md", "zz",
]  # fmt: skip


@pytest.mark.skipif(shutil.which("node") is None, reason="the installer's own language is not here")
def test_the_installers_order_is_that_of_its_language() -> None:
    code = "console.log(JSON.stringify(JSON.parse(process.argv[1]).sort((a, b) => a.localeCompare(b))))"
    theirs = subprocess.run(["node", "-e", code, json.dumps(NAMES)], capture_output=True, text=True, check=True).stdout
    assert sorted(NAMES, key=collated) == json.loads(theirs)
