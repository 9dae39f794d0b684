"""How installs stand: what lies at a place, held against what was put there and what the library has now."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from workbench.skills import table
from workbench.skills.handout.installed import relative, seen
from workbench.skills.handout.installs_table import InstallRow, Method
from workbench.skills.handout.places import Client, Place, Scope, led_away
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.tree.digest import digest

State = Literal["current", "outdated", "changed", "missing", "foreign"]


@dataclass(frozen=True)
class Entry:
    """A skill at a place, for one client that looks there."""

    name: str
    client: Client
    scope: Scope
    project: str | None
    path: str
    method: Method | None = None
    ours: bool = False
    state: State = "foreign"
    installed: int | None = None
    reason: str | None = None

    @classmethod
    def of(cls, row: InstallRow) -> Entry:
        return cls(
            row.skill, row.client, row.scope, row.project, row.path, row.method, ours=True, state="current",
            installed=row.installed,
        )  # fmt: skip

    @classmethod
    def stranger(cls, name: str, place: Place, path: Path) -> Entry:
        """What we have not put there; or what is not there at all."""
        state: State = "foreign" if os.path.lexists(path) else "missing"
        return cls(
            name, place.client, place.scope, str(place.project) if place.project else None, str(path), state=state
        )


@dataclass
class Standing:
    """The library as it is now; a digest of it is made once."""

    library: Library
    _digests: dict[str, str | None] = field(default_factory=dict)

    def entry(self, row: InstallRow) -> Entry:
        """How a row stands."""
        state, reason = self._state(row)
        return replace(Entry.of(row), state=state, reason=reason)

    def _state(self, row: InstallRow) -> tuple[State, str | None]:
        there = seen(Path(row.path))
        now = self._digest(row.skill)
        if (reason := led_away(Path(row.path))) or there is None:
            return "missing", reason or "It is not there any more."
        if there != row.digest:
            return "changed", "It was changed since it was installed."
        if now is None:
            return "outdated", "The library does not have it any more, or cannot be read."
        if Path(row.path).name != row.skill:
            return "outdated", f"The library calls it {row.skill!r} now."
        if row.method == "link":
            leads = str(Path(row.path).readlink()) == relative(self.library.root / row.skill, Path(row.path))
            return ("current", None) if leads else ("outdated", "The skills folder is another one now.")
        return ("current", None) if now == row.digest else ("outdated", "The library has another version of it.")

    def _digest(self, name: str) -> str | None:
        if name not in self._digests:
            known = self.library.database.read(lambda connection: table.find(connection, name))
            try:
                self._digests[name] = digest(self.library.root / name, known.working) if known is not None else None
            except OSError:
                self._digests[name] = None
        return self._digests[name]

    def strangers(self, looked: Iterable[Place], known: set[str]) -> Iterator[Entry]:
        """Skills in the folders of clients that we have not put there."""
        ours = Path(os.path.realpath(self.library.root))
        for place in looked:
            folder = Path(os.path.realpath(place.folder))
            if folder.is_relative_to(ours):
                continue
            for name in _names(folder):
                if str(folder / name) not in known:
                    yield Entry.stranger(name, place, folder / name)


def _names(folder: Path) -> list[str]:
    """What is a skill in a folder, by name."""
    try:
        return sorted(
            each.name
            for each in os.scandir(folder)
            if not each.name.startswith(".") and _is_file(f"{each.path}/{FILE}")
        )
    except OSError:
        return []


def _is_file(path: str) -> bool:
    """Whether there is a file that we may see."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except OSError:
        return False
