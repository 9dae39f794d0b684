"""The session's process as a host sees it: start it, ask whether it lives, settle it when it was lost.

A session's process is a guard with a shim below it (`workbench/sidecar/shim.py`). It belongs to no host. What a host
may know without talking to it is in the lock: held means alive, free means that the tree is dead or was killed whole.

All functions here block for a moment; on a loop call them in a thread.
"""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.errors import Refused, SidecarFailed
from workbench.sidecar import tape, tree

SHIM: Final = Path(tape.__file__).with_name("shim.py")
_LOOK_S: Final = 0.02


@dataclass(frozen=True)
class Timers:
    """Every time limit of a session, in seconds. Tests bring shorter ones."""

    ready_s: float = 10
    heartbeat_s: float = 15
    dead_s: float = 45
    idle_s: float = 300
    rpc_s: float = 2
    stdin_s: float = 1
    term_s: float = 5
    full_s: float = 60
    """How long a full disk is waited for."""
    eof_s: float = 10
    """How long a process may live on after it has closed its stdout."""

    def for_shim(self) -> dict[str, float]:
        """The ones that the shim keeps."""
        names = ("ready_s", "dead_s", "idle_s", "rpc_s", "stdin_s", "term_s", "full_s", "eof_s")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True)
class StartLine:
    """What a shim is told on its stdin, once: what to run, what to hide, how long to wait."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    secrets: list[str] = field(default_factory=list, repr=False)
    timers: Timers = field(default_factory=Timers)

    def to_bytes(self) -> bytes:
        line = {"argv": self.argv, "env": self.env, "cwd": self.cwd, "secrets": self.secrets, **self.timers.for_shim()}
        return json.dumps(line).encode() + b"\n"


@dataclass(frozen=True)
class Started:
    """The outcome of a start: a new shim, or the one that another host was quicker to start."""

    won: bool
    shim: int | None = None
    guard: int | None = None


def spawn(folder: Path, start: StartLine) -> Started:
    """Starts the session's process and waits until it listens; attach next, whoever won.

    Raises Refused("disk_full"), or SidecarFailed with the last lines of its stderr when it died before it listened.
    """
    process = subprocess.Popen(
        [sys.executable, "-S", "-E", str(SHIM), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": os.environ.get("PATH", os.defpath)},
        cwd=folder,
        start_new_session=True,
    )
    line = _tell(process, start.to_bytes())
    # Reaped by a thread of its own: the process outlives this call, and without a wait it would stay as a zombie.
    threading.Thread(target=process.wait, name=f"workbench-reap-{process.pid}", daemon=True).start()
    return _outcome(folder, json.loads(line) if line else {})


def _tell(process: subprocess.Popen[bytes], line: bytes) -> bytes:
    """Gives the start line and takes the answer, empty when it died; then both pipes are let go."""
    stdin, stdout = process.stdin, process.stdout
    if stdin is None or stdout is None:
        raise ValueError("the shim is started on pipes")
    with stdout:
        try:
            with stdin:
                stdin.write(line)
        except BrokenPipeError:
            pass  # it died; the missing answer says so
        return stdout.readline()


def _outcome(folder: Path, answer: dict[str, Any]) -> Started:
    if ok := answer.get("ok"):
        return Started(won=True, shim=ok["pid"], guard=ok["guard"])
    kind = answer.get("failure", {}).get("kind")
    if kind == "locked":
        return Started(won=False)
    if kind == "disk_full":
        raise _disk_full(folder)
    raise SidecarFailed(
        "The session's process died before it was ready.",
        remedy=f"Its last words are in {folder / 'stderr.log'}.",
        stderr=last_lines(folder),
    )


def _disk_full(folder: Path) -> Refused:
    return Refused("disk_full", "The disk is full.", remedy="Free some space and try again.", folder=str(folder))


def alive(folder: Path) -> bool:
    """Whether the session's process lives. Probes with a shared lock, so that other probes and a start are not fooled."""
    try:
        descriptor = os.open(folder / "lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


@dataclass(frozen=True)
class Settled:
    """What settling a session did: processes killed, and whether an `exit{lost}` had to be written."""

    killed: list[int]
    recorded: bool


def settle(folder: Path, *, wait_s: float = 10.0) -> Settled:
    """Ends a session whose shim and guard were both killed: strays first, then its record. Twice changes nothing.

    A live session is left alone. The lock is held all along, so that a start waits and cannot come between; another
    settler is waited for, so that the record is there when this returns. Raises Refused("disk_full").
    """
    if not (folder / "lock").exists():
        return Settled([], recorded=False)
    deadline = time.monotonic() + wait_s
    while (lock := tape.take_lock(str(folder), wait_s=0)) is None:
        if _shim_runs(folder) or time.monotonic() >= deadline:
            return Settled([], recorded=False)
        time.sleep(_LOOK_S)
    try:
        return Settled(tree.kill_marked(folder.name), tape.settle(str(folder), "lost", None, "settler"))
    except tape.Full:
        raise _disk_full(folder) from None
    finally:
        os.close(lock)


def _shim_runs(folder: Path) -> bool:
    """Whether the lock is held by a session; if not, by somebody who starts it, settles it or sees it to its end."""
    said = holder(folder)
    return "shim" in said and tree.runs(said["shim"], said.get("start_ticks"))


def holder(folder: Path) -> dict[str, Any]:
    """Who holds the lock, in its own words: `{shim, guard, start_ticks, boot_id, socket?}`; empty when unknown."""
    try:
        found = json.loads((folder / "lock").read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def last_lines(folder: Path, count: int = 20) -> list[str]:
    """The end of what the session's process wrote to stderr."""
    try:
        with (folder / "stderr.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 16 * 1024))
            return file.read().decode("utf-8", "replace").splitlines()[-count:]
    except FileNotFoundError:
        return []
