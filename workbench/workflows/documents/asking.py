"""The document of questions, made of what a model drafted.

Idea: the draft holds only what a model can know; ids, letters, counts and lists are given here, and so they are right.
What only needs trimming is trimmed, with a note; what cannot be used is a problem with its path, for the model to mend.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from workbench.workflows.documents import clarifications as document
from workbench.workflows.documents import drafts
from workbench.workflows.documents.extracting import InvalidOutput
from workbench.workflows.documents.wording import plain

OTHER: Final = "Other (please specify)"
FEWEST, MOST = 2, 4
"""How many real choices a question has."""
WARNINGS: Final = ("scope_guard_triggered", "all_dimensions_low_score")
ERRORS: Final = ("missing_user_context", "invalid_research_output")

_LETTERS: Final = "ABCDE"
_TITLE, _TEXT, _CHOICE = 200, 20_000, 2_000
_MOST_DIMENSIONS, _FEWEST_DIMENSIONS = 5, 3
_OTHERS: Final = re.compile(
    r"(other|something else)\s*(\(.*\)|[,:;–-]?\s*(please )?specify.*)?[\s.…]*", re.IGNORECASE | re.DOTALL
)


@dataclass
class Findings:
    """What was trimmed or left out (notes), and what cannot be used (problems), each with its path."""

    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def cut(self, path: str, text: str, limit: int) -> str:
        """A text within its limit."""
        kept = plain(text, limit)
        if len(plain(text)) > limit:
            self.notes.append(f"{path}: shortened to {limit} characters")
        return kept


def derive(
    draft: drafts.ResearchDraft, *, purpose: str, max_dimensions: int = _MOST_DIMENSIONS
) -> tuple[document.Clarifications, list[str]]:
    """The document of a draft, and what was trimmed. Raises InvalidOutput with a line for each thing that is wrong.

    Any warning or error code empties the document and says that the scope is not right: later steps are pointless then.
    """
    found = Findings()
    codes = [_code(found, "error", draft.error, ERRORS), _code(found, "warning", draft.warning, WARNINGS)]
    stopped = next((code for code in codes if code), None)
    sections, duplicates = ([], 0) if stopped else _sections(found, draft.sections)
    if not stopped and not sections and not found.problems:
        found.problems.append("sections: no question, at least 1 needed (or a warning or error that says why not)")
    if found.problems:
        raise InvalidOutput.of(found.problems)
    plan = _plan(found, draft.research_plan, purpose, max_dimensions, fill=stopped is None)
    metadata = document.ClarificationsMetadata(
        title=found.cut("title", draft.title, _TITLE) or "Questions",
        question_count=0,
        section_count=0,
        refinement_count=0,
        must_answer_count=0,
        priority_questions=[],
        duplicates_removed=duplicates,
        scope_recommendation=stopped is not None,
        scope_reason=stopped.message if stopped else None,
        warning=codes[1],
        error=codes[0],
        research_plan=plan,
    )
    made = document.Clarifications(metadata=metadata, sections=sections, notes=notes_of(draft.notes))
    return recounted(made), found.notes


def recounted(made: document.Clarifications) -> document.Clarifications:
    """The document with its counts and lists as they are below."""
    questions = [question for section in made.sections for question in section.questions]
    must = [question.id for question in questions if question.must_answer]
    counts = {
        "question_count": len(questions),
        "section_count": len(made.sections),
        "refinement_count": sum(len(question.refinements) for question in questions),
        "must_answer_count": len(must),
        "priority_questions": must,
    }
    return made.model_copy(update={"metadata": made.metadata.model_copy(update=counts)})


def notes_of(found: Sequence[drafts.NoteDraft]) -> list[document.ResearchNote]:
    """The notes that say something."""
    made = [document.ResearchNote(type=each.type, title=plain(each.title), body=plain(each.body)) for each in found]
    return [note for note in made if note.body or note.title]


# -- choices ----------------------------------------------------------------------------------------------------------


def choices_of(
    found: Findings, path: str, draft: drafts.QuestionDraft | drafts.RefinementDraft
) -> tuple[list[document.QuestionChoice], str | None]:
    """A draft's choices with their letters and the way out, and the recommendation as it is stored: `B: why`."""
    real: dict[str, tuple[int, str]] = {}
    for index, text in enumerate(_unlabelled(draft.choices)):
        kept = found.cut(f"{path}.choices[{index}]", text, _CHOICE)
        if kept and not _OTHERS.fullmatch(kept):
            real.setdefault(kept.casefold(), (index, kept))
    wanted = list(real.values())
    if len(wanted) < FEWEST:
        found.problems.append(f"{path}.choices: {len(wanted)} given, {FEWEST} to {MOST} needed")
        return [], None
    if len(wanted) > MOST:
        found.notes.append(f"{path}.choices: {len(wanted)} given, {MOST} kept")
        wanted.sort(key=lambda each: each[0] != draft.recommended)  # it may be cut, its recommendation may not
        wanted = sorted(wanted[:MOST])
    choices = [
        document.QuestionChoice(id=letter, text=text) for letter, (_, text) in zip(_LETTERS, wanted, strict=False)
    ]
    named = next(
        (choice for choice, (index, _) in zip(choices, wanted, strict=True) if index == draft.recommended), None
    )
    if named is None and draft.recommended is not None:
        found.notes.append(f"{path}.recommended: {draft.recommended} is no choice, left out")
    choices.append(document.QuestionChoice(id=_LETTERS[len(choices)], text=OTHER, is_other=True))
    why = plain(draft.why, _CHOICE)
    return choices, f"{named.id}: {why}".rstrip(": ") if named else None


def _unlabelled(texts: Sequence[str]) -> list[str]:
    """The texts without letters before them, where each has the letter of its place: `A. Monthly`."""
    labelled = [re.match(r"\s*([A-Za-z])\s*[.:)]\s+(?=\S)", text) for text in texts]
    letters = "".join(match[1].upper() if match else "-" for match in labelled)
    if not letters or letters != "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(letters)]:
        return list(texts)
    return [text[match.end() :] for text, match in zip(texts, labelled, strict=True) if match]


# -- sections and questions -------------------------------------------------------------------------------------------


def _sections(found: Findings, sections: Sequence[drafts.SectionDraft]) -> tuple[list[document.QuestionSection], int]:
    """The sections with their questions, and how many questions were one question twice."""
    made: list[document.QuestionSection] = []
    number, duplicates = 0, 0
    asked: set[str] = set()
    for index, section in enumerate(sections):
        path = f"sections[{index}]"
        questions = []
        for place, draft in enumerate(section.questions):
            text = plain(draft.text or draft.title).casefold()
            if text and text in asked:
                found.notes.append(f"{path}.questions[{place}]: asked before, left out")
                duplicates += 1
                continue
            asked.add(text)
            number += 1
            questions.append(_question(found, f"{path}.questions[{place}]", draft, f"Q{number}"))
            duplicates += max(0, len(draft.consolidated_from) - 1)
        if not questions:
            found.notes.append(f"{path}: no questions, left out")
            continue
        title = found.cut(f"{path}.title", section.title, _TITLE) or f"Section {len(made) + 1}"
        made.append(
            document.QuestionSection(
                id=f"S{len(made) + 1}", title=title, description=plain(section.description, _TEXT), questions=questions
            )
        )
    return made, duplicates


def _question(found: Findings, path: str, draft: drafts.QuestionDraft, number: str) -> document.SkillQuestion:
    text = found.cut(f"{path}.text", draft.text, _TEXT)
    title = found.cut(f"{path}.title", draft.title, _TITLE)
    if not text and not title:
        found.problems.append(f"{path}.text: is blank")
    choices, recommendation = choices_of(found, path, draft)
    return document.SkillQuestion(
        id=number,
        title=title or plain(text, _TITLE),
        must_answer=draft.must_answer,
        text=text or title,
        consolidated_from=[kept for each in draft.consolidated_from if (kept := plain(each, _TEXT))],
        choices=choices,
        recommendation=recommendation,
    )


# -- the plan ---------------------------------------------------------------------------------------------------------


def _plan(
    found: Findings, draft: drafts.PlanDraft, purpose: str, max_dimensions: int, *, fill: bool
) -> document.ResearchPlan:
    scores: dict[str, document.DimensionScore] = {}
    for index, each in enumerate(draft.dimension_scores):
        name = plain(each.name, _TITLE)
        score = min(5, max(1, each.score))
        if score != each.score:
            found.notes.append(f"research_plan.dimension_scores[{index}].score: {each.score} taken as {score}")
        if name and name.casefold() not in scores:
            scores[name.casefold()] = document.DimensionScore(
                name=name,
                score=score,
                reason=plain(each.reason),
                focus=plain(each.focus),
                companion_skill=plain(each.companion_skill or "") or None,
            )
    selected = _selected(found, draft.selected, scores, max_dimensions, fill=fill)
    return document.ResearchPlan(
        purpose=purpose,
        domain=plain(draft.domain),
        topic_relevance=draft.topic_relevance,
        dimensions_evaluated=len(scores),
        dimensions_selected=len(selected),
        dimension_scores=list(scores.values()),
        selected_dimensions=[document.SelectedDimension(name=each.name, focus=each.focus) for each in selected],
    )


def _selected(
    found: Findings, names: Sequence[str], scores: dict[str, document.DimensionScore], most: int, *, fill: bool
) -> list[document.DimensionScore]:
    """At most five of those that were scored, and not fewer than three where there are and may be as many."""
    known = list(dict.fromkeys(name for each in names if (name := plain(each).casefold()) in scores))
    limit = min(most, _MOST_DIMENSIONS)
    if len(known) < len(names) or len(known) > limit:
        found.notes.append(f"research_plan.selected: {len(names)} given, {min(len(known), limit)} kept")
    best = sorted(scores, key=lambda name: -scores[name].score)
    fewest = min(_FEWEST_DIMENSIONS, most) if fill else 0
    known += [name for name in best if name not in known][: max(0, fewest - len(known))]
    return [scores[name] for name in known[:limit]]


def _code(
    found: Findings, path: str, draft: drafts.CodeDraft | None, known: Sequence[str]
) -> document.ResearchCode | None:
    if draft is None:
        return None
    if draft.code not in known:
        found.problems.append(f"{path}.code: {draft.code[:60]!r} is not one of {', '.join(known)}")
    message = plain(draft.message) or draft.code.replace("_", " ").capitalize() + "."
    return document.ResearchCode(code=draft.code, message=message)
