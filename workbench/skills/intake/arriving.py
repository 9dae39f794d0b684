"""Skills that come from elsewhere, many at a time and as one version.

Idea: all of them are copied beside the skills and looked at there, where nobody else writes; one mark then says that they
shall come in, and each is renamed to its place. A kill before the mark leaves nothing, a kill after it leaves the rest to
whoever comes next. Invariant: what lies at its place is what was planned, byte for byte but for the repairs that were
shown; and what it replaced lies in the trash, with all that git never saw of it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.errors import Refused
from workbench.skills.changes import Outcome, Site
from workbench.skills.intake.arrived import COMING, READY
from workbench.skills.library import Library
from workbench.skills.naming import checked_name, checked_tags
from workbench.skills.skill import FILE
from workbench.skills.tree.copying import copy
from workbench.skills.tree.digest import digest
from workbench.skills.tree.disk import write

KIND: Final = "import"


@dataclass(frozen=True)
class Arrival:
    """A skill that shall come in. `folder` is where it lies now, with the digest `digest`."""

    name: str
    folder: Path
    digest: str
    origin: str
    file: str = FILE
    """What its SKILL.md is called there."""
    text: bytes | None = None
    """What its SKILL.md shall say instead; None: what it says."""
    version: str | None = None
    commit: str | None = None
    replaces: bool = False
    """A skill of this name is there and shall go to the trash."""
    expected: str | None = None
    """The digest of what it replaces; None: its folder is gone."""
    tags: tuple[str, ...] = ()


def bring_in(library: Library, arrivals: Sequence[Arrival], *, source: str, message: str) -> Outcome:
    """Puts skills into the library, all or none; `source` is `imported` or `marketplace`. Raises Refused, with the fact
    `skill`, where a name is taken, or a folder here or there is not as it was when it was planned.
    """
    _check_apart(arrivals)
    with library.alone() as site:
        for each in arrivals:
            if each.replaces:
                library.check_mine(each.name, None)
                _check_expected(site, each)
            else:
                library.check_free(site, each.name)
        facts = {
            "source": source,
            "message": message,
            "skills": [_facts(site, each, library.clock.new_id()) for each in arrivals],
        }

        def strike(staging: Path) -> None:
            coming = staging / COMING
            coming.mkdir()
            for each in arrivals:
                lay_out(each, coming / each.name)
            os.sync()
            (staging / READY).mkdir()

        return library.changes.run(site, KIND, arrivals[0].name, facts, strike)


def lay_out(arrival: Arrival, made: Path) -> None:
    """Copies a skill to a place of nobody else's, mended. Raises Refused if it is not as it was planned."""
    copy(arrival.folder, made)
    found = digest(made)
    if found != arrival.digest:
        raise Refused(
            "changed",
            f"{arrival.name!r} has been changed since it was looked at.",
            remedy="Look at the source again; nothing was brought in.",
            skill=arrival.name,
            digest=found,
        )
    if arrival.file != FILE:
        _name_it(made, arrival.file)
    if arrival.text is not None:
        (made / FILE).unlink()
        write(made / FILE, arrival.text)


def _name_it(made: Path, file: str) -> None:
    """Puts a skill's text where clients look for it; one that a link led to stays beside it, for whoever else reads it."""
    if all(path.name != FILE for path in made.iterdir()):  # not `exists`: some systems take skill.md for it
        (made / file).rename(made / FILE)
        return
    (made / FILE).unlink()
    shutil.copy2(made / file, made / FILE)


def _check_expected(site: Site, arrival: Arrival) -> None:
    """Nobody has changed what it replaces since that was decided."""
    folder = site.folder(arrival.name)
    try:
        found = digest(folder) if os.path.lexists(folder) else None
    except OSError:
        found = ""
    if found != arrival.expected:
        raise Refused(
            "changed",
            f"{arrival.name!r} has been changed here since the source was looked at.",
            remedy="Look again, and say whether it shall be replaced.",
            skill=arrival.name,
        )


def _facts(site: Site, arrival: Arrival, trash: str) -> dict[str, Any]:
    return {
        "trash": trash,
        "name": arrival.name,
        "origin": arrival.origin,
        "digest": arrival.digest,
        "version": arrival.version,
        "commit": arrival.commit,
        "replaces": arrival.replaces and os.path.lexists(site.folder(arrival.name)),
        "tags": checked_tags(arrival.tags),
    }


def _check_apart(arrivals: Sequence[Arrival]) -> None:
    """Every one has a name that it may have, and no other has, whichever way a file system looks at capitals."""
    taken: dict[str, str] = {}
    for each in arrivals:
        other = taken.setdefault(checked_name(each.name).casefold(), each.origin)
        if other != each.origin:
            raise Refused(
                "exists",
                f"Two of the skills would be named {each.name!r}.",
                remedy="Give one of them another name.",
                skill=each.name,
            )
