"""A provider that does what vendors should not: the prompt names the deed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

from workbench.errors import Refused
from workbench.sidecar.provider import Answer, Capabilities, Outcome, Turn

DONE = Outcome("end", {"stopReason": "end_turn"})


def create() -> Odd:
    return Odd()


class Odd:
    name = "odd"
    capabilities = Capabilities()

    def __init__(self) -> None:
        self.stopped = asyncio.Event()
        self.forgotten: list[asyncio.Task[None]] = []

    async def run(self, turn: Turn) -> Outcome:
        self.stopped.clear()
        return await getattr(self, turn.request["prompt"])(turn) or DONE

    def say(self, turn: Turn, text: str, **fields: Any) -> None:
        turn.emit("agent_message_chunk", content={"type": "text", "text": text}, **fields)

    async def nothing(self, turn: Turn) -> None: ...

    async def fail(self, turn: Turn) -> None:
        self.say(turn, "so far")
        raise RuntimeError("the vendor fell over")

    async def refuse(self, turn: Turn) -> None:
        raise Refused("quota", "The quota is used up.", remedy="Wait until Monday.")

    async def leave(self, turn: Turn) -> None:
        sys.exit(3)

    async def forget(self, turn: Turn) -> None:
        async def later() -> None:
            raise RuntimeError("nobody awaits me")

        asyncio.get_running_loop().call_soon(lambda: 1 / 0)
        self.forgotten = [asyncio.create_task(later())]
        await asyncio.sleep(0)
        self.forgotten.clear()

    async def speak_late(self, turn: Turn) -> None:
        turn.emit("end", stopReason="too early")
        asyncio.get_running_loop().call_later(0.02, lambda: self.say(turn, "one more thing"))

    async def print_things(self, turn: Turn) -> None:
        print("a stray print")
        sys.stdout.flush()
        child = 'import sys; print("a child", repr(sys.stdin.read()))'
        await asyncio.to_thread(subprocess.run, [sys.executable, "-c", child], check=True)

    async def emit_oddities(self, turn: Turn) -> None:
        deep: list[Any] = []
        for _ in range(5000):
            deep = [deep]
        turn.emit("notice", severity="info", message="half \ud83d", type="forged", id="forged", number=float("nan"))
        turn.emit("notice", severity="info", message="things", raw={"thing": object(), ("a", 1): {1, 2}, "deep": deep})

    async def ask(self, turn: Turn) -> None:
        for number in range(2):
            answer = await turn.ask_permission(f"{turn.id}-{number}", "Bash", {"command": "ls"}, toolCallId="c1")
            self.tell(turn, answer)

    async def question(self, turn: Turn) -> None:
        self.tell(turn, await turn.ask_input(f"{turn.id}-q", [{"question": "Which?"}]))

    def tell(self, turn: Turn, answer: Answer) -> None:
        self.say(turn, f"{answer.behavior} by {answer.by}: {answer.message or answer.content}")

    async def wait(self, turn: Turn) -> Outcome:
        self.say(turn, "waiting")
        await self.stopped.wait()
        return Outcome("aborted", {"reason": "stopped"})

    async def hang(self, turn: Turn) -> None:
        await asyncio.Event().wait()

    async def take_leave(self, turn: Turn) -> Outcome:
        self.say(turn, "waiting")
        await self.stopped.wait()
        self.say(turn, "stopping")
        may_leave = Path(os.environ["ODD_LEAVE"])
        while not may_leave.exists():  # noqa: ASYNC110, ASYNC240 - a file has no event
            await asyncio.sleep(0.01)
        return Outcome("aborted", {"reason": "stopped"})

    async def refuse_to_go(self, turn: Turn) -> None:
        threading.Thread(target=threading.Event().wait).start()
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                self.say(turn, "no")

    async def leak(self, turn: Turn) -> None:
        key = os.environ["ODD_KEY"]
        self.say(turn, "the key is " + key[:9], messageId="m1", raw={"delta": key[:9]})
        self.say(turn, key[9:] + ", keep it", messageId="m1", raw={"delta": key[9:]})
        self.say(turn, " for me", messageId="m1", raw={"delta": " for me"})
        turn.emit(
            "tool_call", toolCallId="c1", name="Bash", title="t", kind="execute", status="pending", rawInput={"k": key}
        )
        self.say(turn, key[:3], messageId="m2")
        turn.emit("notice", severity="info", message="a pause")
        self.say(turn, key[3:], messageId="m2")
        self.say(turn, "begun: " + key[:12], messageId="m3")

    async def leak_header(self, turn: Turn) -> None:
        said = os.environ["ODD_HEADERS"].removeprefix("X-Auth: Bearer ")
        self.say(turn, said[:9], messageId="m1")
        self.say(turn, said[9:], messageId="m1")

    async def interrupt(self) -> None:
        self.stopped.set()

    async def steer(self, prompt: str) -> bool:
        return prompt == "left"

    async def update(self, config: Any) -> None: ...

    async def models(self) -> list[dict[str, Any]]:
        raise ValueError("no list today")

    async def commands(self) -> list[dict[str, Any]]:
        return []

    async def title(self, text: str) -> str:
        return text.title()

    async def context_usage(self) -> dict[str, Any]:
        return {}

    async def close(self) -> None:
        raise RuntimeError("closing hurts")
