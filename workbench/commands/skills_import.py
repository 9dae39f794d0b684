"""Bringing skills in: what a source holds, and what was chosen of it."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.commands.registry import command
from workbench.commands.skills_import_shapes import (
    AppliedImport,
    AppliedRow,
    ApplyImport,
    CancelImport,
    Cancelled,
    Catalogue,
    FoundFindings,
    ImportPlan,
    PlanImport,
    PlanRow,
    PlanSums,
    ScanImport,
    ScannedImport,
    ScannedImportRow,
    UploadedFile,
)
from workbench.errors import InvalidRequest
from workbench.skills.intake.choosing import Choice
from workbench.skills.intake.uploads import Upload

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.intake.imports import Look, Result
    from workbench.skills.intake.plan import Row, Scanned


@command("skills.plan_import", PlanImport, ImportPlan)
async def plan_import(bench: Workbench, request: PlanImport) -> ImportPlan:
    """Looks into a source and says what could be brought in from it; nothing is changed."""
    source = request.source if request.upload is None else uploaded(request.upload)
    return shown(await asyncio.to_thread(bench.imports.look, source, work=request.id))


@command("skills.scan_import", ScanImport, ScannedImport)
async def scan_import(bench: Workbench, request: ScanImport) -> ScannedImport:
    """Scans rows of a plan that is kept still; what was scanned already is not read again."""
    look = await asyncio.to_thread(bench.imports.scan, request.plan, request.source, request.paths, work=request.id)
    wanted = set(request.paths)
    found = [ScannedImportRow(path=row.path, scan=_scan(row.scan)) for row in look.plan.rows if row.path in wanted]
    return ScannedImport(rows=found)


@command("skills.apply_import", ApplyImport, AppliedImport)
async def apply_import(bench: Workbench, request: ApplyImport) -> AppliedImport:
    """Brings chosen skills into the library. What has a question that is not answered stays out, and its row says why."""
    choices = [Choice(**row.model_dump()) for row in request.rows]
    return applied(
        *await asyncio.to_thread(bench.imports.bring, request.source, choices, look=request.plan, work=request.id)
    )


@command("skills.cancel_import", CancelImport, Cancelled)
async def cancel_import(bench: Workbench, request: CancelImport) -> Cancelled:
    """Gives up a look or an import that is under way; what has come in as a version stays."""
    return Cancelled(cancelled=bench.imports.cancel(request.id))


def uploaded(file: UploadedFile) -> Upload:
    """A file that was sent along. Raises InvalidRequest for what is no archive, or not base64."""
    try:
        return Upload(file.name, base64.b64decode(file.data, validate=True))
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(
            "The file that was sent along is not base64.",
            remedy="Encode its bytes as base64, with padding.",
            problems=[{"path": "upload.data", "message": "is not base64"}],
        ) from error


def shown(look: Look) -> ImportPlan:
    """A plan as it is sent."""
    made = look.plan
    return ImportPlan(
        plan=look.id,
        source=look.source,
        kind=look.fetched.kind,
        origin=made.origin,
        commit=look.fetched.commit,
        by=made.by,
        notes=[*look.fetched.notes, *made.notes],
        catalogues=[
            Catalogue(path=each.path, dialect=each.dialect, name=each.name, entries=each.entries, skills=each.skills)
            for each in made.catalogues
        ],
        rows=[_row(row) for row in made.rows],
        sums=PlanSums(**made.sums),
    )


def applied(results: Sequence[Result], commit: str | None) -> AppliedImport:
    """What has come in as it is sent."""
    rows = [
        AppliedRow(path=each.path, name=each.name, status=each.status, reason=each.reason, digest=each.digest)
        for each in results
    ]
    return AppliedImport(rows=rows, commit=commit)


def _row(row: Row) -> PlanRow:
    return PlanRow(
        path=row.path, name=row.name, description=row.description, place=row.place, status=row.status,
        reasons=list(row.reasons), repairs=list(row.repairs), digest=row.digest, duplicate_of=row.duplicate_of,
        found_by=list(row.found_by), state=row.state, proposed=row.proposed, plugin=row.plugin, files=row.files,
        bytes=row.bytes, scan=_scan(row.scan), ticked=row.ticked,
    )  # fmt: skip


def _scan(scan: Scanned | None) -> FoundFindings | None:
    return FoundFindings.model_validate({"verdict": scan.verdict, **scan.counts}) if scan is not None else None
