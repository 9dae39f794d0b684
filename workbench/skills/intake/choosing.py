"""From a plan's rows and what a person answered to what shall come in, or the reason why it does not.

Invariant: no question of the plan is answered by anything but an answer: a name that is taken, a name or a description that
is missing, and a skill that was changed here since it came, each wait for theirs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from workbench.errors import Refused, WorkbenchError
from workbench.skills.document.trees import MAX_BYTES
from workbench.skills.intake.arriving import Arrival
from workbench.skills.intake.comparing import free_name
from workbench.skills.intake.mending import mended
from workbench.skills.intake.origin import joined
from workbench.skills.intake.plan import Plan, Row
from workbench.skills.naming import checked_name
from workbench.skills.skill import SkillDocument, parse
from workbench.skills.tree import beneath


@dataclass(frozen=True)
class Choice:
    """A row that a person wants, and the answers to its questions."""

    path: str
    digest: str | None = None
    """As it was planned; None: whatever it is now."""
    name: str | None = None
    description: str | None = None
    version: str | None = None
    taken: Literal["replace", "keep_both"] | None = None


@dataclass(frozen=True)
class Namesake:
    """What has a name in the library; `kept` says why nothing from elsewhere may replace it, if so."""

    kept: str | None = None
    digest: str | None = None
    """As it lies there; None: its folder is gone."""


@dataclass(frozen=True)
class Chooser:
    """One source whose plan has been seen. `held` tells what has a name in the library; None: nothing."""

    root: Path
    plan: Plan
    commit: str | None
    held: Callable[[str], Namesake | None]

    def arrival(self, choice: Choice) -> Arrival | None:
        """What comes in for a choice; None if the library has it just so. Raises WorkbenchError with the reason."""
        row = self._row(choice)
        if row.state == "same" and choice.name is None:
            return None
        name, replaced = self._name(row, choice)
        assert row.folder is not None and row.document is not None and row.digest is not None  # noqa: S101, PT018 - `_row`
        data = beneath.read(self.root, self.root / row.document, limit=MAX_BYTES).data
        before = parse(data, folder=name)
        after = self._document(before, row, choice, name)
        return Arrival(
            name=name,
            folder=self.root / row.folder if row.folder else self.root,
            digest=row.digest,
            origin=joined(self.plan.origin, row.path),
            file=posixpath.basename(row.document),
            text=None if after is before else after.to_bytes(),
            version=after.version,
            commit=self.commit,
            replaces=replaced is not None,
            expected=replaced.digest if replaced is not None else None,
        )

    def _row(self, choice: Choice) -> Row:
        row = self.plan.row(choice.path)
        if row is None:
            raise _left(f"The source has no {choice.path[:200]!r}.", "Look at it again, and choose from its rows.")
        if row.place == "remote":
            raise _left(f"{choice.path[:200]!r} lies elsewhere.", "Import it from there, by its own address.")
        if row.status == "refuse" or row.digest is None or row.folder is None or row.document is None:
            why = " ".join(row.reasons) or "It cannot be read."
            raise _left(why, "Mend it at its source, and look again.")
        if posixpath.dirname(row.document) != row.folder:
            raise _left(f"{row.path!r} is a link to {row.document!r}.", "Choose the row of that file instead.")
        if choice.digest is not None and choice.digest != row.digest:
            raise _left("It has been changed since you looked at it.", "Look at the source again.")
        return row

    def _name(self, row: Row, choice: Choice) -> tuple[str, Namesake | None]:
        """The name to give it, and what has that name and shall go."""
        again = row.state in ("update", "customised") and choice.name is None and choice.taken != "keep_both"
        if again and row.state == "customised" and choice.taken != "replace":
            raise _left("It has been changed here since it came.", "Choose to replace it, or to keep both.")
        if again:
            return self._replaced(row.proposed or row.name or "")
        if choice.taken == "replace":
            return self._replaced(choice.name or row.name or row.proposed or "")
        if choice.name is not None:
            return self._free(choice.name), None
        if choice.taken == "keep_both":
            return self._free(free_name(row, lambda name: self.held(name) is not None) or ""), None
        if row.state == "taken":
            raise _left(f"The library has another skill named {row.name!r}.", "Replace it, or keep both.")
        if row.name is None or row.proposed not in (None, row.name):
            example = f", for example {row.proposed!r}" if row.proposed else ""
            raise _left("It needs a name of its own.", f"Give it one{example}.")
        return self._free(row.name), None

    def _replaced(self, name: str) -> tuple[str, Namesake | None]:
        found = self.held(name)
        if found is not None and found.kept is not None:
            raise _left(found.kept, "Keep both, under another name.")
        return name, found

    def _free(self, name: str) -> str:
        if self.held(checked_name(name)) is not None:
            raise _left(f"The library has a skill named {name!r} already.", "Choose another name.")
        return name

    def _document(self, before: SkillDocument, row: Row, choice: Choice, name: str) -> SkillDocument:
        """The SKILL.md that comes in: repaired as the plan says, with the answers written into it."""
        after = mended(before)[0] if row.rules else before
        answers = {"name": name, "description": choice.description}
        for key, value in answers.items():
            if value is not None:
                after = after.set(key, value)
        if choice.version is not None and choice.version != after.version:
            after = after.set("version" if "version" in after.fields else ("metadata", "version"), choice.version)
        if not isinstance(after.description, str) or not after.description.strip():
            raise _left("It does not say what it is for.", "Give it a description.")
        return after


def _left(message: str, remedy: str) -> Refused:
    return Refused("left_out", message, remedy=remedy)


def reason(error: WorkbenchError) -> str:
    """Why a row stays out, and what would help, in one line."""
    return f"{error.message} {error.remedy}".strip()
