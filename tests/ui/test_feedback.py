"""A person says what is wrong with Workbench, and sees what would be sent before anything is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from lab import Lab, empty_lab, palette
from playwright.sync_api import BrowserContext, Page, expect
from shelf_page import Shelf

KEY = "sk-ant-" + "0123456789abcdef" * 2


@pytest.fixture
def shelf(lab: Lab) -> Iterator[Shelf]:
    shelf = Shelf(lab)
    yield shelf
    shelf.call("settings.save", changes={"feedback_repository": ""}, secrets={"ANTHROPIC_API_KEY": None})


def test_feedback_is_written_looked_over_with_its_keys_masked_and_copied_with_the_keyboard_alone(
    shelf: Shelf, page: Page, context: BrowserContext
) -> None:
    shelf.call("settings.save", secrets={"ANTHROPIC_API_KEY": KEY})
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    empty_lab(shelf.lab, page)
    expect(page.locator(".jp-Launcher-body")).to_be_visible()
    palette(page, "Send Feedback")
    page.keyboard.press("Enter")
    root = page.locator(".wb-root:visible", has=page.get_by_role("heading", name="Feedback about Workbench"))
    box = root.get_by_role("textbox", name="What is wrong, or what do you wish for?")
    expect(box).to_be_focused()
    page.keyboard.type(f"The export fails with {KEY} in the log. I expected a file.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    text = root.get_by_role("textbox", name="Text")
    expect(text).to_be_visible()
    assert KEY not in text.input_value()
    assert "[REDACTED]" in text.input_value()
    text.focus()
    page.keyboard.press("Control+End")
    page.keyboard.type(f"My log: {KEY}")
    assert root.get_by_role("textbox", name="Title").input_value().startswith("The export fails")
    # Nobody said where it goes: it can be taken along.
    expect(root.get_by_text("was not told where feedback goes")).to_be_visible()
    expect(root.get_by_role("button", name="Send it")).to_have_count(0)
    copy = root.get_by_role("button", name="Copy the text")
    copy.focus()
    page.keyboard.press("Enter")
    expect(root.get_by_text("Copied.")).to_be_visible()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "I expected a file." in copied
    assert "My log: [REDACTED]" in copied
    assert KEY not in copied + text.input_value()


def test_the_help_menu_leads_to_feedback_and_a_repository_that_is_set_is_named(shelf: Shelf, page: Page) -> None:
    shelf.call("settings.save", changes={"feedback_repository": "octo/workbench"})
    empty_lab(shelf.lab, page)
    page.get_by_role("menuitem", name="Help", exact=True).click()
    page.get_by_role("menuitem", name="Send Feedback about Workbench").click()
    root = page.locator(".wb-root:visible", has=page.get_by_role("heading", name="Feedback about Workbench"))
    root.get_by_role("radio", name="I wish for something").check()
    root.get_by_role("textbox", name="What is wrong, or what do you wish for?").fill("Dark tables.")
    root.get_by_role("button", name="Look it over").click()
    expect(root.get_by_text("octo/workbench")).to_be_visible()
    expect(root.get_by_role("button", name="Send it")).to_be_visible()
    there = re.compile(r"^https://github\.com/octo/workbench/issues/new\?title=Dark\+tables")
    link = root.get_by_role("link", name="Open it as an issue")
    expect(link).to_have_attribute("href", there)
    root.get_by_role("textbox", name="Text").fill("漢" * 3_000)
    expect(root.get_by_text("has no room for all of the text")).to_be_visible()
    assert len(link.get_attribute("href") or "") <= 6_000
    root.get_by_role("button", name="Back to my words").click()
    expect(root.get_by_role("textbox", name="What is wrong")).to_have_value("Dark tables.")
    root.get_by_role("button", name="Look it over").click()
    expect(root.get_by_role("textbox", name="Text")).to_have_value("漢" * 3_000)
