"""Documents that a person edits while agents work: saved in the database first, then in the file, and never lost.

Idea: a row holds the text, and the digests that the file had before and has after it. Whoever looks next compares: the
file has `after`, all is done; it has `before`, the writer was killed in between, and the file is written now; it has
neither, a person has edited it by hand. Then the file wins, if it can be read as such a document, and what was saved is
kept beside it under a name that says so. Invariant: a save that has returned is in the row, and at the latest after the
next look in the file too; nobody's words are overwritten unseen.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, Literal

import apsw

from workbench.errors import HomeUnusable, Refused, WorkbenchError
from workbench.protocol.problems import not_json
from workbench.protocol.screen import Model
from workbench.skills.changes import Site
from workbench.skills.library import Library
from workbench.skills.settle import save_unknown
from workbench.skills.table import SkillRow
from workbench.skills.tree import beneath
from workbench.skills.tree.disk import write
from workbench.skills.versions.repository import ASIDE
from workbench.workflows import table
from workbench.workflows.documents import checking, clarifications, decisions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.table import DocumentRow

Standing = Literal["landed", "behind", "edited", "broken", "gone"]
Document = Clarifications | Decisions

MAX_BYTES: Final = 8 * 1024 * 1024
BY_HAND: Final = "by hand"

_COPY: Final = re.compile(r"\.saved-\d+(?=\.[^./]+$)")
_READ: Final[Mapping[str, Callable[[Any], Document]]] = {
    clarifications.FILE: checking.validate,
    decisions.FILE: checking.validate_decisions,
}


@dataclass(frozen=True)
class Seen:
    """A document as it is to be taken, and how its file stands to what was saved."""

    path: str
    text: str
    standing: Standing
    rev: int = 0
    problem: WorkbenchError | None = None
    """What is wrong with the file, when that is broken; `text` is then what was saved last."""
    row: DocumentRow | None = None
    disk: bytes | None = None
    copied: bool = False
    """Whether what was saved last lies at `copy`."""

    @property
    def noted(self) -> bool:
        """Whether the file has what was saved, and the row says so."""
        return self.standing == "landed" and self.row is not None and self.row.before == self.row.after

    @property
    def copy(self) -> str | None:
        """Where what was saved last is to lie while the file cannot be read or is gone; None: nothing was saved."""
        lost = self.row is not None and self.standing in ("broken", "gone")
        return kept_as(self.path, self.rev) if lost else None

    def with_copy(self) -> Seen:
        """The same once it lies there."""
        if self.problem is not None:
            self.problem.remedy = f"Mend it, put {self.copy} in its place (what was saved last), or reset the step."
        return replace(self, copied=True)

    def document(self) -> Document:
        """The document; raises what is wrong with it."""
        if self.problem is not None:
            raise self.problem
        return parse(self.path, self.text)


def is_document(path: str) -> bool:
    """Whether a file is one that a person edits item by item."""
    return path in _READ


@lru_cache(maxsize=8)  # one look needs a document several times, and documents are values
def parse(path: str, text: str | bytes) -> Document:
    """The document in a text. Raises WorkbenchError, naming the path within it that is wrong."""
    try:
        raw = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Refused(
            "broken_document",
            f"{path} is not JSON: {not_json(error)}.",
            remedy="Mend it, or restore a version of it.",
            path=path,
        ) from error
    return _READ[path](raw)


def text_of(document: Model) -> str:
    """How a document is written."""
    return document.model_dump_json(indent=2) + "\n"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def compare(path: str, row: DocumentRow | None, disk: bytes | None) -> Seen | None:
    """How a file stands to what was saved. Pure; None when there is neither."""
    found = digest(disk) if disk is not None else None
    if row is None:
        return _by_hand(path, row, disk) if disk is not None else None
    seen = Seen(path, row.content, "landed", row.rev, row=row, disk=disk)
    if found == row.after:
        return seen
    if found == row.before:
        return replace(seen, standing="behind")
    if disk is None:
        return replace(seen, standing="gone")
    return _by_hand(path, row, disk)


def _by_hand(path: str, row: DocumentRow | None, disk: bytes) -> Seen:
    saved = row.content if row is not None else ""
    rev = row.rev if row is not None else 0
    try:
        parse(path, disk)
    except WorkbenchError as error:
        return Seen(path, saved, "broken", rev, error, row, disk)
    return Seen(path, disk.decode("utf-8", "replace"), "edited", rev, None, row, disk)


def items_of(document: Document) -> dict[str, Any]:
    """What is saved one by one, by its id: answers, or decisions."""
    if isinstance(document, Decisions):
        return {each.id: (each.decision, each.implication, each.status) for each in document.decisions}
    asked = [question for section in document.sections for question in section.questions]
    found: dict[str, Any] = {each.id: (each.answer_choice, each.answer_text) for each in asked}
    return found | {each.id: (each.answer_choice, each.answer_text) for one in asked for each in one.refinements}


class Documents:
    """The documents of skills."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._database = library.database

    def look(self, skill: SkillRow, path: str) -> Seen | None:
        """A document as it stands, changing nothing."""
        row = self._database.read(lambda connection: table.document(connection, skill.id, path))
        root = self._library.root
        seen = compare(path, row, _disk(root, skill.name, path))
        if seen is None or seen.copy is None or _disk(root, skill.name, seen.copy) != seen.text.encode():
            return seen
        return seen.with_copy()

    def is_settled(self, skill: SkillRow, path: str) -> bool:
        """Whether `opened` would change nothing."""
        seen = self.look(skill, path)
        if seen is None or seen.noted:
            return True
        if seen.standing in ("broken", "gone"):
            return seen.copy is None or seen.copied or not (self._library.root / skill.name).is_dir()
        return False

    def opened(self, site: Site, skill: SkillRow, path: str) -> Seen | None:
        """The same for who has the skills folder alone: what a killed process left is finished, and what a person has
        edited by hand is taken over. Beside a file that can be read no more lies what was saved last.
        """
        seen = self.look(skill, path)
        if seen is None or seen.noted:
            return seen
        if seen.copy is not None and not seen.copied and site.folder(skill.name).is_dir():
            self._keep(site, skill.name, path, seen.copy, seen.text)
            seen = seen.with_copy()
        if seen.standing in ("landed", "behind"):
            if seen.standing == "behind":
                _lay(site, skill.name, path, seen.text.encode())
            self._landed(skill, path, digest(seen.text.encode()))
            return replace(seen, standing="landed")
        if (
            seen.standing == "edited" and skill.name not in site.stuck
        ):  # else it may be a step's, whose rows are to follow
            return self._taken_over(site, skill, seen)
        return seen

    def save(
        self, site: Site, skill: SkillRow, seen: Seen, after: Document, *, items: Iterable[str], edit: str
    ) -> Seen:
        """Saves a changed document: the row with the items that were changed by this edit, then the file."""
        text = text_of(after)
        data = text.encode()
        row = DocumentRow(
            seen.path, text, seen.rev + 1, digest(seen.disk) if seen.disk is not None else None, digest(data)
        )
        now = self._library.clock.now_ms()

        def put(connection: apsw.Connection) -> None:
            table.put_document(connection, skill.id, row, now)
            table.edited(connection, skill.id, items, edit)

        self._database.write(put)
        _lay(site, skill.name, seen.path, data)
        self._landed(skill, seen.path, row.after)
        return Seen(seen.path, text, "landed", row.rev, row=replace(row, before=row.after), disk=data)

    def _taken_over(self, site: Site, skill: SkillRow, seen: Seen) -> Seen:
        """What a person has written into the file is the document now; what was saved lies beside it."""
        data = seen.disk or b""
        changed: list[str] = []
        if seen.row is not None:
            before, after = items_of(parse(seen.path, seen.row.content)), items_of(parse(seen.path, data))
            changed = [item for item in {**before, **after} if before.get(item) != after.get(item)]
            self._keep(site, skill.name, seen.path, kept_as(seen.path, seen.row.rev), seen.row.content)
        sha = digest(data)
        row = DocumentRow(seen.path, seen.text, seen.rev + 1, sha, sha)
        now = self._library.clock.now_ms()

        def put(connection: apsw.Connection) -> None:
            table.put_document(connection, skill.id, row, now)
            table.edited(connection, skill.id, changed, BY_HAND)

        self._database.write(put)
        return replace(seen, standing="landed", rev=row.rev, row=row)

    def _keep(self, site: Site, name: str, path: str, beside: str, text: str) -> None:
        """What was saved, beside the document's file; older ones that are in a version go. What lies there already, and is
        something else, becomes a version first.
        """
        found = beneath.blob(site.root, site.folder(name) / beside)
        if found is not None and found.data != text.encode():
            save_unknown(site, name, {beside: found})
        _lay(site, name, beside, text.encode())
        stem, dot, suffix = path.rpartition(".")
        older = [
            f"{name}/{found.relative_to(site.folder(name)).as_posix()}"
            for found in (site.folder(name) / path).parent.glob(f"{Path(stem).name}.saved-*{dot}{suffix}")
            if found != site.folder(name) / beside
        ]
        versions = site.repository.entries(older) if older else {}
        for each in older:
            found = beneath.blob(site.root, site.root / each)
            if found is not None and each in versions and versions[each].sha == found.sha():
                beneath.remove(site.root, site.root / each)

    def _landed(self, skill: SkillRow, path: str, after: str) -> None:
        self._database.write(lambda connection: table.landed(connection, skill.id, path, after))


def kept_as(path: str, rev: int) -> str:
    """What a document of Workbench's is called once a person has edited the file by hand."""
    stem, dot, suffix = path.rpartition(".")
    return f"{stem}.saved-{rev}{dot}{suffix}"


def original_of(path: str) -> str:
    """The document that a file of such a name is a copy of; any other file is its own."""
    original = _COPY.sub("", path)
    return original if is_document(original) else path


def _disk(root: Path, name: str, path: str) -> bytes | None:
    if not root.is_dir():
        return None
    found = beneath.blob(root, root / name / path)
    return found.data if found is not None else None


def _lay(site: Site, name: str, path: str, data: bytes) -> None:
    """A file of a skill, in one step; whoever has the skills folder alone has the staged one, too. Raises HomeUnusable when
    it cannot be written now; whoever looks next tries again.
    """
    staged = site.root / ASIDE / ".document"
    try:
        staged.unlink(missing_ok=True)
        write(staged, data, 0o644)
        beneath.put(site.root, site.root / name / path, staged)
    except OSError as error:
        raise HomeUnusable(
            f"{name}/{path} cannot be written: {error.strerror or error}. What was saved is kept, and written as soon as it can.",
            remedy=f"See that {site.root} can be written and has space.",
            path=str(site.root),
            errno=error.errno,
        ) from error
