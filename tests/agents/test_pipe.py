"""A plain child on pipes: a real one, which is whatever program the test needs."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from house import eventually

from workbench.agents.children import Children
from workbench.agents.pipe import Pipe
from workbench.agents.stream import Stream
from workbench.errors import NoRecording, Refused, SidecarFailed, SidecarMissing

CHILD = """
import json, os, subprocess, sys, time
def say(**event): sys.stdout.write(json.dumps(event) + "\\n"); sys.stdout.flush()
{before}
say(type="ready", version=1)
for line in sys.stdin:
    request = json.loads(line)
    name, method, params = request["id"], request["method"], request["params"]
    if method == "shutdown":
        break
    {body}
"""

Opener = Callable[..., Awaitable[Pipe]]


def program(body: str = "say(type='pong', id=name, result=params)", before: str = "") -> list[str]:
    return [sys.executable, "-c", CHILD.format(body=body.replace("\n", "\n    "), before=before)]


@pytest.fixture
async def opened() -> AsyncIterator[Opener]:
    pipes: list[Pipe] = []

    async def open_pipe(*args: Any, argv: list[str] | None = None, **options: Any) -> Pipe:
        pipe = await Pipe.open(argv or program(*args), dict(os.environ), ready_s=60, **options)
        pipes.append(pipe)
        return pipe

    yield open_pipe
    await asyncio.gather(*(pipe.aclose(stdin_s=0.2, term_s=0.2) for pipe in pipes))
    assert not any(pipe.alive for pipe in pipes)


async def test_a_request_gets_its_answer(opened: Opener) -> None:
    pipe = await opened()
    assert (await pipe.ask("ping", {"n": 1}))["result"] == {"n": 1}


async def test_many_requests_share_a_child_and_each_gets_its_own_answer(opened: Opener) -> None:
    pipe = await opened()
    answers = await asyncio.gather(*(pipe.ask("ping", {"n": n}) for n in range(200)))
    assert [answer["result"]["n"] for answer in answers] == list(range(200))
    assert not pipe.busy


async def test_heartbeats_are_not_answers(opened: Opener) -> None:
    pipe = await opened("say(type='heartbeat', id=name); say(type='pong', id=name, result=7)")
    assert (await pipe.ask("ping"))["result"] == 7


async def test_an_error_is_raised_as_what_it_was(opened: Opener) -> None:
    body = "say(type='error', id=name, kind='no_recording', message='Nothing.', remedy='Record.', facts={'a': 1})"
    with pytest.raises(NoRecording, match="Nothing") as caught:
        await (await opened(body)).ask("listModels")
    assert caught.value.facts == {"a": 1}


async def test_a_child_that_says_an_error_instead_of_ready_is_quoted() -> None:
    before = "say(type='error', kind='sidecar_missing', message='No SDK.', remedy='pip install it'); sys.exit(78)"
    with pytest.raises(SidecarMissing, match="pip install it"):
        await Pipe.open(program(before=before), dict(os.environ), ready_s=60)


async def test_a_program_that_does_not_exist_is_one_sentence() -> None:
    with pytest.raises(SidecarFailed, match="could not be started: No such file"):
        await Pipe.open(["/nowhere/agent"], {})


async def test_a_child_that_is_never_ready_is_ended_and_its_last_lines_are_told(tmp_path: Path) -> None:
    has_spoken = tmp_path / "has spoken"

    class Heard(Pipe):
        """The time that it has begins when its child has spoken: however long a machine holds that up."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            deadline = time.monotonic() + 60
            while not has_spoken.exists():
                assert time.monotonic() < deadline
                time.sleep(0.01)

    argv = ["/bin/sh", "-c", 'echo the cause >&2; : > "$0"; exec sleep 60', str(has_spoken)]
    with pytest.raises(SidecarFailed, match=r"not ready within 0.3 s") as caught:
        await Heard.open(argv, dict(os.environ), ready_s=0.3)
    assert caught.value.facts["stderr"] == ["the cause"]


async def test_a_child_that_dies_fails_what_waits_and_tells_its_last_lines(opened: Opener) -> None:
    pipe = await opened("[print(n, file=sys.stderr, flush=True) for n in range(100)]; os._exit(3)")
    with pytest.raises(SidecarFailed, match="has ended") as caught:
        await pipe.ask("ping")
    assert caught.value.facts["stderr"] == [str(n) for n in range(80, 100)]
    with pytest.raises(SidecarFailed, match="has ended"):
        await pipe.ask("ping")


async def test_secrets_are_masked_in_the_last_lines(opened: Opener) -> None:
    pipe = await opened(
        "print('key=hunter2-secret', file=sys.stderr, flush=True); os._exit(3)", needles=[b"hunter2-secret"]
    )
    with pytest.raises(SidecarFailed) as caught:
        await pipe.ask("ping")
    assert caught.value.facts["stderr"] == ["key=[REDACTED]"]


async def test_an_answer_that_never_comes_is_given_up(opened: Opener) -> None:
    pipe = await opened("pass")
    with pytest.raises(SidecarFailed, match="ping was not answered"):
        await pipe.ask("ping", within_s=0.2)
    assert not pipe.busy


async def test_garbage_is_passed_over(opened: Opener) -> None:
    body = "sys.stdout.buffer.write(b'\\xff\\x00 nonsense\\n[1]\\n{}\\n'); sys.stdout.flush(); say(type='pong', id=name, result=1)"
    pipe = await opened(body)
    assert (await pipe.ask("ping"))["result"] == 1


async def test_a_ten_megabyte_line_arrives_whole(opened: Opener) -> None:
    pipe = await opened("say(type='pong', id=name, result='x' * 10_000_000)")
    assert len((await pipe.ask("ping"))["result"]) == 10_000_000


async def test_a_line_over_the_cap_is_dropped_and_the_next_one_read(opened: Opener) -> None:
    pipe = await opened("say(type='pong', id=name, result='x' * 17_000_000); say(type='pong', id=name, result=2)")
    assert (await pipe.ask("ping"))["result"] == 2


async def test_a_flood_on_stderr_never_blocks_the_child(opened: Opener) -> None:
    pipe = await opened("sys.stderr.write('y' * 30_000_000); sys.stderr.flush(); say(type='pong', id=name, result=3)")
    assert (await pipe.ask("ping"))["result"] == 3
    assert len(pipe.stderr[0]) == 2_000


async def test_a_stream_that_is_not_read_fails_alone(opened: Opener) -> None:
    body = "[say(type='chunk', id=name, text='x' * 1000) for _ in range(params.get('n', 0))]; say(type='pong', id=name)"
    pipe = await opened(body)
    with pipe.request("flood", {"n": 40_000}) as stream:
        # The second request's answer comes after all of the flood, which nobody has read.
        assert (await pipe.ask("ping"))["type"] == "pong"
        with pytest.raises(Refused, match="faster than it is read"):
            await stream.take()


async def test_batches_are_handed_over_a_chunk_at_a_time() -> None:
    stream = Stream(None, limit=100)
    stream.put(b'{"n":1}\n{"n":2}\n')
    stream.put(b'{"n":3}\n')
    assert [event["n"] for event in await stream.take()] == [1, 2, 3]
    stream.fail(SidecarFailed("over"))
    with pytest.raises(SidecarFailed):
        await stream.take()


async def test_a_grandchild_that_keeps_the_pipes_open_keeps_nobody_waiting(opened: Opener) -> None:
    body = (
        "subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(90)'], start_new_session=True); os._exit(0)"
    )
    pipe = await opened(body)
    async with asyncio.timeout(60):
        with pytest.raises(SidecarFailed, match="has ended"):
            await pipe.ask("ping")
        await pipe.aclose()


async def test_a_deaf_child_is_killed(opened: Opener) -> None:
    before = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    pipe = await opened("time.sleep(60)", before)
    async with asyncio.timeout(60):
        await pipe.aclose(shutdown_s=0.1, stdin_s=0.1, term_s=0.3)
    assert not pipe.alive


# -- one child a provider ---------------------------------------------------------------------------------------------


class Counted:
    def __init__(self) -> None:
        self.pipes: list[Pipe] = []

    async def __call__(self, provider: str) -> Pipe:
        body = "say(type='pong', id=name, result=os.getpid())"
        pipe = await Pipe.open(program(body), dict(os.environ), ready_s=60)
        self.pipes.append(pipe)
        return pipe


async def test_requests_of_one_provider_share_one_child() -> None:
    children = Children(Counted())
    pids = await asyncio.gather(*(children.ask("replay", "ping", None, within_s=60) for _ in range(5)))
    other = await children.ask("claude", "ping", None, within_s=60)
    assert len(set(pids)) == 1
    assert other not in pids
    await children.aclose()


async def test_a_child_that_nobody_asks_is_closed_and_the_next_question_gets_a_new_one() -> None:
    counted = Counted()
    children = Children(counted, idle_s=0.1)
    first = await children.ask("replay", "ping", None, within_s=60)
    await eventually(lambda: not counted.pipes[0].alive)
    second = await children.ask("replay", "ping", None, within_s=60)
    assert first != second
    await children.aclose()
    assert not any(pipe.alive for pipe in counted.pipes)


async def test_a_child_that_died_is_replaced() -> None:
    counted = Counted()
    children = Children(counted)
    first = await children.ask("replay", "ping", None, within_s=60)
    os.kill(first, 9)
    await eventually(lambda: not counted.pipes[0].alive)
    assert await children.ask("replay", "ping", None, within_s=60) != first
    await children.aclose()
