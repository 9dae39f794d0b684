"""Which skills that came from somewhere are other there by now, and bringing that in.

Idea: each source is fetched once, however many skills came from it, and their digests there are held against those that they
had when they came. Invariant: what was changed here is never written over, and of many at once nothing comes in of which the
scan finds more than in what is here: that takes a person who names the skill.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from workbench.errors import WorkbenchError
from workbench.skills import table
from workbench.skills.intake import origins_table
from workbench.skills.intake.choosing import Choice, reason
from workbench.skills.intake.imports import Imports, Look
from workbench.skills.intake.origin import split
from workbench.skills.library import Library
from workbench.skills.roles.registry import Roles
from workbench.skills.roles.role import Purpose
from workbench.skills.roles.role_rows import digest_of
from workbench.skills.scan import ScanFinding, new_findings, scan
from workbench.skills.sources.watch import Cancelled

Status = Literal["up_to_date", "update_available", "customised", "gone", "unreachable"]


@dataclass(frozen=True)
class Tracked:
    """A skill that came from somewhere. `digest` is that of what came, as it lay there."""

    name: str
    registry: Literal["library", "workspace"]
    source: str
    path: str
    digest: str | None
    kept: str | None
    """That of what it was made of on its way in: with another one, it was changed here."""
    changed: bool
    version: str | None
    folder: Path
    market: bool = False
    """Whether it came from a marketplace into the library."""
    purpose: Purpose | None = None


@dataclass(frozen=True)
class Update:
    """What has become of one at its source."""

    skill: Tracked
    status: Status
    differs: bool = False
    version: str | None = None
    found: Sequence[ScanFinding] = ()
    """What the scan finds there and not here."""
    applied: bool = False
    reason: str | None = None
    digest: str | None = None
    """That of what is there."""


@dataclass
class Updater:
    """One check. `named` are the skills that a person has named; none: all of them."""

    library: Library
    roles: Roles
    imports: Imports
    named: Collection[str] = ()
    work: str | None = None
    commit: str | None = None

    def tracked(self) -> list[Tracked]:
        """Every skill that came from somewhere: the library's by name, then the agents' own."""
        found = [*self._of_library(), *self._of_workspace()]
        return [each for each in found if not self.named or each.name in self.named]

    def run(self, skills: Sequence[Tracked], *, apply: bool) -> list[Update]:
        """How each of them stands, after what is newer was taken in if that is wanted. In their order."""
        by_source: dict[str, list[Tracked]] = defaultdict(list)
        for each in skills:
            by_source[each.source].append(each)
        found: dict[tuple[str, str], Update] = {}
        for source, some in by_source.items():
            for update in self._at(source, some, apply=apply):
                found[update.skill.registry, update.skill.name] = update
        return [found[each.registry, each.name] for each in skills]

    # -- what there is

    def _of_library(self) -> Iterator[Tracked]:
        self.library.settle()
        sources = {row.name: row.source for row in self.library.database.read(table.rows)}
        for name, kept in self.library.database.read(origins_table.everywhere):
            source, path = split(kept.origin)
            folder = self.library.root / name
            now = digest_of(folder)
            yield Tracked(
                name, "library", source, path, kept.source_digest, kept.digest, now not in (None, kept.digest), kept.version,
                folder, market=sources.get(name) == "marketplace",
            )  # fmt: skip

    def _of_workspace(self) -> Iterator[Tracked]:
        for known in self.roles.every():
            role = known.role
            if role.origin is None:
                continue
            source, path = split(role.origin)
            now = digest_of(known.folder)
            yield Tracked(
                role.name, "workspace", source, path, role.source_digest, role.digest, now not in (None, role.digest), role.version,
                known.folder, purpose=role.purpose,
            )  # fmt: skip

    # -- one source

    def _at(self, source: str, skills: Sequence[Tracked], *, apply: bool) -> list[Update]:
        try:
            look = self.imports.look(source, work=self.work, scans=False)
        except Cancelled:
            raise
        except WorkbenchError as error:
            return [Update(each, "unreachable", reason=reason(error)) for each in skills]
        try:
            updates = [_compared(each, look) for each in skills]
            return self._applied(look, updates) if apply else updates
        finally:
            self.imports.forget(look.id)

    def _applied(self, look: Look, updates: list[Update]) -> list[Update]:
        """The agents' own first: what is fetched is given up with the import into the library."""
        ready = [self._may(update) for update in updates]
        done = [self._to_workspace(look, each) if _is_due(each, "workspace") else each for each in ready]
        due = [each for each in done if _is_due(each, "library")]
        if not due:
            return done
        choices = [Choice(each.skill.path, each.digest, each.skill.name, taken="replace") for each in due]
        results, commit = self.imports.bring(look.source, choices, look=look.id, work=self.work)
        self.commit = commit or self.commit
        ended = {
            each.skill.name: replace(each, applied=result.status == "updated", reason=result.reason)
            for each, result in zip(due, results, strict=True)
        }
        return [ended.get(each.skill.name, each) if each.skill.registry == "library" else each for each in done]

    def _may(self, update: Update) -> Update:
        """The update, with the reason if it is not taken unasked."""
        if update.status != "update_available":
            return update
        if digest_of(update.skill.folder) not in (None, update.skill.kept):
            return replace(update, status="customised")  # meanwhile
        if update.found and update.skill.name not in self.named:
            why = f"The scan finds {len(update.found)} more in it than in yours. Look at that, and name the skill to take it."
            return replace(update, reason=why)
        return update

    def _to_workspace(self, look: Look, update: Update) -> Update:
        skill = update.skill
        choice = Choice(skill.path, update.digest, skill.name, taken="replace")
        try:
            self.roles.take_in(look.fetched.root, look.plan, choice, purpose=skill.purpose, commit=look.fetched.commit)
        except WorkbenchError as error:
            return replace(update, reason=reason(error))
        return replace(update, applied=True)


def _is_due(update: Update, registry: str) -> bool:
    return update.status == "update_available" and update.reason is None and update.skill.registry == registry


def _compared(skill: Tracked, look: Look) -> Update:
    row = look.plan.row(skill.path)
    if row is None or row.digest is None or row.folder is None or row.status == "refuse":
        why = " ".join(row.reasons) if row is not None and row.reasons else "Its source has it no more."
        return Update(skill, "gone", reason=why)
    differs = row.digest != skill.digest
    status: Status = "customised" if skill.changed else "update_available" if differs else "up_to_date"
    found = _new_in(skill.folder, look.fetched.root / row.folder) if differs else []
    return Update(skill, status, differs, row.version, found, digest=row.digest)


def _new_in(here: Path, there: Path) -> list[ScanFinding]:
    try:
        before = scan(here).findings
    except OSError:
        before = []
    return new_findings(before, scan(there).findings)
