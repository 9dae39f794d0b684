"""What makes a workflow go on: steps that are run, answers that are judged, and what a person chooses."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench import wiring
from workbench.commands import workflow_runs_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.workflow_pages import gate_state, run_state
from workbench.commands.workflow_shapes import GateState, OfSkill, RunState
from workbench.errors import Refused
from workbench.protocol.screen import Failure
from workbench.workflows.running import Runner, Wish
from workbench.workflows.state import number_of, upcoming
from workbench.workflows.steps.starting import Again
from workbench.workflows.steps.turning import Driving

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("workflow.run_step", shapes.RunStep, shapes.StepStarted)
async def run_step(bench: Workbench, request: shapes.RunStep) -> shapes.StepStarted:
    """Starts a step's turn, goes on with one that was interrupted, or asks again for an output that was not right."""
    await wiring.refining(bench).idle(request.skill)
    again: Again | None = "resume" if request.resume else "repair" if request.repair else None
    started = await bench.engine.start(
        request.skill, request.step, driving=driving(request), again=again, instance=request.instance
    )
    return shapes.StepStarted(
        skill=request.skill, step=started.step, session=started.session, run=started.run, notice=started.notice
    )


@command("workflow.run", shapes.RunAll, shapes.RanTo)
async def run(bench: Workbench, request: shapes.RunAll) -> shapes.RanTo:
    """Runs steps and gates from where the skill stands until a person is needed, or all is done."""
    await wiring.refining(bench).idle(request.skill)
    look = await asyncio.to_thread(bench.engine.look, request.skill, request.instance)
    until = number_of(look.workflow, request.until) if request.until is not None else None
    wish = Wish(autofill=request.autofill, until=until, instance=request.instance)
    ran = await Runner(bench.engine, request.skill, driving(request), wish).run()
    state = await asyncio.to_thread(run_state, bench, ran.look)
    failure = Failure.model_validate(ran.failure.to_dict()) if ran.failure is not None else None
    return shapes.RanTo(state=state, reason=ran.reason, failure=failure)


@command("workflow.stop", OfSkill, RunState)
async def stop(bench: Workbench, request: OfSkill) -> RunState:
    """Ends the turn that is at work on a skill; the step can be resumed where it stopped."""
    await bench.engine.stop(request.skill)
    return await asyncio.to_thread(lambda: run_state(bench, bench.engine.look(request.skill)))


@command("workflow.evaluate_answers", shapes.Evaluate, GateState)
async def evaluate_answers(bench: Workbench, request: shapes.Evaluate) -> GateState:
    """Judges the answers: what can be counted is counted, the rest a model is asked, once for the same answers."""
    await bench.engine.judge(
        request.skill,
        request.step,
        driving=driving(request),
        rules_only=request.rules_only,
        instance=request.instance,
    )
    look = await asyncio.to_thread(bench.engine.look, request.skill, request.instance)
    found = gate_state(look)
    if found is None:
        raise Refused("changed", "The answers were changed meanwhile.", remedy="Have them judged again.")
    return found


@command("workflow.log_gate_decision", shapes.LogGate, shapes.GateLogged)
async def log_gate_decision(bench: Workbench, request: shapes.LogGate) -> shapes.GateLogged:
    """Keeps what you have chosen at a gate: to answer, to continue, or to skip what is not needed."""

    def choose() -> shapes.GateLogged:
        row = bench.engine.choose(request.skill, request.decision, request.step, request.instance)
        look = bench.engine.look(request.skill, request.instance)
        _, number = upcoming(look.now)
        key = look.workflow.steps[number].key if number is not None else None
        return shapes.GateLogged(verdict=row.verdict, decision=row.decision, next_step=key)

    return await asyncio.to_thread(choose)


def driving(request: shapes.Driving) -> Driving:
    """By whom and how a turn is made, as a request says."""
    return Driving(
        provider=request.provider,
        model=request.model,
        budget_usd=request.budget_usd,
        speed=request.speed,
        permission_timeout_s=request.permission_timeout_s,
    )
