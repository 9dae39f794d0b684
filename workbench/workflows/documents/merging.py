"""Questions behind answers, brought into the document of this moment.

Idea: the agent returns refinements and nothing else, so that it cannot lose an answer that was typed while it ran.
Invariant: whatever the draft, no question, no answer and no answered refinement changes; an id is never given twice.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from workbench.workflows.documents.asking import Findings, choices_of, notes_of, recounted
from workbench.workflows.documents.clarifications import Clarifications, Refinement, SkillQuestion
from workbench.workflows.documents.drafts import RefinementDraft, RefinementsDraft
from workbench.workflows.documents.wording import alike, plain

MOST: Final = 3
"""How many refinements a question has."""
_TITLE, _TEXT = 200, 20_000


def merge(
    document: Clarifications, draft: RefinementsDraft, *, used: Collection[str] = ()
) -> tuple[Clarifications, list[str]]:
    """The document with the draft's refinements in place of those that nobody has answered, and what was left out.

    `used` are ids that were given before and are in the document no more: they are not given again.
    """
    found = Findings()
    wanted: dict[str, list[tuple[str, RefinementDraft]]] = {}
    for index, each in enumerate(draft.refinements):
        wanted.setdefault(each.parent_question_id.strip(), []).append((f"refinements[{index}]", each))
    known = {question.id for section in document.sections for question in section.questions}
    for parent in wanted.keys() - known:
        found.notes += [f"{path}: no question {parent[:40]!r}, left out" for path, _ in wanted[parent]]
    sections = [
        section.model_copy(
            update={
                "questions": [
                    question.model_copy(update={"refinements": _refined(found, question, wanted, used)})
                    for question in section.questions
                ]
            }
        )
        for section in document.sections
    ]
    said = [note for note in notes_of(draft.notes) if note not in document.notes]
    merged = document.model_copy(update={"sections": sections, "notes": [*document.notes, *said]})
    return recounted(merged), sorted(found.notes, key=_place)


def ids(document: Clarifications) -> list[str]:
    """The ids of all refinements: whoever keeps them can say later which were used."""
    return [each.id for section in document.sections for question in section.questions for each in question.refinements]


def answered(question: SkillQuestion | Refinement) -> bool:
    """Whether a person has said anything to it."""
    return question.answer_choice is not None or bool((question.answer_text or "").strip())


def _refined(
    found: Findings,
    question: SkillQuestion,
    wanted: dict[str, list[tuple[str, RefinementDraft]]],
    used: Collection[str],
) -> list[Refinement]:
    """A question's refinements: those that were answered, then the new ones."""
    kept = [each for each in question.refinements if answered(each)]
    prefix = f"R{question.id.removeprefix('Q')}."
    number = max((_number(each, prefix) for each in [*used, *(old.id for old in question.refinements)]), default=0)
    asked = [question.text, *(each.text for each in kept)]
    for path, draft in wanted.get(question.id, []):
        if len(kept) >= MOST:
            found.notes.append(f"{path}: {question.id} has {MOST} refinements, left out")
        elif (text := plain(draft.text or draft.title, _TEXT)) and any(alike(text, other) for other in asked):
            found.notes.append(f"{path}: asks what is asked already, left out")
        elif made := _refinement(found, path, draft, question.id, f"{prefix}{number + 1}"):
            number += 1
            kept.append(made)
            asked.append(made.text)
    return kept


def _refinement(found: Findings, path: str, draft: RefinementDraft, parent: str, name: str) -> Refinement | None:
    """A refinement, or None with a note where the draft of it is of no use. Without choices it is answered in words."""
    text, title = plain(draft.text, _TEXT), plain(draft.title, _TITLE)
    if not text and not title:
        found.notes.append(f"{path}: is blank, left out")
        return None
    looked = Findings()
    choices, recommendation = choices_of(looked, path, draft) if draft.choices else ([], None)
    found.notes += looked.notes
    if looked.problems:
        found.notes += [f"{problem}; left out" for problem in looked.problems]
        return None
    return Refinement(
        id=name,
        parent_question_id=parent,
        title=title or plain(text, _TITLE),
        text=text or title,
        choices=choices,
        recommendation=recommendation,
    )


def _number(name: str, prefix: str) -> int:
    rest = name.removeprefix(prefix)
    return int(rest) if rest != name and rest.isascii() and rest.isdigit() else 0


def _place(note: str) -> int:
    number = note.removeprefix("refinements[").partition("]")[0]
    return int(number) if number.isdigit() else -1
