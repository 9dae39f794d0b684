"""What the browser tests share: two JupyterLabs, a browser of this machine, and an end to all that was started."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, expect

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "hosts"), str(HERE.parent / "exchange")]

import browser  # noqa: E402 - the path above leads to it
from lab import PATIENCE_S, Lab, Notebook, lab_server  # noqa: E402
from shelf_page import Shelf  # noqa: E402

expect.set_options(timeout=PATIENCE_S * 1000)

NewContext = Callable[..., BrowserContext]

FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The browser's tests come last: their driver keeps a loop in this thread, and no async test can run beside it."""
    mine = [item for item in items if item.path.is_relative_to(HERE)]
    for item in mine:
        item.add_marker(pytest.mark.ui)
    items[:] = [item for item in items if not item.path.is_relative_to(HERE)] + mine


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    return {"executable_path": browser.find(), "args": list(FLAGS)}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 800}, "locale": "en-US"}


@pytest.fixture
def new_context(new_context: NewContext) -> NewContext:
    """As patient with an action as `expect` is with a state; every page comes from here."""

    def patient(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.set_default_timeout(PATIENCE_S * 1000)
        return context

    return patient


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = lab_server(tmp_path_factory.mktemp("lab"))
    server.start()
    yield Lab(server)
    server.stop()


@pytest.fixture(scope="session")
def _bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    server = lab_server(tmp_path_factory.mktemp("bare"), extension=False)
    server.start()
    yield Lab(server)
    server.stop()


@pytest.fixture
def lab(_lab: Lab) -> Iterator[Lab]:
    """JupyterLab and Notebook 7 with Workbench."""
    yield _lab
    _lab.tidy()


@pytest.fixture
def shelf(lab: Lab) -> Iterator[Shelf]:
    """Its library, which is empty again for the next test."""
    yield Shelf(lab)
    lab.tidy()  # an agent that is still at work keeps its skill
    Shelf(lab).clear()


@pytest.fixture
def bare(_bare: Lab) -> Iterator[Lab]:
    """JupyterLab as it is where our extension is not; its kernels can import the package."""
    yield _bare
    _bare.tidy()


@pytest.fixture
def measured(capsys: pytest.CaptureFixture[str]) -> Callable[[str, float], None]:
    """Prints a number that was measured, whether the test passes or not."""

    def say(what: str, seconds: float) -> None:
        with capsys.disabled():
            print(f"\n    measured: {what}: {seconds:.3f} s")

    return say


Write = Callable[..., Notebook]


@pytest.fixture
def notebook(lab: Lab, context: BrowserContext, request: pytest.FixtureRequest) -> Write:
    """Writes a notebook with these cells, opens it in a tab, and waits for its kernel."""

    def write(*sources: str, classic: bool = False, lab: Lab = lab) -> Notebook:
        name = f"{request.node.originalname[5:45]}.ipynb"
        lab.write(name, *sources)
        return Notebook(lab, context.new_page(), name, classic=classic).open().connected()

    return write
