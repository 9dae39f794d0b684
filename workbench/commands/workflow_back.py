"""Going back in a workflow, and how its steps are set and looked at apart from running them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench import wiring
from workbench.commands import workflow_back_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.workflow_pages import run_state
from workbench.commands.workflow_shapes import ChangeRun, OfSkill, RunState
from workbench.errors import Refused
from workbench.workflows.definition import definitions
from workbench.workflows.documents.clarifications import FILE as QUESTIONS
from workbench.workflows.documents.decisions import FILE as DECISIONS
from workbench.workflows.gate import disabling
from workbench.workflows.looking import raw
from workbench.workflows.state import number_of

if TYPE_CHECKING:
    from workbench.app import Workbench
    from workbench.workflows.definition.pinned import Pinned
    from workbench.workflows.looking import Look
    from workbench.workflows.workflow import Workflow


@command("workflow.preview_reset", shapes.ResetTo, shapes.ResetPlan)
async def preview_reset(bench: Workbench, request: shapes.ResetTo) -> shapes.ResetPlan:
    """Lists, step by step, exactly the files that a reset would move to the trash."""
    refined = await wiring.refining(bench).at_work(request.skill)

    def preview() -> shapes.ResetPlan:
        look = bench.engine.look(request.skill)
        steps = bench.engine.resets.preview(request.skill, look.workflow, _first(look, request))
        return shapes.ResetPlan(
            steps=[
                shapes.ResetStep(
                    number=each.number,
                    key=look.workflow.steps[each.number].key,
                    title=look.workflow.steps[each.number].title,
                    files=[shapes.ResetFile(path=it.path, size=it.size, changed=it.changed) for it in each.files],
                )
                for each in steps
            ],
            running=look.now.running is not None or refined,
            importable=bench.engine.resets.can_stay(look, _first(look, request)),
        )

    return await asyncio.to_thread(preview)


@command("workflow.reset", shapes.Reset, shapes.WasReset)
async def reset(bench: Workbench, request: shapes.Reset) -> shapes.WasReset:
    """Takes a step and all behind it back: a checkpoint first, then what they made goes to the trash."""
    resets = bench.engine.resets

    def wanted() -> tuple[Workflow, int, Pinned | None]:
        look = bench.engine.look(request.skill, request.instance)
        adopt = definitions.find(bench.home, look.workflow.name) if request.adopt else None
        return look.workflow, _first(look, request), adopt

    def check() -> None:
        workflow, first, adopt = wanted()
        resets.check(request.skill, workflow, first, keep=request.keep, adopt=adopt, instance=request.instance)

    def take_back() -> shapes.WasReset:
        workflow, first, adopt = wanted()
        done = resets.run(
            request.skill,
            workflow,
            first,
            keep=request.keep,
            adopt=adopt,
            instance=request.instance,
            check=lambda: bench.engine.by_hand.check_idle(request.skill),
        )
        return shapes.WasReset(
            removed=list(done.removed),
            trash=str(done.trash) if done.trash is not None else None,
            checkpoint=done.checkpoint,
            state=run_state(bench, bench.engine.look(request.skill, request.instance)),
        )

    if request.stop:
        await asyncio.to_thread(check)  # no agent is stopped for what cannot be done then
        await bench.engine.stop(request.skill)
    await wiring.refining(bench).idle(request.skill, stop=request.stop)
    return await asyncio.to_thread(take_back)


@command("workflow.keep_imported", ChangeRun, shapes.KeptImported)
async def keep_imported(bench: Workbench, request: ChangeRun) -> shapes.KeptImported:
    """Takes a skill out of its workflow with its text as it is, where a reset would take that; its answers go to the trash."""
    resets = bench.engine.resets

    def keep() -> shapes.KeptImported:
        if not resets.can_stay(bench.engine.look(request.skill, request.instance), 0):
            raise Refused(
                "not_importable",
                f"{request.skill!r} has all that its workflow needs, or no SKILL.md that is as it should be.",
                remedy="Go on with its steps, or reset one.",
                skill=request.skill,
            )
        done = resets.keep_imported(
            request.skill,
            instance=request.instance,
            check=lambda: bench.engine.by_hand.check_idle(request.skill),
        )
        return shapes.KeptImported(
            skill=request.skill,
            removed=list(done.removed),
            trash=str(done.trash) if done.trash is not None else None,
            checkpoint=done.checkpoint,
        )

    await wiring.refining(bench).idle(request.skill, stop=False)
    return await asyncio.to_thread(keep)


@command("workflow.save_state", shapes.SaveState, RunState)
async def save_state(bench: Workbench, request: shapes.SaveState) -> RunState:
    """Saves the states of steps as a page has them; a change that cannot be is refused, and then nothing is saved."""

    def save() -> RunState:
        look = bench.engine.look(request.skill, request.instance)
        wanted = {number_of(look.workflow, step): status for step, status in request.steps.items()}
        bench.engine.by_hand.set_states(look, wanted, request.current_step)
        return run_state(bench, bench.engine.look(request.skill, request.instance))

    return await asyncio.to_thread(save)


@command("workflow.verify_step", shapes.Verify, shapes.Verified)
async def verify_step(bench: Workbench, request: shapes.Verify) -> shapes.Verified:
    """Says whether a step has left at least one of the files that it should; one without files of its own always has."""

    def verify() -> shapes.Verified:
        look = bench.engine.look(request.skill)
        step = look.workflow.steps[number_of(look.workflow, request.step)]
        own = [output.path for output in step.outputs if not output.changes]
        folder = bench.library.folder(request.skill)
        missing = [path for path in own if not any(found.is_file() for found in folder.glob(path))]
        return shapes.Verified(verified=not own or len(missing) < len(own), expected=own, missing=missing)

    return await asyncio.to_thread(verify)


@command("workflow.disabled_steps", OfSkill, shapes.Disabled)
async def disabled_steps(bench: Workbench, request: OfSkill) -> shapes.Disabled:
    """Says which steps what was found makes pointless, as the files lie there now."""

    def disabled() -> shapes.Disabled:
        look = bench.engine.look(request.skill)
        files = {path: raw(seen) for path, seen in look.seen.items()}
        blocked = disabling.disabled_steps(look.workflow.steps, files.get(QUESTIONS), files.get(DECISIONS))
        return shapes.Disabled(disabled=list(blocked.steps), reason=blocked.reason)

    return await asyncio.to_thread(disabled)


@command("workflow.submit_output", shapes.SubmitOutput, RunState)
async def submit_output(bench: Workbench, request: shapes.SubmitOutput) -> RunState:
    """Completes a step with an output that you have written or mended; what is wrong with it is said, place by place."""

    def submit() -> RunState:
        look = bench.engine.look(request.skill, request.instance)
        bench.engine.by_hand.submit(look, number_of(look.workflow, request.step), request.text)
        return run_state(bench, bench.engine.look(request.skill, request.instance))

    return await asyncio.to_thread(submit)


def _first(look: Look, request: shapes.ResetTo) -> int:
    """From which step on files go: with `keep` from the one behind it."""
    number = number_of(look.workflow, request.step)
    if request.keep and look.now.steps[number].status != "completed":
        raise Refused(
            "too_early",
            f"{look.workflow.steps[number].title} is not completed.",
            remedy="Go back to a step that is.",
            step=request.step,
        )
    return number + 1 if request.keep else number
