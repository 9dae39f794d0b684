"""What a person has decided about the safety of the skills in the library: scans are kept, findings waived, skills trusted.

Idea: the scan looks at bytes, and every decision is bound to them (`waivers`); here are the records of one library. The
scan of the version before is kept beside the last one, so that an update can be judged by what is new in it. Invariant:
a decision is taken about what was shown: when the bytes have changed meanwhile, it is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.errors import NotFound, Refused
from workbench.skills import table
from workbench.skills.holdings import Holdings
from workbench.skills.review import reviews_table
from workbench.skills.review.reviews_table import ScanRow
from workbench.skills.review.waivers import trust, waive
from workbench.skills.tree.digest import signature

if TYPE_CHECKING:
    from workbench.skills.scan import Report, ScanFinding

_HALF: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Reviewed:
    """A scan, and which of its findings the version that was scanned before did not have."""

    report: Report
    new: list[ScanFinding]
    since: int | None
    """When that version was scanned; None: this is the first, and everything is new."""


def review(library: Holdings, name: str) -> Reviewed:
    """Scans a skill as it is now, and keeps what was found."""
    # The rules are hundreds of expressions: only who scans waits for them.
    from workbench.skills.scan import new_findings, scan

    folder, row = _present(library, name), library.row(name)
    skill = row.id
    waivers = library.database.read(lambda connection: reviews_table.waivers(connection, skill))
    known = library.database.read(lambda connection: reviews_table.last_scan(connection, skill))
    mark, now = signature(folder, row.working), library.clock.now_ms()
    report = scan(folder, waivers=waivers, now=now, others=_others(library, name), without=row.working)
    before_at, before = _before(known, report)
    kept = [_kept(each) for each in (*report.findings, *report.waived)]
    made = ScanRow(now, report.digest, mark, report.verdict, kept, before_at, before)
    if not library.database.read_only:
        library.database.write(lambda connection: reviews_table.put_scan(connection, skill, made))
    new = new_findings(before, [_kept(each) for each in report.findings]) if before is not None else report.findings
    return Reviewed(report, new, before_at)


def last(library: Holdings, name: str) -> tuple[ScanRow, bool] | None:
    """The last scan, and whether the skill is still as it was then; no file is read for that."""
    row = library.row(name)
    found = library.database.read(lambda connection: reviews_table.last_scan(connection, row.id))
    return (found, found.signature == signature(library.folder(name), row.working)) if found else None


def let_stand(
    library: Holdings, name: str, rule: str, digest: str, *, reason: str, expires: int | None = None
) -> Reviewed:
    """Waives a finding for the file as it is; raises NotFound when the skill has no such finding."""
    from workbench.skills.scan import scan

    report = scan(_present(library, name), others=_others(library, name), without=library.row(name).working)
    finding = next((each for each in report.findings if (each["rule"], each["digest"]) == (rule, digest)), None)
    if finding is None:
        raise NotFound(
            f"{name!r} has no finding {rule[:80]!r} in a file of that digest.",
            remedy="The file may have changed. Scan the skill again with: workbench skills scan NAME.",
            skill=name,
        )
    waiver = waive(finding, reason, now=library.clock.now_ms(), expires=expires)
    skill = library.row(name).id
    library.database.write(lambda connection: reviews_table.put_waiver(connection, skill, waiver))
    return review(library, name)


def take_back(library: Holdings, name: str, rule: str, digest: str) -> Reviewed:
    """Withdraws a waiver; one that is not there needs no withdrawing."""
    skill = library.row(name).id
    library.database.write(lambda connection: reviews_table.drop_waiver(connection, skill, rule, digest))
    return review(library, name)


def give_trust(library: Holdings, name: str, seen: str | None = None) -> None:
    """Trusts a skill as it is; with `seen`, the digest that was shown, only if it is still that."""
    mark = signature(
        _present(library, name), library.row(name).working
    )  # before it is read: what changes meanwhile is then looked at again
    report = review(library, name).report
    if seen is not None and seen != report.digest:
        raise Refused(
            "changed",
            f"{name} has changed since it was scanned.",
            remedy="Scan it again and look at what is new; nothing was trusted.",
            digest=report.digest,
        )
    given = trust(report.digest, now=library.clock.now_ms(), verdict=report.verdict)
    skill = library.row(name).id
    library.database.write(lambda connection: reviews_table.put_trust(connection, skill, given, mark))


def end_trust(library: Holdings, name: str) -> None:
    """Trusts a skill no longer."""
    skill = library.row(name).id
    library.database.write(lambda connection: reviews_table.drop_trust(connection, skill))


def _present(library: Holdings, name: str) -> Path:
    library.settle()
    folder = library.folder(name)
    if folder.is_dir() and not folder.is_symlink():
        return folder
    raise NotFound(
        f"{name!r} has no folder any more.",
        remedy="Restore a version of it, or run: workbench call workspace.reconcile.",
        skill=name,
    )


def _others(library: Holdings, name: str) -> list[str]:
    """The names of the other skills that are there: what a skill could be mistaken for."""
    rows = library.database.read(table.rows)
    return [row.name for row in rows if row.name != name]


def _before(known: ScanRow | None, report: Report) -> tuple[int | None, list[ScanFinding] | None]:
    """The scan to compare with: the last of another version, however often this one has been scanned."""
    if known is None:
        return None, None
    if known.digest == report.digest:
        return known.before_at, known.before
    return known.at, known.findings


def _kept(finding: ScanFinding) -> ScanFinding:
    """A finding as it can be kept: bytes of a file name that are no UTF-8 become U+FFFD."""
    return {key: _HALF.sub("\ufffd", value) if isinstance(value, str) else value for key, value in finding.items()}
