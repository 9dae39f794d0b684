"""The topic of a skill's workflow: another number once something of it has changed, whoever changed it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from journey import Journey, research
from taken_back import House

from workbench.app import Workbench
from workbench.hosts import topics
from workbench.protocol.screen import Batch, Subscribe
from workbench.workflows import table


async def test_a_page_is_told_when_a_step_ends_and_when_somebody_else_answers(bench: Workbench, tmp_path: Path) -> None:
    journey = Journey(bench, tmp_path)
    journey.make()
    told: asyncio.Queue[Batch] = asyncio.Queue()

    async def opening() -> Workbench:
        return bench

    serving = asyncio.create_task(topics.serve(opening, Subscribe(sub="s", subscribe="workflow:demo"), told.put))
    try:
        async with asyncio.timeout(60):
            seen = (await told.get()).events[0]["version"]
            await journey.step(research())
            while (batch := await told.get()).events[0]["version"] == seen:
                pass
            seen = batch.events[0]["version"]
            with Workbench.open(bench.home) as other:
                answer = {"skill": "demo", "question_id": "Q1", "base_rev": 0, "choice": "A", "edit_id": "e"}
                await other.acall("workflow.answer", answer)
            while (await told.get()).events[0]["version"] == seen:
                pass
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


async def test_the_topic_of_no_skill_is_one_failure(bench: Workbench) -> None:
    told: list[Batch] = []

    async def opening() -> Workbench:
        return bench

    async def send(batch: Batch) -> None:
        told.append(batch)

    await topics.serve(opening, Subscribe(sub="s", subscribe="workflow:nobody"), send)
    assert [batch.failure.kind for batch in told if batch.failure is not None] == ["not_found"]


async def test_the_last_that_is_told_of_a_skill_that_another_host_keeps_as_imported_is_that_no_workflow_builds_it(
    house: House,
) -> None:
    lost = "context/clarifications.json"
    house.bench.database.write(lambda c: table.drop_documents(c, house.library.row("demo").id, [lost]))
    (house.root / "demo" / lost).unlink()
    told: asyncio.Queue[Batch] = asyncio.Queue()

    async def opening() -> Workbench:
        return house.bench

    serving = asyncio.create_task(topics.serve(opening, Subscribe(sub="s", subscribe="workflow:demo"), told.put))
    async with asyncio.timeout(60):
        assert (await told.get()).failure is None
        with Workbench.open(house.bench.home) as other:
            await other.acall("workflow.keep_imported", skill="demo")
        while (last := await told.get()).failure is None:
            pass
        await serving
    assert last.failure.facts["reason"] == "no_workflow"
