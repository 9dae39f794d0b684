"""Whether a skill is written by now, for those who need its SKILL.md: to refine, to test, to pack it."""

from __future__ import annotations

from workbench.errors import NotFound
from workbench.skills.holdings import gone
from workbench.skills.library import Library
from workbench.skills.skill import FILE
from workbench.workflows import table
from workbench.workflows.intake import intake


def check(library: Library, name: str) -> None:
    """Raises what is said of a skill without a SKILL.md: it is to be built first, or somebody took that away."""
    folder = library.folder(name)
    if (folder / FILE).is_file():
        return
    skill = library.row(name).id
    run = library.database.read(lambda connection: table.run_of(connection, skill))
    made = library.database.read(lambda connection: list(table.artifacts(connection, skill)))
    # What was said at its beginning lies in a skill that is to be built; one that was written by hand has none.
    begun = run is not None and (folder / intake.FILE).is_file()
    if begun and all(each.path != FILE for each in made):
        raise NotFound(
            f"{name!r} has no SKILL.md yet.",
            remedy=f"Build it first: workbench workflow status {name}.",
            skill=name,
        )
    raise gone(name)
