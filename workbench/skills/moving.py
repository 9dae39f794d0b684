"""The skills folder moves to another place, with its repository, so that no version of a skill is lost.

Idea: it is a change like any other: what is meant is written down, one rename is the moment at which it happens, and what
follows is decided from what lies where. The whole folder goes, under a name of its own, into the new one; there its parts
take their places. Invariant: the settings name the new folder from the transaction on in which the move is done, and
whoever wants to work with skills has finished a move that was cut short before it asks where they are.

Only a folder with a repository of its own, on the same file system, is moved. What else there may be is refused with what a
person can do instead: nothing is ever copied and then deleted.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import apsw

from workbench.errors import HomeUnusable, Refused
from workbench.paths import Home
from workbench.skills import table
from workbench.skills.changes import Outcome, make
from workbench.skills.table import Intent
from workbench.skills.versions.repository import ASIDE

if TYPE_CHECKING:
    from workbench.skills.holdings import Holdings

Choose = Callable[[apsw.Connection, str | None], Any]
"""Keeps what a person has chosen as the skills folder; None is the default."""

_NAMED: Final = 5
"""So many clashing names are said."""


def settle_in(library: Holdings, new: Path, chosen: str | None, *, move: bool | None) -> None:
    """Makes the new skills folder. Skills that lie in the one in use move there with `move`, stay with False, and are asked
    about without either: raises Refused, reason `move_skills`. What was `chosen` is kept only by a move.
    """
    if library.database.read_only:
        return  # nothing can be chosen either, and who saves is told why
    old = library.root
    _check_place(library.home, new)
    count = len(library.database.read(table.rows))
    if new == old or not count or not old.is_dir():
        _make(new)
    elif move is None:
        raise Refused(
            "move_skills",
            f"{count} skill{'s' if count > 1 else ''} would be left behind in {old}.",
            remedy="Say move_skills: true (--move-skills) to move that folder with its history, or false (--leave-skills).",
            skills=count,
            old=str(old),
            new=str(new),
        )
    elif move:
        _move(library, new, chosen)
    else:
        _make(new)


def _check_place(home: Home, new: Path) -> None:
    """Refuses a folder with which pages and agents would be given all that Workbench keeps."""
    real, kept = new.resolve(), home.root.resolve()
    if real in (kept, *kept.parents) or kept in real.parents:
        raise Refused(
            "not_for_skills",
            f"{new} is no folder for skills: it holds {home.root}, or lies in it.",
            remedy="Choose a folder for skills alone, such as ~/workbench/skills.",
            path=str(new),
        )


def _move(library: Holdings, new: Path, chosen: str | None) -> None:
    with library.alone() as site:
        site.check_settled(*site.stuck)
        check(site.root, new)
        _check_idle(library)
        facts = {"to": str(new), "chosen": chosen, "made": not new.exists()}
        library.changes.relocate(site.root, facts, strike)


def check(old: Path, new: Path) -> None:
    """Refuses a move that would lose something, or that cannot be done in one step."""
    if old.is_symlink():
        raise _refused("link", f"{old} is a link to the skills folder.", f"Move {old.resolve()} yourself.")
    if old.resolve() in (new.resolve(), *new.resolve().parents):
        raise Refused("inside", f"{new} lies in {old} itself.", remedy="Choose a folder outside of it.")
    if not (old / ".git").is_dir():
        raise _refused(
            "bigger_repository",
            f"{old} is a part of a bigger repository, which keeps its history.",
            "Move the folder yourself.",
        )
    if (new / ".git").exists():
        raise _refused(
            "other_history",
            f"{new} is a repository of its own.",
            "Choose an empty folder, or move the skills yourself.",
        )
    _check_names(old, new)
    if old.stat().st_dev != _nearest(new).stat().st_dev:
        raise _refused(
            "other_disk", f"{new} lies on another disk than {old}.", f"Move it yourself: mv '{old}' '{new}'."
        )


def strike(intent: Intent) -> None:
    """The move happens."""
    new = Path(intent.facts["to"])
    new.mkdir(parents=True, exist_ok=True)
    if _is_bare(new / ASIDE):
        shutil.rmtree(new / ASIDE)
    Path(intent.root).rename(_arrival(intent))


def moved(intent: Intent, choose: Choose) -> Outcome:
    """It has happened when the repository has arrived; then everything takes its place, over nothing that lies there."""
    new, arrival = Path(intent.facts["to"]), _arrival(intent)
    if not arrival.is_dir() and not (new / ".git").is_dir():
        if intent.facts["made"]:
            with contextlib.suppress(OSError):
                new.rmdir()
        return Outcome()
    if arrival.is_dir():
        for name in sorted(os.listdir(arrival)):  # noqa: PTH208 - names are all that is needed
            place = new / name
            (arrival / name).rename(new / f"{name}.{intent.id}" if os.path.lexists(place) else place)
        arrival.rmdir()
    return Outcome(lambda connection: choose(connection, intent.facts["chosen"]), happened=True)


def _arrival(intent: Intent) -> Path:
    return Path(intent.facts["to"]) / f".{intent.id}"


def _check_names(old: Path, new: Path) -> None:
    """Nothing there has the name of something here, whichever way a file system looks at capitals."""
    if not new.exists():
        return
    if not new.is_dir():
        raise Refused("no_folder", f"{new} is no folder.", remedy="Choose another one.")
    there = {path.name.casefold() for path in new.iterdir() if not _is_bare(path)}
    names = sorted(path.name for path in old.iterdir() if path.name.casefold() in there)
    if names:
        said = ", ".join(names[:_NAMED]) + (" and more" if len(names) > _NAMED else "")
        raise Refused(
            "exists", f"{new} has these names already: {said}.", remedy="Choose an empty folder.", names=names
        )


def _is_bare(path: Path) -> bool:
    """A folder for what is on its way in or out, in which nothing is."""
    return path.name == ASIDE and path.is_dir() and [each.name for each in path.iterdir()] in ([], [".gitignore"])


def _check_idle(library: Holdings) -> None:
    for lock in library.locks.held():
        library.locks.check_free(lock.skill, None)
    if busy := sorted(library.busy()):
        raise Refused(
            "busy", f"A workflow is at work on {busy[0]!r}.", remedy="Move the skills when it is done.", skills=busy
        )


def _nearest(path: Path) -> Path:
    return next(each for each in (path, *path.parents) if each.exists())


def _make(new: Path) -> None:
    """The folder, if it is not there, with what tells it from one that is away; raises HomeUnusable where nothing could be
    kept in it.
    """
    make(new)
    if not os.access(new, os.W_OK | os.X_OK):
        raise HomeUnusable(
            f"The skills folder {new} cannot be written.",
            remedy="Choose another one, or change its permissions; nothing was changed.",
            path=str(new),
        )


def _refused(reason: str, message: str, remedy: str) -> Refused:
    return Refused(
        reason, f"{message} It was not moved.", remedy=f"{remedy} Then save the new path with move_skills: false."
    )
