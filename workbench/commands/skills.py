"""The library: lists, one skill, and every change of it. Each change of a file is a version that can be gone back to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import apsw

from workbench import wiring
from workbench.commands import skills_change_shapes as changes
from workbench.commands import skills_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.shapes import Nothing
from workbench.commands.skills_pages import deleted_row, fixed, linted, lock_state, page, row, show
from workbench.errors import InvalidRequest, NotFound
from workbench.skills import table
from workbench.skills.changes import Rows, nothing
from workbench.skills.document import writing
from workbench.skills.handout.installs import Installs
from workbench.skills.listing import Which
from workbench.skills.naming import plain_tag

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("skills.list", shapes.ListSkills, shapes.SkillList)
async def list_skills(bench: Workbench, request: shapes.ListSkills) -> shapes.SkillList:
    """Lists the library's skills and the agents' own, or those in the trash, with how many there are of each kind."""
    if request.deleted:
        found = await bench.read(table.deleted)
        rows = [deleted_row(each) for each in found]
        return shapes.SkillList(skills=[], deleted=rows, total=len(rows), facets={})
    which = Which(
        query=request.query,
        sources=tuple(request.source),
        tags=tuple(plain_tag(tag) for tag in request.tags),
        statuses=tuple(request.status),
        purposes=tuple(request.purpose),
        trust=tuple(request.trust),
        valid=request.valid,
    )
    return await asyncio.to_thread(lambda: page([*bench.library.items(), *bench.library.workspace()], which, request))


@command("skills.refinable", Nothing, shapes.Skills)
async def refinable(bench: Workbench, request: Nothing) -> shapes.Skills:
    """Lists the skills that have something to refine: instructions beyond a heading."""
    del request
    items = await asyncio.to_thread(bench.library.items)
    return shapes.Skills(skills=[row(item) for item in items if item.present and item.written])


@command("skills.get", shapes.OfSkill, shapes.Skill)
async def get(bench: Workbench, request: shapes.OfSkill) -> shapes.Skill:
    """One skill with its text, what is wrong with it, and its files."""

    def shown() -> shapes.Skill:
        try:
            return show(bench.library, request.name)
        except NotFound:
            from workbench.workflows.steps import written  # a skill that is there needs nothing of workflows

            written.check(bench.library, request.name)
            raise

    return await asyncio.to_thread(shown)


@command("skills.create", changes.NewSkill, changes.Changed)
async def create(bench: Workbench, request: changes.NewSkill) -> changes.Changed:
    """Makes a skill: a folder with a SKILL.md, which is its first version."""
    if request.text is not None:
        text = request.text.encode("utf-8", "surrogatepass")
    else:
        text = writing.new(request.name, request.description, request.body, request.fields)
    library = bench.library
    outcome = await asyncio.to_thread(
        lambda: library.create(request.name, {"SKILL.md": text}, purpose=request.purpose, tags=request.tags)
    )
    return await _changed(bench, request.name, outcome.commit)


@command("skills.edit", changes.EditSkill, changes.Changed)
async def edit(bench: Workbench, request: changes.EditSkill) -> changes.Changed:
    """Changes keys, the body or the whole text of SKILL.md, and only the lines of what is named."""
    if request.text is not None and (request.edits or request.body is not None):
        raise InvalidRequest(
            "A whole text and single changes were given.",
            remedy="Give one of them.",
            problems=[{"path": "text", "message": "cannot stand beside edits or body"}],
        )

    def change(data: bytes) -> bytes:
        if request.text is not None:
            return writing.with_text(data, request.text)
        edits = [(each.key, each.value) for each in request.edits]
        return writing.with_edits(data, request.name, edits, request.body)

    return await _edit(bench, request, change)


@command("skills.update_metadata", changes.UpdateMetadata, changes.Changed)
async def update_metadata(bench: Workbench, request: changes.UpdateMetadata) -> changes.Changed:
    """Changes what a form says of a skill: its description and other keys of SKILL.md, and its purpose."""
    named = request.model_fields_set - {"name", "instance", "base", "purpose"}
    values: dict[str, Any] = {key: getattr(request, key) for key in sorted(named)}

    def change(data: bytes) -> bytes:
        return writing.with_metadata(data, request.name, values)

    def rows(connection: apsw.Connection) -> None:
        if "purpose" in request.model_fields_set:
            table.repurpose(connection, request.name, request.purpose, bench.clock.now_ms())

    return await _edit(bench, request, change, word="described", rows=rows)


@command("skills.rename", changes.RenameSkill, changes.Changed)
async def rename(bench: Workbench, request: changes.RenameSkill) -> changes.Changed:
    """Gives a skill another name: its folder and the name in SKILL.md, both or neither."""

    def check() -> None:
        with bench.library.alone() as site:
            bench.library.check_rename(site, request.name, request.new_name, request.instance)

    await asyncio.to_thread(check)
    await _idle(bench, request)
    outcome = await asyncio.to_thread(
        lambda: bench.library.rename(request.name, request.new_name, instance=request.instance)
    )
    skill = await asyncio.to_thread(lambda: show(bench.library, request.new_name, unwritten=True))
    return changes.Changed(skill=skill, commit=outcome.commit)


@command("skills.delete", changes.DeleteSkill, changes.DeletedSkill)
async def delete(bench: Workbench, request: changes.DeleteSkill) -> changes.DeletedSkill:
    """Moves a skill to the trash, from which it can be restored with all that belongs to it."""
    await asyncio.to_thread(lambda: bench.library.check_mine(request.name, request.instance))
    await _idle(bench, request)
    outcome = await asyncio.to_thread(lambda: bench.library.delete(request.name, instance=request.instance))
    found = next((each for each in await bench.read(table.deleted) if each.name == request.name), None)
    return changes.DeletedSkill(
        name=request.name,
        trash=found.trash if found else None,
        commit=outcome.commit,
        installed=await asyncio.to_thread(lambda: Installs(bench.library).paths_of(request.name)),
    )


@command("skills.restore_deleted", changes.RestoreDeleted, changes.TakenBack)
async def restore_deleted(bench: Workbench, request: changes.RestoreDeleted) -> changes.TakenBack:
    """Takes a skill out of the trash again, or a folder that was none."""
    outcome = await asyncio.to_thread(lambda: bench.library.bring_back(request.name, request.trash))
    known, _ = await bench.read(table.names)
    shown = request.name in known
    skill = await asyncio.to_thread(lambda: show(bench.library, request.name, unwritten=True)) if shown else None
    return changes.TakenBack(skill=skill, commit=outcome.commit)


@command("skills.update_tags", changes.UpdateTags, changes.TaggedSkills)
async def update_tags(bench: Workbench, request: changes.UpdateTags) -> changes.TaggedSkills:
    """Sets the tags of skills, or adds some and takes some out; tags are in lower case."""
    gone = {plain_tag(tag) for tag in request.remove}

    def change(tags: list[str]) -> list[str]:
        kept = tags if request.tags is None else request.tags
        return [tag for tag in [*kept, *request.add] if plain_tag(tag) not in gone]

    library = bench.library
    tags = await asyncio.to_thread(lambda: library.retag(request.names, change, instance=request.instance))
    return changes.TaggedSkills(tags=tags)


@command("skills.tags", Nothing, shapes.AllTags)
async def tags(bench: Workbench, request: Nothing) -> shapes.AllTags:
    """Lists every tag that is in use, by name."""
    del request
    found = await bench.read(table.tags)
    return shapes.AllTags(tags=[shapes.TagCount(tag=tag, skills=count) for tag, count in found])


@command("skills.installed_names", Nothing, shapes.Names)
async def installed_names(bench: Workbench, request: Nothing) -> shapes.Names:
    """Lists the names that are taken, in the library and among the agents' own skills."""
    del request
    library, workspace = await bench.read(table.names)
    return shapes.Names(names=sorted({*library, *workspace}), library=library, workspace=workspace)


@command("skills.suggest", shapes.Suggest, shapes.Suggestions)
async def suggest(bench: Workbench, request: shapes.Suggest) -> shapes.Suggestions:
    """Proposes what a form for a new skill still lacks, from the words alone or by a cheap model."""
    from workbench.workflows.intake import suggesting
    from workbench.workflows.intake.asking_once import Asker
    from workbench.workflows.steps.turning import Driving

    taken = {name for names in await bench.read(table.names) for name in names}
    if request.ask:
        driving = Driving(provider=request.provider, model=request.model)
        asker = Asker(bench.pool, bench.home, await asyncio.to_thread(lambda: bench.settings), driving)
        found = await suggesting.suggest(asker, request.text, taken, request.fields, request.current)
    else:
        found = suggesting.by_rules(request.text, taken)
    return shapes.Suggestions.model_validate(found, from_attributes=True)


@command("skills.lock", changes.LockSkill, changes.LockState)
async def lock(bench: Workbench, request: changes.LockSkill) -> changes.LockState:
    """Keeps others from editing a skill; a lock whose process is gone is taken over."""
    held = await asyncio.to_thread(lambda: bench.library.locks.acquire(request.name, request.instance))
    return lock_state(request.name, held, held.instance)


@command("skills.unlock", changes.LockSkill, changes.LockState)
async def unlock(bench: Workbench, request: changes.LockSkill) -> changes.LockState:
    """Gives a lock back."""
    await asyncio.to_thread(lambda: bench.library.locks.release(request.name, request.instance))
    return await check_lock(bench, request)


@command("skills.check_lock", changes.LockSkill, changes.LockState)
async def check_lock(bench: Workbench, request: changes.LockSkill) -> changes.LockState:
    """Says who edits a skill."""
    await asyncio.to_thread(lambda: bench.library.row(request.name))
    locks = bench.library.locks
    held = next(iter(await asyncio.to_thread(lambda: locks.held(request.name))), None)
    return lock_state(request.name, held, request.instance or locks.instance)


@command("skills.locks", Nothing, changes.LockStates)
async def all_locks(bench: Workbench, request: Nothing) -> changes.LockStates:
    """Lists who edits what, by skill."""
    del request
    locks = bench.library.locks
    held = await asyncio.to_thread(locks.held)
    return changes.LockStates(locks=[lock_state(each.skill, each, locks.instance) for each in held])


@command("skills.lint", changes.LintSkills, changes.LintReport)
async def lint(bench: Workbench, request: changes.LintSkills) -> changes.LintReport:
    """Says what is wrong with skills, or with a text that is not saved yet."""
    return await asyncio.to_thread(lambda: linted(bench.library, request))


@command("skills.fix", changes.FixSkills, changes.FixReport)
async def fix(bench: Workbench, request: changes.FixSkills) -> changes.FixReport:
    """Mends what can be mended in skills: shows it as a diff, and writes it when it is told to."""
    return await asyncio.to_thread(lambda: fixed(bench.library, request))


async def _idle(bench: Workbench, request: changes.RenameSkill | changes.DeleteSkill) -> None:
    """No agent is at work on a skill any more; asked only once nothing else is in the way of what they are stopped for."""
    await bench.engine.idle(request.name, stop=request.stop)
    await wiring.refining(bench).idle(request.name, stop=request.stop)


async def _edit(
    bench: Workbench,
    request: changes.EditSkill | changes.UpdateMetadata,
    change: writing.Change,
    *,
    word: str = "edited",
    rows: Rows = nothing,
) -> changes.Changed:
    outcome = await asyncio.to_thread(
        lambda: bench.library.edit(
            request.name, change, word=word, base=request.base, rows=rows, instance=request.instance
        )
    )
    return await _changed(bench, request.name, outcome.commit)


async def _changed(bench: Workbench, name: str, commit: str | None) -> changes.Changed:
    skill = await asyncio.to_thread(lambda: show(bench.library, name))
    return changes.Changed(skill=skill, commit=commit)
