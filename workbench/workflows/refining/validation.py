"""What a check of a skill returns: a validation log, a test report, and the skills that would go well with it.

Idea: the agent is asked for one object; where it gives none that fits, its words are the log, so a check never comes to
nothing. Invariant: what a person is shown as a companion has every field.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from workbench.protocol.screen import Model
from workbench.workflows.definition.prompting import fenced, portable
from workbench.workflows.documents.drafts import Draft
from workbench.workflows.documents.extracting import InvalidOutput, extract

_REPORT: Final = Path(__file__).parents[1] / "prompts" / "report.md"

CompanionType = Literal["domain", "source", "data-engineering", "platform"]
Priority = Literal["high", "medium", "low"]


class CompanionDraft(Draft):
    slug: str
    type: CompanionType
    dimension: str
    score: int
    priority: Priority
    reason: str
    trigger: str


class ValidationDraft(Draft):
    validation_log: str
    test_report: str
    companions: list[CompanionDraft]


class Companion(Model):
    """A skill that would go well with the one that was checked."""

    slug: str
    type: CompanionType
    dimension: str
    score: int = Field(ge=1, le=5)
    priority: Priority
    reason: str
    trigger: str


class Validation(Model):
    """What a check said, in Markdown; a companion that was not described in full is left out."""

    validation_log: str
    test_report: str
    companions: list[Companion]


def schema() -> dict[str, Any]:
    """What the agent is asked for, in words that every provider knows."""
    return portable(ValidationDraft)


def prompt_of(instructions: str, findings: Sequence[str]) -> str:
    """The instructions of a check with the form of its report, and what the linter has found."""
    found = "\n".join(findings) or "Nothing."
    return "\n\n".join([instructions, _report(), _answer(), "# What the linter found", fenced("linter", found)])


def read(structured: object, messages: Sequence[str]) -> Validation:
    """What a check came to; never raises."""
    try:
        told = extract(structured, messages)
    except InvalidOutput:
        return Validation(validation_log=messages[-1] if messages else "", test_report="", companions=[])
    return Validation(
        validation_log=_text(told.get("validation_log")),
        test_report=_text(told.get("test_report")),
        companions=[each for raw in _list(told.get("companions")) if (each := _companion(raw)) is not None],
    )


def _companion(raw: object) -> Companion | None:
    try:
        return Companion.model_validate(raw)
    except ValidationError:
        return None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _answer() -> str:
    return (
        "End your turn with one JSON object that follows this schema: with the tool for structured output if you have"
        f" one, otherwise in one fenced block that begins with ```json.\n\n```json\n{json.dumps(schema(), indent=1)}\n```"
    )


@cache
def _report() -> str:
    return _REPORT.read_text(encoding="utf-8").strip()
