"""The second half of completing a step, and the repair of one that was cut short: whoever finds the intent does it.

Idea: what a step made lies staged beside the skills, whole and checked, before anything happens; then file by file takes its
place, git is told, and the rows follow in the transaction that takes the intent away. Invariant: done again from any point
it comes to the same files, one commit and the same rows; a file that a person has changed meanwhile is a version first.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import apsw

from workbench.skills import table as skills
from workbench.skills.changes import Outcome, Site
from workbench.skills.settle import save_unknown
from workbench.skills.table import Intent
from workbench.skills.tree import beneath
from workbench.skills.tree.disk import write
from workbench.skills.tree.folder import Blob
from workbench.workflows import table
from workbench.workflows.documents import saving
from workbench.workflows.state import StepRow
from workbench.workflows.table import ArtifactRow, DocumentRow

STEP: Final = "step"
_STAGED: Final = "files"


@dataclass(frozen=True)
class Made:
    """A completed step before it has happened: its files, and what is told of it."""

    step: int
    files: Mapping[str, bytes]
    """By path from the skill's folder."""
    artifacts: frozenset[str]
    """Those that are the step's own; the others it has changed."""
    ended: int
    next_step: int
    status: str
    """Of the whole run."""
    skipped: bool = False
    notes: tuple[str, ...] = ()
    """What was trimmed of what the agent returned."""
    items: tuple[str, ...] = ()
    """Ids that are taken from now on, whatever becomes of what they name."""
    before: Mapping[str, Any] = field(default_factory=dict)
    """The step's row as it was: session, run, attempt, inputs_digest, started, notice."""

    def facts(self) -> dict[str, Any]:
        return {
            "step": self.step,
            "files": {path: saving.digest(data) for path, data in self.files.items()},
            "artifacts": sorted(self.artifacts),
            "ended": self.ended,
            "next": self.next_step,
            "status": self.status,
            "skipped": self.skipped,
            "notes": list(self.notes),
            "items": list(self.items),
            "before": dict(self.before),
        }

    def stage(self, staging: Path) -> None:
        """Lays the files out, and then says in one step that they are all there."""
        part = staging / "part"
        part.mkdir()
        for path, data in self.files.items():
            file = part / path
            file.parent.mkdir(parents=True, exist_ok=True)
            write(file, data)
        part.rename(staging / _STAGED)


def settled(site: Site, intent: Intent) -> Outcome:
    """It has happened when the files were staged whole, or lie in their places already."""
    name, facts = intent.name, intent.facts
    files: dict[str, str] = facts["files"]
    staged = site.staging(intent) / _STAGED
    if not site.folder(name).is_dir():
        return Outcome()  # the skill was taken away: there is nothing that the step could be of
    if staged.is_dir():
        _lay(site, name, staged, files, facts["artifacts"])
    elif any(_digest(site, name, path) != sha for path, sha in files.items()):
        return Outcome()
    commit = site.repository.commit(f"{name}: step {facts['step']} completed", _changes(site, name, files))
    contents = {path: _content(site, name, path) for path in files}
    return Outcome(lambda connection: _rows(connection, site, intent, contents), commit, happened=True)


def _lay(site: Site, name: str, staged: Path, files: Mapping[str, str], own: Collection[str]) -> None:
    """A document that the step has changed holds what was there; all else that lies in the way is a version first."""
    folder = site.folder(name)
    waiting = [path for path in files if (staged / path).is_file()]
    found = {path: blob for path in waiting if (blob := beneath.blob(site.root, folder / path)) is not None}
    save_unknown(
        site, name, {path: blob for path, blob in found.items() if path in own or not saving.is_document(path)}
    )
    for path in waiting:
        beneath.lay(site.root, folder / path, staged / path)


def _changes(site: Site, name: str, files: Mapping[str, str]) -> dict[str, Blob | None]:
    """The step's files, and all that lies in context: the answers as they were when the step was completed."""
    prefix = f"{name}/context/"
    context = {f"{prefix}{path}": blob for path, blob in beneath.blobs(site.folder(name) / "context").items()}
    gone: dict[str, Blob | None] = dict.fromkeys(path for path in site.repository.known(f"{name}/context"))
    made = {f"{name}/{path}": beneath.blob(site.root, site.folder(name) / path) for path in files}
    return {**gone, **context, **made}


def _rows(connection: apsw.Connection, site: Site, intent: Intent, contents: Mapping[str, bytes]) -> None:
    facts = intent.facts
    skill = skills.find(connection, intent.name)
    if skill is None:
        return
    row = StepRow(
        facts["step"],
        "completed",
        skipped=facts["skipped"],
        ended=facts["ended"],
        notes=tuple(facts["notes"]),
        **facts["before"],
    )
    table.put_step(connection, skill.id, row, site.now)
    own = {path: contents[path] for path in facts["artifacts"] if path in contents}
    table.put_artifacts(connection, skill.id, (_artifact(facts, path, data) for path, data in own.items()), site.now)
    for path, data in contents.items():
        if saving.is_document(path):
            known = table.document(connection, skill.id, path)
            sha = saving.digest(data)
            document = DocumentRow(path, data.decode("utf-8", "replace"), known.rev + 1 if known else 1, sha, sha)
            table.put_document(connection, skill.id, document, site.now)
    table.taken(connection, skill.id, facts["items"])
    table.move(connection, skill.id, facts["next"], facts["status"], site.now)
    skills.touch(connection, intent.name, site.now)


def _artifact(facts: Mapping[str, Any], path: str, data: bytes) -> ArtifactRow:
    return ArtifactRow(facts["step"], path, data.decode("utf-8", "replace"), len(data), facts["before"]["notice"])


def _digest(site: Site, name: str, path: str) -> str | None:
    found = beneath.blob(site.root, site.folder(name) / path)
    return saving.digest(found.data) if found is not None else None


def _content(site: Site, name: str, path: str) -> bytes:
    found = beneath.blob(site.root, site.folder(name) / path)
    return found.data if found is not None else b""
