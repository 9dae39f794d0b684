"""Which run judges which answers: written before it is sent, and kept as long as its word can be read.

Invariant: at any time one run at most judges the same answers behind a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import apsw


@dataclass(frozen=True)
class Claim:
    """A run that judges the answers with this digest. `session` is None while that is being made."""

    step: str
    digest: str
    run: str
    at: int
    session: str | None = None


def find(connection: apsw.Connection, skill: int, step: str, digest: str) -> Claim | None:
    """Who judges these answers."""
    found = connection.execute(
        """
        select step, answers_digest, run, at, session from workflow_judges
        where skill = ? and step = ? and answers_digest = ?
        """,
        (skill, step, digest),
    ).fetchone()
    return Claim(*found) if found else None


def take(connection: apsw.Connection, skill: int, mine: Claim, instead_of: Claim | None = None) -> Claim:
    """My claim from now on, if nobody has one, or only who is given up; else theirs."""
    found = find(connection, skill, mine.step, mine.digest)
    if found is not None and (instead_of is None or found.run != instead_of.run):
        return found
    connection.execute(
        "insert or replace into workflow_judges (skill, step, answers_digest, session, run, at) values (?, ?, ?, ?, ?, ?)",
        (skill, mine.step, mine.digest, mine.session, mine.run, mine.at),
    )
    return mine


def sending(connection: apsw.Connection, skill: int, run: str, session: str) -> bool:
    """A run is sent now, in this session; whether it is still the one that judges."""
    connection.execute("update workflow_judges set session = ? where skill = ? and run = ?", (session, skill, run))
    return connection.changes() > 0


def drop(connection: apsw.Connection, skill: int, run: str) -> None:
    """A run has said nothing of use: another may be asked."""
    connection.execute("delete from workflow_judges where skill = ? and run = ?", (skill, run))
