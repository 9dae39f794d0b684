"""Unpacking what a stranger has packed: all of it, or nothing.

Idea: our own loop over the entries; what the archive says of itself is checked against its bytes while they come. The
files are made in a folder beside the target, which takes the target's name when all is there. Invariant: whatever is in the
file, nothing is written outside of that folder, and after a refusal there is nothing. Archives in the archive are files.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from workbench.errors import NotFound, Refused
from workbench.skills.sources import tarred, zipped
from workbench.skills.sources.members import LIMITS, Limits, Member, refused, too_large
from workbench.skills.sources.watch import Watch

_ZIP: Final = (b"PK\3\4", b"PK\5\6")
_GZIP: Final = b"\x1f\x8b"
_OPEN: Final = os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC
_MAKE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_OF_NAMES: Final = frozenset({errno.ENAMETOOLONG, errno.EILSEQ, errno.EINVAL, errno.EEXIST, errno.ENOTDIR})

Content = tuple[Member, Iterable[bytes]]


def extract(file: Path, target: Path, *, limits: Limits = LIMITS, watch: Watch) -> None:
    """Unpacks a .zip, .skill, .tar.gz or .tar into `target`, which is not there yet or is empty. Raises Refused, which
    names the entry, for an archive that is not sound, too large, or brings links; then nothing is there.
    """
    made = target.with_name(f"{target.name}.partial")
    with _opened(file, limits) as opened:
        shutil.rmtree(made, ignore_errors=True)  # of one that was killed
        try:
            made.mkdir(mode=0o700)
            for member, content in _watched(opened, limits, watch):
                _write(made, member, content, watch)
            made.rename(target)
        except OSError as error:
            raise _unwritable(error) from error
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _opened(file: Path, limits: Limits) -> BinaryIO:
    try:
        opened = os.fdopen(os.open(file, _OPEN), "rb")
    except FileNotFoundError as error:
        raise NotFound(f"There is no {file}.", remedy="See how it is spelt.", path=str(file)) from error
    except OSError as error:
        raise refused(f"{file.name!r} cannot be read: {error.strerror}", remedy="See that you may read it.") from error
    about = os.fstat(opened.fileno())
    if stat.S_ISREG(about.st_mode) and about.st_size <= limits.archive:
        return opened
    opened.close()
    if stat.S_ISREG(about.st_mode):
        raise too_large(f"it has {about.st_size:,} bytes, and {limits.archive:,} are allowed")
    raise refused(f"{file.name!r} is no file", remedy="Name a .zip, .skill or .tar.gz file.")


def _watched(file: BinaryIO, limits: Limits, watch: Watch) -> Iterator[Content]:
    """The entries of an archive of either kind, whose number is known before the first one only of a ZIP."""
    head = file.read(tarred.RECORD)
    file.seek(0)
    if head.startswith(_ZIP):
        entries = zipped.entries(file, os.fstat(file.fileno()).st_size, limits)
        contents: Iterator[Content] = ((each.member, zipped.content(file, each, limits)) for each in entries)
        total = len(entries)
    elif head.startswith(_GZIP) or tarred.is_header(head):
        contents = tarred.members(tarred.Stream(file, limits, watch, packed=head.startswith(_GZIP)), limits)
        total = None
    else:
        raise refused("it is neither a ZIP nor a tar archive", remedy="Pack it as .zip or .tar.gz.")
    done = 0
    for done, content in enumerate(contents, 1):
        watch.step("extracting", done - 1, total, "files")
        yield content
    watch.step("extracting", done, done, "files")


def _write(root: Path, member: Member, content: Iterable[bytes], watch: Watch) -> None:
    """One entry below the root. There are no links there to lead us elsewhere: we have made none."""
    path = root.joinpath(*member.parts)
    if member.dropped:
        for _ in content:
            watch.check()
    elif member.folder:
        path.mkdir(parents=True, exist_ok=True)
        for _ in content:  # there is nothing, and this has to be seen
            pass
    else:
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, _MAKE, 0o600), "wb") as file:
            for data in content:
                watch.check()
                file.write(data)
            os.fchmod(file.fileno(), 0o755 if member.executable else 0o644)


def _unwritable(error: OSError) -> Refused:
    if error.errno in _OF_NAMES:
        name = Path(os.fsdecode(error.filename or b"")).name
        return refused("cannot be written here under its name", entry=name)
    if error.errno == errno.ENOTEMPTY:
        return Refused("busy", "There are files already where it should be unpacked.", remedy="Try again.")
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return Refused(
        "disk_full" if full else "read_only",
        f"The archive cannot be unpacked: {error.strerror or error}.",
        remedy="Free some space and try again." if full else "See that the folder can be written.",
    )
