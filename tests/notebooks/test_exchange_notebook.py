"""The notebook on exchange as a newcomer runs it: from top to bottom, in a folder of its own, without a network."""

from __future__ import annotations

import pytest
from walked import headings_of_a_clean, read, walked

from workbench.paths import Home

NOTEBOOK = "04-exchange.ipynb"


def test_it_is_committed_without_outputs_and_goes_from_a_source_to_handing_out() -> None:
    assert headings_of_a_clean(read(NOTEBOOK)) == ["A source", "Plan", "Bring in", "Again", "Hand out", "From here"]


@pytest.mark.slow
async def test_it_runs_offline_and_touches_no_home_but_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await walked(NOTEBOOK, home, monkeypatch)

    for answer in (
        "'ready': 2, 'repair': 1, 'ask': 2, 'refuse': 0",
        "skills/summaries/SKILL.md  imported    summaries",
        'description: "Draws charts. Use when: numbers are to be shown."',
        "SKILL.md:5: high: What is fetched is run unread.",
        "customised",
        "taken - ['The library has another skill of this name.']",
        "word-count/SKILL.md  imported  word-count-too",
        "its entry 'fine/../../evil.sh' leads upwards.",
        "Left in the project: []",
        "True",
        ".claude-plugin/marketplace.json",
        "Drift: []",
    ):
        assert answer in said
