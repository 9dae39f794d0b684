"""A skill's sessions and runs go with it when it is renamed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from shelf import Shelf

from workbench.app import Workbench

RUN: dict[str, Any] = {"prompt": "Review it.", "options": {"speed": 0}, "permission_timeout_s": 0}


@pytest.fixture
async def session(bench: Workbench, shelf: Shelf) -> AsyncIterator[str]:
    """A session of the skill `one` that has had one turn, and whose process waits for another."""
    await bench.acall("skills.create", name="one", description="D.")
    started = await bench.acall("agents.start", skill="one", **RUN)
    await bench.pool.wait(started["session"], started["run"])
    yield started["session"]
    await bench.acall("agents.shutdown")


async def skills_of_runs(bench: Workbench) -> set[str | None]:
    return await bench.read(
        lambda connection: {skill for (skill,) in connection.execute("select skill from agent_runs")}
    )


async def test_the_sessions_and_runs_of_a_skill_are_renamed_with_it(bench: Workbench, session: str) -> None:
    other = await bench.acall("sessions.create", skill="other")
    await bench.acall("skills.rename", name="one", new_name="two")
    (row,) = (await bench.acall("sessions.list", skill="two"))["sessions"]
    assert row["id"] == session
    assert (await bench.acall("sessions.list", skill="one"))["sessions"] == []
    assert (await bench.acall("sessions.get", session=other["id"]))["skill"] == "other"
    assert await skills_of_runs(bench) == {"two"}


async def test_a_later_turn_of_a_renamed_skill_is_counted_under_its_new_name(bench: Workbench, session: str) -> None:
    await bench.acall("skills.rename", name="one", new_name="two")
    again = await bench.acall("agents.send", session=session, **RUN)
    await bench.pool.wait(session, again["run"])
    assert await skills_of_runs(bench) == {"two"}
    assert (await bench.acall("agents.cleanup_skill", skill="one"))["closed"] == []
    assert (await bench.acall("agents.cleanup_skill", skill="two"))["closed"] == [session]
