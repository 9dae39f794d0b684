"""The notebook on building as a newcomer runs it: from top to bottom, in a folder of its own, without a network."""

from __future__ import annotations

import pytest
from walked import headings_of_a_clean, read, walked

from workbench.paths import Home

NOTEBOOK = "05-build-a-skill.ipynb"


def test_it_is_committed_without_outputs_and_goes_from_a_sentence_to_what_it_cost() -> None:
    journey = ["Begin", "Research", "Answer", "Decide", "Generate", "Look, and go back", "Refine", "Test"]
    assert headings_of_a_clean(read(NOTEBOOK)) == [*journey, "What it cost", "From here"]


@pytest.mark.slow
async def test_it_runs_offline_and_touches_no_home_but_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await walked(NOTEBOOK, home, monkeypatch)

    for answer in (
        "Research can be started.",
        "Questions wait for your answers.",
        "Answered as recommended: Q1, Q2, Q3, Q4, Q6,",
        "  Q6: Bulk materials get 3 %, but nothing says which materials are bulk.",
        "needs_person - Questions wait for your answers.",
        "2 decisions wait for your review.",
        "It is played from a recording and costs nothing.",
        "name: match-invoices\n",
        "context/decisions.json",
        "match-invoices.skill",
        "<View workflow match-invoices>",
        "['SKILL.md', 'references/differences.md']",
        "needs a second person: name it in the reason",
        "Left to decide: 0",
        "was with",
        "Replayed: True",
        "Building it: an estimated 0.70 USD, of which 0 were paid.",
    ):
        assert answer in said
