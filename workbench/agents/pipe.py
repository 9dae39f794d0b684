"""A plain child on pipes: for requests that belong to no session (`listModels`, `generateTitle`, a key's test).

Idea: one child serves many requests at once. Each chunk that arrives is cut after its last line and handed over as one
block to the stream that is open, or by their ids to several; a queue a line would halve the throughput. Invariant: the reader never waits for a
consumer. A stream that is not read fails alone, at its cap; the child's stderr is always drained, into a ring; and no
wait for the child's end depends on its pipes being read.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import itertools
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from workbench.agents.stream import Event, Stream
from workbench.agents.transcript import decode_block
from workbench.errors import SidecarFailed, error_of
from workbench.protocol.frames import MAX_LINE
from workbench.redact import mask

_PIPE_BYTES: Final = 1024 * 1024
_STDERR_LINES: Final = 20
_LAST_WORDS_S: Final = 1.0
_STDERR_LINE: Final = 2_000


class Pipe(asyncio.SubprocessProtocol):
    """A running child that speaks the sidecar wire on its standard streams."""

    def __init__(self, needles: Sequence[bytes] = ()) -> None:
        self._needles = needles
        self._lines = _WholeLines()
        self._streams: dict[str | None, Stream] = {None: Stream(None)}
        self._numbers = itertools.count(1)
        self._stderr = _Ring()
        self._transport: asyncio.SubprocessTransport | None = None
        self._open_pipes = {1, 2}
        self._exited = asyncio.Event()
        self._drained = asyncio.Event()

    @classmethod
    async def open(
        cls,
        argv: Sequence[str],
        env: Mapping[str, str],
        *,
        cwd: str | None = None,
        needles: Sequence[bytes] = (),
        ready_s: float = 10.0,
    ) -> Pipe:
        """Starts the child and waits until it says `ready`. Raises SidecarFailed, or what the child said instead."""
        loop = asyncio.get_running_loop()
        try:
            _, pipe = await loop.subprocess_exec(
                lambda: cls(needles), *argv, env=dict(env), cwd=cwd, start_new_session=True
            )
        except OSError as error:
            raise SidecarFailed(
                f"The agent's process could not be started: {error.strerror or error}.",
                remedy="Check that the program exists and may be run: workbench doctor.",
                argv0=argv[0],
                errno=error.errno,
            ) from error
        try:
            async with asyncio.timeout(ready_s):
                await pipe.ready()
        except BaseException as error:
            await pipe.aclose(shutdown_s=0, stdin_s=0, term_s=0.5)
            if isinstance(error, TimeoutError):
                raise pipe.failed(f"The agent's process was not ready within {ready_s:g} s.") from None
            raise
        return pipe

    @property
    def alive(self) -> bool:
        """Whether it can be asked: it runs and has not closed its stdout."""
        return not self._exited.is_set() and 1 in self._open_pipes

    @property
    def busy(self) -> bool:
        """True while a request waits for its answer."""
        return bool(self._streams)

    @property
    def stderr(self) -> list[str]:
        """The child's last lines for people, secrets masked."""
        return [mask(line, self._needles).decode("utf-8", "replace") for line in self._stderr.lines()]

    # -- requests

    async def ask(self, method: str, params: Mapping[str, Any] | None = None, *, within_s: float = 60.0) -> Event:
        """One request, one answer. Raises what the child reports as an error, SidecarFailed when it ends or is silent."""
        try:
            async with asyncio.timeout(within_s):
                with self.request(method, params) as stream:
                    while True:
                        for event in await stream.take():
                            if event.get("type") == "error":
                                raise error_of(event)
                            if event.get("type") != "heartbeat":
                                return event
        except TimeoutError:
            raise self.failed(f"{method} was not answered within {within_s:g} s.") from None

    @contextlib.contextmanager
    def request(self, method: str, params: Mapping[str, Any] | None = None) -> Iterator[Stream]:
        """Sends a request; the stream holds all of its events until the caller leaves."""
        request_id = f"{method}-{next(self._numbers)}"
        stream = self._streams[request_id] = Stream(request_id)
        try:
            if not self.alive:
                raise self.failed("The agent's process has ended.")
            self._write({"id": request_id, "method": method, "params": dict(params or {})})
            yield stream
        finally:
            del self._streams[request_id]

    # -- the end

    async def aclose(self, *, shutdown_s: float = 2.0, stdin_s: float = 1.0, term_s: float = 5.0) -> None:
        """Ends the child: asks it, closes its stdin, SIGTERM, SIGKILL, each with its time; closes the pipes."""
        transport = self._transport
        if transport is None:
            return
        if self.alive and shutdown_s:
            self._write({"id": "shutdown", "method": "shutdown", "params": {}})
            await self._gone(shutdown_s)
        stdin = transport.get_pipe_transport(0)
        if stdin is not None:
            stdin.close()
        if not await self._gone(stdin_s):
            with contextlib.suppress(ProcessLookupError):
                transport.terminate()
            if not await self._gone(term_s):
                with contextlib.suppress(ProcessLookupError):
                    transport.kill()
                await self._exited.wait()
        # A grandchild may hold the pipes open: their end is waited for a moment, never relied on.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LAST_WORDS_S):
                await self._drained.wait()
        transport.close()
        await asyncio.sleep(0)  # the pipes' transports close in the loop's next round

    async def _gone(self, seconds: float) -> bool:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._exited.wait()
        return self._exited.is_set()

    async def ready(self) -> None:
        """Waits for the child's first word. Events without an id are nobody's after that, and are dropped."""
        stream = self._streams[None]
        try:
            for event in await stream.take():
                if event.get("type") == "error":
                    raise error_of(event)
                if event.get("type") == "ready":
                    return
            raise self.failed("The agent's process did not begin with `ready`.")
        finally:
            del self._streams[None]

    # -- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)  # noqa: S101 - said for the type checker
        self._transport = transport
        for number in (1, 2):
            pipe: Any = transport.get_pipe_transport(number)
            # Not Linux, or over the user's limit: smaller chunks then.
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(pipe.get_extra_info("pipe"), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        if fd == 1:
            block = self._lines.feed(data)
            if block:
                self._route(block)
        else:
            self._stderr.feed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        del exc
        self._open_pipes.discard(fd)
        if not self._open_pipes:
            self._finish()
        elif fd == 1:
            self._finish_soon()

    def process_exited(self) -> None:
        self._exited.set()
        self._finish_soon()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._exited.set()
        self._finish()

    def _route(self, block: bytes) -> None:
        """Hands a chunk's lines to the streams they are for. One stream alone gets them as they are, and picks its own."""
        if len(self._streams) == 1:
            next(iter(self._streams.values())).put(block)
            return
        batches: dict[str | None, list[bytes]] = {}
        for line in block.splitlines(keepends=True):
            for head in decode_block(line, _HEADS)[0]:
                batches.setdefault(head.id, []).append(line)
        for request_id, lines in batches.items():
            stream = self._streams.get(request_id)
            if stream is not None:
                stream.put(b"".join(lines))

    def _finish_soon(self) -> None:
        """Its last words may still be in a pipe; a grandchild that keeps the pipe open must not keep us waiting."""
        asyncio.get_running_loop().call_later(_LAST_WORDS_S, self._finish)

    def _finish(self) -> None:
        if self._drained.is_set():
            return
        self._drained.set()
        error = self.failed("The agent's process has ended.")
        for stream in self._streams.values():
            stream.fail(error)

    def _write(self, request: dict[str, Any]) -> None:
        stdin = self._transport.get_pipe_transport(0) if self._transport else None
        if isinstance(stdin, asyncio.WriteTransport) and not stdin.is_closing():
            stdin.write(msgspec.json.encode(request) + b"\n")

    def failed(self, message: str) -> SidecarFailed:
        """A failure of this child, with what it last said."""
        code = self._transport.get_returncode() if self._transport else None
        return SidecarFailed(
            message,
            remedy="The last lines it wrote are in the facts; workbench doctor checks the installation.",
            stderr=self.stderr,
            code=code,
        )


class _Head(msgspec.Struct, gc=False):
    """All that routing looks at; the rest of a line is decoded by whoever takes it."""

    id: str | None = None


_HEADS: Final = msgspec.json.Decoder(_Head)


class _WholeLines:
    """Cuts chunks after their last newline, so that many lines travel as one block; a line over the cap is dropped."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> bytes:
        """The lines that the chunk completes, as one block."""
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            self._hold(chunk)
            return b""
        first = chunk.find(b"\n")
        if self._size + first > MAX_LINE:
            block = chunk[first + 1 : cut]
        else:
            block = b"".join([*self._parts, chunk[:cut]]) if self._parts else chunk[:cut]
        self._parts.clear()
        self._size = 0
        self._hold(chunk[cut:])
        return block

    def _hold(self, part: bytes) -> None:
        self._size += len(part)
        if self._size > MAX_LINE:
            self._parts.clear()
        elif part:
            self._parts.append(part)


class _Ring:
    """The last lines of a stream of bytes, each cut to a length that a person would read."""

    def __init__(self) -> None:
        self._lines: deque[bytes] = deque(maxlen=_STDERR_LINES)
        self._rest = b""

    def feed(self, data: bytes) -> None:
        *lines, rest = data.split(b"\n")
        if lines:
            lines[0] = self._rest + lines[0]
            self._rest = rest
            self._lines.extend(line[:_STDERR_LINE] for line in lines[-_STDERR_LINES:])
        else:
            self._rest += rest
        self._rest = self._rest[:_STDERR_LINE]

    def lines(self) -> list[bytes]:
        rest = [self._rest] if self._rest else []
        return [*self._lines, *rest][-_STDERR_LINES:]
