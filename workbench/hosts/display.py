"""How a notebook holds a view: one bundle that every front end shows as well as it can.

Idea: the output names a view and its ids, and beside it stands Markdown for places without Workbench. Where our
front end is (a server that loaded our extension started this kernel) that is all: the page asks the server, and no comm is
opened. Elsewhere a widget carries the view while there is something to follow, and is taken out at the end, because a
dead widget would hide the Markdown. A home that is not the server's only this kernel knows: there, too, it is a widget.

Invariant: nothing here is printed. An update goes to the output that was shown, whatever cell runs meanwhile.
"""

from __future__ import annotations

import contextvars
import os
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from workbench.clock import SystemClock
from workbench.paths import Home
from workbench.protocol.screen import VIEW_MIME, View

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.hosts.widgets import ViewWidget

WIDGET_MIME: Final = "application/vnd.jupyter.widget-view+json"

Bundle = dict[str, Any]


def has_front_end(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the pages of this kernel load our extension. VS Code may use a server that has it, and does not."""
    return "WORKBENCH_SERVER" in environ and "-jvsc-" not in environ.get("JPY_SESSION_NAME", "")


def kernel_shell() -> Any:
    """The shell of the Jupyter kernel that this process is; None in a terminal or a script."""
    try:
        from IPython import get_ipython
    except ImportError:
        return None
    shell = get_ipython()
    return shell if getattr(shell, "kernel", None) is not None else None


class Output:
    """One view in the outputs of a notebook, shown any number of times and replaced in place."""

    def __init__(self, bench: Workbench, view: View) -> None:
        self._bench = bench
        self._view = view
        self._id = SystemClock().new_id()
        self._lock = threading.Lock()
        self._widget: ViewWidget | None = None
        self._context: contextvars.Context | None = None

    @property
    def shown(self) -> bool:
        """Whether an output of it can be updated."""
        return self._context is not None

    @property
    def in_widget(self) -> bool:
        """Whether a widget carries it, which must be taken out at the end."""
        return self._widget is not None

    def bundle(self, text: str, markdown: str, *, live: bool = True) -> Bundle:
        """What a front end chooses from. A `live` view gets a widget where there is no other way to follow it."""
        served = has_front_end()
        shared = self._bench.home.root == Home.from_environment().root
        data: Bundle = {"text/plain": text, "text/markdown": markdown}
        if shared or not served:
            data[VIEW_MIME] = self._view.model_dump()
        if live and not (served and shared) and kernel_shell() is not None:
            data[WIDGET_MIME] = {"version_major": 2, "version_minor": 0, "model_id": self._model_id()}
        return data

    def show(self, bundle: Bundle) -> None:
        """Displays it where the caller's cell is."""
        from IPython.display import publish_display_data

        self._context = contextvars.copy_context()
        publish_display_data(bundle, transient={"display_id": self._id})  # type: ignore[no-untyped-call]

    def replace(self, bundle: Bundle, *, in_cell: bool) -> None:
        """Replaces it wherever it was shown. A widget that carried it is closed.

        `in_cell` says that the caller is a cell that runs: a program that executes a notebook listens to that one only.
        From any other thread the update goes out as the cell's that showed it, so that it is nobody else's output.
        """
        shell = kernel_shell()
        if self._context is None or shell is None:
            return
        context = contextvars.copy_context() if in_cell else self._context.copy()
        context.run(
            shell.display_pub.publish, data=bundle, metadata={}, transient={"display_id": self._id}, update=True
        )
        with self._lock:
            widget, self._widget = self._widget, None
        if widget is not None:
            widget.close()

    def _model_id(self) -> str:
        from workbench.hosts.widgets import ViewWidget

        with self._lock:
            if self._widget is None:
                self._widget = ViewWidget(self._bench, self._view)
            return str(self._widget.model_id)
