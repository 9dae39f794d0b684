"""What to import into a home, as it is configured: its own runs, a person's own prices, and the folders to look in.

Invariant: nothing is written, and a home that has no database yet is a home without runs and without prices of its own.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from workbench.paths import Home
from workbench.usage.importer import Options
from workbench.usage.overrides import stored
from workbench.usage.sources import SOURCES


def options(home: Home, *, roots: Mapping[str, Sequence[Path]] | None = None, fork: bool = False) -> Options:
    """What to import into a home's store. With `roots` only what lies there: our own runs are left out, too."""
    there = home.database.exists()
    return Options(
        roots=roots,
        ledger=home.database if there and roots is None else None,
        overrides=stored(home.database) if there else {},
        fork=fork,
    )


def places(roots: Mapping[str, Sequence[Path]] | None = None) -> list[Path]:
    """The folders that an import looks in."""
    return [
        root
        for name, source in SOURCES.items()
        for root in source.roots(os.environ, None if roots is None else roots.get(name, ()))
    ]
