"""How a skill is changed so that a kill at any moment leaves disk, git and database in agreement.

Idea: every change is three steps. *Intend*: a row says what is about to be done. *Strike*: one rename on the disk, the
moment at which it happens. *Settle*: look at the disk, and from that alone bring git and the rows to the same state,
taking the intent away in the same transaction. Whoever finds an intent settles it, so repairing a crash is the second
half of the change itself. Invariant: settling twice changes nothing, and nothing is settled but under the one lock,
which the system takes from a process that dies.

What cannot be settled now (git refuses, a disk is full or not there) is left as it is and tried again by whoever comes
next; until then only the skills that it is about are not to be changed. A folder is made where there was never one, and
never in the place of one that is away.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.clock import Clock
from workbench.errors import HomeUnusable, Refused, WorkbenchError
from workbench.paths import Home
from workbench.skills import table
from workbench.skills.table import Intent
from workbench.skills.turns import turn
from workbench.skills.versions.repository import ASIDE, Repository
from workbench.storage.database import Database

LOGGER: Final = logging.getLogger("workbench")

PATIENCE_S: Final = 30.0

MOVE: Final = "move"
"""The skills folder itself goes to another place."""

Rows = Callable[[apsw.Connection], Any]
Follow = Callable[[apsw.Connection, str, str], Any]
"""What others keep of a skill takes its new name (old, new), in the transaction in which the skill does."""


def nothing(connection: apsw.Connection) -> None:
    """The rows of a change that did not happen."""
    del connection


def stays(connection: apsw.Connection, old: str, new: str) -> None:
    """Nobody else knows the skill."""
    del connection, old, new


@dataclass(frozen=True)
class Outcome:
    """What the disk said about a change: the rows that follow, and the commit if one was made."""

    rows: Rows = nothing
    commit: str | None = None
    happened: bool = False


@dataclass(frozen=True)
class Site:
    """Where a change takes place: the skills folder with its repository, and the scratch folders."""

    repository: Repository
    scratch: Path
    """The folder of the skills' working files: notes, questions and answers, logs."""
    now: int
    stuck: Mapping[str, WorkbenchError] = field(default_factory=dict)
    """Skills of which a change was begun that cannot be finished now, with the reason."""

    @property
    def root(self) -> Path:
        return self.repository.root

    def folder(self, name: str) -> Path:
        return self.root / name

    def staging(self, intent: Intent) -> Path:
        """A folder beside the skills, on their file system, that is gone when the intent is."""
        return self.root / ASIDE / f".{intent.id}"

    def trash(self, entry: str) -> Path:
        return self.root / ASIDE / entry

    def check_settled(self, *names: str) -> None:
        """Raises Refused for skills of which an earlier change, or a merge of their owner's, has to be finished first."""
        torn = {path.partition("/")[0] for path in self.repository.index.in_conflict()}
        for name in names:
            if (error := self.stuck.get(name)) is not None:
                raise unfinished(name, error)
            if name.partition("/")[0] in torn:
                raise Refused(
                    "conflict",
                    f"{name[:80]!r} is in a merge that is not done.",
                    remedy="Resolve it and commit, or take the merge back: git merge --abort.",
                    skill=name,
                )


Settle = Callable[[Site, Intent], Outcome]
SettleFolder = Callable[[Intent], Outcome]


@dataclass
class Changes:
    """Changes one after the other, whichever process makes them."""

    database: Database
    home: Home
    clock: Clock
    kinds: dict[str, Settle] = field(default_factory=dict)
    of_folder: dict[str, SettleFolder] = field(default_factory=dict)
    """The kinds of change that are of the skills folder itself, and say where it is."""

    @contextmanager
    def alone(self, where: Callable[[], Path], patience_s: float = PATIENCE_S) -> Iterator[Site]:
        """The skills folder for one process; what another left undone has been settled."""
        with turn(self.home.root / "skills.lock", patience_s):
            for intent in self.database.read(table.intents):
                if intent.kind in self.of_folder:
                    self._settle_folder(intent)
            root = where()
            self.check_there(root)
            make(root)
            yield self._settled(self._site(root))

    def pending(self) -> bool:
        """Whether something is being done, or was left where it can be finished."""
        left = self.database.read(table.intents)
        return any(intent.kind in self.of_folder or Path(intent.root).is_dir() for intent in left)

    def unfinished(self, root: Path) -> set[str]:
        """The skills below a folder of which a change is under way, or was left."""
        left = self.database.read(table.intents)
        return {name for intent in left if Path(intent.root) == root for name in names_of(intent)}

    def check_there(self, root: Path) -> None:
        """Raises Refused when there are skills, and the folder that they lie in is not there: it is missing, or all that
        is there is the place where a disk goes.
        """
        if (root / ASIDE).is_dir():
            return
        rows = self.database.read(table.rows)
        known = rows or [row for row in self.database.read(table.deleted) if row.trash]
        if known and not any((root / row.name).is_dir() for row in rows):
            raise Refused(
                "no_folder",
                f"The skills folder {root} {'holds none of your skills' if root.is_dir() else 'is not there'}.",
                remedy="Mount it, or choose it anew: workbench settings set skills_path=FOLDER.",
                path=str(root),
            )

    def run(self, site: Site, kind: str, name: str, facts: dict[str, Any], strike: Callable[[Path], None]) -> Outcome:
        """Makes a change: `strike` is given an empty staging folder, and does its one rename last."""
        intent = Intent(self.clock.new_id(), kind, name, str(site.root), facts, self.clock.now_ms())
        site.check_settled(*names_of(intent))
        self.database.write(lambda connection: table.intend(connection, intent))
        try:
            staging = site.staging(intent)
            staging.mkdir(mode=0o700)
            strike(staging)
        except OSError as error:
            self.settle(site, intent)
            raise _unusable(site.root, f"{name!r} was not changed", error) from error
        except BaseException:
            self.settle(site, intent)
            raise
        try:
            return self.settle(site, intent)
        except WorkbenchError as error:
            error.remedy = f"{error.remedy} The change was begun, and is finished as soon as it can be.".strip()
            raise

    def relocate(self, root: Path, facts: dict[str, Any], strike: Callable[[Intent], None]) -> None:
        """Moves the skills folder itself; for who has it alone, and it is not to be used afterwards."""
        intent = Intent(self.clock.new_id(), MOVE, "", str(root), facts, self.clock.now_ms())
        self.database.write(lambda connection: table.intend(connection, intent))
        try:
            strike(intent)
        except OSError as error:
            raise HomeUnusable(
                f"The skills folder {root} was not moved: {error.strerror or error}.",
                remedy="See that it and the new place can be written, or move it yourself.",
                path=str(root),
                errno=error.errno,
            ) from error
        finally:
            self._settle_folder(intent)

    def settle(self, site: Site, intent: Intent) -> Outcome:
        """Finishes a change that the disk says has happened, or takes back one that has not. Raises WorkbenchError when
        that cannot be done now; then the change is left to be finished later.
        """
        try:
            outcome = self.kinds[intent.kind](site, intent)
        except OSError as error:
            raise _unusable(site.root, f"A change of {intent.name!r} could not be finished", error) from error
        shutil.rmtree(site.staging(intent), ignore_errors=True)
        self._close(intent, outcome)
        return outcome

    def _settle_folder(self, intent: Intent) -> None:
        try:
            outcome = self.of_folder[intent.kind](intent)
        except OSError as error:
            raise HomeUnusable(
                f"The skills folder {intent.root} is half moved: {error.strerror or error}.",
                remedy=f"See that {error.filename or intent.facts['to']} can be written, and try again.",
                path=intent.root,
                errno=error.errno,
            ) from error
        self._close(intent, outcome)

    def _close(self, intent: Intent, outcome: Outcome) -> None:
        def close(connection: apsw.Connection) -> None:
            outcome.rows(connection)
            table.done(connection, intent.id)

        self.database.write(close)

    def _site(self, root: Path) -> Site:
        return Site(Repository.open(root), scratch_of(self.home), self.clock.now_ms())

    def _settled(self, site: Site) -> Site:
        """The same site when all that was left has been finished, as far as it can be."""
        stuck: dict[str, WorkbenchError] = {}
        for intent in self.database.read(table.intents):
            root = Path(intent.root)  # the skills folder may be another one by now
            if not root.is_dir():
                continue  # until it is back
            try:
                self.settle(site if root == site.root else self._site(root), intent)
            except WorkbenchError as error:
                LOGGER.warning("A change of the skill %r could not be finished: %s", intent.name, error)
                if root == site.root:
                    stuck |= dict.fromkeys(names_of(intent), error)
        return replace(site, stuck=stuck)


def unfinished(name: str, error: WorkbenchError) -> Refused:
    """That an earlier change of a skill has to be finished first, and what keeps it from that."""
    return Refused(
        "unfinished",
        f"An earlier change of {name[:80]!r} could not be finished: {error.message}",
        remedy=error.remedy,
        skill=name,
        failure=dict(error.to_dict()),
    )


def scratch_of(home: Home) -> Path:
    """Where skills have their working files, a folder each."""
    return home.root / "workspaces" / "skills"


def names_of(intent: Intent) -> set[str]:
    """The skills that a change is about."""
    facts = intent.facts
    return {intent.name, facts.get("new", intent.name), *(each["name"] for each in facts.get("skills", ()))}


def make(root: Path) -> None:
    """The skills folder, and beside the skills the folder that git does not see."""
    aside = root / ASIDE
    try:
        aside.mkdir(parents=True, exist_ok=True)
        if not (aside / ".gitignore").exists():
            (aside / ".gitignore").write_text("*\n")
    except OSError as error:
        raise HomeUnusable(
            f"The skills folder {root} cannot be used: {error.strerror or error}.",
            remedy="Choose another one: workbench settings set skills_path=FOLDER.",
            path=str(root),
            errno=error.errno,
        ) from error


def _unusable(root: Path, what: str, error: OSError) -> HomeUnusable:
    return HomeUnusable(
        f"{what}: {error.strerror or error}.",
        remedy=f"See that {root} can be written and has space.",
        path=str(root),
        errno=error.errno,
    )
