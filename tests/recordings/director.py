"""Which answer of a script is due, told from the address and the conversation alone.

The address names the turn that a session begins with: `invoice-matching/research.main`. How far the session has come is the
number of answers in the conversation; turns that follow in the same session (a repair, the next message) go on where
the one before ended. So retries, resumed sessions and sessions side by side need no state.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from recordings.scripts import OUTPUT_TOOL, Script
from workbench.workflows.testing.folders import SKILLS

Json = dict[str, Any]

_CWD: Final = re.compile(r"orking directory: (\S+)")


class Director:
    """The scripts of some examples."""

    def __init__(self, scripts: Mapping[str, Script]) -> None:
        self._scripts = scripts

    def __call__(self, name: str, body: Json) -> Json:
        example, _, turn = name.partition("/")
        if not body.get("tools"):
            return {"text": "OK"}
        script = self._scripts[example]
        cwd = cwd_of(body)
        steps = self._steps(script, turn, body, cwd)
        at = sum(is_answer(message, steps) for message in body["messages"])
        step = steps[at] if at < len(steps) else {"text": "That is all."}
        # Counted before the folder's name is put in: the recording must not depend on its length.
        return placed(step, cwd) | {"usage": usage(at) | {"output_tokens": counted(step)}}

    def _steps(self, script: Script, turn: str, body: Json, cwd: str) -> list[Json]:
        texts = texts_of(body["messages"][0])
        for each in script.turns:
            for prompt, steps in script.agents(each).items():
                if any(prompt in text for text in texts):
                    return steps
        return [step for each in session(script, turn, body, cwd) for step in script.steps(each)]


def session(script: Script, turn: str, body: Json, cwd: str) -> list[str]:
    """The turns of the session that begins with this one, in order."""
    step, _, first = turn.partition(".")
    if step == "test":
        judging = any(tool["name"] == OUTPUT_TOOL for tool in body["tools"])
        side = "judge" if judging else side_of(Path(cwd))
        return [f"test.{side}-{first}"]
    if first == "main":
        return [each for each in (turn, f"{step}.repair") if each in script.turns]
    if first.startswith("say-"):
        return [each for each in script.turns if each.startswith(f"{step}.say-")]
    return [turn]


def side_of(cwd: Path) -> str:
    """Which arm of a test works in a folder: its name does not tell, what lies there does."""
    return "with" if len(list((cwd / SKILLS).iterdir())) > 1 else "baseline"


def is_answer(message: Json, steps: list[Json]) -> bool:
    """Whether a message is one of these answers. A session that is resumed holds a message of the program's own, too."""
    if message["role"] != "assistant":
        return False
    called = not isinstance(message["content"], str) and any(
        block["type"] == "tool_use" for block in message["content"]
    )
    return called or any(step.get("text") in texts_of(message) for step in steps if "text" in step)


def usage(at: int) -> Json:
    """What the n-th answer of a session counts as: a long prompt that is in the cache after the first time."""
    written = 900 if at else 15_600
    return {"input_tokens": 6, "cache_creation_input_tokens": written, "cache_read_input_tokens": 14_700 + 900 * at}


def counted(step: Json) -> int:
    """What the answer counts as output."""
    told = [step[key] for key in ("thinking", "text", "input", "tools") if key in step]
    return sum(max(1, len(json.dumps(each)) // 4) for each in told)


def cwd_of(body: Json) -> str:
    """The folder that the agent works in, as it is told: by a system message, or in the system prompt."""
    told = [message for message in body["messages"] if message["role"] == "system"]
    texts = [text for message in told for text in texts_of(message)]
    texts += texts_of({"content": body.get("system") or ""})
    return next((found[1] for text in texts if (found := _CWD.search(text))), "")


def texts_of(message: Json) -> list[str]:
    content = message["content"]
    if isinstance(content, str):
        return [content]
    return [block["text"] for block in content if block["type"] == "text"]


def placed(step: Json, cwd: str) -> Json:
    """The step with the agent's folder where the script has only its placeholder."""
    text = json.dumps(step).replace(json.dumps("${CWD}")[1:-1], json.dumps(cwd)[1:-1])
    placed: Json = json.loads(text)
    return placed
