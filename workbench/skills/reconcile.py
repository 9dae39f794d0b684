"""The library looks whether its rows and its folders still tell the same, and says what it would do before it does it.

Idea: `preview` surveys the disk and asks `drift`; `apply` surveys it again, while nobody else changes skills, and does what
it finds, each finding a change of its own that survives a kill. Invariant: nothing that holds a person's work is deleted,
nor set aside in the trash unasked; applying twice changes nothing. A skills folder that is not there at all (a disk that
was not mounted) is no reason to forget anything.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from workbench.errors import InvalidRequest, NotFound
from workbench.skills import drift, runs_table, table
from workbench.skills.changes import Site, scratch_of
from workbench.skills.drift import Choice, Evidence, Finding
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.skills.tree import beneath
from workbench.skills.tree.folder import files
from workbench.skills.versions.repository import ASIDE, Entry, Repository

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
        """What has drifted apart, by skill, and folders that are unknown, by name. Changes nothing, but that what a killed
        process left is finished first.
        """
        self._library.settle()
        root = self._library.root
        self._library.changes.check_there(root)
        return self._look(root) if root.is_dir() else []

    def apply(self, choices: Mapping[str, Choice] | None = None, *, silent_only: bool = False) -> Report:
        """Does what was found: what needs no choice, and what one was made for."""
        wanted = dict(choices or {})
        self._check(self.preview(), wanted)
        report = Report([], [])
        if not self._library.root.is_dir():
            return report
        with self._library.alone() as site:
            found = self._look(site.root)
            self._check(found, wanted)
            try:
                for finding in found:
                    choice = wanted.get(finding.skill) if finding.choices else None
                    if (silent_only and not finding.silent) or (finding.action == "choose" and choice is None):
                        report.left.append(finding)
                    elif finding.action != "none":
                        self._do(site, finding, choice)
                        report.applied.append(finding)
            finally:
                if report.applied or not silent_only:
                    self._note("apply", {"applied": _told(report.applied), "left": _told(report.left)})
        return report

    def resolve(self, folder: str, choice: Choice) -> Finding:
        """Does what was chosen for one folder. Raises NotFound when there is nothing to choose."""
        self._to_decide(self.preview(), folder)
        with self._library.alone() as site:
            finding = self._to_decide(self._look(site.root), folder)
            self._check([finding], {folder: choice})
            self._do(site, finding, choice)
        return finding

    def note(self, kind: str, found: list[Finding]) -> None:
        """Keeps what was found, or that nothing was to be done about it."""
        self._note(kind, {"found": _told(found)})

    # -- looking

    def _look(self, root: Path) -> list[Finding]:
        rows = self._database.read(table.rows)
        runs = self._database.read(runs_table.runs)
        live, waiting = self._library.busy(), self._library.changes.unfinished(root)
        found: list[Finding] = []
        for row in rows:
            if row.name in waiting:
                found.append(drift.unfinished(row.name))
            else:
                seen = self._evidence(root, row.name)
                found += drift.judge(row.name, row.source, runs.get(row.id), seen, live=row.name in live)
        return found + self._unknown(root, {row.name for row in rows} | waiting)

    def _unknown(self, root: Path, known: set[str]) -> list[Finding]:
        """Folders of which the library knows nothing. The home is not one of them, nor what it lies in."""
        home = Path(os.path.realpath(self._library.home.root))
        ours = {home, *home.parents}
        names = [
            entry.name
            for entry in sorted(os.scandir(root), key=lambda entry: entry.name)
            if entry.is_dir(follow_symlinks=False)
            and not entry.name.startswith(".")
            and entry.name not in known
            and Path(os.path.realpath(entry.path)) not in ours
        ]
        skipped, versions = self._skipped(root), _versions(root, names)
        found = []
        for name in names:
            if not _is_text(name):
                found.append(drift.unnamed(os.fsencode(name).decode("utf-8", "replace")))
                continue
            seen = self._evidence(root, name)
            if not seen.skill_md:
                seen = _closer(root / name, seen, versions.get(name, {}))
            finding = drift.discovered(name, seen)
            found.append(drift.skipped(finding) if name in skipped else finding)
        return found

    def _skipped(self, root: Path) -> set[str]:
        """The folders for which the last word was to leave them."""
        last: dict[str, Choice] = {}
        for each in self._database.read(lambda connection: runs_table.notes(connection, "resolve")):
            if each.get("root", str(root)) == str(root):
                last[each["folder"]] = each["choice"]
        return {folder for folder, choice in last.items() if choice == "skip"}

    def _evidence(self, root: Path, name: str) -> Evidence:
        folder, scratch = root / name, scratch_of(self._library.home) / name
        return Evidence(
            folder=os.path.lexists(folder),
            skill_md=(folder / FILE).is_file(),
            questions=any((place / QUESTIONS).is_file() for place in (scratch, folder)),
            decisions=any((place / DECISIONS).is_file() for place in (scratch, folder)),
            scratch=scratch.is_dir(),
            link=folder.is_symlink(),
        )

    def _to_decide(self, found: list[Finding], folder: str) -> Finding:
        for each in found:
            if each.skill == folder and each.action in {"choose", "remove"}:
                return replace(each, choices=each.choices or ("remove", "skip"))
        raise NotFound(
            f"There is nothing to decide about {folder[:80]!r}.",
            remedy="See what there is with: workbench call workspace.reconcile.",
            skill=folder,
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

    def _do(self, site: Site, finding: Finding, choice: Choice | None) -> None:
        name = finding.skill
        if finding.action == "run":
            self._set_run(finding)
        elif finding.action == "recreate":
            (site.scratch / name / "context").mkdir(parents=True, exist_ok=True)
        elif finding.action == "drop":
            self._library.discard(site, name, "taken off the list")
        elif choice == "add":
            known = bool(site.repository.entries(name))
            facts = {"source": finding.source, "finished": finding.scenario == "9b", "known": known}
            self._library.changes.run(site, "adopt", name, facts, _nothing)
        elif choice != "skip":
            self._set_aside(site, name)
        if choice is not None:
            self._note("resolve", {"folder": name, "choice": choice, "root": str(site.root)})

    def _note(self, kind: str, details: dict[str, Any]) -> None:
        now = self._library.clock.now_ms()
        self._database.write(lambda connection: runs_table.note(connection, kind, details, now))

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


def _versions(root: Path, names: list[str]) -> dict[str, dict[str, Entry]]:
    """What the newest version has of some folders, by folder; nothing in a repository that is not Workbench's own."""
    repository = Repository.find(root) if names else None
    found: dict[str, dict[str, Entry]] = {}
    if repository is not None and repository.ours:
        for path, entry in repository.entries(names).items():
            found.setdefault(path.partition("/")[0], {})[path] = entry
    return found


def _closer(folder: Path, seen: Evidence, versions: Mapping[str, Entry]) -> Evidence:
    """What a folder that is no skill holds."""
    empty, deeper, own = False, False, False
    for here, folders, names in os.walk(folder):
        empty = empty or (Path(here) == folder and not folders and not names)
        deeper, own = deeper or FILE in names, own or ".git" in {*folders, *names}
        if len(Path(here).relative_to(folder).parts) >= _MAX_DEPTH:
            folders.clear()
    kept = bool(versions) and not own and _is_kept(folder, versions)
    return replace(seen, empty=empty, deeper=deeper, kept=kept)


def _is_kept(folder: Path, versions: Mapping[str, Entry]) -> bool:
    """Whether every file below a folder is in the newest version as it lies there."""
    length = len(next(iter(versions.values())).sha)
    for path, _ in files(folder):
        known = versions.get(f"{folder.name}/{path}")
        blob = beneath.blob(folder, folder / path) if known else None
        if blob is None or known != Entry(blob.mode, blob.sha(length)):
            return False
    return True


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _told(found: list[Finding]) -> list[list[str]]:
    return [[each.scenario, each.skill] for each in found]


def _nothing(staging: Path) -> None:
    """The strike of a change that moves nothing."""
    del staging
