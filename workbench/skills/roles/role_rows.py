"""The rows of the agents' own skills, made of what comes in and of what Workbench brings along."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.skills.document.trees import MAX_BYTES
from workbench.skills.intake.arriving import Arrival
from workbench.skills.intake.choosing import Choice, Chooser
from workbench.skills.intake.plan import Plan
from workbench.skills.roles.role import GENERAL, Purpose, Role
from workbench.skills.skill import FILE, SkillDocument, parse
from workbench.skills.tree import beneath
from workbench.skills.tree.digest import digest


def arrival_of(root: Path, found: Plan, choice: Choice, commit: str | None) -> Arrival:
    """What shall come in, by its own name or the one that was given: what the library has is no matter here."""
    rows = [
        replace(row, state="new", proposed=None if row.name else row.proposed) if row.path == choice.path else row
        for row in found.rows
    ]
    chooser = Chooser(root, replace(found, rows=tuple(rows)), commit, held=lambda _name: None)
    arrival = chooser.arrival(replace(choice, taken=None))
    assert arrival is not None  # noqa: S101 - only of what is the same already
    return arrival


def row_of(
    arrival: Arrival,
    document: SkillDocument | None,
    made: str,
    *,
    purpose: Purpose | None,
    now: int,
    before: Role | None,
) -> Role:
    """The row of what has come in; `made` is its digest here, `before` what it takes the place of."""
    return Role(
        name=arrival.name,
        description=described(document),
        purpose=purpose or (GENERAL if before is None else before.purpose),
        version=arrival.version,
        origin=arrival.origin,
        digest=made,
        source_digest=arrival.digest,
        active=before is None or before.active,
        bundled=False,
        created=now if before is None else before.created,
        updated=now,
    )


def row_of_bundled(folder: Path, made: str, *, now: int, before: Role | None) -> Role:
    """The row of what Workbench brings along; whether it is active, and what for, stays as it was."""
    return Role(
        name=folder.name,
        description=described(document_in(folder.parent, folder)),
        purpose=GENERAL if before is None else before.purpose,
        version=None,
        origin=None,
        digest=made,
        source_digest=made,
        active=before is None or before.active,
        bundled=True,
        created=now if before is None else before.created,
        updated=now,
    )


def described(document: SkillDocument | None) -> str | None:
    """What a SKILL.md says it is for, as a database can keep it."""
    found = document.description if document is not None else None
    return found.strip().encode("utf-8", "replace").decode() or None if found else None


def document_in(base: Path, folder: Path) -> SkillDocument | None:
    """A skill's SKILL.md, if it is a file that lies there; what agents have written is read no further than others' files."""
    if folder.is_symlink():
        return None
    try:
        return parse(beneath.read(base, folder / FILE, limit=MAX_BYTES).data, folder=folder.name)
    except (OSError, WorkbenchError):
        return None


def digest_of(folder: Path) -> str | None:
    """A folder's digest; None where there is none that can be read."""
    try:
        return digest(folder)
    except OSError:
        return None


@lru_cache(maxsize=4)
def shipped(folder: Path) -> dict[str, str]:
    """The skills that come along, with their digests."""
    return {path.name: digest(path) for path in sorted(folder.iterdir()) if (path / FILE).is_file()}
