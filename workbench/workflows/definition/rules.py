"""What a definition has to hold beyond its shape: pure, each fault with the path of its key.

There are no rules of a reset to write: what it removes follows from the outputs, so a workflow cannot get it wrong.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from workbench.workflows.documents import clarifications, decisions
from workbench.workflows.workflow import Output, Step, Workflow

GIVEN: Final = ("context/intake.json",)
"""What is there before the first step: a person's own words."""

DIMENSIONS: Final = "max-dimensions"
"""The variable, where a definition has it, that says how many dimensions are researched at most."""
_MOST: Final = 18

READING: Final = frozenset(
    {
        "AskUserQuestion",
        "Glob",
        "Grep",
        "LS",
        "NotebookRead",
        "Read",
        "Skill",
        "Task",
        "TodoWrite",
        "WebFetch",
        "WebSearch",
    }
)
"""Tools that change nothing. A sub-agent (Task) is held by its session's policy; an unknown tool counts as writing."""

PLACES: Final = {
    "clarifications": clarifications.FILE,
    "refinements": clarifications.FILE,
    "decisions": decisions.FILE,
}
"""Where a document lies: the rest of the house looks for it there."""

_PATH: Final = re.compile(r"(?:[A-Za-z0-9_][\w.-]*/)*(?:[A-Za-z0-9_][\w.-]*|\*\.[A-Za-z0-9]+)", re.ASCII)
_TOOL: Final = re.compile(r"[A-Za-z][\w:.-]{0,127}", re.ASCII)

Fault = tuple[str, str]
"""The key's path, and what is wrong with it."""


def faults(workflow: Workflow) -> list[Fault]:
    """All that is wrong, in the order of the file."""
    return [
        *_twice("variables", [each.key for each in workflow.variables]),
        *_defaults(workflow),
        *_dimensions(workflow),
        *_twice("steps", [each.key for each in workflow.steps]),
        *(fault for number in range(len(workflow.steps)) for fault in _of_step(workflow.steps, number)),
    ]


def dimensions(said: str) -> int | None:
    """The number of dimensions that a text names; None for one that names none."""
    number = int(said) if re.fullmatch(r"[0-9]{1,2}", said) else 0
    return number if 1 <= number <= _MOST else None


def writes(step: Step) -> bool:
    """Whether the agent of a step leaves files itself."""
    return any(output.files for output in step.outputs)


def _twice(where: str, keys: Sequence[str]) -> Iterator[Fault]:
    seen: Counter[str] = Counter()
    for number, key in enumerate(keys):
        if seen[key]:
            yield f"{where}[{number}].key", f"{key!r} is there already"
        seen[key] += 1


def _defaults(workflow: Workflow) -> Iterator[Fault]:
    for number, each in enumerate(workflow.variables):
        if each.choices and each.default and each.default not in each.choices:
            yield f"variables[{number}].default", f"{each.default!r} is none of its choices"


def _dimensions(workflow: Workflow) -> Iterator[Fault]:
    for number, each in enumerate(workflow.variables):
        if each.key != DIMENSIONS:
            continue
        said = [("default", each.default)] if each.default else []
        said += [(f"choices[{position}]", choice) for position, choice in enumerate(each.choices)]
        for key, text in said:
            if dimensions(text) is None:
                yield f"variables[{number}].{key}", f"a number from 1 to {_MOST} is needed"


def _of_step(steps: Sequence[Step], number: int) -> Iterator[Fault]:
    step, at = steps[number], f"steps[{number}]"
    made = {output.path for earlier in steps[:number] for output in earlier.outputs}
    yield from _of_tools(step, at)
    for position, path in enumerate(step.inputs):
        if path not in made and path not in GIVEN:
            yield f"{at}.inputs[{position}]", f"no earlier step makes {path!r}{_instead([*GIVEN, *sorted(made)])}"
    for position, output in enumerate(step.outputs):
        yield from ((f"{at}.outputs[{position}]{key}", said) for key, said in _of_output(output, made))
    yield from ((f"{at}.outputs", said) for said in _together(step.outputs))
    yield from ((f"{at}.gate_after.{key}", said) for key, said in _of_gate(steps, number))


def _of_tools(step: Step, at: str) -> Iterator[Fault]:
    for position, tool in enumerate(step.tools):
        if not _TOOL.fullmatch(tool):
            yield f"{at}.tools[{position}]", f"{tool[:80]!r} is no tool's name"
        elif tool not in READING and not writes(step):
            yield f"{at}.tools[{position}]", f"{tool} can write, and no output of the step has files = true"


def _of_output(output: Output, made: set[str]) -> Iterator[Fault]:
    if not _PATH.fullmatch(output.path):
        yield ".path", f"{output.path[:200]!r} is no path of a file below the skill's folder (or folder/*.md)"
    if output.path in GIVEN:
        yield ".path", f"{output.path} is what a person has said, and no step makes it"
    place = PLACES.get(output.format)
    if place is not None and output.path != place:
        yield ".path", f"{output.format} lie in {place}"
    if place is not None and output.files:
        yield ".files", f"{output.format} are returned, not written by the agent"
    if output.changes and output.path not in made:
        yield ".changes", f"no earlier step makes {output.path!r}"
    if output.changes and output.evidence:
        yield ".evidence", "what was there before the step is no evidence of it"
    if output.format == "refinements" and not output.changes:
        yield ".changes", "refinements change the questions of an earlier step"


def _together(outputs: Sequence[Output]) -> Iterator[str]:
    paths = Counter(output.path for output in outputs)
    yield from (f"{path!r} is named twice" for path, times in paths.items() if times > 1)
    if sum(output.evidence for output in outputs) > 1:
        yield "only one of them can be the evidence"
    documents = [output for output in outputs if output.format in PLACES]
    if len(documents) > 1:
        yield "a turn returns one document"
    if documents and any(output.files for output in outputs):
        yield "a step returns a document, or its agent writes files"


def _of_gate(steps: Sequence[Step], number: int) -> Iterator[Fault]:
    gate = steps[number].gate_after
    if gate is None:
        return
    if not _makes(steps[: number + 1], gate.reads):
        yield "reads", f"{gate.reads!r} holds no questions that were made by then"
    if gate.mixed > gate.sufficient:
        yield "mixed", "it is more than sufficient"
    keys = [step.key for step in steps]
    if gate.skip_to is not None and gate.skip_to not in keys[number + 2 :]:
        yield "skip_to", f"{gate.skip_to!r} is no step beyond the next one{_instead(keys[number + 2 :])}"


def _makes(steps: Iterable[Step], path: str) -> bool:
    return any(output.format == "clarifications" and output.path == path for step in steps for output in step.outputs)


def _instead(known: Sequence[str]) -> str:
    return f" ({', '.join(known)})" if known else ""
