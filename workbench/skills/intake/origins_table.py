"""The SQL of `imported_skills`: where a skill of the library came from, and what it was then."""

from __future__ import annotations

from dataclasses import dataclass

import apsw


@dataclass(frozen=True)
class Origin:
    """Where a skill came from, and what it was then: there, and after the repairs on its way in."""

    origin: str
    """The source and the path in it: what makes it the same skill when it comes again."""
    source_digest: str
    digest: str
    version: str | None = None
    commit: str | None = None


def put(connection: apsw.Connection, skill: int, origin: Origin) -> None:
    """A skill comes from there, whatever it came from before."""
    connection.execute(
        """
        insert or replace into imported_skills (skill, origin, source_digest, digest, version, commit_id)
        values (?, ?, ?, ?, ?, ?)
        """,
        (skill, origin.origin, origin.source_digest, origin.digest, origin.version, origin.commit),
    )


def renamed(connection: apsw.Connection, name: str, digest: str) -> None:
    """A skill that is as it came but for its name: this is its digest now."""
    connection.execute(
        "update imported_skills set digest = ? where skill = (select id from skills where name = ? and deleted is null)",
        (digest, name),
    )


def of(connection: apsw.Connection, name: str) -> Origin | None:
    """Where a skill of the library came from; None: from nowhere, or nobody knows."""
    row = connection.execute(
        """
        select origin, source_digest, digest, version, commit_id from imported_skills join skills on skills.id = skill
        where name = ? and deleted is null and origin is not null and source_digest is not null
        """,
        (name,),
    ).fetchone()
    return Origin(*row) if row else None


def everywhere(connection: apsw.Connection) -> list[tuple[str, Origin]]:
    """Each skill of the library that came from somewhere, by name."""
    found = connection.execute(
        """
        select name, origin, source_digest, digest, version, commit_id from imported_skills join skills on skills.id = skill
        where deleted is null and origin is not null and source_digest is not null order by name
        """
    )
    return [(row[0], Origin(*row[1:])) for row in found]
