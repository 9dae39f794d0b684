"""What another process does to a skill is seen in a page that is open."""

from __future__ import annotations

import json

import pytest
from lab import empty_lab
from playwright.sync_api import Page, expect
from shelf_page import Shelf
from shell import workbench

SKILL = "invoice-matching"
"""The name that its example gives it."""


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    """A skill that is wholly built, of which a paper of its workflow is gone."""
    shelf.call("workflow.create", skill=SKILL, example="invoice-matching")
    shelf.call("workflow.run", skill=SKILL, provider="replay", autofill=True, speed=0)
    shelf.file(SKILL, "context/decisions.json").unlink()
    return shelf


def test_an_open_tab_follows_when_the_command_line_keeps_its_skill_as_imported(shelf: Shelf, page: Page) -> None:
    empty_lab(shelf.lab, page)
    page.evaluate("skill => void window.jupyterapp.commands.execute('workbench:open-workflow', { skill })", SKILL)
    tab = page.locator(".wb-workflow:visible")
    reset = tab.get_by_role("button", name="Reset…")
    expect(reset).to_be_visible()
    reset.focus()
    done = workbench(
        shelf.lab.root / "home",
        "call",
        "workflow.keep_imported",
        json.dumps({"skill": SKILL}),
        env={"HOME": str(shelf.lab.root)},
    )
    assert done.returncode == 0, done.stderr
    expect(tab.get_by_text("This skill was kept as imported")).to_be_visible()
    expect(tab.get_by_role("navigation", name="Steps")).to_have_count(0)
    expect(tab.get_by_role("heading", name=SKILL)).to_be_focused()
    tab.get_by_role("button", name="Open the skill").click()
    expect(page.locator(".wb-skill:visible")).to_be_visible()
