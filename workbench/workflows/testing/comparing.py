"""The comparison of two answers by a model that knows neither the skill nor which answer was made with it.

Idea: it is asked for one object about a first and a second answer, which are turned round from repeat to repeat; what
comes back is turned the right way here. Invariant: nothing but the request and the two answers is in the prompt.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import ValidationError

from workbench.workflows.definition.prompting import fenced, portable
from workbench.workflows.documents.checking import lines
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.extracting import InvalidOutput, extract

PROMPTS: Final = Path(__file__).parents[1] / "prompts"
MOST: Final = 12
"""So many dimensions are taken."""

Direction = Literal["up", "down", "same"]
_TURNED: Final[dict[Direction, Direction]] = {"up": "down", "down": "up", "same": "same"}


class JudgementDraft(Draft):
    dimension: str
    direction: Direction
    """up: the second answer is the better one."""
    text: str


class ComparisonDraft(Draft):
    judgements: list[JudgementDraft]
    recommendations: list[str]


@dataclass(frozen=True)
class Comparison:
    """What was found; `up`: the answer with the skill is the better one in that dimension."""

    judgements: tuple[tuple[str, Direction, str], ...]
    recommendations: tuple[str, ...]

    @property
    def score(self) -> float:
        """From -1, worse in all dimensions, to 1, better in all."""
        ways = [direction for _, direction, _ in self.judgements]
        return (ways.count("up") - ways.count("down")) / len(ways) if ways else 0.0

    def to_json(self) -> str:
        return json.dumps({"judgements": self.judgements, "recommendations": self.recommendations})

    @classmethod
    def of_json(cls, text: str) -> Comparison:
        kept = json.loads(text)
        return cls(tuple((name, way, said) for name, way, said in kept["judgements"]), tuple(kept["recommendations"]))


def schema() -> dict[str, Any]:
    """What the model is asked for."""
    return portable(ComparisonDraft)


def prompt_of(request: str, first: str, second: str) -> str:
    """The instructions, the form of the answer, and the three texts as data."""
    blocks = [fenced("request", request), fenced("first answer", first), fenced("second answer", second)]
    return "\n\n".join([instructions(), *blocks])


@cache
def instructions() -> str:
    """All that is the same for every comparison."""
    form = (
        "End your turn with one JSON object that follows this schema: with the tool for structured output if you have"
        f" one, otherwise in one fenced block that begins with ```json.\n\n```json\n{json.dumps(schema(), indent=1)}\n```"
    )
    return "\n\n".join([(PROMPTS / "compare.md").read_text(encoding="utf-8").strip(), form])


def read(structured: object, messages: Sequence[str], *, skill_first: bool) -> Comparison:
    """The comparison, turned so that `up` speaks for the skill. Raises InvalidOutput."""
    try:
        draft = ComparisonDraft.model_validate(extract(structured, messages))
    except ValidationError as error:
        raise InvalidOutput.of(lines(error)) from error
    if not draft.judgements:
        raise InvalidOutput.of(["judgements: none given"])
    told = [
        (each.dimension, _TURNED[each.direction] if skill_first else each.direction, each.text)
        for each in draft.judgements[:MOST]
    ]
    return Comparison(tuple(told), tuple(text for text in draft.recommendations if text.strip()))
