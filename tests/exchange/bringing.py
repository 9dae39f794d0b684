"""Bringing a source into a home, and what has to hold when it does not come."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from skills.untouched import unchanged

from workbench.errors import WorkbenchError
from workbench.paths import Home
from workbench.skills.sources.address import parse
from workbench.skills.sources.fetch import Fetched, fetch
from workbench.skills.sources.hosts import Bases, Bounds, Network
from workbench.skills.sources.watch import BETWEEN_S, Progress, Watch


@dataclass
class Bringing:
    """A home, a staging folder in it, and the network as its settings describe it."""

    home: Home
    base: Path
    network: Network

    def typed(self, *addresses: str, github: str | None = None) -> Bringing:
        """With these base addresses in the settings."""
        bases = self.network.bases
        bases = replace(bases, more=(*bases.more, *addresses), github=github or bases.github)
        return replace(self, network=replace(self.network, bases=bases))

    def looked_up(self, **names: str) -> Bringing:
        """With a name server that knows these names (`_` for `.`), and no others."""
        known = {name.replace("_", "."): addresses.split() for name, addresses in names.items()}

        def lookup(host: str, port: int) -> list[str]:
            if host not in known:
                raise OSError(f"{host} is not known")
            return known[host]

        return replace(self, network=replace(self.network, lookup=lookup))

    def bounded(self, **bounds: float) -> Bringing:
        return replace(self, network=replace(self.network, bounds=replace(self.network.bounds, **bounds)))

    def staging(self) -> Path:
        folder = self.home.root / "incoming" / f"{time.monotonic_ns()}"
        folder.mkdir(parents=True)
        return folder

    def bring(self, text: str, watch: Watch | None = None) -> Fetched:
        return self._into(self.staging(), text, watch)

    def _into(self, staging: Path, text: str, watch: Watch | None) -> Fetched:
        address = parse(text, bases=self.network.bases)
        return fetch(address, staging, network=self.network, watch=watch or Watch())

    def refused(self, text: str, watch: Watch | None = None) -> WorkbenchError:
        """Why a source did not come; the whole home is as it was, and no process is left."""
        staging = self.staging()
        with unchanged(self.home.root), pytest.raises(WorkbenchError) as refused:
            self._into(staging, text, watch)
        none_left(self.home.root)
        assert refused.value.message
        assert refused.value.remedy
        return refused.value

    @contextmanager
    def cancelled_at(self, stage: str) -> Iterator[Watch]:
        """A watch that is cancelled from another thread as soon as a stage is reached; until then the work waits."""
        reached, cancelled = threading.Event(), threading.Event()

        def tell(progress: Progress) -> None:
            if progress.stage != stage:
                return
            if not progress.done:
                time.sleep(BETWEEN_S)  # so that the next step is told, however soon it comes
            elif not reached.is_set():
                reached.set()
                cancelled.wait()

        def cancel() -> None:
            reached.wait()
            watch.cancel()
            cancelled.set()

        watch = Watch(tell)
        thread = threading.Thread(target=cancel)
        thread.start()
        try:
            yield watch
        finally:
            reached.set()
            thread.join()


def bringing(home: Home, base: Path) -> Bringing:
    return Bringing(home, base, Network(Bases(), bounds=Bounds(stalled_s=60, connect_s=60, lookup_s=60)))


def none_left(folder: Path) -> None:
    """No process runs in a folder or below it, as soon as the system has let those go that were killed."""
    deadline = time.monotonic() + 30  # what the tests start, and what must be ended, runs for longer
    while (left := processes(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert left == []


def processes(folder: Path) -> list[str]:
    """The processes that run in a folder or below it. One that has been killed and not reaped has no folder."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            cwd = (entry / "cwd").readlink()
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
        except OSError:
            continue  # gone, or another user's
        if cwd.is_relative_to(folder):
            found.append(f"{entry.name}: {command}")
    return found
