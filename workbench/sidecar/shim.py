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
import sys
import threading
import time
from functools import partial
from selectors import EVENT_READ

TYPE_CHECKING = False  # importing typing would be a tenth of the start
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from workbench.sidecar.door import Json
if TYPE_CHECKING or __package__:
    from workbench.sidecar import door, log, past, tape, tree
else:
    import door
    import log
    import past
    import tape
    import tree

TIMERS = {"ready_s": 10, "dead_s": 45, "idle_s": 300, "rpc_s": 2, "stdin_s": 1, "term_s": 5, "full_s": 60, "eof_s": 10}
RPC, STDIN, TERM, KILL = range(4)
_TICK_S, _LATE_S, _RETRY_S = 2.0, 1.0, 0.1
_LAST_READS = 64  # far more than a pipe holds; whoever has outlived the tree and still writes is not read for ever


class Shim:
    """One incarnation of a session: the agent's pipes, the transcript, the door and the clocks."""

    def __init__(self, start: Json, session: str, umask: int, told: list[int]) -> None:
        self.session, self.umask, self.start, self.told = session, umask, start, told
        self.after = {name: float(start.get(name, usual)) for name, usual in TIMERS.items()}
        self.mask = log.Mask(start.get("secrets") or [])
        self.log = log.Log(".", self.mask)
        self.tape = tape.Tape(".", self.mask)
        self.seen = self.tape.past.seen
        self.open: dict[str, None] = {}
        self.selector = selectors.DefaultSelector()
        self.ready = self.paused = self.mute = False
        self.reason, self.rung = "", RPC
        self.code: int | None = None
        self.began = self.heard = self.spoke = self.looked = time.monotonic()
        self.rung_at = self.full_at = self.eof_at = 0.0

    # -- life ---------------------------------------------------------------------------------------------------------

    def run(self, lock: int) -> None:
        """From the `start` record to the `exit` record."""
        if self.tape.past.live:  # the last shim and its guard were both killed
            tree.kill_marked(self.session)
            self.tape.finish(tape.exit_frame("lost", None, list(self.tape.past.open), "settler"))
        self.tape.keep_reserve()
        self.tape.put(b"shim", door.to_json({"type": "start", "pid": os.getpid(), "version": 1}))
        self.door = door.Door(self.selector, self.serve)
        self.door.describe(lock)
        self.spawn()
        door.answer({"ok": {"pid": os.getpid(), "guard": os.getppid()}})
        threading.Thread(target=self.tape.keep_synced, daemon=True).start()
        while self.code is None:
            self.turn()
        self.end()

    def spawn(self) -> None:
        bell = tree.signal_bell()
        signal.signal(signal.SIGTERM, lambda *_: self.close("closed"))
        if self.told:
            self.close("closed")
        env = {**self.start["env"], tree.MARKER: self.session}
        argv, cwd = self.start["argv"], self.start["cwd"]
        self.pid, stdin, self.stdout, self.stderr = tree.spawn(argv, env, cwd, self.umask)
        self.stdin = door.Outlet(self.selector, stdin)
        self.selector.register(bell, EVENT_READ, lambda _: self.woken(bell))
        self.selector.register(self.stdout, EVENT_READ, lambda _: self.read_stdout())
        self.selector.register(self.stderr, EVENT_READ, lambda _: self.read_stderr())

    def turn(self) -> None:
        """One round: wait, serve, ring, and only then see what is due, which may be to write and ring again."""
        timeout = min(_TICK_S, max(0.0, min(at for at, _ in self.due()) - time.monotonic()))
        woken = self.selector.select(timeout)
        before, self.looked = self.looked, time.monotonic()
        self.rebase(self.looked - before - timeout)
        for key, events in woken:
            key.data(events)
        self.door.ring(self.tape.size, self.tape.seq)
        for at, act in list(self.due()):
            if self.looked >= at:
                act()
        if self.tape.full and not self.paused:
            self.pause()
        self.door.ring(self.tape.size, self.tape.seq)

    def due(self) -> Iterator[tuple[float, Callable[[], None]]]:
        """What will have to happen, and when, if nothing happens before."""
        if self.paused:
            yield self.retry_at, self.resume
        if self.door.opens_at:
            yield self.door.opens_at, self.door.open
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
        """After a suspension nobody is late: while we stood still, nobody could be heard.

        What exceeds the wait between two looks at the clock is the time that we stood still, wherever that was.
        """
        if late > _LATE_S:
            for clock in ("began", "heard", "spoke", "full_at", "eof_at"):
                if since := getattr(self, clock):
                    setattr(self, clock, min(since + late, self.looked))
            if self.rung_at:
                self.rung_at += late

    def end(self) -> None:
        """The agent is dead: kill what it left, keep what it said last, and say so."""
        tree.kill_tree(self.session)
        for _ in range(_LAST_READS):
            if self.tape.full or self.eof_at or not self.read_stdout():
                break
        for _ in range(_LAST_READS):
            if not self.read_stderr():
                break
        self.tape.tear()
        self.log.close()
        code = self.code or 0
        reason = self.reason or (f"killed:{-code}" if code < 0 else f"exit:{code}")
        self.tape.finish(tape.exit_frame(reason, code, list(self.open)))
        self.door.ring(self.tape.size, self.tape.seq)
        self.door.shut()

    # -- the agent ----------------------------------------------------------------------------------------------------

    def woken(self, bell: int) -> None:
        door.read(bell)
        for pid, code in tree.reap():
            if pid == self.pid:
                self.code = code

    def read_stdout(self) -> bool:
        """Writes down what the agent says; False when there is no more for now."""
        chunk = door.read(self.stdout)
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
        kind, name = past.event(line)
        if kind == "ready":
            self.ready = True
        elif kind in past.TERMINAL:
            self.open.pop(name, None)

    def read_stderr(self) -> bool:
        chunk = door.read(self.stderr)
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
        """Writes a frame down, then hands it to the agent. Raises Full or Refusal, and then the agent has not seen it."""
        data = door.to_json(frame)
        if len(data) > tape.MAX_LINE:  # the agent would pass over it, and its sender wait for ever
            raise door.Refusal("too_large")
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
        if rung == RPC:
            try:
                self.give({"id": f"shutdown:{self.pid}", "method": "shutdown", "params": {}})
            except tape.Full:
                pass  # not written down, so not said: the next rung needs no words
        elif rung == STDIN and self.stdin.descriptor >= 0:
            os.close(self.stdin.detach())
        elif rung >= TERM:
            tree.signal_group(self.pid, signal.SIGTERM if rung == TERM else signal.SIGKILL)

    # -- the hosts ----------------------------------------------------------------------------------------------------

    def serve(self, op: str, request: Json) -> Json:
        if op == "send":
            return self.send(request)
        if op == "close":
            self.close(str(request.get("reason") or "closed"))
        elif op not in ("attach", "ping"):
            raise door.Refusal("invalid")
        return {"size": self.tape.size, "seq": self.tape.seq, "open": list(self.open), "ready": self.ready}

    def send(self, request: Json) -> Json:
        """Passes a frame on, once. A `sendMessage` opens a run, and there is one open run at a time."""
        frame = request["frame"]
        name, turn = frame["id"], frame["method"] == "sendMessage"
        if not isinstance(name, str):
            raise door.Refusal("invalid")
        if refusal := self.refusal(name, turn):
            raise door.Refusal(refusal)
        self.mask.add(request.get("mask") or [])
        try:
            seq = self.give(frame)
        except tape.Full:
            raise door.Refusal("disk_full") from None
        self.seen.add(name)
        if turn:
            self.open[name] = None
            self.heard, self.tape.bad = time.monotonic(), 0
        return {"seq": seq}

    def refusal(self, name: str, turn: bool) -> str:
        if name in self.seen:
            return "duplicate"
        if self.reason:
            return "closing"
        if turn and self.open:
            return "busy"
        return "stalled" if len(self.stdin.waiting) > door.MAX_OUTBOX else ""


def main(folder: str) -> int:
    """The guard: takes the lock, forks the shim, outlives it."""
    start = json.loads(sys.stdin.buffer.readline())
    umask = os.umask(0o077)
    os.chdir(folder)
    lock = tape.take_lock(".")
    if lock is None:
        door.answer({"failure": {"kind": "locked"}})
        return os.EX_TEMPFAIL
    os.ftruncate(lock, 0)  # who held it last
    door.silence(0)
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    session = str(start["env"].get(tree.MARKER) or os.path.basename(os.getcwd()))
    told: list[int] = []  # to end, before there was anybody to pass it on to
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    tree.become_subreaper()
    child = os.fork()
    if child:
        door.silence(1)
        tree.guard(child, session, lambda code: tape.settle(".", f"shim:{code}", code, "guard"), told)
        return 0
    os.setsid()
    tree.become_subreaper()
    try:
        Shim(start, session, umask, told).run(lock)
    except OSError as error:
        if error.errno not in tape.FULL:
            raise
        door.answer({"failure": {"kind": "disk_full"}})
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
