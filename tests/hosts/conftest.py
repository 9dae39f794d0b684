"""What the tests of the hosts share: a server, a page."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest
from fresh import Fresh
from kernels import SETUP, Kernel
from leftovers import end_sessions
from servers import Server, Tab, end_agents

from workbench.paths import Home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that the tests of one file share."""
    running = Server(tmp_path_factory.mktemp("server"))
    running.start()
    yield running
    running.stop()
    end_agents(running.root)


@pytest.fixture
async def tab(server: Server) -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession(headers=server.auth) as http:
        yield Tab(server, http)


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    """A kernel as our server starts it, with Workbench open."""
    running = Kernel(tmp_path, WORKBENCH_SERVER="1")
    running.start()
    running.ok(SETUP)
    yield running
    running.stop()
    end_agents(running.root)


@pytest.fixture
def lone_kernel(tmp_path: Path) -> Iterator[Kernel]:
    """A kernel without our server, where only a widget can show a view."""
    running = Kernel(tmp_path)
    running.start()
    running.ok(SETUP)
    yield running
    running.stop()
    end_agents(running.root)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Fresh]:
    """A fresh home, with nothing left running in it."""
    made = Fresh(tmp_path)
    yield made
    end_sessions(Home(made.home))
