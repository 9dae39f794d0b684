"""How the disk differs from what the store has read: nothing here opens a transcript.

Idea: a file is known by its path, and has changed when its inode, size or time has. One that grew is read on from where
it had been read to; one that was replaced, or is shorter than what had been read of it, is read anew.

Invariant: a file is gone only when the folder that it lay below was looked at and could be.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

import apsw

from workbench.usage.sources import SOURCES, Found

Listed: TypeAlias = tuple[str, Path, list[Found]]
"""A source, one of its roots, and what lies below it."""


class Known(NamedTuple):
    """What the store has of a file."""

    id: int
    source: str
    ino: int
    size: int
    mtime: int
    off: int
    gone: int
    why: str | None


class Change(NamedTuple):
    """A file that is to be read."""

    source: str
    found: Found
    known: Known | None

    @property
    def offset(self) -> int:
        """Where to read on; a file that was replaced or cut is read anew."""
        known, found = self.known, self.found
        return 0 if known is None or found.ino != known.ino or found.size < known.off else known.off

    @property
    def bytes(self) -> int:
        return max(0, self.found.size - self.offset)


class Plan(NamedTuple):
    """How the disk differs from what the store has read."""

    changes: list[Change]
    gone: list[int]
    unreadable: list[tuple[str, Found]]

    def __bool__(self) -> bool:
        return bool(self.changes or self.gone)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Why folders and files could not be looked at."""
        return [(each.path, each.why) for _, each in self.unreadable]


def discover(environment: Mapping[str, str], roots: Mapping[str, Sequence[Path]] | None) -> Iterator[Listed]:
    """What every source has on the disk; `roots` names the folders, by default those that the environment names."""
    for name, source in SOURCES.items():
        given = None if roots is None else roots.get(name, ())
        for root in source.roots(environment, given):
            yield name, root, list(source.discover(root))


def compare(connection: apsw.Connection, found: Sequence[Listed]) -> Plan:
    """What is to be read, and what has gone."""
    files = connection.execute(
        "select path, id, source, ino, size, mtime, off, gone, why from file where source <> 'ledger'"
    )
    known: dict[str, Any] = {row[0]: row for row in files}
    plan = Plan([], [], [])
    seen: set[str] = set()
    for source, _, listed in found:
        for each in listed:
            path, ino, size, mtime, why = each
            if path in seen:
                continue
            seen.add(path)
            row = known.get(path)
            if why:
                plan.unreadable.append((source, each))
            elif row is None:
                plan.changes.append(Change(source, each, None))
            elif row[8] and not os.access(path, os.R_OK):
                plan.unreadable.append((source, each._replace(why=f"cannot be read: {row[8]}")))
            elif row[3] != ino or row[4] != size or row[5] != mtime or row[7] or row[8]:
                plan.changes.append(Change(source, each, Known(*row[1:])))
    unseen = [row for path, row in known.items() if path not in seen and not row[7]]
    if unseen:
        below = [(source, f"{root}{os.sep}") for source, root, _ in found]
        closed = tuple(f"{each.path}{os.sep}" for _, each in plan.unreadable)
        plan.gone.extend(
            row[1]
            for row in unseen
            if any(row[2] == source and row[0].startswith(root) for source, root in below)
            and not row[0].startswith(closed)
        )
    return plan
