"""The host's reader of plain children (`agents.pipe`) beside `StreamReader.readline`, on the same children.

Both sides hand over one bytes object a line; in the rows that say `decoded`, one dictionary a line.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from row import ROUNDS, Goal, Row, interleaved

from workbench.agents.pipe import Pipe

EVENTS = 200_000
LONG = 10 * 1024 * 1024
PRODUCER = [sys.executable, "-S", "-E", str(Path(__file__).with_name("producer.py"))]
READLINE_LIMIT = 64 * 1024 * 1024

Play = dict[str, object]


def rows(*, rounds: int = ROUNDS, scale: float = 1.0) -> Iterator[Row]:
    events, size = max(1, int(EVENTS * scale)), max(1, int(LONG * scale))
    for children in (1, 10):
        where = f"{children} sidecar{'s' if children > 1 else ''}"
        each = max(1, events // children)
        flood: Play = {"play": "flood", "events": each}
        total = (each + 1) * children
        for what, ours, peer, goals in (
            ("lines", lines, readline, (Goal("ratio", "at least", 1.5),)),
            ("decoded", decoded, readline_decoded, ()),
        ):
            seconds = interleaved(rounds, partial(run, ours, flood, children), partial(run, peer, flood, children))
            mine, theirs = ([total / taken for taken in side] for side in seconds)
            label = "readline" if what == "lines" else "readline + decode"
            yield Row(f"reader, {where}, {what}", "events/s", mine, label, theirs, goals)
    long: Play = {"play": "long", "bytes": size}
    seconds = interleaved(rounds, partial(run, lines, long, 1), partial(run, readline, long, 1))
    mine, theirs = ([1e3 * taken for taken in side] for side in seconds)
    yield Row("reader, a 10 MB line", "ms", mine, "readline", theirs, (Goal("value", "at most", 60),))


def run(read: Callable[[Play, int], Coroutine[Any, Any, float]], play: Play, children: int) -> float:
    return asyncio.run(read(play, children))


# -- ours


async def lines(play: Play, children: int) -> float:
    async def read(pipe: Pipe) -> None:
        with pipe.request("sendMessage", {"prompt": json.dumps(play)}) as stream:
            last: list[bytes] = [b"", b""]
            while not last[-2].startswith(b'{"type":"end"'):
                last = (await stream.take_block()).split(b"\n")

    return await on_pipes(read, children)


async def decoded(play: Play, children: int) -> float:
    async def read(pipe: Pipe) -> None:
        with pipe.request("sendMessage", {"prompt": json.dumps(play)}) as stream:
            while (await stream.take())[-1]["type"] != "end":
                pass

    return await on_pipes(read, children)


async def on_pipes(read: Callable[[Pipe], Awaitable[None]], children: int) -> float:
    pipes = [await Pipe.open(PRODUCER, {}) for _ in range(children)]
    begin = time.perf_counter()
    await asyncio.gather(*(read(pipe) for pipe in pipes))
    seconds = time.perf_counter() - begin
    await asyncio.gather(*(pipe.aclose() for pipe in pipes))
    return seconds


# -- the peer


async def readline(play: Play, children: int) -> float:
    async def read(reader: asyncio.StreamReader) -> None:
        while not (await reader.readline()).startswith(b'{"type":"end"'):
            pass

    return await on_readers(read, play, children)


async def readline_decoded(play: Play, children: int) -> float:
    decode = msgspec.json.Decoder(dict[str, object]).decode

    async def read(reader: asyncio.StreamReader) -> None:
        while decode(await reader.readline())["type"] != "end":
            pass

    return await on_readers(read, play, children)


async def on_readers(read: Callable[[asyncio.StreamReader], Awaitable[None]], play: Play, children: int) -> float:
    request = {"id": "r", "method": "sendMessage", "params": {"prompt": json.dumps(play)}}
    processes = [await child() for _ in range(children)]
    begin = time.perf_counter()
    for process in processes:
        process.stdin.write(msgspec.json.encode(request) + b"\n")
    await asyncio.gather(*(read(process.stdout) for process in processes))
    seconds = time.perf_counter() - begin
    for process in processes:
        process.stdin.close()
        await process.wait()
    return seconds


async def child() -> asyncio.subprocess.Process:
    """A producer that has said `ready`, on the pipes and the reader that asyncio gives."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*PRODUCER, stdin=pipe, stdout=pipe, env={}, limit=READLINE_LIMIT)
    await process.stdout.readline()
    return process
