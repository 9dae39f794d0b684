"""The questions of a skill and their answers: `context/clarifications.json`.

Idea: a model drafts sections and questions; ids, counts and lists are derived here, so they cannot be wrong. Invariant:
counts equal what is there, answers start empty, and no merge ever changes a question, an answer or an answered refinement.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from workbench.protocol.screen import Model

FILE = "context/clarifications.json"

NoteKind = Literal["inconsistency", "critical_gap", "flag", "scope_recommendation"]
EvaluatorNoteKind = Literal["vague", "contradictory", "not_answered", "needs_refinement"]


class QuestionChoice(Model):
    """One of a question's choices; the last one is "Other (please specify)"."""

    id: str
    text: str
    is_other: bool = False


class Refinement(Model):
    """A question behind an answer: `R3.1` under `Q3`."""

    id: str
    parent_question_id: str
    title: str
    text: str
    must_answer: Literal[False] = False
    choices: list[QuestionChoice] = Field(default_factory=list)
    recommendation: str | None = None
    answer_choice: str | None = None
    answer_text: str | None = None


class SkillQuestion(Model):
    """A question to the person. A choice that is picked has its text in `answer_text` too."""

    id: str
    title: str
    must_answer: bool
    text: str
    consolidated_from: list[str] = Field(default_factory=list)
    choices: list[QuestionChoice]
    recommendation: str | None = None
    answer_choice: str | None = None
    answer_text: str | None = None
    refinements: list[Refinement] = Field(default_factory=list)


class QuestionSection(Model):
    """Questions about one thing."""

    id: str
    title: str
    description: str = ""
    questions: list[SkillQuestion]


class ResearchNote(Model):
    """What the research found beside its questions."""

    type: NoteKind
    title: str
    body: str


class EvaluatorNote(Model):
    """What the gate said of an answer."""

    type: EvaluatorNoteKind
    question_id: str
    question_title: str
    body: str


class ResearchCode(Model):
    """Why there are no questions."""

    code: str
    message: str


class DimensionScore(Model):
    """What the model does not know of itself, of one dimension: 1 little, 5 much."""

    name: str
    score: int = Field(ge=1, le=5)
    reason: str
    focus: str = ""
    companion_skill: str | None = None


class SelectedDimension(Model):
    """A dimension that was researched."""

    name: str
    focus: str


class ResearchPlan(Model):
    """What was looked at, and why."""

    purpose: str
    domain: str
    topic_relevance: Literal["relevant", "not_relevant"]
    dimensions_evaluated: int
    dimensions_selected: int
    dimension_scores: list[DimensionScore]
    selected_dimensions: list[SelectedDimension]


class ClarificationsMetadata(Model):
    """Counts and lists, derived from what is below."""

    title: str
    question_count: int
    section_count: int
    refinement_count: int
    must_answer_count: int
    priority_questions: list[str]
    duplicates_removed: int = 0
    scope_recommendation: bool = False
    scope_reason: str | None = None
    warning: ResearchCode | None = None
    error: ResearchCode | None = None
    research_plan: ResearchPlan


class Clarifications(Model):
    """The whole document."""

    version: Literal["1"] = "1"
    metadata: ClarificationsMetadata
    sections: list[QuestionSection]
    notes: list[ResearchNote] = Field(default_factory=list)
    answer_evaluator_notes: list[EvaluatorNote] = Field(default_factory=list)
