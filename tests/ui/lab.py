"""A real JupyterLab, and a page of it as a person uses it: type into cells, click, reload, look.

Idea: a `Lab` is a server with homes of its own; a `Notebook` is one notebook open in one tab. Waiting is always for
something that can be seen. Whatever a test starts, `Lab.tidy` ends: kernels first, then agents, which outlive everything.
"""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect
from servers import Server, end_agents

from workbench.app import Workbench

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
    options = ("--LabApp.expose_app_in_browser=True",)
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
            {"id": f"c{n}", "cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
            for n, source in enumerate(sources)
        ]
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        _write(self.root / name, {"cells": cells, "metadata": {"kernelspec": kernel}, "nbformat": 4, "nbformat_minor": 5, **more})

    def saved(self, name: str) -> dict[str, Any]:
        """The notebook as it lies on disk."""
        return json.loads((self.root / name).read_text())

    def api(self, method: str, path: str) -> Any:
        request = urllib.request.Request(f"{self.server.url}/api/{path}", method=method, headers=self.server.auth, data=b"" if method == "POST" else None)
        with urllib.request.urlopen(request, timeout=30) as response:
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

    @property
    def address(self) -> str:
        place = f"notebooks/{self.name}" if self.classic else f"lab/workspaces/auto-{self.name[:-6]}/tree/{self.name}"
        return f"{self.lab.server.url}/{place}?token={self.lab.server.token}"

    def open(self) -> Notebook:
        self.page.goto(self.address)
        return self._ready()

    def reload(self) -> Notebook:
        """As F5 does, with no word about unsaved work."""
        self.page.reload()
        return self._ready()

    def _ready(self) -> Notebook:
        self.page.wait_for_function("() => window.jupyterapp", timeout=60_000)
        self.page.evaluate("() => window.jupyterapp.restored")
        expect(self.page.locator(".jp-Notebook .jp-Cell").first).to_be_visible(timeout=30_000)
        return self

    def connected(self) -> Notebook:
        """Waits until the notebook has its kernel."""
        self.page.wait_for_function(KERNEL_IS_READY, timeout=60_000)
        return self

    def cell(self, number: int) -> Locator:
        return self.page.locator(".jp-Notebook .jp-Cell").nth(number)

    def run(self, number: int) -> Locator:
        """Runs a cell as Ctrl+Enter does, and gives its output area."""
        self.page.evaluate(RUN_CELL, number)
        return self.cell(number).locator(".jp-Cell-outputArea")

    def run_to_end(self, number: int) -> Locator:
        area = self.run(number)
        expect(self.cell(number).locator(".jp-InputArea-prompt")).to_have_text(DONE, timeout=30_000)
        return area

    def view(self, number: int) -> View:
        return View(self.cell(number).locator(".wb-session"))

    def save(self) -> None:
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")


KERNEL_IS_READY = """() => {
  const kernel = window.jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel?.connectionStatus === 'connected' && kernel.status === 'idle';
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

    def says(self, status: str, *, within: float = 30) -> None:
        expect(self.status).to_have_text(status, timeout=within * 1000)

    def words(self) -> list[str]:
        """The words `w1 w2 ...` of a flood, as they stand on the page."""
        text = self.log.evaluate("log => [...log.querySelectorAll('.wb-markdown')].map(each => each.textContent).join(' ')")
        return text.split()

    def has_word(self, number: int, *, within: float = 30) -> None:
        """Waits until the flood has come this far."""
        self.root.page.wait_for_function(
            "([log, word]) => log.textContent.includes(word)",
            arg=[self.log.element_handle(), f"w{number} "],
            timeout=within * 1000,
        )


def flood(events: int) -> list[str]:
    return [f"w{number}" for number in range(1, events + 1)]
