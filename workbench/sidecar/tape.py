"""The transcript of a session: an append-only file of records, whoever holds the folder's lock being its one writer.

A record is one line, its prefix of exactly this form and order:

    {"seq":N,"t":MS,"d":"in|out|shim","f":FRAME}
    {"seq":N,"t":MS,"d":"out","bad":{"why":"json|long|torn","bytes":..,"sha256":..,"head":..}}

Invariant: `seq` counts the lines whose prefix is whole, from 1, without a gap, over the life of the folder. FRAME is the
agent's own line, spliced in and never parsed, so a line may fail to decode; its prefix still says which one it is. A
writer that died within a line is healed by a newline, never by cutting.

Standard library only, and little of it: the shim's start-up time is the price of every session.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import threading
import time
from itertools import groupby

TYPE_CHECKING = False  # importing typing would be a tenth of the shim's start
if TYPE_CHECKING or __package__:
    from workbench.sidecar.log import Mask
    from workbench.sidecar.past import PREFIX, Past, ended
else:
    from log import Mask
    from past import PREFIX, Past, ended

MAX_LINE = 16 * 1024 * 1024
MAX_BAD = 100
HEAD = 256
RESERVE = 64 * 1024
_LAST_WORDS = 16 * 1024
_PROBE_S = 10.0
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

# What may be an end, an error or `ready`, told by four bytes: nearly every line goes by without a closer look.
_NOTABLE = frozenset(b'"end "abo "err "rea'.split()) | {b' "en', b' "ab', b' "er', b' "re'}


class Full(OSError):
    """The disk has no room; nothing that can be read was written."""

    def __init__(self) -> None:
        super().__init__(errno.ENOSPC, os.strerror(errno.ENOSPC))


def take_lock(folder: str, wait_s: float = 0.5) -> int | None:
    """The folder's lock, exclusive, as a descriptor that holds it while it is open; None when another has it.

    Whoever holds it shared is a host that looks, and is waited for longer: it lets go at once, unless it stands still.
    """
    descriptor = os.open(os.path.join(folder, "lock"), os.O_RDWR | os.O_CREAT, 0o600)
    began = time.monotonic()
    while not _lock(descriptor, fcntl.LOCK_EX):
        waited = time.monotonic() - began
        if waited >= wait_s and (waited >= _PROBE_S or not _lock(descriptor, fcntl.LOCK_SH)):
            os.close(descriptor)
            return None
        fcntl.flock(descriptor, fcntl.LOCK_UN)
        time.sleep(0.01)
    return descriptor


def _lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


class Tape:
    """The transcript, open for appending. The caller holds the lock."""

    def __init__(self, folder: str, mask: Mask | None = None) -> None:
        self._path = os.path.join(folder, "transcript.jsonl")
        self._reserve = os.path.join(folder, "reserve")
        self._mask = mask or Mask([])
        self._parts: list[bytes] = []
        self._held = 0
        self._digest: hashlib._Hash | None = None
        self._head = b""
        self._rest = b""
        self.bad = 0
        self.dirty = threading.Event()
        self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._heal()

    def _heal(self) -> None:
        """Ends a torn last line and counts where the file stands."""
        self.past = Past(self._path)
        self.size = os.fstat(self._fd).st_size
        self.seq = self.past.seq
        if self.past.torn:
            self._append(b"\n")

    def keep_reserve(self) -> None:
        """Sets room aside for the last record; raises Full when there is none."""
        descriptor = os.open(self._reserve, os.O_WRONLY | os.O_CREAT, 0o600)
        try:
            room = os.fstat(descriptor).st_size >= RESERVE or os.write(descriptor, bytes(RESERVE)) == RESERVE
        except OSError as error:
            if error.errno not in FULL:
                raise
            room = False
        finally:
            os.close(descriptor)
        if not room:
            _remove(self._reserve)
            raise Full

    # -- appending ----------------------------------------------------------------------------------------------------

    @property
    def full(self) -> bool:
        """Whether bytes wait for room on the disk."""
        return bool(self._rest)

    def put(self, direction: bytes, frame: bytes) -> int:
        """Appends one frame whole and returns its seq. Raises Full with nothing readable written."""
        if self._rest:
            raise Full
        frame = self._mask(frame)
        record = b'{"seq":%d,"t":%d,"d":"%b","f":%b}\n' % (self.seq + 1, _now(), direction, frame)
        if not self._append(record):
            written = record[: len(record) - len(self._rest)]
            # Not a newline alone: if that was all that did not fit, it would make a record of what was refused.
            self._rest = b"!\n" if written else b""
            self.seq += 1 if PREFIX.match(written) else 0
            raise Full
        self.seq += 1
        return self.seq

    def finish(self, frame: bytes) -> None:
        """Appends an incarnation's last record; on a full disk the reserve makes room, and waiting lines give way."""
        try:
            self.flush()
            self.put(b"shim", frame)
        except Full:
            _remove(self._reserve)
            self._rest = self._rest[: self._rest.rfind(b"\n", 0, _LAST_WORDS) + 1]
            self.flush()
            self._rest = b""
            self._heal()
            self.put(b"shim", frame)
        self.sync()

    def flush(self) -> bool:
        """Writes what waits; False while the disk is full. A record cut in two is finished by the next call."""
        while self._rest:
            try:
                written = os.write(self._fd, self._rest)
            except OSError as error:
                if error.errno in FULL:
                    return False
                raise
            self.size += written
            self._rest = self._rest[written:]
            if not self.dirty.is_set():
                self.dirty.set()
        return True

    def sync(self) -> None:
        getattr(os, "fdatasync", os.fsync)(self._fd)

    def keep_synced(self) -> None:
        """Asks the disk for certainty once a second while there is need, for ever: a thread's work, off the loop.

        At a run's end nobody relies on it: the host that commits asks again, of its own descriptor.
        """
        while self.dirty.wait():
            time.sleep(1)
            self.dirty.clear()
            self.sync()

    def close(self) -> None:
        os.close(self._fd)

    def _append(self, data: bytes) -> bool:
        self._rest += data
        return self.flush()

    # -- splicing what the agent says ---------------------------------------------------------------------------------

    def feed(self, chunk: bytes) -> list[bytes]:
        """Appends every line that `chunk` completes; returns those that may matter to the shim (ends, errors, ready)."""
        cut = chunk.rfind(b"\n") + 1
        if not cut:
            self._hold(chunk)
            return []
        block = chunk[:cut]
        if self._held:
            first = chunk.find(b"\n") + 1
            self._hold(chunk[: first - 1])
            block = self._release() + chunk[first:cut]
        self._hold(chunk[cut:])
        return self._splice(block) if block else []

    def tear(self) -> None:
        """Keeps a line that will never end as a bad one."""
        if self._held and (line := self._release()):
            self._put_bad("torn", self._mask(line[:-1]))

    def _hold(self, part: bytes) -> None:
        self._held += len(part)
        if self._digest:
            self._digest.update(part)
            return
        self._parts.append(part)
        if self._held > MAX_LINE:
            line = b"".join(self._parts)
            self._digest = hashlib.sha256(line)
            # Masked before it is cut: half a secret would be a secret no mask knows.
            self._head = self._mask(line[: HEAD + self._mask.longest])
            self._parts.clear()

    def _release(self) -> bytes:
        r"""The held line with its `\n`; one over the cap has been recorded as bad, and is empty."""
        size, self._held = self._held, 0
        if self._digest:
            self._put_bad("long", self._head, size, self._digest.hexdigest())
            self._digest = None
            return b""
        line = b"".join([*self._parts, b"\n"])
        self._parts.clear()
        return line

    def _splice(self, block: bytes) -> list[bytes]:
        block = self._mask(block)
        try:
            block.decode()
        except UnicodeDecodeError:
            block = block.decode("utf-8", "replace").encode()
        lines = block[:-1].split(b"\n")
        if block[:1] == b"{" and block[-2:] == b"}\n" and block.count(b"}\n{") == len(lines) - 1:
            return self._put_lines(lines)
        notable = []
        for sound, run in groupby(lines, lambda line: line[:1] == b"{" and line[-1:] == b"}"):
            if sound:
                notable += self._put_lines(list(run))
            else:
                for line in run:
                    self._put_bad("json", line)
        return notable

    def _put_lines(self, lines: list[bytes]) -> list[bytes]:
        middle = b',"t":%d,"d":"out","f":' % _now()
        records = [b'{"seq":%d%b%b}\n' % (seq, middle, line) for seq, line in enumerate(lines, self.seq + 1)]
        self.seq += len(lines)
        self._append(b"".join(records))
        return [line for line in lines if line[8:12] in _NOTABLE]

    def _put_bad(self, why: str, line: bytes, size: int = -1, sha256: str = "") -> None:
        self.bad += 1
        if self.bad > MAX_BAD:
            return
        facts = {
            "why": why,
            "bytes": len(line) if size < 0 else size,
            "sha256": sha256 or hashlib.sha256(line).hexdigest(),
            "head": line[:HEAD].decode("utf-8", "replace"),
        }
        self.seq += 1
        text = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).encode()
        self._append(b'{"seq":%d,"t":%d,"d":"out","bad":%b}\n' % (self.seq, _now(), text))


def settle(folder: str, reason: str, code: int | None, by: str) -> bool:
    """Ends the last incarnation in the record, if nobody has. The caller holds the lock; twice changes nothing."""
    if ended(os.path.join(folder, "transcript.jsonl")):
        return False
    tape = Tape(folder)
    try:
        if tape.past.live:
            tape.finish(exit_frame(reason, code, list(tape.past.open), by))
        return tape.past.live
    finally:
        tape.close()


def exit_frame(reason: str, code: int | None, open_runs: list[str], by: str | None = None) -> bytes:
    """The last word on an incarnation."""
    frame = {"type": "exit", "reason": reason, "code": code, "open": open_runs}
    return json.dumps(frame | {"by": by} if by else frame, separators=(",", ":")).encode()


def _now() -> int:
    return time.time_ns() // 1_000_000


def _remove(path: str) -> None:
    try:
        os.unlink(path)
    except FileNotFoundError:
        pass
