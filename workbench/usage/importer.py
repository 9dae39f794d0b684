"""Transcripts into the store: what is new since last time, counted once.

Idea: what the disk shows is compared with what the store has read. Nothing differs: no lock, no write, and no decoder
is loaded. Else the files that grew are read from where they had been read to, those that were replaced or cut are read
anew, and everything that comes of it, offsets and sums too, is one transaction.

Invariant: an import happened or it did not, whatever ends it. One import at a time writes, by `import.lock`, which the
system frees when its holder dies. What was counted stays when its file goes: the store is the archive.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import apsw

from workbench.errors import Refused
from workbench.usage.plan import compare, discover
from workbench.usage.prices import Prices
from workbench.usage.store import Store, get, reaching, speaking

SHARED_BYTES: Final = 30 << 20
"""With more than this to read, a second process pays."""

LOOK_AGAIN_S: Final = 0.05
"""How often an import that waits for another looks whether it is its turn."""


class Options(NamedTuple):
    """What to import. `roots` names the folders of each source, by default those that the environment names."""

    roots: Mapping[str, Sequence[Path]] | None = None
    ledger: Path | None = None
    """`workbench.db`, whose runs belong to the same facts."""
    overrides: Mapping[str, Any] = MappingProxyType({})
    """A person's own prices."""
    environment: Mapping[str, str] = os.environ
    processes: int = 2
    shared_bytes: int = SHARED_BYTES
    """From where on the second one is used."""
    fork: bool = False
    """A second process may be a copy of this one, which has no thread and no open database then: a command line's."""


DEFAULTS: Final = Options()


class Report(NamedTuple):
    """What an import did. `read` rows told of usage; each was taken, or a duplicate, or skipped. A row is a response,
    which may be several samplings: one for each request behind it.
    """

    files: int = 0
    read: int = 0
    taken: int = 0
    duplicate: int = 0
    skipped: int = 0
    unpriced: int = 0
    bytes: int = 0
    seconds: float = 0.0
    unreadable: Sequence[tuple[str, str]] = ()
    """Folders and files that could not be read, each with the reason."""


class Progress(NamedTuple):
    """How far an import is."""

    state: str
    """waiting, importing or idle"""
    done_bytes: int
    total_bytes: int
    files: int


def refresh(
    store: Store,
    options: Options = DEFAULTS,
    *,
    progress: Callable[[Progress], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Report:
    """Brings the store up to date with the disk.

    Raises Refused("cancelled") once `cancelled` says so: then nothing was imported.
    """
    with _uncollected():
        return _refresh(store, options, Watch(progress, cancelled))


def _refresh(store: Store, options: Options, watch: Watch) -> Report:
    prices = Prices.load(options.overrides)
    found = list(discover(options.environment, options.roots))
    plan, version = store.read(lambda connection: (compare(connection, found), get(connection, "version")))
    if not plan and _settled(store, prices, options):
        return Report(seconds=watch.seconds(), unreadable=plan.reasons)
    with _import_lock(store, watch) as waited:
        if waited or str(store.version()) != version:
            plan = store.read(lambda connection: compare(connection, found))
        from workbench.usage.batch import Batch  # what a report with nothing new does not need

        return Batch(store, options, prices, plan, watch).run()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Without the collector of cycles: nothing here makes any, and in a kernel it would look through all else, too."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


class Watch:
    """Says how an import goes, and ends it when it is to end."""

    def __init__(self, progress: Callable[[Progress], None] | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self._cancelled = progress, cancelled
        self._begun = time.monotonic()
        self.now = Progress("waiting", 0, 0, 0)

    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._begun

    def tick(self, more: int = 0) -> None:
        """Says it now, with `more` bytes of a file that is still being read."""
        if self._progress is not None:
            self._progress(self.now._replace(done_bytes=self.now.done_bytes + more))
        if self._cancelled is not None and self._cancelled():
            raise Refused("cancelled", "The import was cancelled; nothing was imported.", remedy="Ask again to import.")


def _settled(store: Store, prices: Prices, options: Options) -> bool:
    """Whether prices and our own runs are those that the store has counted."""

    def look(connection: apsw.Connection) -> bool:
        if get(connection, "prices", prices.version) != prices.version:
            return False
        if options.ledger is None:
            return True
        from workbench.usage import own_runs

        return not own_runs.moved(connection, options.ledger)

    return store.read(look)


@contextmanager
def _import_lock(store: Store, watch: Watch) -> Iterator[bool]:
    """One import at a time; whether it had to be waited for."""
    import fcntl

    with speaking(store.path), reaching(store.path):
        descriptor = os.open(store.import_lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    waited = False
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                waited = True
                watch.tick()
                time.sleep(LOOK_AGAIN_S)
        yield waited
    finally:
        os.close(descriptor)
