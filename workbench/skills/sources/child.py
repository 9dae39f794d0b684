"""A program that reads what strangers send: watched while it runs, and gone when we are.

Idea: the program runs below a small shell in a process group of its own. The shell's other child reads from a pipe whose
other end only we hold: it ends when we close it, and it ends when we are killed, and then that child kills the group. So
there is nobody left to clean up after. Invariant: when `started` is over, however it is over, so is every process of it.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.errors import Refused
from workbench.skills.sources.watch import Watch

_SHELL: Final = """
trap : TERM
given=$1; shift
exec 3<&0
(read -r line <&3; kill -KILL 0) >/dev/null 2>&1 &
guard=$!
"$@" <"$given" 3<&-
status=$?
kill -KILL "$guard" 2>/dev/null
wait "$guard" 2>/dev/null
exit "$status"
"""
_TURN_S: Final = 0.1
_SOON_S: Final = 0.005
_ASKED_S: Final = 0.5
_REAPED_S: Final = 1
_PIECE: Final = 64 * 1024
_ERRORS_KEPT: Final = 32 * 1024


@dataclass(frozen=True)
class Ran:
    """How a program ended, and what it said."""

    status: int
    out: bytes
    errors: str
    """The end of it."""


@dataclass
class Patience:
    """How long a program may run and be silent. `grown` measures what it makes; raises when that is too much."""

    until: float
    """On the monotonic clock."""
    stalled_s: float
    out: int = 64 * 1024 * 1024
    grown: Callable[[], int] | None = None


@contextmanager
def started(
    words: Sequence[str], *, folder: Path, env: Mapping[str, str], given: Path | None = None, errors: bool = True
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs below `folder`, with `given` as its input."""
    process = subprocess.Popen(
        ["/bin/sh", "-c", _SHELL, "sh", str(given or os.devnull), *words],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors else subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        _ask_to_end(process)
        for pipe in (process.stdin, process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        _end(process)


def _ask_to_end(process: subprocess.Popen[bytes]) -> None:
    """The shell outlives this signal and reaps the program: nobody has to wait until the system's first process does."""
    with suppress(ProcessLookupError, PermissionError, subprocess.TimeoutExpired):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(_ASKED_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kills the whole group and waits until nobody of it is left; its orphans are reaped by whoever does that here, which
    may be us.
    """
    until = time.monotonic() + _REAPED_S
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        while time.monotonic() < until:
            _reap(process.pid)
            os.killpg(process.pid, 0)
            time.sleep(_SOON_S)
    process.wait()


def _reap(group: int) -> None:
    """Those that the system hands to us, if we are who gets its orphans: nobody else could."""
    with suppress(ChildProcessError):
        while os.waitpid(-group, os.WNOHANG)[0]:
            pass


def run(words: Sequence[str], *, folder: Path, env: Mapping[str, str], watch: Watch, patience: Patience) -> Ran:
    """Runs a program to its end, or until it is cancelled, too slow, or says or makes too much."""
    with started(words, folder=folder, env=env) as process:
        out, errors = _heard(process, watch, patience)
        while (status := process.poll()) is None:  # it has closed its pipes, and may go on all the same
            watch.wait(_SOON_S)
            _patient(patience, time.monotonic(), len(out))
        return Ran(status, bytes(out), bytes(errors).decode("utf-8", "replace"))


def _heard(process: subprocess.Popen[bytes], watch: Watch, patience: Patience) -> tuple[bytearray, bytearray]:
    """What it says on both pipes until it closes them."""
    out, errors, moved, size = bytearray(), bytearray(), time.monotonic(), 0
    with selectors.DefaultSelector() as selector:
        for pipe, kept in ((process.stdout, out), (process.stderr, errors)):
            if pipe is not None:
                selector.register(pipe, selectors.EVENT_READ, kept)
        while selector.get_map():
            ready = selector.select(_TURN_S)
            for key, _ in ready:
                piece = os.read(key.fd, _PIECE)
                key.data.extend(piece)
                if not piece:
                    selector.unregister(key.fileobj)
            del errors[:-_ERRORS_KEPT]
            watch.check()
            grown = patience.grown() if patience.grown is not None else 0
            if ready or grown != size:
                moved, size = time.monotonic(), grown
            _patient(patience, moved, len(out))
    return out, errors


def _patient(patience: Patience, moved: float, said: int) -> None:
    now = time.monotonic()
    if said > patience.out:
        raise Refused("too_large", "The server says far too much.", remedy="Bring it in from a folder.")
    if now - moved > patience.stalled_s:
        raise Refused(
            "stalled",
            f"The server said nothing for {patience.stalled_s:g} seconds.",
            remedy="Try again when it answers; nothing was kept.",
        )
    if now > patience.until:
        raise Refused(
            "stalled", "It was not done in time.", remedy="Try again when the server is faster; nothing was kept."
        )
