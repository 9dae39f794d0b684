"""The places of a session beside its cell: panel, tab, status bar, launcher, palette; and Notebook 7."""

from __future__ import annotations

from collections.abc import Callable

from lab import Lab, Notebook, View, empty_lab, flood, palette, starts
from playwright.sync_api import Page, expect

Open = Callable[..., Notebook]

SLOW = starts(recording="flood", events=3_000, rate=300)


def panel(page: Page):
    return page.locator("#workbench-panel")


def test_the_panel_lists_a_session_and_its_tab_is_back_after_a_reload(notebook: Open) -> None:
    book = notebook(starts(recording="flood", events=100_000, rate=300))
    book.run(0)
    book.view(0).has_word(50)
    expect(book.page.locator(".wb-status-item")).to_contain_text("1 agent")
    book.page.locator(".jp-SideBar [data-id=workbench-panel]").click()
    row = panel(book.page).locator(".wb-row", has_text="Go")
    expect(row.first).to_have_attribute("data-state", "busy")
    row.first.locator(".wb-row-open").click()
    tab = View(book.page.locator(".wb-session[data-place=page]"))
    tab.has_word(50)
    # JupyterLab keeps its layout some time after it has changed; the page is asked, because it awaits the answer.
    book.page.evaluate(LAYOUT_HOLDS_A_TAB, book.workspace)
    book.page.reload()
    tab.has_word(50)
    tab.has_word(len(tab.words()) + 100)
    tab.button("Stop the agent").click()
    tab.says("Stopped")
    words = tab.words()
    assert words == flood(len(words))
    expect(book.page.locator(".wb-status-item")).not_to_contain_text("1 agent")


def test_a_session_is_stopped_from_the_panel(notebook: Open) -> None:
    book = notebook(starts(recording="flood", events=50_000, rate=300))
    book.run(0)
    book.view(0).has_word(50)
    book.page.locator(".jp-SideBar [data-id=workbench-panel]").click()
    panel(book.page).get_by_role("button", name="Stop the agent: Go").click()
    book.view(0).says("Stopped")


def test_the_launcher_and_the_palette_lead_to_a_new_session(lab: Lab, page: Page) -> None:
    empty_lab(lab, page)
    page.locator(".jp-LauncherCard", has_text="Agent").first.click()
    box = panel(page).get_by_label("What should the agent do?")
    expect(box).to_be_focused()
    palette(page, "New Agent Session")
    page.keyboard.press("Escape")
    panel(page).get_by_role("combobox").select_option("replay")
    box.fill("Review the skill")
    box.press("Enter")
    tab = View(page.locator(".wb-session[data-place=page]"))
    tab.says("Waiting for you")
    tab.button("Allow").click()
    tab.says("Finished")
    expect(page.locator(".wb-status-item")).to_contain_text("today")


def test_in_notebook_7_a_cell_streams_and_survives_a_reload(notebook: Open) -> None:
    book = notebook(SLOW, classic=True)
    book.run(0)
    book.view(0).has_word(300)
    book.reload()
    book.view(0).has_word(300)
    book.view(0).says("Finished")
    assert book.view(0).words() == flood(3_000)


def test_in_notebook_7_a_session_opens_in_the_side_panel(notebook: Open) -> None:
    book = notebook(starts(recording="flood", events=300), classic=True)
    book.run(0)
    book.view(0).says("Finished")
    book.view(0).button("Open the session").click()
    side = View(panel(book.page).locator(".wb-session"))
    side.says("Finished")
    assert side.words() == flood(300)


LAYOUT_HOLDS_A_TAB = """async workspace => {
  const { workspaces } = window.jupyterapp.serviceManager;
  const layout = async () => JSON.stringify((await workspaces.fetch(workspace)).data['layout-restorer:data'] ?? {});
  while (!(await layout()).includes('workbench-session-')) {
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}"""
