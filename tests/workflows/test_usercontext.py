"""What an agent is told of a skill and its person: a heading only with something below it."""

from __future__ import annotations

import json

from workbench.settings import Settings
from workbench.skills.skill import parse
from workbench.skills.table import SkillRow
from workbench.workflows.intake.intake import Intake
from workbench.workflows.intake.usercontext import about, text


def row(name: str = "demo", purpose: str | None = "source") -> SkillRow:
    return SkillRow(1, name, "skill-builder", purpose, 0, 0, None, None)


def headings(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("## ")]


def test_all_of_it_stands_in_its_order() -> None:
    intake = Intake(description="Matches invoices.", context="We are in Austria.", tags=["finance", "ap"])
    document = parse(
        b"---\nname: demo\ndescription: D\nmodel: opus\nargument-hint: '[month]'\nuser-invocable: 'false'\n"
        b"metadata:\n  version: 1.2.0\n---\n\nDo.\n"
    )
    told = text(row(), intake, Settings(industry="Retail", function="Accounts payable"), document)
    assert headings(told) == ["## Skill", "## About You", "## What Claude Needs to Know", "## Configuration"]
    for line in (
        "- **Name**: demo", "- **Purpose**: Source system (source)", "- **Description**: Matches invoices.",
        "- **Tags**: finance, ap", "- **Industry**: Retail", "- **Function**: Accounts payable", "We are in Austria.",
        "- **Version**: 1.2.0", "- **Preferred model**: opus", "- **Argument hint**: [month]",
        "- **User-invocable**: false",
    ):  # fmt: skip
        assert line in told.splitlines()


def test_sections_without_anything_to_say_are_left_out() -> None:
    assert headings(text(row(purpose=None), Intake(), Settings())) == ["## Skill"]
    told = text(row(), Intake(context=" \n"), Settings(function="Ops"))
    assert headings(told) == ["## Skill", "## About You"]
    assert "Industry" not in told


def test_with_nothing_to_say_there_is_no_text() -> None:
    assert text(row(name="", purpose=None), Intake(), Settings()) == ""


def test_a_model_that_is_inherited_is_not_told() -> None:
    document = parse(b"---\nname: demo\ndescription: D\nmodel: inherit\n---\n\nDo.\n")
    assert "## Configuration" not in text(row(), Intake(), Settings(), document)


def test_words_that_older_forms_asked_for_are_told_still() -> None:
    intake = Intake(context="Now.", variables={"claude_mistakes": "Rounds.", "audience": "Auditors.", "unknown": "x"})
    told = text(row(), intake, Settings())
    assert "### What agents get wrong\n\nRounds." in told
    assert told.index("Now.") < told.index("Rounds.") < told.index("Auditors.")
    assert "unknown" not in told


def test_a_purpose_of_a_person_s_own_is_told_as_it_is() -> None:
    assert "- **Purpose**: gardening" in text(row(purpose="gardening"), Intake(), Settings())


def test_what_goes_into_front_matter_is_told_apart() -> None:
    told = json.loads(about("demo", today="2026-11-21"))
    assert told == {"name": "demo", "author": None, "today": "2026-11-21"}
