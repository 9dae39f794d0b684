"""What somebody wants to lie in a client's folder, and the rows that will say so."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace as replaced
from pathlib import Path

from workbench.errors import Refused
from workbench.skills.handout.installed import announced
from workbench.skills.handout.installs_table import InstallRow, Method
from workbench.skills.handout.places import Place


@dataclass(frozen=True)
class Wish:
    """A skill that shall lie in a folder, for the clients that look there."""

    skill: str
    folder: Path
    places: tuple[Place, ...]
    method: Method
    replace: bool

    @property
    def path(self) -> Path:
        return self.folder / self.skill

    def rows(self, before: list[InstallRow], digest: str, now: int) -> list[InstallRow]:
        """The rows of the place when the wish has come true. The folders that are to be made stand with the first."""
        made = () if before else announced(self.folder)
        if before and not self.folder.is_dir():
            made = tuple(dict.fromkeys([*before[0].made, *announced(self.folder)]))
        known = {row.client: row for row in before}
        after = [
            InstallRow(
                str(self.path), each.client, self.skill, each.scope, str(each.project) if each.project else None,
                self.method, digest, known[each.client].made if each.client in known else (), "there", now,
            )
            for each in self.places
        ]  # fmt: skip
        asked = {row.client for row in after}
        after += [
            replaced(row, skill=self.skill, method=self.method, digest=digest, installed=now)
            for row in before
            if row.client not in asked
        ]
        return [replaced(after[0], made=made or after[0].made), *after[1:]]

    def occupied(self, *, mine: bool) -> Refused:
        """Something else is there: what was ours and somebody has changed, or what never was."""
        if mine:
            return Refused(
                "changed",
                f"{self.path} has been changed since it was installed.",
                remedy="Look at what was changed; with replace it goes to the trash.",
                path=str(self.path),
            )
        return Refused(
            "exists",
            f"There is {self.path} already, and Workbench has not put it there.",
            remedy="Rename one of them; with replace what is there goes to the trash.",
            path=str(self.path),
        )


def facts(rows: list[InstallRow]) -> set[tuple[str, ...]]:
    """What rows of one place say, but for when."""
    return {(row.client, row.skill, row.method, row.scope, row.project or "", row.digest) for row in rows}
