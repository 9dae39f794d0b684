"""The library: every skill that is the person's own, each change of it a version, none of them ever lost.

Idea: the verbs say what is to change and refuse what cannot be; how a change survives a kill is `changes` and `settle`.
Invariant: after a verb has returned, the folder, git and the rows agree; after it has raised, nothing has changed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.clock import Clock
from workbench.errors import InvalidRequest, NotFound, PathEscapes, Refused
from workbench.paths import Home, contained
from workbench.sidecar.tree import born
from workbench.skills import beneath, history, listing, table
from workbench.skills.changes import Changes, Outcome, Site, scratch_of
from workbench.skills.disk import permissions, write
from workbench.skills.folder import Blob, checked_name
from workbench.skills.locks import Locks
from workbench.skills.repository import Repository
from workbench.skills.settle import KINDS, save_unknown
from workbench.skills.skill import FILE, SkillDocument, parse
from workbench.skills.table import SkillRow
from workbench.storage.database import Database

PURPOSES: Final = ("domain", "source", "data-engineering", "platform")
MAX_TAG: Final = 50


class Library:
    """The skills below one folder, which `root` names anew each time: a person may choose another one."""

    def __init__(self, database: Database, home: Home, clock: Clock, root: Callable[[], Path]) -> None:
        self.database = database
        self.home = home
        self.clock = clock
        self._root = root
        self.changes = Changes(database, home, clock, dict(KINDS))
        self.locks = Locks(database, clock)

    @property
    def root(self) -> Path:
        """The skills folder."""
        return self._root()

    def alone(self) -> AbstractContextManager[Site]:
        """The skills folder for this process; what was left undone has been settled."""
        return self.changes.alone(self.root)

    # -- reading

    def items(self) -> list[listing.Item]:
        """Every skill, by name, as its file says now."""
        self.settle()
        locked = {lock.skill for lock in self.locks.held()}
        items, fresh = listing.read(self.root, self.database.read(table.listed), locked)
        if fresh and not self.database.read_only:
            self.database.write(lambda connection: table.index(connection, fresh))
        return items

    def item(self, name: str) -> listing.Item:
        """One skill, as its file says now; raises NotFound."""
        self.settle()
        found = self.database.read(lambda connection: table.listed(connection, name))
        if not found:
            self.row(name)
        locked = {lock.skill for lock in self.locks.held(name)}
        return listing.read(self.root, found, locked)[0][0]

    def settle(self) -> None:
        """Finishes what a killed process left undone; costs one look when there is nothing."""
        if not self.database.read_only and self.changes.pending():
            with self.alone():
                pass

    def row(self, name: str) -> SkillRow:
        """The skill of a name; raises NotFound."""
        row = self.database.read(lambda connection: table.find(connection, name))
        if row is None:
            raise NotFound(
                f"There is no skill named {name[:80]!r}.", remedy="List them with: workbench skills list.", skill=name
            )
        return row

    def folder(self, name: str) -> Path:
        """Where a skill of the library lies."""
        return self.root / self.row(name).name

    def document(self, name: str) -> SkillDocument:
        """A skill's SKILL.md; raises NotFound when it is gone."""
        return parse(self._read(self.folder(name)).data, folder=name)

    def holding(self, path: Path) -> tuple[str, str] | None:
        """The skill that a path (its links resolved) lies in, and the path below its folder."""
        base = self.root.resolve()
        if base not in path.parents:
            return None
        name, *below = path.relative_to(base).parts
        known = self.database.read(lambda connection: table.find(connection, name))
        return (name, "/".join(below)) if known is not None and below else None

    def busy(self) -> set[str]:
        """The skills that a living workflow is at work on."""
        live = {skill for skill, pid, start in self.database.read(table.open_sessions) if born(pid) == start}
        return {row.name for row in self.database.read(table.rows) if row.id in live}

    # -- changing

    def create(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        source: str = "skill-builder",
        purpose: str | None = "domain",
        tags: Iterable[str] = (),
    ) -> Outcome:
        """A new skill with these files, by path below its folder."""
        checked_name(name)
        facts = {"source": source, "purpose": purpose, "tags": checked_tags(tags), "word": "created"}

        def lay_out(staging: Path) -> None:
            made = staging / name
            for path, data in {**files}.items():
                file = contained(made, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, data)
            (made / "references").mkdir(parents=True, exist_ok=True)
            made.rename(self.root / name)

        with self.alone() as site:
            self._check_free(site, name)
            return self.changes.run(site, "create", name, facts, lay_out)

    def edit(
        self,
        name: str,
        change: Callable[[bytes], bytes],
        *,
        path: str = FILE,
        word: str = "edited",
        base: str | None = None,
        instance: str | None = None,
    ) -> Outcome:
        """Changes one file of a skill (by default SKILL.md). With `base`, the digest of what the caller saw, it is refused
        when the file has changed since. What was changed outside becomes a version of its own first.
        """
        with self.alone() as site:
            self._check_mine(name, instance)
            file = self._inside(site, name, path)
            found = beneath.blob(site.root, file)
            before = found.data if found is not None else b""
            if base is not None and base != digest(before):
                raise Refused(
                    "changed",
                    f"{name}/{path} has been changed since you opened it.",
                    remedy="Look at it again; nothing was written.",
                    digest=digest(before),
                )
            after = change(before)
            if found is not None and after == before:
                return Outcome()
            place = file.relative_to(site.root).as_posix()
            if found is not None:
                save_unknown(site, place.partition("/")[0], {place.partition("/")[2]: found})
            return self._write(site, name, file, after, f"{name}: {path if path != FILE else 'SKILL.md'} {word}")

    def rename(self, old: str, new: str, *, instance: str | None = None) -> Outcome:
        """Another name for the folder and in SKILL.md, both or neither."""
        checked_name(new)
        with self.alone() as site:
            self._check_mine(old, instance)
            if new == old:
                return Outcome()
            self._check_free(site, new)
            found = self._read(site.folder(old))
            parse(found.data, folder=new).set("name", new)  # it has to be possible before anything is moved

            def move(staging: Path) -> None:
                del staging
                site.folder(old).rename(site.folder(new))

            return self.changes.run(site, "rename", old, {"new": new}, move)

    def delete(self, name: str, *, word: str = "deleted", instance: str | None = None) -> Outcome:
        """Into the trash, from which it can be restored."""
        with self.alone() as site:
            self._check_mine(name, instance)
            entry = self.clock.new_id()

            def move(staging: Path) -> None:
                del staging
                if site.folder(name).exists():
                    site.trash(entry).mkdir()
                    site.folder(name).rename(site.trash(entry) / name)

            return self.changes.run(site, "delete", name, {"trash": entry, "word": word}, move)

    def bring_back(self, name: str, trash: str | None = None) -> Outcome:
        """The skill of this name that was deleted last, or the one of a trash entry."""
        with self.alone() as site:
            found = self.database.read(table.deleted)
            row = next((row for row in found if row.name == name and trash in (None, row.trash)), None)
            if row is None or row.trash is None or not (site.trash(row.trash) / name).is_dir():
                raise NotFound(
                    f"There is no {name[:80]!r} in the trash.",
                    remedy="See what is there with: workbench call skills.list '{\"deleted\": true}'.",
                    skill=name,
                )
            self._check_free(site, name)
            entry = row.trash

            def move(staging: Path) -> None:
                del staging
                (site.trash(entry) / name).rename(site.folder(name))

            return self.changes.run(site, "bring_back", name, {"trash": entry, "skill": row.id}, move)

    def retag(self, names: Iterable[str], change: Callable[[list[str]], Iterable[str]]) -> dict[str, list[str]]:
        """New tags for some skills, all or none, made from those that each has."""
        wanted = list(dict.fromkeys(names))
        rows = [self.row(name) for name in wanted]

        def save(connection: apsw.Connection) -> dict[str, list[str]]:
            after = {row.name: checked_tags(change(table.tags_of(connection, row.id))) for row in rows}
            for row in rows:
                table.set_tags(connection, row.id, after[row.name])
            return after

        return self.database.write(save)

    def repurpose(self, name: str, purpose: str | None) -> None:
        """What kind of skill it is."""
        self.row(name)
        now = self.clock.now_ms()
        self.database.write(lambda connection: table.repurpose(connection, name, purpose, now))

    # -- versions

    def repository(self, name: str) -> Repository:
        """The repository, to look up the versions of a skill that is or was in the library."""
        self.settle()
        found = Repository.find(self.root) if self.root.is_dir() else None
        if found is not None and (self._is_known(name) or found.entries(name)):
            return found
        self.row(name)
        with self.alone() as site:
            return site.repository

    def restore(
        self, name: str, wanted: str, *, preview: bool = False, instance: str | None = None
    ) -> tuple[history.Plan, str | None]:
        """Makes an older version the newest one; what would be lost by that becomes a version first."""
        with self.alone() as site:
            self._check_mine(name, instance)
            version = history.version(site.repository, name, wanted)
            plan = history.plan(site.repository, name, version)
            if preview or not (plan.drops or plan.changes):
                return plan, None
            facts = {
                "version": version.commit,
                "path": version.path,
                "message": f"{name}: restored to {version.commit[:12]}",
            }
            outcome = self.changes.run(site, "restore", name, facts, _nothing)
            return plan, outcome.commit

    def _is_known(self, name: str) -> bool:
        found = self.database.read(table.deleted)
        return any(row.name == name for row in found)

    # -- what may be

    def _write(self, site: Site, name: str, file: Path, data: bytes, message: str) -> Outcome:
        def put(staging: Path) -> None:
            write(staging / "file", data, permissions(file))
            beneath.put(site.root, file, staging / "file")

        facts = {"path": file.relative_to(site.root).as_posix(), "message": message}
        return self.changes.run(site, "edit", name, facts, put)

    def _inside(self, site: Site, name: str, path: str) -> Path:
        """A file of a skill with its links resolved, if it lies among the skills still."""
        file = contained(site.root, site.root / name / path)
        parts = [part.lower() for part in file.relative_to(Path(site.root).resolve()).parts]
        if len(parts) < 2 or ".git" in parts or parts[0].startswith("."):  # noqa: PLR2004 - a skill's folder and a file
            raise PathEscapes(
                f"{path!r} is no file of {name!r}.",
                remedy="Name a file below its folder.",
                root=str(site.root),
                path=path,
            )
        return Path(site.root) / file.relative_to(Path(site.root).resolve())

    def _read(self, folder: Path) -> Blob:
        found = self._blob(folder / FILE)
        if found is None:
            raise NotFound(
                f"{folder.name!r} has no SKILL.md any more.",
                remedy="Restore a version of it, or run: workbench call workspace.reconcile.",
                skill=folder.name,
            )
        return found

    def _blob(self, path: Path) -> Blob | None:
        """A file below the skills folder, its links resolved."""
        base = self.root.resolve()
        return beneath.blob(base, contained(base, path.relative_to(self.root)))

    def _check_mine(self, name: str, instance: str | None) -> None:
        self.row(name)
        self.locks.check_free(name, instance)

    def _check_free(self, site: Site, name: str) -> None:
        """No skill and no folder has this name, whichever way a file system looks at capitals."""
        if self.database.read(lambda connection: table.find(connection, name)) is not None:
            raise _taken(name, "There is a skill", "Choose another name, or rename that one.")
        if site.folder(name).exists() or site.folder(name).is_symlink():
            raise _taken(
                name,
                f"There is a folder in {site.root}",
                "Choose another name, or run: workbench call workspace.reconcile.",
            )
        scratch = scratch_of(self.home) / name
        if scratch.is_dir() and any(path.is_file() for path in scratch.rglob("*")):
            raise _taken(
                name, f"There are working files in {scratch.parent}", "Choose another name, or move them away."
            )


def _nothing(staging: Path) -> None:
    """A strike of a change that is made while it is settled."""
    del staging


def _taken(name: str, where: str, remedy: str) -> Refused:
    return Refused("exists", f"{where} named {name!r} already.", remedy=remedy, skill=name)


def digest(data: bytes) -> str:
    """What a caller names a file's content by."""
    return hashlib.sha256(data).hexdigest()


def checked_tags(tags: Iterable[Any]) -> list[str]:
    """In lower case, each once, by name; raises InvalidRequest for what is none."""
    clean = sorted({" ".join(str(tag).lower().split()) for tag in tags} - {""})
    for tag in clean:
        if len(tag) > MAX_TAG or not tag.isprintable():
            raise InvalidRequest(
                f"{tag[:MAX_TAG]!r} cannot be a tag.",
                remedy=f"Use up to {MAX_TAG} printable characters.",
                problems=[{"path": "tags", "message": "is too long, or holds characters that cannot be seen"}],
            )
    return clean
