"""Reading and writing below a folder, whoever renames what meanwhile.

Idea: `paths.contained` resolves a path's links and says whether it lies inside; then the way there is walked again, a
folder at a time, each opened from the one above and none of them through a link. What was swapped for a link in between
is refused. Invariant: no byte is read or written that does not lie below `root`.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from workbench.errors import InvalidRequest, NotFound, PathEscapes, Refused
from workbench.paths import contained
from workbench.skills.tree.folder import FILE_MODE, LINK_MODE, SCRIPT_MODE, Blob

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NO_FOLDER: Final = (errno.ENOTDIR, errno.ELOOP)
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@contextmanager
def parent(root: Path, path: Path, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The folder that a path lies in, held open, and the path's last part; with `make`, folders on the way are made."""
    base = Path(os.path.realpath(root))
    with _within(base, contained(base, path).relative_to(base), make=make) as found:
        yield found


@contextmanager
def exactly(root: Path, path: Path, *, make: bool = False) -> Iterator[tuple[int, str]]:
    """The same for a path as it is written: a link on the way is refused, and one at its end is what is meant."""
    with _within(Path(os.path.realpath(root)), path.relative_to(root), make=make) as found:
        yield found


@contextmanager
def opened(root: Path, path: Path) -> Iterator[int]:
    """A folder below `root`, or itself, held open. Raises NotFound, PathEscapes, or Refused for what is no folder."""
    base = Path(os.path.realpath(root))
    below = contained(base, path).relative_to(base)
    try:
        if below.parts:
            with _within(base, below, make=False) as (above, name):
                handle = os.open(name, _FOLDER, dir_fd=above)
        else:
            handle = os.open(base, _FOLDER)
    except FileNotFoundError as error:
        raise missing(path) from error
    except OSError as error:
        raise Refused("no_folder", f"{path} is no folder.", remedy="Name a folder.", path=str(path)) from error
    try:
        yield handle
    finally:
        os.close(handle)


@contextmanager
def _within(base: Path, below: Path, *, make: bool) -> Iterator[tuple[int, str]]:
    *above, name = below.parts or ("",)
    if not name:
        raise PathEscapes(f"{base} itself is no file in it.", remedy="Name a file below it.", root=str(base))
    path = base / below
    try:
        handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise missing(base) from error
    try:
        for part in above:
            try:
                handle = _down(handle, part, make=make)
            except FileNotFoundError as error:
                raise missing(path) from error
            except OSError as error:
                if error.errno not in _NO_FOLDER:
                    raise
                raise PathEscapes(
                    f"{part!r} on the way to {path} is no folder.", remedy="Try again.", root=str(base), path=str(path)
                ) from error
        yield handle, name
    finally:
        os.close(handle)


def read(root: Path, path: Path, *, limit: int | None = None) -> Blob:
    """A file below `root`. Raises NotFound, PathEscapes, or Refused for what is no file or larger than `limit`."""
    with parent(root, path) as (folder, name):
        try:
            descriptor = os.open(name, _FILE, dir_fd=folder)
        except FileNotFoundError as error:
            raise missing(path) from error
        except OSError as error:
            raise PathEscapes(
                f"{path} cannot be opened: {error.strerror}.", remedy="Try again.", root=str(root), path=str(path)
            ) from error
    found = _content(descriptor, limit)
    if found is None:
        raise Refused("no_file", f"{path} is no file.", remedy="Name a file.", path=str(path))
    if limit is not None and len(found.data) > limit:
        raise too_large(path, limit)
    return found


def blob(root: Path, path: Path) -> Blob | None:
    """A file or a link below `root` as git keeps it; None when it is not there. Links on the way lead nowhere."""
    base = Path(os.path.realpath(root))
    *above, name = path.relative_to(root).parts
    handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in above:
            handle = _down(handle, part, make=False)
        return blob_in(handle, name)
    except OSError:
        return None
    finally:
        os.close(handle)


def blob_in(folder: int, name: str) -> Blob | None:
    """The same in a folder that is open."""
    try:
        descriptor = os.open(name, _FILE, dir_fd=folder)
    except OSError:
        try:
            return Blob(LINK_MODE, os.fsencode(os.readlink(name, dir_fd=folder)))
        except OSError:
            return None
    return _content(descriptor)


def blobs(folder: Path) -> dict[str, Blob]:
    """Everything below a folder as git keeps it, by path; `.git` is left out at any depth. A link has nothing below it."""
    found: dict[str, Blob] = {}
    if not folder.is_dir():
        return found
    for here, folders, names, handle in os.fwalk(folder):
        above = Path(here).relative_to(folder).as_posix()
        prefix = "" if above == "." else f"{above}/"
        folders[:] = sorted(name for name in folders if name.lower() != ".git")
        for name in sorted({*folders, *names}):
            kept = blob_in(handle, name) if name.lower() != ".git" else None
            if kept is not None:
                found[prefix + name] = kept
    return found


def put(root: Path, path: Path, made: Path) -> None:
    """Moves a file that was made elsewhere on the same file system to a path below `root`, in one step."""
    with parent(root, path, make=True) as (folder, name):
        _move(made, folder, name)


def lay(root: Path, path: Path, made: Path) -> None:
    """The same at exactly that path: in place of a file, a link, or a folder in which nothing is."""
    with exactly(root, path, make=True) as (folder, name):
        try:
            os.rmdir(name, dir_fd=folder)
        except OSError:
            pass  # it is no folder, or one that holds something: then the move says so
        _move(made, folder, name)


def remove(root: Path, path: Path) -> None:
    """Takes a file or a link away, and folders that it leaves empty, but for those next to `root`."""
    try:
        with exactly(root, path) as (folder, name):
            os.unlink(name, dir_fd=folder)
    except (FileNotFoundError, NotFound):
        pass  # it was taken before
    for above in list(path.parents)[: len(path.relative_to(root).parts) - 2]:
        try:
            with exactly(root, above) as (folder, name):
                os.rmdir(name, dir_fd=folder)
        except (OSError, NotFound):
            return  # something else lies in it


def _move(made: Path, folder: int, name: str) -> None:
    made_in = os.open(made.parent, _FOLDER)
    try:
        os.rename(made.name, name, src_dir_fd=made_in, dst_dir_fd=folder)
    finally:
        os.close(made_in)
    os.fsync(folder)


def _content(descriptor: int, limit: int | None = None) -> Blob | None:
    """What an open file holds (a byte more than `limit` at most), and closes it; None if it is no file."""
    about = os.fstat(descriptor)
    if not stat.S_ISREG(about.st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(-1 if limit is None else limit + 1)
    return Blob(SCRIPT_MODE if about.st_mode & stat.S_IXUSR else FILE_MODE, data)


def _down(handle: int, part: str, *, make: bool) -> int:
    """A folder below one that is open, which is closed."""
    if make:
        try:
            os.mkdir(part, dir_fd=handle)
        except FileExistsError:
            pass
    below = os.open(part, _FOLDER, dir_fd=handle)
    os.close(handle)
    return below


def missing(path: Path) -> NotFound:
    return NotFound(f"There is no {path}.", remedy="List the folder that it was in.", path=str(path))


def too_large(path: Path, limit: int) -> InvalidRequest:
    return InvalidRequest(
        f"{path.name} is larger than {limit:,} bytes.",
        remedy="Open it with another program.",
        problems=[{"path": "path", "message": f"is larger than {limit:,} bytes"}],
    )
