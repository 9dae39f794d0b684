"""The notebook on skills as a newcomer runs it: from top to bottom, in a folder of its own, without a network."""

from __future__ import annotations

import pytest
from walked import headings_of_a_clean, read, walked

from workbench.paths import Home

NOTEBOOK = "03-skills.ipynb"


def test_it_is_committed_without_outputs_and_goes_from_creating_to_history() -> None:
    assert headings_of_a_clean(read(NOTEBOOK)) == ["Create", "Lint", "Fix", "Compare", "History", "From here"]


@pytest.mark.slow
async def test_it_runs_offline_and_touches_no_home_but_its_own(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    said = await walked(NOTEBOOK, home, monkeypatch)

    for answer in (
        "+allowed-tools: Bash(wc:*)",
        "name-case",
        "Loads in Claude Code, Codex, Gemini CLI; not in Copilot, Claude API.",
        "-name: Draw Charts\n+name: draw-charts",
        "True - Loads everywhere.",
        "setup.sh:1: high: What is fetched is run unread.",
        "clean - trusted\nreview - changed - new: ['destructive']",
        "-Run `wc -w FILE` and tell the number.\n+Guess.",
        "It would change ['SKILL.md'] and drop []",
        "word-count: restored to ",
        "After deleting: ['draw-charts']",
    ):
        assert answer in said
