"""The library looks whether its rows and its folders still tell the same, and says what it would do before it does it.

Idea: `preview` surveys the disk and asks `drift`; `apply` does what was found, each finding a change of its own that
survives a kill. Invariant: nothing that holds a person's work is deleted, it is set aside in the trash; what is not
understood is asked; applying twice changes nothing. A skills folder that is not there at all (a disk that was not
mounted) is no reason to forget anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.errors import InvalidRequest, NotFound
from workbench.skills import drift, runs_table, table
from workbench.skills.changes import Site, scratch_of
from workbench.skills.drift import Choice, Evidence, Finding
from workbench.skills.library import Library
from workbench.skills.repository import ASIDE, Repository
from workbench.skills.skill import FILE

QUESTIONS: Final = "context/clarifications.json"
DECISIONS: Final = "context/decisions.json"
_MAX_DEPTH: Final = 4


@dataclass(frozen=True)
class Report:
    """What was done, and what still waits for a choice."""

    applied: list[Finding]
    left: list[Finding]


class Reconciler:
    """Brings a library's rows and folders together."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._database = library.database

    def preview(self) -> list[Finding]:
        """What has drifted apart, by skill, and folders that are unknown, by name. Changes nothing."""
        root = self._library.root
        self._library.settle()
        self._library.changes.check_there(root)
        if not root.is_dir():
            return []
        rows = self._database.read(table.rows)
        runs = self._database.read(runs_table.runs)
        live = self._library.busy()
        found: list[Finding] = []
        for row in rows:
            seen = self._evidence(root, row.name, None)
            found += drift.judge(row.name, row.source, runs.get(row.id), seen, live=row.name in live)
        return found + self._unknown(root, {row.name for row in rows})

    def apply(self, choices: Mapping[str, Choice] | None = None, *, silent_only: bool = False) -> Report:
        """Does what was found: what needs no choice, and what one was made for."""
        wanted = dict(choices or {})
        found = self.preview()
        self._check(found, wanted)
        report = Report([], [])
        for finding in found:
            choice = wanted.get(finding.skill) if finding.choices else None
            if (silent_only and not finding.silent) or (finding.action == "choose" and choice is None):
                report.left.append(finding)
                continue
            if finding.action == "none":
                continue
            self._do(finding, choice)
            report.applied.append(finding)
        now = self._library.clock.now_ms()
        details = {
            "applied": [[each.scenario, each.skill] for each in report.applied],
            "left": [[each.scenario, each.skill] for each in report.left],
        }
        if report.applied:
            self._database.write(lambda connection: runs_table.note(connection, "apply", details, now))
        return report

    def resolve(self, folder: str, choice: Choice) -> Finding:
        """Does what was chosen for one folder. Raises NotFound when there is nothing to choose."""
        finding = next(
            (each for each in self.preview() if each.skill == folder and each.action in {"choose", "remove"}), None
        )
        if finding is None:
            raise NotFound(
                f"There is nothing to decide about {folder[:80]!r}.",
                remedy="See what there is with: workbench call workspace.reconcile.",
                skill=folder,
            )
        finding = replace(finding, choices=finding.choices or ("remove", "skip"))
        self._check([finding], {folder: choice})
        self._do(finding, choice)
        return finding

    def note(self, kind: str, found: list[Finding]) -> None:
        """Keeps what was found, or that nothing was to be done about it."""
        now = self._library.clock.now_ms()
        details = {"found": [[each.scenario, each.skill] for each in found]}
        self._database.write(lambda connection: runs_table.note(connection, kind, details, now))

    # -- looking

    def _unknown(self, root: Path, known: set[str]) -> list[Finding]:
        skipped = self._skipped()
        repository = Repository.find(root)
        found = []
        for entry in sorted(os.scandir(root), key=lambda entry: entry.name):
            folder = entry.name
            if (
                folder in known
                or folder.startswith(".")
                or folder in skipped
                or not entry.is_dir(follow_symlinks=False)
            ):
                continue
            found.append(drift.discovered(folder, self._evidence(root, folder, repository)))
        return found

    def _skipped(self) -> set[str]:
        last = {
            each["folder"]: each["choice"] for each in self._database.read(lambda c: runs_table.notes(c, "resolve"))
        }
        return {folder for folder, choice in last.items() if choice == "skip"}

    def _evidence(self, root: Path, name: str, repository: Repository | None) -> Evidence:
        """What lies there for a skill; of an unknown folder, which has a repository, a little more."""
        folder, scratch = root / name, scratch_of(self._library.home) / name
        seen = Evidence(
            folder=folder.is_dir(),
            skill_md=(folder / FILE).is_file(),
            questions=any((place / QUESTIONS).is_file() for place in (scratch, folder)),
            decisions=any((place / DECISIONS).is_file() for place in (scratch, folder)),
            scratch=scratch.is_dir(),
        )
        if repository is None or seen.skill_md:
            return seen
        return replace(
            seen,
            empty=not any(folder.iterdir()),
            deeper=_holds_skills(folder),
            theirs=not repository.ours and bool(repository.entries(name)),
        )

    def _check(self, found: list[Finding], choices: Mapping[str, Choice]) -> None:
        allowed = {each.skill: each.choices for each in found if each.choices}
        for folder, choice in choices.items():
            if choice not in allowed.get(folder, ()):
                offered = ", ".join(allowed.get(folder, ())) or "nothing"
                raise InvalidRequest(
                    f"{choice!r} cannot be chosen for {folder[:80]!r}.",
                    remedy=f"There is {offered} to choose; nothing was changed.",
                    problems=[{"path": f"choices.{folder}", "message": f"must be one of: {offered}"}],
                )

    # -- doing

    def _do(self, finding: Finding, choice: Choice | None) -> None:
        if finding.action == "run":
            self._set_run(finding)
        elif finding.action == "recreate":
            (scratch_of(self._library.home) / finding.skill / "context").mkdir(parents=True, exist_ok=True)
        elif finding.action == "drop":
            now = self._library.clock.now_ms()
            self._database.write(lambda connection: table.discard(connection, finding.skill, None, now))
        elif choice == "skip":
            now = self._library.clock.now_ms()
            details = {"folder": finding.skill, "choice": "skip"}
            self._database.write(lambda connection: runs_table.note(connection, "resolve", details, now))
        elif choice == "add":
            with self._library.alone() as site:
                known = bool(site.repository.entries(finding.skill))
                facts = {"source": finding.source, "finished": finding.scenario == "9b", "known": known}
                self._library.changes.run(site, "adopt", finding.skill, facts, _nothing)
        else:
            with self._library.alone() as site:
                self._set_aside(site, finding.skill)

    def _set_run(self, finding: Finding) -> None:
        row = self._library.row(finding.skill)
        run, now = finding.run, self._library.clock.now_ms()
        if finding.stray:
            self._stray(finding.skill)
        if run is not None:
            self._database.write(lambda connection: runs_table.set_run(connection, row.id, run, now))

    def _stray(self, name: str) -> None:
        """Sets decisions aside that would be taken for those of questions not yet asked."""
        scratch = scratch_of(self._library.home)
        file = scratch / name / DECISIONS
        if file.is_file():
            aside = scratch / ASIDE / self._library.clock.new_id()
            aside.mkdir(parents=True)
            file.replace(aside / file.name)

    def _set_aside(self, site: Site, name: str) -> None:
        """An unknown folder into the trash; one that holds nothing is removed."""
        folder = site.folder(name)
        try:
            folder.rmdir()
        except OSError:
            pass  # it holds something, which is the ordinary case
        else:
            return
        entry = self._library.clock.new_id()

        def move(staging: Path) -> None:
            del staging
            site.trash(entry).mkdir()
            folder.rename(site.trash(entry) / name)

        self._library.changes.run(site, "set_aside", name, {"trash": entry}, move)


def _holds_skills(folder: Path) -> bool:
    for here, folders, names in os.walk(folder):
        if FILE in names:
            return True
        if len(Path(here).relative_to(folder).parts) >= _MAX_DEPTH:
            folders.clear()
    return False


def _nothing(staging: Path) -> None:
    """The strike of a change that moves nothing."""
    del staging
