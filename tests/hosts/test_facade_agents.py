"""`bench.agents` in a notebook, where it is about the agents of a whole home."""

from __future__ import annotations

from leftovers import left_behind

from workbench.hosts import kernel
from workbench.paths import Home


async def test_all_agents_of_a_home_are_ended_at_once_and_what_was_said_is_kept(home: Home) -> None:
    bench = kernel.open(home.root)
    runs = [bench.agents.start("Review it.", provider="replay", speed=0, permission="bypass") for _ in range(2)]
    for run in runs:
        await run
    ended = bench.agents.shutdown()
    assert sorted(ended) == sorted(run.session for run in runs)
    assert left_behind(home.root) == []
    assert all(bench.sessions.markdown(run.session) for run in runs)
    assert bench.agents.shutdown() == []
    bench.close()
