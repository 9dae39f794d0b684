"""A whole process as a user waits for it: its wall time, its output, and the memory of all that it started."""

from __future__ import annotations

import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

_LOOK_S = 0.005


@dataclass(frozen=True)
class Run:
    """`peak` is the sum of each process's own peak, in bytes; 0 where it was not watched."""

    seconds: float
    output: bytes
    peak: int = 0


def run(argv: list[str], environment: dict[str, str], *, fine: int = 0) -> Run:
    """Runs a program to its end. Raises CalledProcessError unless it ended with 0 or `fine`."""
    begin = time.perf_counter()
    done = subprocess.run(argv, env=environment, capture_output=True, check=False)
    seconds = time.perf_counter() - begin
    if done.returncode not in (0, fine):
        raise subprocess.CalledProcessError(done.returncode, argv, done.stdout, done.stderr)
    return Run(seconds, done.stdout)


def watched(argv: list[str], environment: dict[str, str]) -> Run:
    """The same while its processes are looked at, which costs it some time: for memory, not for speed."""
    begin = time.perf_counter()
    with subprocess.Popen(argv, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        peaks: dict[int, int] = {}
        over = threading.Event()
        watcher = threading.Thread(target=_watch, args=(process.pid, peaks, over))
        watcher.start()
        output, _ = process.communicate()
        over.set()
        watcher.join()
    return Run(time.perf_counter() - begin, output, sum(peaks.values()))


def _watch(pid: int, peaks: dict[int, int], over: threading.Event) -> None:
    while not over.wait(_LOOK_S):
        for each in _family(pid):
            peaks[each] = max(peaks.get(each, 0), _peak(each))


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except (FileNotFoundError, ProcessLookupError):
                continue  # it has just ended
    return found


def _peak(pid: int) -> int:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    line = next((line for line in status.splitlines() if line.startswith("VmHWM:")), "VmHWM: 0 kB")
    return int(line.split()[1]) * 1024
