"""What a test may leave behind: agents outlive their hosts on purpose, so somebody must end those of the tests."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from workbench.agents.process import alive, holder
from workbench.paths import Home
from workbench.sidecar import tree

PATIENCE_S = 60
"""More than the whole ladder of a sidecar that is deaf to everything."""
AGAIN_S = 1


def end_sessions(home: Home) -> None:
    """Ends every session of a home; returns when their processes are gone. A home without sessions costs one look."""
    living = [folder for folder in _folders(home) if alive(folder)]
    deadline, told = time.monotonic() + PATIENCE_S, -AGAIN_S
    while living := [folder for folder in living if alive(folder)]:
        now = time.monotonic()
        if now > deadline:
            for folder in living:
                _tell(folder, signal.SIGKILL)
            raise AssertionError(f"these sessions did not end within {PATIENCE_S} s: {living}")
        if now - told > AGAIN_S:  # while a session starts, its lock does not yet say whom to tell
            for folder in living:
                _tell(folder, signal.SIGTERM)
            told = now
        time.sleep(0.005)


def _folders(home: Home) -> list[Path]:
    try:
        return [entry for entry in home.sessions.iterdir() if entry.is_dir()]
    except OSError:
        return []  # a home that was never made, or that a test has spoilt


def _tell(folder: Path, number: int) -> None:
    """A signal to the session's shim, if the lock names a process that is still the one it was."""
    facts = holder(folder)
    shim = facts.get("shim")
    if shim and tree.born(shim) == facts.get("start_ticks"):
        try:
            os.kill(shim, number)
        except ProcessLookupError:
            pass  # it has ended by itself


def left_behind(base: Path) -> list[str]:
    """The processes that the tests below `base` have started and not ended: what runs in one of their folders (it may be
    gone by now), or bears the name of one of their sessions. Only Linux can be asked; elsewhere there is nothing to tell.
    """
    marks = _marks(base)
    deadline = time.monotonic() + PATIENCE_S
    while (found := list(_processes(base, marks))) and time.monotonic() < deadline:
        time.sleep(0.1)  # one that has been told to end may take its time
    return [told for _, told in found]


def end_processes(base: Path) -> None:
    """Ends what runs below `base`, where no lock tells of it any more; returns when it is gone."""
    marks = _marks(base)
    deadline = time.monotonic() + PATIENCE_S
    while found := list(_processes(base, marks)):
        for pid, _ in found:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM if time.monotonic() < deadline else signal.SIGKILL)
        time.sleep(0.1)


def _marks(base: Path) -> set[bytes]:
    sessions = {lock.parent.name for lock in base.glob("**/sessions/*/lock")}
    return {f"{tree.MARKER}={session}".encode() for session in sessions}


def _processes(base: Path, marks: set[bytes]) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            cwd = (entry / "cwd").readlink()
            marked = not marks.isdisjoint((entry / "environ").read_bytes().split(b"\0"))
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace").strip()
        except OSError:
            continue  # gone, or another user's
        if int(entry.name) != os.getpid() and (marked or cwd.is_relative_to(base)):
            yield int(entry.name), f"process {entry.name} in {cwd}: {command}"
