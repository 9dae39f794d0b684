"""A person's answers and decisions, each saved on its own: what two pages do at once is told to the second one.

Idea: a page says which revision of one question it saw. If somebody else has saved that question since, nothing is written,
and both texts are shown; other questions are no conflict. The same edit again, or the same value, is harmless. Invariant:
what `saved` returns is in the database, whatever happens next.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from workbench.errors import NotFound, Refused
from workbench.skills.changes import Site
from workbench.skills.library import Library
from workbench.skills.table import SkillRow
from workbench.workflows import table
from workbench.workflows.documents import clarifications, deciding, decisions, questions
from workbench.workflows.documents.clarifications import Clarifications
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.documents.saving import Document, Documents, Seen, items_of


@dataclass(frozen=True)
class Edit:
    """What a page has changed of one item, and which revision it saw."""

    item: str
    base_rev: int
    edit_id: str


@dataclass(frozen=True)
class Kept:
    """How the item stands now."""

    rev: int
    document: Document


Change = Callable[[Any], Any]
"""A document with one item changed."""


class Answers:
    """The answers and decisions of a library's skills."""

    def __init__(self, library: Library, documents: Documents) -> None:
        self._library = library
        self._documents = documents

    def answer(self, skill: str, edit: Edit, choice: str | None, text: str | None, instance: str | None = None) -> Kept:
        """Saves one answer. Raises Refused (`conflict`) when somebody else has saved another since."""

        def change(document: Clarifications) -> Clarifications:
            return questions.answer(document, edit.item, choice, text)

        return self._changed(skill, clarifications.FILE, edit, change, instance)

    def decide(
        self, skill: str, edit: Edit, decision: str | None, implication: str | None, instance: str | None = None
    ) -> Kept:
        """Saves one decision, or confirms it. Raises Refused (`conflict`) as `answer` does."""

        def change(document: Decisions) -> Decisions:
            return deciding.decide(document, edit.item, decision, implication)

        return self._changed(skill, decisions.FILE, edit, change, instance)

    def fill(
        self,
        skill: str,
        how: Callable[[Clarifications], tuple[Clarifications, list[str]]],
        edit_id: str,
        instance: str | None = None,
    ) -> list[str]:
        """Answers with what was recommended, in one save; which questions were filled."""
        with self._library.alone() as site:
            row, seen = self._opened(site, skill, clarifications.FILE, instance)
            before = seen.document()
            if not isinstance(before, Clarifications):
                raise TypeError(before)
            after, filled = how(before)
            if filled:
                self._documents.save(site, row, seen, after, items=filled, edit=edit_id)
            return filled

    def confirm(self, skill: str, edit_id: str, instance: str | None = None) -> list[str]:
        """Confirms every decision that waits for a person and says something; which ones."""
        with self._library.alone() as site:
            row, seen = self._opened(site, skill, decisions.FILE, instance)
            document = seen.document()
            if not isinstance(document, Decisions):
                raise TypeError(document)
            said = {each.id for each in document.decisions if each.decision.strip()}
            confirmed = [name for name in deciding.undecided(document) if name in said]
            for name in confirmed:
                document = deciding.decide(document, name)
            if confirmed:
                self._documents.save(site, row, seen, document, items=confirmed, edit=edit_id)
            return confirmed

    # -- one item

    def _changed(self, skill: str, path: str, edit: Edit, change: Change, instance: str | None) -> Kept:
        with self._library.alone() as site:
            row, seen = self._opened(site, skill, path, instance)
            before = seen.document()
            rev, last = self._library.database.read(lambda connection: table.last_edit(connection, row.id, edit.item))
            if edit.edit_id == last:
                return Kept(rev, before)
            after = change(before)
            ours, theirs = items_of(after).get(edit.item), items_of(before).get(edit.item)
            if ours == theirs:
                return Kept(rev, before)
            if rev != edit.base_rev:
                raise _conflict(edit, rev, theirs, ours)
            self._documents.save(site, row, seen, after, items=[edit.item], edit=edit.edit_id)
            return Kept(rev + 1, after)

    def _opened(self, site: Site, skill: str, path: str, instance: str | None) -> tuple[SkillRow, Seen]:
        self._library.check_mine(skill, instance)
        row = self._library.row(skill)
        seen = self._documents.opened(site, row, path)
        if seen is None or seen.standing == "gone":
            raise NotFound(
                f"{skill!r} has no {path} {'any more' if seen else 'yet'}.",
                remedy="Reset the step that makes it." if seen else "Run the step that makes it.",
                skill=skill,
                path=path,
            )
        return row, seen


def _conflict(edit: Edit, rev: int, theirs: Any, ours: Any) -> Refused:
    return Refused(
        "conflict",
        f"{edit.item} has been changed since you opened it.",
        remedy="Look at both, and save the one that is to hold.",
        item=edit.item,
        rev=rev,
        theirs=list(theirs or ()),
        yours=list(ours or ()),
    )
