"""A sidecar that misbehaves on request: a real child that speaks the wire.

Started as `fake_sidecar.py [FLAG ...]`; flags are for its whole life (`mute`: never ready; `deaf`: ignores shutdown,
the end of stdin and SIGTERM; `stubborn`: ignores SIGTERM only; `heartbeat=S`). The prompt of a `sendMessage` is a list
of words, played in order:

    say:TEXT        one message chunk                      flood:N[:RATE]  N message chunks, RATE a second
    ask:ID          a permission, waits for its answer     long:BYTES      one chunk of that size
    garbage:BYTES   random bytes                           half:BYTES      a line without end, then exit
    stderr:BYTES    that much on stderr                    orphan          a grandchild in its own session
    exit:CODE       leaves at once                         slow:TEXT       one message chunk, byte by byte
    digest:TEXT     one message chunk, the SHA-256 of TEXT
    complain:TEXT   TEXT on stderr                         stop            SIGSTOP to itself
    hang            no word for ever                       closeout        closes stdout, lives on
    raw:TEXT        TEXT (URL-quoted)                      connect         attaches to the session's own socket
    wait:SECONDS    nothing for a while                    open            the turn is never ended
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from urllib.parse import unquote, unquote_to_bytes

FLAGS = set(sys.argv[1:])
OUT = os.dup(1)
os.dup2(2, 1)
LOCK = threading.Lock()
ANSWERS: dict[str, threading.Event] = {}


def write(data: bytes) -> None:
    with LOCK:
        view = memoryview(data)
        while view:
            view = view[os.write(OUT, view) :]


def emit(kind: str, run: str | None = None, **fields: object) -> None:
    event = {"type": kind, **({"id": run} if run else {}), **fields}
    write(json.dumps(event, separators=(",", ":")).encode() + b"\n")


def chunk(run: str, text: str) -> bytes:
    event = {"type": "agent_message_chunk", "id": run, "content": {"type": "text", "text": text}}
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"


def flood(run: str, count: int, rate: float = 0) -> None:
    begun = time.monotonic()
    if not rate:
        for first in range(0, count, 500):
            write(b"".join(chunk(run, f"{n} of {count}") for n in range(first, min(first + 500, count))))
        return
    for n in range(count):
        write(chunk(run, f"{n} of {count}"))
        time.sleep(max(0.0, begun + (n + 1) / rate - time.monotonic()))


def ask(run: str, name: str) -> None:
    answered = ANSWERS.setdefault(f"perm:{name}", threading.Event())
    emit("permissionRequest", run, permissionId=name, toolName="Bash", toolInput={})
    answered.wait()
    emit("permissionResolved", run, permissionId=name, behavior="allow", by="user")


def orphan() -> None:
    """A grandchild that leaves its session, ignores signals and keeps our stdout open."""
    code = "import signal,time; [signal.signal(s, signal.SIG_IGN) for s in (1,2,15)]; print('up', flush=True); time.sleep(600)"
    child = subprocess.Popen(
        [sys.executable, "-S", "-c", code], stdout=subprocess.PIPE, start_new_session=True, pass_fds=[OUT]
    )
    assert child.stdout
    child.stdout.readline()


def connect(run: str) -> None:
    """What a hostile agent would do: talk to its own session's socket from a daemon of its own."""
    script = (
        "import os,socket,sys\n"
        "os.setsid()\n"
        "if os.fork(): os._exit(0)\n"
        "os.chdir(os.path.dirname(sys.argv[1]))\n"  # the whole path may be longer than a socket's may be
        "s=socket.socket(socket.AF_UNIX); s.connect('control.sock'); s.settimeout(60)\n"
        "try:\n"
        ' s.sendall(b\'{"n":1,"op":"attach"}\\n\'); got=s.recv(100)\n'
        "except OSError: got=b''\n"
        "print(got.decode() or 'refused', flush=True)\n"
    )
    found = subprocess.run(
        [sys.executable, "-S", "-c", script, os.environ["FAKE_SOCKET"]], capture_output=True, text=True, check=False
    )
    write(chunk(run, found.stdout.strip() or found.stderr))


def play(run: str, word: str) -> bool:  # noqa: PLR0912 - a table of misdeeds, one arm each
    """One word of a prompt; False ends the turn without its terminal event."""
    name, *rest = word.split(":", 2)
    argument = rest[0] if rest else ""
    match name:
        case "say":
            write(chunk(run, argument))
        case "digest":
            write(chunk(run, hashlib.sha256(argument.encode()).hexdigest()))
        case "slow":
            for byte in chunk(run, unquote(argument)):
                write(bytes([byte]))
                time.sleep(0.001)
        case "flood":
            flood(run, int(argument), float(rest[1]) if len(rest) > 1 else 0)
        case "ask":
            ask(run, argument)
        case "long":
            write(chunk(run, "x" * int(argument)))
        case "garbage":
            write(random.Random(7).randbytes(int(argument)))
        case "half":
            write(chunk(run, "x" * int(argument))[:-3])
            os._exit(0)
        case "stderr":
            for _ in range(int(argument) // 64):
                os.write(2, b"x" * 63 + b"\n")
        case "orphan":
            orphan()
        case "exit":
            os._exit(int(argument))
        case "stop":
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.1)  # the other threads stop first, this one perhaps a moment later
        case "hang":
            time.sleep(3600)
        case "closeout":
            os.close(OUT)
            time.sleep(3600)
        case "raw":
            write(unquote_to_bytes(word.partition(":")[2]) + b"\n")
        case "complain":
            os.write(2, argument.encode() + b"\n")
        case "connect":
            connect(run)
        case "wait":
            time.sleep(float(argument))
        case "open":
            return False
    return True


def turn(run: str, prompt: str) -> None:
    if all(play(run, word) for word in prompt.split()):
        emit("end", run, stopReason="end_turn")


def beat(seconds: float) -> None:
    while True:
        time.sleep(seconds)
        emit("heartbeat", "beat")


def main() -> None:
    if FLAGS & {"deaf", "stubborn"}:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    for flag in FLAGS:
        if flag.startswith("heartbeat="):
            threading.Thread(target=beat, args=[float(flag[10:])], daemon=True).start()
    if "mute" not in FLAGS:
        emit("ready", version=1, provider="fake", pid=os.getpid(), capabilities={})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        if request["method"] == "sendMessage":
            arguments = (request["id"], request["params"]["prompt"])
            threading.Thread(target=turn, args=arguments, daemon=True).start()
        elif request["method"] == "shutdown" and "deaf" not in FLAGS:
            os._exit(0)
        elif request["method"] == "permissionResponse":
            # The turn that will ask may have been sent just before, and its thread not have come so far.
            ANSWERS.setdefault(request["id"], threading.Event()).set()
        elif request["method"] == "ping":
            emit("pong", request["id"])
    while "deaf" in FLAGS:
        time.sleep(3600)


if __name__ == "__main__":
    main()
