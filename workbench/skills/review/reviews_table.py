"""The SQL of what persons have decided about the safety of skills, and of the scans that they saw."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import apsw
import msgspec

from workbench.skills.review.waivers import Trust, Waiver
from workbench.skills.table import Listed

if TYPE_CHECKING:
    from workbench.skills.scan import ScanFinding


@dataclass(frozen=True)
class ScanRow:
    """The last scan of a skill. `before` are the findings of the version that was scanned before this one."""

    at: int
    digest: str | None
    signature: str
    verdict: str
    findings: list[ScanFinding]
    before_at: int | None
    before: list[ScanFinding] | None


# -- waivers ----------------------------------------------------------------------------------------------------------


def waivers(connection: apsw.Connection, skill: int) -> list[Waiver]:
    """What may stand in a skill, the oldest first."""
    found = connection.execute(
        "select rule, digest, reason, created, expires from skill_waivers where skill = ? order by created, rule, digest",
        (skill,),
    )
    return [Waiver(*row) for row in found]


def put_waiver(connection: apsw.Connection, skill: int, waiver: Waiver) -> None:
    connection.execute(
        "insert or replace into skill_waivers (skill, rule, digest, reason, created, expires) values (?, ?, ?, ?, ?, ?)",
        (skill, waiver.rule, waiver.digest, waiver.reason, waiver.created, waiver.expires),
    )


def drop_waiver(connection: apsw.Connection, skill: int, rule: str, digest: str) -> bool:
    """Whether there was one."""
    connection.execute("delete from skill_waivers where skill = ? and rule = ? and digest = ?", (skill, rule, digest))
    return connection.changes() > 0


# -- trust ------------------------------------------------------------------------------------------------------------


def put_trust(connection: apsw.Connection, skill: int, given: Trust, signature: str) -> None:
    connection.execute(
        """
        insert or replace into skill_trust (skill, digest, verdict, created, signature, seen)
        values (?, ?, ?, ?, ?, ?)
        """,
        (skill, given.digest, given.verdict, given.created, signature, given.digest),
    )


def drop_trust(connection: apsw.Connection, skill: int) -> None:
    connection.execute("delete from skill_trust where skill = ?", (skill,))


def look(connection: apsw.Connection, fresh: Iterable[Listed]) -> None:
    """Keeps the digests that trusted skills were found to have. Trust that was given anew meanwhile stays as it is."""
    connection.executemany(
        "update skill_trust set signature = ?, seen = ? where skill = ? and digest = ?",
        [(each.trust.signature, each.trust.seen, each.row.id, each.trust.digest) for each in fresh if each.trust],
    )


# -- scans ------------------------------------------------------------------------------------------------------------


def last_scan(connection: apsw.Connection, skill: int) -> ScanRow | None:
    row = connection.execute(
        "select at, digest, signature, verdict, findings, before_at, before from skill_scans where skill = ?", (skill,)
    ).fetchone()
    if row is None:
        return None
    at, digest, signature, verdict, findings, before_at, before = row
    told = msgspec.json.decode(before) if before is not None else None
    return ScanRow(at, digest, signature, verdict, msgspec.json.decode(findings), before_at, told)


def put_scan(connection: apsw.Connection, skill: int, scan: ScanRow) -> None:
    connection.execute(
        """
        insert or replace into skill_scans (skill, at, digest, signature, verdict, findings, before_at, before)
        values (?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            skill, scan.at, scan.digest, scan.signature, scan.verdict, _json(scan.findings),
            scan.before_at, _json(scan.before) if scan.before is not None else None,
        ),
    )  # fmt: skip


def _json(findings: list[ScanFinding]) -> str:
    return msgspec.json.encode(findings).decode()
