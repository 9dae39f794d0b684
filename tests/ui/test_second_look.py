"""What a second look finds: a card in two tabs, a question answered without a mouse, a transcript too long for a page."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lab import Lab, Notebook, View, starts
from playwright.sync_api import Locator, Page, expect

Open = Callable[..., Notebook]

BLOCKS = 4_500
SHOWN = 2_000


def test_a_permission_answered_in_another_tab_is_settled_in_both(notebook: Open) -> None:
    first = notebook(starts(recording="tour", speed=0))
    first.run(0)
    first.view(0).says("Waiting for you")
    first.view(0).button("Deny").focus()
    second = first.second_tab()
    second.view(0).button("Allow").click()
    for tab in (first, second):
        tab.view(0).says("Finished")
        expect(card(tab.view(0)).get_by_role("status")).to_have_text("Allowed.")
        expect(tab.view(0).button("Allow")).to_have_count(0)
        expect(tab.view(0).log.get_by_text("Ask me to fix it")).to_be_visible()
    assert first.view(0).log.inner_text() == second.view(0).log.inner_text()
    expect(card(first.view(0)).get_by_role("status")).to_be_focused()


def test_questions_are_answered_by_mouse_and_by_keyboard_and_the_keys_stay_in_the_card(
    notebook: Open, lab: Lab
) -> None:
    book = notebook(starts(recording=recorded(lab, "questions", questions()), speed=0), "1")
    book.run(0)
    view, keys = book.view(0), book.page.keyboard
    view.says("Waiting for you")

    by_mouse = card(view, 0)
    by_mouse.get_by_role("radio", name="Beta").click()
    by_mouse.get_by_role("checkbox", name="Unit").click()
    by_mouse.get_by_role("checkbox", name="Browser").click()
    by_mouse.get_by_role("button", name="Answer", exact=True).click()
    expect(by_mouse.locator("dd")).to_have_text(["Beta", "Unit, Browser"])
    keeps_the_keys(by_mouse, "Answered.", book)

    by_keyboard = card(view, 1)
    tab_to(by_keyboard.get_by_role("radio", name="Stable"), book.page)
    keys.press("ArrowDown")
    expect(by_keyboard.get_by_role("radio", name="Beta")).to_be_checked()
    keys.press("Tab")
    keys.type("dd, then nightly")
    expect(by_keyboard.get_by_role("radio", name="Beta")).not_to_be_checked()
    tab_to(by_keyboard.get_by_role("checkbox", name="Unit"), book.page)
    keys.press("Space")
    keys.press("Enter")
    expect(by_keyboard.locator("dd")).to_have_text(["dd, then nightly", "Unit"])
    keeps_the_keys(by_keyboard, "Answered.", book)

    declined = card(view, 2)
    tab_to(declined.get_by_role("button", name="Do not answer"), book.page)
    keys.press("Enter")
    keeps_the_keys(declined, "Not answered.", book)
    view.says("Finished")
    keys.press("Escape")
    expect(book.cell(0)).to_be_focused()


def test_earlier_blocks_come_on_request_in_order_and_the_place_is_kept(notebook: Open, lab: Lab) -> None:
    book = notebook(starts(recording=recorded(lab, "long", lines(BLOCKS)), speed=0), "1")
    book.run(0)
    view = book.view(0)
    view.says("Finished")
    assert numbers(view)[-1] == BLOCKS
    # The last block but those shown: the prompt and the end of the turn are blocks too.
    for shown, pressed in ((SHOWN - 1, "(2,502 more)"), (2 * SHOWN - 1, "(502 more)")):
        assert numbers(view) == list(range(BLOCKS - shown + 1, BLOCKS + 1))
        assert view.log.locator(".wb-log-body > *").count() <= shown + 2
        view.log.evaluate("log => log.scrollTo(0, 0)")
        place = top_of(view, BLOCKS - shown + 1)
        view.log.focus()
        book.page.keyboard.press("Tab")
        expect(view.button(f"Show earlier {pressed}")).to_be_focused()
        book.page.keyboard.press("Enter")
        expect(view.button(f"Show earlier {pressed}")).to_have_count(0)
        assert abs(top_of(view, BLOCKS - shown + 1) - place) <= 2
        expect(view.log).to_be_focused()
    assert numbers(view) == list(range(1, BLOCKS + 1))
    book.page.keyboard.type("dd")
    expect(book.page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)
    view.button("Jump to latest").click()
    expect(view.log.get_by_text(f"line {BLOCKS}", exact=True)).to_be_in_viewport()


def card(view: View, number: int = 0) -> Locator:
    return view.log.locator(".wb-card").nth(number)


def keeps_the_keys(answered: Locator, outcome: str, book: Notebook) -> None:
    """The card says what became of it, has the focus, and what is typed there does nothing to the notebook."""
    expect(answered.get_by_role("status")).to_have_text(outcome)
    expect(answered.get_by_role("status")).to_be_focused()
    book.page.keyboard.type("dd")
    expect(book.page.locator(".jp-Notebook .jp-Cell")).to_have_count(2)


def tab_to(target: Locator, page: Page) -> None:
    """Presses Tab, as often as a person would bear, until it leads to the target."""
    expect(target).to_be_visible()
    for _ in range(12):
        if target.evaluate("node => node === document.activeElement"):
            break
        page.keyboard.press("Tab")
    expect(target).to_be_focused()


def numbers(view: View) -> list[int]:
    texts = view.log.evaluate("log => [...log.querySelectorAll('.wb-markdown')].map(each => each.textContent.trim())")
    return [int(text.removeprefix("line ")) for text in texts]


def top_of(view: View, number: int) -> float:
    """Where a line stands, in pixels below the top of the log."""
    line = view.log.get_by_text(f"line {number}", exact=True)
    return float(
        line.evaluate("node => node.getBoundingClientRect().top - node.closest('.wb-log').getBoundingClientRect().top")
    )


def recorded(lab: Lab, name: str, events: Iterator[dict[str, Any]]) -> str:
    """A recording of one run made of these events; gives its path."""
    path: Path = lab.root / f"{name}.jsonl"
    ask = {"id": "r", "method": "sendMessage", "params": {"prompt": "Go"}}
    end = {"type": "end", "id": "r", "stopReason": "end_turn", "turns": 1}
    frames = [("in", ask), *(("out", {"id": "r", **event}) for event in events), ("out", end)]
    records = [{"seq": seq, "t": 0, "d": d, "f": f} for seq, (d, f) in enumerate(frames, 1)]
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return str(path)


def lines(count: int) -> Iterator[dict[str, Any]]:
    """Messages of one line each; every one is a block."""
    for number in range(1, count + 1):
        content = {"type": "text", "text": f"line {number}"}
        yield {"type": "agent_message_chunk", "content": content, "messageId": f"m{number}"}


def questions() -> Iterator[dict[str, Any]]:
    """Three times the same two questions."""
    channel = [{"label": "Stable"}, {"label": "Beta", "description": "For those who test."}]
    checks = [{"label": "Unit"}, {"label": "Browser"}]
    asked = [
        {"header": "Where", "question": "Which channel?", "options": channel},
        {"header": "Checks", "question": "Which checks?", "options": checks, "multiSelect": True},
    ]
    for number in range(3):
        yield {"type": "userInputRequest", "userInputId": f"q{number}", "questions": asked}
