"""A package of one skill: an archive with a SKILL.md at its root, or one folder down, and no second one.

Invariant: the skill's name is the one that it says, or that a person gives; a folder's or a file's name is never taken for it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from workbench.errors import InvalidRequest, Refused
from workbench.skills.intake.plan import Plan, Row
from workbench.skills.sources.address import ARCHIVES

_AT_MOST: Final = 1
"""So many folders down."""


def archive_at(path: str) -> str:
    """A path that names an archive of this machine, and nothing else that a source could be."""
    if "\0" in path or not path.lower().endswith(ARCHIVES):
        raise InvalidRequest(
            "That is no package of a skill.",
            remedy="Give a .skill, .zip or .tar.gz file.",
            problems=[{"path": "path", "message": "names no .skill, .zip or .tar.gz file"}],
        )
    return str(Path(path).expanduser().absolute())


def the_skill(found: Plan) -> Row:
    """The one skill of a package. Raises Refused when there is none where it belongs, or there are several."""
    rows = [row for row in found.rows if row.document is not None and row.place not in ("alias", "remote", "set-aside")]
    here = [row for row in rows if row.path.count("/") <= _AT_MOST]
    root = [row for row in here if "/" not in row.path]
    if len(root or here) == 1:
        return (root or here)[0]
    if not here:
        raise invalid("its SKILL.md lies neither at its root nor one folder down", rows=len(rows))
    raise invalid(f"it holds {len(here):,} skills", rows=len(rows))


def invalid(why: str, *, rows: int = 0) -> Refused:
    """An archive that is none."""
    return Refused(
        "invalid_package",
        f"The package is invalid: {why}.",
        remedy="Pack one skill, with its SKILL.md at the root or in one folder. Import many with: workbench skills import.",
        rows=rows,
    )
