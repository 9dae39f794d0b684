"""From what an agent said to the one JSON object in it: pure, and safe with whatever it said.

The value that its provider took as structured output; else the last fenced block of its last message; else the only
top-level object in it. Invariant: what comes out is a plain JSON object within the limits whose strings can be stored
anywhere; everything else is InvalidOutput, with lines that a person and the model can act on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from workbench.errors import WorkbenchError
from workbench.protocol.problems import not_json

MAX_BYTES: Final = 1024 * 1024
MAX_ITEMS: Final = 500
"""Questions, or decisions, or judgements."""
MAX_DEPTH: Final = 32
MAX_PROBLEMS: Final = 20

_COUNTED: Final = frozenset({"questions", "refinements", "decisions", "per_question"})
_FENCE: Final = re.compile(
    r"^ {0,3}(`{3,}|~{3,})[ \t]*+([^`\n]*)\n(.*?)(?:^ {0,3}\1[`~]*[ \t]*$|\Z)", re.MULTILINE | re.DOTALL
)
_STRUCTURE: Final = re.compile(r'"(?:[^"\\]+|\\.?)*+(?:"|\Z)|[\[\]{}]', re.DOTALL)
"""Strings, so that their brackets do not count (one that is not closed goes to the end), and brackets."""
_TRIES: Final = 16
_WHOLE: Final = re.compile(r'\s*\{\s*["}]')
"""How an object begins that is not one among words."""
_UNSAFE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class InvalidOutput(WorkbenchError):
    """What an agent returned cannot be used; `facts["problems"]` are lines such as
    `sections[2].questions[0].choices: 1 given, 2 to 4 needed`.
    """

    kind = "invalid_output"

    @classmethod
    def of(cls, problems: Sequence[str]) -> InvalidOutput:
        """At most 20 lines, and how many more there are."""
        more = len(problems) - MAX_PROBLEMS
        lines = [*problems[:MAX_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
        others = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return cls(
            f"The agent's output cannot be used: {lines[0]}{others}.",
            remedy="Ask it again, or edit the output yourself.",
            problems=lines,
        )

    @property
    def problems(self) -> list[str]:
        return list(self.facts["problems"])


def extract(structured: object, messages: Sequence[str]) -> dict[str, Any]:
    """The object that a turn returned. `structured` is None where there was none. Raises InvalidOutput."""
    if structured is not None:
        return _checked(structured)
    said = next((text for text in reversed(messages) if text.strip()), "")
    if not said:
        raise InvalidOutput.of(["it said nothing"])
    if len(said) > MAX_BYTES:
        raise InvalidOutput.of([f"it is over {MAX_BYTES // 1024} kB"])
    return _checked(_parsed(_text_of(said)))


def repair_prompt(problems: Sequence[str], *, files: bool = False) -> str:
    """The message with which the same session is asked again."""
    lines = "\n".join(f"- {line}" for line in InvalidOutput.of(list(problems) or ["it is not there"]).problems)
    if files:
        return f"What you wrote is not complete yet:\n\n{lines}\n\nMend these files, change nothing else, and end your turn."
    return (
        f"Your answer cannot be used yet:\n\n{lines}\n\n"
        "Correct this and return the whole object again, in the same form as before, with everything that was right"
        " left as it is. Use no tools for it but the one that hands over structured output, if there is one."
    )


def _text_of(said: str) -> str:
    fenced = [found[3] for found in _FENCE.finditer(said) if _is_json(found[2], found[3])]
    if fenced:
        return fenced[-1]
    found = list(_objects(said))
    if not found and _WHOLE.match(said):
        return said  # what is wrong with it is told with its line
    if not found:
        raise InvalidOutput.of(["there is no JSON object in it"])
    if any(each != found[0] for each in found[1:]):
        raise InvalidOutput.of([f"there are {len(found)} different JSON objects in it, one is needed"])
    return json.dumps(found[0])


def _is_json(language: str, text: str) -> bool:
    words = language.split()
    return words[0].lower() in {"json", "jsonc", "json5"} if words else text.lstrip().startswith("{")


def _objects(said: str) -> Iterator[dict[str, Any]]:
    """The top-level objects in prose. Braces that hold no JSON are passed over, for a few times."""
    start, tries = said.find("{"), 0
    while start >= 0 and tries < _TRIES:
        tries += 1
        end = _end(said, start)
        if end is not None:
            value = _tried(said[start:end])
            if isinstance(value, dict) and value:
                yield value
        start = said.find("{", start + 1 if end is None else end)


def _end(text: str, start: int) -> int | None:
    """Where what opens at `start` is closed; None: nowhere."""
    depth = 0
    for found in _STRUCTURE.finditer(text, start):
        mark = found[0]
        if mark in "{[":
            depth += 1
            if depth > MAX_DEPTH:
                raise _too_deep()
        elif mark in "}]":
            depth -= 1
        if depth == 0 and mark in "}]":
            return found.end()
    return None


def _tried(text: str) -> Any:
    try:
        return _parsed(text)
    except InvalidOutput:
        return None


def _parsed(text: str) -> Any:
    _check_depth(text)
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as error:
        raise InvalidOutput.of([not_json(error)]) from error
    except ValueError as error:
        raise InvalidOutput.of([f"it is not JSON: {not_json(error)}"]) from error


def _check_depth(text: str) -> None:
    depth = 0
    for found in _STRUCTURE.finditer(text):
        if found[0] in "{[":
            depth += 1
        elif found[0] in "}]":
            depth -= 1
        if depth > MAX_DEPTH:
            raise _too_deep()


def _too_deep() -> InvalidOutput:
    return InvalidOutput.of([f"it has more than {MAX_DEPTH} levels"])


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number of JSON")


def _checked(value: object) -> dict[str, Any]:
    """The object with strings that can be stored. Raises InvalidOutput for what is none, or too much."""
    if not isinstance(value, dict):
        raise InvalidOutput.of([f"it is {_kind(value)}, an object is needed"])
    tidy = _tidied(value, 1)
    assert isinstance(tidy, dict)  # noqa: S101 - an object stays one
    if len(json.dumps(tidy, ensure_ascii=False).encode()) > MAX_BYTES:
        raise InvalidOutput.of([f"it is over {MAX_BYTES // 1024} kB"])
    for name, count in _counts(tidy).items():
        if count > MAX_ITEMS:
            raise InvalidOutput.of([f"{name}: {count} given, at most {MAX_ITEMS} are taken"])
    return tidy


def _tidied(value: object, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, dict):
        return {_tidied(str(key), depth): _tidied(each, depth + 1) for key, each in value.items()}
    if isinstance(value, list):
        return [_tidied(each, depth + 1) for each in value]
    return _UNSAFE.sub("", value) if isinstance(value, str) else value


def _counts(value: object) -> dict[str, int]:
    counts: dict[str, int] = {}
    left = [value]
    while left:
        each = left.pop()
        if isinstance(each, dict):
            for name, held in each.items():
                if name in _COUNTED and isinstance(held, list):
                    counts[name] = counts.get(name, 0) + len(held)
                left.append(held)
        elif isinstance(each, list):
            left.extend(each)
    return counts


def _kind(value: object) -> str:
    return {list: "a list", str: "text", bool: "a truth value"}.get(type(value), "a number")
