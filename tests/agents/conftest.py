"""A pool on a home of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from house import House

from workbench.agents.pool import Pool
from workbench.agents.process import alive
from workbench.paths import Home


@pytest.fixture
async def house(home: Home) -> AsyncIterator[House]:
    made = House(home)
    yield made
    closer = made.pool()
    for folder in home.sessions.iterdir():
        if folder.is_dir() and alive(folder):
            await closer.close(folder.name)
    for pool in made.pools:
        await pool.aclose()
    made.database.close()
    for folder in home.sessions.iterdir():
        assert not alive(folder)
        assert made.marked(folder.name) == []


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
