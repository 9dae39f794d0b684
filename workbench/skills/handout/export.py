"""Skills given away: as packages, as catalogues for a client's marketplace, as a lock file.

Idea: a skill is copied first, without what is no part of it for others (`node_modules`, compiled Python, what file
managers leave, its root's `evals` and `context`); what is given away is made of the copy. Invariant: the digest that is
told is that of the skill which an import of it brings in, and the same skill makes the same bytes on every machine (a
catalogue keeps the name and the owner that it was given first).
"""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from dataclasses import replace as replaced
from pathlib import Path
from typing import Final, Literal

from workbench.errors import InvalidRequest, Refused, WorkbenchError
from workbench.skills import table
from workbench.skills.handout import catalogues_out, lockfile, places
from workbench.skills.handout.earlier import Earlier, laid_mark
from workbench.skills.handout.handing import alone
from workbench.skills.handout.laying_out import Laid, Layout, Made, checked_target
from workbench.skills.intake import origins_table
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.sources.hosts import Bases
from workbench.skills.sources.members import LIMITS, Member, Names, parts_of
from workbench.skills.tree import beneath
from workbench.skills.tree.copying import copy
from workbench.skills.tree.digest import computed_hash, digest
from workbench.skills.tree.walk import walk

Format = Literal["skill", "zip", "claude", "codex", "copilot", "lock"]

Kept = Literal["current", "differs", "absent"]

_FOLDERS: Final = frozenset(["__pycache__", "node_modules"])
_AT_ROOT: Final = frozenset(["evals", "context"])
_BEGIN: Final = (1980, 1, 1, 0, 0, 0)
"""The first time that a ZIP can tell; when a file was changed is no part of a skill."""


@dataclass
class Exporting:
    """One export: the digests of what was copied are noted while it is made."""

    library: Library
    names: Sequence[str]
    format: Format
    bases: Bases = field(default_factory=Bases)
    digests: dict[str, str] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    """Of the pieces of a catalogue, as they were made."""

    def run(self, target: Path, *, replace: bool, check: bool) -> tuple[Path, Laid]:
        """Writes it, or says what would differ; where it lies. Raises NotFound, Refused or PathEscapes."""
        for name in self.names:
            self.library.row(name)
            places.checked_folder_name(name)
        self._check_apart()
        home = self.library.home
        layout = Layout(home, self.library.clock, (home.root, self.library.root))
        place, build = self._builder(target)
        with alone(home):
            layout.settle()
            if check:
                return place, layout.check(place, build)
            laid = layout.lay(place, build, replace=replace)
            if self.marks:
                Earlier(home, target).keep(self.marks)
            return place, laid

    def _builder(self, target: Path) -> tuple[Path, Callable[[Path], Made]]:
        """Where it comes to lie, and what makes it."""
        if self.format == "lock":
            place = target / lockfile.NAME if target.is_dir() else target
            return place, lambda path: self._lock(path, place)
        if self.format in ("skill", "zip"):
            if len(self.names) > 1:
                return target, self._packages
            name = self.names[0]
            place = target / f"{name}.{self.format}" if target.is_dir() else target
            return place, lambda path: self._package(name, path)
        return target, lambda path: self._catalogue(path, target)

    def _packages(self, path: Path) -> Made:
        path.mkdir()
        for name in self.names:
            self._package(name, path / f"{name}.{self.format}")
        return Made(path)

    def _package(self, name: str, path: Path) -> Made:
        folder = path.with_name(f"{path.name}.folder")
        self._copy(name, folder)
        self.digests[name] = digest(folder)
        pack(folder, name, path)
        shutil.rmtree(folder)
        return Made(path)

    def _catalogue(self, path: Path, target: Path) -> Made:
        path.mkdir()
        dialect = catalogues_out.DIALECTS[self.format]
        found = []
        for name in self.names:
            folder = path / catalogues_out.folder_of(name)
            folder.parent.mkdir(parents=True)
            self._copy(name, folder)
            document = self.library.document(name)
            for inner, data in dialect.inside(document, _read(folder / dialect.policy)).items():
                (folder / inner).parent.mkdir(exist_ok=True)
                (folder / inner).write_bytes(data)
            self.digests[name] = digest(folder)
            found.append(catalogues_out.Plugin.of(name, document))
        files = dialect.files(self._identity(target / dialect.catalogue, target), found)
        for inner, data in files.items():
            (path / inner).parent.mkdir(parents=True, exist_ok=True)
            (path / inner).write_bytes(data)
        whole = tuple(catalogues_out.folder_of(name) for name in self.names)
        self.marks = {piece: laid_mark(path / piece) for piece in (*whole, *files) if piece != dialect.catalogue}
        leaving = Earlier(self.library.home, target).leaving(self.names, dialect)
        return Made(path, whole, leaving.gone, leaving.kept)

    def _lock(self, path: Path, place: Path) -> Made:
        locked = []
        for name in self.names:
            folder = self.library.root / name
            self.digests[name] = digest(folder, self.library.row(name).working)
            origin = self.library.database.read(lambda connection, name=name: origins_table.of(connection, name))  # type: ignore[misc]
            local = os.path.relpath(os.path.realpath(folder), place.parent)
            source = origin.origin if origin else None
            locked.append(lockfile.locked(name, source, local, computed_hash(folder), bases=self.bases))
        path.write_bytes(lockfile.write(locked, _read(place)))
        return Made(path)

    def _copy(self, name: str, folder: Path) -> None:
        """The skill as it is given away."""
        with self.library.alone() as site:
            site.check_settled(name)
            copy(site.folder(name), folder)
        for found in list(walk(folder)):
            if left_out(found.path):
                (folder / found.path).unlink()
        if not (folder / FILE).is_file():
            raise Refused("no_skill", f"{name!r} has no {FILE}.", remedy="Restore a version of it.", skill=name)

    def _identity(self, catalogue: Path, target: Path) -> catalogues_out.Identity:
        with self.library.alone() as site:
            owner = site.repository.identity().partition(" <")[0]
        new = catalogues_out.Identity.new(target, owner)
        try:
            return new.kept(beneath.read(target, catalogue, limit=lockfile.LARGEST).data)
        except (WorkbenchError, OSError):
            return new

    def _check_apart(self) -> None:
        """Folders and packages are called as the skills are, plugins may be called otherwise: neither may be one."""
        self._check_names(str.casefold, "on some systems")
        if self.format in catalogues_out.DIALECTS:
            self._check_names(catalogues_out.plugin_name, "in a catalogue")

    def _check_names(self, called: Callable[[str], str], where: str) -> None:
        seen: dict[str, str] = {}
        for name in self.names:
            other = seen.setdefault(called(name), name)
            if other != name:
                raise Refused(
                    "exists",
                    f"{other!r} and {name!r} are one name {where}.",
                    remedy="Rename one of them, or give them away apart.",
                )


def export(
    library: Library,
    names: Sequence[str],
    form: Format,
    target: str,
    *,
    bases: Bases,
    replace: bool = False,
    check: bool = False,
) -> tuple[Path, Laid, dict[str, str]]:
    """Gives skills away to a path: where they lie, what was written or differs, and the digests."""
    wanted = list(dict.fromkeys(names))
    path = checked_target(target, (library.home.root, library.root))
    if form not in ("skill", "zip", "lock") and path.exists() and not path.is_dir():
        raise InvalidRequest(f"{path} is no folder.", remedy="A catalogue is a folder: name one.", path=str(path))
    exporting = Exporting(library, wanted, form, bases)
    place, laid = exporting.run(path, replace=replace, check=check)
    return place, laid, exporting.digests


def packed(library: Library, name: str, path: Path) -> str:
    """A skill's package at a new path of Workbench's own; its digest. Raises NotFound or Refused."""
    library.row(name)
    places.checked_folder_name(name)
    exporting = Exporting(library, [name], "skill")
    exporting._package(name, path)  # noqa: SLF001 - the same module
    return exporting.digests[name]


def verified(library: Library, path: str) -> tuple[Path, list[tuple[lockfile.Locked, Kept]]]:
    """A lock file, or the one of a folder, and what the library has under each of its names."""
    named = places.path_of(path)
    file = named / lockfile.NAME if named.is_dir() else named
    data = beneath.read(file.parent, file, limit=lockfile.LARGEST).data
    found = [_from_here(each, file.parent) for each in lockfile.read(data)]
    return file, [(each, _kept(library, each)) for each in found]


def _from_here(locked: lockfile.Locked, folder: Path) -> lockfile.Locked:
    """A folder that is named from where the lock file lies, by its whole path."""
    if locked.source_type != "local":
        return locked
    return replaced(locked, source=os.path.normpath(folder / locked.source))


def _kept(library: Library, locked: lockfile.Locked) -> Kept:
    if library.database.read(lambda connection: table.find(connection, locked.name)) is None:
        return "absent"
    try:
        return "current" if computed_hash(library.root / locked.name) == locked.computed_hash else "differs"
    except OSError:
        return "differs"


def left_out(path: str) -> bool:
    """Whether a file of a skill is nothing for others."""
    *above, name = path.split("/")
    return (
        not _FOLDERS.isdisjoint(above)
        or (bool(above) and above[0] in _AT_ROOT)
        or name.endswith(".pyc")
        or name == ".DS_Store"
    )


def pack(folder: Path, name: str, file: Path) -> None:
    """A ZIP with one folder of the skill's name. What could not be taken in again, here or elsewhere, is refused: links,
    and names that are not the same on every system. Nothing is compressed: how well that is done differs between machines.
    """
    names = Names()
    with zipfile.ZipFile(file, "x", zipfile.ZIP_STORED) as archive:
        size = 0
        for number, (member, data) in enumerate(_members(folder, name), 1):
            try:
                names.take(member)
            except WorkbenchError as error:
                raise _unfit(name, member.path, "has a name that is another's on some systems") from error
            size += len(data)
            if number > LIMITS.entries or size > LIMITS.total or len(data) > LIMITS.file:
                raise Refused(
                    "too_large",
                    f"{name!r} is too large for a package: {member.path} is more than others take.",
                    remedy=f"Packages have up to {LIMITS.entries:,} files of up to {LIMITS.file >> 20} MB, "
                    f"{LIMITS.total >> 20} MB in all. Export a catalogue instead.",
                    skill=name,
                )
            about = zipfile.ZipInfo(member.path, _BEGIN)
            about.create_system = 3
            about.external_attr = (stat.S_IFREG | (0o755 if member.executable else 0o644)) << 16
            archive.writestr(about, data)


def _members(folder: Path, name: str) -> Iterator[tuple[Member, bytes]]:
    for found in walk(folder):
        path = f"{name}/{found.path}"
        if found.kind == "link":
            raise _unfit(name, found.path, "is a link")
        try:
            parts, _ = parts_of(path)
        except WorkbenchError as error:
            raise _unfit(name, found.path, "has a name that not every system can have") from error
        with found.open() as file:
            data = file.read()
        member = Member(parts, folder=False, executable=found.executable, size=len(data))
        if member.dropped:
            raise _unfit(name, found.path, "is a repository's own")
        yield member, data


def _unfit(name: str, path: str, why: str) -> Refused:
    shown = path.encode("utf-8", "backslashreplace").decode()
    return Refused(
        "unfit",
        f"{name!r} cannot be packed: {shown!r} {why}.",
        remedy="Put a plain file in its place, or rename it; a catalogue may have links.",
        skill=name,
        path=shown,
    )


def _read(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() and not path.is_symlink() else None
