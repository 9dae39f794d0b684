"""One connection from a host to a session's shim: questions one way, a bell the other.

Idea: the socket never carries what an agent said. A host asks (`send`, `close`, `ping`) and the shim answers by number;
unasked, the shim only rings "the file is now this long", and the host reads the file. So a slow host costs the shim
nothing, and replay and live are one code path.

Invariant: every question gets exactly one end: its answer, the shim's refusal, or SessionGone when the connection ends.
`buffer_updated` only stores and wakes; no caller's code runs there, because an exception in it would silently close the
connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import msgspec

from workbench.agents import process
from workbench.errors import Refused, SessionGone
from workbench.protocol.frames import LineFramer, Oversize
from workbench.sidecar import door

_SOCKET: Final = "control.sock"
_LONGEST: Final = 100
"""The kernel takes 107 bytes of path; a longer one goes through a short name for its folder."""
_RETRY_S: Final = 0.005
_HUNG_UP: Final = 50
"""So often in a row a shim that is just going away does not accept us and hang up."""
_ANSWER_S: Final = 10.0
_HEARD_S: Final = 30.0
"""So long a shim that stands still may take to pass something on: what is given up and was heard is paid all the same."""
_INBOX: Final = 16 * 1024

_REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "busy": (
        "This session is in the middle of a turn.",
        "Wait for it to end, stop it, or steer it; or start another session.",
    ),
    "duplicate": ("This was already sent; the first one counts.", "Look at the session: it has been answered."),
    "stalled": (
        "The agent's process does not read what it is sent.",
        "Wait a moment and send again, or stop the session.",
    ),
    "closing": ("The session's process is ending.", "Send again in a moment: the session can be resumed."),
    "too_large": (
        "This is longer than the 16 MiB that an agent takes at once.",
        "Put it into a file and name the file.",
    ),
    "disk_full": ("The disk is full: nothing more can be written down.", "Free some space, then send again."),
}


class Opening(msgspec.Struct, frozen=True):
    """What the shim says of its session: the file's length and last number, the open runs, and whether the sidecar has
    reported ready.
    """

    size: int
    seq: int
    open: tuple[str, ...] = ()
    ready: bool = False


class _Frame(msgspec.Struct, frozen=True):
    """Anything the shim says: an answer has `re`, a ring has `size` and `seq`."""

    re: int | None = None
    ok: Any = None
    failure: Any = None
    size: int | None = None
    seq: int | None = None


class Unanswered(Refused):
    """Nothing came back in time: whether the question was heard is not known."""


class Channel(asyncio.BufferedProtocol):
    """A live connection. `size` is how long the transcript is known to be; `rung` waits for it to grow."""

    def __init__(self, session: str) -> None:
        self.session = session
        self.size = 0
        self._decode = msgspec.json.Decoder(_Frame).decode
        self._framer = LineFramer()
        self._inbox = memoryview(bytearray(_INBOX))
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[_Frame]] = {}
        self._bells: set[asyncio.Future[None]] = set()
        self._transport: asyncio.Transport | None = None
        self._lost = asyncio.Event()

    # -- the outside

    @property
    def gone(self) -> bool:
        """True when the shim has closed its end; the transcript says why."""
        return self._lost.is_set()

    async def attach(self) -> Opening:
        """Asks for the bell; from its answer on, the shim rings whenever the file has grown."""
        opening = msgspec.convert(await self.ask("attach"), Opening)
        self._ring(opening.size)
        return opening

    async def ping(self) -> Opening:
        """How the session stands now."""
        return msgspec.convert(await self.ask("ping"), Opening)

    async def send(self, frame: dict[str, Any], *, mask: tuple[str, ...] = ()) -> int:
        """Writes one request to the transcript and the sidecar, and returns its `seq`. Raises as `ask`, after 30 s."""
        answer = await self.ask("send", within_s=_HEARD_S, frame=frame, **({"mask": mask} if mask else {}))
        return int(answer["seq"])

    async def ask(self, op: str, *, within_s: float | None = None, **fields: Any) -> Any:
        """One question, one answer. Raises Refused with the shim's reason, Unanswered after `within_s` or 10 s, SessionGone
        when it ends first.
        """
        patience_s = within_s or _ANSWER_S
        number = next(self._numbers)
        transport = self._transport
        if transport is None or self.gone:
            raise _gone(self.session)
        line = msgspec.json.encode({"n": number, "op": op, **fields}) + b"\n"
        if len(line) > door.MAX_REQUEST:  # the shim would hang up
            raise _refused("too_large", self.session)
        future = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            transport.write(line)
            async with asyncio.timeout(patience_s):
                reply = await future
        except TimeoutError:
            raise Unanswered(
                "stalled",
                f"The session's process did not answer within {patience_s:.0f} s.",
                remedy="Try again, or close the session.",
                session=self.session,
            ) from None
        finally:
            self._waiting.pop(number, None)
        if reply.failure is not None:
            raise _refused(reply.failure, self.session)
        return reply.ok if reply.ok is not None else {}

    async def rung(self, known: int) -> bool:
        """Waits until the file is longer than `known`; False when the connection has ended instead."""
        while self.size <= known:
            if self.gone:
                return False
            bell = asyncio.get_running_loop().create_future()
            self._bells.add(bell)
            try:
                await bell
            finally:
                self._bells.discard(bell)
        return True

    async def aclose(self) -> None:
        """Leaves. The session does not notice."""
        if self._transport is not None:
            self._transport.close()
        await self._lost.wait()

    async def ended(self) -> None:
        """Waits until the shim has closed its end."""
        await self._lost.wait()

    # -- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - a stream socket's is; said for the type checker
        self._transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        del sizehint  # the loop would take 256 KiB from the system and give them back, for each bell
        return self._inbox

    def buffer_updated(self, nbytes: int) -> None:
        for line in self._framer.feed(bytes(self._inbox[:nbytes])):
            if isinstance(line, Oversize):
                continue
            try:
                frame = self._decode(line)
            except msgspec.MsgspecError:
                continue  # a newer shim may say more than we know; what we asked for is answered or times out
            if frame.re is not None:
                future = self._waiting.get(frame.re)
                if future is not None and not future.done():
                    future.set_result(frame)
            elif frame.size is not None:
                self._ring(frame.size)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc  # reset or end of file: the transcript tells what happened
        self._lost.set()
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(_gone(self.session))
        self._wake()

    def _ring(self, size: int) -> None:
        if size > self.size:
            self.size = size
            self._wake()

    def _wake(self) -> None:
        for bell in self._bells:
            if not bell.done():
                bell.set_result(None)


async def connect(folder: Path, *, alive: Callable[[], bool], patience_s: float = 10.0) -> tuple[Channel, Opening]:
    """Connects to the shim of a session folder and attaches.

    A held lock whose socket does not exist yet is a shim that is starting: retried while `alive` says so. Raises
    SessionGone when it is not, or when nobody listens for `patience_s`; Refused when it hangs up on us again and again.
    """
    hung_up = 0
    try:
        async with asyncio.timeout(patience_s):
            while hung_up < _HUNG_UP:
                try:
                    return await _attach(folder)
                except SessionGone:
                    hung_up += 1
                except OSError:
                    hung_up = 0
                if not alive():
                    raise _gone(folder.name)
                await asyncio.sleep(_RETRY_S)
    except TimeoutError:
        raise _gone(folder.name) from None
    raise Refused(
        "denied",
        "The session does not talk to this process: an agent cannot steer itself, nor can another user.",
        remedy="Speak to it from a process that its agent has not started.",
        session=folder.name,
    )


async def _attach(folder: Path) -> tuple[Channel, Opening]:
    channel = Channel(folder.name)
    with _short(folder) as path:
        transport, _ = await asyncio.get_running_loop().create_unix_connection(lambda: channel, path)
    try:
        return channel, await channel.attach()
    except BaseException:
        transport.abort()
        raise


@contextlib.contextmanager
def _short(folder: Path) -> Iterator[str]:
    """A path to the folder's socket that is short enough to connect to."""
    path = str(folder / _SOCKET)
    elsewhere = process.holder(folder).get("socket")
    if elsewhere:  # this file system has no sockets
        yield str(elsewhere)
    elif len(os.fsencode(path)) <= _LONGEST:
        yield path
    elif Path("/proc/self/fd").is_dir():
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield f"/proc/self/fd/{descriptor}/{_SOCKET}"
        finally:
            os.close(descriptor)
    else:
        with tempfile.TemporaryDirectory(prefix="wb", dir="/tmp") as made:
            link = Path(made) / "s"
            link.symlink_to(folder)
            yield f"{link}/{_SOCKET}"


def _gone(session: str) -> SessionGone:
    return SessionGone(
        "The session's process has ended.",
        remedy="Its transcript is kept: send again to resume it.",
        session=session,
    )


def _refused(failure: Any, session: str) -> Refused:
    """The shim's one word, as a sentence. A failure is `{kind, ...}` or the word itself."""
    facts = dict(failure) if isinstance(failure, dict) else {"kind": str(failure)}
    reason = str(facts.pop("kind", "refused"))
    message, remedy = _REFUSALS.get(reason, (f"The session's process refused: {reason}.", "Look at the session's log."))
    for taken in ("message", "remedy", "reason", "session"):
        facts.pop(taken, None)
    return Refused(reason, message, remedy=remedy, session=session, **facts)
