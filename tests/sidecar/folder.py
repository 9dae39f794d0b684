"""A small host for tests: starts a session folder, attaches, sends, reads records."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self

from workbench.agents.process import Started, StartLine, Timers, alive, holder, spawn
from workbench.sidecar import tree

NAME = f"a-session-{os.getpid()}"
"""A session's processes are found by its name, so two runs of these tests at once need two names."""
FAKE = Path(__file__).with_name("fake_sidecar.py")
SHORT = Timers(ready_s=60, dead_s=30, idle_s=60, rpc_s=0.3, stdin_s=0.2, term_s=0.5, full_s=20, eof_s=0.5)
Record = dict[str, Any]


class Host:
    """One connection to a session's socket."""

    def __init__(self, folder: Path, *, patience_s: float = 60) -> None:
        self.folder = folder
        self.socket = _connect(folder, time.monotonic() + patience_s)
        self.socket.settimeout(60)
        self.bells: list[dict[str, int]] = []
        self._buffer = b""
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def ask(self, op: str, **fields: Any) -> dict[str, Any]:
        """One request and its answer: `{"ok": ...}` or `{"failure": {"kind": ...}}`."""
        self._number += 1
        self.socket.sendall(json.dumps({"n": self._number, "op": op, **fields}).encode() + b"\n")
        while True:
            message = self.next()
            if message.get("re") == self._number:
                return message
            self.bells.append(message)

    def send(self, prompt: str, run: str = "run-1", **fields: Any) -> dict[str, Any]:
        """A turn."""
        return self.ask("send", frame={"id": run, "method": "sendMessage", "params": {"prompt": prompt}}, **fields)

    def request(self, name: str, method: str, **params: Any) -> dict[str, Any]:
        """Any frame for the agent."""
        return self.ask("send", frame={"id": name, "method": method, "params": params})

    def next(self) -> dict[str, Any]:
        """The next message; ConnectionError when the shim has left."""
        while b"\n" not in self._buffer:
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError("the shim has left")
            self._buffer += data
        line, _, self._buffer = self._buffer.partition(b"\n")
        found: dict[str, Any] = json.loads(line)
        return found


def _connect(folder: Path, deadline: float) -> socket.socket:
    """A path of any length: the folder is reached through a descriptor."""
    while True:
        found = socket.socket(socket.AF_UNIX)
        try:
            handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                found.connect(f"/proc/self/fd/{handle}/control.sock")
                return found
            finally:
                os.close(handle)
        except (FileNotFoundError, ConnectionRefusedError):
            found.close()
            if time.monotonic() > deadline or not alive(folder):
                raise
            time.sleep(0.002)


def until_stopped(pid: int) -> None:
    """Waits until a process has been stopped by a signal."""
    deadline = time.monotonic() + 60
    while (state := Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]) != "T":
        assert time.monotonic() < deadline, f"process {pid} is not stopped but {state}"
        time.sleep(0.005)


class Session:
    """A session folder with the fake sidecar in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transcript = folder / "transcript.jsonl"
        self._runs = 0
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def start(
        self, *flags: str, secrets: list[str] | None = None, argv: list[str] | None = None, **timers: Any
    ) -> Started:
        line = StartLine(
            argv=argv or [sys.executable, "-S", "-E", str(FAKE), *flags],
            env={
                "PATH": os.environ["PATH"],
                "WORKBENCH_SESSION": self.folder.name,
                "FAKE_SOCKET": str(self.folder / "control.sock"),
            },
            cwd=str(self.folder.parent),
            secrets=secrets or [],
            timers=replace(SHORT, **timers),
        )
        return spawn(self.folder, line)

    @classmethod
    @contextmanager
    def kept(cls, folder: Path) -> Iterator[Session]:
        """A session that leaves nothing behind, whatever became of it."""
        session = cls(folder)
        try:
            yield session
        finally:
            session.kill("guard", "shim")
            tree.kill_marked(folder.name)

    def kill(self, *names: str) -> None:
        """SIGKILL to the guard, the shim, or both, in that order: a guard that saw its shim die would begin to clean up."""
        holders = holder(self.folder) if alive(self.folder) else {}
        for name in sorted(holders.keys() & names):
            try:
                os.kill(holders[name], signal.SIGKILL)
            except ProcessLookupError:
                pass  # it has ended by itself

    def host(self) -> Host:
        return Host(self.folder)

    def play(self, prompt: str, *flags: str, **start: Any) -> dict[str, Any]:
        """One incarnation with one turn in it, from start to end; its exit record."""
        self._runs += 1
        run = f"run-{self._runs}"
        self.start(*flags, **start)
        with self.host() as host:
            assert "ok" in host.send(prompt, run=run)
            self.until(lambda: not alive(self.folder) or self.has_ended(run))
            if alive(self.folder):
                host.socket.sendall(b'{"n":0,"op":"close"}\n')
        return self.until_over()

    def has_ended(self, run: str) -> bool:
        return f'"f":{{"type":"end","id":"{run}"'.encode() in self.transcript.read_bytes()

    def texts(self) -> list[str]:
        """What the agent said, chunk by chunk."""
        return [frame["content"]["text"] for frame in self.frames() if frame["type"] == "agent_message_chunk"]

    def lines(self) -> list[bytes]:
        """The whole lines of the transcript."""
        return self.transcript.read_bytes().split(b"\n")[:-1] if self.transcript.exists() else []

    def records(self) -> list[Record]:
        """The lines that decode, checked: seq counts 1, 2, 3 over all whole prefixes."""
        found = list(self._records())
        seqs = [seq for seq, _ in found]
        assert seqs == list(range(1, len(seqs) + 1))
        return [record for _, record in found if record]

    def _records(self) -> Iterator[tuple[int, Record]]:
        from workbench.sidecar.past import PREFIX

        for line in self.lines():
            prefix = PREFIX.match(line)
            if prefix:
                try:
                    yield int(prefix[1]), json.loads(line)
                except ValueError:
                    yield int(prefix[1]), {}

    def frames(self, direction: str = "out") -> list[dict[str, Any]]:
        return [record["f"] for record in self.records() if record["d"] == direction and "f" in record]

    def bad(self) -> list[dict[str, Any]]:
        return [record["bad"] for record in self.records() if "bad" in record]

    def exits(self) -> list[dict[str, Any]]:
        """The exit records; there is one for each start that is over."""
        frames = self.frames("shim")
        assert [frame["type"] for frame in frames] == (["start", "exit"] * len(frames))[: len(frames)]
        return frames[1::2]

    def until(self, met: Callable[[], object], seconds: float = 60) -> None:
        """Waits until something is so."""
        deadline = time.monotonic() + seconds
        while not met():
            assert time.monotonic() < deadline, f"not so after {seconds} s: {self.lines()[-3:]!r}"
            time.sleep(0.005)

    def until_over(self, seconds: float = 60) -> dict[str, Any]:
        """Waits until the lock is free; the last exit record."""
        self.until(lambda: not alive(self.folder), seconds)
        return self.exits()[-1]

    def until_said(self, kind: str, seconds: float = 60) -> None:
        """Waits until the agent has said something of a type."""
        needle = f'"d":"out","f":{{"type":"{kind}"'.encode()
        self.until(lambda: needle in self.transcript.read_bytes(), seconds)

    def processes(self) -> list[int]:
        """The agent's processes that live."""
        return [pid for pid, _ in tree.marked(self.folder.name)]
