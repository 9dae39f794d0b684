"""The SQL of what a workflow's turns have cost, as the ledger has it. Costs are in 1e-12 USD."""

from __future__ import annotations

from dataclasses import dataclass

import apsw


@dataclass(frozen=True)
class Spent:
    """What a step's turns have used: gate and repair count to their step. Costs are in 1e-12 USD."""

    cost: int = 0
    replayed: int = 0
    """As much of it was played from recordings, and paid by nobody."""
    unpriced: bool = False
    tokens: int = 0
    duration_ms: int = 0


def cost_of(connection: apsw.Connection, session: str) -> int:
    """What the turns of a session have cost so far, in 1e-12 USD."""
    found = connection.execute("select coalesce(sum(cost), 0) from agent_runs where session = ?", (session,))
    return int(found.get)


def past_costs(connection: apsw.Connection, workflow: str | None, step: str | None, purpose: str) -> list[int]:
    """What turns of this kind have cost of late, in 1e-12 USD; played ones, and those without a price, are left out."""
    found = connection.execute(
        """
        select sum(cost) from agent_runs
        where (?1 is null or workflow = ?1) and (?2 is null or step = ?2) and purpose = ?3
            and not replay and status = 'completed' and reset_marker is null
        group by run having count(*) = count(cost) order by max(started) desc limit 20
        """,
        (workflow, step, purpose),
    )
    return [row[0] for row in found]


def spent(connection: apsw.Connection, skill: str, workflow: str) -> dict[str, Spent]:
    """What a skill's turns in a workflow have used, by step."""
    found = connection.execute(
        """
        select step, coalesce(sum(cost), 0), coalesce(sum(case when replay then cost end), 0),
            coalesce(max(cost is null and input_tokens + output_tokens > 0), 0),
            sum(input_tokens + output_tokens + cache_read_tokens + cache_creation_tokens), coalesce(sum(duration_ms), 0)
        from agent_runs where skill = ? and workflow = ? and step is not null group by step
        """,
        (skill, workflow),
    )
    return {step: Spent(cost, replayed, bool(bare), tokens, ms) for step, cost, replayed, bare, tokens, ms in found}
