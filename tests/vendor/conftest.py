"""A vendor's own program behind our own sidecar, in front of a model that is on 127.0.0.1 and says what it is told.

The sidecar is a real process that is spoken to in JSON lines. Its environment is clean: dummy key, a home of its own,
and a proxy that nobody should use, for every host but 127.0.0.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from building import Person, all_is_well
from fakes.model_server import ModelServer, serving
from sidecar_host import PATIENCE, Sidecar, Start

from workbench.app import Workbench
from workbench.settings import Settings

SIDECAR = """
import sys
from workbench.sidecar import __main__ as sidecar, dispatch
dispatch._CLOSE_SECONDS = 50
sys.exit(sidecar.main())
"""
"""As `python -m workbench.sidecar`, but it waits for Claude Code's own end however slow the machine is: what that writes down
then is what the next process goes on from.
"""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """An agent that a slow machine holds up is not dead."""
    monkeypatch.setattr("workbench.agents.conversation.STOP_S", PATIENCE)
    monkeypatch.setattr("shell.TIMEOUT_S", 140)  # some turns, one after the other


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A model on 127.0.0.1 for this test; it must be asked for nothing but messages."""
    with serving() as server:
        yield server
    assert server.unexpected == []


@pytest.fixture
def nowhere() -> Iterator[str]:
    """The address of a proxy that fails the test if anything connects to it."""
    visits = 0
    with socket.create_server(("127.0.0.1", 0)) as trap:

        def watch() -> None:
            nonlocal visits
            with contextlib.suppress(OSError):
                while True:
                    visitor, _ = trap.accept()
                    visitor.close()
                    visits += 1

        thread = threading.Thread(target=watch)
        thread.start()
        yield f"http://127.0.0.1:{trap.getsockname()[1]}"
        trap.shutdown(socket.SHUT_RDWR)
        thread.join(PATIENCE)
    assert visits == 0


@pytest.fixture
def environment(model_server: ModelServer, nowhere: str, tmp_path: Path) -> dict[str, str]:
    """All that the sidecar is given."""
    home = tmp_path / "home"
    home.mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "WORKBENCH_SESSION": "session-under-test",
        "ANTHROPIC_BASE_URL": model_server.url,
        "ANTHROPIC_API_KEY": "sk-ant-dummy-0123456789",
        "CLAUDE_CONFIG_DIR": str(home / ".claude"),
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "CLAUDE_CODE_DISABLE_OFFICIAL_MARKETPLACE_AUTOINSTALL": "1",
        "CLAUDE_CODE_MAX_RETRIES": "1",
        "DISABLE_TELEMETRY": "1",
        "DISABLE_ERROR_REPORTING": "1",
        "DISABLE_GROWTHBOOK": "1",
        "HTTP_PROXY": nowhere,
        "HTTPS_PROXY": nowhere,
        "NO_PROXY": "127.0.0.1",
    }


@pytest.fixture
def claude(environment: dict[str, str], tmp_path: Path) -> Start:
    """Starts a sidecar with Claude Code: `async with claude() as sidecar`. It leaves with exit code 0."""
    cwd = tmp_path / "project"
    cwd.mkdir()

    @contextlib.asynccontextmanager
    async def start(**more: str) -> AsyncIterator[Sidecar]:
        with (tmp_path / "stderr.log").open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", SIDECAR, "--provider", "claude"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**environment, **more},
                limit=64 << 20,
            )
        sidecar = Sidecar(process, cwd)
        try:
            await sidecar.until(lambda: bool(sidecar.events))
            assert sidecar.events[0]["type"] == "ready"
            yield sidecar
            assert await sidecar.close() == 0
        finally:
            if process.returncode is None:
                process.kill()
                await sidecar.close()

    return start


@pytest.fixture
def person(
    model_server: ModelServer,
    environment: dict[str, str],
    bench: Workbench,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Iterator[Person]:
    """Somebody with a Claude Code, a model that does as it should, and no skill yet."""
    for name in environment.keys() - {"WORKBENCH_SESSION"}:
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("ANTHROPIC_BASE_URL", f"{model_server.url}/script/demo")
    model_server.director = model = all_is_well()
    model_server.go_on = model.go_on
    chosen = Settings(skills_path=str(tmp_path / "skills"), provider="claude", model="claude-sonnet-5")
    bench.save_settings(chosen, {"ANTHROPIC_API_KEY": environment["ANTHROPIC_API_KEY"]})
    yield Person(bench, model)
    bench.call("agents.shutdown")
