"""What the tests of the hosts share: a server, a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from servers import Page, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of one file share."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()


@pytest.fixture
async def page(server: Server) -> AsyncIterator[Page]:
    async with aiohttp.ClientSession(headers=server.auth) as http:
        yield Page(server, http)
