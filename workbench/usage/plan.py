"""How the disk differs from what the store has read: of a transcript that changed, only a few bytes are looked at.

Idea: a file is known by its path, and has changed when its inode, size or time has. One that grew is read on from where
it had been read to; one that was replaced, is shorter than what had been read of it, or holds something else at its end
(it was written anew in place), is read anew.

Invariant: a file is gone only when the folder that it lay below was looked at and could be.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias
from zlib import crc32

import apsw

from workbench.usage.sources import SOURCES, Found
from workbench.usage.sources.lines import opened

_READ: Final = "select path, ino, size, mtime, '' from file where source <> 'ledger' and not gone and why is null"
"""A `Found` each, as it was when it was read."""

_TAIL_BYTES: Final = 64

_REFUSED: Final = "select path from file where not gone and why is not null"
_KNOWN: Final = "select id, source, ino, size, mtime, off, gone, why, tail from file where path = ?"

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
    tail: int | None


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
    read: set[Any] = set(connection.execute(_READ))
    listed = {each.path: (source, each) for source, _, files in reversed(found) for each in files}
    plan = Plan([], [], [])
    differing = [one for one in listed.values() if one[1] not in read]
    for source, each in differing:
        _look(connection, plan, source, each)
    missing = [path for (path,) in connection.execute(_REFUSED) if path not in listed]
    if len(read) > len(listed) - len(differing):
        missing += [row[0] for row in read if row[0] not in listed]
    plan.gone.extend(_gone(connection, plan, missing, found))
    return plan


def _look(connection: apsw.Connection, plan: Plan, source: str, each: Found) -> None:
    """Plans for a file that is not as it was when it was read."""
    row: Any = None if each.why else connection.execute(_KNOWN, (each.path,)).fetchone()
    known = None if row is None else Known(*row)
    if each.why:
        plan.unreadable.append((source, each))
    elif known is not None and known.why and not os.access(each.path, os.R_OK):
        plan.unreadable.append((source, each._replace(why=f"cannot be read: {known.why}")))
    else:
        if known is not None and known.tail not in {None, tail(each.path, known.off)}:
            known = known._replace(off=0)
        plan.changes.append(Change(source, each, known))


def tail(path: str, off: int) -> int | None:
    """A checksum of the last bytes before an offset; None where there are none, or they cannot be read now."""
    if not off:
        return None
    begin = max(0, off - _TAIL_BYTES)
    try:
        with opened(path) as descriptor:
            return crc32(os.pread(descriptor, off - begin, begin))
    except OSError:
        return None


def _gone(connection: apsw.Connection, plan: Plan, missing: list[str], found: Sequence[Listed]) -> Iterator[int]:
    """Of the files that were not seen, those whose folder was looked at and could be."""
    roots = [(source, f"{root}{os.sep}") for source, root, _ in found]
    closed = tuple(f"{each.path}{os.sep}" for _, each in plan.unreadable)
    for path in missing:
        row: Any = connection.execute(_KNOWN, (path,)).fetchone()
        known = Known(*row)
        listed = any(known.source == source and path.startswith(root) for source, root in roots)
        if listed and not path.startswith(closed):
            yield known.id
