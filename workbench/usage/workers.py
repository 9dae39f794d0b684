"""Reading transcripts, with a second process where there is much to read.

Idea: both processes take the number of the next file from one pipe, so neither waits for the other's big one; the
second sends each file back as one frame. The importing process takes frames as they come and else reads a file itself.

Invariant: each file is given out once, and what was read is whole or an error: a second process that ends before it
has said so fails the import. It ends by itself when the first one is gone, for its pipe is broken then.
"""

from __future__ import annotations

import marshal
import os
import select
import struct
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from workbench.errors import Refused
from workbench.usage.sampling import Parsed
from workbench.usage.sources import SOURCES, Rates
from workbench.usage.sources.lines import Note, silent

TICK_S: Final = 0.2
_TOKEN: Final = struct.Struct("<I")
_LENGTH: Final = struct.Struct("<Q")
_PIPE_BYTES: Final = 1 << 20
_DONE: Final = _LENGTH.pack(0)
"""The last frame: every file that was taken has been sent."""


class Job(NamedTuple):
    """A file to be read on from an offset."""

    source: str
    path: str
    offset: int
    state: str | None


Read: TypeAlias = "Parsed | str"
"""What a file holds, or why it could not be read."""


def read(job: Job, prices: Rates, note: Note = silent) -> Read:
    """What stands behind a job's offset."""
    try:
        return SOURCES[job.source].read(job.path, job.offset, job.state, prices, note)
    except OSError as error:
        return error.strerror or str(error)


def alone(jobs: Sequence[Job], prices: Rates, note: Note) -> Generator[tuple[int, Read]]:
    """What each job gives, with its number; `note` is told how far a long one is."""
    for number, job in enumerate(jobs):
        yield number, read(job, prices, note)


def together(
    jobs: Sequence[Job], prices: Rates, overrides: Mapping[str, Any], note: Note, *, fork: bool
) -> Generator[tuple[int, Read]]:
    """The same, read by this process and a second one; `note` is called while this one waits, too.

    `fork` copies this process, which may then hold no thread and no open database. Raises Refused when the second
    process dies.
    """
    second = _Second.forked(jobs, prices) if fork else _Second.started(jobs, overrides)
    try:
        while (number := second.next_token()) is not None:
            yield number, read(jobs[number], prices, note)
            yield from second.frames(wait=False)
        while not second.finished:
            yield from second.frames(wait=True)
            note(0)
    finally:
        second.stop()


class _Second:
    """The second process, seen from the first."""

    def __init__(self, pid: int, tokens: _Tokens, results: int) -> None:
        self.finished = False
        self._pid = pid
        self._tokens = tokens
        self._results = results
        self._buffer = bytearray()
        os.set_blocking(results, False)

    @classmethod
    def forked(cls, jobs: Sequence[Job], prices: Rates) -> _Second:
        from workbench.usage.sources import decoding  # noqa: F401 - both will need it: it is loaded once, before they part

        tokens = _Tokens(len(jobs))
        results, sending = _pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                tokens.close_writing()
                os.close(results)
                serve(jobs, prices, tokens.reading, sending)
                status = 0
            finally:
                os._exit(status)  # nothing of the first process may be tidied up here, nor an error be told twice
        os.close(sending)
        return cls(pid, tokens, results)

    @classmethod
    def started(cls, jobs: Sequence[Job], overrides: Mapping[str, Any]) -> _Second:
        import json
        import subprocess
        import tempfile

        tokens = _Tokens(len(jobs))
        results, sending = _pipe()
        with tempfile.TemporaryFile() as order:
            order.write(marshal.dumps(([tuple(job) for job in jobs], json.dumps(dict(overrides), default=str))))
            order.seek(0)
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "workbench.usage.workers", str(tokens.reading), str(sending)],
                stdin=order,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(tokens.reading, sending),
            )
        os.close(sending)
        process.returncode = 0  # it is waited for by its pid, in `stop`
        return cls(process.pid, tokens, results)

    def next_token(self) -> int | None:
        """The number of a file that nobody reads yet."""
        return self._tokens.take()

    def frames(self, *, wait: bool) -> Iterator[tuple[int, Read]]:
        """What has arrived, waiting at most a tick for it."""
        if wait:
            self._tokens.fill()
            select.select([self._results], [], [], TICK_S)
        try:
            while data := os.read(self._results, _PIPE_BYTES):
                self._buffer += data
                yield from self._whole()
        except BlockingIOError:
            return
        if not self.finished:
            raise Refused(
                "interrupted",
                "The process that helped to read transcripts ended before its work was done; nothing was imported.",
                remedy="Ask again; if it goes on, see that there is memory to spare.",
            )

    def stop(self) -> None:
        """Ends the process if it has not ended."""
        import signal

        self._tokens.close()
        os.close(self._results)
        if not self.finished:
            try:
                os.kill(self._pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it was quicker
        try:
            os.waitpid(self._pid, 0)
        except ChildProcessError:
            pass  # somebody in this process waits for all children

    def _whole(self) -> Iterator[tuple[int, Read]]:
        buffer, start = self._buffer, 0
        while len(buffer) - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(buffer, start)
            if length == 0:
                self.finished = True
                break
            end = start + _LENGTH.size + length
            if len(buffer) < end:
                break
            number, parsed = marshal.loads(memoryview(buffer)[start + _LENGTH.size : end])  # noqa: S302 - from our own child
            yield number, parsed if isinstance(parsed, str) else Parsed._make(parsed)
            start = end
        del buffer[:start]


class _Tokens:
    """Numbers of files in a pipe that two processes take from; it is filled as it empties."""

    def __init__(self, count: int) -> None:
        self.reading, self._writing = _pipe()
        self._left = iter(range(count))
        self._next: int | None = next(self._left, None)
        os.set_blocking(self._writing, False)
        self.fill()

    def take(self) -> int | None:
        self.fill()
        data = os.read(self.reading, _TOKEN.size)
        return _TOKEN.unpack(data)[0] if data else None

    def fill(self) -> None:
        """Puts in what there is room for; closes behind the last."""
        if self._writing < 0:
            return
        try:
            while self._next is not None:
                os.write(self._writing, _TOKEN.pack(self._next))
                self._next = next(self._left, None)
        except BlockingIOError:
            return
        self.close_writing()

    def close_writing(self) -> None:
        if self._writing >= 0:
            os.close(self._writing)
            self._writing = -1

    def close(self) -> None:
        self.close_writing()
        os.close(self.reading)


def serve(jobs: Sequence[Job], prices: Rates, tokens: int, results: int) -> None:
    """The second process: reads the files whose numbers it gets, until there are none."""
    import gc

    gc.disable()
    while data := os.read(tokens, _TOKEN.size):
        (number,) = _TOKEN.unpack(data)
        parsed = read(jobs[number], prices)
        frame = marshal.dumps((number, parsed if isinstance(parsed, str) else tuple(parsed)))
        _send(results, _LENGTH.pack(len(frame)) + frame)
    _send(results, _DONE)


def _send(results: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(results, view) :]


def _pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    try:
        import fcntl

        fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
    except (AttributeError, OSError):
        pass  # not on this system, or this person's pipes are full: a smaller one does
    return reading, writing


def main() -> int:
    """`python -m workbench.usage.workers TOKENS RESULTS`, with the jobs on stdin."""
    import json

    from workbench.usage.prices import Prices

    jobs, overrides = marshal.loads(sys.stdin.buffer.read())  # noqa: S302 - from the process that started this one
    try:
        serve([Job(*job) for job in jobs], Prices.load(json.loads(overrides)), int(sys.argv[1]), int(sys.argv[2]))
    except BrokenPipeError:
        return 1  # the import was given up
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
