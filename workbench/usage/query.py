"""Free-form SQL over the facts, in this process: parts brought up to date, views defined, the query run.

Idea: one locked DuckDB a process and time zone, opened by the first question. Invariant: a query sees one version of the
store, the newest at the moment when it was asked.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from workbench.paths import Home
from workbench.storage.telemetry import PartMissing, Result, Telemetry
from workbench.usage import parquet, views
from workbench.usage.parquet import Manifest
from workbench.usage.store import Store
from workbench.usage.which import zone as checked


class Questions:
    """SQL over the facts of a home; close it. Methods may be called from any thread."""

    def __init__(self, home: Home, store: Store) -> None:
        self._home, self._store = home, store
        self._lock = threading.Lock()
        self._open: dict[str, tuple[Telemetry, Manifest | None]] = {}

    def ask(self, sql: str, params: Mapping[str, Any] | None = None, *, zone: str, exact: bool = False) -> Result:
        """What a query gives, its days in a time zone. Raises InvalidRequest or Refused; an interrupt ends it."""
        checked(zone)
        try:
            return self._ready(zone).query(sql, params, exact=exact)
        except PartMissing:  # another process has just replaced what we were about to read
            return self._ready(zone).query(sql, params, exact=exact)

    def close(self) -> None:
        """Ends what was opened. Harmless twice."""
        with self._lock:
            opened, self._open = self._open, {}
        for telemetry, _ in opened.values():
            telemetry.close()

    def _ready(self, zone: str) -> Telemetry:
        folder = parquet.folder_of(self._home, zone)
        manifest = parquet.export(self._store, folder, zone)
        with self._lock:
            telemetry, seen = self._open.get(zone) or (Telemetry(folder, timezone=zone), None)
            if seen != manifest:
                telemetry.define(manifest.definitions(folder), views.comments())
            self._open[zone] = (telemetry, manifest)
            return telemetry
