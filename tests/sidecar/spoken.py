"""A real sidecar process, spoken to as a host does."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

HERE = Path(__file__).parent
PATIENCE_S = 60
"""How long the sidecar may stand still."""

ODD = f"""
import os
import sys
sys.path.insert(0, {str(HERE)!r})
from workbench.sidecar import dispatch, provider, __main__
dispatch._STOP_SECONDS = float(os.environ.get("ODD_STOP_S", dispatch._STOP_SECONDS))
provider.PROVIDERS["odd"] = provider.Listing("odd", "Odd", "odd_provider", None, None, ("ODD_KEY",))
provider.PROVIDERS["absent"] = provider.Listing("absent", "Absent", "odd_provider", "absent", "no_such_package")
sys.exit(__main__.main(sys.argv[1:]))
"""


class Sidecar:
    """`with Sidecar("replay") as sidecar:`; leaves no process and no pipe behind."""

    def __init__(self, provider: str, *, listen: bool = True, **environment: str) -> None:
        module = ["-m", "workbench.sidecar"] if provider in ("replay", "claude") else ["-c", ODD]
        self.process = subprocess.Popen(
            [sys.executable, *module, "--provider", provider],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "WORKBENCH_HEARTBEAT_S": "3600", **environment},
        )
        self.lines: queue.Queue[bytes] = queue.Queue()
        self.errors: list[bytes] = []
        self.logged = threading.Condition()
        self.count = 0
        self.threads = [threading.Thread(target=self._listen_to_errors)]
        self.threads[0].start()
        if listen:
            self.listen()

    def listen(self) -> None:
        self.threads.append(threading.Thread(target=self._listen))
        self.threads[-1].start()

    def _listen(self) -> None:
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(b"")

    def _listen_to_errors(self) -> None:
        for line in self.process.stderr:
            with self.logged:
                self.errors.append(line)
                self.logged.notify_all()

    def write(self, data: bytes) -> None:
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def ask(self, method: str, *, request: str | None = None, **params: Any) -> str:
        self.count += 1
        request = request or f"r{self.count}"
        self.write(json.dumps({"id": request, "method": method, "params": params}).encode() + b"\n")
        return request

    def send(self, prompt: str, **params: Any) -> str:
        return self.ask("sendMessage", prompt=prompt, **params)

    def next(self, timeout: float = PATIENCE_S) -> dict[str, Any]:
        line = self.lines.get(timeout=timeout)
        assert line, f"the sidecar ended:\n{self.log()}"
        return json.loads(line)

    def until(self, kind: str, request: str | None = None) -> list[dict[str, Any]]:
        """The events up to the first of `kind` (of that id), heartbeats left out."""
        seen = []
        while True:
            event = self.next()
            if event["type"] != "heartbeat" or kind == "heartbeat":
                seen.append(event)
            if event["type"] == kind and request in (None, event.get("id")):
                return seen

    def run(self, prompt: str, **params: Any) -> list[dict[str, Any]]:
        """A whole run: its own events, the terminal one last."""
        run = self.send(prompt, **params)
        seen = []
        while True:
            event = self.next()
            if event.get("id") == run and event["type"] != "heartbeat":
                seen.append(event)
                if event["type"] in ("end", "aborted", "error"):
                    return seen

    def rest(self) -> list[dict[str, Any]]:
        """Everything until stdout ends."""
        seen = []
        while line := self.lines.get(timeout=PATIENCE_S):
            seen.append(json.loads(line))
        return seen

    def log(self) -> str:
        return b"".join(self.errors).decode("utf-8", "replace")

    def until_logged(self, text: str) -> None:
        with self.logged:
            assert self.logged.wait_for(lambda: text in self.log(), timeout=PATIENCE_S), self.log()

    def hang_up(self) -> int:
        """Closes stdin; the exit code."""
        self.process.stdin.close()
        return self.process.wait(timeout=PATIENCE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for thread in self.threads:
            thread.join(timeout=PATIENCE_S)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def said(events: list[dict[str, Any]]) -> str:
    """The agent's text in these events."""
    return "".join(event["content"]["text"] for event in events if event["type"] == "agent_message_chunk")
