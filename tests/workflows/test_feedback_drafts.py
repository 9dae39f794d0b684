"""Feedback, first phase: a person's words put in order, by a model or as they are (A5.64)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from drafted import ANY_TEXT, QUICK
from hypothesis import given
from hypothesis import strategies as st
from told import asker, turn

from workbench.app import Workbench
from workbench.errors import InvalidRequest
from workbench.settings import Settings
from workbench.workflows.intake import feedback
from workbench.workflows.intake.feedback import FeedbackDraft, by_rules, of_draft

WORDS = "The stepper crashes when I click Back twice. I expected step 1."
SAID: dict[str, Any] = {
    "kind": "bug",
    "title": "Stepper crashes on\nsecond click of Back",
    "summary": "Clicking Back twice crashes the stepper.",
    "steps": ["Open a workflow", "", "Click Back twice"],
    "expected": "Step 1 is shown.",
    "actual": None,
}


async def test_a_model_classifies_bug_or_feature_and_structures_the_body(bench: Workbench, tmp_path: Path) -> None:
    issue = await feedback.draft(asker(bench, turn(tmp_path / "turn.jsonl", structured=SAID)), WORDS)
    assert (issue.kind, issue.title, issue.labels, issue.by) == (
        "bug", "Stepper crashes on second click of Back", ("bug",), "model",
    )  # fmt: skip
    assert (
        "## Steps\n\n1. Open a workflow\n2. Click Back twice\n\n## Expected\n\nStep 1 is shown.\n\n---\nWorkbench"
        in issue.body
    )
    assert "## What happens" not in issue.body


async def test_what_the_person_says_of_its_kind_holds_against_the_model(bench: Workbench, tmp_path: Path) -> None:
    issue = await feedback.draft(asker(bench, turn(tmp_path / "turn.jsonl", structured=SAID)), WORDS, "feature")
    assert (issue.kind, issue.labels) == ("feature", ("enhancement",))
    assert "## Wished for" in issue.body


async def test_without_an_answer_there_is_an_issue_in_the_persons_own_words(bench: Workbench, tmp_path: Path) -> None:
    issue = await feedback.draft(asker(bench, turn(tmp_path / "turn.jsonl", "Sorry.")), WORDS)
    assert (issue.kind, issue.title, issue.by) == ("bug", "The stepper crashes when I click Back twice", "rules")
    assert issue.body.startswith(WORDS)
    assert issue.notice.startswith("Put in order without a model: ")


async def test_blank_words_are_no_feedback(bench: Workbench) -> None:
    with pytest.raises(InvalidRequest, match="nothing to say"):
        await feedback.draft(asker(bench, None), " \n ")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (WORDS, "bug"),
        ("It would be nice to have support for tables", "feature"),
        ("Support for tables is broken", "bug"),
        ("I wish the diff had colours", "feature"),
        ("Traceback (most recent call last): KeyError", "bug"),
    ],
)
def test_words_alone_tell_a_bug_from_a_wish(text: str, kind: str) -> None:
    assert by_rules(text).kind == kind


def test_the_command_masks_secrets_and_needs_no_model(bench: Workbench) -> None:
    bench.save_settings(Settings(), {"ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef0123"})
    found = bench.call("feedback.draft", text="It fails with sk-ant-0123456789abcdef0123 in the log", provider="replay")
    assert found["by"] == "rules"
    assert "sk-ant" not in found["body"] + found["title"]
    assert found["notice"]


def test_words_are_left_as_they_are_where_no_model_is_to_be_asked(bench: Workbench) -> None:
    bench.save_settings(Settings(provider="claude"), {"ANTHROPIC_API_KEY": "sk-ant-0123456789abcdef0123"})
    found = bench.call("feedback.draft", text="It fails with sk-ant-0123456789abcdef0123.", rules_only=True)
    assert (found["by"], found["notice"], found["title"]) == ("rules", "", "It fails with [REDACTED]")
    with pytest.raises(InvalidRequest, match="nothing to say"):
        bench.call("feedback.draft", text=" \n ", rules_only=True)
    assert bench.call("sessions.list")["sessions"] == []


ANY = st.builds(
    FeedbackDraft,
    kind=st.sampled_from(["bug", "feature"]),
    title=st.one_of(ANY_TEXT, st.just("t" * 500)),
    summary=st.one_of(ANY_TEXT, st.just("s" * 70_000)),
    steps=st.lists(ANY_TEXT, max_size=4),
    expected=st.one_of(st.none(), ANY_TEXT),
    actual=st.one_of(st.none(), ANY_TEXT),
)


@QUICK
@given(ANY)
def test_whatever_a_model_drafts_can_be_sent_as_it_is(said: FeedbackDraft) -> None:
    issue = of_draft(said)
    assert len(issue.title) <= 256
    assert "\n" not in issue.title
    assert len(issue.body) <= 60_000
