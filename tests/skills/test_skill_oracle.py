"""The reference validator's verdict is ours, wherever it can read a file.

Left out, since no file in the wild has it: NEL and LS, at which the reference's reader ends lines and YAML 1.2 does not.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import assume, given, settings
from hypothesis import strategies as st
from skills_ref.errors import ParseError
from skills_ref.parser import parse_frontmatter
from skills_ref.validator import validate

from workbench.skills import parse

KEYS = ["name", "description", "license", "metadata", "allowed-tools", "compatibility", "version", "author"]
VALUES = [
    "x", "my-skill", "My Skill", "a--b", "-a", "a-", "été", "'q'", '"dq"', "|\n  line1\n  line2", "> \n  folded",
    "\n  k: v\n  k2: w", "\n  - a\n  - b", "", "yes", "1.10", "plain # c", "d" * 1025, "d" * 1024, "c" * 501, "日本", "name_x",
    "a b", "x" * 65, "ﬁ", "  ", "a:b", "\n- a", "Use --- x", "|\n  " + "e" * 1024,
]  # fmt: skip


@st.composite
def skills(draw: st.DrawFn) -> str:
    likely = draw(st.sets(st.sampled_from(KEYS))) | set(draw(st.sampled_from([["name", "description"], ["name"], []])))
    lines = [f"{key}: {draw(st.sampled_from(VALUES))}" for key in sorted(likely)]
    return "---\n" + "\n".join(lines) + "\n---\n# Body\n"


@settings(max_examples=400)
@given(skills(), st.sampled_from(["my-skill", "x", "été", "fi"]))
def test_our_verdict_is_the_reference_validators(text: str, folder: str) -> None:
    assume("---" not in text[4:].partition("\n---\n")[0])  # it ends the front matter at any three hyphens
    try:
        parse_frontmatter(text)
    except (ParseError, AttributeError):
        assume(False)
    with tempfile.TemporaryDirectory() as place:
        skill = Path(place) / folder
        skill.mkdir()
        (skill / "SKILL.md").write_text(text, encoding="utf-8")
        theirs = validate(skill)
    assert parse(text.encode(), folder=folder).is_valid == (not theirs), theirs
