"""Processes: how the agent's tree is started, watched, killed to the last one, and found again.

On Linux the guard and the shim are subreapers: a process that escapes its group, its session and its parent falls to
the shim, or to the guard when the shim is dead, and cannot outlive both by accident. When both are killed at once the
marker in the environment (`WORKBENCH_SESSION=<id>`) finds the rest. macOS has no subreapers: there the process group
and the marker must do.

Standard library only.
"""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator

MARKER = "WORKBENCH_SESSION"
_LINUX = sys.platform == "linux"
_NO_FOLDER, _NOT_EXECUTABLE, _NOT_FOUND = 78, 126, 127  # the exit codes that say: starting again cannot help
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_F_SETPIPE_SZ = 1031
_LOOKING_S, _LOOK_S = 30.0, 1.0

Process = tuple[int, int]
"""A process beyond doubt: its id, and when it was started (clock ticks since boot; on macOS a date in seconds)."""


def become_subreaper() -> None:
    """From now on orphans below this process become its children."""
    if _LINUX:
        _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _prctl(option: int, value: int) -> None:
    import ctypes

    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


# -- starting ---------------------------------------------------------------------------------------------------------


def spawn(argv: list[str], env: dict[str, str], cwd: str, umask: int) -> tuple[int, int, int, int]:
    """Starts the agent's process in its own session, to die with the caller; its pid and our ends of its three pipes.

    The caller has one thread: a death signal is bound to the thread that forks.
    """
    pipes = [os.pipe() for _ in range(3)]
    (child_in, to_child), (from_child, child_out), (errors, child_err) = pipes
    parent = os.getpid()
    pid = os.fork()
    if pid:
        for end in (child_in, child_out, child_err):
            os.close(end)
        for end in (to_child, from_child, errors):
            os.set_blocking(end, False)
        _widen(from_child)
        return pid, to_child, from_child, errors
    code = _NO_FOLDER
    try:
        os.setsid()
        for target, end in enumerate((child_in, child_out, child_err)):
            os.dup2(end, target)
        if _LINUX:
            _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        for number in (signal.SIGPIPE, signal.SIGHUP, signal.SIGINT, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        os.umask(umask)
        os.chdir(cwd)
        code = _NOT_EXECUTABLE
        os.execvpe(argv[0], argv, env)  # noqa: S606 - an argument list, no shell
    except OSError as error:
        if code == _NOT_EXECUTABLE and isinstance(error, FileNotFoundError):
            code = _NOT_FOUND
        os.write(2, f"Cannot start {argv[0]} in {cwd}: {error.strerror}.\n".encode("utf-8", "replace"))
    finally:
        os._exit(code)


def _widen(pipe: int) -> None:
    """A pipe of 1 MiB where the system allows it: fewer, larger blocks when the agent is fast."""
    try:
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, 1024 * 1024)
    except OSError:
        pass


def signal_bell() -> int:
    """A descriptor that can be read when a signal has come, a child's end among them."""
    bell, rung = os.pipe()
    os.set_blocking(bell, False)
    os.set_blocking(rung, False)
    signal.set_wakeup_fd(rung, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    return bell


# -- the table of processes -------------------------------------------------------------------------------------------


def born(pid: int) -> int | None:
    """When a process was started, which tells it from a later one with the same id; None when it is gone."""
    return _stat(pid)[1] if _LINUX else {listed: start for listed, _, start in _table()}.get(pid)


def runs(pid: int, start: int | None) -> bool:
    """Whether the process that was started then is still at work; one that nobody has reaped yet is not."""
    return start is not None and born(pid) == start and _state(pid) not in ("", "Z")


def _state(pid: int) -> str:
    """One letter, as `ps` has it; empty when it is gone."""
    if not _LINUX:
        return "".join(_ps("-o", "stat=", "-p", str(pid)))[:1]
    fields = _fields(pid)
    return fields[0].decode() if fields else ""


def descends(pid: int, ancestor: int) -> bool:
    """Whether a process is below `ancestor`. One that cannot be looked at is, unless it is beyond our namespace."""
    if _LINUX and not os.path.exists("/proc/self/stat"):
        return False
    while pid > 1 and pid != ancestor:
        above = _parent(pid)
        if above is None:
            return True
        pid = above
    return pid == ancestor


def _parent(pid: int) -> int | None:
    if _LINUX:
        return _stat(pid)[0]
    lines = _ps("-o", "ppid=", "-p", str(pid))
    return int(lines[0]) if lines else None


def descendants(root: int) -> list[int]:
    """Everything below a process, at this instant."""
    below: dict[int, list[int]] = {}
    for pid, parent, _ in _table():
        below.setdefault(parent, []).append(pid)
    found, level = [], below.get(root, [])
    while level:
        found += level
        level = [child for pid in level for child in below.get(pid, [])]
    return found


def _stat(pid: int) -> tuple[int | None, int | None]:
    """Its parent, and when it was started."""
    fields = _fields(pid)
    return (int(fields[1]), int(fields[19])) if fields else (None, None)


def _fields(pid: int) -> list[bytes]:
    """What Linux says of a process, from its state on; nothing when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb", buffering=0) as file:
            return file.read().rpartition(b")")[2].split()
    except OSError:
        return []


def _table() -> Iterator[tuple[int, int, int]]:
    """`(pid, parent, born)` of every process."""
    if _LINUX:
        for name in os.listdir("/proc"):
            if name.isdigit():
                parent, start = _stat(int(name))
                if parent is not None and start is not None:
                    yield int(name), parent, start
        return
    for line in _ps("-axo", "pid=,ppid=,lstart="):
        pid, parent_text, *date = line.split()
        yield int(pid), int(parent_text), int(time.mktime(time.strptime(" ".join(date), "%a %b %d %H:%M:%S %Y")))


def _ps(*arguments: str) -> list[str]:
    import subprocess

    found = subprocess.run(["/bin/ps", *arguments], capture_output=True, text=True, check=False, env={"LC_ALL": "C"})
    return found.stdout.splitlines()


# -- killing ----------------------------------------------------------------------------------------------------------


def reap() -> Iterator[tuple[int, int]]:
    """The children that have ended, each with its exit code (`-N`: killed by signal N). Ends when none is left."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if not pid:
            return
        yield pid, os.waitstatus_to_exitcode(status)


def signal_group(leader: int, number: int) -> None:
    """A signal to the agent's group; to the agent alone while it has not made one yet."""
    for send in (os.killpg, os.kill):
        try:
            return send(leader, number)
        except ProcessLookupError:
            continue
    return None


def _looks() -> Iterator[None]:
    """The turns of a search that goes on until all are dead, but not for ever: some cannot die.

    A look that takes longer than a second is one in which we stood still, and the rest of it is not counted.
    """
    left, before = _LOOKING_S, time.monotonic()
    while left > 0:
        yield
        time.sleep(0.002)
        now = time.monotonic()
        left, before = left - min(now - before, _LOOK_S), now


def kill_tree(session: str) -> None:
    """Kills and reaps everything below this process that is ours to kill, however often it forks while we look."""
    for _ in _looks():
        below = [pid for pid in descendants(os.getpid()) if _kill(pid)]
        for _ in reap():
            pass
        if not below:
            break
    if not _LINUX:
        kill_marked(session)


def marked(session: str) -> list[Process]:
    """The processes whose environment names a session, our own line of ancestors left out."""
    word = f"{MARKER}={session}"
    ours, pid = set(), os.getpid()
    while pid:
        ours.add(pid)
        pid = _parent(pid) or 0
    return [process for process in _environs(word) if process[0] not in ours]


def _environs(word: str) -> Iterator[Process]:
    if not _LINUX:
        listed = {int(line.split(None, 1)[0]) for line in _ps("-axEwwo", "pid=,command=") if word in line.split()}
        yield from ((pid, start) for pid, _, start in _table() if pid in listed)
        return
    needle = word.encode()
    for pid, _, start in _table():
        try:
            with open(f"/proc/{pid}/environ", "rb", buffering=0) as file:
                if needle in file.read().split(b"\0"):
                    yield pid, start
        except OSError:
            continue  # gone, or another user's


def kill_marked(session: str) -> list[int]:
    """Kills every process that a session has left behind; the ids of those it found.

    One that is just becoming another program has no environment for a moment: so nobody is left when two looks say so.
    """
    found: set[int] = set()
    nobody = 0
    for _ in _looks():
        left = marked(session)
        found.update(pid for pid, _ in left)
        nobody = 0 if [pid for pid, start in left if _kill(pid, start)] else nobody + 1
        if nobody > 1:
            break
    return sorted(found)


def _kill(pid: int, start: int | None = None) -> bool:
    """SIGKILL to a process; with `start`, only if it is still the one that was started then. False: it is not ours."""
    try:
        if start is None or not hasattr(os, "pidfd_open"):
            if start is None or born(pid) == start:
                os.kill(pid, signal.SIGKILL)
            return True
        handle = os.pidfd_open(pid)
        try:
            if born(pid) == start:
                signal.pidfd_send_signal(handle, signal.SIGKILL)
        finally:
            os.close(handle)
    except PermissionError:
        return False
    except OSError:
        pass  # gone already
    return True


# -- the guard --------------------------------------------------------------------------------------------------------


def guard(shim: int, session: str, settle: Callable[[int], object], told: list[int]) -> None:
    """Outlives the shim: then kills what the shim could not, and sees that the record has an end.

    A SIGTERM is the shim's, also one that came before this began: those are in `told`.
    """

    def forward(*_: object) -> None:
        try:
            os.kill(shim, signal.SIGTERM)
        except ProcessLookupError:
            pass  # it has just ended

    signal.signal(signal.SIGTERM, forward)
    if told:
        forward()
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == shim:
            break
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    kill_tree(session)
    settle(os.waitstatus_to_exitcode(status))
