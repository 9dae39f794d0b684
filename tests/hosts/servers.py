"""A real Jupyter Server and a page that talks to it, each with a home of its own and none of the person's configuration."""

from __future__ import annotations

import asyncio
import os
import secrets
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from leftovers import end_sessions
from ports import port

from workbench.paths import Home

ROOT = Path(__file__).parents[2]


def isolated(root: Path, **more: str) -> dict[str, str]:
    """An environment whose Jupyter and Workbench folders all lie in `root`."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("JUPYTER", "JPY_", "WORKBENCH"))}
    return {
        **env,
        "HOME": str(root),
        "PYTHONPATH": str(ROOT),
        "WORKBENCH_HOME": str(root / "home"),
        "JUPYTER_CONFIG_DIR": str(root / "config"),
        "JUPYTER_DATA_DIR": str(root / "data"),
        "JUPYTER_RUNTIME_DIR": str(root / "runtime"),
        "IPYTHONDIR": str(root / "ipython"),
        **more,
    }


@dataclass
class Server:
    """`jupyter server` in a process of its own."""

    root: Path
    options: tuple[str, ...] = ()
    paths: tuple[Path, ...] = ()
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    port: int = 0
    program: str = "jupyter_server"
    extensions: str | None = "{'workbench': True}"
    """None: those that the installation enables."""
    _process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def auth(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}

    @property
    def log(self) -> str:
        return (self.root / "server.log").read_text()

    def start(self) -> None:
        self.root.mkdir(exist_ok=True)
        if not self.port:
            self.port = port()
        argv = [
            *(sys.executable, "-m", self.program, "--no-browser", "--allow-root", f"--port={self.port}"),
            *("--ServerApp.port_retries=0", f"--IdentityProvider.token={self.token}", "--ip=127.0.0.1"),
            *("--ServerApp.allow_unauthenticated_access=False", f"--ServerApp.root_dir={self.root}"),
            *([f"--ServerApp.jpserver_extensions={self.extensions}"] if self.extensions else []),
            *self.options,
        ]
        env = isolated(self.root, PYTHONPATH=os.pathsep.join(map(str, (ROOT, *self.paths))))
        with (self.root / "server.log").open("ab") as log:
            self._process = subprocess.Popen(argv, env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + 110
        while not self._answers():
            assert self._process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=5):
                return True
        except (OSError, urllib.error.URLError):
            return False

    def stop(self, *, kill: bool = False) -> None:
        if self._process is not None:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:  # told while it starts a kernel, Jupyter may wait for itself for ever
                self._process.kill()
                self._process.wait()
            self._process = None


class Tab:
    """A page as the front end is one: its calls, and its one socket."""

    def __init__(self, server: Server, http: aiohttp.ClientSession) -> None:
        self.server = server
        self.http = http
        self._count = 0

    async def call(self, name: str, /, **params: Any) -> Any:
        """The result of a command, or the failure as it came."""
        self._count += 1
        body = {"id": str(self._count), "call": name, "params": params}
        async with self.http.post(f"{self.server.url}/workbench/call", json=body) as response:
            assert response.status == 200, await response.text()
            reply = await response.json()
        assert reply["id"] == body["id"]
        return reply["failure"] if "failure" in reply else reply["result"]

    async def events(self, page: str = "") -> aiohttp.ClientWebSocketResponse:
        return await self.http.ws_connect(f"{self.server.url}/workbench/events", params={"page": page})


async def heard(socket: aiohttp.ClientWebSocketResponse) -> Any:
    """The next message; the server's pings, at which a time-out of the socket's own begins anew, are none."""
    async with asyncio.timeout(60):
        return await socket.receive_json()


def end_agents(root: Path) -> None:
    """No test leaves a process behind: agents outlive their hosts on purpose."""
    end_sessions(Home(root / "home"))
