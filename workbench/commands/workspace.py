"""The working folders of skills, and whether what the library knows is still what lies there."""

from __future__ import annotations

import asyncio
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from workbench.commands.registry import command
from workbench.commands.settings import PathReply
from workbench.commands.skills_shapes import SkillName
from workbench.protocol.screen import Model
from workbench.skills.changes import scratch_of
from workbench.skills.drift import Finding
from workbench.skills.reconcile import Reconciler

if TYPE_CHECKING:
    from workbench.app import Workbench

Choice = Literal["add", "remove", "skip"]


class AskWorkspace(Model):
    """One skill's working folder, or where all of them are."""

    name: SkillName | None = None


class ClearWorkspace(Model):
    """Whose working files to delete: one skill's, or everybody's. With `preview`, none are."""

    name: SkillName | None = None
    preview: bool = False


class Cleared(Model):
    """What was deleted, or would be: questions and answers, decisions, notes and logs; no skill."""

    skills: list[str] = Field(description="By name.")
    files: int
    size: int = Field(description="Bytes.")


class Reconcile(Model):
    """With `cancel`, it is only kept that a person went on without applying."""

    cancel: bool = False


class Drift(Model):
    """Where a skill and its folder have drifted apart. What is `silent` is done without asking."""

    scenario: str
    skill: str
    message: str
    silent: bool
    skipped: bool = Field(description="It was left once: it may still be decided about, and nobody is told of it.")
    choices: list[Choice] = Field(description="What to choose from; empty: there is only one way.")


class Preview(Model):
    """What would be done. `line` says it in one, and is null when there is nothing to tell."""

    findings: list[Drift] = Field(description="Skills of the library first, each by name.")
    line: str | None


class ApplyReconcile(Model):
    """What to do with folders that ask for a choice, by name; those without one are left."""

    choices: Annotated[dict[str, Choice], Field(max_length=10_000)] = Field(default_factory=dict)
    silent_only: bool = Field(default=False, description="Only what needs nobody's consent, as at the start.")


class Applied(Model):
    """What was done, and what is left to choose."""

    applied: list[Drift] = Field(description="In the order in which it was done.")
    left: list[Drift] = Field(description="Skills of the library first, each by name.")


class ResolveOrphan(Model):
    """A folder without a SKILL.md: to the trash, or left where it is and not mentioned again."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    choice: Literal["remove", "skip"]


class ResolveDiscovery(Model):
    """A skill that the library does not know: into it, to the trash, or left and not mentioned again."""

    name: Annotated[str, Field(min_length=1, max_length=255)]
    choice: Choice


@command("workspace.path", AskWorkspace, PathReply)
async def path(bench: Workbench, request: AskWorkspace) -> PathReply:
    """Where the working files of skills lie."""
    base = scratch_of(bench.home)
    if request.name is None:
        return PathReply(path=str(base))
    row = await asyncio.to_thread(lambda: bench.library.row(request.name or ""))
    return PathReply(path=str(base / row.name))


@command("workspace.clear", ClearWorkspace, Cleared)
async def clear(bench: Workbench, request: ClearWorkspace) -> Cleared:
    """Deletes the working files of skills that no agent is at work on; the skills themselves stay."""
    return await asyncio.to_thread(lambda: _clear(bench, request))


@command("workspace.reconcile", Reconcile, Preview)
async def reconcile(bench: Workbench, request: Reconcile) -> Preview:
    """Says where the library and its folders have drifted apart, and what would be done; changes neither."""
    reconciler = Reconciler(bench.library)
    found = await asyncio.to_thread(reconciler.preview)
    if found and bench.newer is None:
        await asyncio.to_thread(lambda: reconciler.note("cancel" if request.cancel else "preview", found))
    return Preview(findings=[_drift(each) for each in found], line=_line(found))


@command("workspace.apply_reconcile", ApplyReconcile, Applied)
async def apply_reconcile(bench: Workbench, request: ApplyReconcile) -> Applied:
    """Does what a reconciliation found, as far as it was chosen or needs no choice."""
    reconciler = Reconciler(bench.library)
    report = await asyncio.to_thread(lambda: reconciler.apply(request.choices, silent_only=request.silent_only))
    return Applied(applied=[_drift(each) for each in report.applied], left=[_drift(each) for each in report.left])


@command("workspace.resolve_orphan", ResolveOrphan, Drift)
async def resolve_orphan(bench: Workbench, request: ResolveOrphan) -> Drift:
    """Decides about a folder that is no skill."""
    return _drift(await asyncio.to_thread(lambda: Reconciler(bench.library).resolve(request.name, request.choice)))


@command("workspace.resolve_discovery", ResolveDiscovery, Drift)
async def resolve_discovery(bench: Workbench, request: ResolveDiscovery) -> Drift:
    """Decides about a skill that is not in the library."""
    return _drift(await asyncio.to_thread(lambda: Reconciler(bench.library).resolve(request.name, request.choice)))


def _drift(found: Finding) -> Drift:
    return Drift(
        scenario=found.scenario,
        skill=found.skill.encode("utf-8", "replace").decode(),
        message=found.message,
        silent=found.silent,
        skipped=found.skipped,
        choices=list(found.choices),
    )


def _line(found: list[Finding]) -> str | None:
    """What a person is told at the start, if anything."""
    told = [each for each in found if not each.silent and not each.skipped]
    if not told:
        return None
    if len(told) == 1:
        return told[0].message
    asked = sum(1 for each in told if each.choices)
    return f"{len(told)} skills and folders have changed outside of Workbench; {asked} of them ask for a choice."


def _clear(bench: Workbench, request: ClearWorkspace) -> Cleared:
    base = scratch_of(bench.home)
    live = bench.library.busy()
    if request.name is not None:
        bench.library.row(request.name)
    named = [request.name] if request.name else sorted(each.name for each in base.glob("[!.]*"))
    folders = [base / name for name in named if name not in live]
    folders = [folder for folder in folders if folder.is_dir() and not folder.is_symlink()]
    sizes = [size for folder in folders for size in _sizes(folder)]
    if not request.preview:
        for folder in folders:
            _empty(folder)
    return Cleared(skills=[folder.name for folder in folders], files=len(sizes), size=sum(sizes))


def _sizes(folder: Path) -> Iterator[int]:
    """Of the files below a folder. Agents and other hosts work there: what goes meanwhile is not counted."""
    for above, _, names in os.walk(folder):
        for name in names:
            with suppress(FileNotFoundError):
                about = Path(above, name).lstat()
                if stat.S_ISREG(about.st_mode):
                    yield about.st_size


def _empty(folder: Path) -> None:
    """Takes away all that is in a folder; what another is quicker to take is as well gone."""
    with suppress(FileNotFoundError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                while os.path.lexists(entry.path):
                    with suppress(FileNotFoundError):
                        shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink(missing_ok=True)
