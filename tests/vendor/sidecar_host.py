"""One host of one sidecar, for tests: it sends requests, keeps every event, and waits for what it is told to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workbench.protocol import wire

Event = dict[str, Any]
PATIENCE = 60.0
"""Seconds within which anything must happen, on a machine that stands still for some of them."""


class Run:
    """One turn: its events as they come."""

    def __init__(self, name: str, sidecar: Sidecar) -> None:
        self.name = name
        self._sidecar = sidecar

    @property
    def events(self) -> list[Event]:
        return [event for event in self._sidecar.events if event.get("id") == self.name]

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.events if event["type"] in kinds]

    @property
    def text(self) -> str:
        return "".join(event["content"]["text"] for event in self.of("agent_message_chunk"))

    @property
    def end(self) -> Event:
        (end,) = self.of(*wire.TERMINAL)
        assert self.events[-1] is end
        return end

    @property
    def usage(self) -> dict[str, Any]:
        return self.of("usage_update")[-1]["modelUsage"]

    async def until(self, kind: str, count: int = 1) -> Event:
        """The `count`-th event of this kind, once it is there."""
        await self._sidecar.until(lambda: len(self.of(kind)) >= count or bool(self.of(*wire.TERMINAL)))
        found = self.of(kind)
        assert len(found) >= count, f"no {kind} in {self.events}"
        return found[count - 1]

    async def over(self) -> Event:
        await self._sidecar.until(lambda: bool(self.of(*wire.TERMINAL)))
        return self.end


class Sidecar:
    """`python -m workbench.sidecar --provider claude`, and one host that reads all it says."""

    def __init__(self, process: asyncio.subprocess.Process, cwd: Path) -> None:
        self.events: list[Event] = []
        self.cwd = cwd
        self.process = process
        self._news = asyncio.Condition()
        self._count = 0
        self._reader = asyncio.create_task(self._read())

    async def _read(self) -> None:
        assert self.process.stdout
        while line := await self.process.stdout.readline():
            async with self._news:
                self.events.append(json.loads(line))
                self._news.notify_all()

    async def until(self, happened: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE), self._news:
            await self._news.wait_for(happened)

    async def request(self, method: str, **params: Any) -> Event:
        """Sends a request and returns the first event with its id."""
        name = await self.post(method, **params)
        await self.until(lambda: any(event.get("id") == name for event in self.events))
        return next(event for event in self.events if event.get("id") == name)

    async def post(self, method: str, **params: Any) -> str:
        self._count += 1
        name = f"r{self._count}"
        assert self.process.stdin
        self.process.stdin.write(json.dumps({"id": name, "method": method, "params": params}).encode() + b"\n")
        await self.process.stdin.drain()
        return name

    async def send(self, prompt: str, **params: Any) -> Run:
        settings = {"cwd": str(self.cwd), "model": "claude-sonnet-5", **params}
        return Run(await self.post("sendMessage", prompt=prompt, **settings), self)

    async def turn(self, prompt: str, **params: Any) -> Run:
        """A turn from its prompt to its end."""
        run = await self.send(prompt, **params)
        await run.over()
        return run

    async def answer(self, asked: Event, **answer: Any) -> None:
        if asked["type"] == "permissionRequest":
            await self.post("permissionResponse", permissionId=asked["permissionId"], **answer)
        else:
            await self.post("userInputResponse", userInputId=asked["userInputId"], **answer)

    async def close(self) -> int:
        assert self.process.stdin
        self.process.stdin.close()
        async with asyncio.timeout(PATIENCE):
            await self._reader
            return await self.process.wait()


Start = Callable[..., contextlib.AbstractAsyncContextManager[Sidecar]]
