"""In Notebook 7 pages are shown in the side panel: leaving one with something typed in it asks, as closing a tab does."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from keyboard import Keys
from lab import PATIENCE_S, Notebook
from playwright.sync_api import Locator, Page, Route, expect
from shelf_page import Shelf

Open = Callable[..., Notebook]

SKILL = "invoice-matching"
"""The name that its example gives it."""
CALL = re.compile(r"/workbench/call\b")
RUN = "([command, args]) => void window.jupyterapp.commands.execute(command, args)"


def run(page: Page, command: str, **args: str) -> Locator:
    """Runs a command of Workbench; gives the panel, in which Notebook 7 shows what it opens."""
    page.evaluate(RUN, [f"workbench:{command}", args])
    return page.locator("#workbench-panel")


def dialog(page: Page) -> Locator:
    return page.locator(".jp-Dialog")


def test_with_the_keyboard_alone_feedback_that_was_not_sent_is_asked_about_before_it_is_left(
    shelf: Shelf, notebook: Open
) -> None:
    page = notebook("1", classic=True).page
    panel, keys = run(page, "send-feedback"), Keys(page)
    box = panel.get_by_role("textbox", name="What is wrong, or what do you wish for?")
    expect(box).to_be_focused()
    page.keyboard.type("It fails.")
    keys.press("^Back$", back=True)
    expect(dialog(page)).to_contain_text('What you typed in "Feedback" was not sent.')
    expect(dialog(page).get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog(page)).to_have_count(0)
    expect(box).to_have_value("It fails.")
    expect(panel.get_by_role("button", name="Back", exact=True)).to_be_focused()
    # What is asked for again is there, as it was left.
    run(page, "send-feedback")
    expect(box).to_have_value("It fails.")
    expect(dialog(page)).to_have_count(0)
    keys.press("^Back$", back=True)
    expect(dialog(page)).to_be_visible()
    page.keyboard.press("Tab")
    expect(dialog(page).get_by_role("button", name="Discard")).to_be_focused()
    page.keyboard.press("Enter")
    expect(panel.get_by_role("heading", name="Skills", exact=True)).to_be_visible()
    # The keyboard is where the panel begins.
    keys.press("^Back$")
    expect(panel.locator(".wb-sessions")).to_be_visible()
    expect(dialog(page)).to_have_count(0)


def test_an_answer_that_is_not_saved_yet_is_saved_or_kept_before_its_page_is_left(shelf: Shelf, notebook: Open) -> None:
    shelf.call("workflow.create", skill=SKILL, example=SKILL)
    shelf.call("workflow.run", skill=SKILL, provider="replay", autofill=True, until="research", speed=0)
    page = notebook("1", classic=True).page
    panel = run(page, "open-workflow", skill=SKILL)
    panel.get_by_role("navigation", name="Steps").get_by_role("button", name="Research").first.click()
    refused = 0

    def refuse(route: Route) -> None:
        nonlocal refused
        if saves(route):
            refused += 1
            route.abort()
        else:
            route.continue_()

    def refused_times(count: int) -> None:
        end = time.monotonic() + PATIENCE_S
        while refused < count:
            assert time.monotonic() < end, f"it was tried {refused} times, not {count}"
            page.wait_for_timeout(50)

    page.route(CALL, refuse)
    words = panel.locator('[data-question="Q3"]').get_by_role("textbox")
    words.fill("What only I know")
    refused_times(1)  # when the keyboard rests
    back = panel.get_by_role("button", name="Back", exact=True)
    back.click()
    refused_times(2)  # when it leaves the box
    expect(dialog(page)).to_contain_text(f'Save what you typed in "{SKILL}" before closing?')
    dialog(page).get_by_role("button", name="Save").click()
    refused_times(3)
    # It could not be: it stays, and says so.
    expect(panel.get_by_text("Not saved:").first).to_be_visible()
    expect(words).to_have_value("What only I know")
    page.unroute(CALL)
    back.click()
    dialog(page).get_by_role("button", name="Save").click()
    expect(panel.get_by_role("heading", name="Skills", exact=True)).to_be_visible()
    sections = shelf.call("workflow.state", skill=SKILL)["clarifications"]["sections"]
    said = {each["id"]: each["answer_text"] for section in sections for each in section["questions"]}
    assert said["Q3"] == "What only I know"


def test_a_skill_that_is_left_in_the_panel_is_asked_about_once(shelf: Shelf, notebook: Open) -> None:
    shelf.create("typed")
    page = notebook("1", classic=True).page
    panel = run(page, "open-skill", skill="typed")
    panel.get_by_role("group", name="Form").get_by_label("License").fill("MIT")
    panel.get_by_role("button", name="Back to all skills").click()
    panel.get_by_role("alertdialog").get_by_role("button", name="Discard").click()
    expect(panel.get_by_role("heading", name="Skills", exact=True)).to_be_visible()
    expect(dialog(page)).to_have_count(0)


def saves(route: Route) -> bool:
    return '"workflow.answer"' in (route.request.post_data or "")
