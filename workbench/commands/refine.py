"""Refining a skill: a conversation with an agent, and a decision on each change that it makes."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench import wiring
from workbench.commands import refine_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.usage_rows import decimal_text
from workbench.commands.workflow_runs_shapes import Driving as Given
from workbench.errors import Refused
from workbench.sidecar.provider import listing
from workbench.usage.ledger import dollars
from workbench.workflows.refining import changes as refine_changes
from workbench.workflows.refining import table as refine_table
from workbench.workflows.refining.changes import Changed
from workbench.workflows.refining.desk import Look
from workbench.workflows.refining.driving import Driving
from workbench.workflows.refining.hunks import is_text
from workbench.workflows.refining.refine import Result

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("refine.content", shapes.RefineSkill, shapes.RefineContent)
async def content(bench: Workbench, request: shapes.RefineSkill) -> shapes.RefineContent:
    """Shows the files that can be refined, the open session, and why it cannot be done now."""
    refining = wiring.refining(bench)
    look = await refining.look(request.skill)
    refusal = await asyncio.to_thread(refining.refusal, request.skill)
    files = await asyncio.to_thread(refining.files, request.skill)
    return shapes.RefineContent(
        skill=request.skill,
        files=[
            shapes.RefineFile(path=path, text=blob.data.decode("utf-8", "replace"), size=len(blob.data))
            for path, blob in files.items()
            if is_text(blob.data)
        ],
        session=look.session.session if look.session else None,
        run=look.open_run,
        refusal=str(refusal) if refusal else None,
        suggestions=(await asyncio.to_thread(refining.player, request.skill)).messages,
        cost=await _cost(bench, look),
    )


@command("refine.diff", shapes.RefineSkill, shapes.RefineDiff)
async def diff(bench: Workbench, request: shapes.RefineSkill) -> shapes.RefineDiff:
    """Compares the skill with its last accepted version, hunk by hunk; at any time."""
    return _diff(await wiring.refining(bench).look(request.skill))


@command("refine.start", shapes.StartRefine, shapes.RefineStarted)
async def start(bench: Workbench, request: shapes.StartRefine) -> shapes.RefineStarted:
    """Opens the one session of a skill; nothing is started before its first message."""
    provider = listing(request.provider or bench.settings.provider).name
    driving = Driving(provider, request.model or bench.settings.model)
    started = await wiring.refining(bench).start(request.skill, driving, instance=request.instance)
    return shapes.RefineStarted(
        session=started.session, resumed=started.resumed, turns=started.turns, notice=started.notice
    )


@command("refine.send", shapes.SendRefine, shapes.RefineSent)
async def send(bench: Workbench, request: shapes.SendRefine) -> shapes.RefineSent:
    """Sends a message: free words, `@file`, `/rewrite` or `/validate`. A skill that is not open is opened."""
    settings = bench.settings
    if request.bash and not settings.skill_shell:
        raise Refused(
            "not_allowed",
            "The settings do not let an agent that refines a skill run commands.",
            remedy="Allow it with: workbench settings set skill_shell=true.",
        )
    await bench.engine.idle(request.skill)  # a step's files would land under this turn
    refining = wiring.refining(bench)
    look = await refining.look(request.skill)
    driving = Driving(
        listing(request.provider or settings.provider).name,
        request.model,
        shell=request.bash,
        params=params_of(bench, request),
    )
    if look.session is None or request.provider is not None:
        await refining.start(request.skill, driving, instance=request.instance)
    sent = await refining.send(request.skill, request.message, driving, instance=request.instance)
    return shapes.RefineSent(session=sent.session, run=sent.run, files=list(sent.files), notice=sent.notice)


@command("refine.settle", shapes.SettleRefine, shapes.RefineOutcome)
async def settle(bench: Workbench, request: shapes.SettleRefine) -> shapes.RefineOutcome:
    """Waits for the end of a turn, after which what it was not to change has been put back."""
    return _outcome(await wiring.refining(bench).settle(request.skill, request.run))


@command("refine.close", shapes.CloseRefine, shapes.RefineClosed)
async def close(bench: Workbench, request: shapes.CloseRefine) -> shapes.RefineClosed:
    """Ends the session; what nobody has decided stays as it is."""
    return shapes.RefineClosed(closed=await wiring.refining(bench).close(request.skill, instance=request.instance))


@command("refine.decide", shapes.DecideRefine, shapes.RefineDecided)
async def decide(bench: Workbench, request: shapes.DecideRefine) -> shapes.RefineDecided:
    """Accepts changes, which makes a version, or rejects them: all, those of a file, or some hunks of it."""
    refining = wiring.refining(bench)
    commit = await refining.decide(
        request.skill,
        accept=request.accept,
        path=request.path,
        hunks=tuple(request.hunks),
        digest=request.digest,
        instance=request.instance,
    )
    return shapes.RefineDecided(diff=_diff(await refining.look(request.skill)), commit=commit)


@command("refine.undo", shapes.UndoRefine, shapes.Undone)
async def undo(bench: Workbench, request: shapes.UndoRefine) -> shapes.Undone:
    """Takes back what one turn changed; what somebody has changed in the same places since stays."""
    refining = wiring.refining(bench)
    run, restored, kept = await refining.undo(request.skill, request.run, instance=request.instance)
    return shapes.Undone(run=run, restored=restored, kept=kept, diff=_diff(await refining.look(request.skill)))


def params_of(bench: Workbench, given: Given) -> dict[str, Any]:
    """What a caller says of how a turn is made, in the sidecar's words; the settings say the rest."""
    settings = bench.settings
    minutes = settings.permission_minutes
    params = {
        "maxBudgetUsd": given.budget_usd or settings.max_budget_usd,
        "permissionTimeoutS": minutes * 60 if given.permission_timeout_s is None else given.permission_timeout_s,
        "thinking": settings.thinking,
        "effort": settings.effort,
        "options": None if given.speed is None else {"speed": given.speed},
    }
    return {key: value for key, value in params.items() if value is not None}


async def _cost(bench: Workbench, look: Look) -> str | None:
    if look.session is None:
        return None
    session = look.session.session
    _, cost, _ = await bench.read(lambda connection: refine_table.spent(connection, session))
    return decimal_text(dollars(cost))


def _diff(look: Look) -> shapes.RefineDiff:
    files = [_file(each) for each in look.changes]
    return shapes.RefineDiff(
        stat=refine_changes.stat(look.changes),
        files=files,
        undoable=look.undoable,
        digest=refine_changes.digest_of(look.changes),
    )


def _file(each: Changed) -> shapes.FileDiff:
    found = each.hunks
    return shapes.FileDiff(
        path=each.path,
        status=each.status,
        diff=each.diff,
        added=sum(hunk.added for hunk in found),
        removed=sum(hunk.removed for hunk in found),
        hunks=[shapes.Hunk(id=hunk.id, header=hunk.header, lines=list(hunk.lines)) for hunk in found],
        digest=each.digest,
        note=each.note,
    )


def _outcome(result: Result) -> shapes.RefineOutcome:
    turn = result.turn
    return shapes.RefineOutcome(
        run=turn.run,
        status=turn.status,
        changed=turn.changed,
        put_back=list(turn.put_back),
        validation=result.validation,
        notice=_put_back(turn.put_back, result.aside),
    )


def _put_back(paths: tuple[str, ...], aside: Path | None) -> str:
    if not paths:
        return ""
    said = f"The agent was not to change {', '.join(paths)}: {'it was' if len(paths) == 1 else 'they were'} put back."
    return said if aside is None else f"{said} What was there lies in {aside}."
