"""One skill in a client's folder: put there, or taken away, in one rename that a kill cannot halve.

Idea: what shall come is made whole in a staging folder beside its place, and what leaves moves into that folder; so what
lies where tells how far one was, and `settle` ends every change, whether it was cut short or not. Invariant: nothing that
we have not put there ourselves is ever removed: it goes to the trash, where a person has allowed it, or stays.

Nothing is forced to the disk: an install can be made again, and its digest tells when a power cut has spoilt it.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import os
import shutil
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.clock import Clock
from workbench.errors import Refused, WorkbenchError
from workbench.paths import Home
from workbench.skills.handout import installs_table
from workbench.skills.handout.installs_table import InstallRow, Method
from workbench.skills.handout.places import above_missing, led_away
from workbench.skills.handout.trash import discard, entry_of
from workbench.skills.tree.copying import copy
from workbench.skills.tree.digest import Line, digest, of_lines
from workbench.skills.tree.walk import walk
from workbench.storage.database import Database

LOGGER: Final = logging.getLogger("workbench")

_DROPPED: Final = "old"
"""In the staging folder: what was ours, as we had put it there."""
_KEPT: Final = "trash"
"""What somebody may want back."""
STRANGE: Final = "strange"
"""In place of a digest: of what is nothing that we could have put there."""


def seen(path: Path) -> str | None:
    """What lies at a path: the digest of a folder, a link by where it points; None: nothing. What has more in it than its
    digest tells (a repository, a pipe) is never what was put there.
    """
    try:
        if path.is_symlink():
            return link_digest(str(path.readlink()))
        if not path.is_dir():
            return STRANGE if os.path.lexists(path) else None
        if any(found.kind not in ("file", "link") for found in walk(path)):
            return STRANGE
        return digest(path)
    except OSError:
        return STRANGE


def link_digest(target: str) -> str:
    """What stands for a link."""
    data = os.fsencode(target)
    return of_lines([Line("l", "", len(data), hashlib.sha256(data).hexdigest())])


@dataclass(frozen=True)
class Spot:
    """Where a skill shall lie, and the staging folder beside it. Its name is this home's alone: nobody can have put there
    beforehand what would be taken for our work half done.
    """

    path: Path
    staging: Path

    @classmethod
    def of(cls, home: Home, path: Path) -> Spot:
        token = hashlib.sha256(os.fsencode(f"{home.root.stat().st_ino}\0{home.root}\0{path}")).hexdigest()[:16]
        return cls(path, path.parent / f".workbench-{token}")

    @property
    def new(self) -> Path:
        return self.staging / "new"

    def aside(self) -> Path | None:
        """What was moved out of its place."""
        if self.staging.is_symlink():
            return None
        return next((each for name in (_DROPPED, _KEPT) if os.path.lexists(each := self.staging / name)), None)

    def check_free(self) -> None:
        """Raises Refused where something lies in our way."""
        if os.path.lexists(self.staging):
            raise Refused(
                "busy",
                f"{self.staging} is in the way.",
                remedy="Workbench uses it while it puts a skill there: move it away.",
                path=str(self.staging),
            )

    def lay(self, source: Path, method: Method, without: Collection[str] = ()) -> str:
        """Makes what shall come, a copy without what has these names in it; its digest."""
        self.staging.mkdir(mode=0o755)
        if method == "copy":
            copy(source, self.new, without)
            return digest(self.new)
        self.new.symlink_to(relative(source, self.path))
        return link_digest(str(self.new.readlink()))

    def strike(self, ours: str | None, *, allowed: bool) -> None:
        """It happens: what was made takes its place; what lay there is put aside, as `take` does it."""
        if os.path.lexists(self.path):
            self.take(ours, allowed=allowed)
        self.new.rename(self.path)

    def take(self, ours: str | None, *, allowed: bool) -> None:
        """What lies there is put aside: to be dropped, if it is still `ours` where nobody can reach it any more, else to be
        kept, if that is `allowed`. Raises Refused for what is neither, and has put it back.
        """
        kept = self.staging / _KEPT
        self.path.rename(kept)
        if ours is not None and seen(kept) == ours:
            kept.rename(self.staging / _DROPPED)
        elif not allowed:
            kept.rename(self.path)
            raise Refused(
                "changed",
                f"{self.path} was changed just now.",
                remedy="Look at what was changed, and try again.",
                path=str(self.path),
            )


def relative(source: Path, path: Path) -> str:
    """What a link at a path says, so that it leads to a folder wherever both are moved to together."""
    return os.path.relpath(os.path.realpath(source), path.parent)


@dataclass(frozen=True)
class Settler:
    """Ends what was begun, from what lies where."""

    database: Database
    home: Home
    clock: Clock

    def pending(self) -> list[Path]:
        """Places at which something was begun and not ended."""
        rows = self.database.read(installs_table.rows)
        paths = dict.fromkeys(Path(row.path) for row in rows)
        begun = {row.path for row in rows if row.state != "there"}
        return [path for path in paths if str(path) in begun or os.path.lexists(Spot.of(self.home, path).staging)]

    def settle(self, path: Path) -> None:
        """Finishes what has happened at a place, takes back what has not, and leaves rows that say which. Harmless twice."""
        rows = self.database.read(lambda connection: installs_table.at(connection, path))
        if not rows:
            return
        spot = Spot.of(self.home, path)
        if led_away(path):
            if rows[0].state != "there":
                self.forget(rows)
        elif rows[0].state == "going":
            self._settle_going(spot, rows)
        else:
            self._settle_coming(spot, rows)

    def _settle_going(self, spot: Spot, rows: list[InstallRow]) -> None:
        """It has happened when it was put aside, or is gone."""
        aside = spot.aside()
        if aside is None and os.path.lexists(spot.path):
            self._empty(spot)
            self._put([replace(row, state="there") for row in rows if row.state == "going"])
            return
        self._empty(spot)
        self.forget(rows)

    def _settle_coming(self, spot: Spot, rows: list[InstallRow]) -> None:
        """It has happened when it has left the staging folder and lies in its place."""
        aside = spot.aside()
        if aside is not None and not os.path.lexists(spot.path):
            aside.rename(spot.path)
            aside = None
        made = spot.staging.is_dir() and not os.path.lexists(spot.new)
        coming = rows[0].state == "coming"
        if not coming and aside is not None and made:
            self._put([_as_lies(row, spot.path) for row in rows])
        happened = coming and made and seen(spot.path) == rows[0].digest
        if happened:
            self._put([replace(row, state="there") for row in rows])
        self._empty(spot)
        if coming and not happened:
            self.forget(rows)

    @contextmanager
    def guarded(self, path: Path) -> Iterator[None]:
        """Whatever goes wrong at a place is taken back, and what the system says of it becomes a sentence."""
        try:
            yield
        except (WorkbenchError, OSError) as error:
            try:
                self.settle(path)
            except OSError as failure:
                LOGGER.warning("What was begun at %s could not be taken back: %s", path, failure)
            if isinstance(error, WorkbenchError):
                raise
            raise Refused(
                "unwritable",
                f"{path} was left as it is: {error.strerror or error}.",
                remedy=f"See that {path.parent} can be written and has space.",
                path=str(path),
                errno=error.errno,
            ) from error

    def settle_all(self) -> None:
        """Ends all that was begun and can be ended now."""
        for path in self.pending():
            try:
                self.settle(path)
            except (OSError, Refused) as error:
                LOGGER.warning("What was begun at %s could not be ended: %s", path, error)

    def forget(self, rows: list[InstallRow]) -> None:
        """Takes rows away with the folders that were made for them, as far as nothing lies in those."""
        left = [replace(row, made=tuple(_still_there(row.made))) for row in rows]
        self.database.write(lambda connection: installs_table.drop(connection, left))

    def make(self, folder: Path, made: Iterable[str]) -> None:
        """A folder to put things into, made of those that were announced."""
        for each in made:
            with contextlib.suppress(FileExistsError):
                Path(each).mkdir()
        if not folder.is_dir():
            raise Refused("no_folder", f"{folder} is no folder.", remedy="Move it out of the way.", path=str(folder))

    def _put(self, rows: list[InstallRow]) -> None:
        self.database.write(lambda connection: installs_table.put(connection, rows))

    def _empty(self, spot: Spot) -> None:
        """The staging folder goes; what was put aside to be kept goes to the trash."""
        aside = spot.aside()
        if aside is not None and aside.name == _KEPT:
            discard(self.home, self.clock, aside, spot.path.name)
        if os.path.lexists(spot.staging) and not spot.staging.is_symlink():
            self._drop(spot)

    def _drop(self, spot: Spot) -> None:
        """What cannot be removed goes to the trash, which asks for no right inside of it. Raises Refused where that lies on
        another disk.
        """
        try:
            shutil.rmtree(spot.staging)
        except OSError as error:
            entry = entry_of(self.home, self.clock)
            try:
                spot.staging.rename(entry / spot.path.name)
            except OSError:
                entry.rmdir()
                raise Refused(
                    "unwritable",
                    f"{spot.staging} is left over and cannot be removed: {error.strerror or error}.",
                    remedy="Remove it yourself: nothing in it is needed any more.",
                    path=str(spot.staging),
                ) from error


def announced(folder: Path) -> tuple[str, ...]:
    """The folders that will have to be made for this one, the outermost first."""
    return tuple(map(str, above_missing(folder)))


def _as_lies(row: InstallRow, path: Path) -> InstallRow:
    method: Method = "link" if path.is_symlink() else "copy"
    return replace(row, digest=seen(path) or row.digest, method=method)


def _still_there(made: Iterable[str]) -> list[str]:
    """Of folders that were made and still are where they were, those that cannot be taken away, the outermost first."""
    left = []
    for folder in sorted(made, key=len, reverse=True):
        if led_away(Path(folder)):
            continue
        try:
            Path(folder).rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            left.append(folder)
    return sorted(left, key=len)
