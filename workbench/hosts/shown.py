"""A view as the last line of a cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from workbench.app import Workbench
from workbench.errors import InvalidRequest
from workbench.hosts.display import Bundle, Output
from workbench.protocol.screen import View

VIEWS: Final = {
    "session": ("session",),
    "sessions": (),
    "usage": (),
    "skills": (),
    "skill": ("skill",),
    "new-skill": (),
    "workflow": ("skill",),
    "refine": ("skill",),
    "skill-test": ("skill",),
    "feedback": (),
}
"""The views that can be shown, and the ids without which there is nothing to show."""


class Shown:
    """A view that shows itself."""

    def __init__(self, core: Workbench, name: str, params: Mapping[str, str]) -> None:
        needs = VIEWS.get(name)
        if needs is None or set(needs) - params.keys():
            raise InvalidRequest(
                f"There is no view {name!r}." if needs is None else f"The view {name!r} needs {', '.join(needs)}.",
                remedy=f"The views are: {', '.join(VIEWS)}.",
                view=name,
            )
        self._view = View(view=name, params=dict(params))
        self._output = Output(core, self._view)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        del include, exclude
        sentence = f"*The Workbench view “{self._view.view}” shows itself where Workbench runs.*"
        return self._output.bundle(repr(self), sentence)

    def __repr__(self) -> str:
        return f"<View {self._view.view} {' '.join(self._view.params.values())}".rstrip() + ">"
