"""A model that plays a whole workflow for the real Claude Code, and keeps what each of its answers was worth.

Which turn a request belongs to is told by the address (`/script/<name>`: a test's own) and by what the request wants
returned; how far its session has come, by the answers in the conversation. So a session that was killed goes on where it
stopped. What is kept in `bill` is what the ledger has to come to.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass, field
from typing import Any, Final

from fakes.model_server import USAGE, Json, output_tokens
from recordings.director import cwd_of, is_answer, placed, texts_of
from recordings.scripts import OUTPUT_TOOL

from workbench.workflows.steps.turning import GO_ON

RETURNED: Final = {"sections": "research", "refinements": "detail", "decisions": "decisions", "per_question": "gate"}
"""Turns by a key of what they return; another one writes files."""
PRICES: Final = {
    "claude-sonnet-5": (2_000_000, 10_000_000, 200_000, 2_500_000),
    "claude-haiku-5-5": (100_000, 500_000, 10_000, 125_000),
}
"""In 1e-12 dollars a token: in, out, read from the cache, written to it."""


@dataclass(frozen=True)
class Item:
    """One answer of the model on the bill."""

    turn: str
    model: str
    tokens: tuple[int, int, int, int]
    """In, out, read from the cache, written to it."""

    @property
    def cost(self) -> int:
        prices = next(prices for name, prices in PRICES.items() if self.model.startswith(name))
        return sum(count * price for count, price in zip(self.tokens, prices, strict=True))


@dataclass
class Playing:
    """The scripts, by `<name>.<turn>`, and what was answered."""

    turns: dict[str, list[Json]] = field(default_factory=dict)
    agents: dict[str, list[Json]] = field(default_factory=dict)
    """What sub-agents say, by what they are asked."""
    bill: list[Item] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    """What an answer that is held waits for."""

    def __call__(self, name: str, body: Json) -> Json:
        turn, steps = self._script(name, body)
        at = sum(is_answer(message, steps) for message in body["messages"])
        step = placed(steps[at] if at < len(steps) else {"text": "That is all."}, cwd_of(body))
        if any(GO_ON in text for message in body["messages"] for text in texts_of(message)):
            step = {key: value for key, value in step.items() if key not in ("delay", "held")}
        counted = output_tokens(*({"said": step[key]} for key in ("thinking", "text", "input") if key in step))
        tokens = USAGE["input_tokens"], counted, USAGE["cache_read_input_tokens"], USAGE["cache_creation_input_tokens"]
        self.bill.append(Item(turn, body["model"], tokens))
        return step | {"usage": USAGE | {"output_tokens": counted}}

    def _script(self, name: str, body: Json) -> tuple[str, list[Json]]:
        asked = texts_of(body["messages"][0])
        for prompt, steps in self.agents.items():
            if any(prompt in text for text in asked):
                return "agent", steps
        schema = next((tool["input_schema"] for tool in body.get("tools") or [] if tool["name"] == OUTPUT_TOOL), {})
        turn = next((RETURNED[key] for key in schema.get("properties", {}) if key in RETURNED), "files")
        return turn, self.turns[f"{name}.{turn}"]

    def of(self, *turns: str) -> list[Item]:
        """The part of the bill that is these turns'; all of it for none."""
        return [item for item in self.bill if not turns or item.turn in turns]

    def cost(self, *turns: str) -> int:
        return sum(item.cost for item in self.of(*turns))


# -- answers ----------------------------------------------------------------------------------------------------------


def returned(value: Any) -> Json:
    """The value as structured output."""
    return {"tool": OUTPUT_TOOL, "input": value}


def plain(value: Any) -> Json:
    """The same in a text."""
    return {"text": f"Here it is:\n\n```json\n{json.dumps(value, indent=1)}\n```"}


def write(path: str, content: str) -> Json:
    return {"tool": "Write", "input": {"file_path": path, "content": content}}


def delegate(prompt: str) -> Json:
    about = {"description": "Look into it", "subagent_type": "general-purpose", "prompt": prompt}
    return {"tool": "Agent", "input": about}


def asks(question: str, *labels: str) -> Json:
    options = [{"label": label, "description": "So."} for label in labels]
    asked = {"question": question, "header": "Scope", "multiSelect": False, "options": options}
    return {"tool": "AskUserQuestion", "input": {"questions": [asked]}}


def slow(text: str) -> Json:
    """A text that one can do something in the middle of: it stops after a few words, until the model may go on."""
    return {"text": text, "chunk": 8, "held": True}


def endless(text: str) -> Json:
    """A text to be killed in, longer than that takes on any machine; said at once when the session goes on afterwards."""
    return {"text": text + " And so on." * 100, "chunk": 2, "delay": 0.2}
