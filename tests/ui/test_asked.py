"""An example's agent asks the person in mid-step: in the panel, while the step waits, over a reload."""

from __future__ import annotations

import pytest
from keyboard import Keys
from lab import Lab, empty_lab
from playwright.sync_api import Locator, Page, expect
from shelf_page import Shelf

SKILL = "notes"
EXAMPLE = "release-notes"
OPEN = "skill => void window.jupyterapp.commands.execute('workbench:open-workflow', { skill })"


@pytest.fixture
def shelf(shelf: Shelf) -> Shelf:
    """A skill that was begun from the example."""
    shelf.call("workflow.create", skill=SKILL, workflow="skill-builder", example=EXAMPLE)
    return shelf


def opened(lab: Lab, page: Page) -> Locator:
    empty_lab(lab, page)
    page.evaluate(OPEN, SKILL)
    return page.locator(".wb-workflow:visible")


def research(shelf: Shelf) -> tuple[str, str | None]:
    step = shelf.call("workflow.state", skill=SKILL)["steps"][0]
    return step["status"], step["waiting"]


def test_a_step_waits_for_an_answer_over_a_reload_and_goes_on_with_it(shelf: Shelf, page: Page) -> None:
    root = opened(shelf.lab, page)
    root.get_by_role("button", name="Start Research").click()
    card = root.get_by_role("group", name="A question from the agent")
    expect(card).to_be_visible()
    root = opened(shelf.lab, page)
    card = root.get_by_role("group", name="A question from the agent")
    expect(card.get_by_role("radio", name="Not on labels")).to_be_visible()
    assert research(shelf) == ("waiting_for_user", "question")
    card.get_by_role("radio", name="Not on labels").check()
    card.get_by_role("button", name="Answer", exact=True).click()
    expect(root.get_by_role("navigation").get_by_role("button", name="Research").first).to_contain_text("Done")
    assert research(shelf) == ("completed", None)


def test_it_is_answered_with_the_keyboard_and_another_answer_is_said_to_have_no_effect(
    shelf: Shelf, page: Page
) -> None:
    keys = Keys(page)
    root = opened(shelf.lab, page)
    expect(root.get_by_role("button", name="Start Research")).to_be_visible()
    keys.press("^Start Research")
    card = root.get_by_role("group", name="A question from the agent")
    expect(card).to_be_visible()
    keys.to("^Not on labels")
    page.keyboard.press("ArrowDown")
    expect(card.get_by_role("radio", name="On labels", exact=False).nth(1)).to_be_checked()
    keys.press("^Answer$")
    expect(root.get_by_text("the agent goes on as it did then")).to_be_visible()
    # The step takes two turns: agents that are ended between them are started again for the second.
    expect(root.get_by_role("navigation").get_by_role("button", name="Research").first).to_contain_text("Done")
