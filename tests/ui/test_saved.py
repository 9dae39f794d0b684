"""What a notebook keeps of a run, and what it shows where Workbench is not."""

from __future__ import annotations

from collections.abc import Callable

from lab import Lab, Notebook, flood, starts
from playwright.sync_api import expect

Open = Callable[..., Notebook]

OUR_RENDERER = ".wb-output"


def test_a_run_of_three_thousand_events_leaves_a_small_notebook_that_reads_without_workbench(
    notebook: Open, lab: Lab, bare: Lab
) -> None:
    book = notebook(starts(recording="flood", events=3_000))
    book.run(0)
    book.view(0).says("Finished")
    book.keeps_the_text(0, "w3000")
    book.save()
    assert (lab.root / book.name).stat().st_size < 30_000
    shown = book.copied_to(bare).open()
    text = shown.cell(0).locator(".jp-RenderedMarkdown")
    expect(text).to_contain_text("w1 w2 w3")
    expect(text).to_contain_text("w3000")
    expect(shown.cell(0)).not_to_contain_text("model not found")


def test_without_our_front_end_a_widget_shows_all_ten_thousand_events(notebook: Open, bare: Lab) -> None:
    source = starts(recording="flood", events=10_000, rate=2_000)
    shown = source.removesuffix("run") + "workbench.open().view('session', session=run.session)"
    book = notebook(shown, lab=bare)
    book.run(0)
    view = book.view(0)
    view.has_word(100)
    expect(book.page.locator(OUR_RENDERER)).to_have_count(0)
    view.says("Finished")
    assert view.words() == flood(10_000)


def test_a_widget_leaves_markdown_and_not_model_not_found(notebook: Open, bare: Lab) -> None:
    book = notebook(starts(recording="flood", events=100_000, rate=300), lab=bare)
    book.run(0)
    book.view(0).has_word(100)
    expect(book.page.locator(OUR_RENDERER)).to_have_count(0)
    book.view(0).button("Stop the agent").click()
    text = book.cell(0).locator(".jp-RenderedMarkdown")
    expect(text).to_contain_text("w100")
    expect(text).to_contain_text("Aborted: stopped.")
    book.save()
    bare.tidy()
    # A server that is told to end while it starts a kernel does not: the page gets its new one first.
    book.reload().connected()
    expect(text).to_contain_text("w100")
    expect(book.cell(0)).not_to_contain_text("model not found")
