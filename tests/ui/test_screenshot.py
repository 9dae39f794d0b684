"""The pictures: the README's, and its like in the dark. They are always made; WORKBENCH_SCREENSHOT=1 keeps the README's."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from lab import LOAD, Notebook
from playwright.sync_api import expect

HERE = Path(__file__).parent
README = HERE.parents[1] / "extension" / "screenshot.png"

PROMPT = "Review the skill in skills/haiku-commit and write down what you would change."
OPTIONS = "--provider replay --skill haiku-commit --speed 6"


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_tour_has_its_picture_taken(notebook: Callable[..., Notebook], theme: str) -> None:
    book = notebook(LOAD, f"%%agent {OPTIONS}\n{PROMPT}")
    page = book.page
    page.evaluate(
        "theme => window.jupyterapp.commands.execute('apputils:change-theme', { theme })", f"JupyterLab {theme}"
    )
    page.locator(".jp-SideBar [data-id=workbench-panel]").click()
    book.run_to_end(0)
    book.run(1)
    view = book.view(1)
    view.says("Waiting for you")
    shot(book, f"waiting-{theme.lower()}")
    view.button("Allow").click()
    view.says("Finished")
    expect(view.root.locator(".wb-footer")).to_contain_text("$")
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
