"""A skill to refine, an agent whose turns are recordings made on the spot, and other hosts on the same home."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from workbench.app import Workbench
from workbench.settings import Settings
from workbench.workflows.refining.driving import Driving
from workbench.workflows.refining.refine import Refining, Result, Sent

SKILL = """---
name: matching
description: Matches invoices with orders. Use when an invoice has come.
---

# Matching

Compare the number.

Compare the sum.

Ask when in doubt.
"""
LONG = SKILL + "".join(f"\nRule {number}: look twice.\n" for number in range(1, 30))


def git(folder: Path, *words: str) -> str:
    """What the person's own git says."""
    return subprocess.run(["git", *words], cwd=folder, capture_output=True, check=True).stdout.decode()


class Recordings:
    """Turns of an agent, each a file of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def turn(
        self,
        edits: Mapping[str, tuple[str | None, str]] | None = None,
        *,
        says: str = "Done.",
        asks: bool = False,
        shell: bool = False,
        turns: int = 1,
        cost: float = 0.01,
        structured: Any = None,
        events: list[dict[str, Any]] | None = None,
    ) -> Path:
        """A turn that makes these edits (path below the skill: text before and after), says something and ends. With
        `asks` it first asks the person, and goes on when it is answered. With `shell` a tool is at work that does not
        say what it changes; it does nothing, the test does it for it.
        """
        self.made += 1
        out: list[dict[str, Any]] = [{"type": "session_info_update", "model": "made-up"}]
        if shell:
            command = {"name": "mcp__shop__make", "kind": "other", "title": "make", "rawInput": {}}
            out.append({"type": "tool_call", "toolCallId": "shell", "status": "pending", **command})
        if asks:
            question = {"question": "Go on?", "options": [{"label": "Yes"}]}
            out.append({"type": "userInputRequest", "userInputId": "q", "questions": [question]})
        for number, (path, (old, new)) in enumerate((edits or {}).items()):
            file, call = f"${{CWD}}/{path}", f"call-{number}"
            begun = {
                "name": "Write",
                "kind": "edit",
                "title": path,
                "status": "pending",
                "rawInput": {"file_path": file},
            }
            diff = {"type": "diff", "path": file, "oldText": old, "newText": new}
            out.append({"type": "tool_call", "toolCallId": call, **begun})
            out.append({"type": "tool_call_update", "toolCallId": call, "status": "completed", "content": [diff]})
        out += events or []
        out.append({"type": "agent_message_chunk", "messageId": "m", "content": {"type": "text", "text": says}})
        used = {"inputTokens": 10, "outputTokens": 5, "costUSD": cost}
        out.append({"type": "usage_update", "cumulative": False, "modelUsage": {"made-up": used}})
        end = {"type": "end", "stopReason": "end_turn", "turns": turns}
        out.append(end if structured is None else {**end, "structured": structured})
        lines = [{"seq": 1, "t": 0, "d": "in", "f": {"id": "r", "method": "sendMessage", "params": {"prompt": "x"}}}]
        lines += [
            {"seq": number, "t": number, "d": "out", "f": {"type": frame["type"], "id": "r", **frame}}
            for number, frame in enumerate(out, 2)
        ]
        path_ = self.folder / f"turn-{self.made}.jsonl"
        path_.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return path_


class Bench:
    """One host with a skill at hand."""

    def __init__(self, bench: Workbench, folder: Path) -> None:
        self.bench = bench
        self.root = folder / "skills"
        self.recordings = Recordings(folder)
        bench.save_settings(Settings(skills_path=str(self.root)))
        self.refining = Refining(bench.library, bench.recorder, lambda: bench.pool)

    @property
    def folder(self) -> Path:
        return self.root / "matching"

    def make(self, text: str = SKILL, **files: str) -> None:
        made = {"SKILL.md": text, **{path.replace("__", "/") + ".md": data for path, data in files.items()}}
        self.bench.library.create("matching", {path: data.encode() for path, data in made.items()})

    def read(self, path: str = "SKILL.md") -> str:
        return (self.folder / path).read_text()

    def call(self, command: str, /, **params: Any) -> dict[str, Any]:
        return self.bench.call(command, params)

    async def acall(self, command: str, /, **params: Any) -> dict[str, Any]:
        return await self.bench.acall(command, params)

    def told(self, session: str) -> dict[str, Any]:
        """What the agent was told at its last turn."""
        lines = (self.bench.home.session(session) / "transcript.jsonl").read_bytes().splitlines()
        sent = [json.loads(line)["f"] for line in lines]
        return [frame["params"] for frame in sent if frame.get("method") == "sendMessage"][-1]

    async def send(self, message: str, recording: Path | None = None, *, shell: bool = False, **options: Any) -> Sent:
        """A message, which a recording answers."""
        played = {"recording": str(recording or self.recordings.turn()), "speed": 0}
        played |= {"substitutions": {"${CWD}": str(self.folder)}, **options}
        driving = Driving("replay", shell=shell, params={"options": played})
        await self.refining.start("matching", driving)
        return await self.refining.send("matching", message, driving)

    async def say(self, message: str, recording: Path | None = None, **options: Any) -> Result:
        """A message and its answer, to the end."""
        sent = await self.send(message, recording, **options)
        return await self.refining.settle("matching", sent.run)

    async def meanwhile(
        self, message: str, work: Callable[[], object], recording: Path | None = None, *, shell: bool = False
    ) -> Result:
        """A turn in whose middle something is done to the files: by a person, or (`shell`) the agent's own command."""
        sent = await self.send(message, recording or self.recordings.turn(asks=True, shell=shell), shell=shell)
        asked = await self.asks(sent.session, sent.run)
        work()
        await self.bench.pool.respond_input(sent.session, asked, "submit", content={"Go on?": "Yes"})
        return await self.refining.settle("matching", sent.run)

    async def asks(self, session: str, run: str | None = None) -> str:
        """The id of the question that the agent waits with (in this run), once it does."""
        async for batch in self.bench.pool.follow(session):
            for record in batch.records:
                asks = record["d"] == "out" and record.get("f", {}).get("type") == "userInputRequest"
                if asks and run in (None, record["f"]["id"]):
                    return str(record["f"]["userInputId"])
        raise AssertionError("it never asked")

    async def edit(
        self, old: str, new: str, path: str = "SKILL.md", message: str = "Mend it.", **options: Any
    ) -> Result:
        """A turn in which the agent replaces a text."""
        before = self.read(path)
        assert old in before
        return await self.say(message, self.recordings.turn({path: (before, before.replace(old, new))}), **options)
