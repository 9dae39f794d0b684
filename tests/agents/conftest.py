"""A pool on a home of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from house import House

from workbench.agents.pool import Pool
from workbench.agents.process import alive
from workbench.agents.session import ids
from workbench.paths import Home


@pytest.fixture
async def house(home: Home) -> AsyncIterator[House]:
    made = House(home)
    yield made
    closer = made.pool()
    made_ids = ids(home)
    for session in made_ids:
        if alive(home.session(session)):
            await closer.close(session)
    for pool in made.pools:
        await pool.aclose()
    made.database.close()
    for session in made_ids:
        assert not alive(home.session(session))
        assert made.marked(session) == []


@pytest.fixture
def pool(house: House) -> Pool:
    return house.pool()


@pytest.fixture
def house_sync(home: Home) -> Iterator[House]:
    """A house for tests without a loop of their own; they close what they start."""
    made = House(home)
    yield made
    for pool in made.pools:
        pool.shutdown()
    made.database.close()
