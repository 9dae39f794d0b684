"""What was made in a staging folder takes its places at a target: all of it, or nothing.

Idea: a note in the home says first what each piece is that shall be moved, and which folders are made for them; then each
is renamed to its place, what lay there aside. Whoever fails takes back what has been moved, and so does the process that
comes after one that was killed: nobody was told that it has happened. Once all of it lies there the note says so, and what
was put aside goes to the trash. Invariant: only what is still as we have made it is taken back; what somebody has
changed since stays, and what was put aside for it goes to the trash. The way to a piece leads through no link.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final, Self

from workbench.clock import Clock
from workbench.errors import NotFound, PathEscapes, Refused
from workbench.paths import Home, write_atomic
from workbench.skills.handout.installed import Spot
from workbench.skills.handout.trash import discard
from workbench.skills.tree import beneath
from workbench.skills.tree.digest import counts

LOGGER: Final = logging.getLogger("workbench")

_NOTHING: Final = hashlib.sha256().hexdigest()
"""The mark of what is not there: where nothing was made, what lies there goes."""
_ODD: Final = "odd"
"""In place of a mark: of what is no file, no link and no folder of those."""


@dataclass
class MovingIn:
    """One target, its note, and the staging folder: in the target where that is a folder (it may be a disk of its own, or
    lie in a folder that cannot be written), else beside it.
    """

    home: Home
    clock: Clock
    note: Path
    target: Path
    staging: Path
    pieces: dict[str, str]
    """What was made, as it is marked, by its path below the target; `""` is the target itself. Where nothing was made for
    a path, what lies there goes.
    """
    folders: Sequence[str] = ()
    """Those that are made for it."""
    done: bool = False

    @classmethod
    def to(cls, home: Home, clock: Clock, notes: Path, target: Path) -> Self:
        """Raises Refused where something lies in the way of the staging folder."""
        spot = Spot.of(home, target / "new" if target.is_dir() else target)
        spot.check_free()
        return cls(home, clock, notes / spot.staging.name, target, spot.staging, {})

    @classmethod
    def noted(cls, home: Home, clock: Clock, note: Path) -> Self:
        """What was begun. Raises ValueError or LookupError for a note that says it in another way."""
        said = json.loads(note.read_bytes())
        return cls(
            home,
            clock,
            note,
            Path(said["target"]),
            Path(said["staging"]),
            said["pieces"],
            said["folders"],
            said["done"],
        )

    @property
    def new(self) -> Path:
        """Where it is made."""
        return self.staging / "new"

    @contextmanager
    def begun(self) -> Iterator[None]:
        """A staging folder to make things in, which does not stay, and neither does what was moved but not all of it."""
        self._write(done=False)
        try:
            self.staging.mkdir(mode=0o755)
            yield
        finally:
            try:
                self.end()
            except OSError as error:
                if not self.done:
                    raise
                LOGGER.warning("%s was written; what it replaced is still in %s: %s", self.target, self.staging, error)

    def move(self, pieces: Iterable[str], *, replace: bool) -> None:
        """Each to its place, in this order. Raises Refused or PathEscapes for what has come there meanwhile."""
        self.pieces = {piece: mark(self.new / piece) for piece in pieces}
        above = {folder for piece in self.pieces for folder in PurePosixPath(piece).parents}
        self.folders = sorted(str(folder) for folder in above if not (self.target / folder).is_dir())
        self._write(done=False)
        for piece in self.pieces:
            self._move_in(piece, replace=replace)
        self._write(done=True)
        self.done = True

    def end(self) -> None:
        """Takes back what is not done; then nothing is left but what lies at the target and in the trash. Harmless twice."""
        if not self.done:
            self._take_back()
        aside = self._aside("")
        if below(aside):
            discard(self.home, self.clock, aside, self.target.name)
        if self.staging.exists():
            shutil.rmtree(self.staging)
        self.note.unlink()

    def _write(self, *, done: bool) -> None:
        told = {
            "target": str(self.target),
            "staging": str(self.staging),
            "pieces": self.pieces,
            "folders": list(self.folders),
            "done": done,
        }
        write_atomic(self.note, json.dumps(told).encode())

    def _aside(self, piece: str) -> Path:
        return self.staging / "trash" / piece

    def _move_in(self, piece: str, *, replace: bool) -> None:
        with self._at(piece, make=True) as (folder, name):
            if _lies(folder, name):
                if not replace:
                    raise Refused(
                        "exists",
                        f"Something has come to {self.target / piece} meanwhile.",
                        remedy="Look at it, then try again.",
                        path=str(self.target / piece),
                    )
                self._aside(piece).parent.mkdir(parents=True, exist_ok=True)
                os.rename(name, self._aside(piece), src_dir_fd=folder)
            if self.pieces[piece] != _NOTHING:
                os.rename(self.new / piece, name, dst_dir_fd=folder)

    def _take_back(self) -> None:
        if os.path.realpath(self.target) != str(self.target):
            LOGGER.warning("%s is a link now: what an export had put there is left.", self.target)
            return
        for piece in reversed(self.pieces):
            with suppress(NotFound, PathEscapes):  # its folder is another one now, and with it what lies there
                self._take_out(piece)
        for folder in sorted(self.folders, key=len, reverse=True):
            with suppress(NotFound, PathEscapes, OSError), self._at(folder, make=False) as (above, name):
                os.rmdir(name, dir_fd=above)

    def _take_out(self, piece: str) -> None:
        """What was put aside lies in its place again, unless somebody's work lies there."""
        made, aside, place = self.new / piece, self._aside(piece), self.target / piece
        with self._at(piece, make=False) as (folder, name):
            if self.pieces[piece] != _NOTHING and not os.path.lexists(made) and _lies(folder, name):
                if mark(place) != self.pieces[piece]:
                    LOGGER.warning("%s is not as an export had put it there, and is left.", place)
                    return
                os.rename(name, made, src_dir_fd=folder)
            if os.path.lexists(aside) and not _lies(folder, name):
                os.rename(aside, name, dst_dir_fd=folder)

    @contextmanager
    def _at(self, piece: str, *, make: bool) -> Iterator[tuple[int, str]]:
        """The folder that a piece lies in, held open, and its name."""
        root = self.target if piece else self.target.parent
        with beneath.exactly(root, self.target / piece, make=make) as found:
            yield found


def mark(path: Path, *, litter: bool = True) -> str:
    """What tells whether anything at a path was changed: names, contents, links and what can be run; with or without what
    tools leave behind by themselves.
    """
    told = hashlib.sha256()
    for each in (each for each in below(path) if litter or counts(each)):
        told.update(json.dumps([each, _content(path / each)]).encode())
    return told.hexdigest()


def below(root: Path) -> list[str]:
    """Files and links below a folder, by path; `""` where it is none itself."""
    if root.is_symlink() or not root.is_dir():
        return [""] if os.path.lexists(root) else []
    found = []
    for above, folders, names in os.walk(root):
        here = Path(above).relative_to(root)
        links = [name for name in folders if (Path(above) / name).is_symlink()]
        found += [(here / name).as_posix() for name in [*names, *links]]
    return sorted(found)


def _content(path: Path) -> list[str | bool]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return ["link", str(path.readlink())]
    if not stat.S_ISREG(mode):
        return [_ODD]
    return [bool(mode & 0o111), hashlib.sha256(path.read_bytes()).hexdigest()]


def _lies(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True
