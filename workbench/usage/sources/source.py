"""What a reader of one agent's transcripts does, and how folders are walked for all of them.

Idea: a source knows where its agent keeps transcripts, lists them with what `stat` says, and reads one from an offset.
The importer decides what to read; a source remembers nothing between two calls.

Invariant: `read` never raises for what a file holds: a row that cannot count is a skip with its reason. An OSError
(gone, unreadable) goes to the caller, who knows whether it matters. Listing never raises at all.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from workbench.usage.sampling import Parsed, RateRow
from workbench.usage.sources.lines import Note, silent


class Found(NamedTuple):
    """A transcript, or (with `why`) a folder or file that could not be looked at."""

    path: str
    ino: int
    size: int
    mtime_ns: int
    why: str = ""


class Rates(Protocol):
    """What a reader asks of `prices.Prices`."""

    def rate(
        self,
        provider: str,
        model: str,
        day: int,
        *,
        prompt: int = 0,
        speed: str | None = None,
        tier: str | None = None,
        geo: str | None = None,
    ) -> RateRow: ...


class Source(Protocol):
    """The reader of one agent's transcripts."""

    @property
    def name(self) -> str: ...

    def roots(self, environment: Mapping[str, str], given: Sequence[Path] | None = None) -> list[Path]:
        """The folders to list: those of `given` if not None, else what the environment names, else the defaults that exist."""
        ...

    def discover(self, root: Path) -> Iterator[Found]:
        """Every transcript below a root, each once."""
        ...

    def read(self, path: str, offset: int, state: str | None, prices: Rates, note: Note = silent) -> Parsed:
        """What stands behind `offset`, as far as its lines are whole. `state` is what the last reading gave."""
        ...


def walk(root: Path, wanted: Callable[[str], bool]) -> Iterator[Found]:
    """The regular files below `root` whose name is wanted. Linked folders come last, and none is entered twice."""
    entered = _Entered()
    folders = [os.fspath(root)]
    linked: list[str] = []
    while folders or linked:
        by_link = not folders
        folder = linked.pop() if by_link else folders.pop()
        try:
            if not entered.first_time(folder, by_link=by_link):
                continue
            with os.scandir(folder) as entries:
                listed = list(entries)
        except OSError as error:
            yield _unreadable(folder, error)
            continue
        yield from _wanted(listed, wanted, folders, linked)


def _wanted(
    entries: Iterable[os.DirEntry[str]], wanted: Callable[[str], bool], folders: list[str], linked: list[str]
) -> Iterator[Found]:
    """The files of a folder; its folders go to the others. Each report looks at thousands, so it calls little."""
    for entry in entries:
        try:
            if entry.is_dir():
                (linked if entry.is_symlink() else folders).append(entry.path)
            elif wanted(entry.name):
                path = entry.path
                if not path.isascii() and not _printable(path):
                    yield _unnamed(path)
                    continue
                about = entry.stat()
                if stat.S_ISREG(about.st_mode):
                    yield Found(path, about.st_ino, about.st_size, about.st_mtime_ns)
        except OSError as error:
            if wanted(entry.name):
                yield _unreadable(entry.path, error)


class _Entered:
    """The folders that have been entered. Only a link leads to one again, so before the first nobody is asked who it is."""

    def __init__(self) -> None:
        self._paths: list[str] = []
        self._known: set[tuple[int, int]] | None = None

    def first_time(self, folder: str, *, by_link: bool) -> bool:
        """Whether nobody has been there; remembers it. Raises OSError where that cannot be told."""
        if self._known is None and by_link:
            self._known = set()
            for path in self._paths:
                with suppress(OSError):  # it has gone meanwhile
                    self._known.add(_identity(path))
        if self._known is None:
            self._paths.append(folder)
            return True
        identity = _identity(folder)
        if identity in self._known:
            return False
        self._known.add(identity)
        return True


def _identity(folder: str) -> tuple[int, int]:
    about = os.stat(folder)  # noqa: PTH116 - a Path each costs more than the call, and there are thousands
    return about.st_dev, about.st_ino


def found(path: Path) -> Iterator[Found]:
    """One file that lies at a known place, if it does."""
    if not _printable(os.fspath(path)):
        if path.exists():
            yield _unnamed(os.fspath(path))
        return
    try:
        about = path.stat()
    except FileNotFoundError:
        return
    except OSError as error:
        yield _unreadable(os.fspath(path), error)
        return
    if stat.S_ISREG(about.st_mode):
        yield Found(os.fspath(path), about.st_ino, about.st_size, about.st_mtime_ns)


def home(environment: Mapping[str, str]) -> Path:
    """The person's own folder."""
    named = environment.get("HOME")
    return Path(named) if named else Path.home()


def existing(folders: Sequence[Path]) -> list[Path]:
    """Those that are folders, each once, in their order."""
    return list(dict.fromkeys(folder for folder in folders if folder.is_dir()))


def _printable(path: str) -> bool:
    """Whether a path is UTF-8: in a name that is not, Python holds bytes that no store takes."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unnamed(path: str) -> Found:
    return Found(os.fsencode(path).decode("utf-8", "replace"), 0, 0, 0, "has a name that is not UTF-8")


def _unreadable(path: str, error: OSError) -> Found:
    shown = path if _printable(path) else _unnamed(path).path
    return Found(shown, 0, 0, 0, f"cannot be read: {error.strerror or error}")
