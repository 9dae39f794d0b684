"""Whether a stored document is one: its shape, then that its ids, counts and lists say what is there. Each problem with
its path, for a person who has edited the file by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from workbench.protocol.problems import said
from workbench.protocol.screen import Model
from workbench.workflows.documents.asking import FEWEST, MOST, recounted
from workbench.workflows.documents.clarifications import Clarifications, QuestionChoice, Refinement, SkillQuestion
from workbench.workflows.documents.decisions import Decisions
from workbench.workflows.documents.extracting import InvalidOutput

Kind = TypeVar("Kind", bound=Model)

_MOST_TOLD: Final = 20
_COUNTS: Final = ("question_count", "section_count", "refinement_count", "must_answer_count", "priority_questions")


def validate(raw: Any) -> Clarifications:
    """A stored document of questions. Raises InvalidOutput with a line for each thing that is wrong."""
    made = _shaped(Clarifications, raw, "The document of questions")
    _refuse_if(list(_questions(made)), "The document of questions")
    return made


def validate_decisions(raw: Any) -> Decisions:
    """A stored document of decisions, likewise."""
    made = _shaped(Decisions, raw, "The document of decisions")
    _refuse_if(list(_decisions(made)), "The document of decisions")
    return made


def lines(error: ValidationError) -> list[str]:
    """What pydantic refuses, a line each: `sections[2].questions[0].choices: it is missing`."""
    told = error.errors(include_url=False, include_input=False)
    return [f"{path_of(each['loc'])}: {said(each)}" for each in told]


def path_of(parts: Sequence[str | int]) -> str:
    """Where in a document: `sections[2].questions[0].choices`."""
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return path.removeprefix(".") or "the document"


def _shaped(kind: type[Kind], raw: Any, what: str) -> Kind:
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise _refusal(lines(error), what) from error


def _refuse_if(problems: list[str], what: str) -> None:
    if problems:
        raise _refusal(problems, what)


def _refusal(problems: list[str], what: str) -> InvalidOutput:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return InvalidOutput(
        f"{what} cannot be used: {problems[0]}{more}.",
        remedy="Mend the file, or reset the step that made it.",
        problems=problems[:_MOST_TOLD],
    )


# -- questions --------------------------------------------------------------------------------------------------------


def _questions(made: Clarifications) -> Iterator[str]:
    seen: set[str] = set()
    for place, section in enumerate(made.sections):
        path = f"sections[{place}]"
        yield from _named(f"{path}.id", section.id, r"S[1-9]\d*", seen)
        for index, question in enumerate(section.questions):
            yield from _question(f"{path}.questions[{index}]", question, seen)
    right, metadata = recounted(made).metadata, made.metadata
    for name in _COUNTS:
        stored, there = getattr(metadata, name), getattr(right, name)
        if stored != there:
            yield f"metadata.{name}: is {_told(stored)} but there are {_told(there)}"
    if metadata.warning or metadata.error:
        if made.sections:
            yield "sections: must be empty with a warning or an error"
        if not metadata.scope_recommendation:
            yield "metadata.scope_recommendation: must be true with a warning or an error"


def _question(path: str, question: SkillQuestion, seen: set[str]) -> Iterator[str]:
    yield from _named(f"{path}.id", question.id, r"Q[1-9]\d*", seen)
    yield from _choices(path, question.choices, question.answer_choice)
    number = re.escape(question.id.removeprefix("Q"))
    for index, refinement in enumerate(question.refinements):
        here = f"{path}.refinements[{index}]"
        yield from _named(f"{here}.id", refinement.id, rf"R{number}\.[1-9]\d*", seen)
        yield from _parent(here, refinement, question.id)
        if refinement.choices or refinement.answer_choice:
            yield from _choices(here, refinement.choices, refinement.answer_choice)


def _parent(path: str, refinement: Refinement, parent: str) -> Iterator[str]:
    if refinement.parent_question_id != parent:
        yield f"{path}.parent_question_id: is {refinement.parent_question_id[:40]!r} but lies under {parent}"


def _choices(path: str, choices: list[QuestionChoice], answer: str | None) -> Iterator[str]:
    real = [choice for choice in choices if not choice.is_other]
    if not FEWEST <= len(real) <= MOST:
        yield f"{path}.choices: {len(real)} given, {FEWEST} to {MOST} needed"
    if len(choices) - len(real) != 1 or not choices[-1].is_other:
        yield f"{path}.choices: the last one, and no other, must have is_other true"
    for index, (choice, letter) in enumerate(zip(choices, "ABCDE", strict=False)):
        if choice.id != letter:
            yield f"{path}.choices[{index}].id: is {choice.id[:40]!r}, {letter} needed"
    if answer is not None and answer not in {choice.id for choice in choices}:
        yield f"{path}.answer_choice: {answer[:40]!r} is none of the choices"


# -- decisions --------------------------------------------------------------------------------------------------------


def _decisions(made: Decisions) -> Iterator[str]:
    metadata, seen = made.metadata, set[str]()
    for index, decision in enumerate(made.decisions):
        yield from _named(f"decisions[{index}].id", decision.id, r"D[1-9]\d*", seen)
        if not decision.decision.strip() and decision.status != "needs-review":
            yield f"decisions[{index}].decision: is blank"
    if not metadata.scope_recommendation and metadata.contradictory_inputs is not True and len(made.decisions) < FEWEST:
        yield f"decisions: {len(made.decisions)} given, at least {FEWEST} needed (what the skill enables, and when)"
    if metadata.decision_count != len(made.decisions):
        yield f"metadata.decision_count: is {metadata.decision_count} but there are {len(made.decisions)}"
    resolved = sum(decision.status == "conflict-resolved" for decision in made.decisions)
    if metadata.conflicts_resolved != resolved:
        yield f"metadata.conflicts_resolved: is {metadata.conflicts_resolved} but there are {resolved}"


def _named(path: str, name: str, pattern: str, seen: set[str]) -> Iterator[str]:
    if not re.fullmatch(pattern, name, re.ASCII):
        yield f"{path}: {name[:40]!r} is no id of this place"
    elif name in seen:
        yield f"{path}: {name} is there twice"
    seen.add(name)


def _told(value: Any) -> str:
    return ", ".join(value) or "none" if isinstance(value, list) else str(value)
