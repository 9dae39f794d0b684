"""What the scripted model says in each turn of an example, read from `<example>/script.toml` and the files beside it.

Idea: the content of an example is data that a person can read and mend; this makes the model's answers of it. Placeholders
stay in place: the skill's name and the day are put in by whoever asks, the agent's folder by the server, which is told it
with each request.
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, Final

from workbench.workflows.recording.recordings import CWD, SKILL, TODAY

Json = dict[str, Any]

ROOT: Final = Path(__file__).parent
OUTPUT_TOOL: Final = "StructuredOutput"
AGENT_TOOL: Final = "Agent"
ASKING_TOOL: Final = "AskUserQuestion"


class Script:
    """The turns of one example."""

    def __init__(self, example: str, *, skill: str, today: str) -> None:
        self.folder = ROOT / example
        self._stands_for = {SKILL: skill, TODAY: today}
        self._turns: dict[str, list[Json]] = tomllib.loads((self.folder / "script.toml").read_text("utf-8"))

    @property
    def turns(self) -> list[str]:
        """Their names: `research.main`."""
        return list(self._turns)

    def steps(self, turn: str) -> list[Json]:
        """The answers of the model in that turn, as `fakes.model_server` takes them."""
        return [self._step(entry) for entry in self._turns[turn]]

    def agents(self, turn: str) -> dict[str, list[Json]]:
        """What the turn's sub-agents say, by what they are asked."""
        return {
            agent["prompt"]: [{"text": agent["report"]}]
            for entry in self._turns[turn]
            for agent in entry.get("agents", [])
        }

    def answers(self, turn: str) -> dict[str, str]:
        """What the person answers in the turn, by what they are asked."""
        return {entry["ask"]: entry["answer"] for entry in self._turns[turn] if "ask" in entry}

    def file(self, name: str) -> str:
        """A file of the example with its placeholders but the agent's folder filled in."""
        text = (self.folder / name).read_text("utf-8")
        for placeholder, value in self._stands_for.items():
            text = text.replace(placeholder, value)
        return text

    def output(self, entry: Json) -> Json:
        """The object of a `structured` or `plain` entry. `cut` leaves one item of the list at that path."""
        found: Json = json.loads(self.file(entry.get("structured") or entry["plain"]))
        if "cut" in entry:
            at: Any = found
            for part in entry["cut"].split("."):
                at = at[int(part) if part.isdecimal() else part]
            del at[1:]
        return found

    def _step(self, entry: Json) -> Json:
        step = {key: entry[key] for key in ("thinking", "text") if key in entry}
        if "structured" in entry:
            return step | {"tool": OUTPUT_TOOL, "input": self.output(entry)}
        if "plain" in entry:
            block = json.dumps(self.output(entry), indent=2, ensure_ascii=False)
            return step | {"text": f"{step.get('text', '')}\n\n```json\n{block}\n```".lstrip()}
        if "text_of" in entry:
            return step | {"text": self.file(entry["text_of"])}
        if "agents" in entry:
            kind = {"subagent_type": "general-purpose"}
            return step | {
                "tools": [
                    {
                        "tool": AGENT_TOOL,
                        "input": {**kind, "description": each["description"], "prompt": each["prompt"]},
                    }
                    for each in entry["agents"]
                ]
            }
        if "ask" in entry:
            asked = {"question": entry["ask"], "header": entry["header"], "options": entry["choices"]}
            return step | {"tool": ASKING_TOOL, "input": {"questions": [{**asked, "multiSelect": False}]}}
        return step | self._on_a_file(entry)

    def _on_a_file(self, entry: Json) -> Json:
        if "write" in entry:
            path = entry["write"].partition("/")[2]
            return {"tool": "Write", "input": {"file_path": f"{CWD}/{path}", "content": self.file(entry["write"])}}
        if "read" in entry:
            return {"tool": "Read", "input": {"file_path": f"{CWD}/{entry['read']}"}}
        if "edit" in entry:
            change = {"old_string": entry["old"], "new_string": entry["new"]}
            return {"tool": "Edit", "input": {"file_path": f"{CWD}/{entry['edit']}", **change}}
        return {}
