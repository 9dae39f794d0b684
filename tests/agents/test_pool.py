"""The pool: start, speak, follow, end; everything through real processes."""

from __future__ import annotations

from house import House, frames

from workbench.agents.pool import Pool
from workbench.agents.session import SessionSpec


async def test_a_message_is_sent_answered_committed_and_then_shown(house: House, pool: Pool) -> None:
    made = await pool.create(SessionSpec(provider="fake"))
    run = await pool.send(made.id, "say:hello say:world")
    said = await frames(pool.follow(made.id), until="end")
    assert [frame["type"] for frame in said] == ["ready", "agent_message_chunk", "end"]
    assert said[1]["content"]["text"] == "helloworld"
    assert [finished.run for finished in house.finished] == [run]
    await pool.close(made.id)
    assert house.row(made.id).state == "ended"
