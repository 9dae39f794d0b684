"""A recording made of all that a page must not run."""

from __future__ import annotations

from collections.abc import Callable

from lab import Lab, Notebook, starts
from playwright.sync_api import BrowserContext, expect

Open = Callable[..., Notebook]

LAST = "the last line is here."

LEFTOVERS = """log => [...log.querySelectorAll('.wb-markdown *')].flatMap(node =>
  [...node.attributes]
    .filter(({ name }) => ['id', 'class', 'style', 'name', 'src', 'srcset'].includes(name) || /^(on|data-)/.test(name))
    .map(({ name, value }) => `<${node.localName} ${name}="${value}">`)
)"""

ELEMENTS = """log => [...log.querySelectorAll(
  'script,iframe,object,embed,style,link,meta,base,form,input,video,audio,math,template,marquee,img,.wb-markdown svg,.wb-markdown button'
)].map(node => node.outerHTML.slice(0, 80))"""

LINKS = "log => [...log.querySelectorAll('a[href]')].map(node => node.href)"


def test_it_runs_nothing_asks_for_nothing_and_leaves_nothing(notebook: Open, context: BrowserContext) -> None:
    asked: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    book = notebook(starts(recording="hostile", speed=0))
    book.run(0)
    view = book.view(0)
    view.says("Finished")
    expect(view.log).to_contain_text(LAST)
    closed = view.log.locator("[aria-expanded=false]")
    while closed.count():
        closed.first.click()
    book.save()
    assert book.page.evaluate("() => window.__pwned") is None
    assert [url for url in asked if not url.startswith((book.lab.server.url, "data:", "blob:"))] == []
    assert view.log.evaluate(LEFTOVERS) == []
    assert view.log.evaluate(ELEMENTS) == []
    assert [link for link in view.log.evaluate(LINKS) if not link.startswith(("http://", "https://"))] == []
    assert book.page.locator(".jp-Dialog, [role=alertdialog]").count() == 0
    expect(book.page.locator("#main")).to_be_visible()


def test_what_the_notebook_keeps_of_it_is_defused_too(notebook: Open, bare: Lab) -> None:
    book = notebook(starts(recording="hostile", speed=0))
    book.run(0)
    book.view(0).says("Finished")
    book.keeps_the_text(0, LAST)
    book.save()
    asked: list[str] = []
    shown = book.copied_to(bare)
    shown.page.on("request", lambda request: asked.append(request.url))
    shown.open()
    expect(shown.cell(0).locator(".jp-RenderedMarkdown")).to_contain_text(LAST)
    assert shown.page.evaluate("() => window.__pwned") is None
    assert [url for url in asked if not url.startswith((bare.server.url, "data:", "blob:"))] == []
