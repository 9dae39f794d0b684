"""The library: every skill that is the person's own, each change of it a version, none of them ever lost.

Idea: the verbs say what is to change and refuse what cannot be; how a change survives a kill is `changes` and `settle`.
Invariant: after a verb has returned, the folder, git and the rows agree; after it has raised, nothing has changed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

import apsw

from workbench.errors import NotFound, PathEscapes, Refused
from workbench.paths import contained
from workbench.skills import history, table
from workbench.skills.changes import Outcome, Rows, Site, nothing, scratch_of
from workbench.skills.holdings import Holdings, gone
from workbench.skills.intake import origins_table
from workbench.skills.naming import checked_name, checked_tags
from workbench.skills.settle import save_unknown
from workbench.skills.skill import FILE, parse
from workbench.skills.tree import beneath, files
from workbench.skills.tree.digest import digest
from workbench.skills.tree.disk import permissions, write
from workbench.skills.tree.files import check_size
from workbench.skills.versions import goback

BUILT: Final = "skill-builder"
"""The source of a skill that is built here: until it is, there is no SKILL.md."""
PURPOSES: Final = ("domain", "source", "data-engineering", "platform")


class Library(Holdings):
    """The skills below one folder, and every change of them."""

    def create(
        self,
        name: str,
        files: Mapping[str, bytes],
        *,
        source: str = "skill-builder",
        purpose: str | None = "domain",
        tags: Iterable[str] = (),
        run: Mapping[str, str | None] | None = None,
    ) -> Outcome:
        """A new skill with these files, by path below its folder. `run` says by which workflow it is to be built
        (`runs_table.start_run`).
        """
        checked_name(name)
        facts = {"source": source, "purpose": purpose, "tags": checked_tags(tags), "word": "created", "run": run or {}}

        def lay_out(staging: Path) -> None:
            made = staging / name
            for path, data in {**files}.items():
                file = contained(made, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                write(file, data)
            (made / "references").mkdir(parents=True, exist_ok=True)
            made.rename(self.root / name)

        for path, data in files.items():
            check_size(self.root / name / path, data)
        with self.alone() as site:
            self.check_free(site, name)
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
        make: bool = False,
        rows: Rows = nothing,
    ) -> Outcome:
        """Changes one file of a skill (by default SKILL.md, which has to be there unless `make` says otherwise). With
        `base`, the digest of what the caller saw, it is refused when the file has changed since. What was changed outside
        becomes a version of its own first. `rows` are written if the change is not refused.
        """
        with self.alone() as site:
            self.check_mine(name, instance)
            site.check_settled(name)
            file = self._inside(site, name, path)
            found = beneath.blob(site.root, file)
            if found is None and path == FILE and not make:
                raise gone(name)
            before = found.data if found is not None else b""
            if base is not None and base != files.digest(before):
                raise Refused(
                    "changed",
                    f"{name}/{path} has been changed since you opened it.",
                    remedy="Look at it again; nothing was written.",
                    digest=files.digest(before),
                )
            after = change(before)
            check_size(file, after)
            if found is not None and after == before:
                self.database.write(rows)
                return Outcome()
            place = file.relative_to(site.root).as_posix()
            if found is not None:
                save_unknown(site, place.partition("/")[0], {place.partition("/")[2]: found})
            outcome = self._write(site, name, file, after, f"{name}: {path} {word}")
            self.database.write(rows)
            return outcome

    def put(self, path: Path, data: bytes, base: str | None = None) -> None:
        """A file in the skills folder that is no skill's (its links resolved). Skills come into being by other verbs."""
        with self.alone() as site:
            first, *below = path.relative_to(Path(site.root).resolve()).parts
            if first.startswith("."):
                raise PathEscapes(
                    f"{first!r} in the skills folder is not for pages.",
                    remedy="Change it with another program.",
                    root=str(site.root),
                    path=str(path),
                )
            if below and not site.folder(first).is_dir():
                raise NotFound(
                    f"There is no skill named {first[:80]!r}.",
                    remedy="Make it, or list them with: workbench skills list.",
                    skill=first,
                )
            self.changes.run(site, "put", first, {}, lambda staging: files.save(site.root, path, data, staging, base))

    def rename(self, old: str, new: str, *, instance: str | None = None) -> Outcome:
        """Another name for the folder and in SKILL.md, both or neither."""
        with self.alone() as site:
            self.check_rename(site, old, new, instance)
            if new == old:
                return Outcome()
            if self.row(old).source != BUILT or os.path.lexists(site.folder(old) / FILE):
                found = self._read(site.folder(old))
                parse(found.data, folder=new).set("name", new)  # it has to be possible before anything is moved

            def move(staging: Path) -> None:
                del staging
                site.folder(old).rename(site.folder(new))

            facts = {"new": new, "as_it_came": self._is_as_it_came(site, old)}
            return self.changes.run(site, "rename", old, facts, move)

    def check_rename(self, site: Site, old: str, new: str, instance: str | None = None) -> None:
        """Raises what keeps a skill from having this name, for who has the skills folder alone."""
        checked_name(new)
        self.check_mine(old, instance)
        if new != old:
            self.check_free(site, new)

    def delete(self, name: str, *, word: str = "deleted", instance: str | None = None) -> Outcome:
        """Into the trash, from which it can be restored."""
        with self.alone() as site:
            self.check_mine(name, instance)
            return self.discard(site, name, word)

    def discard(self, site: Site, name: str, word: str) -> Outcome:
        """The same for who has the skills folder alone, and knows that it may be."""
        entry = self.clock.new_id()

        def move(staging: Path) -> None:
            del staging
            if os.path.lexists(site.folder(name)):
                site.trash(entry).mkdir()
                site.folder(name).rename(site.trash(entry) / name)

        return self.changes.run(site, "delete", name, {"trash": entry, "word": word}, move)

    def bring_back(self, name: str, trash: str | None = None) -> Outcome:
        """The skill of this name that was deleted last, or the one of a trash entry; one whose folder was gone when it was
        taken off the list comes back when that lies in its place again.
        """
        with self.alone() as site:
            found = self.database.read(table.deleted)
            row = next((row for row in found if row.name == name and trash in (None, row.trash)), None)
            lies = row and (site.trash(row.trash) / name if row.trash else site.folder(name) / FILE)
            if row is None or not lies or not os.path.lexists(lies):
                raise NotFound(
                    f"There is no {name[:80]!r} in the trash.",
                    remedy="See what is there with: workbench call skills.list '{\"deleted\": true}'.",
                    skill=name,
                )
            if row.trash is not None:
                self.check_free(site, name)
            elif self.database.read(lambda connection: table.find(connection, name)) is not None:
                raise _taken(name, "There is a skill", "Rename that one.")

            def move(staging: Path) -> None:
                del staging
                if row.trash is not None:
                    lies.rename(site.folder(name))

            facts = {"trash": row.trash, "skill": row.id, "folder": row.is_folder}
            return self.changes.run(site, "bring_back", name, facts, move)

    def retag(
        self, names: Iterable[str], change: Callable[[list[str]], Iterable[str]], *, instance: str | None = None
    ) -> dict[str, list[str]]:
        """New tags for some skills, all or none, made from those that each has."""
        wanted = list(dict.fromkeys(names))
        rows = [self.row(name) for name in wanted]
        for name in wanted:
            self.locks.check_free(name, instance)

        def save(connection: apsw.Connection) -> dict[str, list[str]]:
            after = {row.name: checked_tags(change(table.tags_of(connection, row.id))) for row in rows}
            for row in rows:
                table.set_tags(connection, row.id, after[row.name])
            return after

        return self.database.write(save)

    # -- versions

    def restore(
        self, name: str, wanted: str, *, preview: bool = False, instance: str | None = None
    ) -> tuple[goback.Plan, str | None]:
        """Makes an older version the newest one; what would be lost by that becomes a version first."""
        with self.alone() as site:
            self.check_mine(name, instance)
            site.check_settled(name)
            version = history.version(site.repository, name, wanted)
            plan = goback.plan(site.repository, name, version)
            if preview or not (plan.drops or plan.changes):
                return plan, None
            facts = {
                "version": version.commit,
                "path": version.path,
                "drops": plan.drops,
                "message": f"{name}: restored to {version.commit[:12]}",
            }
            outcome = self.changes.run(site, "restore", name, facts, _nothing)
            return plan, outcome.commit

    # -- what may be

    def _is_as_it_came(self, site: Site, name: str) -> bool:
        """Whether a skill came from elsewhere, and nothing in it was changed since."""
        kept = self.database.read(lambda connection: origins_table.of(connection, name))
        try:
            return kept is not None and kept.digest == digest(site.folder(name))
        except OSError:
            return False

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
        if len(parts) < 2 or ".git" in parts or parts[0] != name.lower():  # noqa: PLR2004 - a skill's folder and a file
            raise PathEscapes(
                f"{path!r} is no file of {name!r}.",
                remedy="Name a file below its folder.",
                root=str(site.root),
                path=path,
            )
        return Path(site.root) / file.relative_to(Path(site.root).resolve())

    def check_mine(self, name: str, instance: str | None) -> None:
        """The library has it, and nobody else edits it."""
        self.row(name)
        self.locks.check_free(name, instance)

    def check_free(self, site: Site, name: str) -> None:
        """No skill and no folder has this name, whichever way a file system looks at capitals."""
        if self.database.read(lambda connection: table.find(connection, name)) is not None:
            raise _taken(name, "There is a skill", "Choose another name, or rename that one.")
        if os.path.lexists(site.folder(name)):
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
