"""What the library holds: its skills, as rows and files tell them now. Reading is here, changing in `library`.

Invariant: who reads sees every change whole: one that a killed process left is finished first.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from workbench.clock import Clock
from workbench.errors import HomeUnusable, NotFound, Refused, WorkbenchError
from workbench.paths import Home, contained
from workbench.sidecar.tree import born
from workbench.skills import listing, runs_table, table
from workbench.skills.changes import MOVE, Changes, Follow, Site, scratch_of, stays
from workbench.skills.document.trees import files_beside
from workbench.skills.intake.arrived import arrived
from workbench.skills.locks import Locks
from workbench.skills.moving import Choose, moved
from workbench.skills.review import reviews_table
from workbench.skills.settle import KINDS, renamed
from workbench.skills.skill import FILE, SkillDocument, parse
from workbench.skills.table import SkillRow
from workbench.skills.tree import beneath
from workbench.skills.tree.folder import Blob
from workbench.skills.versions.repository import Repository
from workbench.skills.watch import Watch
from workbench.storage.database import Database

LOGGER: Final = logging.getLogger("workbench")

READER_PATIENCE_S: Final = 2.0
"""So long a list waits for a change that is under way."""


class Holdings:
    """The skills below one folder, which `root` names anew each time: a person may choose another one. `follow` gives what
    others keep of a skill its new name.
    """

    def __init__(
        self,
        database: Database,
        home: Home,
        clock: Clock,
        root: Callable[[], Path],
        *,
        follow: Follow = stays,
        choose: Choose,
    ) -> None:
        self.database = database
        self.home = home
        self.clock = clock
        self._root = root
        self.changes = Changes(
            database, home, clock, {**KINDS, "rename": partial(renamed, follow=follow), "import": arrived}
        )
        self.changes.of_folder[MOVE] = partial(moved, choose=choose)
        self.live: Callable[[], set[str]] = set
        """The skills that an agent of a workflow is at work on, as far as others know."""
        self.locks = Locks(database, clock)
        self.watch = Watch(database, root)

    @property
    def root(self) -> Path:
        """The skills folder."""
        return self._root()

    def alone(self) -> AbstractContextManager[Site]:
        """The skills folder for this process; what was left undone has been settled."""
        return self.changes.alone(self._root)

    # -- reading

    def items(self) -> list[listing.Item]:
        """Every skill, by name, as its file says now."""
        self.settle()
        locked = {lock.skill for lock in self.locks.held()}
        items, fresh = listing.read(self.root, self._listed(), locked)
        if fresh:
            self._note(lambda connection: table.index(connection, fresh))
        return items

    def item(self, name: str) -> listing.Item:
        """One skill, as its file says now; raises NotFound, and Refused where a change of it takes too long."""
        self.settle()
        seen = self._item(name)
        if seen.present:
            return seen
        self._wait_for(name)
        return self._item(name)

    def _item(self, name: str) -> listing.Item:
        found = self._listed(name)
        if not found:
            self.row(name)
        locked = {lock.skill for lock in self.locks.held(name)}
        return listing.read(self.root, found, locked)[0][0]

    def _wait_for(self, name: str) -> None:
        """Waits for the change of a skill that is under way, in which its folder may be on its way in. Not for whoever holds
        the library.
        """
        if not self.database.read_only and name in self.changes.unfinished(self.root):
            with contextlib.suppress(HomeUnusable), self.alone():
                pass

    def workspace(self) -> list[listing.Item]:
        """The agents' own skills, by name: another registry, which no change of the library touches."""
        base = scratch_of(self.home) / ".claude" / "skills"
        return listing.of_workspace(base, self.database.read(table.workspace))

    def _listed(self, name: str | None = None) -> list[table.Listed]:
        """The rows of all skills or one, with trust as it stands now."""
        known = self.database.read(lambda connection: table.listed(connection, name))
        root = self.root  # asked once: each answer reads the settings
        found = [listing.looked_at(root, each) for each in known]
        fresh = [now for now, before in zip(found, known, strict=True) if now is not before]
        if fresh:
            self._note(lambda connection: reviews_table.look(connection, fresh))
        return found

    def _note(self, write: Callable[[apsw.Connection], None]) -> None:
        """Keeps what a look has found. Where that cannot be written now, the next look finds it again."""
        if self.database.read_only:
            return
        try:
            self.database.write(write)
        except Refused as error:
            if error.reason != "busy":
                raise

    def settle(self) -> Mapping[str, WorkbenchError]:
        """Finishes what a killed process left undone; costs one look when there is nothing. By skill, what keeps a change
        from being finished now, as far as that can be told; the next change of the skill will say it too.
        """
        if self.database.read_only or not self.changes.pending():
            return {}
        try:
            with self.changes.alone(self._root, READER_PATIENCE_S) as site:
                return site.stuck
        except Refused as error:
            if error.reason != "busy":  # somebody is at it, and takes longer than a list waits
                LOGGER.warning("Changes of skills could not be finished: %s", error)
        except HomeUnusable as error:
            LOGGER.warning("Changes of skills could not be finished: %s", error)
        return {}

    def row(self, name: str) -> SkillRow:
        """The skill of a name; raises NotFound."""
        row = self.database.read(lambda connection: table.find(connection, name))
        if row is None:
            raise NotFound(
                f"There is no skill named {name[:80]!r}.", remedy="List them with: workbench skills list.", skill=name
            )
        return row

    def folder(self, name: str) -> Path:
        """Where a skill of the library lies."""
        return self.root / self.row(name).name

    def document(self, name: str) -> SkillDocument:
        """A skill's SKILL.md; raises NotFound when it is gone."""
        row = self.row(name)
        folder = self.root / row.name
        try:
            found = self._read(folder)
        except NotFound:
            self._wait_for(name)
            found = self._read(folder)
        return parse(found.data, folder=name, files=files_beside(folder / FILE, row.working))

    def holding(self, path: Path) -> tuple[str, str] | None:
        """The skill that a path (its links resolved) lies in, and the path below its folder."""
        base = self.root.resolve()
        if base not in path.parents:
            return None
        name, *below = path.relative_to(base).parts
        known = self.database.read(lambda connection: table.find(connection, name))
        return (name, "/".join(below)) if known is not None and below else None

    def busy(self) -> set[str]:
        """The skills that a living workflow is at work on."""
        live = {skill for skill, pid, start in self.database.read(runs_table.open_sessions) if born(pid) == start}
        return {row.name for row in self.database.read(table.rows) if row.id in live} | self.live()

    def repository(self, name: str) -> Repository:
        """The repository, to look up the versions of a skill that is or was in the library."""
        self.settle()
        found = Repository.find(self.root) if self.root.is_dir() else None
        if found is not None and (self._is_known(name) or found.entries(name)):
            return found
        self.row(name)
        with self.alone() as site:
            return site.repository

    # -- for changes, too

    def _is_known(self, name: str) -> bool:
        found = self.database.read(table.deleted)
        return any(row.name == name for row in found)

    def _read(self, folder: Path) -> Blob:
        found = self._blob(folder / FILE)
        if found is None:
            raise gone(folder.name)
        if len(found.data) > listing.MAX_READ:
            raise beneath.too_large(folder / FILE, listing.MAX_READ)
        return found

    def _blob(self, path: Path) -> Blob | None:
        """A file below the skills folder, its links resolved."""
        base = self.root.resolve()
        return beneath.blob(base, contained(base, path.relative_to(self.root)))


def gone(name: str) -> NotFound:
    """A skill whose text somebody has taken away."""
    return NotFound(
        f"{name!r} has no SKILL.md any more.",
        remedy="Restore a version of it, or run: workbench call workspace.reconcile.",
        skill=name,
    )
