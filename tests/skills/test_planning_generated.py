"""Whatever tree and catalogues a source has, each SKILL.md is in one row."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hostile import Link, lay, skill
from hypothesis import given, settings
from hypothesis import strategies as st
from planned import (
    AGENTS,
    CLAUDE,
    ORIGIN,
    accounted,
    manifest,
    skill_files,
)
from untouched import unchanged

from workbench.errors import Refused
from workbench.skills.intake.planning import plan
from workbench.skills.sources.watch import Watch
from workbench.skills.tree.digest import digest

PARTS = st.sampled_from(
    [
        "skills",
        "a",
        "b",
        "tests",
        "backup",
        "node_modules",
        ".claude",
        ".curated",
        "old-x",
        "plugins",
        "p",
        "dist",
        "x_20250101_120000",
    ]
)
FOLDERS = st.lists(PARTS, max_size=4).map("/".join)
FILES = st.sampled_from(["SKILL.md", "SKILL.md", "Skill.md", "skill.md", "SKILL.MD", "README.md"])
CONTENTS = st.sampled_from([
    skill().encode(), skill(name="plots").encode(), skill(name="Odd Name").encode(), b"", b"# x", b"../a/SKILL.md", b"\xff\xfe", skill("x: *y\n").encode(),
    ("\ufeff" + skill()).encode(), Link("SKILL.md"), Link("../a/SKILL.md"), Link("../../skills/a/SKILL.md"), Link("/etc/passwd"), Link(".."), Link("README.md"),
])  # fmt: skip
LINKS = st.dictionaries(
    FOLDERS.filter(bool),
    st.sampled_from([Link(".."), Link("../skills"), Link("a"), Link("."), Link("nowhere"), Link("/etc")]),
    max_size=3,
)
SOURCES = st.sampled_from(
    [
        "./",
        ".",
        "./plugins/p",
        "p",
        "skills/a",
        "../x",
        "a",
        {"source": "github", "repo": "o/r"},
        {"source": "npm"},
        3,
        None,
    ]
)
ENTRIES = st.fixed_dictionaries({"source": SOURCES}, optional={
    "name": st.sampled_from(["p", "a", 1]), "strict": st.booleans(), "skills": st.lists(FOLDERS, max_size=3) | FOLDERS,
})  # fmt: skip
CATALOGUES = st.dictionaries(
    st.sampled_from([CLAUDE, AGENTS, f"plugins/{CLAUDE}"]), st.lists(ENTRIES, max_size=4), max_size=2
)


@settings(max_examples=60)
@given(
    st.dictionaries(st.tuples(FOLDERS, FILES), CONTENTS, min_size=1, max_size=14), LINKS, CATALOGUES, st.sampled_from([None, "plugins", "./"])
)  # fmt: skip
def test_whatever_the_tree_every_skill_file_is_in_exactly_one_row(
    files: dict[tuple[str, str], Any], links: dict[str, Link], catalogues: dict[str, Any], root: str | None
) -> None:
    with tempfile.TemporaryDirectory() as made_in:
        source = Path(made_in) / "source"
        source.mkdir()
        tree = {"/".join(filter(None, where)): content for where, content in files.items()}
        tree |= {path: manifest(*entries, metadata={"pluginRoot": root}) for path, entries in catalogues.items()}
        for path, content in {**tree, **links}.items():
            try:
                lay(source, {path: content})
            except OSError:
                continue  # something lies in the way
        wanted = sorted(skill_files(source))
        with unchanged(source):
            try:
                made = plan(source, origin=ORIGIN, watch=Watch(), scan_first=0)
            except Refused:
                assert wanted == []
                return
        accounted(source, made)
        for row in made.rows:
            if row.place not in ("alias", "remote") and row.digest is not None:
                assert row.digest == digest(source / row.folder)
            if row.duplicate_of is not None:
                assert made.row(row.duplicate_of) is not None
