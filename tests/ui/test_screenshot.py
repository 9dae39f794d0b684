"""The pictures: the README's, and its like in the dark. They are always made; WORKBENCH_SCREENSHOT=1 keeps the README's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from lab import LOAD, Lab, Notebook, lab_server
from playwright.sync_api import Page, expect

HERE = Path(__file__).parent
README = HERE.parents[1] / "extension" / "screenshot.png"

PROMPT = "Review the skill in skills/haiku-commit and write down what you would change."
OPTIONS = "--provider replay --skill haiku-commit --speed 6"


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Lab]:
    """A Lab in which nothing has run."""
    lab = Lab(lab_server(tmp_path))
    lab.server.start()
    yield lab
    lab.tidy()
    lab.server.stop()


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_tour_has_its_picture_taken(fresh: Lab, page: Page, theme: str) -> None:
    fresh.write("tour.ipynb", LOAD, f"%%agent {OPTIONS}\n{PROMPT}")
    book = Notebook(fresh, page, "tour.ipynb").open().connected()
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {theme}"
    )
    page.locator(".jp-SideBar [data-id=workbench-panel]").click()
    book.run_to_end(0)
    book.run(1)
    view = book.view(1)
    view.says("Waiting for you")
    view.button("Deny").scroll_into_view_if_needed()
    shot(book, f"waiting-{theme.lower()}")
    view.button("Allow").click()
    view.says("Finished")
    footer = view.root.locator(".wb-footer")
    expect(footer).to_contain_text("$")
    footer.evaluate("node => node.scrollIntoView({ block: 'end' })")
    expect(page.locator(".wb-status-item")).to_contain_text("today")
    picture = shot(book, f"tour-{theme.lower()}")
    assert picture.stat().st_size < 300_000
    if theme == "Light" and os.environ.get("WORKBENCH_SCREENSHOT"):
        shutil.copy(picture, README)


def shot(book: Notebook, name: str) -> Path:
    path = HERE / "screenshots" / f"{name}.png"
    book.page.mouse.move(640, 790)
    book.page.screenshot(path=path, animations="disabled")
    return path
