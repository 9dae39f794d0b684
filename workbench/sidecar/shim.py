"""The shim: owns one agent process, writes down every frame, and lets hosts come and go.

    host --start line--> guard --fork--> shim --fork--> agent
                                          |-- transcript.jsonl   every frame, both ways
                                          `-- control.sock       requests in, answers and the bell out

A host reads the file itself and is only told that it has grown, so a slow host costs nothing and a dead one is not
noticed. Invariant: what the agent was given, and what it said, is in the transcript before anybody hears of it.

Standard library only; started as `python -S -E shim.py FOLDER` with one JSON line on stdin:
`{argv, env, secrets, cwd, ready_s, dead_s, idle_s, ...}`. It answers `{"ok": {pid, guard}}` or `{"failure": {kind}}`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import socket
import struct
import sys
import threading
import time
from functools import partial
from selectors import EVENT_READ, EVENT_WRITE

TYPE_CHECKING = False  # importing typing would be a tenth of the start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from workbench.sidecar import tape, tree

    Json = dict[str, Any]
else:
    import tape
    import tree

CHUNK = 256 * 1024
MAX_OUTBOX = 1024 * 1024
MAX_REQUEST = 32 * 1024 * 1024
LOCKED = 75  # EX_TEMPFAIL: another shim has the folder
TIMERS = {"ready_s": 10, "dead_s": 45, "idle_s": 300, "rpc_s": 2, "stdin_s": 1, "term_s": 5, "full_s": 60, "eof_s": 10}
RPC, STDIN, TERM, KILL = range(4)
_LATE_S = 5.0
_RETRY_S = 0.1
_F_SETPIPE_SZ = 1031


class Refusal(Exception):
    """A request that cannot be served now; one word says why."""


class Outlet:
    """A descriptor that never blocks the loop: what it does not take now waits here."""

    def __init__(self, selector: selectors.BaseSelector, descriptor: int, read: Callable[[], object] | None) -> None:
        self.descriptor = descriptor
        self.waiting = b""
        self._selector = selector
        self._read = read
        self._armed = 0
        self._arm()

    def write(self, data: bytes) -> None:
        self.waiting += data
        try:
            while self.waiting and self.descriptor >= 0:
                self.waiting = self.waiting[os.write(self.descriptor, self.waiting) :]
        except BlockingIOError:
            pass
        except OSError:
            self.waiting = b""  # nobody reads any more; whoever reads the other way will see the end
        self._arm()

    def detach(self) -> None:
        """Leaves the loop; what waits is lost."""
        self._read, self.waiting = None, b""
        self._arm()
        self.descriptor = -1

    def _arm(self) -> None:
        wanted = (EVENT_READ if self._read else 0) | (EVENT_WRITE if self.waiting else 0)
        if wanted == self._armed or self.descriptor < 0:
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

    def __init__(self, shim: Shim, connection: socket.socket) -> None:
        self.attached = False
        self._shim = shim
        self._connection = connection
        self._inbox = b""
        self._told = 0
        self._outlet = Outlet(shim.selector, connection.fileno(), self._hear)

    def ring(self, size: int, seq: int) -> None:
        """Tells how long the transcript is, unless the host has not taken the last news yet."""
        if self.attached and self._told != size and not self._outlet.waiting:
            self._told = size
            self._outlet.write(_json({"size": size, "seq": seq}) + b"\n")

    def _hear(self) -> None:
        data = _read(self._outlet.descriptor)
        if data is None:
            return
        *lines, self._inbox = (self._inbox + data).split(b"\n")
        for line in lines:
            self._outlet.write(_json(self._shim.serve(self, line)) + b"\n")
        if not data or len(self._inbox) > MAX_REQUEST or len(self._outlet.waiting) > MAX_OUTBOX:
            self._outlet.detach()
            self._connection.close()
            self._shim.peers.discard(self)


class Shim:
    """One incarnation of a session: the agent's pipes, the transcript, the door and the clocks."""

    def __init__(self, start: Json, session: str, umask: int) -> None:
        self.session, self.umask = session, umask
        self.argv, self.cwd = [str(word) for word in start["argv"]], str(start["cwd"])
        self.env = {**start["env"], tree.MARKER: session}
        self.after = {name: float(start.get(name, usual)) for name, usual in TIMERS.items()}
        self.mask = tape.Mask(start.get("secrets") or [])
        self.log = tape.Log(".", self.mask)
        self.tape = tape.Tape(".", self.mask)
        self.seen = self.tape.past.seen
        self.open: dict[str, None] = {}
        self.peers: set[Peer] = set()
        self.selector = selectors.DefaultSelector()
        self.ready = self.paused = self.mute = False
        self.reason, self.rung = "", RPC
        self.code: int | None = None
        self.began = self.heard = self.spoke = time.monotonic()
        self.rung_at = self.full_at = self.eof_at = 0.0

    # -- life ---------------------------------------------------------------------------------------------------------

    def run(self, lock: int) -> None:
        """From the `start` record to the `exit` record."""
        if self.tape.past.live:  # the last shim and its guard were both killed
            tree.kill_marked(self.session)
            self.tape.finish(tape.exit_frame("lost", None, list(self.tape.past.open), "settler"))
        self.tape.keep_reserve()
        self.tape.put(b"shim", _json({"type": "start", "pid": os.getpid(), "version": 1}))
        self.server, self.address = _listen()
        _describe(lock, self.address)
        self.selector.register(self.server, EVENT_READ, lambda _: self.admit())
        self.spawn()
        answer({"ok": {"pid": os.getpid(), "guard": os.getppid()}})
        threading.Thread(target=self.sync, daemon=True).start()
        while self.code is None:
            self.turn()
        self.end()

    def spawn(self) -> None:
        wake, woken = os.pipe()
        os.set_blocking(woken, False)
        signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self.close("closed"))
        self.pid, stdin, self.stdout, self.stderr = tree.spawn(self.argv, self.env, self.cwd, self.umask)
        for end in (wake, stdin, self.stdout, self.stderr):
            os.set_blocking(end, False)
        _widen(self.stdout)
        self.stdin = Outlet(self.selector, stdin, None)
        self.selector.register(wake, EVENT_READ, lambda _: self.woken(wake))
        self.selector.register(self.stdout, EVENT_READ, lambda _: self.read_stdout())
        self.selector.register(self.stderr, EVENT_READ, lambda _: self.read_stderr())

    def turn(self) -> None:
        """One round: wait, serve, see what is due, ring."""
        before = time.monotonic()
        timeout = max(0.0, min(at for at, _ in self.due()) - before)
        for key, events in self.selector.select(timeout):
            key.data(events)
        now = time.monotonic()
        self.rebase(now - before - timeout)
        for at, act in list(self.due()):
            if now >= at:
                act()
        if self.tape.full and not self.paused:
            self.pause()
        self.ring()

    def due(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """What will have to happen, and when, if nothing happens before."""
        if self.paused:
            yield self.retry_at, self.resume
        if self.reason:
            yield self.rung_at, self.step
        elif self.paused:
            yield self.full_at + self.after["full_s"], partial(self.close, "disk_full", TERM)
        elif self.eof_at:
            yield self.eof_at + self.after["eof_s"], partial(self.close, "silent")
        elif not self.ready:
            yield self.began + self.after["ready_s"], partial(self.close, "ready_timeout", TERM)
        elif self.open:
            yield self.heard + self.after["dead_s"], partial(self.close, "silent", TERM)
        else:
            yield max(self.heard, self.spoke) + self.after["idle_s"], partial(self.close, "idle")

    def rebase(self, late: float) -> None:
        """After a suspension nobody is late: while we stood still, nobody could be heard."""
        if late > _LATE_S:
            for clock in ("began", "heard", "spoke", "rung_at", "full_at", "eof_at"):
                if since := getattr(self, clock):
                    setattr(self, clock, since + late)

    def sync(self) -> None:
        """The disk is asked for certainty once a second, off the loop; at a run's end its committer asks again."""
        while self.tape.dirty.wait():
            time.sleep(1)
            self.tape.dirty.clear()
            self.tape.sync()

    def end(self) -> None:
        """The agent is dead: kill what it left, keep what it said last, and say so."""
        tree.kill_tree(self.session)
        until = time.monotonic() + 1
        while time.monotonic() < until and not self.paused and not self.eof_at and self.read_stdout():
            pass
        while time.monotonic() < until and self.read_stderr():
            pass
        self.tape.tear()
        self.log.close()
        code = self.code or 0
        reason = self.reason or (f"killed:{-code}" if code < 0 else f"exit:{code}")
        self.tape.finish(tape.exit_frame(reason, code, list(self.open)))
        self.ring()
        os.unlink(self.address)

    # -- the agent ----------------------------------------------------------------------------------------------------

    def woken(self, wake: int) -> None:
        _read(wake)
        for pid, code in tree.reap():
            if pid == self.pid:
                self.code = code

    def read_stdout(self) -> bool:
        """Writes down what the agent says; False when there is no more for now."""
        chunk = _read(self.stdout)
        if chunk:
            self.heard = time.monotonic()
            for line in self.tape.feed(chunk):
                self.note(line)
            if self.tape.bad >= tape.MAX_BAD:
                self.close("garbage", TERM)
        elif chunk is not None:
            self.eof_at = time.monotonic()
            self.selector.unregister(self.stdout)
        return bool(chunk)

    def note(self, line: bytes) -> None:
        found = tape.EVENT.match(line)
        if found and found[1] == b"ready":
            self.ready = True
        elif found and found[2] and found[1] in (b"end", b"aborted", b"error"):
            self.open.pop(json.loads(found[2]), None)

    def read_stderr(self) -> bool:
        chunk = _read(self.stderr)
        if chunk:
            self.log.feed(chunk)
        elif chunk is not None and not self.mute:
            self.mute = True
            self.selector.unregister(self.stderr)
        return bool(chunk)

    def pause(self) -> None:
        """The disk is full: the agent waits on its pipe until there is room."""
        self.paused, self.full_at = True, time.monotonic()
        self.retry_at = self.full_at + _RETRY_S
        if not self.eof_at:
            self.selector.unregister(self.stdout)

    def resume(self) -> None:
        self.retry_at = time.monotonic() + _RETRY_S
        if self.tape.flush():
            self.paused, self.heard = False, time.monotonic()
            if not self.eof_at:
                self.selector.register(self.stdout, EVENT_READ, lambda _: self.read_stdout())

    def give(self, frame: Json) -> int:
        """Writes a frame down, then hands it to the agent. Raises Full, and then the agent has not seen it."""
        data = _json(frame)
        seq = self.tape.put(b"in", data)
        self.spoke = time.monotonic()
        self.stdin.write(data + b"\n")
        return seq

    def close(self, reason: str, rung: int = RPC) -> None:
        """Begins the ladder; the first reason stands."""
        if not self.reason:
            self.reason, self.rung = reason, rung
            self.rung_at = time.monotonic()

    def step(self) -> None:
        """The next rung: ask, close stdin, SIGTERM, SIGKILL."""
        rung, self.rung = self.rung, min(self.rung + 1, KILL)
        self.rung_at = time.monotonic() + (self.after["rpc_s"], self.after["stdin_s"], self.after["term_s"], 1)[rung]
        if rung == RPC and not self.tape.full:
            self.give({"id": f"shutdown:{self.pid}", "method": "shutdown", "params": {}})
        elif rung == STDIN and self.stdin.descriptor >= 0:
            descriptor = self.stdin.descriptor
            self.stdin.detach()
            os.close(descriptor)
        elif rung >= TERM:
            os.killpg(self.pid, signal.SIGTERM if rung == TERM else signal.SIGKILL)

    # -- the door -----------------------------------------------------------------------------------------------------

    def admit(self) -> None:
        connection, _ = self.server.accept()
        connection.setblocking(False)
        if _trusted(connection):
            self.peers.add(Peer(self, connection))
        else:
            connection.close()

    def ring(self) -> None:
        for peer in list(self.peers):
            peer.ring(self.tape.size, self.tape.seq)

    def serve(self, peer: Peer, line: bytes) -> Json:
        """One request, one answer."""
        number = None
        try:
            request = json.loads(line)
            number = request.get("n")
            serve = {"attach": self.attach, "ping": self.status, "send": self.send, "close": self.closed}[request["op"]]
            return {"re": number, "ok": serve(peer, request)}
        except tape.Full:
            return {"re": number, "failure": {"kind": "disk_full"}}
        except Refusal as refusal:
            return {"re": number, "failure": {"kind": str(refusal)}}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {"re": number, "failure": {"kind": "invalid"}}

    def attach(self, peer: Peer, request: Json) -> Json:
        peer.attached = True
        return self.status(peer, request)

    def status(self, _peer: Peer, _request: Json) -> Json:
        return {"size": self.tape.size, "seq": self.tape.seq, "open": list(self.open), "ready": self.ready}

    def send(self, _peer: Peer, request: Json) -> Json:
        frame = request["frame"]
        name, turn = frame["id"], frame["method"] == "sendMessage"
        if not isinstance(name, str):
            raise Refusal("invalid")
        if name in self.seen:
            raise Refusal("duplicate")
        if self.reason:
            raise Refusal("closing")
        if turn and self.open:
            raise Refusal("busy")
        if len(self.stdin.waiting) > MAX_OUTBOX:
            raise Refusal("stalled")
        self.mask.add(request.get("mask") or [])
        seq = self.give(frame)
        self.seen.add(name)
        if turn:
            self.open[name] = None
            self.heard, self.tape.bad = time.monotonic(), 0
        return {"seq": seq}

    def closed(self, _peer: Peer, request: Json) -> Json:
        self.close(str(request.get("reason") or "closed"))
        return {}


# -- the operating system ---------------------------------------------------------------------------------------------


def _listen() -> tuple[socket.socket, str]:
    """The door under its final name, which exists only once it is open; elsewhere if this disk has no sockets."""
    server = socket.socket(socket.AF_UNIX)
    try:
        address, temporary = "control.sock", f".control.{os.getpid()}"
        server.bind(temporary)
        server.listen(64)
        os.rename(temporary, address)
    except OSError:
        import tempfile

        server.close()
        server = socket.socket(socket.AF_UNIX)
        address = os.path.join(tempfile.mkdtemp(prefix="workbench-"), "control.sock")
        server.bind(address)
        server.listen(64)
    server.setblocking(False)
    return server, address


def _describe(lock: int, address: str) -> None:
    """Who holds the lock, for people and for kill; and where the door is, if it is not here."""
    try:
        with open("/proc/sys/kernel/random/boot_id") as file:
            boot = file.read().strip()
    except OSError:
        boot = ""
    facts: Json = {"shim": os.getpid(), "guard": os.getppid(), "start_ticks": tree.born(os.getpid()), "boot_id": boot}
    if address != "control.sock":
        facts["socket"] = address
    os.ftruncate(lock, 0)
    os.pwrite(lock, _json(facts), 0)


def _trusted(connection: socket.socket) -> bool:
    """Our own user, and not the agent or anything below it: an agent must not answer its own permission requests."""
    if sys.platform == "linux":
        credentials = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
        pid, uid, _ = struct.unpack("3i", credentials)
    else:
        # macOS: SOL_LOCAL 0, LOCAL_PEERCRED 1 (struct xucred: version, uid, ...), LOCAL_PEERPID 2.
        uid = struct.unpack_from("2I", connection.getsockopt(0, 1, 76))[1]
        pid = struct.unpack("i", connection.getsockopt(0, 2, 4))[0]
    return uid == os.getuid() and not tree.descends(pid, os.getpid())


def _widen(pipe: int) -> None:
    """A pipe of 1 MiB where the system allows it: fewer, larger blocks when the agent is fast."""
    try:
        import fcntl

        fcntl.fcntl(pipe, _F_SETPIPE_SZ, 1024 * 1024)
    except OSError:
        pass


def _read(descriptor: int) -> bytes | None:
    """What is there to read: b"" at the end, None when there is nothing now."""
    try:
        return os.read(descriptor, CHUNK)
    except BlockingIOError:
        return None
    except ConnectionError:
        return b""


def _json(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def answer(value: Json) -> None:
    """The one line that the spawner waits for; then stdout is let go, so that it sees the end."""
    try:
        os.write(1, _json(value) + b"\n")
    except OSError:
        pass  # the spawner is gone; the session goes on without it
    silence(1)


def silence(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, descriptor)
    os.close(null)


def main(folder: str) -> int:
    """The guard: takes the lock, forks the shim, outlives it."""
    start = json.loads(sys.stdin.buffer.readline())
    umask = os.umask(0o077)
    os.chdir(folder)
    lock = tape.take_lock(".")
    if lock is None:
        answer({"failure": {"kind": "locked"}})
        return LOCKED
    silence(0)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    session = str(start["env"].get(tree.MARKER) or os.path.basename(os.getcwd()))
    tree.become_subreaper()
    child = os.fork()
    if child:
        silence(1)
        tree.guard(child, session, lambda code: tape.settle(".", f"shim:{code}", code, "guard"))
        return 0
    os.setsid()
    tree.become_subreaper()
    try:
        Shim(start, session, umask).run(lock)
    except tape.Full:
        answer({"failure": {"kind": "disk_full"}})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
