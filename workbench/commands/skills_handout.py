"""Handing skills out: into the folders of clients and out of them, as packages, catalogues and lock files."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.clock import iso
from workbench.commands import skills_handout_shapes as shapes
from workbench.commands.registry import command
from workbench.errors import InvalidRequest
from workbench.skills.handout import export as exporting
from workbench.skills.handout import places
from workbench.skills.handout.installs import Installs
from workbench.skills.handout.standing import Entry

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("skills.install", shapes.Install, shapes.InstallReport)
async def install(bench: Workbench, request: shapes.Install) -> shapes.InstallReport:
    """Puts skills where clients look for them. What is there already is a question, and stays unless `replace` says so."""
    project = _project(request.project, request.scope)
    done, refused = await asyncio.to_thread(
        lambda: Installs(bench.library).install(
            request.names,
            request.clients,
            scope=request.scope,
            project=project,
            method=request.method,
            replace=request.replace,
        )
    )
    return shapes.InstallReport(done=_shown(done), refused=_shown(refused))


@command("skills.uninstall", shapes.Uninstall, shapes.InstallReport)
async def uninstall(bench: Workbench, request: shapes.Uninstall) -> shapes.InstallReport:
    """Takes away what was installed from here, and nothing that somebody else has put or changed there."""
    project = places.project_of(request.project, there=False) if request.project is not None else None
    done, refused = await asyncio.to_thread(
        lambda: Installs(bench.library).uninstall(
            request.names, request.clients, scope=request.scope, project=project, force=request.force
        )
    )
    return shapes.InstallReport(done=_shown(done), refused=_shown(refused))


@command("skills.installs", shapes.ListInstalls, shapes.Installs)
async def installs(bench: Workbench, request: shapes.ListInstalls) -> shapes.Installs:
    """Lists what is installed where, how it stands against the library, and what else lies in the folders of clients."""
    projects = [places.project_of(each) for each in request.projects]
    rows, looked = await asyncio.to_thread(lambda: Installs(bench.library).listed(request.names, projects))
    folders = [
        shapes.ClientFolder(
            client=each.client,
            scope=each.scope,
            project=str(each.project) if each.project is not None else None,
            path=str(each.folder),
            exists=each.folder.is_dir(),
            first=each.first,
        )
        for each in looked
    ]
    return shapes.Installs(rows=_shown(rows), places=folders)


@command("skills.export", shapes.Export, shapes.Exported)
async def export(bench: Workbench, request: shapes.Export) -> shapes.Exported:
    """Gives skills away as packages, as a catalogue for a marketplace or as a lock file, or says what has drifted."""
    place, laid, digests = await asyncio.to_thread(
        lambda: exporting.export(
            bench.library,
            request.names,
            request.format,
            request.target,
            bases=bench.network().bases,
            replace=request.replace,
            check=request.check,
        )
    )
    return shapes.Exported(
        path=str(place),
        files=laid.files,
        bytes=laid.bytes,
        digests=digests,
        drift=laid.drift,
        kept=[_text(each) for each in laid.kept],
    )


@command("skills.lockfile", shapes.ReadLock, shapes.LockFile)
async def read_lockfile(bench: Workbench, request: shapes.ReadLock) -> shapes.LockFile:
    """Reads a skills-lock.json: where each skill comes from, and whether the library has it as it was locked."""
    return await asyncio.to_thread(lambda: _locked(bench, request.path))


def _locked(bench: Workbench, path: str) -> shapes.LockFile:
    file, found = exporting.verified(bench.library, path)
    rows = [
        shapes.LockedSkill(
            name=each.name,
            address=each.address,
            source_type=each.source_type,
            skill_path=each.skill_path,
            computed_hash=each.computed_hash,
            reachable=each.reachable,
            state=state,
        )
        for each, state in found
    ]
    return shapes.LockFile(path=str(file), skills=rows)


def _project(text: str | None, scope: str) -> Path | None:
    if (text is not None) != (scope == "project"):
        raise InvalidRequest(
            "A project is named where skills are installed for one, and only there.",
            remedy="Give scope project and the project's folder, or neither.",
            problems=[{"path": "project", "message": "does not fit the scope"}],
        )
    return places.project_of(text) if text is not None else None


def _shown(entries: Iterable[Entry]) -> list[shapes.Installed]:
    return [
        shapes.Installed(
            name=_text(each.name),
            client=each.client,
            scope=each.scope,
            project=each.project,
            path=_text(each.path),
            method=each.method,
            ours=each.ours,
            state=each.state,
            installed_at=iso(each.installed) if each.installed is not None else None,
            reason=each.reason,
        )
        for each in entries
    ]


def _text(name: str) -> str:
    """A name that somebody else has given to a folder, as it can be sent: bytes that are no text are written out."""
    return name.encode("utf-8", "backslashreplace").decode()
