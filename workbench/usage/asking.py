"""What an import of this home is told: its own runs, a person's own prices, and the folders to look in.

Idea: the command line asks this without the models that settings are made of, since importing those takes longer than a
report; the settings were checked when they were saved. Invariant: nothing is written, and a home that has no database
yet is a home without runs and without prices of its own.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import apsw

from workbench.paths import Home
from workbench.usage.importer import Options
from workbench.usage.sources import SOURCES


def options(home: Home, *, roots: Mapping[str, Sequence[Path]] | None = None, fork: bool = False) -> Options:
    """What to import into a home's store. With `roots` only what lies there: our own runs are left out, too."""
    there = home.database.exists()
    return Options(
        roots=roots,
        ledger=home.database if there and roots is None else None,
        overrides=_overrides(home.database) if there else {},
        fork=fork,
    )


def places(roots: Mapping[str, Sequence[Path]] | None = None) -> list[Path]:
    """The folders that an import looks in."""
    return [
        root
        for name, source in SOURCES.items()
        for root in source.roots(os.environ, None if roots is None else roots.get(name, ()))
    ]


def _overrides(database: Path) -> dict[str, Any]:
    """The setting `price_overrides`: of the settings as stored, else of the last that were good."""
    try:
        with closing(apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            keys = ("settings", "settings.last_good")
            stored = dict(connection.execute("select key, value from settings where key in (?, ?)", keys))
    except apsw.Error:
        return {}  # not a database of ours: whoever opens it for its own sake says so
    for key in keys:
        try:
            prices = json.loads(stored.get(key, "{}")).get("price_overrides", {})
            return {
                model: {name: value for name, value in each.items() if value is not None}
                for model, each in prices.items()
            }
        except (ValueError, AttributeError):
            continue
    return {}
