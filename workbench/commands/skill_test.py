"""Testing a skill: the same request with it and without it, compared by somebody who knows neither."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from workbench import wiring
from workbench.clock import iso
from workbench.commands import skill_test_shapes as shapes
from workbench.commands.refine import params_of
from workbench.commands.registry import command
from workbench.commands.usage_rows import decimal_text
from workbench.commands.workflow_runs_shapes import Driving as Given
from workbench.sidecar.provider import listing
from workbench.usage.ledger import dollars
from workbench.workflows.testing import report as testing_report
from workbench.workflows.testing import running
from workbench.workflows.testing.driving import Driving
from workbench.workflows.testing.report import Report, Round, Side
from workbench.workflows.testing.spread import Spread
from workbench.workflows.testing.testing import Testing

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("skill_test.prepare", shapes.PrepareTest, shapes.PreparedTest)
async def prepare(bench: Workbench, request: shapes.PrepareTest) -> shapes.PreparedTest:
    """Makes two folders that differ in the skill alone, for a test by hand."""
    made = await asyncio.to_thread(_testing(bench).prepare, request.skill)
    return shapes.PreparedTest(id=made.id, baseline=str(made.baseline), with_skill=str(made.with_skill))


@command("skill_test.cleanup", shapes.CleanupTest, shapes.CleanedUp)
async def cleanup(bench: Workbench, request: shapes.CleanupTest) -> shapes.CleanedUp:
    """Takes the folders of a test away; what was said and measured stays."""
    return shapes.CleanedUp(removed=await asyncio.to_thread(_testing(bench).cleanup, request.id))


@command("skill_test.run", shapes.RunTest, shapes.SkillTest)
async def run(bench: Workbench, request: shapes.RunTest) -> shapes.SkillTest:
    """Starts a test and returns at once: both arms in parallel on one prompt, then a comparison, so many times."""
    testing, settings = _testing(bench), bench.settings
    bench.library.locks.check_free(request.skill, request.instance)
    await wiring.refining(bench).idle(request.skill)
    provider = listing(request.provider or settings.provider).name
    params = params_of(bench, request)
    driving = Driving(provider, request.model or settings.model, request.budget_usd, params)
    test = await asyncio.to_thread(
        lambda: testing.begin(
            request.skill, request.prompt, driving, repeats=request.repeats, vote_first=request.vote_first
        )
    )
    running.start(testing, test, driving)
    return await _shown(testing, test.id)


@command("skill_test.show", shapes.OfTest, shapes.SkillTest)
async def show(bench: Workbench, request: shapes.OfTest) -> shapes.SkillTest:
    """Shows a test as it stands."""
    return await _shown(_testing(bench), request.id)


@command("skill_test.settle", shapes.OfTest, shapes.SkillTest)
async def settle(bench: Workbench, request: shapes.OfTest) -> shapes.SkillTest:
    """Waits until a test is over; one that its host has left is gone on with here, without asking anything again."""
    testing = _testing(bench)
    test = await asyncio.to_thread(testing.find, request.id)
    driving = Driving(test.provider, test.model, test.budget_usd, params_of(bench, Given()))
    await running.settled(testing, test, driving)
    return await _shown(testing, test.id)


@command("skill_test.stop", shapes.OfTest, shapes.SkillTest)
async def stop(bench: Workbench, request: shapes.OfTest) -> shapes.SkillTest:
    """Ends what runs of a test, and returns when its agents have ended; what was measured stands."""
    testing = _testing(bench)
    await testing.stop(await asyncio.to_thread(testing.find, request.id))
    await testing.let_go(request.id)
    return await _shown(testing, request.id)


@command("skill_test.vote", shapes.VoteTest, shapes.SkillTest)
async def vote(bench: Workbench, request: shapes.VoteTest) -> shapes.SkillTest:
    """Takes a person's vote on A and B, and then tells which is which."""
    testing = _testing(bench)
    test = await asyncio.to_thread(testing.find, request.id)
    await asyncio.to_thread(testing.vote, test, request.round, request.vote)
    return await _shown(testing, request.id)


@command("skill_test.history", shapes.HistoryOf, shapes.SkillTests)
async def history(bench: Workbench, request: shapes.HistoryOf) -> shapes.SkillTests:
    """Lists the tests of a skill with the digest of what was tested, the last first."""
    testing = _testing(bench)
    found = await asyncio.to_thread(testing.history, request.skill, request.limit)
    return shapes.SkillTests(tests=[await _shown(testing, each.id) for each in found])


@command("skill_test.refine_from", shapes.OfTest, shapes.RefineFrom)
async def refine_from(bench: Workbench, request: shapes.OfTest) -> shapes.RefineFrom:
    """Writes the message that refining opens with: the prompt, both answers, and what was said of them."""
    testing = _testing(bench)
    told = await asyncio.to_thread(lambda: testing_report.report(testing, testing.find(request.id)))
    name = await asyncio.to_thread(testing.name, told.test)
    return shapes.RefineFrom(skill=name, message=testing_report.remark(told))


def _testing(bench: Workbench) -> Testing:
    return Testing(bench.library, bench.recorder, lambda: bench.pool)


async def _shown(testing: Testing, test: str) -> shapes.SkillTest:
    told = await asyncio.to_thread(lambda: testing_report.report(testing, testing.find(test)))
    name = await asyncio.to_thread(testing.name, told.test)
    return _test(told, name)


def _test(told: Report, name: str) -> shapes.SkillTest:
    return shapes.SkillTest(
        id=told.test.id,
        skill=name,
        digest=told.test.digest,
        prompt=told.test.prompt,
        created_at=iso(told.test.created),
        status=told.status,
        replayed=told.test.replayed,
        left=told.left,
        session=told.session,
        rounds=[_round(each) for each in told.rounds],
        wins=told.wins,
        losses=told.losses,
        ties=told.ties,
        score=_spread(told.score),
        cost=_spread(told.cost, 6),
        duration_s=_spread(told.duration_s, 1),
        total_cost=decimal_text(dollars(told.total_cost)),
        notice=told.notice,
    )


def _round(each: Round) -> shapes.Round:
    return shapes.Round(
        number=each.number,
        sides=[_side(side) for side in each.sides],
        vote=each.vote,
        judgements=[
            shapes.Judgement(dimension=dimension, direction=direction, text=text)
            for dimension, direction, text in each.judgements
        ],
        recommendations=each.recommendations,
        failure=each.failure,
    )


def _side(side: Side) -> shapes.ArmRun:
    spent = side.spent
    return shapes.ArmRun(
        label=side.label,
        arm=side.arm,
        session=side.session,
        run=side.run,
        status=side.status,
        text=side.text,
        cost=decimal_text(dollars(spent.cost)) if spent else None,
        duration_ms=spent.duration_ms if spent else None,
        tokens=spent.tokens if spent else None,
    )


def _spread(found: Spread | None, places: int = 3) -> shapes.Spread | None:
    if found is None:
        return None
    mean, low, high = (None if each is None else f"{each:.{places}f}" for each in (found.mean, found.low, found.high))
    return shapes.Spread(mean=mean or "", low=low, high=high, n=found.n)
