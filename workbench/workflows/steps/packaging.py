"""The end of a workflow: the skill as one file, `<name>.skill`, in its working folder.

Invariant: what lies there is whole, is of the skill as it was at one moment, and is called as the skill is now; a skill that
clients would not load, or with a part that was recorded for other answers, is not packed unasked.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import HomeUnusable, Refused
from workbench.skills.changes import scratch_of
from workbench.skills.handout.export import packed
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.workflows import table
from workbench.workflows.steps import written
from workbench.workflows.steps.removal import PACKAGE


@dataclass(frozen=True)
class Package:
    """A package that was made."""

    path: Path
    size: int
    digest: str
    """Of the skill that an import of it brings in."""
    warnings: tuple[str, ...] = ()


def package(library: Library, name: str, *, anyway: bool = False, instance: str | None = None) -> Package:
    """Packs a skill. Raises NotFound; Refused when it is not valid, holds a part that was recorded for other answers (unless
    `anyway`), or cannot be packed.
    """
    library.check_mine(name, instance)
    written.check(library, name)
    _check_valid(library, name)
    notes = _notes(library, name)
    if notes and not anyway:
        raise Refused(
            "recorded",
            f"A part of {name!r} was recorded for other answers: {notes[0]}",
            remedy="Run its step with a provider of your own, or package it anyway.",
            skill=name,
            notes=list(notes),
        )
    folder = scratch_of(library.home) / name
    work = folder / f".pack-{library.clock.new_id()}"
    try:
        work.mkdir(parents=True)
        made = work / f"{name}{PACKAGE}"
        digest = packed(library, name, made)
        return Package(_put(library, name, made), (folder / made.name).stat().st_size, digest, notes)
    except OSError as error:
        raise HomeUnusable(
            f"{name!r} was not packed: {error.strerror or error}.",
            remedy=f"See that {folder} can be written and has space.",
            path=str(folder),
            errno=error.errno,
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _check_valid(library: Library, name: str) -> None:
    wrong = [
        each for each in library.document(name).diagnostics if (each["level"], each["severity"]) == ("spec", "error")
    ]
    if wrong:
        raise Refused(
            "invalid",
            f"{name!r} is not packed: {FILE}, line {wrong[0]['line']}: {wrong[0]['message']}",
            remedy="Mend it first.",
            skill=name,
        )


def _notes(library: Library, name: str) -> tuple[str, ...]:
    skill = library.row(name).id
    made = library.database.read(lambda connection: table.artifacts(connection, skill))
    return tuple(dict.fromkeys(each.note for each in made if each.note))


def _put(library: Library, name: str, made: Path) -> Path:
    """In its place, unless the skill was reset, renamed or deleted meanwhile; packages of its former names go."""
    with library.alone() as site:
        if not (site.folder(name) / FILE).is_file():
            raise Refused("changed", f"{name!r} was changed while it was packed.", remedy="Try again.", skill=name)
        place = site.scratch / name / made.name
        made.replace(place)
        for other in place.parent.glob(f"*{PACKAGE}"):
            if other != place:
                other.unlink(missing_ok=True)
        return place
