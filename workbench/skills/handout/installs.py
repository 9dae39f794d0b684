"""Installs: a person's skills where clients look for them, and away again.

Idea: a skill is put into a folder, for as many clients as look there; the folder is taken away when the last of them has
given it up. What is not as it was put there, or lies behind a link that came since, is somebody's work: it is left, and
who asks is told. Invariant: after a verb each place is as it was or as it shall be, its rows say so, and a client's folder
without our skills is as it was before them, the folders included that were made for them.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from workbench.errors import Refused, WorkbenchError
from workbench.skills.handout import installs_table, places
from workbench.skills.handout.handing import alone
from workbench.skills.handout.installed import STRANGE, Settler, Spot, link_digest, relative, seen
from workbench.skills.handout.installs_table import InstallRow, Method
from workbench.skills.handout.laying_out import Layout
from workbench.skills.handout.places import Client, Place, Scope
from workbench.skills.handout.standing import Entry, Standing
from workbench.skills.handout.wish import Wish, facts
from workbench.skills.library import Library
from workbench.skills.tree.digest import digest

LOGGER: Final = logging.getLogger("workbench")

READER_PATIENCE_S: Final = 2.0


class Installs:
    """What one home has put into the folders of clients."""

    def __init__(self, library: Library, environ: Mapping[str, str] = os.environ) -> None:
        self.library = library
        self.database = library.database
        self.environ = environ
        self.settler = Settler(library.database, library.home, library.clock)

    # -- the verbs

    def install(
        self,
        names: Iterable[str],
        clients: Iterable[Client],
        *,
        scope: Scope = "user",
        project: Path | None = None,
        method: Method = "copy",
        replace: bool = False,
    ) -> tuple[list[Entry], list[Entry]]:
        """Puts every skill where every client looks: what lies there now, and what was refused, with the reason. Raises
        NotFound for a skill that is not in the library, and what `places.checked` raises; then nothing was done.
        """
        wanted = list(dict.fromkeys(names))
        for name in wanted:
            self.library.row(name)
        folders = self._folders(dict.fromkeys(clients), scope, project)
        done: list[Entry] = []
        refused: list[Entry] = []
        with self._alone():
            for name in wanted:
                for folder, those in folders.items():
                    wish = Wish(name, folder, those, method, replace)
                    self._try(wish, done, refused)
        return done, refused

    def uninstall(
        self,
        names: Iterable[str],
        clients: Iterable[Client] = (),
        *,
        scope: Scope | None = None,
        project: Path | None = None,
        force: bool = False,
    ) -> tuple[list[Entry], list[Entry]]:
        """Takes away what was installed, for these clients or for all: what is gone, and what was left, with the reason."""
        wanted = set(clients)
        done: list[Entry] = []
        refused: list[Entry] = []
        with self._alone():
            for name in dict.fromkeys(names):
                rows = [row for row in self._meant(name, scope, project) if not wanted or row.client in wanted]
                for path in dict.fromkeys(row.path for row in rows):
                    those = [row for row in rows if row.path == path]
                    try:
                        with self.settler.guarded(Path(path)):
                            self._take(Path(path), those, force=force)
                        reason = places.led_away(Path(path))
                        done += [replace(Entry.of(row), state="missing", reason=reason) for row in those]
                    except WorkbenchError as error:
                        refused += [replace(self._standing().entry(row), reason=str(error)) for row in those]
                if not rows:
                    refused += self._strangers(name, wanted, scope, project)
        return done, refused

    def settle(self) -> None:
        """Ends what was cut short, exports included, unless somebody is at it."""
        if self.database.read_only or not (self.settler.pending() or self._layout.pending()):
            return
        try:
            with alone(self.library.home, READER_PATIENCE_S):
                self.settler.settle_all()
                self._layout.settle()
        except Refused:
            LOGGER.info("Installs are not settled: somebody is at it.")

    def listed(self, names: Sequence[str] = (), projects: Iterable[Path] = ()) -> tuple[list[Entry], list[Place]]:
        """What is installed where, what else lies there, and every folder that was looked into."""
        self.settle()
        rows = self.database.read(installs_table.rows)
        known = dict.fromkeys([*(Path(row.project) for row in rows if row.project), *projects])
        looked = [*places.of_user(self.environ), *(each for path in known for each in places.of_project(path))]
        standing = self._standing()
        found = [standing.entry(row) for row in rows]
        found += standing.strangers(looked, {row.path for row in rows})
        wanted = set(names)
        order = {client: number for number, client in enumerate(places.CLIENTS)}
        return sorted(
            (each for each in found if not wanted or each.name in wanted),
            key=lambda each: (each.name, order[each.client], each.scope, each.project or "", each.path),
        ), looked

    def paths_of(self, name: str) -> list[str]:
        """Where a skill is still installed."""
        return list(dict.fromkeys(row.path for row in self._of(name)))

    # -- putting

    def _try(self, wish: Wish, done: list[Entry], refused: list[Entry]) -> None:
        try:
            with self.settler.guarded(wish.path):
                self._put(wish)
        except WorkbenchError as error:
            refused += [replace(each, reason=str(error)) for each in self._entries(wish)]
            return
        done += self._entries(wish)

    def _put(self, wish: Wish) -> None:
        places.checked_folder_name(wish.skill)
        places.outside(wish.path, self._kept())
        with self.library.alone() as site:
            site.check_settled(wish.skill)
            source = site.folder(wish.skill)
            without = self.library.row(wish.skill).working
            self._lay(wish, source, _wanted(wish, source, without), without)
        self._follow(wish)

    def _lay(self, wish: Wish, source: Path, wanted: str, without: Collection[str]) -> None:
        """What shall lie there, unless it does; then for whom."""
        rows = self.database.read(lambda connection: installs_table.at(connection, wish.path))
        there = seen(wish.path) if rows else STRANGE if os.path.lexists(wish.path) else None
        ours = bool(rows) and there in (None, rows[0].digest)
        if there is not None and not ours and not wish.replace:
            raise wish.occupied(mine=bool(rows))
        mine = wish.rows(rows, wanted, self.library.clock.now_ms())
        if there == wanted and ours and facts(mine) <= facts(rows):
            return
        if there != wanted or not ours:
            spot = Spot.of(self.library.home, wish.path)
            spot.check_free()
            if there is None or not rows:
                self._write([replace(row, state="coming") for row in mine])
                self.settler.make(wish.folder, mine[0].made)
            if spot.lay(source, wish.method, without) != wanted:
                raise Refused("changed", f"{wish.skill!r} was changed while it was copied.", remedy="Try again.")
            spot.strike(rows[0].digest if rows else None, allowed=wish.replace)
            self.settler.settle(wish.path)
        self._write(mine)

    def _follow(self, wish: Wish) -> None:
        """What lies beside it under a name that the skill had before goes, if nobody has changed it."""
        asked = {each.client for each in wish.places}
        old = [row for row in self._of(wish.skill) if row.client in asked and Path(row.path).parent == wish.folder]
        for row in old:
            if row.path != str(wish.path) and seen(Path(row.path)) in (None, row.digest):
                self._take(Path(row.path), [row], force=False)

    # -- taking away

    def _take(self, path: Path, going: list[InstallRow], *, force: bool) -> None:
        rows = self.database.read(lambda connection: installs_table.at(connection, path))
        clients = {row.client for row in going}
        leaving = [row for row in rows if row.client in clients]
        if len(leaving) < len(rows):
            self.database.write(lambda connection: installs_table.drop(connection, leaving))
            return  # others look there too
        if places.led_away(path):
            self.settler.forget(rows)
            return
        there = seen(path)
        ours = there in (None, rows[0].digest)
        if not ours and not force:
            raise Refused(
                "changed",
                f"{path} is no longer as it was installed.",
                remedy="Look at what was changed; with force it goes to the trash.",
                path=str(path),
            )
        places.outside(path, self._kept())
        spot = Spot.of(self.library.home, path)
        spot.check_free()
        self._write([replace(row, state="going") for row in rows])
        if there is not None:
            spot.staging.mkdir(mode=0o755)
            spot.take(rows[0].digest, allowed=force)
        self.settler.settle(path)

    def _strangers(self, name: str, clients: set[Client], scope: Scope | None, project: Path | None) -> list[Entry]:
        """What lies under this name where somebody has looked for it, and is not ours to take."""
        known = places.of_project(project) if project is not None else places.of_user(self.environ)
        rows = {row.path for row in self.database.read(installs_table.rows)}
        return [
            replace(each, reason="Workbench has not put it there, and leaves it.")
            for each in self._standing().strangers(known, rows)
            if each.name == name and (not clients or each.client in clients) and scope in (None, each.scope)
        ]

    # -- what both need

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time; what another left has been ended. Raises Refused where nothing can be noted."""
        self._write([])
        with alone(self.library.home):
            self.settler.settle_all()
            yield

    def _of(self, name: str) -> list[InstallRow]:
        return self.database.read(lambda connection: installs_table.of_skill(connection, name))

    def _meant(self, name: str, scope: Scope | None, project: Path | None) -> list[InstallRow]:
        """Wherever a skill was put, or for all projects, or in this one: a person's own folder has what is for all."""
        rows = self._of(name)
        if project is None:
            return [row for row in rows if scope in (None, row.scope)]
        own = {str(each) for each in places.own(project, self.environ)}
        return [
            row
            for row in rows
            if (row.project == str(project) and scope != "user") or str(Path(row.path).parent) in own
        ]

    def _folders(self, clients: Iterable[Client], scope: Scope, project: Path | None) -> dict[Path, tuple[Place, ...]]:
        """The real folders in which these clients look first, each with those who do."""
        known = places.of_project(project) if project is not None else places.of_user(self.environ)
        found: dict[Path, tuple[Place, ...]] = {}
        for client in clients:
            place = next(each for each in known if each.client == client and each.scope == scope and each.first)
            folder = places.checked(place, self._kept())
            if project is not None and folder in places.own(project, self.environ, client):
                place = replace(place, scope="user", project=None)  # there it is found from every project
            found[folder] = (*found.get(folder, ()), place)
        return found

    @property
    def _layout(self) -> Layout:
        return Layout(self.library.home, self.library.clock, self._kept())

    def _kept(self) -> tuple[Path, Path]:
        return self.library.home.root, self.library.root

    def _standing(self) -> Standing:
        return Standing(self.library)

    def _entries(self, wish: Wish) -> list[Entry]:
        """How a place stands for each client of a wish."""
        rows = self.database.read(lambda connection: installs_table.at(connection, wish.path))
        known = {row.client: row for row in rows}
        standing = self._standing()
        return [
            standing.entry(known[each.client]) if each.client in known else Entry.stranger(wish.skill, each, wish.path)
            for each in wish.places
        ]

    def _write(self, rows: list[InstallRow]) -> None:
        self.database.write(lambda connection: installs_table.put(connection, rows))


def _wanted(wish: Wish, source: Path, without: Collection[str]) -> str:
    """The digest of what shall lie there."""
    try:
        made = digest(source, without)
    except OSError as error:
        raise Refused(
            "unreadable",
            f"{wish.skill!r} cannot be read: {error.strerror or error}.",
            remedy="See what is wrong with: workbench call workspace.reconcile.",
            skill=wish.skill,
        ) from error
    return made if wish.method == "copy" else link_digest(relative(source, wish.path))
