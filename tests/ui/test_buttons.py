"""Buttons and keys in a view: they work while a cell is busy, and never do anything to the notebook."""

from __future__ import annotations

from collections.abc import Callable

from lab import LOAD, Notebook, starts
from playwright.sync_api import expect

Open = Callable[..., Notebook]
Measured = Callable[[str, float], None]

BUSY = "import time\ntime.sleep(300)"
BOUND = 45.0
"""Seconds, far less than the cell is busy. The promise is half a second on a machine that does nothing else; what it was is printed."""


def test_stop_works_while_another_cell_is_busy(notebook: Open, measured: Measured) -> None:
    book = notebook(starts(recording="flood", events=100_000, rate=300), BUSY)
    book.run(0)
    book.view(0).has_word(100)
    book.run(1)
    expect(book.prompt(1)).to_have_text("[*]:")
    took = book.view(0).timed_click("Stop the agent", "Stopped")
    measured("Stop while a cell is busy", took)
    expect(book.prompt(1)).to_have_text("[*]:")
    book.view(0).says("Stopped")
    assert took < BOUND


def test_approving_works_while_another_cell_is_busy(notebook: Open, measured: Measured) -> None:
    book = notebook(starts(recording="tour", speed=5), BUSY)
    book.run(0)
    book.view(0).says("Waiting for you")
    book.run(1)
    expect(book.prompt(1)).to_have_text("[*]:")
    took = book.view(0).timed_click("Allow", "Allowed.")
    measured("Approve while a cell is busy", took)
    expect(book.prompt(1)).to_have_text("[*]:")
    book.view(0).says("Finished")
    assert took < BOUND


def test_tab_leads_to_allow_and_focus_stays_in_the_card(notebook: Open) -> None:
    book = notebook(LOAD, "%%agent --provider replay --speed 5\nReview the skill")
    book.run_to_end(0)
    book.run(1)
    view = book.view(1)
    view.says("Waiting for you")
    allow = view.button("Allow")
    view.log.focus()
    for _ in range(12):
        if allow.evaluate("node => node === document.activeElement"):
            break
        book.page.keyboard.press("Tab")
    expect(allow).to_be_focused()
    book.page.keyboard.press("Enter")
    expect(view.root.get_by_text("Allowed.")).to_be_visible()
    assert book.page.evaluate("() => document.activeElement.closest('.wb-card') !== null")
    view.says("Finished")
    assert book.page.locator(".jp-Notebook .jp-Cell").count() == 2


def test_d_d_in_a_view_deletes_nothing_and_escape_gives_the_keys_back(notebook: Open) -> None:
    book = notebook(starts(recording="flood", events=200), "1")
    book.run(0)
    book.view(0).says("Finished")
    cells = book.page.locator(".jp-Notebook .jp-Cell")
    book.view(0).log.focus()
    for key in ("d", "d", "x", "a", "b"):
        book.page.keyboard.press(key)
    expect(cells).to_have_count(2)
    book.page.keyboard.press("Escape")
    # One key: of two that belong together, the second must come within a second.
    book.page.keyboard.press("b")
    expect(cells).to_have_count(3)
