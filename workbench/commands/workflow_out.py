"""What a turn would cost, and the end of a workflow: the package, and the skill in use."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from workbench.commands import workflow_out_shapes as shapes
from workbench.commands.registry import command
from workbench.commands.workflow_runs import driving
from workbench.skills.handout import places
from workbench.skills.handout.installs import Installs
from workbench.usage.sums import plain
from workbench.workflows.state import number_of
from workbench.workflows.steps import packaging

if TYPE_CHECKING:
    from workbench.app import Workbench


@command("workflow.estimate", shapes.EstimateOf, shapes.Estimate)
async def estimate(bench: Workbench, request: shapes.EstimateOf) -> shapes.Estimate:
    """Says what a step, gate, repair, refinement, test or whole run would cost, as a range, and how that is known."""

    def look() -> shapes.Estimate:
        look = bench.engine.look(request.skill)
        number = number_of(look.workflow, request.step) if request.step is not None else None
        found = bench.engine.pricing.of(look, request.what, number, driving(request)) * request.repeats
        low, high = (None if each is None else str(plain(each)) for each in (found.low, found.high))
        return shapes.Estimate(low=low, high=high, basis=found.basis, text=found.text)

    return await asyncio.to_thread(look)


@command("workflow.package", shapes.PackageSkill, shapes.Packaged)
async def package(bench: Workbench, request: shapes.PackageSkill) -> shapes.Packaged:
    """Packs a skill into one file that others can import."""
    made = await asyncio.to_thread(
        lambda: packaging.package(bench.library, request.skill, anyway=request.anyway, instance=request.instance)
    )
    return shapes.Packaged(path=str(made.path), size=made.size, digest=made.digest, warnings=list(made.warnings))


@command("workflow.use_now", shapes.UseNow, shapes.UsedNow)
async def use_now(bench: Workbench, request: shapes.UseNow) -> shapes.UsedNow:
    """Gives the cell in which an agent uses the skill, and installs it for the clients that were found on this machine."""

    def use() -> shapes.UsedNow:
        bench.library.document(request.skill)
        clients = _clients() if request.install else []
        done, _ = Installs(bench.library).install([request.skill], clients) if clients else ([], [])
        return shapes.UsedNow(cell=f"%%agent --skill {request.skill}\n", installed=[str(each.path) for each in done])

    return await asyncio.to_thread(use)


def _clients() -> list[places.Client]:
    """Those of which a folder is there."""
    return [each.client for each in places.of_user(os.environ) if each.first and each.folder.parent.is_dir()]
