"""What a person can do next with a skill that is built, in the words of the command line. Pure.

Invariant: each line is a command line that exists; it names the skill and the step, so that it can be copied.
"""

from __future__ import annotations

import shlex
from typing import Any, Final

Json = dict[str, Any]

_OF_STEP: Final = {
    "resume": "resume {skill} {step}",
    "ask_again": "ask-again {skill} {step}",
    "edit_output": "submit {skill} {step} FILE",
    "start": "start {skill} {step}",
    "reset": "reset {skill} {step}",
    "back": "reset {skill} {step} --keep",
}
_NEXT: Final = {
    "run": ["run {workflow} --skill {skill}"],
    "answer": ["answer {skill} ID LETTER", "run {workflow} --skill {skill} --autofill"],
    "gate": ["gate {skill}"],
    "decide": ["answer {skill} ID", "answer {skill} ID --text TEXT"],
    "wait": ["stop {skill}"],
    "done": ["refine {skill} MESSAGE", "test {skill} --prompt TEXT", "package {skill}"],
}


def ways(state: Json) -> list[str]:
    """A line for each thing that can be done: with the steps that are in trouble, else with what comes next."""
    broken = [step for step in state["steps"] if step["error"] is not None]
    if broken:
        return [line for step in broken for line in of_step(state, step)]
    if state["gate"] is not None and not state["gate"]["stale"]:
        return []  # what was found there ends with its choices
    return _lines(_NEXT.get(state["next"], []), state)


def of_step(state: Json, step: Json) -> list[str]:
    """The same for one step."""
    lines = _lines([_OF_STEP[action] for action in step["actions"]], state, step["key"])
    return [*_versions(state), *lines] if _is_about_files(step) else lines


def _is_about_files(step: Json) -> bool:
    """Whether a completed step is in error because its files are gone, or can be read no more."""
    return step["actions"] == ["reset"] and step["error"] is not None and "waits" not in step["error"]["facts"]


def _versions(state: Json) -> list[str]:
    name = shlex.quote(state["skill"])
    return [f"  workbench skills history {name}", f"  workbench skills restore {name} VERSION"]


def _lines(words: list[str], state: Json, step: str = "") -> list[str]:
    named = {name: shlex.quote(state[name]) for name in ("skill", "workflow")}
    return [f"  workbench workflow {each.format(**named, step=shlex.quote(step))}" for each in words]
