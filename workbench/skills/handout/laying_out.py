"""What is given away is compared with what lies at a path that a person has named, and laid there whole.

Idea: all of it is made in a staging folder; of what differs, as few pieces as can be are moved to their places
(`moving_in`). Invariant: what was there and differs is never written over: it is a question, and with leave it lies in the
trash. No link that lies in the target leads out of it.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from workbench.clock import Clock
from workbench.errors import NotFound, PathEscapes, Refused
from workbench.paths import Home
from workbench.skills.handout import places
from workbench.skills.handout.moving_in import MovingIn, below
from workbench.skills.intake.incoming import Incoming
from workbench.skills.tree.digest import counts

LOGGER: Final = logging.getLogger("workbench")

_SHOWN: Final = 5


@dataclass(frozen=True)
class Made:
    """What was made: files by path below the target (`""` is the target itself), and folders that are one thing. What
    lies at the target and shall go, and what is said to stay there.
    """

    root: Path
    whole: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()

    def files(self) -> list[str]:
        return below(self.root)


@dataclass(frozen=True)
class Laid:
    """What lies at the target now, or would; in what it differed, and what is no part of it and stays."""

    files: int
    bytes: int
    drift: list[str]
    kept: tuple[str, ...] = ()


Build = Callable[[Path], Made]
"""Makes what shall lie at the target, at the path that it is given."""


@dataclass(frozen=True)
class Layout:
    """Where things are given away to."""

    home: Home
    clock: Clock
    kept: tuple[Path, ...]
    """Folders of ours, which nothing is given away to."""

    def check(self, target: Path, build: Build) -> Laid:
        """In what the target differs; nothing is written there."""
        with Incoming(self.home, self.clock).open() as parcel:
            return _laid(build(parcel.folder / "new"), target)

    def lay(self, target: Path, build: Build, *, replace: bool) -> Laid:
        """Makes it so. Raises Refused where something is there that differs, unless it may be replaced."""
        self._notes.mkdir(mode=0o700, exist_ok=True)
        moving = MovingIn.to(self.home, self.clock, self._notes, target)
        try:
            with moving.begun():
                made = build(moving.new)
                laid = _laid(made, target)
                pieces = sorted(
                    _pieces(made, target, laid.drift), key=lambda piece: (piece in made.gone, *_last(piece))
                )
                for piece in pieces:
                    places.outside(target / piece, self.kept)
                if not replace and any(os.path.lexists(target / piece) for piece in pieces):
                    raise _occupied(target, laid.drift)
                moving.move(pieces, replace=replace)
        except OSError as error:
            raise Refused(
                "unwritable",
                f"{target} was not written: {error.strerror or error}.",
                remedy=f"See that {target if target.is_dir() else target.parent} can be written and has space.",
                path=str(target),
                errno=error.errno,
            ) from error
        return laid

    def pending(self) -> list[Path]:
        """The notes of what was begun and not ended, half written ones included."""
        return sorted(self._notes.iterdir()) if self._notes.is_dir() else []

    def settle(self) -> None:
        """Ends what was cut short."""
        for note in self.pending():
            try:
                if note.suffix == ".tmp":
                    note.unlink()
                else:
                    MovingIn.noted(self.home, self.clock, note).end()
            except (OSError, ValueError, LookupError) as error:
                LOGGER.warning("What was begun at %s could not be ended: %s", note, error)

    @property
    def _notes(self) -> Path:
        return self.home.root / "exporting"


def checked_target(text: str, kept: Iterable[Path]) -> Path:
    """Where something shall be written, as a person has named it: in a folder that is there, and in none of ours."""
    path = places.path_of(text)
    if not path.parent.is_dir():
        raise NotFound(f"There is no folder {path.parent}.", remedy="Make it first.", path=str(path.parent))
    found = Path(os.path.realpath(path.parent)) / path.name
    real = Path(os.path.realpath(found))
    for each in (found, real):
        places.outside(each, kept, whole=not each.is_dir())
    return real if real.is_dir() else found


# -- what differs


def _laid(made: Made, target: Path) -> Laid:
    files = made.files()
    _check_ways(target, files)
    size = sum((made.root / path).lstat().st_size for path in files)
    return Laid(len(files), size, sorted(_differing(made, target, files)), made.kept)


def _check_ways(target: Path, paths: Iterable[str]) -> None:
    """Raises PathEscapes where a link in the target is on the way to a path: it may have come with somebody's repository."""
    for above in sorted({each for path in paths for each in PurePosixPath(path).parents}):
        if (target / above).is_symlink():
            raise PathEscapes(
                f"{above} in {target} is a link, and would lead elsewhere.",
                remedy="Put a folder in its place, or give another path.",
                root=str(target),
                path=str(target / above),
            )


def _differing(made: Made, target: Path, files: list[str]) -> Iterator[str]:
    """What lies there otherwise or not at all, what should not be in a folder that is one thing, and what shall go."""
    for path in files:
        if not _same(made.root / path, target / path):
            yield path
    known = set(files)
    for folder in made.whole:
        inner = below(target / folder)
        for path in inner if inner != [""] else []:
            if f"{folder}/{path}" not in known and counts(path):
                yield f"{folder}/{path}"
    for piece in made.gone:
        yield from (f"{piece}/{path}" if path else piece for path in below(target / piece))


def _same(made: Path, there: Path) -> bool:
    if made.is_symlink() or there.is_symlink():
        return made.is_symlink() and there.is_symlink() and made.readlink() == there.readlink()
    if not there.is_file() or made.stat().st_size != there.stat().st_size:
        return False
    runs = bool(made.stat().st_mode & 0o111) == bool(there.stat().st_mode & 0o111)
    return runs and made.read_bytes() == there.read_bytes()


def _pieces(made: Made, target: Path, drift: list[str]) -> Iterator[str]:
    """What has to be moved, in as few renames as leave alone what is not ours."""
    if drift and not target.is_dir():
        yield ""
        return
    whole = {folder for folder in made.whole if any(path.startswith(f"{folder}/") for path in drift)}
    whole |= {*made.gone}
    yield from whole
    yield from (path for path in drift if not any(f"{path}/".startswith(f"{folder}/") for folder in whole))


def _last(piece: str) -> tuple[bool, str]:
    """A manifest names what has to be there already."""
    return piece.endswith(".json"), piece


def _occupied(target: Path, drift: list[str]) -> Refused:
    shown = ", ".join(path or target.name for path in drift[:_SHOWN]) + (" and more" if len(drift) > _SHOWN else "")
    return Refused(
        "exists",
        f"There is {target} already, and it differs: {shown}.",
        remedy="Give another path; with replace what is there goes to the trash.",
        path=str(target),
        drift=drift,
    )
