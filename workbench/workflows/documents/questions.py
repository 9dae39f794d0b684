"""A person's answers: given one at a time, filled in with what was recommended, and told apart by a digest.

Idea: pure functions from a document to the next one; who saves it, and whether two pages edit it at once, is not known
here. Invariant: a choice that is picked has its text in the answer, so that whoever reads only the answer's text reads
it all.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass

from workbench.errors import InvalidRequest, NotFound
from workbench.workflows.documents.asking import derive, recounted
from workbench.workflows.documents.checking import validate
from workbench.workflows.documents.clarifications import Clarifications, QuestionChoice, Refinement, SkillQuestion
from workbench.workflows.documents.merging import answered, merge
from workbench.workflows.documents.wording import legible

__all__ = [
    "Asked",
    "answer",
    "answered",
    "answers_digest",
    "asked",
    "autofill_clarifications",
    "autofill_refinements",
    "derive",
    "find",
    "merge",
    "real_choice",
    "recommended",
    "recounted",
    "validate",
]


@dataclass(frozen=True)
class Asked:
    """A question or refinement with its answer, as a judge sees it."""

    id: str
    title: str
    question: str
    choice: QuestionChoice | None
    """The real one that was picked."""
    text: str


def asked(document: Clarifications, *, open_refinements: bool = True) -> list[Asked]:
    """All that was asked. Without `open_refinements` those that nobody has answered are left out: at the first gate they
    can only be left from a run that was reset.
    """
    found: list[Asked] = []
    for section in document.sections:
        for question in section.questions:
            found.append(_asked(question))
            found += [_asked(each) for each in question.refinements if open_refinements or answered(each)]
    return found


def answers_digest(document: Clarifications, *, open_refinements: bool = True) -> str:
    """What tells these answers to these questions from others. Titles and notes do not count."""
    told = [
        (each.id, each.question, each.choice and each.choice.text, each.text.strip())
        for each in asked(document, open_refinements=open_refinements)
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def find(document: Clarifications, name: str) -> SkillQuestion | Refinement:
    """The question or refinement of an id. Raises NotFound."""
    for section in document.sections:
        for question in section.questions:
            if question.id == name:
                return question
            for refinement in question.refinements:
                if refinement.id == name:
                    return refinement
    raise NotFound(
        f"There is no question {name[:40]!r}.",
        remedy="Look at the questions again: they may have been made anew.",
        question=name[:200],
    )


def real_choice(question: SkillQuestion | Refinement) -> QuestionChoice | None:
    """The choice that was picked, where it is one that says something of itself."""
    picked = (each for each in question.choices if each.id == question.answer_choice and not each.is_other)
    return next(picked, None)


# -- answering --------------------------------------------------------------------------------------------------------


def answer(document: Clarifications, name: str, choice: str | None, text: str | None) -> Clarifications:
    """The document with one answer. A choice's text comes first in the answer's, then what else was written. Both None:
    the answer is taken back. Raises NotFound, or InvalidRequest for a choice that is none of the question's.
    """
    question = find(document, name)
    picked = next((each for each in question.choices if each.id == choice), None)
    if choice is not None and picked is None:
        there = ", ".join(each.id for each in question.choices) or "none"
        raise InvalidRequest(
            f"{choice[:40]!r} is no choice of {name}.",
            remedy=f"The choices are {there}.",
            problems=[{"path": "choice", "message": f"must be one of: {there}"}],
        )
    written = legible(text) if text is not None and legible(text).strip() else None
    if picked is not None and not picked.is_other:
        written = _with_choice(picked.text, written)
    return _changed(document, name, {"answer_choice": choice, "answer_text": written})


def _with_choice(choice: str, written: str | None) -> str:
    if written is None or re.match(rf"\s*{re.escape(choice)}(?!\w)", written):
        return written or choice
    return f"{choice}\n\n{written}"


# -- recommendations --------------------------------------------------------------------------------------------------


def recommended(question: SkillQuestion | Refinement) -> QuestionChoice | None:
    """The choice that the recommendation names: by its letter first, by its whole text, or as the only one whose text
    it holds. Without any of these the first one; None where there is nothing to choose.
    """
    real = [choice for choice in question.choices if not choice.is_other]
    said = (question.recommendation or "").strip()
    if not real or not said:
        return real[0] if real else None
    letter = re.match(r"([A-Za-z])(?=[.:)\-,\s]|$)", said)
    by_letter = [choice for choice in real if letter and choice.id == letter[1].upper()]
    folded = said.casefold()
    equal = [choice for choice in real if choice.text.strip().casefold() == folded]
    within = [choice for choice in real if choice.text.strip() and choice.text.strip().casefold() in folded]
    for found in (by_letter, equal, within if len(within) == 1 else []):
        if found:
            return found[0]
    return real[0]


def autofill_clarifications(document: Clarifications) -> tuple[Clarifications, list[str]]:
    """Each question without any answer gets what was recommended; which were filled. Refinements stay as they are."""
    return _filled(document, lambda question: [question])


def autofill_refinements(document: Clarifications) -> tuple[Clarifications, list[str]]:
    """The same for refinements. Questions stay as they are."""
    return _filled(document, lambda question: list(question.refinements))


def _filled(
    document: Clarifications, which: Callable[[SkillQuestion], list[SkillQuestion] | list[Refinement]]
) -> tuple[Clarifications, list[str]]:
    wanted: dict[str, dict[str, str | None]] = {}
    for section in document.sections:
        for question in section.questions:
            for each in which(question):
                choice = None if answered(each) else recommended(each)
                if choice is not None:
                    wanted[each.id] = {"answer_choice": choice.id, "answer_text": choice.text}
    return _changes(document, wanted), list(wanted)


# -- changing ---------------------------------------------------------------------------------------------------------


def _changed(document: Clarifications, name: str, update: dict[str, str | None]) -> Clarifications:
    return _changes(document, {name: update})


def _changes(document: Clarifications, updates: dict[str, dict[str, str | None]]) -> Clarifications:
    """The document with some fields of some questions as they are now; the rest is the same."""

    def question_of(question: SkillQuestion) -> SkillQuestion:
        refinements = [each.model_copy(update=updates.get(each.id, {})) for each in question.refinements]
        return question.model_copy(update={"refinements": refinements, **updates.get(question.id, {})})

    sections = [
        section.model_copy(update={"questions": [question_of(question) for question in section.questions]})
        for section in document.sections
    ]
    return document.model_copy(update={"sections": sections})


def _asked(question: SkillQuestion | Refinement) -> Asked:
    return Asked(question.id, question.title, question.text, real_choice(question), question.answer_text or "")
