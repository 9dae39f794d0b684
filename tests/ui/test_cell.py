"""A run in a cell, as a person sees it: it streams, and nothing that happens to page, kernel or server loses a word."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from lab import LOAD, Lab, Notebook, View, flood, starts
from playwright.sync_api import BrowserContext, WebSocket, expect

Open = Callable[..., Notebook]
Measured = Callable[[str, float], None]

EVENTS = 3_000
LONG = starts(recording="flood", events=EVENTS, rate=500)
ENDLESS = starts(recording="flood", events=100_000, rate=300)
"""For what has to be at work still; who starts it stops it."""


def has_all_once(view: View) -> None:
    view.says("Finished")
    assert view.words() == flood(EVENTS)


def running(book: Notebook) -> Notebook:
    """A notebook whose first cell streams, some way into it."""
    book.run(0)
    book.view(0).has_word(300)
    return book


def test_the_tour_streams_into_its_cell(notebook: Open) -> None:
    book = notebook(LOAD, "%%agent --provider replay --permission accept_edits --speed 0.5\nReview the skill")
    book.run_to_end(0)
    book.run(1)
    view = book.view(1)
    view.says("Running")
    # Two tools behind each other become one line, which may be before the browser has looked.
    expect(view.root.get_by_text(re.compile("^Read( 1 file.*)?$")).first).to_be_visible()
    view.says("Finished")
    expect(view.root.locator(".wb-footer")).to_contain_text("$")
    expect(view.root.locator(".wb-badge")).to_have_text(["replay"])


def test_a_reload_in_mid_run_shows_the_same_text_once_and_goes_on(notebook: Open, measured: Measured) -> None:
    book = running(notebook(ENDLESS))
    began = time.monotonic()
    book.reload()
    view = book.view(0)
    view.has_word(300)
    measured("reload to the text", time.monotonic() - began)
    view.says("Running")
    view.has_word(len(view.words()) + 300)
    view.button("Stop the agent").click()
    view.says("Stopped")
    words = view.words()
    assert words == flood(len(words))


def test_a_restarted_kernel_changes_nothing_before_a_reload_or_after(notebook: Open, lab: Lab) -> None:
    book = running(notebook(LONG))
    lab.restart_kernel(book.name)
    book.view(0).has_word(1_500)
    book.reload()
    has_all_once(book.view(0))


def test_a_killed_server_that_comes_back_goes_on_in_the_same_page(notebook: Open, lab: Lab, measured: Measured) -> None:
    book = running(notebook(LONG))
    began = time.monotonic()
    lab.kill_and_restart()
    answered = time.monotonic()
    view = book.view(0)
    expect(view.root.get_by_text("Reconnecting")).to_have_count(0)
    has_all_once(view)
    measured("server killed to server answering", answered - began)
    measured("server answering to all words", time.monotonic() - answered)


def test_a_second_tab_shows_the_same_and_nobody_asks_about_a_changed_file(notebook: Open) -> None:
    first = running(notebook(LONG))
    second = first.second_tab()
    second.view(0).has_word(300)
    has_all_once(second.view(0))
    has_all_once(first.view(0))
    second.save()
    first.save()
    for tab in (first, second):
        expect(tab.page.locator(".jp-Dialog")).to_have_count(0)


def test_ten_thousand_events_at_two_thousand_a_second_all_arrive(notebook: Open) -> None:
    book = notebook(starts(recording="flood", events=10_000, rate=2_000))
    book.run(0)
    book.view(0).says("Finished")
    assert book.view(0).words() == flood(10_000)


def test_no_comm_is_opened(notebook: Open, context: BrowserContext) -> None:
    frames: list[bytes] = []

    def listen(socket: WebSocket) -> None:
        for way in ("framesent", "framereceived"):
            socket.on(way, lambda frame: frames.append(frame if isinstance(frame, bytes) else frame.encode()))

    context.on("page", lambda page: page.on("websocket", listen))
    count = "from comm import get_comm_manager\nprint('comms:', len(get_comm_manager().comms))"
    book = notebook(starts(recording="flood", events=100), count)
    book.run(0)
    book.view(0).says("Finished")
    expect(book.run_to_end(1)).to_contain_text("comms: 0")
    assert any(b"execute_request" in frame for frame in frames)
    # The widget manager asks each kernel for its widgets over a comm of its own; there is no other.
    opened = [frame for frame in frames if b"comm_open" in frame and b"target_name" in frame]
    assert [frame for frame in opened if b"jupyter.widget.control" not in frame] == []
