"""The versions of a skill: which there are, how they differ, and back to one of them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from workbench.clock import iso
from workbench.commands.registry import command
from workbench.commands.shapes import Limit
from workbench.commands.skills_shapes import InstanceId, SkillName
from workbench.protocol.screen import Model
from workbench.skills import history
from workbench.skills.versions import compare

if TYPE_CHECKING:
    from workbench.app import Workbench

VersionId = Annotated[
    str, Field(min_length=1, max_length=200, description="A commit, the beginning of one (7 characters), or a tag.")
]
Change = Literal["added", "modified", "deleted", "renamed"]


class FileChange(Model):
    """What a version did to a file, by its path below the skill's folder."""

    path: str
    change: Change


class VersionRow(Model):
    """One version of a skill."""

    version: str
    name: str = Field(description="What the skill was called then.")
    author: str
    email: str
    at: str
    message: str
    files: list[FileChange] = Field(description="By path.")
    tags: list[str] = Field(description="By name.")


class AskHistory(Model):
    """Which skill's versions."""

    name: SkillName
    limit: Limit = 50
    cursor: str | None = Field(default=None, description="The last version of the page before.")


class History(Model):
    """A page of versions."""

    versions: list[VersionRow] = Field(description="The newest first.")
    next_cursor: str | None = None
    repository: str = Field(description="Where the repository's skills lie.")
    ours: bool = Field(description="Whether Workbench made the repository.")


class AskDiff(Model):
    """Which two versions to compare."""

    name: SkillName
    old: VersionId | None = Field(
        default=None, description="By default the newest version; null with `new`: the one before."
    )
    new: VersionId | None = Field(default=None, description="By default what lies on the disk now.")


class FileDiff(Model):
    """How a file differs. `patch` is a unified diff; empty for a binary file or beyond the limit."""

    path: str
    old_path: str | None
    change: Change
    binary: bool
    added: int
    removed: int
    patch: str


class Diff(Model):
    """How two versions differ."""

    name: str
    old: str | None
    new: str | None = Field(description="null: what lies on the disk.")
    files: list[FileDiff] = Field(description="By path.")
    added: int
    removed: int
    truncated: bool = Field(description="The patches were cut at 1 MiB in all.")


class AskRestore(Model):
    """Back to a version: it becomes the newest one. With `preview`, nothing is done."""

    name: SkillName
    version: VersionId
    preview: bool = False
    instance: InstanceId = None


class Restored(Model):
    """What going back did, or would do."""

    name: str
    version: str
    drops: list[str] = Field(description="Files that the version does not have; they stay in the history. By path.")
    changes: list[str] = Field(description="Files that it has otherwise. By path.")
    saves: list[str] = Field(description="Those of them that were in no version, and became one first. By path.")
    later: int = Field(description="How many versions were newer; they stay in the history.")
    commit: str | None = Field(description="The new version; null when there was nothing to do, or in a preview.")


class AskTag(Model):
    """A name for a version, by default the newest."""

    name: SkillName
    tag: Annotated[str, Field(min_length=1, max_length=100)]
    version: VersionId | None = None
    instance: InstanceId = None


@command("git.history", AskHistory, History)
async def show_history(bench: Workbench, request: AskHistory) -> History:
    """Lists the versions of a skill, the newest first, back beyond its renames."""
    return await asyncio.to_thread(_history, bench, request)


@command("git.diff", AskDiff, Diff)
async def show_diff(bench: Workbench, request: AskDiff) -> Diff:
    """Compares two versions of a skill, or one with what lies on the disk."""
    return await asyncio.to_thread(_diff, bench, request)


@command("git.restore", AskRestore, Restored)
async def restore(bench: Workbench, request: AskRestore) -> Restored:
    """Makes an older version the newest one; nothing is taken out of the history."""
    plan, commit = await asyncio.to_thread(
        lambda: bench.library.restore(request.name, request.version, preview=request.preview, instance=request.instance)
    )
    return Restored(
        name=request.name,
        version=plan.version.commit,
        drops=plan.drops,
        changes=plan.changes,
        saves=plan.saves,
        later=plan.later,
        commit=commit,
    )


@command("git.tag", AskTag, VersionRow)
async def tag(bench: Workbench, request: AskTag) -> VersionRow:
    """Gives a version of a skill a name that stays with it."""
    return await asyncio.to_thread(_tag, bench, request)


def _history(bench: Workbench, request: AskHistory) -> History:
    repository = bench.library.repository(request.name)
    found = history.log(repository, request.name, limit=request.limit + 1, after=request.cursor)
    page = found[: request.limit]
    return History(
        versions=[row_of(each) for each in page],
        next_cursor=page[-1].commit if len(found) > len(page) else None,
        repository=str(repository.root),
        ours=repository.ours,
    )


def _diff(bench: Workbench, request: AskDiff) -> Diff:
    name, repository = request.name, bench.library.repository(request.name)
    new = history.version(repository, name, request.new, deleted=True) if request.new else None
    if request.old is not None:
        old: history.Version | None = history.version(repository, name, request.old, deleted=True)
    else:
        old = history.before(repository, new) if new else history.newest(repository, name, deleted=True)
    found = compare.diff(repository, name, old, new)
    return Diff(
        name=name,
        old=old.commit if old else None,
        new=new.commit if new else None,
        files=[FileDiff(**vars(each)) for each in found.files],
        added=sum(each.added for each in found.files),
        removed=sum(each.removed for each in found.files),
        truncated=found.truncated,
    )


def _tag(bench: Workbench, request: AskTag) -> VersionRow:
    repository = bench.library.repository(request.name)
    bench.library.locks.check_free(request.name, request.instance)
    return row_of(history.tag(repository, request.name, request.tag, request.version))


def row_of(version: history.Version) -> VersionRow:
    """A version as it is shown."""
    return VersionRow(
        version=version.commit,
        name=version.path,
        author=version.author,
        email=version.email,
        at=iso(version.at),
        message=version.message,
        files=[FileChange(path=path, change=change) for change, path in version.files],
        tags=sorted(version.tags),
    )
