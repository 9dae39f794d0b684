"""The agents' own skills: a registry beside the library's, of which neither knows the other.

Idea: each verb changes rows, and then the folder follows the rows (`workspace`); whoever is killed in between leaves what
the next verb finishes before its own. Invariant: after a verb has returned, each skill lies where its row says, CLAUDE.md
names the active ones, and of each purpose but the general one at most one is active; after it has raised, all is as before.

For who brings skills in from elsewhere (`github.import_skills`):

    roles.take_in(root: Path, found: Plan, choice: Choice, *, purpose: Purpose | None, commit: str | None = None) -> Taken

where `root` and `found` are a look's (`look.fetched.root`, `look.plan`) and `choice` names one of its rows with the answers
to its questions (`workbench.skills.intake.choosing.Choice`). `Taken.role` is the row as it is now; it raises WorkbenchError when the
row cannot come in, with the question as its remedy.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import apsw

from workbench.clock import Clock
from workbench.errors import HomeUnusable, NotFound, Refused
from workbench.paths import Home
from workbench.skills.changes import nothing
from workbench.skills.intake.arriving import lay_out
from workbench.skills.intake.choosing import Choice
from workbench.skills.intake.plan import Plan
from workbench.skills.roles import briefing, roles_table
from workbench.skills.roles.role import Purpose, Role, rivals
from workbench.skills.roles.role_rows import (
    arrival_of,
    described,
    digest_of,
    document_in,
    row_of,
    row_of_bundled,
    shipped,
)
from workbench.skills.roles.workspace import Workspace
from workbench.skills.skill import SkillDocument
from workbench.skills.tree.copying import copy
from workbench.skills.turns import turn
from workbench.storage.database import Database

LOGGER: Final = logging.getLogger("workbench")
BUNDLED: Final = Path(__file__).parent / "bundled"
PATIENCE_S: Final = 30.0
READER_PATIENCE_S: Final = 2.0


@dataclass(frozen=True)
class Known:
    """A skill with what its file says now; `document` is None where that cannot be read."""

    role: Role
    folder: Path
    document: SkillDocument | None


@dataclass(frozen=True)
class Taken:
    """What became of a skill that was brought in."""

    role: Role
    updated: bool
    """Whether it took the place of one of its name."""
    held_back: str | None = None
    """The active skill of its purpose, because of which it is not active."""


@dataclass(frozen=True)
class Roles:
    """The registry of one home. Methods block."""

    database: Database
    home: Home
    clock: Clock
    bundled: Path = BUNDLED

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.home, self.clock.new_id)

    # -- reading

    def every(self) -> list[Known]:
        """All of them, by name."""
        self._catch_up()
        return [self._known(role) for role in self._rows()]

    def find(self, name: str) -> Known:
        """One of them; raises NotFound."""
        self._catch_up()
        return self._known(self._row(name))

    # -- changing

    def take_in(
        self, root: Path, found: Plan, choice: Choice, *, purpose: Purpose | None = None, commit: str | None = None
    ) -> Taken:
        """Brings one row of a source in, active if no other of its purpose is. `choice.taken` answers what shall happen to
        one of its name: `replace` it (that goes to the trash), or `keep_both`, which needs a name. Without a `purpose`, it
        is that of the one that it replaces, or the general one.
        """
        arrival = arrival_of(root, found, choice, commit)
        with self._alone() as workspace:
            before = next((role for role in self._rows() if role.name == arrival.name), None)
            self._check_free(workspace, arrival.name, before, replaces=choice.taken == "replace")
            made = workspace.lay_out(arrival.name, lambda place: lay_out(arrival, place))
            document = document_in(workspace.coming, workspace.coming / arrival.name)
            role = row_of(arrival, document, made, purpose=purpose, now=self.clock.now_ms(), before=before)
            held_back = next((each.name for each in rivals(role, self._rows())), None) if role.active else None
            role = replace(role, active=role.active and held_back is None)
            self._write(workspace, [role])
            return Taken(role, before is not None, held_back)

    def toggle(self, name: str, *, active: bool, purpose: Purpose | None = None) -> list[Role]:
        """Puts a skill to use, or keeps it unused, and says what for; the rows that have changed by it. Of a purpose that
        only one may serve, the others are put to rest.
        """
        with self._alone() as workspace:
            before = self._row(name)
            now = self.clock.now_ms()
            after = replace(before, active=active, purpose=purpose or before.purpose)
            changed = [replace(after, updated=now)] if after != before else []
            if active:
                changed += [replace(each, active=False, updated=now) for each in rivals(after, self._rows())]
            self._write(workspace, changed)
            return changed

    def delete(self, name: str) -> None:
        """Into the trash, from both places. Raises Refused for one that Workbench brings along."""
        with self._alone() as workspace:
            role = self._row(name)
            if role.bundled:
                raise Refused(
                    "bundled",
                    f"{name!r} comes with Workbench and cannot be deleted.",
                    remedy=f'Deactivate it: workbench call imported.toggle \'{{"name": "{name}", "active": false}}\'.',
                    skill=name,
                )
            try:
                if not workspace.leave(name):
                    self.database.write(partial(roles_table.drop, name=name))
                self._settle(workspace)
            except OSError:
                self._go_back(workspace, {name}, [role])
                raise

    # -- one at a time

    @contextmanager
    def _alone(self, patience_s: float = PATIENCE_S) -> Iterator[Workspace]:
        """The workspace for this process; what another left undone has been finished."""
        if self.database.read_only:
            self.database.write(nothing)  # it says why before anything is moved
        workspace = self.workspace
        try:
            with turn(self.home.root / "roles.lock", patience_s):
                workspace.make()
                self._reseed(workspace)
                self._settle(workspace)
                yield workspace
        except OSError as error:
            raise HomeUnusable(
                f"The agents' skills in {workspace.root} cannot be changed: {error.strerror or error}.",
                remedy="See that the folder can be written and has space.",
                path=str(error.filename or workspace.root),
                errno=error.errno,
            ) from error

    def _catch_up(self) -> None:
        """Finishes what was left undone, unless somebody is at it."""
        if self.database.read_only:
            return
        try:
            with self._alone(READER_PATIENCE_S):
                pass
        except HomeUnusable as error:
            LOGGER.warning("%s", error)  # the next change says it to a person
        except Refused as error:
            if error.reason != "busy":
                raise

    def _write(self, workspace: Workspace, roles: Sequence[Role]) -> None:
        """These rows, and the folder as they say; or neither."""
        names = {role.name for role in roles}
        before = [role for role in self._rows() if role.name in names]
        self.database.write(lambda connection: _put(connection, roles))
        try:
            self._settle(workspace)
        except OSError:
            self._go_back(workspace, names, before)
            raise

    def _go_back(self, workspace: Workspace, names: set[str], before: Sequence[Role]) -> None:
        """All as it was, as far as that can be done; the rest is left to whoever comes next."""
        self.database.write(lambda connection: _back(connection, names, before))
        workspace.go_back(names, before)
        self._settle(workspace)

    def _settle(self, workspace: Workspace) -> None:
        """Makes the folder what the rows say, and takes away the rows of what is on its way out."""
        for name in workspace.left():
            self.database.write(partial(roles_table.drop, name=name))
        rows = self._rows()
        workspace.follow(rows)
        self._brief(workspace, rows)
        workspace.end()

    def _brief(self, workspace: Workspace, rows: Sequence[Role]) -> None:
        """CLAUDE.md names the active ones."""
        active = [self._known(role) for role in rows if role.active]
        shown = [(each.role.name, described(each.document) or "") for each in active if each.document is not None]
        briefing.keep(workspace.root / briefing.FILE, workspace.coming / briefing.FILE, shown)

    def _reseed(self, workspace: Workspace) -> None:
        """What Workbench brings along is there, as it is brought along; what a person has made of it goes to the trash. What it
        brings along no more stays, as the person's own.
        """
        known = {role.name: role for role in self._rows()}
        brought = shipped(self.bundled)
        former = [role for role in known.values() if role.bundled and role.name not in brought]
        if former:
            self.database.write(lambda connection: _put(connection, [replace(each, bundled=False) for each in former]))
        for name, made in brought.items():
            before = known.get(name)
            if before is not None and not before.bundled:
                continue  # somebody's own has the name
            if before is None and workspace.taken(name):
                continue
            if before is not None and before.digest == made and digest_of(workspace.folder(before)) == made:
                continue
            workspace.lay_out(name, partial(copy, self.bundled / name))
            role = row_of_bundled(self.bundled / name, made, now=self.clock.now_ms(), before=before)
            self.database.write(partial(roles_table.put, role=role))

    # -- rows

    def _rows(self) -> list[Role]:
        return self.database.read(roles_table.every)

    def _row(self, name: str) -> Role:
        found = next((role for role in self._rows() if role.name == name), None)
        if found is None:
            raise NotFound(
                f"The agents have no skill named {name[:80]!r}.",
                remedy="List them with: workbench call imported.list.",
                skill=name,
            )
        return found

    def _known(self, role: Role) -> Known:
        workspace = self.workspace
        folder = workspace.folder(role)
        return Known(role, folder, document_in(workspace.skills, folder))

    def _check_free(self, workspace: Workspace, name: str, before: Role | None, *, replaces: bool) -> None:
        if before is not None and before.bundled:
            raise _taken(name, f"{name!r} comes with Workbench.", "Give yours another name.")
        if before is not None and not replaces:
            raise _taken(name, f"The agents have a skill named {name!r}.", "Replace it, or give this one another name.")
        if before is None and workspace.taken(name):
            raise _taken(
                name,
                f"There is a folder named {name!r} in {workspace.skills} that Workbench does not know.",
                "Give this skill another name, or move that folder away.",
            )


def _put(connection: apsw.Connection, roles: Sequence[Role]) -> None:
    for role in roles:
        roles_table.put(connection, role)


def _back(connection: apsw.Connection, names: set[str], before: Sequence[Role]) -> None:
    for name in names:
        roles_table.drop(connection, name)
    _put(connection, before)


def _taken(name: str, message: str, remedy: str) -> Refused:
    return Refused("exists", message, remedy=remedy, skill=name)
