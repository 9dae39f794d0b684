"""The door of a session folder: hosts come in, ask, hear the bell, and leave; nobody minds.

A request is one JSON line `{n, op, ...}` and gets one `{re: n, ok | failure}`. To a host that has attached the bell
`{size, seq}` rings when the transcript has grown, and the next one only when the last was taken, so a host that never
reads costs nothing. Invariant: nothing here blocks the loop, and nothing a host does can end it.

Standard library only.
"""

from __future__ import annotations

import errno
import json
import os
import socket
import struct
import sys
import time
from selectors import EVENT_READ, EVENT_WRITE

TYPE_CHECKING = False  # importing typing would be a tenth of the shim's start
if TYPE_CHECKING:
    from collections.abc import Callable
    from selectors import BaseSelector
    from typing import Any

    Json = dict[str, Any]
if TYPE_CHECKING or __package__:
    from workbench.sidecar import tree
else:
    import tree

CHUNK = 256 * 1024
MAX_OUTBOX = 1024 * 1024
MAX_REQUEST = 32 * 1024 * 1024
_NAME = "control.sock"
_NO_ROOM = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_PAUSE_S = 1.0


class Refusal(Exception):
    """A request that cannot be served now; one word says why."""


class Outlet:
    """A descriptor that never blocks the loop: what it does not take now waits here."""

    def __init__(self, selector: BaseSelector, descriptor: int, read: Callable[[], object] | None = None) -> None:
        self.descriptor = descriptor
        self.waiting = b""
        self._selector = selector
        self._read = read
        self._armed = 0
        self._arm()

    def write(self, data: bytes) -> None:
        """Writes now what can be written now. What is written after `detach` is lost."""
        self.waiting += data
        try:
            while self.waiting:
                self.waiting = self.waiting[os.write(self.descriptor, self.waiting) :]
        except BlockingIOError:
            pass
        except OSError:
            self.waiting = b""  # nobody reads any more; whoever reads the other way sees the end
        self._arm()

    def detach(self) -> int:
        """Leaves the loop; the descriptor is the caller's to close."""
        self._read, self.waiting = None, b""
        self._arm()
        descriptor, self.descriptor = self.descriptor, -1
        return descriptor

    def _arm(self) -> None:
        wanted = (EVENT_READ if self._read else 0) | (EVENT_WRITE if self.waiting else 0)
        if wanted == self._armed:
            return
        if self._armed:
            self._selector.unregister(self.descriptor)
        if wanted:
            self._selector.register(self.descriptor, wanted, self._wake)
        self._armed = wanted

    def _wake(self, events: int) -> None:
        if events & EVENT_WRITE:
            self.write(b"")
        if events & EVENT_READ and self._read:
            self._read()


class Peer:
    """One host's connection."""

    def __init__(self, door: Door, connection: socket.socket) -> None:
        self._door = door
        self._connection = connection
        self._inbox = b""
        self._told: int | None = None
        self._outlet = Outlet(door.selector, connection.fileno(), self._hear)

    def ring(self, size: int, bell: bytes) -> None:
        """Says how long the transcript is, unless the host has not asked to know or not taken the last news."""
        if self._told not in (None, size) and not self._outlet.waiting:
            self._told = size
            self._outlet.write(bell)

    def _hear(self) -> None:
        data = read(self._outlet.descriptor)
        if data is None:
            return
        *lines, self._inbox = (self._inbox + data).split(b"\n")
        for line in lines:
            self._outlet.write(to_json(self._serve(line)) + b"\n")
        if not data or len(self._inbox) > MAX_REQUEST or len(self._outlet.waiting) > MAX_OUTBOX:
            self._outlet.detach()
            self._connection.close()
            self._door.peers.discard(self)
            self._door.open()

    def _serve(self, line: bytes) -> Json:
        number = None
        try:
            request = json.loads(line)
            number = request.get("n")
            answer = self._door.serve(request["op"], request)
            if request["op"] == "attach":
                self._told = answer["size"]
        except Refusal as refusal:
            return {"re": number, "failure": {"kind": str(refusal)}}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {"re": number, "failure": {"kind": "invalid"}}
        return {"re": number, "ok": answer}


class Door:
    """The listening socket and everyone who came in. `serve` answers a request or raises Refusal."""

    def __init__(self, selector: BaseSelector, serve: Callable[[str, Json], Json]) -> None:
        self.selector = selector
        self.serve = serve
        self.peers: set[Peer] = set()
        self.socket, self.address = _listen()
        self.opens_at = 0.0
        """When a door that found no room for a peer opens again by itself; 0 while it is open."""
        self._attend()

    def open(self) -> None:
        """Lets in who waits: a peer has left, or some time has passed."""
        if self.opens_at:
            self.opens_at = 0.0
            self._attend()

    def ring(self, size: int, seq: int) -> None:
        """Tells every host that wants to know; a host's delay is mostly what happens until here, so it is short."""
        bell = b'{"size":%d,"seq":%d}\n' % (size, seq)
        for peer in self.peers:
            peer.ring(size, bell)

    def describe(self, lock: int) -> None:
        """Writes who holds the lock, for people and for kill; and where the door is, if it is not in the folder."""
        try:
            with open("/proc/sys/kernel/random/boot_id") as file:
                boot = file.read().strip()
        except OSError:
            boot = ""
        me = os.getpid()
        facts: Json = {"shim": me, "guard": os.getppid(), "start_ticks": tree.born(me), "boot_id": boot}
        if self.address != _NAME:
            facts["socket"] = self.address
        try:
            os.ftruncate(lock, 0)
            os.pwrite(lock, to_json(facts), 0)
        except OSError:
            pass  # a full disk: the lock itself is what counts

    def shut(self) -> None:
        os.unlink(self.address)
        if self.address != _NAME:
            os.rmdir(os.path.dirname(self.address))

    def _attend(self) -> None:
        self.selector.register(self.socket, EVENT_READ, lambda _: self._admit())

    def _admit(self) -> None:
        try:
            connection, _ = self.socket.accept()
        except OSError as error:
            if error.errno in _NO_ROOM:  # who waits would wake us for ever, so nobody is listened to for a while
                self.selector.unregister(self.socket)
                self.opens_at = time.monotonic() + _PAUSE_S
            return
        connection.setblocking(False)
        if _trusted(connection):
            self.peers.add(Peer(self, connection))
        else:
            connection.close()


def _listen() -> tuple[socket.socket, str]:
    """A socket under its final name, which exists only once it listens; elsewhere if this disk has no sockets."""
    listening = socket.socket(socket.AF_UNIX)
    listening.setblocking(False)
    temporary = f".control.{os.getpid()}"
    try:
        listening.bind(temporary)
        listening.listen(64)
        os.rename(temporary, _NAME)
    except OSError:
        import tempfile

        listening.close()
        listening = socket.socket(socket.AF_UNIX)
        listening.setblocking(False)
        address = os.path.join(tempfile.mkdtemp(prefix="workbench-"), _NAME)
        listening.bind(address)
        listening.listen(64)
        return listening, address
    return listening, _NAME


def _trusted(connection: socket.socket) -> bool:
    """Our own user, and not the agent or anything below it: an agent must not answer its own permission requests."""
    if sys.platform == "linux":
        pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    else:
        # macOS: SOL_LOCAL 0; LOCAL_PEERCRED 1 is a struct xucred (version, uid, ...), LOCAL_PEERPID 2.
        uid = struct.unpack_from("2I", connection.getsockopt(0, 1, 76))[1]
        pid = struct.unpack("i", connection.getsockopt(0, 2, 4))[0]
    return bool(uid == os.getuid() and not tree.descends(pid, os.getpid()))


# -- descriptors ------------------------------------------------------------------------------------------------------


def read(descriptor: int) -> bytes | None:
    """What there is to read: b"" at the end, None when there is nothing now."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def to_json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode("utf-8", "replace")


def answer(value: Json) -> None:
    """The one line that the spawner waits for; then stdout is let go, so that it sees the end."""
    try:
        os.write(1, to_json(value) + b"\n")
    except OSError:
        pass  # the spawner is gone; the session goes on without it
    silence(1)


def silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)
