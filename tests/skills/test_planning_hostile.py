"""Hostile and badly written content in a source, as each case states."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile import CASES, FOLDER, Case, lay, skill
from planned import (
    ORIGIN,
    accounted,
    only,
    planned,
    sendable,
)
from untouched import unchanged

from workbench.errors import Refused
from workbench.skills.document.fixes import apply_rule
from workbench.skills.intake.mending import mended
from workbench.skills.intake.planning import plan
from workbench.skills.skill import parse
from workbench.skills.sources.watch import Watch


@pytest.mark.parametrize("case", CASES, ids=str)
def test_hostile_content_is_planned_as_stated_and_nothing_changes(tmp_path: Path, case: Case) -> None:
    lay(tmp_path / "source" / FOLDER, case.tree)
    with unchanged(tmp_path):
        if case.number == 21:
            with pytest.raises(Refused, match=r"no SKILL\.md"):
                plan(tmp_path / "source", origin=ORIGIN, watch=Watch())
            return
        made = plan(tmp_path / "source", origin=ORIGIN, watch=Watch())
    accounted(tmp_path / "source", made)
    sendable(made)
    if case.number == 22:
        assert [row.status for row in made.rows] == ["ready", "ready"]
        return
    row = only(made)
    assert row.status == EXPECTED.get(case.number, "ready") or (case.number, case.what, row.status) in SPECIAL
    assert row.reasons or row.status in ("ready", "repair")
    assert bool(row.repairs) == (row.status == "repair") or row.status == "ask"
    if row.status != "refuse":
        assert row.scan is not None
        assert (row.scan.verdict == "clean") == (case.number not in (25, 33, 34, 35, 36) or case.what in CLEAN)


EXPECTED = {23: "ask", 24: "ask", 25: "repair", 26: "refuse", 27: "refuse", 29: "ask"}
SPECIAL = [
    (28, "1.10", "ask"), (31, "empty", "ask"), (32, "byte order mark", "repair"), (32, "CRLF", "repair"), (32, "UTF-16", "refuse"),
    (32, "no UTF-8", "refuse"), (36, "a link that leaves", "refuse"),
]  # fmt: skip
CLEAN = ("a script that may be run", "10 MB")


def test_29_a_name_that_cannot_be_one_comes_with_a_slug(tmp_path: Path) -> None:
    wanted = {
        "Chart Maker": "chart-maker",
        "a/charts": "a-charts",
        "../up": "up",
        "x" * 200: "x" * 64,
        "CON": "charts",
        "anthropic": "charts",
    }
    for number, (name, slug) in enumerate(wanted.items()):
        row = only(planned(tmp_path / str(number), {"charts/SKILL.md": skill(name=name).encode()}))
        assert (row.status, row.proposed, row.name) == ("ask", slug, name)


def test_a_name_or_description_that_is_missing_is_asked_for_and_never_taken_from_the_folder(tmp_path: Path) -> None:
    row = only(planned(tmp_path / "a", {"chart maker/SKILL.md": b"---\ndescription: Draws.\n---\n"}))
    assert (row.status, row.name, row.proposed) == ("ask", None, "chart-maker")
    row = only(planned(tmp_path / "b", {"charts/SKILL.md": b"---\nname: charts\n---\n"}))
    assert (row.status, row.description, row.proposed) == ("ask", None, None)


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        ("\ufeff" + skill(), ("bom",)), (skill().replace("\n", "\r\n"), ("line-ends",)), ("\n\n" + skill(), ("frontmatter-late",)),
        ("<!-- x -->\n" + skill(), ("frontmatter-comment",)), ("```markdown\n" + skill() + "```\n", ("frontmatter-fenced",)),
        (skill("argument-hint: [a] [b]\n"), ("yaml-value",)), (skill(description="Draws: charts. Use it."), ("yaml-value",)),
        (skill("license: MIT\nlicense: BSD\n"), ("duplicate-key",)), (skill("license: !!str MIT\n"), ("yaml-tag",)),
    ],
    ids=lambda each: each if isinstance(each, str) else each[0],
)  # fmt: skip
def test_what_is_only_written_badly_is_repaired_and_says_the_same(
    tmp_path: Path, text: str, rules: tuple[str, ...]
) -> None:
    row = only(planned(tmp_path, {"charts/SKILL.md": text.encode()}))
    assert (row.status, row.rules, row.name) == ("repair", rules, "charts")
    before = parse(text.encode(), folder="charts")
    after, done = mended(before)
    assert done == rules
    assert (after.name, after.description) == (before.name, before.description)
    assert mended(after) == (after, ())
    assert apply_rule(after, rules[0]) is after


def test_a_merge_conflict_is_not_settled_by_taking_a_side(tmp_path: Path) -> None:
    text = skill("<<<<<<< HEAD\nlicense: MIT\n=======\nlicense: BSD\n>>>>>>> other\n").encode()
    row = only(planned(tmp_path, {"charts/SKILL.md": text}))
    assert (row.status, row.rules, row.name) == ("ask", (), "charts")
