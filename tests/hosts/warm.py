"""The real command line in a process of its own that need not load Python's and other people's code first.

A process that has loaded what nearly every command loads forks for each command line: the fork has the arguments, the
environment, the folder and the streams that it would have had, runs `main`, and ends as Python ends. What of Workbench
is loaded by need (a module that fails to import what it uses shows itself there alone) is loaded in the fork.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

LOADED = (
    "asyncio",
    "concurrent.futures.thread",
    "difflib",
    "httpx",
    "importlib.metadata",
    "msgspec.json",
    "platform",
    "pydantic.main",
    "yaml",
)
LOADED_OF_OURS = ("workbench.app", "workbench.hosts.cli", "workbench.commands.registry")
_SIZE = struct.Struct("!Q")
_NUMBER = struct.Struct("!q")


class Warm:
    """That process, seen from the tests of one worker."""

    def __init__(self) -> None:
        ours, theirs = socket.socketpair()
        self._socket, self._turn = ours, threading.Lock()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                cwd=Path(__file__).parent,
                stdin=subprocess.DEVNULL,
            )
        atexit.register(self.close)

    def close(self) -> None:
        self._socket.close()
        self._process.wait(60)

    def run(
        self, words: list[str], stdin: str, env: Mapping[str, str], within: float
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run` would with its streams captured; raises TimeoutExpired as that does."""
        request = json.dumps({"words": words, "env": dict(env), "cwd": str(Path.cwd())}).encode()
        (in_read, in_write), (out_read, out_write), (err_read, err_write) = (os.pipe() for _ in range(3))
        told, tells = socket.socketpair()
        theirs = [in_read, out_write, err_write, tells.fileno()]
        with self._turn:
            socket.send_fds(self._socket, [_SIZE.pack(len(request))], theirs)
            self._socket.sendall(request)
        tells.close()
        for descriptor in theirs[:3]:
            os.close(descriptor)
        said: dict[int, bytes] = {}
        threads = [threading.Thread(target=_drain, args=(each, said), daemon=True) for each in (out_read, err_read)]
        threads.append(threading.Thread(target=_pour, args=(in_write, stdin.encode()), daemon=True))
        for thread in threads:
            thread.start()
        with told:
            pid = _NUMBER.unpack(_exactly(told, _NUMBER.size))[0]
            status = _ended(told, threads, within)
        if status is None:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
            raise subprocess.TimeoutExpired(words, within)
        out, err = (re.sub(r"\r\n?", "\n", said[each].decode()) for each in (out_read, err_read))
        return subprocess.CompletedProcess(words, os.waitstatus_to_exitcode(status), out, err)


@functools.cache
def warm() -> Warm:
    """The one of this worker, started when it is first asked for."""
    return Warm()


def _ended(told: socket.socket, threads: list[threading.Thread], within: float) -> int | None:
    """The status with which it ended; None if it has not, or if what it left behind still holds a stream of its."""
    told.settimeout(within)
    try:
        status: int = _NUMBER.unpack(_exactly(told, _NUMBER.size))[0]
    except TimeoutError:
        return None
    for thread in threads:
        thread.join(within)
    return None if any(thread.is_alive() for thread in threads) else status


def _drain(descriptor: int, said: dict[int, bytes]) -> None:
    with open(descriptor, "rb") as stream:
        said[descriptor] = stream.read()


def _pour(descriptor: int, data: bytes) -> None:
    try:
        with open(descriptor, "wb") as stream:
            stream.write(data)
    except BrokenPipeError:
        pass  # it does not want to hear it


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise EOFError
        data += piece
    return data


# -- in that process --------------------------------------------------------------------------------------------------


def serve(connection: socket.socket) -> dict[str, Any] | None:
    """Forks for each request. Returns in a fork, with what it is to be; at the end of the tests, without."""
    while True:
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here for those in the middle
        header, descriptors, _, _ = socket.recv_fds(connection, _SIZE.size, 4)
        if not header:
            return None
        request: dict[str, Any] = json.loads(_exactly(connection, _SIZE.unpack(header)[0]))
        if os.fork() == 0:
            connection.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            pid = os.fork()
            if pid == 0:
                os.close(descriptors.pop())
                become(request, descriptors)
                return request
            for descriptor in descriptors[:3]:
                os.close(descriptor)
            with suppress(BrokenPipeError):  # nobody waits for it any more
                os.write(descriptors[3], _NUMBER.pack(pid))
                os.write(descriptors[3], _NUMBER.pack(os.waitpid(pid, 0)[1]))
            os._exit(0)
        for descriptor in descriptors:
            os.close(descriptor)


def become(request: dict[str, Any], streams: list[int]) -> None:
    """What a process that was started with these would be."""
    for number, descriptor in enumerate(streams):
        os.dup2(descriptor, number)
        os.close(descriptor)
    sys.stdin = open(0, encoding="utf-8")  # noqa: SIM115 - as long as the process lives
    sys.stdout = open(1, "w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    tempfile.tempdir = None
    sys.argv = ["workbench", *request["words"]]
    sys.path[0] = request["cwd"]


def main() -> int:
    import gc
    import importlib

    for name in (*LOADED, *LOADED_OF_OURS):
        importlib.import_module(name)
    gc.freeze()
    if serve(socket.socket(fileno=int(sys.argv[1]))) is None:
        return 0
    from workbench.hosts import cli

    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
