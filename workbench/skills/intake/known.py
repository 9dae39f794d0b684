"""What the library knows, as a plan asks it.

Invariant: each answer is the library's at one moment: rows are read once, and a folder is hashed once, so that what is
decided about a skill and what is expected to lie there are the same.
"""

from __future__ import annotations

from collections import defaultdict

from workbench.skills import table
from workbench.skills.intake import origins_table
from workbench.skills.intake.choosing import Namesake
from workbench.skills.intake.origins_table import Origin
from workbench.skills.intake.plan import Held
from workbench.skills.library import Library
from workbench.skills.tree.digest import digest


class Known:
    """One reading of the library; what a killed process left undone is finished first."""

    def __init__(self, library: Library) -> None:
        library.settle()
        self._root = library.root
        self._rows = {row.name: row for row in library.database.read(table.rows)}
        self._from: dict[str, list[tuple[str, Origin]]] = defaultdict(list)
        for name, each in library.database.read(origins_table.everywhere):
            self._from[each.origin].append((name, each))
        self._folded = {name.casefold() for name in self._rows}
        self._digests: dict[str, str | None] = {}

    def taken(self, name: str) -> bool:
        return name.casefold() in self._folded or (self._root / name).exists()

    def imported(self, origin: str) -> Held | None:
        """What came from there; of several, which were kept beside each other, one that nobody has changed."""
        came = [self._held(name, kept) for name, kept in self._from.get(origin, ())]
        return min(came, key=lambda held: (held.changed, held.gone), default=None)

    def _held(self, name: str, kept: Origin) -> Held:
        lies = self._digest(name)
        return Held(name, kept.source_digest, changed=lies not in (None, kept.digest), gone=lies is None)

    def namesake(self, name: str) -> Namesake | None:
        """What has this name, and whether it may be replaced: only what came from elsewhere itself."""
        row = self._rows.get(name)
        if row is None:
            return Namesake(f"There is a folder named {name!r} among the skills.") if self.taken(name) else None
        built = row.source == "skill-builder"
        return Namesake(f"{name!r} was made here, and is not written over." if built else None, self._digest(name))

    def _digest(self, name: str) -> str | None:
        """What lies there; None for no folder, and what is no digest for one that cannot be read."""
        if name not in self._digests:
            try:
                row = self._rows.get(name)
                self._digests[name] = digest(self._root / name, row.working if row is not None else ())
            except FileNotFoundError:
                self._digests[name] = None
            except OSError:
                self._digests[name] = ""
        return self._digests[name]
