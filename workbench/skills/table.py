"""The SQL of skills: functions that take a connection. A skill's text is not here but in its folder."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from typing import Any, Final

import apsw

from workbench.skills.tree.working import working_of

SOURCES: Final = ("skill-builder", "marketplace", "imported")

_COLUMNS: Final = "id, name, skill_source, purpose, created, updated, deleted, trash"


@dataclass(frozen=True)
class SkillRow:
    """What the database alone knows of a skill; times are milliseconds since 1970."""

    id: int
    name: str
    source: str
    purpose: str | None
    created: int
    updated: int
    deleted: int | None
    trash: str | None

    @property
    def working(self) -> frozenset[str]:
        """Folders in it that are no part of the skill."""
        return working_of(self.source)

    @property
    def is_folder(self) -> bool:
        """It lies in the trash and never was a skill: a row was made of it when it was set aside."""
        return self.created == self.deleted


@dataclass(frozen=True)
class Indexed:
    """What a SKILL.md said when it had this signature; the columns of `skill_index`, in their order."""

    signature: str
    description: str | None
    valid: bool
    written: bool
    badge: str | None = None
    """Where it loads, as JSON; None where it was not read."""
    when_to_use: str = ""
    hidden: bool = False
    listing_tokens: int = 0
    body_tokens: int = 0


@dataclass(frozen=True)
class TrustRow:
    """That a person trusts a skill of this digest, and what its digest was when its files had this signature."""

    digest: str
    verdict: str
    created: int
    signature: str
    seen: str


@dataclass(frozen=True)
class Listed:
    """A skill with all that a listing shows of it."""

    row: SkillRow
    tags: tuple[str, ...]
    status: str | None
    indexed: Indexed | None
    trust: TrustRow | None = None
    scanned: tuple[str, str] | None = None
    """What the last scan said, and the signature of the files of which it said that."""


@dataclass(frozen=True)
class WorkspaceRow:
    """A skill of the other registry: the agents' own. One that is not `active` is kept and not used."""

    name: str
    description: str | None
    purpose: str
    active: bool
    bundled: bool
    created: int
    updated: int


@dataclass(frozen=True)
class Intent:
    """What is being done to a skill below `root`: written before anything is done, taken away with the rows' change."""

    id: str
    kind: str
    name: str
    root: str
    facts: dict[str, Any]
    begun: int


# -- skills -----------------------------------------------------------------------------------------------------------


def add(connection: apsw.Connection, name: str, source: str, now: int, *, purpose: str | None = None) -> int:
    """A new skill; its id."""
    connection.execute(
        "insert into skills (name, skill_source, purpose, created, updated) values (?, ?, ?, ?, ?)",
        (name, source, purpose, now, now),
    )
    return connection.last_insert_rowid()


def add_again(connection: apsw.Connection, name: str, source: str, now: int) -> int:
    """A skill that was found; the one that it was before, with its tags, if that was taken off the list without a folder."""
    was = next((row for row in deleted(connection) if row.name == name and row.trash is None), None)
    if was is None:
        return add(connection, name, source, now)
    bring_back(connection, was.id, now)
    return was.id


def find(connection: apsw.Connection, name: str) -> SkillRow | None:
    """The skill of a name; what is in the trash has none."""
    row = connection.execute(
        f"select {_COLUMNS} from skills where name = ? and deleted is null",  # noqa: S608 - our own columns
        (name,),
    ).fetchone()
    return SkillRow(*row) if row else None


def rows(connection: apsw.Connection) -> list[SkillRow]:
    """Every skill of the library, by name."""
    found = connection.execute(f"select {_COLUMNS} from skills where deleted is null order by name")  # noqa: S608 - our own columns
    return [SkillRow(*row) for row in found]


def deleted(connection: apsw.Connection) -> list[SkillRow]:
    """What is in the trash, the last deleted first."""
    found = connection.execute(
        f"select {_COLUMNS} from skills where deleted is not null order by deleted desc, id desc"  # noqa: S608 - our own columns
    )
    return [SkillRow(*row) for row in found]


def listed(connection: apsw.Connection, name: str | None = None) -> list[Listed]:
    """Every skill of the library (or one) with what belongs to it, by name."""
    found = connection.execute(
        """
        select skills.id, skills.name, skill_source, purpose, skills.created, skills.updated, deleted, trash,
            (select group_concat(tag, char(10) order by tag) from skill_tags where skill = skills.id),
            workflow_runs.status,
            skill_trust.digest, skill_trust.verdict, skill_trust.created, skill_trust.signature, skill_trust.seen,
            skill_scans.verdict, skill_scans.signature,
            skill_index.signature, description, valid, written, badge, when_to_use, hidden, listing_tokens, body_tokens
        from skills
        left join workflow_runs on workflow_runs.skill = skills.id
        left join skill_trust on skill_trust.skill = skills.id
        left join skill_scans on skill_scans.skill = skills.id
        left join skill_index on skill_index.skill = skills.id
        where deleted is null and (?1 is null or name = ?1) order by name
        """,
        (name,),
    )
    return [
        Listed(
            SkillRow(*row[:8]),
            tuple(row[8].split("\n")) if row[8] else (),
            row[9],
            _indexed(row[17:]) if row[17] is not None else None,
            TrustRow(*row[10:15]) if row[10] is not None else None,
            (row[15], row[16]) if row[15] is not None else None,
        )
        for row in found
    ]


def _indexed(row: tuple[Any, ...]) -> Indexed:
    signature, description, valid, written, badge, when_to_use, hidden, *tokens = row
    return Indexed(signature, description, bool(valid), bool(written), badge, when_to_use, bool(hidden), *tokens)


def index(connection: apsw.Connection, entries: Iterable[tuple[int, Indexed]]) -> None:
    """Keeps what SKILL.md files were found to say, of skills that are still there."""
    connection.executemany(
        """
        insert or replace into skill_index (skill, signature, description, valid, written, badge, when_to_use, hidden,
            listing_tokens, body_tokens)
        select ?, ?, ?, ?, ?, ?, ?, ?, ?, ? where exists (select 1 from skills where id = ?1)
        """,
        [(skill, *astuple(each)) for skill, each in entries],
    )


def touch(connection: apsw.Connection, name: str, now: int) -> None:
    """It has changed now."""
    connection.execute("update skills set updated = ? where name = ? and deleted is null", (now, name))


def rename(connection: apsw.Connection, old: str, new: str, now: int) -> None:
    """Another name for the same skill: what belongs to it hangs on its id."""
    connection.execute("update skills set name = ?, updated = ? where name = ? and deleted is null", (new, now, old))


def repurpose(connection: apsw.Connection, name: str, purpose: str | None, now: int) -> None:
    connection.execute(
        "update skills set purpose = ?, updated = ? where name = ? and deleted is null", (purpose, now, name)
    )


def resource(connection: apsw.Connection, name: str, source: str, now: int) -> None:
    """It counts as having come from somewhere else than before."""
    connection.execute(
        "update skills set skill_source = ?, updated = ? where name = ? and deleted is null", (source, now, name)
    )


def discard(connection: apsw.Connection, name: str, trash: str | None, now: int) -> None:
    """Out of the library; all that belongs to it stays for a restore, but for the lock."""
    connection.execute(
        "delete from skill_locks where skill = (select id from skills where name = ? and deleted is null)", (name,)
    )
    connection.execute(
        "update skills set deleted = ?, trash = ? where name = ? and deleted is null", (now, trash, name)
    )


def bring_back(connection: apsw.Connection, skill: int, now: int) -> None:
    connection.execute("update skills set deleted = null, trash = null, updated = ? where id = ?", (now, skill))


def discarded(connection: apsw.Connection, name: str, trash: str, now: int) -> None:
    """A folder that was no skill of the library lies in the trash now."""
    if connection.execute("select 1 from skills where trash = ?", (trash,)).fetchone() is None:
        connection.execute(
            """
            insert into skills (name, skill_source, created, updated, deleted, trash)
            values (?, 'imported', ?, ?, ?, ?)
            """,
            (name, now, now, now, trash),
        )


def forget(connection: apsw.Connection, skill: int) -> None:
    """Takes a row out of the trash for good."""
    connection.execute("delete from skills where id = ? and deleted is not null", (skill,))


def workspace(connection: apsw.Connection) -> list[WorkspaceRow]:
    """Every skill of the agents' own, by name."""
    found = connection.execute(
        "select name, description, purpose, active, bundled, created, updated from workspace_skills order by name"
    )
    return [
        WorkspaceRow(name, description, purpose, bool(active), bool(bundled), created, updated)
        for name, description, purpose, active, bundled, created, updated in found
    ]


def version(connection: apsw.Connection) -> int:
    """How often the rows that a list shows have changed; triggers count, so nobody can forget to."""
    return int(connection.execute("select version from skill_changes").get)


def names(connection: apsw.Connection) -> tuple[list[str], list[str]]:
    """The names of both registries: the library's, and the agents' own."""
    library = connection.execute("select name from skills where deleted is null order by name")
    workspace = connection.execute("select name from workspace_skills order by name")
    return [row[0] for row in library], [row[0] for row in workspace]


# -- tags -------------------------------------------------------------------------------------------------------------


def set_tags(connection: apsw.Connection, skill: int, tags: Iterable[str]) -> None:
    """These tags and no others."""
    connection.execute("delete from skill_tags where skill = ?", (skill,))
    connection.executemany("insert into skill_tags (skill, tag) values (?, ?)", [(skill, tag) for tag in tags])


def tags_of(connection: apsw.Connection, skill: int) -> list[str]:
    return [row[0] for row in connection.execute("select tag from skill_tags where skill = ? order by tag", (skill,))]


def tags(connection: apsw.Connection) -> list[tuple[str, int]]:
    """Every tag that is in use, with the number of skills that have it, by name."""
    found = connection.execute(
        """
        select tag, count(*) from skill_tags join skills on skills.id = skill
        where deleted is null group by tag order by tag
        """
    )
    return [(tag, count) for tag, count in found]


# -- intents ----------------------------------------------------------------------------------------------------------


def intend(connection: apsw.Connection, intent: Intent) -> None:
    """Keeps what is about to be done. Its facts may name files by bytes that are no text, which `json` escapes."""
    connection.execute(
        "insert into skill_intents (id, kind, name, root, facts, begun) values (?, ?, ?, ?, ?, ?)",
        (intent.id, intent.kind, intent.name, intent.root, json.dumps(intent.facts), intent.begun),
    )


def intents(connection: apsw.Connection) -> list[Intent]:
    """What is being done or was left, the oldest first."""
    found = connection.execute("select id, kind, name, root, facts, begun from skill_intents order by begun, id")
    return [Intent(id_, kind, name, root, json.loads(facts), begun) for id_, kind, name, root, facts, begun in found]


def done(connection: apsw.Connection, intent: str) -> None:
    connection.execute("delete from skill_intents where id = ?", (intent,))
