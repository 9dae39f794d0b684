"""A real JupyterLab, and a page of it as a person uses it: type into cells, click, reload, look.

Idea: a `Lab` is a server with homes of its own; a `Notebook` is one notebook open in one tab. Waiting is always for
something that can be seen. Whatever a test starts, `Lab.tidy` ends: kernels first, then agents, which outlive everything.
"""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from servers import Server, end_agents

from workbench.app import Workbench
from workbench.protocol.screen import VIEW_MIME

PATIENCE_S = 60
"""Seconds within which anything must happen, on a machine that stands still for some of them."""

PACKAGE = "@jupyter-workbench/lab"
LOAD = "%load_ext workbench"
QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


def lab_server(root: Path, *, extension: bool = True) -> Server:
    """JupyterLab and Notebook 7 on one server; without our `extension` it is one where Workbench was never installed."""
    extensions = None
    _write(root / "config/lab/user-settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings", QUIET)
    if not extension:
        extensions = "{'workbench': False, 'jupyterlab': True, 'notebook': True}"
        _write(root / "config/labconfig/page_config.json", {"disabledExtensions": {PACKAGE: True}})
    options = tuple(f"--{app}.expose_app_in_browser=True" for app in ("LabApp", "JupyterNotebookApp"))
    return Server(root, program="jupyterlab", options=options, extensions=extensions)


def _write(path: Path, value: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value))


class Lab:
    """The server, its files, and what the ledger of its home says."""

    def __init__(self, server: Server) -> None:
        self.server = server

    @property
    def root(self) -> Path:
        return self.server.root

    def write(self, name: str, *sources: str, **more: Any) -> None:
        """A notebook with these cells, on disk."""
        cells = [
            {
                "id": f"c{n}",
                "cell_type": "code",
                "source": source,
                "metadata": {},
                "outputs": [],
                "execution_count": None,
            }
            for n, source in enumerate(sources)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        _write(
            self.root / name,
            {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5, **more},
        )

    def saved(self, name: str) -> dict[str, Any]:
        """The notebook as it lies on disk."""
        return json.loads((self.root / name).read_text())

    def api(self, method: str, path: str) -> Any:
        request = urllib.request.Request(
            f"{self.server.url}/api/{path}",
            method=method,
            headers=self.server.auth,
            data=b"" if method == "POST" else None,
        )
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as response:
            body = response.read()
        return json.loads(body) if body else None

    @contextmanager
    def bench(self) -> Iterator[Workbench]:
        """The home of this server, opened beside it."""
        with Workbench.open(self.root / "home") as bench:
            yield bench

    def restart_kernel(self, name: str) -> None:
        session = next(each for each in self.api("GET", "sessions") if each["path"] == name)
        self.api("POST", f"kernels/{session['kernel']['id']}/restart")

    def kill_and_restart(self) -> None:
        self.server.stop(kill=True)
        self.server.start()

    def tidy(self) -> None:
        """No kernel and no agent is left to the next test."""
        for each in self.api("GET", "sessions"):
            self.api("DELETE", f"sessions/{each['id']}")
        end_agents(self.root)


@dataclass
class Notebook:
    """One notebook in one tab of the browser."""

    lab: Lab
    page: Page
    name: str
    classic: bool = False
    """In Notebook 7."""
    tab: str = ""

    @property
    def workspace(self) -> str:
        return self.name.removesuffix(".ipynb") + self.tab

    @property
    def address(self) -> str:
        place = f"notebooks/{self.name}" if self.classic else f"lab/workspaces/{self.workspace}/tree/{self.name}"
        return f"{self.lab.server.url}/{place}?token={self.lab.server.token}"

    def open(self) -> Notebook:
        self.page.goto(self.address)
        return self._ready()

    def second_tab(self) -> Notebook:
        """The same notebook in another tab of the same browser."""
        self._views_are_kept()
        page = self.page.context.new_page()
        return replace(self, page=page, tab="-2").open()

    def reload(self) -> Notebook:
        """As F5 does, with no word about unsaved work."""
        self._views_are_kept()
        self.page.reload()
        return self._ready()

    def _ready(self) -> Notebook:
        restored(self.page)
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible()
        return self

    def _views_are_kept(self) -> None:
        """Waits until each view that is shown is in the file. It is saved when a view first appears, which nothing on the page
        waits for: read before that, the file has no view to show.
        """
        shown = self.page.locator(".jp-Notebook .wb-output").count()
        end = time.monotonic() + PATIENCE_S
        while (self.lab.root / self.name).read_text().count(VIEW_MIME) < shown:
            assert time.monotonic() < end, f"{self.name} does not come to hold its {shown} views"
            self.page.wait_for_timeout(100)

    def connected(self) -> Notebook:
        """Waits until the notebook has its kernel."""
        self.page.wait_for_function(KERNEL_IS_READY)
        return self

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def prompt(self, number: int) -> Locator:
        """Says `[*]:` while the cell is busy."""
        return self.cell(number).locator(".jp-InputArea-prompt")

    def run(self, number: int) -> Locator:
        """Runs a cell as Ctrl+Enter does, and gives its output area."""
        self.page.evaluate(RUN_CELL, number)
        return self.cell(number).locator(".jp-Cell-outputArea")

    def run_to_end(self, number: int) -> Locator:
        area = self.run(number)
        expect(self.prompt(number)).to_have_text(DONE)
        return area

    def view(self, number: int) -> View:
        return View(self.cell(number).locator(".wb-session"))

    def copied_to(self, lab: Lab) -> Notebook:
        """The saved file, to be opened elsewhere."""
        shutil.copy(self.lab.root / self.name, lab.root / self.name)
        return replace(self, lab=lab, page=self.page.context.new_page())

    def save(self) -> None:
        """Saves, and sees to it that nothing was asked."""
        # Not awaited in the page: a dialog would hold it for good.
        self.page.evaluate(SAVE)
        self.page.wait_for_function("() => window.__saved || document.querySelector('.jp-Dialog')")
        expect(self.page.locator(".jp-Dialog")).to_have_count(0)

    def keeps_the_text(self, number: int, text: str) -> None:
        """Waits until the output of a cell holds this Markdown for places without Workbench."""
        self.page.wait_for_function(KEEPS, arg=[number, text])


def empty_lab(lab: Lab, page: Page, workspace: str = "") -> None:
    """Opens JupyterLab with nothing in it, and waits until it is there."""
    place = f"lab/workspaces/{workspace}" if workspace else "lab"
    page.goto(f"{lab.server.url}/{place}?reset&token={lab.server.token}")
    restored(page)


def restored(page: Page) -> None:
    """Waits until JupyterLab has laid out what it had."""
    page.wait_for_function("() => window.jupyterapp")
    page.evaluate("() => window.jupyterapp.restored")


def layout_holds(lab: Lab, page: Page, pattern: str, workspace: str = "default") -> None:
    """Waits until the saved layout has this in it: JupyterLab saves it when nothing has changed for a while.

    What an earlier test has shown may be in it still, and in those of other workspaces.
    """
    end = time.monotonic() + PATIENCE_S
    layout = f"{lab.server.url}/lab/api/workspaces/{workspace}?token={lab.server.token}"
    while not re.search(pattern, page.request.get(layout).text()):
        assert time.monotonic() < end, f"the layout of {workspace} does not come to hold {pattern}"
        page.wait_for_timeout(100)


def palette(page: Page, text: str) -> Locator:
    """Opens the command palette with the keyboard and types; gives the item that Enter would run.

    An empty page gets a launcher after it was restored, and that takes the focus, which closes a palette that was opened before:
    so the launcher is waited for, and keys are pressed until a page that binds them late has heard them.
    """
    page.wait_for_function("() => window.jupyterapp.shell.currentWidget?.isVisible")
    box = page.locator(".lm-CommandPalette-input")
    for _ in range(2 * PATIENCE_S):
        if box.is_visible():
            break
        page.keyboard.press("Control+Shift+c")
        page.wait_for_timeout(500)
    expect(box).to_be_focused()
    page.keyboard.type(text)
    chosen = page.locator(".lm-CommandPalette-item.lm-mod-active")
    expect(chosen).to_contain_text(text)
    return chosen


KERNEL_IS_READY = """() => {
  const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
}"""

SAVE = """() => {
  window.__saved = false;
  void window.jupyterapp.shell.currentWidget.context.save().then(() => (window.__saved = true));
}"""

KEEPS = """([number, text]) => {
  const { outputs } = window.jupyterapp.shell.currentWidget.content.widgets[number].model;
  return [...Array(outputs.length).keys()].some(n => String(outputs.get(n).data['text/markdown']).includes(text));
}"""

RUN_CELL = """number => {
  const { shell, commands } = window.jupyterapp;
  const panel = shell.currentWidget;
  panel.content.activeCellIndex = number;
  panel.content.deselectAll();
  void commands.execute('notebook:run-cell');
}"""

DONE = re.compile(r"\[\d+\]:")


@dataclass
class View:
    """A session as it is shown somewhere."""

    root: Locator

    @property
    def status(self) -> Locator:
        return self.root.locator("[role=status]").first

    @property
    def log(self) -> Locator:
        return self.root.get_by_role("log")

    def says(self, status: str) -> None:
        expect(self.status).to_have_text(status)

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def timed_click(self, name: str, outcome: str) -> float:
        """Clicks, and gives the seconds from the click to the outcome on the page."""
        page, button = self.root.page, self.button(name)
        expect(button).to_be_visible()
        page.evaluate(MEASURE, [self.root.element_handle(), outcome])
        button.click()
        return float(page.evaluate("() => window.__took")) / 1000

    def words(self) -> list[str]:
        """The words `w1 w2 ...` of a flood, as they stand on the page."""
        text = self.log.evaluate(
            "log => [...log.querySelectorAll('.wb-markdown')].map(each => each.textContent).join(' ')"
        )
        return text.split()

    def has_word(self, number: int) -> None:
        """Waits until the flood has come this far."""
        self.root.page.wait_for_function(
            "([log, word]) => log.textContent.includes(word)", arg=[self.log.element_handle(), f"w{number} "]
        )


MEASURE = """([root, outcome]) => {
  let clicked;
  root.addEventListener('click', () => (clicked = performance.now()), { capture: true, once: true });
  window.__took = new Promise(resolve => {
    const look = () => {
      if (clicked !== undefined && root.textContent.includes(outcome)) {
        observer.disconnect();
        resolve(performance.now() - clicked);
      }
    };
    const observer = new MutationObserver(look);
    observer.observe(root, { subtree: true, childList: true, characterData: true });
  });
}"""


def starts(**options: Any) -> str:
    """The source of a cell that starts a replay and shows it; the options are the player's."""
    return f"import workbench\nrun = workbench.open().agents.start('Go', provider='replay', options={options})\nrun"


def flood(events: int) -> list[str]:
    return [f"w{number}" for number in range(1, events + 1)]
