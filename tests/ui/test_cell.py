"""A run in a cell, as a person sees it: it streams, and nothing that happens to the page, kernel or server loses a word."""

from __future__ import annotations

from collections.abc import Callable

from lab import LOAD, Notebook, View, flood
from playwright.sync_api import expect

Open = Callable[..., Notebook]

EVENTS = 3_000
RATE = 400
LONG = (
    "import workbench\n"
    f"run = workbench.open().agents.start('Go', provider='replay', options={{'recording': 'flood', 'events': {EVENTS}, 'rate': {RATE}}})\n"
    "run"
)


def has_all_once(view: View) -> None:
    view.says("Finished")
    assert view.words() == flood(EVENTS)


def test_the_tour_streams_into_its_cell(notebook: Open) -> None:
    book = notebook(LOAD, "%%agent --provider replay --permission accept_edits\nReview the skill")
    book.run_to_end(0)
    book.run(1)
    view = book.view(1)
    view.says("Running")
    expect(view.root.get_by_text("Read", exact=True).first).to_be_visible()
    view.says("Finished")
    expect(view.root.locator(".wb-footer")).to_contain_text("$")
    expect(view.root.get_by_text("replay", exact=True).first).to_be_visible()
    assert book.page.locator(".wb-badge").count() == 1


def test_a_reload_in_mid_run_shows_the_same_text_once_and_goes_on(notebook: Open) -> None:
    book = notebook(LONG)
    book.run(0)
    book.view(0).has_word(300)
    book.reload()
    view = book.view(0)
    view.has_word(300)
    view.says("Running")
    has_all_once(view)
