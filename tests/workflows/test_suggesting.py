"""Suggestions for a new skill: by a cheap model within a limit, else by rules, and it says which (A5.63)."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from drafted import ANY_TEXT, QUICK
from hypothesis import given
from hypothesis import strategies as st
from told import asker, turn

from workbench.app import Workbench
from workbench.skills.document.suggesting import is_name
from workbench.workflows.intake import suggesting
from workbench.workflows.intake.suggesting import FIELDS, SuggestionDraft, by_rules, merged, suggest

TEXT = "Match supplier invoices with their purchase orders"
SAID: dict[str, Any] = {
    "name": "Match Invoices!",
    "purpose": "domain",
    "description": "Matches invoices. Use when <b>an invoice</b> arrives.",
    "tags": ["Finance", "finance", "accounts  payable", ""],
    "context": None,
}


async def test_a_model_proposes_what_can_be_used_as_it_is(bench: Workbench, tmp_path: Path) -> None:
    recording = turn(tmp_path / "turn.jsonl", structured=SAID)
    found = await suggest(asker(bench, recording), TEXT, {"match-invoices"})
    assert (found.name, found.purpose, found.tags) == ("match-invoices-2", "domain", ("finance", "accounts payable"))
    assert found.description == "Matches invoices. Use when ‹b›an invoice‹/b› arrives."
    assert (found.context, found.by, found.notice) == (None, "model", "")


@pytest.mark.parametrize(
    "texts",
    [
        ("Here you are:\n\n```json\n{}\n```\n\nGood luck.",),
        ("{}",),
        ("Let me think.", "```\n{}\n```"),
    ],
)
async def test_fenced_json_and_json_in_words_are_taken(
    bench: Workbench, tmp_path: Path, texts: tuple[str, ...]
) -> None:
    said = [text.replace("{}", json.dumps(SAID)) for text in texts]
    found = await suggest(asker(bench, turn(tmp_path / "turn.jsonl", *said)), TEXT, ())
    assert (found.name, found.by) == ("match-invoices", "model")


async def test_only_the_fields_that_were_asked_for_are_proposed_by_the_model(bench: Workbench, tmp_path: Path) -> None:
    recording = turn(tmp_path / "turn.jsonl", structured=SAID)
    found = await suggest(asker(bench, recording), TEXT, (), ["description"], {"name": "mine"})
    plainly = by_rules(TEXT, ())
    assert (found.name, found.tags) == (plainly.name, plainly.tags)
    assert found.description is not None


@pytest.mark.parametrize("said", ["I would call it something nice.", '{"name": 3}', "[]", "```json\n{\n```"])
async def test_an_answer_that_is_none_falls_back_to_the_rules_and_says_so(
    bench: Workbench, tmp_path: Path, said: str
) -> None:
    found = await suggest(asker(bench, turn(tmp_path / "turn.jsonl", said)), TEXT, ())
    plainly = by_rules(TEXT, ())
    assert (found.name, found.purpose, found.tags, found.by) == (plainly.name, plainly.purpose, plainly.tags, "rules")
    assert found.notice.startswith("Proposed without a model: ")


async def test_a_model_that_fails_falls_back_to_the_rules_with_its_reason(bench: Workbench, tmp_path: Path) -> None:
    found = await suggest(asker(bench, turn(tmp_path / "turn.jsonl", end="error")), TEXT, ())
    assert found.notice == "Proposed without a model: The model is overloaded."


async def test_a_model_that_is_too_slow_falls_back_to_the_rules_within_the_limit(
    bench: Workbench, tmp_path: Path
) -> None:
    recording = turn(tmp_path / "turn.jsonl", structured=SAID, after_ms=600_000)
    began = time.monotonic()
    found = await suggest(asker(bench, recording, speed=1, seconds=2), TEXT, ())
    assert time.monotonic() - began < 60
    assert found.notice == "Proposed without a model: replay has not answered within 2 seconds."


async def test_what_it_costs_is_in_the_ledger_as_a_suggestion_and_no_process_is_left(
    bench: Workbench, tmp_path: Path
) -> None:
    await suggest(asker(bench, turn(tmp_path / "turn.jsonl", structured=SAID)), TEXT, ())
    rows = bench.database.read(lambda connection: list(connection.execute("select purpose, skill from agent_runs")))
    assert rows == [("suggest", None)]
    session = bench.call("sessions.list")["sessions"][0]["id"]
    async for _ in bench.pool.follow(session):
        pass  # it ends when the process has ended


def test_without_being_asked_no_model_is_paid(bench: Workbench) -> None:
    found = bench.call("skills.suggest", text=TEXT)
    assert (found["by"], found["notice"], found["description"]) == ("rules", "", None)
    assert bench.call("sessions.list")["sessions"] == []


def test_where_there_is_no_model_the_command_proposes_by_rules_and_says_so(bench: Workbench) -> None:
    found = bench.call("skills.suggest", text=TEXT, ask=True, provider="replay")
    assert found["by"] == "rules"
    assert found["notice"].startswith("Proposed without a model: Replay has no recording")
    assert found["name"] == bench.call("skills.suggest", text=TEXT)["name"]


DRAFTS = st.builds(
    SuggestionDraft,
    name=st.one_of(st.none(), ANY_TEXT, st.sampled_from(["a" * 300, "claude", "CON", "../x", "match-invoices", "é"])),
    purpose=st.sampled_from([None, "source"]),
    description=st.one_of(st.none(), ANY_TEXT, st.just("x" * 5000)),
    tags=st.one_of(st.none(), st.lists(ANY_TEXT, max_size=8)),
    context=st.one_of(st.none(), ANY_TEXT),
)


@QUICK
@given(DRAFTS, st.sets(st.sampled_from(FIELDS)))
def test_whatever_a_model_proposes_the_name_is_free_and_can_be_used(draft: SuggestionDraft, fields: set[Any]) -> None:
    taken = {"match-invoices", "x", "tbd"}
    found = merged(by_rules(TEXT, taken), draft, fields, taken)
    assert is_name(found.name)
    assert found.name not in taken
    assert len(found.tags) <= 5
    assert all(tag and len(tag) <= 50 for tag in found.tags)
    assert found.description is None or (len(found.description) <= 1024 and not set("<>") & set(found.description))
    assert suggesting.FIELDS == FIELDS
