"""Hosts that are told something at the same moment, each a process of its own.

    python raced_hosts.py HOME

Reads lines of JSON, each a list with a wish for each host: `{"call": NAME, "params": {..}, "times": N}`, or
`{"start": RECORDING}`, which begins the next step of `demo` and sees it through, or `{"judge": RECORDING}`, which has its
answers judged. Prints for each line what came of it: a list for each host. With `{"dies": true}` a host is killed as soon as
its agent waits for an answer, or its judge has been asked.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.commands import skills, workflow  # noqa: F401 - loaded once, before the forks
from workbench.errors import WorkbenchError
from workbench.workflows.steps.turning import Driving

Told = list[dict[str, Any]]


def main() -> int:
    for line in sys.stdin:
        print(json.dumps(at_once(Path(sys.argv[1]), json.loads(line))), flush=True)
    return 0


def at_once(home: Path, wishes: list[dict[str, Any]]) -> list[Told]:
    """Every host opens the home; then all are let go."""
    gate, ready = os.pipe(), os.pipe()
    hosts = [Host(home, wish, gate, ready) for wish in wishes]
    os.close(ready[1])
    os.close(gate[0])
    opened = sum(map(len, iter(lambda: os.read(ready[0], 100), b"")))
    if opened < len(hosts):
        raise SystemExit("a host has not opened the home")
    os.close(ready[0])
    os.close(gate[1])
    return [host.told() for host in hosts]


class Host:
    """A process that waits until the gate is open, and then does as it is told."""

    def __init__(self, home: Path, wish: dict[str, Any], gate: tuple[int, int], ready: tuple[int, int]) -> None:
        self._reading, writing = os.pipe()
        self._pid = os.fork()
        if self._pid:
            os.close(writing)
            return
        try:
            os.close(gate[1])
            with Workbench.open(home) as bench, os.fdopen(writing, "w") as out:
                bench.call("skills.list")
                os.write(ready[1], b".")
                os.close(ready[1])
                os.read(gate[0], 1)
                act(bench, wish, out)
        except BaseException:
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)

    def told(self) -> Told:
        with os.fdopen(self._reading) as said:
            found = [json.loads(line) for line in said]
        status = os.waitpid(self._pid, 0)[1]
        if os.WIFEXITED(status) and os.WEXITSTATUS(status):
            raise SystemExit("a host has failed")
        return found


def act(bench: Workbench, wish: dict[str, Any], out: Any) -> None:
    for _ in range(wish.get("times", 1)):
        try:
            said = done(bench, wish, out)
        except WorkbenchError as error:
            said = {"failure": error.to_dict()}
        print(json.dumps(said), file=out, flush=True)


def done(bench: Workbench, wish: dict[str, Any], out: Any) -> dict[str, Any]:
    if "start" in wish:
        return asyncio.run(start(bench, wish, out))
    if "judge" in wish:
        return asyncio.run(judge(bench, wish))
    return bench.call(wish["call"], wish["params"])


def driven(recording: str, speed: float = 0) -> Driving:
    return Driving("replay", options={"recording": recording, "speed": speed})


async def judge(bench: Workbench, wish: dict[str, Any]) -> dict[str, Any]:
    if wish.get("dies"):
        send = bench.pool.send

        async def last(*args: Any, **params: Any) -> str:
            await send(*args, **params)
            os.kill(os.getpid(), signal.SIGKILL)
            raise AssertionError

        bench.pool.send = last  # type: ignore[method-assign]
    return (await bench.engine.judge("demo", driving=driven(wish["judge"], wish.get("speed", 0)))).model_dump()


async def start(bench: Workbench, wish: dict[str, Any], out: Any) -> dict[str, Any]:
    started = await bench.engine.start("demo", driving=driven(wish["start"]))
    said = {"session": started.session, "run": started.run}
    if wish.get("dies"):
        print(json.dumps(said), file=out, flush=True)
        async for batch in bench.pool.follow(started.session or ""):
            if any(record.get("f", {}).get("type") == "userInputRequest" for record in batch.records):
                os.kill(os.getpid(), signal.SIGKILL)
    await bench.engine.seen_through("demo")
    return said


if __name__ == "__main__":
    sys.exit(main())
