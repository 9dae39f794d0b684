"""What a source holds, before anything of it is brought in: a row for every SKILL.md, and what can become of it.

Invariant: every file named skill.md in any case, link or not, is in exactly one row; what a catalogue lists and the source
does not hold is a row too; and the sums say so. Of a plan of one skill (`only`), its rows are.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Final, Literal, Protocol

from workbench.errors import NotFound
from workbench.skills.intake.catalog import Dialect

Place = Literal["offered", "not-in-catalogue", "inside", "set-aside", "alias", "remote"]
Status = Literal["ready", "repair", "ask", "refuse"]
State = Literal["new", "same", "update", "customised", "taken"]
Severity = Literal["critical", "high", "medium", "low"]

PLACES: Final[tuple[Place, ...]] = ("offered", "not-in-catalogue", "inside", "set-aside", "alias", "remote")
STATUSES: Final[tuple[Status, ...]] = ("ready", "repair", "ask", "refuse")
_SHOWN: Final = 20
SEVERITIES: Final[tuple[Severity, ...]] = ("critical", "high", "medium", "low")


@dataclass(frozen=True)
class Scanned:
    """What a scan says: its verdict, and how many findings of each severity there are."""

    verdict: str
    counts: Mapping[Severity, int]


@dataclass(frozen=True)
class Row:
    """One SKILL.md of a source, or one entry of a catalogue that is not in it. Paths are from the root of the source."""

    path: str
    place: Place
    status: Status
    name: str | None = None
    """As it says, if it can be a skill's name here or not."""
    description: str | None = None
    version: str | None = None
    """As it says."""
    reasons: tuple[str, ...] = ()
    repairs: tuple[str, ...] = ()
    digest: str | None = None
    duplicate_of: str | None = None
    found_by: tuple[str, ...] = ()
    state: State = "new"
    proposed: str | None = None
    plugin: str | None = None
    files: int = 0
    bytes: int = 0
    scan: Scanned | None = None
    folder: str | None = None
    """What would be brought in; None for what is not here."""
    document: str | None = None
    """The file to read as its SKILL.md: of a link, where it leads."""
    rules: tuple[str, ...] = ()
    """The rules whose fixes are the repairs."""

    @property
    def ticked(self) -> bool:
        """Whether it comes in unless somebody says otherwise, or `state` does: what is the same or was changed here stays."""
        return self.place == "offered" and self.status in ("ready", "repair") and self.duplicate_of is None


@dataclass(frozen=True)
class CatalogueSeen:
    """A catalogue of the source: how many entries it has, and to how many skills here they led."""

    path: str
    dialect: Dialect
    name: str | None
    entries: int
    skills: int


@dataclass(frozen=True)
class Plan:
    """Everything that a source holds."""

    origin: str
    by: Literal["catalogue", "tree"]
    rows: tuple[Row, ...]
    catalogues: tuple[CatalogueSeen, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def sums(self) -> dict[str, int]:
        """How many rows there are of each place and of each status; both add up to `rows`."""
        places, statuses = Counter(row.place for row in self.rows), Counter(row.status for row in self.rows)
        return {
            "rows": len(self.rows),
            **{place.replace("-", "_"): places[place] for place in PLACES},
            **{status: statuses[status] for status in STATUSES},
        }

    def only(self, skill: str) -> Plan:
        """The rows of one skill that was asked for by its name; if none says that it has it, by its folder's. Raises NotFound
        where there is no such skill.
        """
        here = [row for row in self.rows if row.folder is not None]
        asked = skill.casefold()
        rows = [row for row in here if asked in {(row.name or "").casefold(), (row.proposed or "").casefold()}]
        rows = rows or [row for row in here if (row.folder or "").rpartition("/")[2].casefold() == asked]
        if not rows:
            names = sorted({row.name for row in here if row.name})
            some = ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")
            raise NotFound(
                f"There is no skill {skill!r} in {self.origin}.", remedy=f"It has these: {some or 'none'}.", skill=skill
            )
        left = len(self.rows) - len(rows)
        note = (f"Only {skill!r} was asked for; {left:,} more in the source are not listed.",) if left else ()
        return replace(self, rows=tuple(rows), notes=(*self.notes, *note))

    def row(self, path: str) -> Row | None:
        return self._by_path.get(path)

    @cached_property
    def _by_path(self) -> dict[str, Row]:
        return {row.path: row for row in self.rows}


@dataclass(frozen=True)
class Held:
    """A skill of the library that came from a row's origin."""

    name: str
    digest: str
    """Of what came, as it lay in the source."""
    changed: bool
    """Whether it is no longer what was brought in."""
    gone: bool = False
    """Whether its folder is not there any more: what comes puts it back."""


class Holder(Protocol):
    """What the library knows, as a plan asks it."""

    def taken(self, name: str) -> bool:
        """Whether a skill has this name."""
        ...

    def imported(self, origin: str) -> Held | None:
        """The skill that came from here; the origin is a source and a path in it, with `#` between them."""
        ...


@dataclass
class Nobody:
    """A library that holds nothing, or just these names."""

    names: frozenset[str] = field(default_factory=frozenset)

    def taken(self, name: str) -> bool:
        return name in self.names

    def imported(self, origin: str) -> Held | None:  # noqa: ARG002 - the interface's
        return None
