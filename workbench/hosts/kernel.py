"""The kernel as a host: `workbench.open()` and the magics.

Idea: one open home a process, its agents on the pool's own thread and loop; so calls work in any cell, with `await` and
without, and never touch the loop on which the cells run. Invariant: nothing lives here. Interrupting a cell, restarting the
kernel or closing the notebook leaves every agent at work, and the next `open()` finds it.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
import threading
from collections.abc import Mapping
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.app import Workbench
from workbench.hosts.facade import Agents, Preferences, Sessions
from workbench.hosts.facade_skills import Skills
from workbench.hosts.facade_usage import Usage
from workbench.hosts.shown import Shown
from workbench.paths import Home

if TYPE_CHECKING:
    from workbench.hosts.facade_workflows import Workflows


class Bench:
    """An open Workbench as a notebook uses it.

    >>> bench = workbench.open()
    >>> run = bench.agents.start("Write a haiku", provider="replay")
    >>> await run
    >>> bench.usage.daily(by="model")
    """

    def __init__(self, core: Workbench) -> None:
        self.core = core
        self.agents = Agents(core)
        self.sessions = Sessions(core)
        self.usage = Usage(core)
        self.skills = Skills(core)
        self.settings = Preferences(core)
        self.closed = False

    @cached_property
    def workflows(self) -> Workflows:
        """Skills that are built step by step. Loaded when it is first used: a quarter of all that opening would load."""
        from workbench.hosts.facade_workflows import Workflows

        return Workflows(self.core)

    def call(self, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """Runs any command and waits for its reply: `bench.call("sessions.list", limit=5)`."""
        return self.core.call(name, params, **more)

    async def acall(self, name: str, params: Mapping[str, Any] | None = None, /, **more: Any) -> dict[str, Any]:
        """The same for `await`."""
        return await self.core.acall(name, params, **more)

    def view(self, name: str, **params: str) -> Shown:
        """A view, shown as the last line of a cell: `bench.view("sessions")`, `bench.view("session", session=ID)`."""
        return Shown(self.core, name, params)

    def close(self) -> None:
        """Leaves; agents go on. A kernel that ends does it by itself."""
        self.closed = True
        self.usage.close()
        self.core.close()

    def __repr__(self) -> str:
        return f"<Workbench {self.core.home.root}{', closed' if self.closed else ''}>"


_lock = threading.Lock()
_benches: dict[Path, Bench] = {}
_sample: Bench | None = None


def open(home: str | PathLike[str] | None = None) -> Bench:  # noqa: A001 - `workbench.open()` is the fixed name
    """Opens a home, by default the one that the environment names. The same home again is the same object.

    Raises HomeUnusable or DatabaseUnusable, each with what to do about it.
    """
    root = Home.from_environment().root if home is None else Path(home).expanduser().absolute()
    with _lock:
        bench = _benches.get(root)
        if bench is None or bench.closed:
            if not _benches:
                atexit.register(_close_all)
            bench = _benches[root] = Bench(Workbench.open(root))
        return bench


def usage_sample() -> Bench:
    """Opens a home that goes with this process, on two invented weeks of two agents: to try `bench.usage` without any
    transcript of one's own. Nothing of this machine is read, and nothing stays.
    """
    global _sample  # noqa: PLW0603 - one a process, as with homes
    if _sample is None or _sample.closed:
        root = Path(tempfile.mkdtemp(prefix="workbench-sample-"))
        atexit.register(shutil.rmtree, root, ignore_errors=True)
        _sample = open(root / "home")
        transcripts = Path(__file__).parents[1] / "usage" / "sample"
        _sample.core.usage_roots = {name: [transcripts / name] for name in ("claude", "codex")}
    return _sample


def _close_all() -> None:
    for bench in _benches.values():
        bench.close()


def enable_nested_asyncio() -> None:
    """Lets `asyncio.run(...)` and `loop.run_until_complete(...)` work inside a running loop, hence inside a cell.

    You rarely want this: top-level `await` works in cells, and everything in Workbench works with and without it.

    What it does: it applies nest_asyncio, which replaces parts of asyncio for the whole process, and cannot be undone
    without restarting the kernel. What it breaks: with ipykernel 7, cells that are queued while a nested call runs may give
    no output at all ("cannot enter context: ... is already entered"), and libraries that rely on asyncio's own tasks
    (anyio, uvloop, contextvars of tasks) can misbehave. Workbench itself neither needs nor calls it.
    """
    import nest_asyncio

    nest_asyncio.apply()


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext workbench`: gives `%%agent`, `%%usage` and `%workbench`."""
    from workbench.hosts.magics import WorkbenchMagics

    ipython.register_magics(WorkbenchMagics)


def unload_ipython_extension(ipython: Any) -> None:
    """`%unload_ext workbench`: takes the magics away. What runs goes on."""
    for name in ("agent", "usage"):
        ipython.magics_manager.magics["cell"].pop(name, None)
    ipython.magics_manager.magics["line"].pop("workbench", None)
