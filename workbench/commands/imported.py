"""The agents' own skills: uploaded, put to use or to rest, looked into, given away."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench.clock import iso
from workbench.commands.imported_shapes import (
    DeletedSkill,
    ExportedSkill,
    ExportSkill,
    ImportedSkill,
    ImportedSkills,
    SkillContent,
    SkillFileEntry,
    Toggled,
    ToggleSkill,
    Uploaded,
    UploadPackage,
)
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.commands.skills_import import uploaded
from workbench.commands.skills_shapes import OfSkill
from workbench.errors import InvalidRequest, Refused
from workbench.skills.intake import packages
from workbench.skills.intake.choosing import Choice
from workbench.skills.roles import role_export
from workbench.skills.roles.registry import Roles
from workbench.skills.roles.role_rows import described, digest_of
from workbench.skills.tree.walk import walk

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.skills.roles.registry import Known
    from workbench.skills.skill import SkillDocument


@command("imported.upload", UploadPackage, Uploaded)
async def upload(bench: Workbench, request: UploadPackage) -> Uploaded:
    """Takes a package of one skill in for the agents; it rests where another of its purpose is active."""
    return await asyncio.to_thread(_upload, bench, request)


@command("imported.list", Nothing, ImportedSkills)
async def list_(bench: Workbench, request: Nothing) -> ImportedSkills:
    """Lists the agents' own skills as their files say now."""
    del request
    roles = roles_of(bench)
    found = await asyncio.to_thread(roles.every)
    return ImportedSkills(skills=[shown(each) for each in found], path=str(roles.workspace.root))


@command("imported.toggle", ToggleSkill, Toggled)
async def toggle(bench: Workbench, request: ToggleSkill) -> Toggled:
    """Puts a skill to use or to rest, and others of its purpose to rest; CLAUDE.md of the workspace follows."""
    roles = roles_of(bench)

    def change() -> Toggled:
        changed = roles.toggle(request.name, active=request.active, purpose=request.purpose)
        others = sorted(role.name for role in changed if role.name != request.name)
        return Toggled(skill=shown(roles.find(request.name)), deactivated=others)

    return await asyncio.to_thread(change)


@command("imported.delete", OfSkill, DeletedSkill)
async def delete(bench: Workbench, request: OfSkill) -> DeletedSkill:
    """Takes a skill from the agents; it goes to the trash. One that comes with Workbench can only be put to rest."""
    await asyncio.to_thread(roles_of(bench).delete, request.name)
    return DeletedSkill(name=request.name)


@command("imported.content", OfSkill, SkillContent)
async def content(bench: Workbench, request: OfSkill) -> SkillContent:
    """The SKILL.md of one of the agents' skills, and which files it has."""
    return await asyncio.to_thread(lambda: _content(roles_of(bench).find(request.name)))


@command("imported.export", ExportSkill, ExportedSkill)
async def export(bench: Workbench, request: ExportSkill) -> ExportedSkill:
    """Writes one of the agents' skills as a .skill package."""

    def write() -> ExportedSkill:
        known = roles_of(bench).find(request.name)
        made = role_export.export(bench.library, known.folder, request.target, replace=request.replace)
        return ExportedSkill(path=str(made.path), bytes=made.bytes, digest=made.digest)

    return await asyncio.to_thread(write)


def roles_of(bench: Workbench) -> Roles:
    """The registry of this home; it keeps nothing between two calls."""
    return Roles(bench.database, bench.home, bench.clock)


def shown(known: Known) -> ImportedSkill:
    """One of them as it is sent."""
    role, document = known.role, known.document
    return ImportedSkill(
        name=role.name,
        description=described(document) or role.description,
        version=_plain(document.version if document is not None else role.version),
        model=_text(document, "model"),
        argument_hint=_text(document, "argument-hint"),
        user_invocable=_switch(document, "user-invocable", default=True),
        disable_model_invocation=_switch(document, "disable-model-invocation", default=False),
        purpose=role.purpose,
        active=role.active,
        bundled=role.bundled,
        present=document is not None,
        valid=document is not None and document.is_valid,
        customised=document is not None and digest_of(known.folder) != role.digest,
        origin=role.origin,
        path=str(known.folder),
        created_at=iso(role.created),
        updated_at=iso(role.updated),
    )


def _upload(bench: Workbench, request: UploadPackage) -> Uploaded:
    if (request.path is None) == (request.upload is None):
        raise InvalidRequest(
            "imported.upload takes one package: a path, or a file that is sent along.",
            remedy="Give either path or upload.",
            problems=[{"path": "path", "message": "give either this or upload"}],
        )
    source = uploaded(request.upload) if request.upload is not None else packages.archive_at(request.path or "")
    try:
        look = bench.imports.look(source)
    except Refused as error:
        if error.reason != "no_skills":
            raise
        raise packages.invalid("it holds no SKILL.md") from error
    try:
        row = packages.the_skill(look.plan)
        choice = Choice(row.path, row.digest, request.name, request.description, taken=request.taken)
        roles = roles_of(bench)
        taken = roles.take_in(look.fetched.root, look.plan, choice, purpose=request.purpose)
        return Uploaded(skill=shown(roles.find(taken.role.name)), replaced=taken.updated, held_back_by=taken.held_back)
    finally:
        bench.imports.forget(look.id)


def _content(known: Known) -> SkillContent:
    if known.document is None:
        raise Refused(
            "no_skill",
            f"The SKILL.md of {known.role.name!r} cannot be read.",
            remedy=f"See {known.folder}, or take the skill in again.",
            skill=known.role.name,
        )
    files = [
        SkillFileEntry(path=found.path.encode("utf-8", "replace").decode(), size=found.size)
        for found in walk(known.folder)
        if found.kind == "file"
    ]
    text = known.document.to_bytes().decode("utf-8", "replace")
    return SkillContent(name=known.role.name, text=text, files=sorted(files, key=lambda each: each.path))


def _text(document: SkillDocument | None, key: str) -> str | None:
    """A value as a client shows it: `[file]`, which YAML reads as a list, is as it is written."""
    value = document.fields.get(key) if document is not None else None
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        value = f"[{', '.join(map(str, value))}]"
    return _plain(value) if isinstance(value, str) else None


def _plain(text: str | None) -> str | None:
    """As it can be sent: bytes that are no text are question marks."""
    return text.strip().encode("utf-8", "replace").decode() or None if text else None


def _switch(document: SkillDocument | None, key: str, *, default: bool) -> bool:
    """A value as clients read it."""
    said = (_text(document, key) or "").strip().lower()
    return said in ("true", "yes", "on", "1") if said in _SWITCHES else default


_SWITCHES = ("true", "yes", "on", "1", "false", "no", "off", "0")
